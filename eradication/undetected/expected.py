"""How many unflagged cells still hold a plot, to be expected: the sum over cells of what the search left to believe.

Without a map of risk every unflagged cell of a stratum has the same prior π: finds per cell-equivalent searched, that
is the searched cells in which patrols found a plot that no candidate had foretold, over Σp of all unflagged cells
searched. A find to which no track leads tells nothing of a rate: nobody knows how much was searched for it. A cell that
was searched with p and nothing found holds a plot with π(1 - p) / (1 - πp) (Bayes), a cell nobody searched with π, a
cell with a find is flagged and no longer counted.

The interval is of the rate alone: Jeffreys' for a Poisson count, Gamma(finds + ½, Σp). Over several strata the ends
are added, as if all rates were wrong to the same side; the interval is then wider than 95 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from eradication.undetected.upper import LEVEL

LEAST_SEARCHED = 10.0
"""Cell-equivalents (0.6 km²) below which one find would be said of more than a tenth of all ground: nothing is said."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The unflagged cells of one stratum."""

    name: str
    cells: int
    """Those without a find."""
    p: Floats
    """With which p cells without a find were searched, of those that were, shape (searched,)."""
    found_p: Floats
    """With which p the cells with a find were searched, above 0, shape (finds,)."""

    @property
    def searched(self) -> float:
        """Cell-equivalents searched, Σp."""
        return float(self.p.sum() + self.found_p.sum())


@dataclass(frozen=True, slots=True)
class Expected:
    """Cells that are to be expected to hold a plot nobody found."""

    cells: float
    low: float
    high: float
    finds: int
    searched: float
    """Cell-equivalents searched, Σp."""
    of: int
    """Unflagged cells without a find."""
    without: tuple[str, ...]
    """Strata in which too little was searched: they are given the rate of the whole."""


def expected(strata: Sequence[Ground], level: float = LEVEL) -> Expected | None:
    """Return the sum of the posteriors over all cells, or ``None`` where too little was searched.

    Without any find the rate is 0 and so is the sum; the upper end of the interval then says how little that means.
    """
    searched, finds = sum(s.searched for s in strata), sum(len(s.found_p) for s in strata)
    if searched < LEAST_SEARCHED:
        return None
    sums = np.zeros(3)
    for stratum in strata:
        alone = stratum.searched >= LEAST_SEARCHED
        mine, x = (stratum.searched, len(stratum.found_p)) if alone else (searched, finds)
        rates = (x / mine, *_jeffreys(x, mine, level))
        sums += [_left(stratum, min(rate, 1.0)) for rate in rates]
    likely, low, high = (round(float(value), 1) for value in sums)
    return Expected(
        cells=likely,
        low=low,
        high=high,
        finds=finds,
        searched=round(searched, 2),
        of=sum(s.cells for s in strata),
        without=tuple(s.name for s in strata if s.searched < LEAST_SEARCHED and s.cells),
    )


def _left(stratum: Ground, rate: float) -> float:
    """Return the sum of the posteriors of one stratum."""
    left = rate * (1 - stratum.p) / np.maximum(1 - rate * stratum.p, 1e-12)
    return rate * (stratum.cells - len(stratum.p)) + float(left.sum())


def _jeffreys(finds: int, searched: float, level: float) -> tuple[float, float]:
    """Return the interval of a Poisson rate; without a find it begins at 0."""
    tail = (1 - level) / 2
    low = float(special.gammaincinv(finds + 0.5, tail)) / searched if finds else 0.0
    return low, float(special.gammaincinv(finds + 0.5, 1 - tail)) / searched
