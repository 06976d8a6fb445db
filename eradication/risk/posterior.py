"""What a search leaves to believe: plots still there, the chance that nothing is left, and their m².

Before the search a cell has N plots, negative binomial with mean μ and size k: Poisson with mean γμ, γ ~ Gamma(k, k).
Searched with p, y of them were found. Each plot was found or not by itself, so γ is now Gamma(k + y, k + μp), and the
plots that are left are negative binomial again::

    size k + y,     mean μ (1 - p) (k + y) / (k + μp),     P(none) = ((k + μp) / (k + μ))^(k + y)

(Poisson thinning and the gamma-Poisson conjugacy.) A cell nobody searched (p = 0) keeps its μ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from threadpoolctl import threadpool_limits

from eradication.errors import N_, UnusableInput
from eradication.risk.price import Price, Search, price, price_of
from eradication.risk.surface import BEYOND, HIGHEST, Fit, Intensity, drawn

__all__ = [
    "Left", "Price", "Search", "Sizes", "SquareMetres", "expected_m2", "left", "left_m2", "mean_area_m2",
    "nothing_left", "plot_sizes", "price", "price_of",
]  # fmt: skip

USUAL_MEDIAN_M2, USUAL_SIGMA, PSEUDO_PLOTS = 300.0, 1.0, 10.0
"""Belief about the area of a plot before any is measured: log-normal, as much of it as ten plots would tell."""

AT_ONCE = 4_000_000
"""Cells times draws taken at once: 32 MB."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """Plots left in each cell after the search."""

    mean: Floats
    """Expected, shape (cell,)."""
    low: Floats
    """Whole plots: the number left is at least this, and …"""
    high: Floats
    """… at most this with 95 %, for the given μ; 0 and 0 in most cells, as most hold nothing."""
    none: Floats
    """Chance that nothing is left."""


@dataclass(frozen=True, slots=True, eq=False)
class SquareMetres:
    """Expected area of plots by cell with a 95 % interval, m²."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Sizes:
    """Belief about the area of a plot: log-normal."""

    log_mean: float
    """Mean of the logarithm of m²."""
    sigma: float
    """Standard deviation of the logarithm."""
    log_error: float
    """Standard error of the logarithm of the mean area (Cox's method: Land 1972, Olsson 2005)."""

    @property
    def mean_m2(self) -> float:
        """The mean area of a plot."""
        return float(np.exp(self.log_mean + self.sigma**2 / 2.0))


def left(mu: Floats, k: float, p: Floats, found: Floats) -> Left:
    """Return what is left in cells after a search.

    Args:
        mu: plots expected before the search, shape (cell,).
        k: size of the negative binomial.
        p: chance with which a plot in the cell was found, 0 to 1, shape (cell,).
        found: plots found, shape (cell,). Finds where p = 0 count as if a search of no width had made them.

    Raises:
        UnusableInput: ``bad_search`` if a value is out of its range.
    """
    _check(mu, k, p, found)
    return left_of(k + found, mu * (1.0 - p) / (k + mu * p))


def left_of(size: Floats, ratio: Floats) -> Left:
    """Return what is left where its number is negative binomial.

    Args:
        size: of the negative binomial, shape (cell,).
        ratio: its mean ÷ its size, shape (cell,). Of plots of which each is counted with some chance, e.g. those that
            stand in a month, that chance times the ratio of all.
    """
    none = np.exp(-size * np.log1p(ratio))
    low, high = np.zeros_like(none), np.zeros_like(none)
    some = none < 0.975  # elsewhere both ends are 0
    low[some], high[some] = (stats.nbinom.ppf(q, size[some], 1.0 / (1.0 + ratio[some])) for q in (0.025, 0.975))
    return Left(size * ratio, low, high, none)


