"""Where the grid is cut into blocks: along the blocks of its files, since a file's block is decoded whole."""

import math
from collections import Counter
from itertools import pairwise

from eradication.ingest import geotiff
from eradication.ingest.imagery import Archive
from eradication.ingest.scene import Scene
from eradication.raster import PIXEL_M, Window

LEAST_PX = 64
"""A narrower piece is joined to the one beside it."""

type Lattice = tuple[int, int, int]
"""First pixel of a tile on the grid, the pixel after its last, and the side of its files' blocks, along one axis."""


def windows(archive: Archive, side_px: int) -> dict[tuple[int, int], Window]:
    """Return blocks of about ``side_px`` pixels a side that cover the archive's grid, by row and column."""
    rows, columns = (
        _cuts(int(size), side_px, _lattices(archive, axis)) for axis, size in enumerate(archive.grid.shape)
    )
    return {
        (i, j): Window(top, left, bottom - top, right - left)
        for i, (top, bottom) in enumerate(rows)
        for j, (left, right) in enumerate(columns)
    }


def _lattices(archive: Archive, axis: int) -> list[Lattice]:
    """Return the lattices of the archive's tiles along an axis (0 = down, 1 = right), the first tile first."""
    seen = Counter(lattice for scene in archive.scenes if (lattice := _lattice(archive, scene, axis)) is not None)
    kept: list[Lattice] = []
    # Scenes that were moved by a pixel belong to the tile as well.
    for lattice, _ in seen.most_common():
        if all(abs(lattice[0] - other[0]) > LEAST_PX for other in kept):
            kept.append(lattice)
    return sorted(kept)


def _lattice(archive: Archive, scene: Scene, axis: int) -> Lattice | None:
    a, _, c, _, e, f = tuple(archive.grid.affine)[:6]
    for layer in scene.bands.values():
        raster = layer.raster
        is_fine = math.isclose(raster.pixel_size, PIXEL_M) and raster.epsg == geotiff.epsg_of(archive.grid)
        if is_fine and raster.transform[4] < 0:
            offset = (raster.transform[5] - f) / e if axis == 0 else (raster.transform[2] - c) / a
            return round(offset), round(offset) + raster.shape[axis], raster.block[axis]
    return None


def _cuts(size: int, side: int, lattices: list[Lattice]) -> list[tuple[int, int]]:
    """Cut ``size`` pixels where files' blocks end, but into pieces no longer than ``side`` and little more."""
    least = min(LEAST_PX, side)
    edges = [0]
    for edge in [*_edges(size, side, lattices), size]:
        while edge - edges[-1] > side + least:
            edges.append(edges[-1] + side)
        if edge - edges[-1] >= least:
            edges.append(edge)
    # A narrow rest belongs to the piece before it.
    edges[-1] = size
    return list(pairwise(edges)) or [(0, size)]


def _edges(size: int, side: int, lattices: list[Lattice]) -> list[int]:
    """Return where blocks of the tiles end, tile after tile; bands of 20 m need even numbers."""
    edges: list[int] = []
    for start, end, step in lattices:
        stride = side // step * step or side
        here = range(start % stride - stride if start > 0 else start, min(end, size), stride)
        edges += [edge for edge in here if edge > max([0, start - 1, *edges[-1:]]) and edge % 2 == 0]
    return edges
