"""Cells drawn for a patrol to walk, as a file for its receiver, for a table, or for QGIS and QField."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import geopandas
import shapely

from eradication import geo
from eradication.report.exchange import SIMULATED
from eradication.report.whole import ending, write_whole
from eradication.report.words import tabled

SIDE_M = 250.0
LAYER = "cells"
COLUMNS = ("order", "cell", "lon", "lat", "x_vn2000", "y_vn2000", "commune", "stratum", "selection_mode")
COLUMNS_END = ("inclusion_prob", "draw")

type Row = dict[str, Any]


def write(stops: Sequence[Mapping[str, Any]], path: Path, *, draw: str, simulated: bool) -> None:
    """Write drawn cells; the ending of the file decides the format.

    Args:
        stops: each with ``cell`` (east_north of its south-west corner, EPSG:32648), ``lon``, ``lat`` and the rest.
        path: .gpx (middle as waypoint, border as route), .csv, or .gpkg (squares).
        draw: id of the draw.
        simulated: whether the file must say so.

    Raises:
        UnusableInput: ``unknown_format``.
        StorageFailed: the file cannot be written.
    """
    writer = WRITERS[ending(path, WRITERS)]
    marked = {"draw": draw} | ({"simulated": SIMULATED} if simulated else {})
    rows = [{"order": number, **stop, **_vn2000(stop), **marked} for number, stop in enumerate(stops, start=1)]
    names = [*COLUMNS, *COLUMNS_END, *(["simulated"] if simulated else [])]
    write_whole(path, lambda temporary: writer([{n: row[n] for n in names} for row in rows], temporary))


def _vn2000(stop: Mapping[str, Any]) -> dict[str, float]:
    ((east, north),) = geo.transform([(stop["lon"], stop["lat"])], geo.WGS84, geo.VN2000_SON_LA)
    return {"x_vn2000": round(east, 1), "y_vn2000": round(north, 1)}


def _square(cell: str) -> Any:
    east, north = (float(part) for part in cell.split("_"))
    return geo.project(shapely.box(east, north, east + SIDE_M, north + SIDE_M), geo.UTM48, geo.WGS84)


def _csv(rows: Sequence[Row], path: Path) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]) if rows else COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(map(tabled, rows))
    path.write_text(text.getvalue(), encoding="utf-8-sig")


def _gpkg(rows: Sequence[Row], path: Path) -> None:
    frame = geopandas.GeoDataFrame(rows, geometry=[_square(row["cell"]) for row in rows], crs=f"EPSG:{geo.WGS84}")
    whole = io.BytesIO()
    try:
        frame.to_file(whole, layer=LAYER, driver="GPKG", engine="pyogrio", geometry_type="Polygon")
    except RuntimeError as error:
        raise OSError(str(error)) from error
    path.write_bytes(whole.getvalue())


def _gpx(rows: Sequence[Row], path: Path) -> None:
    root = ElementTree.Element("gpx", {"version": "1.1", "creator": "eradication"})
    root.set("xmlns", "http://www.topografix.com/GPX/1/1")
    for row in rows:
        point = ElementTree.SubElement(root, "wpt", {"lat": f"{row['lat']:.7f}", "lon": f"{row['lon']:.7f}"})
        ElementTree.SubElement(point, "name").text = _name(row)
        ElementTree.SubElement(point, "desc").text = f"{row['cell']}{', SIMULATED' * ('simulated' in row)}"
    for row in rows:
        route = ElementTree.SubElement(root, "rte")
        ElementTree.SubElement(route, "name").text = _name(row)
        for lon, lat in _square(row["cell"]).exterior.coords:
            ElementTree.SubElement(route, "rtept", {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"})
    ElementTree.indent(root, " ")
    ElementTree.ElementTree(root).write(path, encoding="us-ascii", xml_declaration=True)


def _name(row: Row) -> str:
    """Return a short name for a receiver's screen: ``O-03``, ô 3."""
    return f"O-{row['order']:02d}"


WRITERS: Mapping[str, Callable[[Sequence[Row], Path], None]] = MappingProxyType(
    {".gpx": _gpx, ".csv": _csv, ".gpkg": _gpkg}
)
"""Format by suffix."""
