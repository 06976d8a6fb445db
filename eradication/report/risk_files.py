"""The risk surface as files: a cloud-optimised GeoTIFF for other programs, a GeoPackage with its colours for QGIS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas
import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
import shapely
from affine import Affine

from eradication import geo
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.report import packing
from eradication.report.exchange import SIMULATED
from eradication.report.risk_view import FIGURES, SIDE_M, RiskView
from eradication.report.whole import write_whole

LAYER = "risk"
NODATA = -9999.0
BLOCK_PX = 256

COLOURS = ("#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcfdbf")
"""From most to least, dark to light (magma): told apart without red and green, and on a grey copy."""
TOP = (0.01, 0.05, 0.10, 0.25, 1.0)
"""Shares of the cells, those with most plots left first."""
UNTOLD = "#b9b9b4"
"""Cells of which nothing is known but the level."""


def grid(view: RiskView, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return values of cells as an image, northern row first, :data:`NODATA` where there is no cell."""
    row, column = view.row - view.row.min(), view.column - view.column.min()
    out = np.full((int(row.max()) + 1, int(column.max()) + 1), NODATA, np.float32)
    out[row.max() - row, column] = values
    return out


def significant(values: npt.NDArray[np.floating], digits: int) -> npt.NDArray[np.float64]:
    """Return values rounded to so many significant digits, with 0 to whole numbers."""
    if not digits:
        return np.round(values.astype(np.float64))
    with np.errstate(divide="ignore"):
        first = np.floor(np.log10(np.abs(values)))
    unit = 10.0 ** (digits - 1 - np.where(np.isfinite(first), first, 0.0))
    out: npt.NDArray[np.float64] = np.round(values * unit) / unit
    return out


