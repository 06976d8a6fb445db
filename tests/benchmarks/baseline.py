"""The plain method to beat: one boosted classifier on monthly medians, every local maximum a candidate."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from eradication import features
from eradication.domain.model import Samples
from eradication.raster import FeatureStack

INDICES = ("ndvi", "bright", "ndyi", "ndmi", "nir")
COLUMNS = tuple(f"{i}_{m}{ring}" for i in INDICES for m in features.MONTHS for ring in ("", "_ring"))
"""Per-month medians and their contrasts against the 11 x 11 ring."""
POSITIVE_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Baseline:
    """The fitted classifier and the columns it uses."""

    columns: tuple[str, ...]
    classifier: HistGradientBoostingClassifier


def fit(samples: Samples, *, balanced: bool) -> Baseline:
    """Train scikit-learn's defaults on visited pixels and background.

    Args:
        samples: the same that the package's own model learns from.
        balanced: poppy pixels repeated until they are 15 % of all rows; else every pixel once.
    """
    # scikit-learn's binning fails on a column that nobody observed: a month under cloud.
    seen = dict(zip(samples.names, np.isfinite(samples.x).any(axis=0), strict=True))
    columns = tuple(c for c in COLUMNS if seen[c])
    x, y = samples.x[:, [samples.names.index(c) for c in columns]], samples.y == 1
    rows = np.arange(len(y))
    if balanced:
        times = round(POSITIVE_SHARE / (1 - POSITIVE_SHARE) * (~y).sum() / y.sum())
        rows = np.repeat(rows, np.where(y, max(times, 1), 1))
    with threadpool_limits(limits=1):
        return Baseline(columns, HistGradientBoostingClassifier(random_state=0).fit(x[rows], y[rows]))


def candidates(stack: FeatureStack, model: Baseline, most: int) -> npt.NDArray[np.float64]:
    """Return the centres (metres, raster CRS) of local maxima of the score, best first."""
    layers = [stack.names.index(c) for c in model.columns]
    score = np.full(stack.observed.shape, -1.0)
    with threadpool_limits(limits=1):
        score[stack.observed] = model.classifier.predict_proba(stack.values[layers][:, stack.observed].T)[:, 1]
    rows, columns = np.nonzero((score == ndimage.maximum_filter(score, 3)) & (score >= 0))
    best = np.argsort(-score[rows, columns], kind="stable")[:most]
    place = stack.geobox.affine
    return np.column_stack([place.c + (columns[best] + 0.5) * place.a, place.f + (rows[best] + 0.5) * place.e])
