"""Zipped Shapefile, read by pyshp: GDAL's driver would lose the measures that are a track's times. Worker only."""

from pathlib import Path
from typing import Any

import numpy as np
import shapefile

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import layers, zipped
from eradication.ingest.formats.columns import NAN, Columns
from eradication.ingest.formats.layers import Layer, Shape

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LINES, _POINTS = (3, 13, 23), (1, 8, 11, 18, 21, 28)
_NO_MEASURE = -1e38
"""Measures below this say that there is none."""


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a zipped Shapefile; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: ``bad_archive``, ``unknown_format``, ``unreadable_format``, and as
            :func:`eradication.ingest.formats.layers.add`.
    """
    columns = Columns("shapefile", options)
    source = unpacked(path)
    stated = source.with_suffix(".prj")
    epsg = layers.epsg_of(stated.read_text("utf-8", "replace").strip() if stated.exists() else "", options.get("epsg"))
    try:
        with shapefile.Reader(str(source), encodingErrors="replace") as reader:
            names = [str(field[0]) for field in reader.fields if field[0] != "DeletionFlag"]
            found = list(reader.iterShapeRecords())
        cells = {name: [entry.record[n] for entry in found] for n, name in enumerate(names)}
        shapes = [_shape(entry.shape) for entry in found]
    except (shapefile.ShapefileException, OSError, ValueError, IndexError, TypeError, KeyError) as error:
        raise layers.unreadable("Shapefile", error) from None
    layers.add(columns, Layer("", epsg, shapes, cells))
    return columns.plain()


def unpacked(path: Path) -> Path:
    """Extract the one Shapefile of an archive under names of our own.

    Raises:
        RefusedInput: ``bad_archive``, ``unknown_format`` if it holds none or several.
    """
    with zipped.opened(path) as archive:
        for suffix, name in _parts(archive.names).items():
            archive.extract(name, path.with_name("layer" + suffix))
    return path.with_name("layer.shp")


def _parts(names: list[str]) -> dict[str, str]:
    found = [name for name in names if name.lower().endswith(".shp")]
    if len(found) != 1:
        raise RefusedInput(
            "unknown_format",
            N_("The ZIP file holds {count} Shapefiles, not one."),
            hint=N_("Put all parts of a Shapefile (.shp, .shx, .dbf, .prj) into one ZIP file."),
            values={"count": len(found)},
        )
    stem = found[0][: -len(".shp")]
    mine = {name[len(stem) :].lower(): name for name in names if name.startswith(stem + ".")}
    return {suffix: mine[suffix] for suffix in PARTS if suffix in mine}


def _shape(shape: Any) -> Shape:
    kind = int(shape.shapeType)
    if kind not in (*_LINES, *_POINTS):
        return Shape(str(shape.shapeTypeName).lower() if kind else "nothing")
    places = np.array([point[:2] for point in shape.points], np.float64).reshape(-1, 2)
    rest = [_numbers(getattr(shape, name, ()), len(places)) for name in ("z", "m")]
    vertices = np.column_stack([places, *rest])
    if kind in _POINTS:
        return Shape("point", (vertices,)) if len(vertices) else Shape("nothing")
    return Shape("line", tuple(np.split(vertices, [int(first) for first in shape.parts[1:]])))


def _numbers(values: Any, count: int) -> layers.Floats:
    """Return heights or measures of all vertices, NaN where there is none."""
    told = list(values) if isinstance(values, list | tuple) or hasattr(values, "__len__") else [values]
    if len(told) != count:
        return np.full(count, NAN)
    numbers = np.array([NAN if value is None else value for value in told], np.float64)
    return np.where(numbers < _NO_MEASURE, NAN, numbers)