def place(view: RiskView) -> Affine:
    """Return where the image of :func:`grid` lies (EPSG:32648)."""
    north = (int(view.row.max()) + 1) * SIDE_M
    return Affine(SIDE_M, 0.0, int(view.column.min()) * SIDE_M, 0.0, -SIDE_M, north)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of cells by their rank."""

    share: float
    """Of :data:`TOP`: no more of the cells are in it and the higher ones together."""
    least: float
    """Value from which a cell belongs to it."""
    colour: str


def classes(values: npt.NDArray[np.floating]) -> list[Class]:
    """Return the classes that cells fall into, highest first; the last one is of all the rest.

    A class never holds more than its share: cells that are equal and would not all have room in it are in none of it.
    A class that no cell would be in besides those of higher ones is left out.
    """
    falling = np.sort(values)[::-1]
    found: list[Class] = []
    for share, colour in zip(TOP, COLOURS, strict=True):
        room = int(share * len(falling) + 1e-9)
        count = room
        if room < len(falling):
            # The first cell that has no room, and all that are equal to it, stay out.
            count = int(np.searchsorted(-falling, -falling[room], side="left"))
        if count and (not found or float(falling[count - 1]) < found[-1].least):
            found.append(Class(share, float(falling[count - 1]), colour))
    return found


def write_raster(view: RiskView, path: Path) -> None:
    """Write one band for each figure, with its words, unit and no-data value.

    Raises:
        StorageFailed: ``disk_full`` or ``cannot_write``.
    """
    write_whole(path, lambda temporary: _raster(view, temporary))


def _raster(view: RiskView, path: Path) -> None:
    draft = path.with_name("draft.tif")
    images = [grid(view, view.figures[figure.name]) for figure in FIGURES]
    rows, columns = images[0].shape
    shape = {"height": rows, "width": columns, "count": len(images), "dtype": "float32", "nodata": NODATA}
    try:
        with rasterio.open(
            draft, "w", driver="GTiff", crs=f"EPSG:{geo.UTM48}", transform=place(view), interleave="band", **shape
        ) as target:
            for band, (figure, image) in enumerate(zip(FIGURES, images, strict=True), start=1):
                target.write(image, band)
                target.set_band_description(band, figure.name)
                target.update_tags(band, long_name=view.translate(figure.words))
            target.units = tuple(figure.unit for figure in FIGURES)
            target.update_tags(**_tags(view))
        rasterio.shutil.copy(
            draft, path, driver="COG", compress="deflate", predictor="yes", blocksize=BLOCK_PX,
            overview_resampling="average",
        )  # fmt: skip
    except rasterio.errors.RasterioError as error:
        raise OSError(str(error)) from error
    finally:
        draft.unlink(missing_ok=True)


def _tags(view: RiskView) -> dict[str, str]:
    told = {"title": view.title, "province": view.province, "as_of": view.as_of, "software": "eradication"}
    told |= {"basis": view.translate(NO_PERSONS), "caution": view.translate(NO_ACCUSATION)}
    return told | ({"simulated": SIMULATED} if view.simulated else {})


def write_layer(view: RiskView, path: Path) -> None:
    """Write the cells as squares (EPSG:32648) with every figure and the commune's code, in the map's colours.

    Raises:
        StorageFailed: ``disk_full`` or ``cannot_write``.
    """
    told = np.ones(len(view.row), bool) if view.told is None else view.told
    codes = np.array([one.unit.code for one in view.communes], dtype=object)
    names = np.array([one.unit.name for one in view.communes], dtype=object)
    columns: dict[str, Any] = {
        "cell": list(view.names),
        "commune_code": codes[view.commune],
        "commune": names[view.commune],
    }
    for figure in FIGURES:
        values = significant(view.figures[figure.name], figure.digits)
        columns[figure.name] = values.astype(np.int64) if figure.digits == 0 else values
    columns["level_only"] = (~told).astype(np.int64)
    if view.simulated:
        columns["simulated"] = np.full(len(view.row), SIMULATED, dtype=object)
    west, south = view.column * SIDE_M, view.row * SIDE_M
    squares = shapely.box(west, south, west + SIDE_M, south + SIDE_M)
    frame = geopandas.GeoDataFrame(columns, geometry=squares, crs=f"EPSG:{geo.UTM48}")
    title = f"{view.title}. {view.translate(NO_PERSONS)} {view.translate(NO_ACCUSATION)}"
    if view.simulated:
        title = f"{SIMULATED}: {title}"
    layer = packing.Layer(LAYER, frame, "Polygon", title, _qml(classes(columns["left"])), "left")
    write_whole(path, lambda temporary: _bytes(temporary, packing.pack([layer])))


def _bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _qml(found: list[Class]) -> str:
    """Return the QGIS style: cells filled by the share of cells they belong to."""
    root = ElementTree.Element("qgis", {"version": "3.28", "styleCategories": "Symbology"})
    # What is known only by its level is below all classes: a range of its own, in grey.
    attribute = 'if("level_only" = 1, -1, "left")'
    renderer = ElementTree.SubElement(root, "renderer-v2", {"type": "graduatedSymbol", "attr": attribute})
    ranges, symbols = ElementTree.SubElement(renderer, "ranges"), ElementTree.SubElement(renderer, "symbols")
    upper = 1e9
    rows = [(one.least, one.colour, f"{one.share:.0%}") for one in found] + [(-1.0, UNTOLD, "?")]
    for number, (lower, colour, label) in enumerate(rows):
        if lower < 0:
            upper = lower
        facts = {"lower": f"{lower:.12g}", "upper": f"{upper:.12g}", "label": label, "symbol": str(number)}
        ElementTree.SubElement(ranges, "range", facts | {"render": "true"})
        symbol = ElementTree.SubElement(symbols, "symbol", {"name": str(number), "type": "fill", "alpha": "0.8"})
        layer = ElementTree.SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1"})
        table = ElementTree.SubElement(layer, "Option", {"type": "Map"})
        red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
        for name, value in {"color": f"{red},{green},{blue},255", "outline_style": "no", "style": "solid"}.items():
            ElementTree.SubElement(table, "Option", {"name": name, "type": "QString", "value": value})
        upper = lower
    return ElementTree.tostring(root, encoding="unicode")
