"""Where a model may be believed: how far a place lies from everything the model has learned.

The dissimilarity index of Meyer and Pebesma 2021 (Methods in Ecology and Evolution 12: 1620-1633): the distance to the
nearest learned pixel, in features that are scaled and weighted by their importance, over the mean distance between
learned pixels. What lies further than learned pixels lie from those of other seasons (of other plots, if there is but
one season) is outside the area of applicability.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from eradication.classify.fitting import Fitter
from eradication.classify.scale import columns_scale, standardise
from eradication.domain.model import Applicability

MOST_POINTS = 2000
LEAST_WEIGHT = 0.02
"""Features less important than this share of the most important one are left out: they would only blur distances."""
_ROWS = 4096

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]
type Texts = npt.NDArray[np.str_]


def applicability(fitter: Fitter, estimators: tuple[Any, ...], apart: Texts, seed: int = 0) -> Applicability:
    """Take stock of what was learned.

    Args:
        fitter: what was learned from.
        estimators: what was fitted; they say which features matter.
        apart: season, plot or block of each pixel: a pixel is compared with those of others.
        seed: of the draw of at most :data:`MOST_POINTS` pixels, half of them labelled ones.
    """
    weight = _importance(estimators, len(fitter.names))
    kept = np.flatnonzero(weight >= LEAST_WEIGHT)
    rows = _drawn(fitter, seed)
    scaling = columns_scale(fitter.x[:, kept])
    points = _placed(fitter.x[np.ix_(rows, kept)], scaling, weight[kept])
    distance = cdist(points, points)
    mean = float(distance.mean() * len(points) / max(len(points) - 1, 1)) or 1.0
    distance[apart[rows][:, None] == apart[rows][None]] = np.inf
    nearest = distance.min(axis=1, initial=np.inf)
    return Applicability(
        features=tuple(fitter.names[k] for k in kept),
        scaling=scaling,
        weight=tuple(float(w) for w in weight[kept]),
        points=points,
        mean_distance=mean,
        limit=_upper_whisker(nearest[np.isfinite(nearest)] / mean),
    )


def dissimilarity(x: Float32, names: tuple[str, ...], known: Applicability) -> Float32:
    """Return the dissimilarity index of pixels, shape (pixel,); 0 = one that was learned, above the limit = outside.

    Args:
        x: features, shape (pixel, feature); what is unknown counts as the middle of what was learned.
        names: of the columns; those the model needs must be there.
        known: what was learned.
    """
    here = _placed(x[:, [names.index(n) for n in known.features]], known.scaling, np.asarray(known.weight))
    size = (known.points**2).sum(axis=1)
    out = np.empty(len(here), np.float32)
    for first in range(0, len(here), _ROWS):
        part = here[first : first + _ROWS]
        # |a - b|² = |a|² + |b|² - 2ab: the product is what processors are best at.
        square = (part**2).sum(axis=1) + (size - 2 * (part @ known.points.T)).min(axis=1)
        out[first : first + _ROWS] = np.sqrt(np.maximum(square, 0)) / known.mean_distance
    return out


def _placed(x: Float32, scaling: tuple[tuple[float, float], ...], weight: Floats) -> Float32:
    return (standardise(x, scaling) * weight.astype(np.float32)).astype(np.float32)


def _importance(estimators: tuple[Any, ...], features: int) -> Floats:
    """Return the importance of each feature, the largest 1: mean decrease of impurity, or size of the weight."""
    asked = next(e for e in estimators if hasattr(e, "coef_") or hasattr(e, "feature_importances_"))
    gain = np.abs(asked.coef_[0]) if hasattr(asked, "coef_") else np.asarray(asked.feature_importances_, float)
    return gain / gain.max() if gain.max(initial=0) > 0 else np.ones(features)


def _drawn(fitter: Fitter, seed: int) -> npt.NDArray[np.int64]:
    random = np.random.default_rng(seed)
    sides = np.flatnonzero(~fitter.background), np.flatnonzero(fitter.background)
    room = [MOST_POINTS // 2, MOST_POINTS // 2]
    if len(sides[0]) < room[0]:
        room[1] = MOST_POINTS - len(sides[0])
    drawn = [random.choice(side, min(most, len(side)), replace=False) for side, most in zip(sides, room, strict=True)]
    return np.sort(np.concatenate(drawn))


def _upper_whisker(values: Floats) -> float:
    """Return the largest value that is no outlier by Tukey's rule; infinite without values."""
    if not len(values):
        return float("inf")
    low, high = np.quantile(values, [0.25, 0.75])
    return float(values[values <= high + 1.5 * (high - low)].max())
