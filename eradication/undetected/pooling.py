"""Draws from one ground on several days as one random sample of what stood in all of them.

From one day to the next cells leave a frame: those that were drawn, and those that a candidate or a plot flags, that
another plan claims, that another unit drew, that are not reached any more. Others come in. What was drawn leaves by
chance and does no harm. What leaves otherwise could not be drawn on the later days, and may well be where plots are: to
count it like the rest would make a bound of which nobody knows how often it holds.

So the ground is that of the widest frame, and it is divided. The *core* are its cells that could be drawn on every one
of the days until they were. From the core every draw took cells with equal chances, however many fell into it, so
together they are one random sample of it without replacement, and the bound of one stratum holds for it exactly. All
other cells of the ground are *left*: each is counted as if it held a plot that nobody found, and what was drawn there
counts for nothing. What is lost by that is told by :attr:`Stratum.left`.

Each further draw adds searched cells to the core and may take others out of it. Draws are taken as long as that makes
the bound smaller if nothing is found; the others are not used. Which these are is decided by frames and by search, not
by finds, as it is with strata that are counted whole (:mod:`eradication.undetected.upper`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from eradication.undetected.upper import LEVEL, Stratum

type Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one draw took from one stratum, and what became of it."""

    name: str
    """Of the stratum."""
    cells: int
    """N: cells it could be drawn from."""
    members: frozenset[int] | None
    """Which these are; ``None`` = only how many is on record. Then cells are taken only ever to leave, until a frame is
    larger than it could be so: of that one nothing in common with those before is known."""
    drawn: tuple[int, ...]
    p: Mapping[int, float]
    """With which p drawn cells were searched; the others were not."""
    found: frozenset[int]
    """Drawn cells in which a plot was found."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Draws from one ground as one sample."""

    strata: tuple[Stratum, ...]
    used: tuple[bool, ...]
    """Of each draw, in the order they were given."""
    untracked: int
    """Cells with a find to which no track leads: they count as searched, with the mean p of the others."""


def pooled(draws: Sequence[Sequence[Sample]], level: float = LEVEL) -> Pooled:
    """Return successive draws from one ground as one random sample of what stood in all of them.

    Args:
        draws: of each the samples, one for each stratum; in the order they were drawn.
        level: confidence of the bound they are for.
    """
    names = list(dict.fromkeys(sample.name for draw in draws for sample in draw))
    strata = [_Days.of([next((s for s in draw if s.name == name), None) for draw in draws]) for name in names]
    size = sum((days.free.sum(axis=1) for days in strata), np.zeros(len(draws), np.int64))
    widest = max(range(len(draws)), key=lambda k: (int(size[k]), -k))
    away = sum((days.away(widest) for days in strata), np.zeros(len(draws), np.int64))
    order = sorted(range(len(draws)), key=lambda k: (k != widest, away[k], k))
    most = -float(np.log1p(-level))
    doubt = [round(sum(days.doubt(widest, order[:k], most) for days in strata), 6) for k in range(1, len(order) + 1)]
    # As many draws as make it no larger.
    best = max(range(len(doubt)), key=lambda k: (-doubt[k], k))
    used = sorted(order[: best + 1])
    told = [days.stratum(name, widest, used) for name, days in zip(names, strata, strict=True)]
    return Pooled(
        tuple(stratum for stratum, _ in told),
        tuple(k in used for k in range(len(draws))),
        sum(untracked for _, untracked in told),
    )


