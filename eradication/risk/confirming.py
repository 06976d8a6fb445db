"""How likely a visit to a satellite candidate confirms it: its score, its ground and its area together.

A logistic model of visits that were made, with a prior that speaks while they are few::

    logit P = logit(assumed for its class) + w · (1, score, ground, area, crowd, kind)

*Class* (A, B, C by the area in the image) enters as an offset: before any visit, a usual candidate on usual ground is
confirmed as its class is assumed to be, and the constant learned from visits raises or lowers all classes alike.
*Score* is the logit of the score, less that of the model's usual candidate. *Ground* is the logarithm of the plots the
risk surface expects in the cell if the satellite says nothing, less that of the season's usual candidate. *Area* is the
logarithm of the outlined area ÷ that usual for its class. *Crowd* is the logarithm of the candidates that such ground
bears (:mod:`eradication.risk.crowding`), less that of the usual candidate: where the model lists many, few are true.
*Kind* is the ground itself, factor by factor, less that of the usual candidate: nothing is believed of it but that it
matters little, and visits teach what the others have wrong.

All of it is known before the visit, so visits that were chosen by score teach it as well as drawn ones: what is learned
is conditional on what they were chosen by. It serves to plan; what the list is worth is still told by drawn visits
alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from eradication.domain import Detectability
from eradication.domain.plot import detectability

ASSUMED: Mapping[Detectability, float] = MappingProxyType(
    {Detectability.A: 0.20, Detectability.B: 0.10, Detectability.C: 0.05}
)
"""Share of candidates that a visit confirms, by class as estimated from the image; assumed, not measured."""
USUAL_M2: Mapping[Detectability, float] = MappingProxyType(
    {Detectability.A: 3000.0, Detectability.B: 700.0, Detectability.C: 250.0}
)
LEAST_VISITS = 10
"""With fewer decided visits to a model's own candidates what is said of them is called assumed: it rests on the belief
rather than on them. A rule, as for returns to old places; what is learned is used from the first visit on."""
LEAST = 1e-6
NEWTON_STEPS = 30
BISECTIONS, LOWEST = 40, 20.0
"""Steps to the level at which a list holds so many plots, and the logarithm of odds by which it is lowered at most."""

MEAN = (0.0, 0.7, 0.5, 0.0, -0.7)
"""Belief about the weights of constant, score, ground, area and crowd; **assumed**. Were the plots and candidates that
ground bears known without error, Bayes' rule would have 1 for ground and -1 for crowd."""
SPREAD = (1.5, 0.5, 0.4, 0.4, 0.4)
"""Standard deviations of the belief."""
KIND_SPREAD = 0.2
"""The same of every factor of the kind of ground, whose mean is 0; assumed."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The ground that candidates lie on."""

    risk: Floats
    """Plots expected in the cell, without what the satellite says, shape (candidate,)."""
    crowd: Floats
    """Candidates that such ground bears, see :func:`eradication.risk.crowding.crowd`, shape (candidate,)."""
    kind: Floats
    """See :func:`eradication.risk.crowding.kind`, shape (candidate, factor)."""

    def against(self) -> Floats:
        """Return the kind of each less that of the usual one."""
        return self.kind - np.median(self.kind, axis=0) if len(self.kind) else self.kind


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What is known of candidates before a visit."""

    x: Floats
    """Shape (candidate, 5 + factors of the kind of ground)."""
    offset: Floats
    """Log odds that are assumed of their classes, shape (candidate,)."""

    @classmethod
    def of(cls, score: Floats, area_m2: Floats, usual_score: float, ground: "Ground") -> "Looks":
        """Describe the candidates of one season and model.

        Args:
            score: 0 to 1.
            area_m2: as outlined.
            usual_score: of the model's candidates, see :func:`usual`.
            ground: of each, of all candidates of the season.
        """
        classes = [detectability(float(area)) for area in area_m2]
        size = np.array([USUAL_M2[one] for one in classes])
        columns = [np.ones(len(score)), _logit(score) - _logit(usual_score)]
        columns += [_against_usual(ground.risk), np.log(area_m2 / size), _against_usual(ground.crowd), ground.against()]
        return cls(np.column_stack(columns), _logit(np.array([ASSUMED[one] for one in classes])))

    def only(self, mine: "npt.NDArray[np.bool_]") -> "Looks":
        """Return some of them."""
        return Looks(self.x[mine], self.offset[mine])

    @classmethod
    def joined(cls, parts: Sequence["Looks"]) -> "Looks":
        """Return those of several seasons as one."""
        if not parts:
            return cls(np.empty((0, len(MEAN))), np.empty(0))
        return cls(np.vstack([part.x for part in parts]), np.concatenate([part.offset for part in parts]))


def usual(scores: Floats) -> float:
    """Return the score of a model's usual candidate: the median; ½ where there is none."""
    return float(np.median(scores)) if len(scores) else 0.5


