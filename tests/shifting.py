"""Ground from which cells are drawn day by day while others leave its frame and come back: only numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eradication import planning
from eradication.undetected import Pooled, Sample, Stratum, bound, pooled


@dataclass(frozen=True)
class Days:
    """How frames differ from day to day; shares are chances of each cell on each day."""

    cells: int = 400
    share: float = 0.2
    """Of the cells, that hold a plot."""
    days: int = 12
    each: int = 4
    """Cells drawn on a day."""
    p: tuple[float, float] = (0.3, 0.9)
    answer: float = 0.8
    flagged: tuple[float, float] = (0.0, 0.0)
    """Leaves for good: a cell without a plot, a cell with one."""
    claimed: tuple[float, float] = (0.0, 0.0)
    """Is away that day."""
    late: tuple[float, float] = (0.0, 0.0)
    """Share that comes into the frame halfway through the season only."""
    after_nothing: bool = False
    """Plots are flagged only on days after one that found nothing."""


@dataclass(frozen=True)
class Outcome:
    """What was missed, what was said of it, and what is said if all draws are taken for draws from the first frame."""

    missed: int
    bound: int
    pool: Pooled
    plain_missed: int
    plain: int


def season(world: Days, seed: int) -> Outcome:
    """Draw day by day with the program's own draw, search, pool, bound."""
    random = np.random.default_rng(seed)
    size = world.cells
    holds = random.random(size) < min(world.share * random.lognormal(0.0, 0.5), 1.0)
    gone, taken, quiet = np.zeros(size, bool), np.zeros(size, bool), True
    late = _of(holds, world.late, random)
    frames, draws, found = [], [], np.zeros(size, bool)
    for day in range(world.days):
        away = gone | taken | _of(holds, world.claimed, random)
        away |= late if day < world.days // 2 else False
        frame = np.flatnonzero(~away)
        chosen, _ = planning.draw(np.ones(len(frame)), min(world.each, len(frame)), seed * 100 + day)
        cells = frame[chosen]
        sample = _searched(world, frame, cells, holds, random)
        frames.append(frame)
        draws.append(sample)
        taken[cells] = True
        found[[*sample.found]] = True
        quiet = not sample.found
        if quiet or not world.after_nothing:
            gone |= _of(holds, world.flagged, random) & ~taken
    told = pooled([[one] for one in draws])
    return Outcome(*_truth(told, frames, draws, holds), told, *_plainly(frames, draws, holds))


def _of(holds: np.ndarray, chances: tuple[float, float], random: np.random.Generator) -> np.ndarray:
    return random.random(len(holds)) < np.where(holds, chances[1], chances[0])


def _searched(
    world: Days, frame: np.ndarray, cells: np.ndarray, holds: np.ndarray, random: np.random.Generator
) -> Sample:
    mine = cells[random.random(len(cells)) < world.answer]
    p = dict(zip(mine.tolist(), random.uniform(*world.p, len(mine)).tolist(), strict=True))
    found = frozenset(cell for cell, value in p.items() if holds[cell] and random.random() < value)
    return Sample("a", len(frame), frozenset(frame.tolist()), tuple(cells.tolist()), p, found)


def _truth(told: Pooled, frames: Sequence[np.ndarray], draws: Sequence[Sample], holds: np.ndarray) -> tuple[int, int]:
    """Return how many plots of the widest frame the search missed, and how many the bound admits."""

    def so_far(day: int, used: Sequence[bool]) -> np.ndarray:
        before = [cell for k in range(day) if used[k] for cell in draws[k].drawn]
        return np.union1d(frames[day], np.array(before, int))

    everyone = [True] * len(frames)
    widest = max(range(len(frames)), key=lambda k: (len(so_far(k, everyone)), -k))
    ground = so_far(widest, told.used)
    (stratum,) = told.strata
    assert stratum.cells + stratum.left == len(ground)
    return int(holds[ground].sum()) - stratum.finds, bound(told.strata).cells


def _plainly(frames: Sequence[np.ndarray], draws: Sequence[Sample], holds: np.ndarray) -> tuple[int, int]:
    p = [value for one in draws for value in one.p.values()]
    finds = sum(len(one.found & {*frames[0].tolist()}) for one in draws)
    said = bound([Stratum("a", len(frames[0]), len(p), tuple(p), sum(len(one.found) for one in draws))])
    return int(holds[frames[0]].sum()) - finds, said.cells


def held(world: Days, seasons: int, seed: int = 1) -> tuple[float, float, float]:
    """Return in which share of seasons the bound held, the same if frames are taken for one, and bound ÷ cells."""
    found = [season(world, seed + k) for k in range(seasons)]
    mine, plain = (np.mean([one.bound >= one.missed for one in found]), [o.plain >= o.plain_missed for o in found])
    return float(mine), float(np.mean(plain)), float(np.median([one.bound / world.cells for one in found]))