@dataclass(frozen=True)
class _Days:
    """The draws of one stratum, day by day, over all cells that any of them knows."""

    samples: tuple[Sample | None, ...]
    cells: npt.NDArray[np.int64]
    """Numbers, ascending."""
    inside: Bools
    """Which cells each draw could take, shape (draw, cell)."""
    drawn: Bools
    """Which it took."""

    @classmethod
    def of(cls, samples: Sequence[Sample | None]) -> "_Days":
        frames = _frames(samples)
        drawn = [() if sample is None else sample.drawn for sample in samples]
        cells = np.array(sorted(frozenset[int]().union(*frames, *drawn)), np.int64)
        return cls(tuple(samples), cells, _marked(frames, cells), _marked(drawn, cells))

    @cached_property
    def free(self) -> Bools:
        """Which cells each draw could take, or were drawn here before."""
        return np.asarray(self.inside | _before(self.drawn))

    @cached_property
    def search(self) -> npt.NDArray[np.float64]:
        """With which p each draw's cells were searched, shape (draw, cell)."""
        out = np.zeros(self.drawn.shape)
        for row, sample in zip(out, self.samples, strict=True):
            known = {} if sample is None else sample.p
            row[np.searchsorted(self.cells, [*known])] = [*known.values()]
        return out

    def away(self, widest: int) -> npt.NDArray[np.int64]:
        """Return how many cells of the widest frame each draw could not take, though nobody had drawn them here."""
        return np.asarray((self.free[widest] & ~self.free).sum(axis=1), np.int64)

    def divided(self, widest: int, used: Sequence[int]) -> tuple[Bools, Bools]:
        """Return which cells are the ground, and which of them its core."""
        days = sorted(used)
        free = self.inside[days] | _before(self.drawn[days])
        ground = free[days.index(widest)]
        return ground, ground & free.all(axis=0)

    def doubt(self, widest: int, used: Sequence[int], most: float) -> float:
        """Return about how many cells could still hold a plot if none was found."""
        ground, core = self.divided(widest, used)
        size, searched = int(core.sum()), float(self.search[list(used)][:, core].sum())
        return int(ground.sum()) - size + (min(most * size / searched, size) if searched > 0 else size)

    def stratum(self, name: str, widest: int, used: Sequence[int]) -> tuple[Stratum, int]:
        """Return the sample of the core, and how many of its finds have no track."""
        ground, core = self.divided(widest, used)
        days = sorted(used)
        p_of, drawn = self.search[days].max(axis=0), core & self.drawn[days].any(axis=0)
        mine = [sample for k in days if (sample := self.samples[k]) is not None]
        found = drawn & np.isin(self.cells, [cell for sample in mine for cell in sample.found])
        untracked = int((found & (p_of <= 0)).sum())
        p = p_of[drawn & (p_of > 0)].tolist()
        p += [sum(p) / len(p) if p else 1.0] * untracked
        size, left = int(core.sum()), int(ground.sum() - core.sum())
        told = tuple(min(value, 1.0) for value in p)
        return Stratum(name, size, int(drawn.sum()), told, int(found.sum()), left), untracked


def _frames(samples: Sequence[Sample | None]) -> list[frozenset[int]]:
    """Return the cells of each draw; where only their number is on record, nameless ones stand for what was not drawn.

    What is drawn later was there before.
    """
    known = [frozenset() if one is None else one.members for one in samples]
    if all(members is not None for members in known):
        return [members for members in known if members is not None]
    sizes = [0 if one is None else one.cells for one in samples]
    later = [frozenset[int]().union(*(one.drawn for one in samples[k:] if one is not None)) for k in range(len(sizes))]
    frames, begin, before = [], 0, 0
    for size, drawn in zip(sizes, later, strict=True):
        nameless = max(size - len(drawn), 0)
        if nameless > before:  # cells came in: which of the others are the same ones is not known
            begin -= before
        before = nameless
        frames.append(drawn | frozenset(range(begin - nameless, begin)))
    return frames


def _marked(sets: Sequence[Collection[int]], cells: npt.NDArray[np.int64]) -> Bools:
    found = [np.isin(cells, np.fromiter(one, np.int64, len(one))) for one in sets]
    return np.array(found, bool).reshape(len(sets), len(cells))


def _before(drawn: Bools) -> Bools:
    """Return which cells were drawn before each draw."""
    out = np.zeros_like(drawn)
    out[1:] = np.logical_or.accumulate(drawn, axis=0)[:-1]
    return out
