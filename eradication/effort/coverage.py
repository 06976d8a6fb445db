"""Seen by satellite, by patrol, by both, by none: the ground of each commune in the flowering window, part by part.

Seen by satellite means at least one clear look while poppy may be in flower; it says nothing of plots below 350 m²,
which a 10 m pixel cannot show. Seen by patrol means within the strip of a walk in that window. Neither means "clean".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.effort.strips import ROWS, SQUARE_M, SUBCELL_M, Bits, corner

PIXEL_M = 10.0
"""Pixels here are 10 m, aligned to whole 10 m of EPSG:32648, as Sentinel-2's are."""

NONE, OPTICAL, PATROL, BOTH = 0, 1, 2, 3

type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of pixels."""

    west_m: float
    """Of its edge, EPSG:32648, whole 10 m."""
    north_m: float
    shape: tuple[int, int]


def patrolled(block: Block, cell: Ints, bits: Bits) -> npt.NDArray[np.uint8]:
    """Return how many quarters of each pixel lie within strips, 0 to 4, northern row first.

    Args:
        block: the pixels.
        cell: sub-cells, ascending.
        bits: their squares of 5 m, shape (cell, ROWS).
    """
    rows, columns = block.shape
    out = np.zeros((rows, columns), np.uint8)
    column, row = corner(cell)
    left = np.rint((column * SUBCELL_M - block.west_m) / PIXEL_M).astype(np.int64)
    top = np.rint((block.north_m - (row + 1) * SUBCELL_M) / PIXEL_M).astype(np.int64)
    side = round(SUBCELL_M / PIXEL_M)
    near = (left > -side) & (left < columns) & (top > -side) & (top < rows)
    for x, y, squares in zip(left[near].tolist(), top[near].tolist(), bits[near], strict=True):
        quarters = _quarters(squares)
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, columns), min(y + side, rows)
        out[y0:y1, x0:x1] = quarters[y0 - y : y1 - y, x0 - x : x1 - x]
    return out


def _quarters(squares: Bits) -> npt.NDArray[np.uint8]:
    """Return the number of set squares of each 10 m pixel of one sub-cell, northern row first."""
    flags = (squares[:, None] >> np.arange(ROWS, dtype=np.uint64)) & np.uint64(1)
    per = round(PIXEL_M / SQUARE_M)
    size = ROWS // per
    counts: npt.NDArray[np.uint8] = (
        flags.astype(np.uint8).reshape(size, per, size, per).sum(axis=(1, 3), dtype=np.uint8)
    )
    return counts[::-1]


def count(
    commune: npt.NDArray[np.int32], clear: npt.NDArray[np.bool_], quarters: npt.NDArray[np.uint8], communes: int
) -> npt.NDArray[np.float64]:
    """Return the area of each part of each commune in pixels, shape (commune, 4): NONE, OPTICAL, PATROL, BOTH.

    Args:
        commune: number of the commune of each pixel, below 0 = outside.
        clear: pixels seen clearly by satellite.
        quarters: what :func:`patrolled` returns.
        communes: how many there are.
    """
    inside = commune >= 0
    where, seen = commune[inside].astype(np.int64), clear[inside].astype(np.int64)
    share = quarters[inside] / 4.0
    walked = np.bincount(where * 2 + seen, weights=share, minlength=2 * communes).reshape(communes, 2)
    whole = np.bincount(where * 2 + seen, minlength=2 * communes).reshape(communes, 2)
    left = whole - walked
    return np.column_stack([left[:, 0], left[:, 1], walked[:, 0], walked[:, 1]])
