"""How many unflagged cells could still hold a plot that nobody found: a 95 % upper bound from cells drawn at random.

**What is bounded.** The frame of a draw are the N cells that no candidate and no plot of the season touched when it was
drawn. H of them hold a plot. Of the cells that were drawn, n were searched, cell i with p_i (the chance that a plot in
it is seen), and plots were found in x of them. The bound is one of

    U = H - x,

the cells of the frame that hold a plot and in which the search of the drawn cells found none. Cells where somebody else
found a plot in the meantime are still in U: the bound is then larger than it needs to be, never smaller. A cell in
which one plot was found and another stands is no longer unflagged and is not in U.

**One stratum.** Each cell would give itself away with its p_i if it held a plot, so t of the n cells would, with t
Poisson-binomial; x of those t are the ones that do hold one, which is hypergeometric because the cells were drawn:

    P(X ≤ x | H) = Σ_t P(t) · P(Hypergeometric(N, H, t) ≤ x).

The bound is the largest H with P(X ≤ x | H) > 5 %. It is exact: with equal p and n much smaller than N it is Clopper
and Pearson's (1934) upper limit of x out of n, divided by p and times N, which for x = 0 is about 3 · N / (n · p).

**Several strata.** With the weight w = N / Σp of a cell-equivalent that was searched, Σ w·x estimates H, and the bound
is Fay and Feuer's (1997, Statistics in Medicine 16: 791-801) for weighted sums of Poisson counts,

    (v + w²) / (2 (y + w)) · χ²_{0.95; 2 (y + w)² / (v + w²)},     y = Σ w·x,  v = Σ w²·x,  w the largest weight,

which with one weight is the exact Poisson limit. Finds are less spread than Poisson ones, so it errs to the large side.
It needs no share of the 5 % for each stratum. A stratum of which so little was searched that its weight would widen the
whole by more than all of its cells is counted with all of them; which ones are is decided by N and p, not by finds.

**Several days.** Where frames of successive draws differ, what did not stand in all of them is not in N: it is counted
with all of its cells besides (:mod:`eradication.undetected.pooling`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import numpy.typing as npt
from scipy import special

LEVEL = 0.95

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Cells that were drawn from with equal chances, and what became of the drawn ones."""

    name: str
    cells: int
    """N: cells in the frame, 0 or more; of successive draws those that stood in every frame."""
    drawn: int
    p: tuple[float, ...]
    """With which p each drawn cell was searched that was; the others did not answer, for reasons that have nothing to
    do with what grows there (weather, the leader's veto)."""
    finds: int
    """x: searched cells in which a plot was found, at most as many as there are ``p``."""
    left: int = 0
    """Cells that did not stand in every frame of successive draws: all of them are counted, besides the N."""

    @property
    def weight(self) -> float:
        """Cells for which one fully searched cell stands, N / Σp; infinite where nothing was searched."""
        total = sum(self.p)
        return self.cells / total if total > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Bound:
    """An upper bound over several strata."""

    cells: int
    """At 95 % no more unflagged cells hold a plot that was not found."""
    of: int
    """Cells in the frames."""
    whole: tuple[str, ...]
    """Strata that are counted with all their cells, because too little of them was searched."""
    method: str
    """``exact``, ``gamma``, or ``none`` where everything is counted whole."""


def bound(strata: Sequence[Stratum], level: float = LEVEL) -> Bound:
    """Return the upper bound of :mod:`this module <eradication.undetected.upper>` over all strata together.

    Args:
        strata: disjoint; each with its finds.
        level: confidence, one-sided.
    """
    known, whole = _divided(strata, level)
    left, finds = sum(s.left for s in strata), sum(s.finds for s in strata)
    of = left + sum(s.cells for s in strata)
    sampled = sum(s.cells for s in known)
    if not known:
        held, method = 0, "none"
    elif len(known) == 1:
        held, method = holding(known[0], level), "exact"
    else:
        held, method = min(floor(_gamma(known, level)), sampled), "gamma"
    most = left + sum(s.cells for s in whole) + held - finds
    return Bound(max(most, 0), of, tuple(s.name for s in whole), method)


