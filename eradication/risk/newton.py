"""The most probable weights of a negative binomial log-linear model of finds, and how certain they are.

Finds y of a row are negative binomial with mean m = p · exp(b0 + x·b) and size k (variance m + m²/k); the weights have
independent normal priors. With z = log(m/k), s = 1/(1 + e^z), t = 1 - s::

    log-likelihood  = Σ lnΓ(y + k) - lnΓ(k) - ln y! + y z - (y + k) ln(1 + e^z)
    its gradient in b0 + x·b = y s - k t,     minus its second derivative = (y + k) s t  > 0

(The usual NB2 regression, written in s and t, which never overflow.) The sum with the logarithm of the prior is
strictly concave: one maximum, found by Newton steps that are halved until they climb, within bounds (projected Newton,
Bertsekas 1982). Rows are taken in blocks, so a million of them need no second copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, special
from threadpoolctl import threadpool_limits

BLOCK = 8_192
"""Rows taken at once: about a megabyte, which stays near the processor."""

MOST_STEPS, MOST_HALVINGS = 100, 40
ENOUGH, ROUGHLY = 1e-10, 1e-2
"""A step that promises a smaller gain of the log-posterior is not taken; while k is being chosen, less will do."""

type Floats = npt.NDArray[np.float64]
type Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Rows, prior and bounds of one fit."""

    x: Floats
    """Shape (row, factor)."""
    log_p: Floats
    """Logarithm of the search effort, shape (row,)."""
    finds: Floats
    """Shape (row,)."""
    mean: Floats
    """Prior means, shape (1 + factor,): first the level b0."""
    precision: Floats
    """1/sd² of the prior, shape (1 + factor,)."""
    least: Floats
    """Lower bounds, shape (1 + factor,)."""
    most: Floats
    """Upper bounds, shape (1 + factor,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """The maximum of the log-posterior for one k."""

    at: Floats
    """Weights, shape (1 + factor,)."""
    value: float
    """Log-likelihood plus the prior's exponent."""
    curvature: Floats
    """Minus the second derivatives, shape (1 + factor, 1 + factor), positive definite."""
    evidence: float
    """Logarithm of the probability of the finds, up to a constant that does not depend on k (Laplace)."""


def peak(task: Task, k: float, start: Floats, enough: float = ENOUGH) -> Peak:
    """Climb to the most probable weights; ends after at most :data:`MOST_STEPS` steps.

    Args:
        task: rows, prior, bounds.
        k: size of the negative binomial, above 0, finite.
        start: weights to begin with, shape (1 + factor,).
        enough: gain that is not worth a step; what the last one promised is added to the evidence.
    """
    at = np.clip(start, task.least, task.most)
    value, gradient, curvature = _look(task, k, at)
    promised = 0.0
    for _ in range(MOST_STEPS):
        step = _step(task, at, gradient, curvature)
        promised = float(gradient @ step) / 2.0
        if promised <= enough:
            break
        climbed = _climb(task, k, at, step, (value, gradient))
        if climbed is None:  # nothing left but rounding
            break
        at, value, gradient, curvature = climbed
    factor = linalg.cholesky(curvature, lower=True)
    evidence = value + promised + _of_k(task.finds, k) - float(np.log(np.diag(factor)).sum())
    return Peak(at, value, curvature, evidence)


def best(task: Task, sizes: Sequence[float], start: Floats) -> tuple[Peak, float]:
    """Return the peak of the most probable k of ``sizes``, each weighed by :func:`belief`, and that k."""
    found: list[tuple[float, Floats, float]] = []
    with threadpool_limits(limits=1):  # blocks are too small to share; threads that wait for one another cost tenfold
        for k in sizes:
            here = peak(task, k, start, ROUGHLY)
            start = here.at
            found.append((here.evidence + belief(k), here.at, k))
        _, start, k = max(found, key=lambda one: one[0])
        return peak(task, k, start), k


USUAL_K = 1.0
SPREAD_K = 1.5
"""Log-normal belief about k: about 1, as plots come in clusters ("cụm"); assumed. Decides where finds say nothing."""


def belief(k: float) -> float:
    """Return the logarithm of the prior density of log k, without its constant."""
    return float(-0.5 * (np.log(k / USUAL_K) / SPREAD_K) ** 2)


def _look(task: Task, k: float, at: Floats) -> tuple[float, Floats, Floats]:
    """Return log-posterior (without terms of k alone), gradient and curvature at the weights ``at``."""
    off = at - task.mean
    value = -0.5 * float(task.precision @ off**2)
    gradient = -task.precision * off
    curvature = np.diag(task.precision)
    for first in range(0, len(task.finds), BLOCK):
        part = slice(first, first + BLOCK)
        x, y = task.x[part], task.finds[part]
        z = x @ at[1:] + (at[0] + task.log_p[part] - np.log(k))
        small = np.exp(-np.abs(z))
        less, more = small / (1.0 + small), 1.0 / (1.0 + small)
        s, t = np.where(z > 0, less, more), np.where(z > 0, more, less)
        value += float(y @ z - (y + k) @ (np.maximum(z, 0.0) + np.log1p(small)))
        slope, bend = y * s - k * t, (y + k) * s * t
        gradient[0] += slope.sum()
        gradient[1:] += slope @ x
        weighted = x * bend[:, None]
        curvature[0, 0] += bend.sum()
        curvature[0, 1:] += weighted.sum(axis=0)
        curvature[1:, 1:] += weighted.T @ x
    curvature[1:, 0] = curvature[0, 1:]
    return value, gradient, curvature


def _step(task: Task, at: Floats, gradient: Floats, curvature: Floats) -> Floats:
    """Return Newton's step of the weights that are not held at a bound."""
    low, high = at <= task.least, at >= task.most
    free = ~((low & (gradient <= 0)) | (high & (gradient >= 0)))
    step = np.zeros_like(at)
    for _ in range(len(at) + 1):
        step[:] = 0.0
        if free.any():
            step[free] = linalg.solve(curvature[np.ix_(free, free)], gradient[free], assume_a="pos")
        # Those the bound would stop are held, or the others would overshoot for their sake.
        outward = free & ((low & (step < 0)) | (high & (step > 0)))
        if not outward.any():
            break
        free &= ~outward
    return step


def _climb(
    task: Task, k: float, at: Floats, step: Floats, here: tuple[float, Floats]
) -> tuple[Floats, float, Floats, Floats] | None:
    """Return where a step, halved until it climbs, arrives, and what is seen there; None if no part of it climbs."""
    value, gradient = here
    for halving in range(MOST_HALVINGS):
        new = np.clip(at + step * 0.5**halving, task.least, task.most)
        seen = _look(task, k, new)
        if np.isfinite(seen[0]) and seen[0] >= value + 1e-4 * float(gradient @ (new - at)):
            return (new, *seen)
    return None


def _of_k(finds: Floats, k: float) -> float:
    """Return Σ lnΓ(y + k) - lnΓ(k), what depends on k alone in the log-likelihood; rows without finds add 0."""
    some = finds[finds > 0]
    return float((special.gammaln(some + k) - special.gammaln(k)).sum())
