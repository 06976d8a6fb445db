"""Ground to walk on: heights, the pace each cell allows, what cannot be crossed, and where bridges cross it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops
from affine import Affine
from rasterio.features import rasterize
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from eradication.config.planning import Plan
from eradication.errors import N_, UnusableInput

type Float32 = npt.NDArray[np.float32]
type Floats = npt.NDArray[np.float64]

ON_PATH = 1.0
"""Pace on a road or track: the whole of Tobler's."""

NOTHING = shapely.GeometryCollection()


@dataclass(frozen=True, slots=True, eq=False)
class Land:
    """The ground as a grid, EPSG:32648, north up, square cells."""

    transform: Affine
    heights_m: Float32
    """Shape (row, column), northern row first, NaN unknown: not walked on."""
    pace: Float32
    """Pace relative to that on a path, shape (row, column), 0…1; 0 = not walked on."""
    steepest: float = 1.0
    """Rise over run that nobody climbs off the path."""
    barrier: BaseGeometry = NOTHING
    """What no step may touch: rivers and areas to keep out of."""
    bridges: tuple[Floats, ...] = ()
    """Ways over rivers along a road or track, each from bank to bank, shape (vertex, 2), metres east and north."""

    @property
    def size_m(self) -> float:
        """Side of a cell in metres."""
        return float(self.transform.a)

    def centres(self, rows: npt.ArrayLike, columns: npt.ArrayLike) -> Floats:
        """Return the middles of cells, shape (n, 2), metres east and north."""
        east = self.transform.c + self.size_m * (np.asarray(columns, float) + 0.5)
        north = self.transform.f - self.size_m * (np.asarray(rows, float) + 0.5)
        return np.stack([east, north], axis=-1)


@dataclass(frozen=True, slots=True)
class Covers:
    """What lies on the ground, EPSG:32648; what is not known is left empty."""

    forest: BaseGeometry = NOTHING
    tracks: BaseGeometry = NOTHING
    roads: BaseGeometry = NOTHING
    rivers: BaseGeometry = NOTHING
    """Lines or areas that cannot be waded."""
    keep_out: tuple[BaseGeometry, ...] = field(default=())
    """Areas of danger and foreign soil: no step touches them, not even on a road."""


def land(heights_m: npt.ArrayLike, transform: Affine, covers: Covers, settings: Plan) -> Land:
    """Return the ground on which ways are sought.

    Roads and tracks give the whole pace, also through forest and steep ground; what is steeper than
    ``settings.steepest_deg`` is else not walked on. A river is crossed only where a road or track crosses it. Areas to
    keep out of are crossed nowhere.

    Args:
        heights_m: shape (row, column), northern row first, NaN unknown.
        transform: of the grid, EPSG:32648, north up, square cells.
        covers: what lies on it.
        settings: paces and the steepest ground.

    Raises:
        UnusableInput: ``no_heights``, ``grid_not_square``.
    """
    heights = np.asarray(heights_m, np.float32)
    if heights.ndim != 2 or not np.isfinite(heights).any():
        raise UnusableInput(
            "no_heights",
            N_("No height of the ground is known here: how long a way takes cannot be said."),
            hint=N_("Name a terrain model (DEM) that covers the area, in the settings or when fetching imagery."),
        )
    if transform.b or transform.d or transform.a <= 0 or not np.isclose(transform.a, -transform.e):
        raise UnusableInput(
            "grid_not_square",
            N_("The grid of heights is turned, or its cells are not square."),
            hint=N_("Warp the terrain model to EPSG:32648 with square cells, north up."),
        )
    frame = _frame(transform, heights.shape)
    here = Covers(
        _within(covers.forest, frame),
        _within(covers.tracks, frame),
        _within(covers.roads, frame),
        _within(covers.rivers, frame),
        tuple(_within(one, frame) for one in covers.keep_out if one.intersects(frame)),
    )
    steepest = float(np.tan(np.radians(settings.steepest_deg)))
    paths = shapely.union_all([here.roads, here.tracks])
    pace = _pace(heights, transform, here, paths, settings, steepest)
    keep_out = shapely.union_all(list(here.keep_out))
    return Land(
        transform, heights, pace, steepest, shapely.union_all([here.rivers, keep_out]), _bridges(paths, here, keep_out)
    )