def _divided(strata: Sequence[Stratum], level: float) -> tuple[list[Stratum], list[Stratum]]:
    """Divide strata into those whose search says something and those counted whole.

    Chosen so that the bound would be least without any find: that depends on what was searched, not on what was found,
    so the choice costs nothing.
    """
    nothing = -np.log1p(-level)
    ordered = sorted((s for s in strata if s.cells), key=lambda s: (-s.weight, s.name))
    sizes, first = [s.cells for s in ordered], sum(sum(s.p) <= 0 for s in ordered)
    cost = {k: sum(sizes[:k]) + min(nothing * ordered[k].weight, sum(sizes[k:])) for k in range(first, len(ordered))}
    best = min(cost, key=lambda k: cost[k], default=len(ordered))
    return ordered[best:], ordered[:best]


def _gamma(strata: Sequence[Stratum], level: float) -> float:
    weight, finds = np.array([s.weight for s in strata]), np.array([s.finds for s in strata])
    largest = float(weight.max())
    y, v = float(weight @ finds) + largest, float(weight**2 @ finds) + largest**2
    # The chi-squared quantile with 2·a degrees of freedom is twice the gamma quantile with shape a.
    return v / y * float(special.gammaincinv(y**2 / v, level))


def holding(stratum: Stratum, level: float = LEVEL) -> int:
    """Return the largest number H of cells of one stratum that may hold a plot, those with finds among them."""
    giving = giving_away(np.array(stratum.p, float))
    low, high = stratum.finds, stratum.cells
    if _tail(stratum, giving, high) > 1 - level:
        return high
    # The tail falls with H, and never excludes the finds themselves.
    while high - low > 1:
        middle = (low + high) // 2
        if _tail(stratum, giving, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return low


def giving_away(p: Floats) -> Floats:
    """Return the distribution of how many of n cells would give a plot away, shape (n + 1,) (Poisson-binomial)."""
    out = np.ones(1)
    for chance in p:
        out = np.concatenate([out * (1 - chance), [0.0]]) + np.concatenate([[0.0], out * chance])
    return out


def _tail(stratum: Stratum, giving: Floats, held: int) -> float:
    """Return P(X ≤ x | H = ``held``)."""
    t = np.arange(len(giving))
    total = np.zeros(len(giving))
    for j in range(stratum.finds + 1):
        total += np.exp(_choose(held, j) + _choose(stratum.cells - held, t - j) - _choose(stratum.cells, t))
    return float(giving @ np.minimum(total, 1.0))


def _choose(n: int, k: int | npt.NDArray[np.int64]) -> Floats:
    """Return the logarithm of the binomial coefficient; -inf where it is 0."""
    k = np.asarray(k, float)
    possible = (k >= 0) & (k <= n)
    inside = np.where(possible, k, 0.0)
    value = special.gammaln(n + 1) - special.gammaln(inside + 1) - special.gammaln(n - inside + 1)
    out: Floats = np.where(possible, value, -np.inf)
    return out


def share_limits(hits: float, of: float, level: float = LEVEL) -> tuple[float, float]:
    """Return Clopper and Pearson's two-sided interval of a share; counts may be fractions."""
    tail = (1 - level) / 2
    low = float(special.betaincinv(hits, of - hits + 1, tail)) if hits > 0 else 0.0
    high = float(special.betaincinv(hits + 1, of - hits, 1 - tail)) if hits < of else 1.0
    return low, high


def share_up(part: int, of: int) -> float | None:
    """Return a bound as a share, rounded up to 0.0001: no bound says less than is so; ``None`` of nothing."""
    return ceil(part / of * 1e4 - 1e-9) / 1e4 if of else None
