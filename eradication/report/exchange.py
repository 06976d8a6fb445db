"""Plots for other programs: one feature per plot and season, the same columns in every format.

Text of users stays text everywhere: XML is written by a library, cells of a workbook are forced to text so that no
formula runs, and control characters are dropped. A file appears whole or not at all.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import geopandas
import openpyxl
import shapely
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from shapely.geometry import MultiPolygon, mapping
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import TIMEZONE
from eradication.report import geopackage, spreadsheet
from eradication.report.view import PlotRow
from eradication.report.whole import check_folder, ending, write_whole
from eradication.report.words import ascii_text, clean

COLUMNS = (
    "plot_id",
    "code",
    "season",
    "state",
    "class",
    "score",
    "score_kind",
    "area_m2",
    "area_method",
    "area_se_m2",
    "plant_count",
    "commune_code",
    "commune",
    "first_seen",
    "run",
    "model",
    "x_vn2000",
    "y_vn2000",
    "source",
)
"""Columns of every format; ``simulated`` follows where a simulator made any of the plots, ``mark`` in marked files."""

SIMULATED = "mô phỏng / simulated"
GPX_NAME_CHARACTERS = 14
"""Older handhelds cut longer waypoint names."""

type Value = str | int | float | None
type Record = dict[str, Value]


def export(rows: Sequence[PlotRow], path: Path, form: str = "") -> None:
    """Write plots to ``path``; ``form`` (``gpx`` …) chooses the format, else the suffix.

    Coordinates are WGS 84 (EPSG:4326); ``x_vn2000, y_vn2000`` are VN-2000 / TM-3 104-00 (EPSG:9206) east and north.

    Raises:
        UnusableInput: ``unknown_format`` or ``no_such_folder``.
        StorageFailed: ``disk_full`` or ``cannot_write``; a file that was there before is then as it was.
    """
    writer = WRITERS[ending(path, WRITERS, form)]
    check_folder(path)
    write_whole(path, lambda temporary: writer(rows, temporary))


def records(rows: Sequence[PlotRow]) -> list[Record]:
    """Return one plain record per plot and season with :data:`COLUMNS`, in the order given."""
    simulated, marked = any(row.simulated for row in rows), mark_of(rows)
    return [
        _record(row)
        | ({"simulated": SIMULATED if row.simulated else ""} if simulated else {})
        | ({"mark": clean(row.mark)} if marked else {})
        for row in rows
    ]


def mark_of(rows: Sequence[PlotRow]) -> str:
    """Return whom the file is given to; empty if nobody in particular."""
    return next((clean(row.mark) for row in rows if row.mark), "")


def _record(row: PlotRow) -> Record:
    episode = row.episode
    east, north = row.vn2000
    return {
        "plot_id": clean(episode.plot.id),
        "code": clean(episode.plot.code),
        "season": episode.season.label,
        "state": episode.state.value,
        "class": episode.klass.value,
        "score": None if episode.score is None else round(episode.score, 4),
        "score_kind": episode.score_kind.value if episode.score_kind else None,
        "area_m2": round(episode.area_m2),
        "area_method": episode.area_method.value,
        "area_se_m2": round(episode.area_se_m2, 1),
        "plant_count": episode.plant_count,
        "commune_code": clean(episode.plot.commune_code),
        "commune": clean(row.commune),
        "first_seen": episode.first_seen.astimezone(TIMEZONE).isoformat(timespec="seconds"),
        "run": clean(episode.run),
        "model": clean(episode.model),
        "x_vn2000": round(east, 2),
        "y_vn2000": round(north, 2),
        "source": episode.plot.source.value,
    }


def frame(rows: Sequence[PlotRow]) -> geopandas.GeoDataFrame:
    """Return the records with their outlines (WGS 84), every column of one kind, for formats that need a table."""
    table = geopandas.GeoDataFrame(
        records(rows), columns=_columns(rows), geometry=[outline(row) for row in rows], crs=f"EPSG:{geo.WGS84}"
    )
    numbers = {"score": "float64", "area_m2": "int64", "area_se_m2": "float64", "plant_count": "Int64"}
    numbers |= {"x_vn2000": "float64", "y_vn2000": "float64"}
    texts = {name: "string" for name in _columns(rows) if name not in numbers}
    typed: geopandas.GeoDataFrame = table.astype(numbers | texts)
    return typed


def _columns(rows: Sequence[PlotRow]) -> list[str]:
    simulated = ["simulated"] if any(row.simulated for row in rows) else []
    return [*COLUMNS, *simulated, *(["mark"] if mark_of(rows) else [])]


def outline(row: PlotRow) -> BaseGeometry:
    """Return the plot as a multipolygon, rounded to 1e-7 degrees (1 cm); a bare point becomes a disc of its area."""
    geometry = row.episode.plot.geometry
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    if not polygons:
        polygons = [geo.disc(*row.lonlat, max(row.episode.area_m2, 1.0))]
    return geo.rounded(MultiPolygon(polygons))


def _geojson(rows: Sequence[PlotRow], path: Path) -> None:
    features = [
        {"type": "Feature", "id": record["plot_id"], "geometry": mapping(outline(row)), "properties": record}
        for row, record in zip(rows, records(rows), strict=True)
    ]
    marked = {"mark": mark_of(rows)} if mark_of(rows) else {}
    collection = {"type": "FeatureCollection", "name": "plots", **marked, "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=0), encoding="utf-8")


def _parquet(rows: Sequence[PlotRow], path: Path) -> None:
    frame(rows).to_parquet(path, index=False)


def _gpkg(rows: Sequence[PlotRow], path: Path) -> None:
    geopackage.write(frame(rows), path, mark_of(rows))


def _gpx(rows: Sequence[PlotRow], path: Path) -> None:
    space = "http://www.topografix.com/GPX/1/1"
    root = ElementTree.Element("gpx", {"version": "1.1", "creator": "eradication", "xmlns": space})
    used: set[str] = set()
    for row, record in zip(rows, records(rows), strict=True):
        lon, lat = row.lonlat
        point = ElementTree.SubElement(root, "wpt", {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"})
        told = f"{record['state']}, class {row.klass}, {record['area_m2']} m2 ({record['area_method']})"
        texts = {
            "name": _waypoint_name(row, used),
            "desc": f"{told}, {record['season']}{', SIMULATED' * row.simulated}",
        }
        for tag, text in texts.items():
            ElementTree.SubElement(point, tag).text = ascii_text(text)
    _write_xml(root, path, "us-ascii")


def _waypoint_name(row: PlotRow, used: set[str]) -> str:
    """Return a short ASCII name no other waypoint of the file has: the plot's code, numbered if it came before."""
    letters = "".join(c for c in ascii_text(row.episode.plot.code).upper() if c.isalnum() or c in "-_")
    name, count = letters[:GPX_NAME_CHARACTERS] or "PLOT", 1
    while name in used:
        count += 1
        end = f"-{count}"
        name = (letters[: GPX_NAME_CHARACTERS - len(end)] or "PLOT") + end
    used.add(name)
    return name


