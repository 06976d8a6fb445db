"""The compiled loops that lay strips on the grid of :mod:`eradication.effort.strips`, square by square."""

from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.compiled import loop, part
from eradication.effort.lines import Steps
from eradication.effort.strips import ROWS, SQUARE_M, STEP_M, STRIDE, SUBCELL_M, Bits, Floats, Ints


@loop
def cells_near(xy: Floats, joined: npt.NDArray[np.bool_], reach_m: float) -> Ints:
    """Return sub-cells within reach of the lines' pieces, repeated where the line comes back."""
    out, count, last = np.empty(1024, np.int64), 0, (0, 0, 0, 0)
    for k in range(len(xy)):
        before = k - 1 if joined[k] else k
        pieces = _pieces(xy[before], xy[k])
        for n in range(pieces):
            box = _box(_piece(xy[before], xy[k], n, pieces), reach_m)
            if box == last:
                continue
            last = box
            for row in range(box[2], box[3] + 1):
                for column in range(box[0], box[1] + 1):
                    if count == len(out):
                        out = np.concatenate((out, np.empty_like(out)))
                    out[count] = row * STRIDE + column
                    count += 1
    return out[:count]


@part
def _pieces(a: Floats, b: Floats) -> int:
    return int(max(1.0, np.ceil(np.hypot(b[0] - a[0], b[1] - a[1]) / STEP_M)))


@part
def _piece(a: Floats, b: Floats, n: int, pieces: int) -> tuple[float, float, float, float]:
    """Return the ends of the n-th of equal pieces of a step."""
    s, t = n / pieces, (n + 1) / pieces
    x, y = b[0] - a[0], b[1] - a[1]
    return a[0] + s * x, a[1] + s * y, a[0] + t * x, a[1] + t * y


@part
def _box(ends: tuple[float, float, float, float], reach: float) -> tuple[int, int, int, int]:
    """Return first and last column, first and last row of the sub-cells within reach of a piece."""
    return (
        int(np.floor((min(ends[0], ends[2]) - reach) / SUBCELL_M)),
        int(np.floor((max(ends[0], ends[2]) + reach) / SUBCELL_M)),
        int(np.floor((min(ends[1], ends[3]) - reach) / SUBCELL_M)),
        int(np.floor((max(ends[1], ends[3]) + reach) / SUBCELL_M)),
    )


@loop
def stamp(
    lines: tuple[Floats, npt.NDArray[np.bool_]],
    steps: tuple[Steps, Steps],
    place: tuple[Ints, Floats],
    out: tuple[Bits, Floats, Floats],
) -> None:
    """Set the bits of every step, and add its length and its seconds to the sub-cells it crosses."""
    (xy, joined), (step_m, moving_s), (cells, half), (bits, walked, moving) = lines, steps, place, out
    reach = half.max() if half.size else 0.0
    for k in range(len(xy)):
        before = k - 1 if joined[k] else k
        pieces = _pieces(xy[before], xy[k])
        for n in range(pieces):
            ends = _piece(xy[before], xy[k], n, pieces)
            column, row = (
                np.floor((ends[0] + ends[2]) / 2.0 / SUBCELL_M),
                np.floor((ends[1] + ends[3]) / 2.0 / SUBCELL_M),
            )
            own = np.searchsorted(cells, int(row) * STRIDE + int(column))
            walked[own] += step_m[k] / pieces
            moving[own] += moving_s[k] / pieces
            west, east, south, north = _box(ends, reach)
            for line in range(south, north + 1):
                first = np.searchsorted(cells, line * STRIDE + west)
                for cell in range(first, first + east - west + 1):
                    corner = (cells[cell] % STRIDE) * SUBCELL_M, line * SUBCELL_M
                    _fill(ends, corner, half[cell], bits[cell])


@part
def _fill(ends: tuple[float, float, float, float], corner: tuple[float, float], reach: float, rows: Any) -> None:
    """Set, row by row, the squares of a sub-cell whose middles lie within reach of the piece."""
    ax, ay, bx, by = ends[0] - corner[0], ends[1] - corner[1], ends[2] - corner[0], ends[3] - corner[1]
    first = max(0, int(np.ceil((min(ay, by) - reach) / SQUARE_M - 0.5)))
    last = min(ROWS - 1, int(np.floor((max(ay, by) + reach) / SQUARE_M - 0.5)))
    for row in range(first, last + 1):
        low, high = _reach_in_row((row + 0.5) * SQUARE_M, (ax, ay, bx, by), reach)
        begin = max(0, int(np.ceil(low / SQUARE_M - 0.5)))
        end = min(ROWS - 1, int(np.floor(high / SQUARE_M - 0.5)))
        if begin <= end:
            rows[row] |= ((np.uint64(1) << np.uint64(end - begin + 1)) - np.uint64(1)) << np.uint64(begin)


@part
def _reach_in_row(y: float, ends: tuple[float, float, float, float], reach: float) -> tuple[float, float]:
    """Return from where to where the line ``y`` lies within reach of a piece; the stretch is empty if first > second.

    The set of points within reach is the two discs round the ends and the rectangle between them; it is convex, so
    their stretches make one.
    """
    ax, ay, bx, by = ends
    low, high = np.inf, -np.inf
    for x, middle in ((ax, ay), (bx, by)):
        square = reach * reach - (y - middle) * (y - middle)
        if square >= 0.0:
            low, high = min(low, x - np.sqrt(square)), max(high, x + np.sqrt(square))
    length = np.hypot(bx - ax, by - ay)
    if length > 0.0:
        ux, uy = (bx - ax) / length, (by - ay) / length
        # In the row (x - ax)·uy - (y - ay)·ux is the distance from the line, and the way along it is
        # (x - ax)·ux + (y - ay)·uy.
        across, along = (y - ay) * ux, (y - ay) * uy
        near = _between(uy, -across, -reach, reach)
        beside = _between(ux, along, 0.0, length)
        left, right = ax + max(near[0], beside[0]), ax + min(near[1], beside[1])
        if left <= right:
            low, high = min(low, left), max(high, right)
    return low, high


@part
def _between(slope: float, offset: float, least: float, most: float) -> tuple[float, float]:
    """Return the stretch of x on which ``slope · x + offset`` lies between two numbers."""
    if abs(slope) < 1e-12:
        return (-np.inf, np.inf) if least <= offset <= most else (np.inf, -np.inf)
    a, b = (least - offset) / slope, (most - offset) / slope
    return min(a, b), max(a, b)
