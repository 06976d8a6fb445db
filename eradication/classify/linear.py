"""Weighted sums of standardised columns: the logistic learner, and the first stage before trees."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eradication.classify.scale import MOST_SPREADS, Scaling

type Float32 = npt.NDArray[np.float32]
type Floats = npt.NDArray[np.float64]


def weighted_sums(
    x: Float32, columns: Sequence[int], scaling: Scaling, weights: npt.ArrayLike, intercept: float
) -> Floats:
    """Return ``intercept`` plus the weighted sum of standardised columns, NaN adding nothing.

    Args:
        x: shape (pixel, column), float32, of any strides.
        columns: which of them, in the order of ``scaling`` and ``weights``.
        scaling: centre and spread of each.
        weights: of each.
        intercept: of the sum.

    Raises:
        ValueError: scaling or weights are not as many as the columns.
    """
    from eradication.classify.kernels import add_weighted  # compiled when first needed

    total = np.full(len(x), intercept, np.float64)
    pairs = np.ascontiguousarray(np.asarray(scaling, np.float32).reshape(-1, 2).T)
    places = np.asarray(columns, np.int32)
    each = np.ascontiguousarray(weights, np.float64)
    if not places.size == pairs.shape[1] == each.size or not ((places >= 0) & (places < x.shape[1])).all():
        raise ValueError("columns, scaling and weights do not match")
    add_weighted(x, places, (pairs, np.float32(MOST_SPREADS)), each, total)
    return total
