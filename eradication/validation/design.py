"""Design-based estimates: what a sample that was drawn says of everything it was drawn from.

Estimates of a stratified sample are ratios of two totals (Stehman 2014, International Journal of Remote Sensing 35:
4923-4939): overall, user's and producer's accuracy and the share of a class are the same formula with other
indicators. Where strata are the map's classes they are those of Olofsson et al. 2014 (Remote Sensing of Environment
148: 42-57). Estimates of visits drawn with unequal probabilities are Hájek's ratio with its linearised variance, and
the interval of a share is Korn and Graubard's (1998): Clopper and Pearson's on the effective number of visits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from eradication.validation.figures import LEVEL, Figure, Kind, clopper_pearson

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate and its standard error."""

    value: float
    se: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval of the normal approximation."""
        half = float(stats.norm.ppf(0.5 + level / 2)) * self.se
        return self.value - half, self.value + half


def ratio(y: Floats, x: Floats, stratum: Ints, sizes: Sequence[float]) -> Estimate:
    """Estimate the total of ``y`` over the total of ``x`` from a stratified random sample.

    Args:
        y: numerator of each sampled unit, shape (unit,).
        x: denominator of each.
        stratum: number of the stratum of each, from 0.
        sizes: units in each stratum, sampled or not; ``inf`` may not be given.

    Returns:
        Stehman's combined ratio (his equations 27 to 29) with the finite population correction; NaN if the
        denominator is 0, a standard error of NaN if a stratum that counts has one unit only.
    """
    totals, variance = np.zeros(2), np.zeros((2, 2))
    values = np.column_stack([y, x]).astype(float)
    for number, size in enumerate(sizes):
        inside = values[stratum == number]
        n = len(inside)
        if n == 0:
            if size > 0:
                return Estimate(float("nan"), float("nan"))
            continue
        totals += size * inside.mean(axis=0)
        spread = np.cov(inside.T) if n > 1 else np.full((2, 2), np.nan if n < size else 0.0)
        variance += size**2 * (1 - n / size) * spread / n
    if totals[1] == 0:
        return Estimate(float("nan"), float("nan"))
    value = totals[0] / totals[1]
    turned = np.array([1.0, -value])
    return Estimate(float(value), float(np.sqrt(max(turned @ variance @ turned, 0.0)) / totals[1]))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Accuracy of a map and the share of each class, by class number."""

    overall: Estimate
    user: tuple[Estimate, ...]
    """Of what the map calls a class, the share that is it."""
    producer: tuple[Estimate, ...]
    """Of what is a class, the share that the map calls so."""
    share: tuple[Estimate, ...]
    """Of everything, the share that is the class."""


def accuracy(mapped: Ints, true: Ints, stratum: Ints, sizes: Sequence[float], classes: int) -> Accuracy:
    """Estimate the accuracy of a map from a stratified random sample; strata may be other than its classes.

    Args:
        mapped: class number on the map of each sampled unit.
        true: class number in truth.
        stratum: see :func:`ratio`.
        sizes: see :func:`ratio`.
        classes: number of classes.
    """
    every = np.ones(len(true))
    right = (mapped == true).astype(float)

    def of(y: Floats, x: Floats) -> Estimate:
        return ratio(y, x, stratum, sizes)

    on_map = [(mapped == c).astype(float) for c in range(classes)]
    in_truth = [(true == c).astype(float) for c in range(classes)]
    return Accuracy(
        overall=of(right, every),
        user=tuple(of(right * m, m) for m in on_map),
        producer=tuple(of(right * t, t) for t in in_truth),
        share=tuple(of(t, every) for t in in_truth),
    )


def weighted_share(name: str, hit: npt.NDArray[np.bool_], inclusion_prob: Floats) -> Figure:
    """Estimate a share from units drawn with known, unequal probabilities.

    Args:
        name: of the figure.
        hit: whether each drawn unit has the property, shape (unit,).
        inclusion_prob: probability with which each was drawn, 0 < p ≤ 1.

    Raises:
        ValueError: a probability is 0, above 1 or unknown.
    """
    p = np.asarray(inclusion_prob, float)
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError("inclusion probabilities must be above 0 and at most 1")
    n = len(p)
    if n == 0:
        return Figure(name, float("nan"), 0.0, 1.0, 0, Kind.DESIGN_BASED)
    weight = 1 / p
    value = float((weight * hit).sum() / weight.sum())
    effective = _effective(weight, hit, value)
    low, high = clopper_pearson(value * effective, effective)
    return Figure(name, value, low, high, n, Kind.DESIGN_BASED)


def _effective(weight: Floats, hit: npt.NDArray[np.bool_], value: float) -> float:
    """Return how many equally weighted units would say as much, at most the number there is."""
    n = len(weight)
    if value in (0.0, 1.0) or n == 1:
        return float(weight.sum() ** 2 / (weight**2).sum())
    residual = weight * (hit - value)
    variance = n / (n - 1) * (residual**2).sum() / weight.sum() ** 2
    return float(min(max(value * (1 - value) / variance, 1.0), n))
