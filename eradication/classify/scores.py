"""Raw scores of pixels by fitted estimators, in compiled code that releases the interpreter: call it from threads."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.classify.forest import Forest, forest_of
from eradication.classify.linear import weighted_sums
from eradication.classify.network import logits
from eradication.classify.scale import Scaling, logistic, logit

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]

NETWORK_SHARE = 1.0
"""Weight of the networks' logit beside that of the trees."""


def raw_scores(
    estimators: tuple[Any, ...], x: Float32, scaling: Scaling = (), columns: Sequence[int] | None = None
) -> Floats:
    """Return the score of trees and networks together, or the one estimator's score, per pixel.

    Boosted and randomised trees are averaged, half each. The networks' logit, where a model has them, is added to
    the logit of that.

    Args:
        estimators: as in a trained model: boosted trees, randomised trees, networks; or a logistic regression.
        x: shape (pixel, column), float32, NaN where unknown; any strides.
        scaling: of the columns, for networks or a logistic regression.
        columns: where in ``x`` the estimators' columns are; ``None`` = all, in order.
    """
    columns = range(x.shape[1]) if columns is None else columns
    if hasattr(estimators[0], "coef_"):
        (only,) = estimators
        return logistic(weighted_sums(x, columns, scaling, only.coef_[0], float(only.intercept_[0])))
    networks = [e for e in estimators if hasattr(e, "coefs_")]
    score = _of_trees(estimators[: len(estimators) - len(networks)], x, columns)
    if not networks:
        return score
    return logistic(logit(score) + NETWORK_SHARE * logits(networks, x, columns, scaling))


def _of_trees(estimators: tuple[Any, ...], x: Float32, columns: Sequence[int]) -> Floats:
    scores = [forest.score(forest.sums(x, columns)) for forest in _forests(estimators)]
    if len(scores) == 1:
        return scores[0]
    boosted: Floats = np.mean(scores[:-1], axis=0)
    return 0.5 * boosted + 0.5 * scores[-1]


@lru_cache(maxsize=8)
def _forests(estimators: tuple[Any, ...]) -> tuple[Forest, ...]:
    return tuple(forest_of(estimator) for estimator in estimators)
