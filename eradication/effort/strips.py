"""What patrols could see from where they walked: strips along their tracks, on a grid.

The ground is cut into **sub-cells** of 250 m, sixteen to a square kilometre (EPSG:32648), and each of them into 50 × 50
squares of 5 m. A square counts as seen if its middle lies within the strip half-width of the walked line; strips of
several passes are their union, so a trail walked ten times is seen once. A row of squares is one 64-bit number, which
makes the union an "or" and an area a count of bits.

A square is judged by its middle, so a strip's area is exact to 1 % from some hundred metres of walk on
(tests/effort/test_strips.py measures it against buffered lines).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.effort.lines import Lines

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
    from eradication.effort import stamping  # compiled: most of those who read strips make none

    cells = np.unique(stamping.cells_near(lines.xy, lines.joined, widths.widest_m))
    half = widths.of(cells)
    bits = np.zeros((len(cells), ROWS), np.uint64)
    walked, moving = np.zeros(len(cells)), np.zeros(len(cells))
    stamping.stamp((lines.xy, lines.joined), (lines.step_m, lines.moving_s), (cells, half), (bits, walked, moving))
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
