"""The plain method to beat: one boosted classifier on monthly medians, every local maximum a candidate."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from eradication import features
from eradication.domain.model import Samples
from eradication.features import rings
from eradication.raster import FeatureStack

INDICES = ("ndvi", "bright", "ndyi", "ndmi", "nir")
MONTHLY = tuple(f"{index}_{month}" for index in INDICES for month in features.MONTHS)
RINGS = tuple(f"{name}_ring" for name in MONTHLY)
COLUMNS = (*MONTHLY, *RINGS)
"""Per-month medians and their contrasts against the 11 x 11 ring."""
POSITIVE_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Baseline:
    """The fitted classifier and the columns it uses."""

    columns: tuple[str, ...]
    classifier: HistGradientBoostingClassifier


def with_monthly_rings(stack: FeatureStack) -> FeatureStack:
    """Add the ring contrast of every month's median, which only this baseline uses.

    Args:
        stack: describes every observed pixel.
    """
    reach = features.REACH
    steps = np.stack([np.rint(stack.layer(name) * 1e4) for name in MONTHLY])
    layers = np.where(np.isfinite(steps), steps, float(features.NO_LAYER)).astype(np.int16)
    wide = np.pad(layers, ((0, 0), (reach, reach), (reach, reach)), constant_values=features.NO_LAYER)
    around = rings.contrasts(wide, np.full(len(layers), 1e-4), stack.pixels)
    return replace(stack, names=(*stack.names, *RINGS), x=np.concatenate([stack.x, around.T], axis=1))


def fit(samples: Samples, *, balanced: bool) -> Baseline:
    """Train scikit-learn's defaults on visited pixels and background.

    Args:
        samples: the same that the package's own model learns from.
        balanced: poppy pixels repeated until they are 15 % of all rows; else every pixel once.
    """
    return fit_rows(samples.names, samples.x, samples.y == 1, balanced=balanced)


def fit_rows(
    names: tuple[str, ...], x: npt.NDArray[np.float32], y: npt.NDArray[np.bool_], *, balanced: bool
) -> Baseline:
    """Train on rows of features, each poppy or not, as :func:`fit` does."""
    # scikit-learn's binning fails on a column that nobody observed: a month under cloud.
    seen = dict(zip(names, np.isfinite(x).any(axis=0), strict=True))
    columns = tuple(c for c in COLUMNS if seen[c])
    x = x[:, [names.index(c) for c in columns]]
    rows = np.arange(len(y))
    if balanced:
        times = round(POSITIVE_SHARE / (1 - POSITIVE_SHARE) * (~y).sum() / y.sum())
        rows = np.repeat(rows, np.where(y, max(times, 1), 1))
    with threadpool_limits(limits=1):
        return Baseline(columns, HistGradientBoostingClassifier(random_state=0).fit(x[rows], y[rows]))


def candidates(stack: FeatureStack, model: Baseline, most: int) -> npt.NDArray[np.float64]:
    """Return the centres (metres, raster CRS) of local maxima of the score, best first."""
    score = np.full(stack.observed.shape, -1.0)
    score.ravel()[stack.pixels] = scores(stack.x, stack.names, model)
    return maxima(stack, score, most)


def scores(x: npt.NDArray[np.float32], names: tuple[str, ...], model: Baseline) -> npt.NDArray[np.float64]:
    """Return the score of rows of features."""
    used = [names.index(c) for c in model.columns]
    with threadpool_limits(limits=1):
        out: npt.NDArray[np.float64] = model.classifier.predict_proba(x[:, used])[:, 1]
    return out


def maxima(stack: FeatureStack, score: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float64]:
    """Return the centres of local maxima of a map of scores, -1 where there is none, best first."""
    rows, columns = np.nonzero((score == ndimage.maximum_filter(score, 3)) & (score >= 0))
    best = np.argsort(-score[rows, columns], kind="stable")[:most]
    place = stack.geobox.affine
    return np.column_stack([place.c + (columns[best] + 0.5) * place.a, place.f + (rows[best] + 0.5) * place.e])
