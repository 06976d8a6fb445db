"""How far the 250 m cells are from lines, points and areas of a file.

Lines are taken at points no further than :data:`STEP_M` apart; the nearest of them tells the stretch of line, and the
distance to that stretch is exact. Another stretch could be nearer by less than 13 m where two lines are about equally
near, and by less than 1 m from 100 m on.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import rasterize
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from eradication.effort.ground import Box
from eradication.effort.strips import SUBCELL_M

STEP_M = 25.0

type Floats = npt.NDArray[np.float64]
type Bytes = npt.NDArray[np.uint8]


def distances(points: Floats, shapes: Sequence[BaseGeometry]) -> Floats | None:
    """Return the distance in metres from points to the nearest shape, shape (point,); ``None`` if there is no shape.

    Args:
        points: EPSG:32648, shape (point, 2).
        shapes: points, lines, polygons in the same CRS; inside a polygon the distance is 0.
    """
    xy, before = _along(shapes)
    if not len(xy):
        return None
    far, at = cKDTree(xy).query(points, workers=-1)
    # The stretch before the nearest point of a line, and the one after it.
    after = np.arange(len(xy))
    after[:-1] += before[1:] == after[:-1]
    out = np.minimum(_to_stretch(points, xy[at], xy[before[at]]), _to_stretch(points, xy[at], xy[after[at]]))
    out = np.minimum(out, far)
    areas = [shape for shape in shapes if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty]
    if areas:
        tree = shapely.STRtree(np.atleast_1d(shapely.points(points)))
        shapely.prepare(areas)
        inside = tree.query(areas, predicate="intersects")[1]
        out[inside] = 0.0
    return out


def outside(points: Floats, shapes: Sequence[BaseGeometry], margin_m: float) -> npt.NDArray[np.bool_]:
    """Tell which points lie further than a margin outside the box round all shapes, shape (point,).

    What a file does not draw there may be there all the same: the file may be an extract that ends before.
    """
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    x, y = points.T
    beyond = np.maximum.reduce([west - x, x - east, south - y, y - north])
    out: npt.NDArray[np.bool_] = ~(beyond <= margin_m)
    return out


def _along(shapes: Sequence[BaseGeometry]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return points along lines and outlines, and of each the number of the one before it on its line, or its own."""
    parts = shapely.get_parts(np.array([s for s in shapes if not s.is_empty], dtype=object))
    kinds = shapely.get_type_id(parts)
    while (kinds == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        parts = shapely.get_parts(parts)
        kinds = shapely.get_type_id(parts)
    areas = kinds == shapely.GeometryType.POLYGON
    lines = np.concatenate([parts[~areas], shapely.get_parts(shapely.boundary(parts[areas]))])
    lines = shapely.get_parts(lines)
    xy, line = shapely.get_coordinates(shapely.segmentize(lines, STEP_M), return_index=True)
    number = np.arange(len(xy))
    first = np.diff(line, prepend=-1) != 0
    return xy, np.where(first, number, number - 1)


def _to_stretch(points: Floats, a: Floats, b: Floats) -> Floats:
    """Return the distance from each point to its own stretch a-b."""
    way = b - a
    square = (way**2).sum(axis=1)
    along = ((points - a) * way).sum(axis=1) / np.where(square == 0, 1.0, square)
    foot = a + np.clip(along, 0.0, 1.0)[:, None] * way
    out: Floats = np.hypot(*(points - foot).T)
    return out


def covered(box: Box, shapes: Sequence[BaseGeometry], finer: int) -> Bytes:
    """Return 1 where shapes hold the middle of each of ``finer`` × ``finer`` parts of the cells, southern row first."""
    out = np.zeros((box.rows * finer, box.columns * finer), np.uint8)
    some = [shape for shape in shapes if not shape.is_empty]
    if out.size and some:
        step = SUBCELL_M / finer
        rasterize(some, out=out, transform=Affine(step, 0, box.column * SUBCELL_M, 0, step, box.row * SUBCELL_M))
    return out


def share(box: Box, mask: Bytes) -> Floats:
    """Return the share of each cell that a mask of :func:`covered` holds, shape (rows, columns)."""
    finer = mask.shape[0] // max(box.rows, 1)
    out: Floats = mask.reshape(box.rows, finer, box.columns, finer).mean(axis=(1, 3))
    return out


def edges(box: Box, mask: Bytes) -> Floats:
    """Return the middles (EPSG:32648) of all sides at which a mask begins or ends, shape (side, 2).

    Neighbouring polygons of the same cover, e.g. compartments of a forest, have no edge between them.
    """
    step = SUBCELL_M * box.rows / max(mask.shape[0], 1)
    rows, columns = np.nonzero(mask[:, 1:] != mask[:, :-1])
    beside = np.column_stack([(columns + 1.0) * step, (rows + 0.5) * step])
    rows, columns = np.nonzero(mask[1:] != mask[:-1])
    above = np.column_stack([(columns + 0.5) * step, (rows + 1.0) * step])
    corner = np.array([box.column * SUBCELL_M, box.row * SUBCELL_M])
    out: Floats = np.concatenate([beside, above]) + corner
    return out


def to_points(points: Floats, places: Floats) -> Floats | None:
    """Return the distance from points to the nearest of places, ``None`` without any."""
    if not len(places):
        return None
    far: Floats = np.asarray(cKDTree(places).query(points, workers=-1)[0], np.float64)
    return far
