"""Is a new model worse than the one in use? Both search the same seasons, and every plot is asked of both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.validation.matching import Searched
from eradication.validation.operating import REPEATS

LEAST_FOUND = 5
"""Plots found by one of the two models or both, without which a contest shows nothing: one visit finds one or none."""

type Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Contest:
    """What came of it."""

    plots: int
    """Plots of class A or B that were sought."""
    champion: int
    """Found by the model in use."""
    challenger: int
    """Found by the new one."""
    either: int
    """Found by one of them or both."""
    gain: float
    """Difference of the shares, new less old; NaN without a plot."""
    low: float
    """Lower end of its one-sided 90 % interval, by bootstrap over plots in pairs."""

    def objection(self, margin: float, least_plots: int) -> str:
        """Return why the new model may not take over, empty if it may.

        Args:
            margin: a loss of so much recall would not matter; the interval must lie above it.
            least_plots: with fewer plots nothing can be said.

        Returns:
            ``too_few_plots``, ``found_fewer``, ``too_few_found`` or ``could_be_worse``.
        """
        if self.plots < least_plots:
            return "too_few_plots"
        if self.gain < 0.0:
            return "found_fewer"
        if self.either < LEAST_FOUND:
            return "too_few_found"
        return "" if self.low >= -margin else "could_be_worse"


def between(champion: Sequence[Searched], challenger: Sequence[Searched], seed: int = 0) -> Contest:
    """Compare two models at the patrols' budget.

    Args:
        champion: what the model in use found, season by season.
        challenger: what the new one found in the same seasons, among the same plots.
        seed: of the bootstrap.

    Raises:
        ValueError: the two were matched with different plots, or given different visits.
    """
    first, second = _asked(champion, challenger)
    if not len(first):
        return Contest(0, 0, 0, 0, float("nan"), float("nan"))
    gain = second.astype(float) - first
    draws = np.random.default_rng(seed).integers(0, len(gain), (REPEATS, len(gain)))
    low = float(np.quantile(gain[draws].mean(axis=1), 0.1))
    either = int((first | second).sum())
    return Contest(len(gain), int(first.sum()), int(second.sum()), either, float(gain.mean()), low)


def _asked(champion: Sequence[Searched], challenger: Sequence[Searched]) -> tuple[Flags, Flags]:
    told = [(np.empty(0, bool), np.empty(0, bool))]
    for one, other in zip(champion, challenger, strict=True):
        if (one.plots, one.visits) != (other.plots, other.visits):
            raise ValueError("the two lists were matched with different plots or visits")
        counted = one.of()
        told.append((one.found()[counted], other.found()[counted]))
    return np.concatenate([t[0] for t in told]), np.concatenate([t[1] for t in told])
