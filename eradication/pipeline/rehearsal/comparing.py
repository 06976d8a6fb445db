"""How much more one way of patrolling finds than another: ratios of sums with paired bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.pipeline.rehearsal.running import SeasonResult

RESAMPLES = 4000
LEAST_BLOCKS = 3
"""With fewer seasons or provinces there is no interval."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.low):
            return f"{self.value:.2f} (too few to say how sure)"
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def rate(found: Floats, hours: Floats, *, blocks: Sequence[int] | None = None, seed: int = 0) -> Ratio:
    """Return what was found per 100 hours with a bootstrap interval over seasons.

    Args:
        found: of each season.
        hours: of each season.
        blocks: seasons of the same number are drawn together (of one province); ``None`` = each by itself.
        seed: of the bootstrap.
    """
    return _interval(100.0 * found, hours, blocks, seed)


def compare(ours: Floats, others: Floats, *, blocks: Sequence[int] | None = None, seed: int = 0) -> Ratio:
    """Return ours ÷ others, summed over the same seasons, with a paired bootstrap interval.

    Args:
        ours: found in each season, shape (season,).
        others: found in the same seasons with the same hours.
        blocks: as in :func:`rate`.
        seed: of the bootstrap.
    """
    return _interval(ours, others, blocks, seed)


def of(results: Sequence[SeasonResult], policy: str, name: str) -> Floats:
    """Return one figure of a policy's seasons, in their order."""
    return np.array([float(getattr(one, name)) for one in results if one.policy == policy])


def _interval(above: Floats, below: Floats, blocks: Sequence[int] | None, seed: int) -> Ratio:
    block = np.arange(len(above)) if blocks is None else np.asarray(blocks)
    if len(np.unique(block)) < LEAST_BLOCKS:
        with np.errstate(divide="ignore", invalid="ignore"):
            return Ratio(float(np.sum(above) / np.sum(below)), float("nan"), float("nan"))
    numbers, which = np.unique(block, return_inverse=True)
    up, down = (np.bincount(which, values, len(numbers)) for values in (above, below))
    picked = np.random.default_rng(seed).integers(0, len(numbers), (RESAMPLES, len(numbers)))
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = up[picked].sum(axis=1) / down[picked].sum(axis=1)
        value = float(up.sum() / down.sum())
    # Where the others find next to nothing a drawn ratio is infinite, and no mean of two can be taken.
    low, high = np.quantile(drawn[~np.isnan(drawn)], [0.025, 0.975], method="inverted_cdf")
    return Ratio(value, float(low), float(high))
