"""Raw scores of pixels by fitted estimators, in compiled code that releases the interpreter: call it from threads."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.classify.forest import Forest, forest_of
from eradication.classify.linear import weighted_sums
from eradication.classify.scale import Scaling, logistic

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]


def raw_scores(
    estimators: tuple[Any, ...], x: Float32, scaling: Scaling = (), columns: Sequence[int] | None = None
) -> Floats:
    """Return the average of boosted and randomised trees (half each), or the one estimator's score, per pixel.

    Args:
        estimators: as in a trained model.
        x: shape (pixel, column), float32, NaN where unknown; any strides.
        scaling: of the columns, for a logistic regression.
        columns: where in ``x`` the estimators' columns are; ``None`` = all, in order.
    """
    columns = range(x.shape[1]) if columns is None else columns
    if hasattr(estimators[0], "coef_"):
        (only,) = estimators
        return logistic(weighted_sums(x, columns, scaling, only.coef_[0], float(only.intercept_[0])))
    scores = [forest.score(forest.sums(x, columns)) for forest in _forests(estimators)]
    if len(scores) == 1:
        return scores[0]
    boosted: Floats = np.mean(scores[:-1], axis=0)
    return 0.5 * boosted + 0.5 * scores[-1]


@lru_cache(maxsize=8)
def _forests(estimators: tuple[Any, ...]) -> tuple[Forest, ...]:
    return tuple(forest_of(estimator) for estimator in estimators)
