"""Which candidate found which plot: one to one, best candidate first.

A candidate takes the nearest free plot within max(25 m, √area/2 + 15 m) of the plot's centre. A further candidate on a
plot that is taken is left out of the list: a patrol would not go there twice.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.domain import Detectability, detectability

FALSE = -1
REACH_M, MARGIN_M = 25.0, 15.0
VISIBLE = frozenset({Detectability.A, Detectability.B})
"""Classes that a satellite may find; recall speaks of them unless it says otherwise."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """One season that was searched: the plots there were, and what each candidate of the list turned out to be."""

    plots: tuple[str, ...]
    """Key of each plot."""
    area_m2: Floats
    """Area of each, shape (plot,)."""
    hits: Ints
    """Plot of each counted candidate, best first, -1 = none."""
    visits: int
    """Candidates that can be visited in this season."""
    km2: float
    """Area that was observed and searched."""

    def first(self) -> Ints:
        """Return the place in the list at which each plot is found, from 0; the list's length if it is not."""
        out = np.full(len(self.area_m2), len(self.hits), np.int64)
        lying = np.flatnonzero(self.hits != FALSE)
        out[self.hits[lying]] = lying
        return out

    def found(self, visits: int | None = None) -> Flags:
        """Tell which plots are found within so many candidates, the season's own visits if none are given."""
        return self.first() < min(self.visits if visits is None else visits, len(self.hits))

    def of(self, classes: Collection[Detectability] = VISIBLE) -> Flags:
        """Tell which plots are of these classes."""
        return np.array([detectability(area) in classes for area in self.area_m2], bool)

    def gains_m2(self) -> Floats:
        """Return the area that each visit finds, 0 for a false candidate or where the list is too short."""
        head, out = self.hits[: self.visits], np.zeros(self.visits)
        lying = np.flatnonzero(head != FALSE)
        out[lying] = self.area_m2[head[lying]]
        return out


def match(candidates: Floats, plots: Floats, area_m2: Floats) -> Ints:
    """Match a list with plots.

    Args:
        candidates: x and y in metres, best first, shape (candidate, 2).
        plots: x and y of the plots' centres, shape (plot, 2).
        area_m2: of each plot.

    Returns:
        The plot of each counted candidate, -1 for none; candidates on a taken plot are left out.
    """
    return paired(candidates, plots, area_m2)[1]


def paired(candidates: Floats, plots: Floats, area_m2: Floats) -> tuple[Ints, Ints]:
    """Match a list with plots as :func:`match` does; return the candidates that count, and the plot of each."""
    reach = np.maximum(REACH_M, np.sqrt(area_m2) / 2 + MARGIN_M)
    free = np.ones(len(plots), bool)
    counted, out = [], []
    for number, xy in enumerate(candidates):
        distance = np.hypot(*(plots - xy).T)
        near = distance <= reach
        if (near & free).any():
            taken = int(np.where(near & free, distance, np.inf).argmin())
            free[taken] = False
            counted.append(number)
            out.append(taken)
        elif not near.any():
            counted.append(number)
            out.append(FALSE)
    return np.array(counted, np.int64), np.array(out, np.int64)