def believed(listed: Looks, plots: float) -> tuple[float, ...]:
    """Return the belief about the weights before any visit: a list holds no more true plots than stand in the area.

    The chances assumed of the classes are those of a short list. Where the list is so long that they would add up to
    more plots than the whole area is believed to have, the constant is lowered until they add up to these.

    Args:
        listed: all candidates of a season, visited or not.
        plots: believed to stand in the whole area in a season, above 0.
    """
    level = MEAN[0]
    if chance(listed, np.array(MEAN)).sum() > plots:
        low, high = level - LOWEST, level
        for _ in range(BISECTIONS):
            level = (low + high) / 2.0
            more = chance(listed, np.array((level, *MEAN[1:]))).sum() > plots
            low, high = (low, level) if more else (level, high)
    return (level, *MEAN[1:])


def weights(visited: Looks, confirmed: npt.NDArray[np.bool_], mean: Sequence[float] | Floats = MEAN) -> Floats:
    """Return the most probable weights after some visits, shape (5 + factor,) (MAP by Newton; the prior is concave).

    Args:
        visited: candidates that were visited.
        confirmed: whether each was confirmed, shape (candidate,).
        mean: of the belief, e.g. what visits to candidates of other models say; what is missing of it is 0.
    """
    more = visited.x.shape[1] - len(MEAN)
    believed = np.concatenate([mean, np.zeros(visited.x.shape[1] - len(mean))])
    precision = np.diag(1.0 / np.square([*SPREAD, *[KIND_SPREAD] * more]))
    at = believed.copy()
    for _ in range(NEWTON_STEPS):
        chance_ = chance(visited, at)
        slope = visited.x.T @ (confirmed - chance_) - precision @ (at - believed)
        curvature = (visited.x * (chance_ * (1.0 - chance_))[:, None]).T @ visited.x + precision
        step = np.linalg.solve(curvature, slope)
        at = at + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return at


def chance(candidates: Looks, own: Floats) -> Floats:
    """Return how likely a visit confirms each candidate, given :func:`weights`; those missing at the end are 0."""
    out: Floats = 1.0 / (1.0 + np.exp(-np.clip(candidates.offset + candidates.x[:, : len(own)] @ own, -40.0, 40.0)))
    return out


def without_satellite(names: Sequence[str], x: Floats, own: Floats) -> Floats:
    """Return the plots expected in each cell if the satellite said nothing.

    Args:
        names: of the factors.
        x: cells, shape (cell, factor).
        own: weights of the risk surface, b0 first.
    """
    kept = np.array([name != "satellite" for name in names], bool)
    return np.asarray(np.exp(x[:, kept] @ own[1:][kept] + own[0]))


def _against_usual(expected: Floats) -> Floats:
    """Return the logarithm of what is expected of each, less that of the usual one."""
    known = np.log(np.maximum(expected, LEAST))
    return np.asarray(known - np.median(known)) if len(known) else known


def _logit(share: Floats | float) -> Floats:
    held = np.clip(share, 1e-3, 1.0 - 1e-3)
    return np.asarray(np.log(held / (1.0 - held)))
