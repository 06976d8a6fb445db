"""Layers of a geographic information system → patrols: what GeoPackage and Shapefile have in common. Worker only.

Every line is a patrol; where its vertices bear a measure that is a time (seconds or milliseconds since 1970, as QField
tracks do), the fixes have times. A layer of points is one of fixes if a column says which track each belongs to
(``track_fid`` as GDAL writes it, or any patrol column of a table), else its points are waypoints. Polygons are counted
and left out. Every layer is brought to WGS 84 from the system it names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import headers
from eradication.ingest.formats.columns import NAN, Columns, number

EARLIEST_S, LATEST_S = 6.3e8, 4.1e9
"""A measure between these is a time, from 1989 to 2099: nothing else that is measured along a track is as large."""

_GROUPS = ("track_fid", "track_seg_id", "route_fid")
_NAMES = ("name", "ten", "title", "label")
_NOTES = ("desc", "description", "note", "notes", "cmt", "ghichu", "mota")

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of a layer."""

    kind: str
    """``line``, ``point``, or what else it is called."""
    parts: tuple[Floats, ...] = ()
    """Vertices of each line, or all points in one: rows of x, y, height and measure, NaN where not known."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Shapes with the cells beside them, in one coordinate system."""

    name: str
    epsg: int
    shapes: Sequence[Shape]
    cells: Mapping[str, Sequence[Any]]
    """Column → one value for each shape."""

    def text(self, row: int, names: Sequence[str]) -> str:
        """Return the first cell of a row whose column is one of ``names``, empty without any."""
        found = next((field for field in self.cells if headers.plain(field) in names), None)
        value = None if found is None else self.cells[found][row]
        return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)

    def on_earth(self, vertices: Floats) -> Floats:
        """Return vertices with longitude and latitude in place of x and y."""
        if self.epsg == geo.WGS84 or not len(vertices):
            return vertices
        x, y = geo.transformer(self.epsg, geo.WGS84).transform(vertices[:, 0], vertices[:, 1])
        return np.column_stack([x, y, vertices[:, 2:]])


def epsg_of(stated: str, option: int | None) -> int:
    """Return the EPSG code of a coordinate system as a file states it, else what the user stated.

    Raises:
        RefusedInput: ``crs_needed`` if neither is there, ``unknown_crs``.
    """
    if not stated:
        if option is None:
            raise headers.crs_needed()
        return option
    found = geo.epsg_of(stated)
    if found is None:
        message = N_("The file names a coordinate system that is not understood: {name}.")
        hint = N_("Save it again in WGS 84 (EPSG:4326).")
        raise RefusedInput("unknown_crs", message, hint=hint, values={"name": stated[:80]})
    return found


def unreadable(form: str, error: Exception) -> RefusedInput:
    """Return the refusal of a file whose first bytes are right and whose others are not."""
    return RefusedInput(
        "unreadable_format",
        N_("The file says it is {format} but cannot be read: {error}."),
        hint=N_("Open and save the file again with the program that made it, or export it as GPX."),
        values={"format": form, "error": str(error)[:200]},
    )


def add(columns: Columns, layer: Layer) -> None:
    """Add a layer to a file.

    Raises:
        RefusedInput: ``is_a_visit_table``, ``too_many_points``.
    """
    headers.refuse_visits(layer.cells)
    if layer.epsg != geo.WGS84 and layer.shapes:
        columns.facts["crs"] = f"EPSG:{layer.epsg}"
    group = _group(layer)
    if group:
        _add_fixes(columns, layer, group)
        return
    for row, shape in enumerate(layer.shapes):
        if shape.kind == "line":
            _add_lines(columns, layer, row)
        elif shape.kind == "point":
            time_s, name, note = _time(columns, layer, row), layer.text(row, _NAMES), layer.text(row, _NOTES)
            for lon, lat, *_ in layer.on_earth(shape.parts[0]).tolist():
                columns.add_waypoint(lon, lat, time_s, name, note)
        else:
            columns.count(f"left_out_{shape.kind}")


def _group(layer: Layer) -> list[str]:
    """Return the columns that say which track a point belongs to; none where the points are no fixes."""
    if not layer.shapes or any(shape.kind != "point" or len(shape.parts[0]) != 1 for shape in layer.shapes):
        return []
    mine = [field for field in _GROUPS if field in layer.cells]
    return mine or [field for field in layer.cells if headers.plain(field) in headers.MEANINGS["patrol"]][:1]


def _add_fixes(columns: Columns, layer: Layer, group: list[str]) -> None:
    kind = "route" if "route_fid" in group else "track"
    places = layer.on_earth(np.concatenate([shape.parts[0] for shape in layer.shapes]))
    before: tuple[Any, ...] = ()
    for row, (lon, lat, height, _) in enumerate(places.tolist()):
        key = tuple(layer.cells[field][row] for field in group)
        if key[:1] != before[:1]:
            columns.begin_track(layer.text(row, _NAMES) if kind == "track" else "", kind)
        if key != before:
            columns.begin_segment()
        before = key
        told = {name: number(layer.text(row, headers.MEANINGS[name]) or None) for name in ("ele", "accuracy", "hdop")}
        height = told["ele"] if told["ele"] == told["ele"] else height
        columns.add_fix(lon, lat, height, _time(columns, layer, row), told["accuracy"], told["hdop"])


def _add_lines(columns: Columns, layer: Layer, row: int) -> None:
    columns.begin_track(layer.text(row, _NAMES))
    for part in layer.shapes[row].parts:
        columns.begin_segment()
        vertices = layer.on_earth(part)
        for (lon, lat, height, _), time_s in zip(vertices.tolist(), _times(part[:, 3], columns).tolist(), strict=True):
            columns.add_fix(lon, lat, height, time_s)


def _times(measure: Floats, columns: Columns) -> Floats:
    """Return measures as seconds since 1970 where they can be nothing else."""
    if len(measure) and np.isfinite(measure).all():
        for seconds in (measure, measure / 1e3):
            if seconds.min() > EARLIEST_S and seconds.max() < LATEST_S:
                return seconds
        columns.count("measures_no_times")
    return np.full(len(measure), NAN)


def _time(columns: Columns, layer: Layer, row: int) -> float:
    return columns.time(layer.text(row, headers.MEANINGS["time"]).replace("/", "-"))
