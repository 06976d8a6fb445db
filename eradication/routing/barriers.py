"""What no step may touch, found by place, and the cells that are reached straight from a point without touching it."""

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from scipy.ndimage import maximum_filter
from shapely.geometry.base import BaseGeometry

from eradication.routing.land import Land

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int32]
type Flags = npt.NDArray[np.bool_]

SNAP_M = 150.0
"""A place further than this from ground that can be walked on is not reached."""


def near_barrier(land: Land) -> Flags:
    """Tell which cells lie so near a barrier that a step from them could touch it, flat."""
    if land.barrier.is_empty:
        return np.zeros(land.pace.size, bool)
    on_it = rasterize(
        [land.barrier], out_shape=land.pace.shape, transform=land.transform, all_touched=True, dtype="uint8"
    )
    # Two cells for the longest step, one more for what lies just outside of the grid or on the edge of a cell.
    near = maximum_filter(on_it, size=7) > 0
    edge = np.ones_like(near)
    edge[3:-3, 3:-3] = False
    return np.asarray((near | edge).ravel())


def pieces(barrier: BaseGeometry) -> shapely.STRtree:
    """Return a barrier's outlines and lines in single stretches, to be found by place."""
    parts = shapely.get_parts(shapely.get_parts(barrier))
    areas = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    lines = np.concatenate([parts[~areas], shapely.boundary(parts[areas])])
    lines = shapely.get_parts(lines)
    xy, of = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(of[1:] == of[:-1]) if len(of) else np.zeros(0, int)
    stretches = shapely.linestrings(np.stack([xy[joined], xy[joined + 1]], axis=1))
    points = lines[shapely.get_type_id(lines) == shapely.GeometryType.POINT] if len(lines) else lines
    return shapely.STRtree(np.concatenate([stretches, points]))


def touching(ways: Floats, tree: shapely.STRtree) -> Flags:
    """Tell which straight ways, shape (n, 2 ends, 2), touch what is in the tree."""
    out = np.zeros(len(ways), bool)
    out[np.unique(tree.query(shapely.linestrings(ways), predicate="intersects")[0])] = True
    return out


def middles(land: Land, cells: npt.NDArray[np.int_] | Ints) -> Floats:
    """Return the middles of cells, numbered row by row from the north-west, shape (n, 2)."""
    return land.centres(*np.divmod(cells, land.pace.shape[1]))


def anchored(land: Land, points: Floats, good: Flags, tree: shapely.STRtree) -> tuple[Ints, Floats]:
    """Return for each point the nearest good cell that is reached straight, and how far off its middle is.

    Args:
        land: the ground.
        points: shape (n, 2), metres east and north.
        good: which cells may be chosen, flat.
        tree: of :func:`pieces` of the barrier.

    Returns:
        Numbers of cells, -1 where none lies within :data:`SNAP_M`, and metres (inf where none), shape (n,).
    """
    rows, columns = land.pace.shape
    reach = int(np.ceil(SNAP_M / land.size_m))
    offsets = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    home_column = np.floor((points[:, 0] - land.transform.c) / land.size_m)
    home_row = np.floor((land.transform.f - points[:, 1]) / land.size_m)
    cells, away = np.full(len(points), -1, np.int32), np.full(len(points), np.inf)
    for n, point in enumerate(points):
        if not np.isfinite(point).all() or shapely.Point(point).intersects(land.barrier):
            continue
        row, column = (home_row[n] + offsets[0]).astype(int), (home_column[n] + offsets[1]).astype(int)
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        number = row[inside] * columns + column[inside]
        number = number[good[number]]
        middle = middles(land, number)
        metres = np.hypot(*(middle - point).T)
        near = np.argsort(metres, kind="stable")
        near = near[metres[near] <= SNAP_M]
        if len(near) and len(tree):
            ways = np.stack([np.broadcast_to(point, (len(near), 2)), middle[near]], axis=1)
            near = near[~touching(ways, tree)]
        if len(near):
            cells[n], away[n] = number[near[0]], metres[near[0]]
    return cells, away
