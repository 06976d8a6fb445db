"""Outlines on the grid of sub-cells: which commune and what cover each of them has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from eradication.effort.strips import STRIDE, SUBCELL_M, Widths

FINER = 5
"""Cover is decided by the majority of 5 × 5 points of a sub-cell."""

OUTSIDE = -1
"""Number of the commune where there is none."""

type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A rectangle of sub-cells."""

    column: int
    """Of the south-west corner, whole 250 m east (EPSG:32648)."""
    row: int
    columns: int
    rows: int

    @classmethod
    def of(cls, shapes: Sequence[BaseGeometry]) -> "Box":
        """Return the smallest box that holds shapes (EPSG:32648); of none, an empty one."""
        if not any(not shape.is_empty for shape in shapes):
            return cls(0, 0, 0, 0)
        bounds = shapely.total_bounds(np.array(shapes, dtype=object)) / SUBCELL_M
        west, south = (int(v) for v in np.floor(bounds[:2]))
        east, north = (int(v) for v in np.ceil(bounds[2:]))
        return cls(west, south, east - west, north - south)

    @property
    def cells(self) -> Ints:
        """Numbers of the sub-cells, shape (rows, columns), southern row first."""
        rows, columns = np.arange(self.row, self.row + self.rows), np.arange(self.column, self.column + self.columns)
        cells: Ints = rows[:, None] * STRIDE + columns
        return cells

    def drawn(self, shapes: Sequence[BaseGeometry], finer: int = 1) -> npt.NDArray[np.int32]:
        """Return the index of the first shape (EPSG:32648) that holds each point of the box, ``OUTSIDE`` where none.

        Points are the middles of the sub-cells, or of ``finer`` × ``finer`` parts of them; southern row first.
        """
        out = np.full((self.rows * finer, self.columns * finer), OUTSIDE, np.int32)
        # Drawn from the last to the first, so that where two overlap the first stays on top.
        pairs = [(shape, n) for n, shape in reversed(list(enumerate(shapes))) if not shape.is_empty]
        if out.size and pairs:
            step = SUBCELL_M / finer
            place = Affine(step, 0.0, self.column * SUBCELL_M, 0.0, step, self.row * SUBCELL_M)
            rasterize(pairs, out=out, transform=place)
        return out


def widths(forest: Sequence[BaseGeometry] | None, open_m: float, forest_m: float) -> Widths:
    """Return the strip half-width of each sub-cell.

    Args:
        forest: outlines (EPSG:32648); ``None`` = nobody knows where it is, and all ground counts as forest.
        open_m: half-width in the open.
        forest_m: half-width in forest.
    """
    if forest is None:
        return Widths(forest_m, np.empty(0, np.int64), np.empty(0))
    box = Box.of(forest)
    points = box.drawn(forest, FINER) != OUTSIDE
    share = points.reshape(box.rows, FINER, box.columns, FINER).mean(axis=(1, 3))
    cells = np.sort(box.cells[share > 0.5])
    return Widths(open_m, cells, np.full(len(cells), forest_m))
