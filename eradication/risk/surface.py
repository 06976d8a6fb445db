"""Where plots are to be expected: finds given how much was searched, with experts' weights as the prior.

A plot is found only where somebody looked. The model is therefore of *finds given search effort*: a row is a cell in a
season that was searched with p > 0, and its finds are negative binomial with mean p · λ, λ = exp(b0 + x·b) expected
plots. A cell nobody searched is no row: it says nothing, least of all that there is nothing. So the ways of patrols
thin the finds but do not bend the surface (as long as the factors say why they went there).

The prior of the weights is normal around the experts' (``factors.FACTORS``), that of b0 normal with sd 1 around the
level at which the whole area is expected to have the plots of the settings. With fewer finds than ``least_finds`` the
experts' weights stay as they are and only the level follows the finds, so that the order of the cells is the experts'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, special
from threadpoolctl import threadpool_limits

from eradication.errors import N_, UnusableInput
from eradication.risk import newton
from eradication.risk.factors import BY_NAME, named

LEVEL_SPREAD = 1.0
"""Standard deviation of the belief about b0: a factor of 7 to either side (95 %). Assumed."""

SIZES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 100.0)
"""Sizes k that are tried: from strongly clustered to as good as Poisson."""

BEYOND = 1.959963984540054
"""Standard normal quantile of 97.5 %."""

HIGHEST = 50.0
"""Logarithms of expected plots beyond this are cut, so that nothing overflows."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Searched cells of one or several seasons, one row each."""

    x: Floats
    """Described as known before the season's walks, shape (row, factor)."""
    p: Floats
    """Chance that a plot there was found, above 0, shape (row,)."""
    finds: Floats
    """Plots found, shape (row,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Belief about the weights before any find, b0 first."""

    mean: Floats
    """Shape (1 + factor,)."""
    sd: Floats
    """Shape (1 + factor,), above 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Belief about the weights after the finds, b0 first."""

    names: tuple[str, ...]
    """Factors."""
    mean: Floats
    """Most probable weights, shape (1 + factor,)."""
    covariance: Floats
    """Laplace's, shape (1 + factor, 1 + factor)."""
    k: float
    """Size of the negative binomial: variance = m + m²/k."""
    finds: int
    """Plots found in the rows."""
    searched: float
    """Cell-equivalents searched, Σp."""
    basis: str
    """``expert`` (weights are the experts', only the level is fitted) or ``fitted``."""
    rows: int = 0
    """Rows with p > 0."""
    ignored: int = 0
    """Rows left out because nobody searched there (p = 0)."""
    ignored_finds: int = 0
    """Finds in rows that were left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Intensity:
    """Expected plots by cell, with 95 % intervals of the weights' uncertainty (not of chance)."""

    mean: Floats
    """At the most probable weights, shape (cell,). With skew beliefs this is the median, not the average."""
    low: Floats
    high: Floats


def expert(names: Sequence[str], plots: float, cells_x: Floats) -> Prior:
    """Return the experts' belief, with the level at which all cells together are expected to have ``plots``.

    Args:
        names: factors, the columns of ``cells_x``.
        plots: plots of a season in the whole area, above 0.
        cells_x: every cell of the area, shape (cell, factor).

    Raises:
        UnusableInput: ``unknown_factor``, ``no_cells`` if there is no cell or ``plots`` is not above 0.
    """
    factors = named(names)
    if not len(cells_x) or not plots > 0:
        raise UnusableInput(
            "no_cells",
            N_("There is no ground to describe, or no plot to expect in it."),
            hint=N_("Give an area with at least one cell, and [risk] plots above 0."),
        )
    weights = np.array([factor.weight for factor in factors], float)
    level = np.log(plots) - special.logsumexp(cells_x @ weights)
    spreads = np.array([factor.spread for factor in factors], float)
    return Prior(np.concatenate([[level], weights]), np.concatenate([[LEVEL_SPREAD], spreads]))


