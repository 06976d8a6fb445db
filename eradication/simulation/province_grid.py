"""The cells of a simulated province: 250 m, aligned to whole 250 m of EPSG:32648 as the sub-cells of effort are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from affine import Affine
from rasterio.features import rasterize
from shapely import union_all
from shapely.geometry.base import BaseGeometry

CELL_M = 250.0
MARGIN = 4
"""Cells of foreign ground kept round the province."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A north-up raster and the cells of it that lie in the province."""

    west: float
    north: float
    commune: Ints
    """Number of the commune of each raster cell, -1 abroad, shape (row, col)."""
    row: Ints
    """Rows of the province's cells, shape (cell,)."""
    col: Ints
    posts: Ints
    """Raster row and column of each commune's middle, shape (commune, 2)."""

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        """Which raster cells lie in the province, shape (row, col)."""
        return self.commune >= 0

    @property
    def transform(self) -> Affine:
        """Pixel to EPSG:32648."""
        return Affine(CELL_M, 0.0, self.west, 0.0, -CELL_M, self.north)

    def xy(self, row: Ints, col: Ints) -> Floats:
        """Middles of raster cells, EPSG:32648, shape (n, 2)."""
        return np.column_stack([self.west + (col + 0.5) * CELL_M, self.north - (row + 0.5) * CELL_M])

    def place(self, xy: Floats) -> tuple[Ints, Ints]:
        """Return raster row and column of points (n, 2), held inside the raster."""
        row = np.clip(np.floor((self.north - xy[:, 1]) / CELL_M).astype(np.int64), 0, self.commune.shape[0] - 1)
        col = np.clip(np.floor((xy[:, 0] - self.west) / CELL_M).astype(np.int64), 0, self.commune.shape[1] - 1)
        return row, col

    def cell(self, xy: Floats) -> Ints:
        """Return the numbers of the province's cells that points lie in, -1 outside, shape (n,)."""
        row, col = self.place(xy)
        return self.numbers()[row, col]

    def numbers(self) -> Ints:
        """Number of the province's cell in each raster cell, -1 outside, shape (row, col)."""
        numbers = np.full(self.commune.shape, -1, np.int64)
        numbers[self.row, self.col] = np.arange(len(self.row))
        return numbers


def gridded(communes: Sequence[BaseGeometry]) -> Grid:
    """Lay cells over the outlines of communes (EPSG:32648); a cell belongs where its middle lies."""
    west, south, east, north = union_all(list(communes)).bounds
    left, top = np.floor(west / CELL_M) - MARGIN, np.ceil(north / CELL_M) + MARGIN
    shape = int(top - np.floor(south / CELL_M)) + MARGIN, int(np.ceil(east / CELL_M) - left) + MARGIN
    transform = Affine(CELL_M, 0.0, left * CELL_M, 0.0, -CELL_M, top * CELL_M)
    numbered = [(outline, number + 1) for number, outline in enumerate(communes)]
    commune = rasterize(numbered, out_shape=shape, transform=transform, fill=0, dtype="int32").astype(np.int64) - 1
    row, col = np.nonzero(commune >= 0)
    middles = np.array([c.representative_point().coords[0] for c in communes])
    grid = Grid(left * CELL_M, top * CELL_M, commune, row, col, np.empty((0, 2), np.int64))
    return Grid(grid.west, grid.north, commune, row, col, np.column_stack(grid.place(middles)))
