"""Provinces that exist only as numbers: cells, plots, draws, searches; to see whether a bound holds the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eradication import planning
from eradication.pipeline.planned import allocation
from eradication.undetected import Stratum, bound


@dataclass(frozen=True)
class Setting:
    """How provinces are made."""

    sizes: Sequence[int]
    """Cells of each stratum."""
    share: Sequence[float]
    """Of them, the share that holds a plot, on average over provinces."""
    drawn: int
    p: tuple[float, float] = (0.1, 0.9)
    """Least and largest p of search."""
    answer: float = 0.8
    """Chance that a drawn cell is searched, whatever grows there."""
    weights: Sequence[float] = ()
    """How densely strata are drawn; empty = all alike."""
    draws: int = 1
    """Draws, one after the other, that share ``drawn``."""
    clustered: bool = True
    """Plots come in clusters of up to four neighbouring cells."""


@dataclass(frozen=True)
class Outcome:
    """One province: what was missed, and what the bound said."""

    missed: int
    bound: int
    of: int


def province(setting: Setting, seed: int) -> Outcome:
    """Make a province, draw its cells with the program's own draw, search them, and bound what was missed."""
    random = np.random.default_rng(seed)
    counts = allocation(setting.sizes, setting.weights or [1.0] * len(setting.sizes), setting.drawn)
    strata, missed = [], 0
    for number, (size, share, count) in enumerate(zip(setting.sizes, setting.share, counts, strict=True)):
        # From one province to the next the share varies by a factor of about two.
        holds = _plots(size, min(share * random.lognormal(0.0, 0.7), 1.0), random, clustered=setting.clustered)
        left, chosen = np.arange(size), []
        for one in range(setting.draws):
            part = count // setting.draws + (one < count % setting.draws)
            if part:
                drawn, _ = planning.draw(np.ones(len(left)), part, seed * 1000 + number * 10 + one)
                chosen.append(left[drawn])
                left = np.delete(left, drawn)
        cells = np.concatenate([*chosen, np.empty(0, int)]).astype(int)
        cells = cells[random.random(len(cells)) < setting.answer]
        p = random.uniform(*setting.p, len(cells))
        found = holds[cells] & (random.random(len(cells)) < p)
        missed += int(holds.sum() - found.sum())
        strata.append(Stratum(str(number), size, count, tuple(p.tolist()), int(found.sum())))
    said = bound(strata)
    return Outcome(missed, said.cells, said.of)


def _plots(size: int, share: float, random: np.random.Generator, *, clustered: bool) -> np.ndarray:
    holds = np.zeros(size, bool)
    wanted = random.binomial(size, share)
    while holds.sum() < wanted:
        at = int(random.integers(size))
        holds[at : at + (int(random.integers(1, 5)) if clustered else 1)] = True
    return holds


def held(setting: Setting, provinces: int = 200, seed: int = 1) -> tuple[float, float, float]:
    """Return in which share of provinces the bound held, and the median of bound ÷ missed and of bound ÷ cells."""
    found = [province(setting, seed + k) for k in range(provinces)]
    ratio = np.median([one.bound / max(one.missed, 1) for one in found])
    share = np.median([one.bound / one.of for one in found])
    return float(np.mean([one.bound >= one.missed for one in found])), float(ratio), float(share)
