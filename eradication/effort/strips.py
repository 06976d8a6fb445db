"""What patrols could see from where they walked: strips along their tracks, on a grid.

The ground is cut into **sub-cells** of 250 m, sixteen to a square kilometre (EPSG:32648), and each of them into 50 × 50
squares of 5 m. A square counts as seen if its middle lies within the strip half-width of the walked line; strips of
several passes are their union, so a trail walked ten times is seen once. A row of squares is one 64-bit number, which
makes the union an "or" and an area a count of bits.

A square is judged by its middle, so a strip's area is exact to 1 % from some hundred metres of walk on
(tests/effort/test_strips.py measures it against buffered lines).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.compiled import loop, part
from eradication.effort.lines import Lines, Steps

SUBCELL_M = 250.0
SQUARE_M = 5.0
ROWS = 50
"""Squares along one side of a sub-cell."""
SUBCELL_M2 = SUBCELL_M * SUBCELL_M
SQUARE_M2 = SQUARE_M * SQUARE_M
STRIDE = 1_000_000
"""A sub-cell's number is ``row · STRIDE + column``: northing and easting in whole 250 m."""

STEP_M = 25.0
"""Longer steps are taken in pieces, so that their length falls to the sub-cells they cross."""

type Bits = npt.NDArray[np.uint64]
type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """The union of strips, sub-cell by sub-cell."""

    cell: Ints
    """Numbers of the sub-cells, ascending, shape (cell,)."""
    bits: Bits
    """Squares seen, shape (cell, ROWS): row from the south, bit from the west."""
    walked_m: Floats
    """Metres walked inside, shape (cell,)."""
    seconds: Floats
    """Time on the move inside, shape (cell,)."""

    @property
    def area_m2(self) -> Floats:
        """Seen area of each sub-cell, shape (cell,)."""
        area: Floats = np.bitwise_count(self.bits).sum(axis=1) * SQUARE_M2
        return area


def number(east_m: npt.ArrayLike, north_m: npt.ArrayLike) -> Ints:
    """Return the numbers of the sub-cells that points (EPSG:32648) lie in."""
    column, row = (np.floor(np.asarray(v, float) / SUBCELL_M).astype(np.int64) for v in (east_m, north_m))
    numbers: Ints = row * STRIDE + column
    return numbers


def corner(cell: Ints) -> tuple[Ints, Ints]:
    """Return column and row of sub-cells; times 250 they are the metres east and north of the south-west corner."""
    return cell % STRIDE, cell // STRIDE


def stamp(lines: Lines, widths: "Widths") -> Strips:
    """Return the union of the strips along walked lines.

    Args:
        lines: what was walked.
        widths: half-width of the strip in each sub-cell.
    """
    cells = np.unique(_cells_near(lines.xy, lines.joined, widths.widest_m))
    half = widths.of(cells)
    bits = np.zeros((len(cells), ROWS), np.uint64)
    walked, moving = np.zeros(len(cells)), np.zeros(len(cells))
    _stamp((lines.xy, lines.joined), (lines.step_m, lines.moving_s), (cells, half), (bits, walked, moving))
    used = bits.any(axis=1) | (walked > 0)
    return Strips(cells[used], bits[used], walked[used], moving[used])


@dataclass(frozen=True, slots=True, eq=False)
class Widths:
    """Half-width of the strip that is searched from a line, by sub-cell."""

    usual_m: float
    """Where nothing else is known."""
    cells: Ints
    """Sub-cells of another width, ascending."""
    other_m: Floats
    """Their half-widths, shape (cell,)."""

    @property
    def widest_m(self) -> float:
        """The largest half-width."""
        return max(self.usual_m, float(self.other_m.max(initial=0.0)))

    def of(self, cell: Ints) -> Floats:
        """Return the half-widths of sub-cells."""
        out = np.full(len(cell), self.usual_m)
        if len(self.cells):
            at = np.minimum(np.searchsorted(self.cells, cell), len(self.cells) - 1)
            known = self.cells[at] == cell
            out[known] = self.other_m[at[known]]
        return out


@loop
def _cells_near(xy: Floats, joined: npt.NDArray[np.bool_], reach_m: float) -> Ints:
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
def _stamp(
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
