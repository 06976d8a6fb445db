"""Sums of the surface over communes, with intervals: draws of the weights are summed, not the ends of cells.

The cells of a commune share the weights, so the ends of their intervals do not add up to the ends of the sum. For each
draw the expected plots and those left are summed; of those left, whose number is a matter of chance as well, a negative
binomial with the mean and variance of the sum is drawn.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.risk.surface import HIGHEST, Fit, drawn

DRAWS = 200
LEVEL = (0.025, 0.975)
AT_ONCE = 2_000_000
"""Cells times draws taken at once: 16 MB."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """By group, the last one being all groups together, each shape (group + 1,)."""

    expected_low: Floats
    """95 % interval of the expected plots, by the uncertainty of the weights."""
    expected_high: Floats
    left_low: Floats
    """95 % interval of the number of plots left, by the weights and by chance."""
    left_high: Floats
    none: Floats
    """Chance that nothing is left."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What was searched and found on the cells, each shape (cell,)."""

    p: Floats
    found: Floats
    group: Ints
    """Number of each cell's group, from 0."""
    x_now: Floats
    """Described without what was refuted since, shape (cell, factor): what is left is told by it."""
    share: Floats
    """Of expected plots, the share that is counted, e.g. of those that stand in a month; 1 = all."""


def by_group(fit: Fit, x: Floats, cells: Cells, groups: int, *, draws: int = DRAWS, seed: int = 0) -> Sums:
    """Return sums over groups of cells.

    Args:
        fit: belief about the weights.
        x: cells as known before the search, shape (cell, factor), columns as ``fit.names``.
        cells: the search, and what is known since.
        groups: how many there are.
        draws: how many weights are drawn.
        seed: of the draws.
    """
    weights = drawn(fit, draws, seed)
    order = np.argsort(cells.group, kind="stable")
    total = np.zeros((4, groups + 1, draws))
    block = max(1, AT_ONCE // draws)
    for first in range(0, len(order), block):
        at = order[first : first + block]
        group = cells.group[at]
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        for n, values in enumerate(_of_cells(fit.k, weights, x[at], cells, at)):
            total[n][group[starts]] += np.add.reduceat(values, starts, axis=0)
    total[:, groups] = total[:, :groups].sum(axis=1)
    expected, left, variance, log_none = total
    low, high = np.quantile(expected, LEVEL, axis=1)
    count = _counts(left, variance, seed)
    few, many = np.quantile(count, LEVEL, axis=1, method="inverted_cdf")
    return Sums(low, high, few, many, np.exp(log_none).mean(axis=1))


def _of_cells(k: float, weights: Floats, x: Floats, cells: Cells, at: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Return expected plots, mean and variance of those left, and log P(none left), each shape (cell, draw)."""
    before, now = _plots(weights, x), cells.x_now[at]
    mu = before if np.array_equal(x, now) else _plots(weights, now)
    p, share, size = cells.p[at][:, None], cells.share[at][:, None], (k + cells.found[at])[:, None]
    ratio = mu * (1.0 - p) / (k + mu * p) * share
    left = ratio * size
    return before * share, left, left * (1.0 + ratio), -size * np.log1p(ratio)


def _plots(weights: Floats, x: Floats) -> Floats:
    out: Floats = np.exp(np.minimum(x @ weights[:, 1:].T + weights[:, 0], HIGHEST))
    return out


def _counts(mean: Floats, variance: Floats, seed: int) -> Floats:
    """Draw whole numbers with a mean and a variance not below it."""
    random = np.random.default_rng([seed, 1])
    over = np.maximum(variance - mean, 1e-12)
    shape = np.maximum(mean, 1e-12) ** 2 / over
    rate = random.gamma(shape, 1.0) * np.where(shape > 0, np.maximum(mean, 1e-12) / shape, 0.0)
    out: Floats = random.poisson(np.minimum(rate, 1e12)).astype(np.float64)
    return out
