"""Scores of pixels by models that saw neither them nor anything of their side of a split; what they calibrate."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eradication.classify.fitting import Fitter
from eradication.classify.scale import logit, platt
from eradication.domain.model import Calibration, Samples

FOLDS = 3

type Floats = npt.NDArray[np.float64]
type Fold = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Rows to learn from, rows to judge."""


def by_plot(samples: Samples, seed: int) -> list[Fold]:
    """Return folds that hold plots and blocks of background together; all that can be done with one season."""
    from sklearn.model_selection import StratifiedGroupKFold

    divided = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return [(learn, judge) for learn, judge in divided.split(samples.x, samples.y == 1, samples.group)]


def scores(samples: Samples, folds: Sequence[Fold], fitter: Fitter, seed: int) -> Floats:
    """Return the raw score of each pixel by a model of the other side, shape (pixel,); NaN where no fold judges it.

    Args:
        samples: what there is.
        folds: from :func:`by_plot`, or by season or commune.
        fitter: fits and scores, see :class:`eradication.classify.fitting.Fitter`.
        seed: of the fits, each fold's own.
    """
    out = np.full(len(samples.y), np.nan)
    for number, (learn, judge) in enumerate(folds):
        if len(learn) and (samples.y[learn] == 1).any() and (samples.y[learn] != 1).any():
            out[judge] = fitter.score(fitter.fit(learn, seed + 100 * (number + 1)), judge)
    return out


def sigmoid(raw: Floats, positive: npt.NDArray[np.bool_], weight: Floats, prevalence: float) -> Calibration | None:
    """Return how a raw score becomes the probability that a pixel is poppy where ``prevalence`` of all pixels are.

    Platt's sigmoid on held-out scores, its offset moved from the share of
    poppy among what was learned to the stated prevalence (Saerens et al. 2002, Neural Computation 14: 21-41). It rests
    on places patrols went to, so it is no measured probability: a card may quote it, a list is not ranked by it.

    Args:
        raw: held-out scores, NaN where there is none.
        positive: pixels with poppy.
        weight: of each pixel.
        prevalence: share of all pixels that are poppy, as stated, 0…1; 0 = not stated.

    Returns:
        ``None`` if nothing is stated or a class was never judged.
    """
    judged = np.isfinite(raw)
    y = positive[judged]
    if not 0 < prevalence < 1 or not y.any() or y.all():
        return None
    fitted = platt(raw[judged], y, weight[judged])
    learned = float(np.average(y, weights=weight[judged]))
    moved = float(logit(prevalence) - logit(learned))
    return Calibration(fitted.slope, fitted.offset + moved)
