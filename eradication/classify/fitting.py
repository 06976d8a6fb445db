"""One learner over one table of samples: which columns and weights it uses, and how it fits and scores rows of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.classify.envelopes import MONTHS
from eradication.classify.learners import fit_logistic, fit_trees
from eradication.classify.network import fit_networks
from eradication.classify.scale import Scaling, columns_scale, standardise
from eradication.classify.scores import raw_scores
from eradication.domain.model import Samples

LOGISTIC_FEATURES: tuple[str, ...] = (
    "bare",
    "rise",
    "fall",
    "dry_minus_wet",
    "ndvi_min",
    "bloom",
    "whitening_ring",
    "bloom_ndyi",
    "bloom_ratio",
    "rise_ring",
    "fall_ring",
)
CLOCK = "sown_day"
OF_THE_CALENDAR: frozenset[str] = frozenset(
    {
        *("bare", "rise", "fall", "fall_rate", "dry_minus_wet", "whitening"),
        *("ndvi_max", "ndvi_min", "ndvi_amplitude", "ndvi_max_month", "ndvi_min_month"),
        *("bloom", "bloom_month", "bloom_ndyi", "bloom_ebi", "bloom_ratio"),
        *(f"{index}_{part}" for index in ("ndre", "nbr", "ndti") for part in ("autumn", "winter", "spring")),
    }
)
"""Features that say when by the calendar."""

LEAST_KNOWN = 0.2
"""Share of pixels in which a feature must be known; a month under cloud teaches nothing."""
COPY_WEIGHT = 0.5
"""Of a shifted copy, beside the pixel's own."""
POSITIVE_SHARE = 0.15
"""Weight of all poppy pixels together against all others: enough to be learned, too little to drown look-alikes."""

type Floats = npt.NDArray[np.float64]
type Rows = npt.NDArray[np.int64]
type Fitted = tuple[tuple[Any, ...], Scaling]


@dataclass(frozen=True, slots=True, eq=False)
class Fitter:
    """What is fitted, with what."""

    learner: str
    """``trees`` or ``logistic``."""
    names: tuple[str, ...]
    """Features it uses."""
    x: npt.NDArray[np.float32]
    """Shape (pixel, feature)."""
    y: Floats
    """1 poppy, else 0."""
    weight: Floats
    """Classes balanced; within a class pixels keep their weights."""
    background: npt.NDArray[np.bool_]
    shifted: npt.NDArray[np.float32]
    """See :attr:`eradication.domain.model.Samples.shifted`, the columns of ``x``."""

    @classmethod
    def of(cls, samples: Samples, learner: str) -> "Fitter":
        """Take from ``samples`` what ``learner`` uses and what was seen often enough to learn from."""
        known = np.isfinite(samples.x).mean(axis=0)
        wanted = for_trees(samples.names) if learner == "trees" else LOGISTIC_FEATURES
        columns = [i for i, n in enumerate(samples.names) if n in wanted and known[i] >= LEAST_KNOWN]
        return cls(
            learner=learner,
            names=tuple(samples.names[c] for c in columns),
            x=samples.x[:, columns],
            y=(samples.y == 1).astype(float),
            weight=_balanced(samples),
            background=samples.y == -1,
            shifted=samples.shifted[:, :, columns] if len(samples.shifted) else samples.shifted,
        )

    def fit(self, rows: Rows, seed: int) -> Fitted:
        """Fit the learner to some rows and their shifted copies; trees alone need no scale of the columns."""
        x, y, weight, background = self.x[rows], self.y[rows], self.weight[rows], self.background[rows]
        labelled = rows[~background]
        if len(self.shifted):
            copies = len(self.shifted)
            x = np.concatenate([x, *self.shifted[:, labelled]])
            y = np.concatenate([y, np.tile(self.y[labelled], copies)])
            weight = np.concatenate([weight, np.tile(COPY_WEIGHT * self.weight[labelled], copies)])
            background = np.concatenate([background, np.zeros(copies * len(labelled), bool)])
        scaling = columns_scale(x)
        if self.learner == "trees":
            networks = fit_networks(standardise(x, scaling), y, weight, background, seed)
            return (*fit_trees(x, y, weight, background, seed), *networks), scaling
        return fit_logistic(standardise(x, scaling), y, weight, seed), scaling

    def score(self, fitted: Fitted, rows: Rows) -> Floats:
        """Return the raw scores of some rows."""
        estimators, scaling = fitted
        return raw_scores(estimators, self.x[rows], scaling)


def for_trees(names: Sequence[str]) -> tuple[str, ...]:
    """Return the features that trees learn from.

    What is told by the calendar is left out where the pixel's own clock is known: the next season is early or late,
    and what trees learned of January does not hold there. docs/accuracy.md says what that is worth.
    """
    if CLOCK not in names:
        return tuple(names)
    return tuple(n for n in names if n not in OF_THE_CALENDAR and n.rpartition("_")[2] not in MONTHS)


def _balanced(samples: Samples) -> Floats:
    weight = samples.weight.astype(float).copy()
    positive = samples.y == 1
    others = weight[~positive].sum()
    weight[positive] *= POSITIVE_SHARE * others / max(weight[positive].sum(), 1e-9)
    return weight
