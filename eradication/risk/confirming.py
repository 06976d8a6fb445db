"""How likely a visit to a satellite candidate confirms it: its score, the ground it lies on and its area together.

A logistic model of visits that were made, with a prior that speaks while they are few. What stands beside the score in
it, the risk surface (without what the satellite says) and the outlined area, is known before the visit, so visits that
were chosen by score teach it as well as drawn ones. It serves to plan; what the list is worth is still told by drawn
visits alone.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

USUAL_M2 = 600.0
LEAST = 1e-6
NEWTON_STEPS = 30

MEAN = (-2.5, 0.7, 0.5, 0.0)
"""Belief about constant, logit of the score, logarithm of the risk relative to that of usual candidates, logarithm of
the area ÷ 600 m²: at a score of 0.5 a visit in thirteen confirms; **assumed**."""
SPREAD = (1.5, 0.5, 0.4, 0.4)
"""Standard deviations of the belief."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What is known of candidates before a visit, shape (candidate, 4)."""

    x: Floats

    @classmethod
    def of(cls, score: Floats, risk: Floats, area_m2: Floats) -> "Looks":
        """Describe candidates.

        Args:
            score: 0 to 1.
            risk: plots expected in the cell, without what the satellite says, of all candidates of one season.
            area_m2: as outlined.
        """
        held = np.clip(score, 1e-3, 1.0 - 1e-3)
        known = np.log(np.maximum(risk, LEAST))
        usual = np.median(known) if len(known) else 0.0
        columns = [np.ones(len(held)), np.log(held / (1.0 - held)), known - usual, np.log(area_m2 / USUAL_M2)]
        return cls(np.column_stack(columns))


def weights(visited: Looks, confirmed: npt.NDArray[np.bool_]) -> Floats:
    """Return the most probable weights after some visits, shape (4,) (MAP by Newton; the prior makes it concave).

    Args:
        visited: candidates that were visited.
        confirmed: whether each was confirmed, shape (candidate,).
    """
    mean, precision = np.array(MEAN), np.diag(1.0 / np.square(SPREAD))
    at = mean.copy()
    for _ in range(NEWTON_STEPS):
        chance_ = _logistic(visited.x @ at)
        slope = visited.x.T @ (confirmed - chance_) - precision @ (at - mean)
        curvature = (visited.x * (chance_ * (1.0 - chance_))[:, None]).T @ visited.x + precision
        step = np.linalg.solve(curvature, slope)
        at = at + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return at


def chance(candidates: Looks, own: Floats) -> Floats:
    """Return how likely a visit confirms each candidate, given :func:`weights`."""
    return _logistic(candidates.x @ own)


def _logistic(value: Floats) -> Floats:
    out: Floats = 1.0 / (1.0 + np.exp(-np.clip(value, -40.0, 40.0)))
    return out