def _kml(rows: Sequence[PlotRow], path: Path) -> None:
    root = ElementTree.Element("kml", {"xmlns": "http://www.opengis.net/kml/2.2"})
    document = ElementTree.SubElement(root, "Document")
    simulated = any(row.simulated for row in rows)
    ElementTree.SubElement(document, "name").text = f"plots ({SIMULATED})" if simulated else "plots"
    for row, record in zip(rows, records(rows), strict=True):
        mark = ElementTree.SubElement(document, "Placemark")
        ElementTree.SubElement(mark, "name").text = str(record["code"])
        data = ElementTree.SubElement(mark, "ExtendedData")
        for name, value in record.items():
            if value is not None:
                field = ElementTree.SubElement(data, "Data", {"name": name})
                ElementTree.SubElement(field, "value").text = str(value)
        shapes = ElementTree.SubElement(mark, "MultiGeometry")
        lon, lat = row.lonlat
        point = ElementTree.SubElement(shapes, "Point")
        ElementTree.SubElement(point, "coordinates").text = f"{lon:.7f},{lat:.7f}"
        for polygon in shapely.get_parts(outline(row)):
            _kml_polygon(shapes, polygon)
    _write_xml(root, path, "utf-8")


def _kml_polygon(parent: ElementTree.Element, polygon: Any) -> None:
    element = ElementTree.SubElement(parent, "Polygon")
    for i, ring in enumerate((polygon.exterior, *polygon.interiors)):
        boundary = ElementTree.SubElement(element, "innerBoundaryIs" if i else "outerBoundaryIs")
        line = ElementTree.SubElement(ElementTree.SubElement(boundary, "LinearRing"), "coordinates")
        line.text = " ".join(f"{x:.7f},{y:.7f}" for x, y in ring.coords)


def _write_xml(root: ElementTree.Element, path: Path, encoding: str) -> None:
    ElementTree.indent(root, " ")
    ElementTree.ElementTree(root).write(path, encoding=encoding, xml_declaration=True)


def _xlsx(rows: Sequence[PlotRow], path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "plots"
    names = _columns(rows)
    table: list[list[Value]] = [list(names), *([record[name] for name in names] for record in records(rows))]
    for i, line in enumerate(table, start=1):
        for j, value in enumerate(line, start=1):
            spreadsheet.put(sheet.cell(i, j), value)
    for j, name in enumerate(names, start=1):
        sheet.cell(1, j).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(j)].width = max(10, len(name) + 3)
    if mark_of(rows):
        book.properties.description = book.properties.keywords = mark_of(rows)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    whole = io.BytesIO()  # a ZIP file that meets a full disk halfway fails once more when it is thrown away
    book.save(whole)
    path.write_bytes(whole.getvalue())


WRITERS: Mapping[str, Callable[[Sequence[PlotRow], Path], None]] = MappingProxyType(
    {".geojson": _geojson, ".gpkg": _gpkg, ".gpx": _gpx, ".kml": _kml, ".parquet": _parquet, ".xlsx": _xlsx}
)
"""Format by suffix."""