def _pace(
    heights: Float32, transform: Affine, here: Covers, paths: BaseGeometry, settings: Plan, steepest: float
) -> Float32:
    pace = np.full(heights.shape, settings.off_path, np.float32)
    pace[_drawn([here.forest], transform, heights.shape)] = settings.off_path * settings.in_forest
    pace[slope(heights, float(transform.a)) > steepest] = 0.0
    pace[_drawn([paths], transform, heights.shape, touched=True)] = ON_PATH
    areas = [part for shape in (here.rivers, *here.keep_out) for part in shapely.get_parts(shape)]
    pace[_drawn([part for part in areas if part.area > 0], transform, heights.shape)] = 0.0
    pace[~np.isfinite(heights)] = 0.0
    return pace


def slope(heights: Float32, size_m: float) -> Float32:
    """Return rise over run of each cell, shape (row, column); 0 where it cannot be told."""
    if min(heights.shape) < 2:
        return np.zeros_like(heights)
    down, right = np.gradient(heights, size_m)
    return np.nan_to_num(np.hypot(down, right), nan=0.0)


def _frame(transform: Affine, shape: tuple[int, ...]) -> BaseGeometry:
    margin = 3 * transform.a
    west, north = transform.c - margin, transform.f + margin
    frame: BaseGeometry = shapely.box(
        west, north - shape[0] * transform.a - 2 * margin, west + shape[1] * transform.a + 2 * margin, north
    )
    return frame


def _within(shape: BaseGeometry, frame: BaseGeometry) -> BaseGeometry:
    if shape.is_empty or shapely.contains_properly(frame, shape):
        return shape
    cut: BaseGeometry = shapely.intersection(shape if shape.is_valid else shapely.make_valid(shape), frame)
    return cut


def _drawn(
    shapes: Sequence[BaseGeometry], transform: Affine, shape: tuple[int, ...], touched: bool = False
) -> npt.NDArray[np.bool_]:
    some = [one for one in shapes if not one.is_empty]
    if not some:
        return np.zeros(shape, bool)
    cells = rasterize(some, out_shape=shape, transform=transform, all_touched=touched, dtype="uint8")
    return np.asarray(cells, bool)


BANK_M = 30.0
"""So far beyond the water a bridge's ways begin, where the road is that long."""


def _bridges(paths: BaseGeometry, here: Covers, keep_out: BaseGeometry) -> tuple[Floats, ...]:
    """Return the ways over rivers along roads and tracks, from bank to bank."""
    if paths.is_empty or here.rivers.is_empty:
        return ()
    shapely.prepare(here.rivers)
    found: list[Floats] = []
    for line in shapely.get_parts(shapely.line_merge(paths)):
        if not isinstance(line, LineString) or not here.rivers.intersects(line):
            continue
        for begin, end in _crossings(line, here.rivers):
            piece = shapely.ops.substring(line, begin, end)
            # A road that ends in the water has an end that no cell is reached from (see ``anchored``).
            if not keep_out.intersects(piece):
                found.append(np.asarray(piece.coords, float)[:, :2])
    return tuple(found)


def _crossings(line: LineString, rivers: BaseGeometry) -> list[tuple[float, float]]:
    """Return where along a line it passes water, with some of the bank on both sides, as distances from its start."""
    wet = shapely.get_parts(shapely.intersection(line, rivers))
    ends = [[line.project(shapely.Point(xy)) for xy in shapely.get_coordinates(one)] for one in wet]
    spans = sorted((min(one), max(one)) for one in ends)
    out = []
    for n, (begin, end) in enumerate(spans):
        before = spans[n - 1][1] if n else -begin
        after = spans[n + 1][0] if n + 1 < len(spans) else 2 * line.length - end
        out.append((begin - min(BANK_M, (begin - before) / 2), end + min(BANK_M, (after - end) / 2)))
    return out