def nothing_left(
    fit: Fit, x: Floats, p: Floats, found: Floats, group: Ints, groups: int, *, draws: int = 200, seed: int = 0
) -> Floats:
    """Return for each group of cells the chance that no plot is left in it.

    The mean over draws of the weights of the product over cells; γ is integrated exactly. The fit should rest on this
    very search among its rows, so that draws of the weights which the search belies are rare.

    Args:
        fit: belief about the weights.
        x: cells, shape (cell, factor).
        p: search effort so far, shape (cell,).
        found: plots found, shape (cell,).
        group: number of each cell's group, 0 to groups - 1; below 0 = in none.
        groups: how many there are; one without cells has chance 1.
        draws: how many weights are drawn.
        seed: of the draws.
    """
    weights = drawn(fit, draws, seed)
    inside = np.flatnonzero(group >= 0)
    inside = inside[np.argsort(group[inside], kind="stable")]
    total = np.zeros((draws, groups))
    block = max(1, AT_ONCE // draws)
    for first in range(0, len(inside), block):
        at = inside[first : first + block]
        with threadpool_limits(limits=1):
            mu = np.exp(np.minimum(x[at] @ weights[:, 1:].T + weights[:, 0], HIGHEST))  # (cell, draw)
        chance = _log_none(mu, fit.k, p[at][:, None]) * (fit.k + found[at])[:, None]
        starts = np.flatnonzero(np.diff(group[at], prepend=-1))
        total[:, group[at][starts]] += np.add.reduceat(chance, starts, axis=0).T
    out: Floats = np.exp(total).mean(axis=0)
    return out


def plot_sizes(areas_m2: Sequence[float] | Floats) -> Sizes:
    """Return the belief about the area of a plot after ``areas_m2`` were measured (normal-inverse-gamma of the logs).

    Args:
        areas_m2: measured areas; those not above 0 are not measures and are left out.
    """
    areas = np.asarray(areas_m2, float)
    logs = np.log(areas[np.isfinite(areas) & (areas > 0)])
    n, prior = len(logs), np.log(USUAL_MEDIAN_M2)
    known = PSEUDO_PLOTS + n
    log_mean = (PSEUDO_PLOTS * prior + logs.sum()) / known
    own = logs.mean() if n else prior
    squares = PSEUDO_PLOTS * USUAL_SIGMA**2 + ((logs - own) ** 2).sum() + PSEUDO_PLOTS * n / known * (own - prior) ** 2
    variance = squares / known
    return Sizes(float(log_mean), float(variance**0.5), float((variance / known + variance**2 / (2 * known)) ** 0.5))


def mean_area_m2(areas_m2: Sequence[float] | Floats) -> tuple[float, float, float]:
    """Return the mean area of a plot and its 95 % interval, m², shrunk to what is believed before any measure."""
    sizes = plot_sizes(areas_m2)
    reach = float(np.exp(BEYOND * sizes.log_error))
    return sizes.mean_m2, sizes.mean_m2 / reach, sizes.mean_m2 * reach


def expected_m2(plots: Intensity, areas_m2: Sequence[float] | Floats) -> SquareMetres:
    """Return the expected m² of cells: expected plots × mean area, both uncertain, joined in their logarithms.

    Args:
        plots: expected plots.
        areas_m2: measured areas of plots.
    """
    sizes = plot_sizes(areas_m2)
    with np.errstate(divide="ignore"):
        wide = (np.log(plots.high) - np.log(np.maximum(plots.low, np.finfo(float).tiny))) / (2 * BEYOND)
    reach = np.exp(np.minimum(BEYOND * np.hypot(np.maximum(wide, 0.0), sizes.log_error), HIGHEST))
    mean = plots.mean * sizes.mean_m2
    return SquareMetres(mean, mean / reach, mean * reach)


def left_m2(plots: Left, areas_m2: Sequence[float] | Floats) -> SquareMetres:
    """Return the m² left in cells: whole plots, each of an area of its own (sum of log-normals by Fenton-Wilkinson).

    The ends join the ends of the number of plots and of their areas, and so are rather too wide.

    Args:
        plots: plots left.
        areas_m2: measured areas of plots.
    """
    sizes = plot_sizes(areas_m2)
    return SquareMetres(
        plots.mean * sizes.mean_m2, _sum_of(plots.low, sizes, -BEYOND), _sum_of(plots.high, sizes, BEYOND)
    )


def _sum_of(count: Floats, sizes: Sizes, z: float) -> Floats:
    """Return a quantile of the sum of ``count`` areas, m²."""
    spread = np.sqrt(np.log1p(np.expm1(sizes.sigma**2) / np.maximum(count, 1.0)))
    out: Floats = count * sizes.mean_m2 * np.exp(z * spread - spread**2 / 2.0)
    return out


def _log_none(mu: Floats, k: float, p: Floats) -> Floats:
    """Return log((k + μp) / (k + μ)), exact also where hardly anything is expected."""
    out: Floats = -np.log1p(mu * (1.0 - p) / (k + mu * p))
    return out


def _check(mu: Floats, k: float, p: Floats, found: Floats) -> None:
    """Refuse numbers that no search can have given."""
    sound = k > 0 and bool((mu >= 0).all() and ((p >= 0) & (p <= 1)).all() and (found >= 0).all())
    if not (sound and bool(np.isfinite(mu).all())):
        raise UnusableInput(
            "bad_search",
            N_("What is left cannot be computed: expected plots and finds must not be below 0, effort from 0 to 1."),
            hint=N_("Take expected plots from the risk surface and effort from the patrols' tracks."),
        )