def fit(rows: Rows, names: Sequence[str], prior: Prior, least_finds: int, *, sizes: Sequence[float] = SIZES) -> Fit:
    """Fit the weights to finds given effort (MAP, Laplace covariance; k by Laplace evidence).

    Rows with p = 0 are left out and counted.

    Args:
        rows: searched cells, of all seasons.
        names: factors, the columns of ``rows.x``.
        prior: :func:`expert`, for the same names.
        least_finds: with fewer finds the experts' weights are kept.
        sizes: sizes k to choose from.

    Raises:
        UnusableInput: ``bad_rows`` if p is not within 0 to 1, finds are below 0 or a factor is not a number.
    """
    _check(rows, len(names))
    searched = rows.p > 0
    everywhere = bool(searched.all())
    x, p, y = (v if everywhere else v[searched] for v in (rows.x, rows.p, np.asarray(rows.finds, float)))
    finds = round(float(y.sum()))
    fitted = finds >= least_finds
    least, most = bounds(names) if fitted else (prior.mean.copy(), prior.mean.copy())
    least[0], most[0] = -np.inf, np.inf
    task = newton.Task(x, np.log(p), y, prior.mean, 1.0 / prior.sd**2, least, most)
    top, k = newton.best(task, sizes, prior.mean)
    return Fit(
        names=tuple(names),
        mean=top.at,
        covariance=linalg.inv(top.curvature),
        k=k,
        finds=finds,
        searched=float(p.sum()),
        basis="fitted" if fitted else "expert",
        rows=len(p),
        ignored=int((~searched).sum()),
        ignored_finds=round(float(rows.finds[~searched].sum())),
    )


def bounds(names: Sequence[str]) -> tuple[Floats, Floats]:
    """Return least and most weights, b0 first: a factor with a sign never crosses 0."""
    signs = np.array([0, *(BY_NAME[name].sign if name in BY_NAME else 0 for name in names)])
    return np.where(signs > 0, 0.0, -np.inf), np.where(signs < 0, 0.0, np.inf)


def intensity(fit: Fit, x: Floats) -> Intensity:
    """Return the expected plots of cells, before they are searched.

    Args:
        fit: belief about the weights.
        x: cells, shape (cell, factor), columns as ``fit.names``.
    """
    sd = np.empty(len(x))
    with threadpool_limits(limits=1):
        middle = x @ fit.mean[1:] + fit.mean[0]
        for first in range(0, len(x), newton.BLOCK):
            part = x[first : first + newton.BLOCK]
            spread = part @ fit.covariance[1:, 1:]
            cross = 2.0 * part @ fit.covariance[1:, 0]
            variance = fit.covariance[0, 0] + cross + np.einsum("ij,ij->i", spread, part)
            sd[first : first + newton.BLOCK] = np.sqrt(np.maximum(variance, 0.0))
    low, mean, high = (np.exp(np.minimum(middle + z * sd, HIGHEST)) for z in (-BEYOND, 0.0, BEYOND))
    return Intensity(mean, low, high)


def drawn(fit: Fit, draws: int, seed: int) -> Floats:
    """Draw weights from the belief, shape (draw, 1 + factor); those with a sign are cut at 0."""
    random = np.random.default_rng(seed)
    root = linalg.cholesky(fit.covariance, lower=True)
    weights = fit.mean + random.standard_normal((draws, len(fit.mean))) @ root.T
    least, most = bounds(fit.names)
    out: Floats = np.clip(weights, least, most)
    return out


def _check(rows: Rows, factors: int) -> None:
    """Refuse rows that no search can have made."""
    shaped = rows.x.shape == (len(rows.p), factors) and rows.finds.shape == rows.p.shape
    sound = (
        shaped
        and bool(((rows.p >= 0) & (rows.p <= 1)).all())
        and bool((np.isfinite(rows.finds) & (rows.finds >= 0)).all())
        and bool(np.isfinite(rows.x.sum()))
    )
    if not sound:
        raise UnusableInput(
            "bad_rows",
            N_("Searched cells cannot be used: effort must be from 0 to 1, finds not below 0, factors known."),
            hint=N_("Describe cells with describe(), and take the effort from the patrols' tracks."),
        )
