"""The transparent rule score: six questions about a pixel's season, no labels needed.

Each question is a ramp from 0 to 1 between two thresholds taken from the crop's calendar and from reflectance of soil
and canopy, not fitted to any truth. The score is the geometric mean of the questions that could be answered, so that
one clear "no" counts. It ranks; it is no probability.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Float32 = npt.NDArray[np.float32]

LEAST_TERMS = 2
_PIXELS = 8_192
"""Scored together: what one question leaves for the next stays in the cache."""
_FLOOR = np.float32(0.02)
"""A "no" weighs much but is not absolute: clouds, mixed pixels and staggered sowing blur every term."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """0 at ``zero``, 1 at ``one``, linear between; falls where ``zero`` > ``one``."""

    feature: str
    zero: float
    one: float
    reason: str


@dataclass(frozen=True, slots=True)
class Term:
    """One question; the answer is the product of its ramps."""

    name: str
    ramps: tuple[Ramp, ...]


TERMS: tuple[Term, ...] = (
    Term(
        "bare_then_green",
        (
            Ramp(
                "bare", 0.60, 0.20, "cleared between August and November: bare soil lies near 0.2, closed cover at 0.6"
            ),
            Ramp(
                "rise", 0.10, 0.60, "a canopy that closes in winter, when rain-fed fields rest; half of it in a mixture"
            ),
        ),
    ),
    Term(
        "pale_bloom",
        (Ramp("bloom", 0.005, 0.04, "petals brighten blue, green and red together while near infrared holds"),),
    ),
    Term("not_yellow", (Ramp("bloom_ndyi", 0.20, 0.08, "mustard blooms yellow: green far above blue"),)),
    Term("falls_before_may", (Ramp("fall", 0.05, 0.40, "lanced and dried by April; orchards and forest stay green"),)),
    Term(
        "unlike_its_ring",
        (
            Ramp("rise_ring", 0.0, 0.40, "a patch smaller than the ring greens alone; valleys of cai green together"),
            Ramp("fall_ring", -0.10, 0.20, "and it dries alone; haze and slope change the ring as well"),
        ),
    ),
    Term("not_woody", (Ramp("ndvi_min", 0.60, 0.30, "coffee, orchards and forest never go bare"),)),
)


def rule_score(x: Float32, names: tuple[str, ...]) -> tuple[Float32, tuple[str, ...]]:
    """Score pixels by the rules.

    Args:
        x: features, shape (pixel, feature).
        names: of the columns.

    Returns:
        Scores 0…1 of shape (pixel,) — NaN where fewer than two questions can be answered, or everywhere if the bands
        allow fewer than two — and the names of the terms the bands do not allow.
    """
    position = {name: i for i, name in enumerate(names)}
    usable = [t for t in TERMS if all(r.feature in position for r in t.ramps)]
    missing = tuple(f"rule:{t.name}" for t in TERMS if t not in usable)
    score = np.full(len(x), np.nan, np.float32)
    if len(usable) >= LEAST_TERMS:
        for first in range(0, len(x), _PIXELS):
            _score(x[first : first + _PIXELS], usable, position, score[first : first + _PIXELS])
    return score, missing


def _score(x: Float32, terms: list[Term], position: dict[str, int], score: Float32) -> None:
    """Write the scores of ``x`` to ``score``."""
    total, answered = np.zeros_like(score), np.zeros_like(score)
    for term in terms:
        value = np.ones_like(score)
        for ramp in term.ramps:
            value *= membership(x[:, position[ramp.feature]], ramp)
        known = np.isfinite(value)
        total += np.where(known, np.log(np.maximum(value, _FLOOR)), 0)
        answered += known
    mean = np.divide(total, answered, out=np.full_like(score, np.nan), where=answered >= LEAST_TERMS)
    np.exp(mean, out=score)


def membership(values: Float32, ramp: Ramp) -> Float32:
    """Return the ramp's value for each of ``values``, NaN where unknown."""
    inside: Float32 = np.clip((values - ramp.zero) / (ramp.one - ramp.zero), 0, 1).astype(np.float32)
    return inside
