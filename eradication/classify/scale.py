"""Scales: one meaning of 0.60 and 0.35 for every model, and standardised columns for the logistic learner."""

import numpy as np
import numpy.typing as npt

from eradication.domain.model import Calibration

type Floats = npt.NDArray[np.float64]
type Scaling = tuple[tuple[float, float], ...]

SEED_AT, GROW_AT = 0.60, 0.35
"""The default thresholds of the settings."""
SEED_SHARE, GROW_SHARE = 0.025, 0.1
"""Share of held-out background, of what the gate lets through, that reaches them. A list must be longer than the plots
expected, and unlabelled background holds undiscovered plots as well, so the seed lies where one such pixel in 40
passes: about one in 200 of all."""
_EDGE = 1e-6
MOST_SPREADS = 6
"""A standardised value further from the centre counts as this far."""


def logit(p: npt.ArrayLike) -> Floats:
    """Return log(p / (1 - p)), with ``p`` kept off 0 and 1."""
    inside = np.clip(np.asarray(p, float), _EDGE, 1 - _EDGE)
    out: Floats = np.log(inside / (1 - inside))
    return out


def logistic(z: Floats) -> Floats:
    """Return 1 / (1 + exp(-z))."""
    with np.errstate(over="ignore"):
        out: Floats = 1 / (1 + np.exp(-z))
    return out


def anchored(background: Floats) -> Calibration:
    """Return the calibration by which the stated shares of ``background`` (raw scores) reach the thresholds."""
    high = float(logit(np.quantile(background, 1 - SEED_SHARE)))
    low = float(logit(np.quantile(background, 1 - GROW_SHARE)))
    slope = float(logit(SEED_AT) - logit(GROW_AT)) / max(high - low, 0.1)
    return Calibration(slope=slope, offset=float(logit(SEED_AT)) - slope * high)


def calibrated(raw: Floats, calibration: Calibration) -> Floats:
    """Return priorities of ``raw`` scores."""
    return logistic(calibration.slope * logit(raw) + calibration.offset)


def platt(score: Floats, positive: npt.NDArray[np.bool_], weight: Floats) -> Calibration:
    """Return the sigmoid that turns scores into probabilities (Platt 1999, Advances in Large Margin Classifiers).

    Args:
        score: 0…1, shape (n,).
        positive: what came of each; both must occur.
        weight: of each.
    """
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3, max_iter=500).fit(logit(score)[:, None], positive, sample_weight=weight)
    return Calibration(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))


def raw_of(priority: float, calibration: Calibration) -> Floats:
    """Return the raw score that becomes ``priority``, shape (1,)."""
    return logistic(np.array([(float(logit(priority)) - calibration.offset) / calibration.slope]))


def columns_scale(x: npt.NDArray[np.float32]) -> Scaling:
    """Return median and standard deviation of what is known in each column; a column nobody saw gets 0 and 1."""
    pairs = []
    for column in x.T:
        known = column[np.isfinite(column)].astype(float)
        pairs.append((float(np.median(known)), float(known.std()) or 1.0) if len(known) else (0.0, 1.0))
    return tuple(pairs)


def standardise(x: npt.NDArray[np.float32], scaling: Scaling) -> npt.NDArray[np.float32]:
    """Centre and scale columns; what is unknown is 0 there: it has no say. Without ``scaling``, ``x``."""
    if not scaling:
        return x
    pairs = np.asarray(scaling, np.float32)
    z = (x - pairs[:, 0]) / pairs[:, 1]
    known: npt.NDArray[np.float32] = np.nan_to_num(np.clip(z, -MOST_SPREADS, MOST_SPREADS), nan=0.0)
    return known
