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
    lines = lines.only((lines.day >= first) & (lines.day < after))
    chance = sowing.chance(lines.day, season, settings)
    flowering = tuple(day.toordinal() for day in season.flowering)
    passes = [
        (float(g), bool(flowers), strips.stamp(part, widths))
        for g, flowers, part in _weeks(lines, chance, (first, flowering[0], flowering[1]))
    ]
    return _combined(passes, lines)


def _weeks(lines: Lines, chance: Floats, days: tuple[int, int, int]) -> list[tuple[float, bool, Lines]]:
    """Return the walks of each week by the chance to see, with whether they lie in the flowering window."""
    first, begins, ends = days
    flowers = (lines.day >= begins) & (lines.day <= ends)
    key = np.stack([(lines.day - first) // WEEK_DAYS, np.rint(chance * 1e9).astype(np.int64), flowers.astype(np.int64)])
    kinds, which = np.unique(key, axis=1, return_inverse=True)
    which = which.ravel()
    return [(g / 1e9, f != 0, lines.only(which == n)) for n, (_, g, f) in enumerate(kinds.T.tolist())]


def _combined(passes: list[tuple[float, bool, Strips]], lines: Lines) -> Search:
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
    days, last = _days(lines, cell)
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


def _days(lines: Lines, cell: Ints) -> tuple[Ints, Ints]:
    """Return the number of distinct days of each sub-cell, and the last of them."""
    count, last = np.zeros(len(cell), np.int64), np.zeros(len(cell), np.int64)
    own = strips.number(lines.xy[:, 0], lines.xy[:, 1])
    pairs = np.unique(np.stack([own, lines.day]), axis=1)
    at = np.searchsorted(cell, pairs[0])
    np.add.at(count, at, 1)
    np.maximum.at(last, at, pairs[1])
    return count, last
