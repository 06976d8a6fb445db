"""How well the ground was searched: for each sub-cell the chance that a plot in it would have been seen.

Visited is not searched. With the strip half-width w, the area A of a sub-cell, and over 7 days the length L of
*distinct* track in it (passes within w of one another count once) and the area a of the union of strips,

    p = g · min(1 − exp(−2·w·L / A), a / A)                                  (random search: Koopman 1946)

where g is the chance to see a plot one passes, by the stage of the crop (:mod:`eradication.effort.sowing`), 0 out of
season. What was driven is no search. L is taken from the union: 2·w·L = a. Weeks combine as P = 1 − Π(1 − p), and P
never exceeds the share of the sub-cell that the strips of the whole season cover: ten walks on one trail are one trail.

P belongs to a plot that lies anywhere in the sub-cell with equal chance. "Searched with p" is all that may be said of
a place; never that it is clean.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.config import Effort
from eradication.domain import Season
from eradication.effort import sowing, strips
from eradication.effort.lines import Lines
from eradication.effort.strips import ROWS, SUBCELL_M2, Bits, Strips, Widths

WEEK_DAYS = 7
AT_ONCE = 500_000
"""Fixes taken at a time where they need not all be."""
_DAYS_IN_SEASON = 400
"""More than a season has, for packing a day beside a number."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A season's walks on the sub-cells they came near, one row per sub-cell."""

    cell: Ints
    """Numbers of the sub-cells, ascending, see :func:`eradication.effort.strips.number`."""
    p: Floats
    """Searched with p."""
    seen: Bits
    """Squares within the strips of walks while a plot could be seen, shape (cell, ROWS)."""
    in_flower: Bits
    """The same for walks in the flowering window alone."""
    walked_m: Floats
    """Metres walked inside, at any time of the season; 0 = only the edge of a strip reaches in."""
    moving_s: Floats
    days: Ints
    """Distinct days on which a fix lies inside."""
    last_day: Ints
    """The last of them (``date.toordinal``), 0 if there is none."""

    @property
    def seen_m2(self) -> Floats:
        """Area within the strips of each sub-cell."""
        return area_m2(self.seen)


def of_cells(cell: Ints, p: Floats) -> Search:
    """Return a search of which no more is known than p in some sub-cells, ascending."""
    none, whole = np.zeros((len(cell), ROWS), np.uint64), np.zeros(len(cell), np.int64)
    return Search(cell, p, none, none, np.zeros(len(cell)), np.zeros(len(cell)), whole, whole)


def area_m2(bits: Bits) -> Floats:
    """Return the area of the squares that are set, for each sub-cell."""
    area: Floats = np.bitwise_count(bits).sum(axis=1) * strips.SQUARE_M2
    return area


def of_season(lines: Lines, season: Season, widths: Widths, settings: Effort) -> Search:
    """Return how well the walks of a season searched the ground.

    Args:
        lines: of every patrol that counts; days outside the season are left out.
        season: the season.
        widths: strip half-widths.
        settings: stages and chances.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    # June to August belong to the season just ended: effort, though there is nothing to be seen.
    first, after = season.first_day.toordinal(), Season(season.start_year + 1).first_day.toordinal()
    inside = (lines.day >= first) & (lines.day < after)
    lines = lines if inside.all() else lines.only(inside)
    flowering = tuple(day.toordinal() for day in season.flowering)
    day = np.arange(first, after)
    kinds = _Kinds.of(day, sowing.chance(day, season, settings), (day >= flowering[0]) & (day <= flowering[1]))
    kind = kinds.number[lines.day - first]
    passes = [
        (float(kinds.chance[n]), bool(kinds.flowers[n]), strips.stamp(lines.only(kind == n), widths))
        for n in np.unique(kind).tolist()
    ]
    return _combined(passes, lines, first)


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Days that count together: of one week, with the same chance to see, in the flowering window or not."""

    number: Ints
    """Of each day of the season."""
    chance: Floats
    """Of each kind."""
    flowers: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, day: Ints, chance: Floats, flowers: npt.NDArray[np.bool_]) -> "_Kinds":
        week = (day - day[0]) // WEEK_DAYS
        key = np.column_stack([week, np.rint(chance * 1e9), flowers])
        kinds, number = np.unique(key, axis=0, return_inverse=True)
        return cls(number.ravel(), kinds[:, 1] / 1e9, kinds[:, 2] != 0)


def _combined(passes: list[tuple[float, bool, Strips]], lines: Lines, first_day: int) -> Search:
    cell = np.unique(np.concatenate([np.empty(0, np.int64), *(found.cell for _, _, found in passes)]))
    missed, walked, moving = np.ones(len(cell)), np.zeros(len(cell)), np.zeros(len(cell))
    seen, in_flower = np.zeros((len(cell), ROWS), np.uint64), np.zeros((len(cell), ROWS), np.uint64)
    for g, flowers, found in passes:
        at = np.searchsorted(cell, found.cell)
        walked[at] += found.walked_m
        moving[at] += found.seconds
        if g > 0.0:
            missed[at] *= 1.0 - searched(g, found.area_m2)
            seen[at] |= found.bits
            if flowers:
                in_flower[at] |= found.bits
    p = np.minimum(1.0 - missed, area_m2(seen) / SUBCELL_M2)
    days, last = _days(lines, cell, first_day)
    return Search(cell, p, seen, in_flower, walked, moving, days, last)


def searched(g: float, union_m2: Floats) -> Floats:
    """Return p of one week's passes, see the module's formula.

    Args:
        g: chance to see a plot one passes.
        union_m2: area of the union of strips in each sub-cell, 2·w·L.
    """
    share = union_m2 / SUBCELL_M2
    p: Floats = g * np.minimum(-np.expm1(-share), share)
    return p


def _days(lines: Lines, cell: Ints, first_day: int) -> tuple[Ints, Ints]:
    """Return the number of distinct days of each sub-cell, and the last of them."""
    count, last = np.zeros(len(cell), np.int64), np.zeros(len(cell), np.int64)
    parts = [np.empty(0, np.int64)]
    for begin in range(0, len(lines.xy), AT_ONCE):  # a season's fixes are many, its pairs of sub-cell and day few
        xy, when = lines.xy[begin : begin + AT_ONCE], lines.day[begin : begin + AT_ONCE]
        own = np.searchsorted(cell, strips.number(xy[:, 0], xy[:, 1]))
        parts.append(np.unique(own * _DAYS_IN_SEASON + (when - first_day)))
    pairs = np.unique(np.concatenate(parts))
    at, day = pairs // _DAYS_IN_SEASON, pairs % _DAYS_IN_SEASON + first_day
    np.add.at(count, at, 1)
    np.maximum.at(last, at, day)
    return count, last
