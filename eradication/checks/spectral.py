"""Spectral: did the plot lose its green against the land around it? Supporting evidence for class A alone.

Of each clear look the median NDVI of the plot's full pixels minus that of a ring 15-50 m around it is compared, the
last looks before the destruction with the first ones after it: the edges of clouds, haze and the drying of the season
move the ring as well. How much an ordinary pixel of the ring moved against the others meanwhile is the noise. Soil bare
after a harvest looks the same as soil bare after destruction, so a drop proves nothing by itself, and none disproves a
destruction of what was no longer green. An image alone never changes a state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from eradication.checks.result import Check, Result, cannot_tell, failed, ok
from eradication.domain import Detectability

_SPECTRAL = Check.SPECTRAL

LEAST_PIXELS = 8
"""Fewer full pixels do not tell a plot from its surroundings (as in the EU's checks by monitoring)."""
BEFORE, AFTER = timedelta(days=30), timedelta(days=40)
LOOKS = 3
"""Most looks taken on either side: the nearest ones."""

GREEN = 0.40
"""NDVI below which a plot has nothing to lose: dry capsules, stubble."""
BARE = 0.22
"""NDVI of bare soil. **Assumed**, like the shares below; docs/reviewer.md says what they gave on simulated seasons."""
LEAST_DROP = 0.08
"""A smaller drop is no sign of anything."""
EXPECTED = 0.5
"""Share of the way to bare soil that a destroyed plot goes at least."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """One image in which plot and ring were clear."""

    when: datetime
    """UTC."""
    own: float
    """Median NDVI of the plot's full pixels."""
    ring: float
    """Median NDVI of the ring."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a season's images say of a plot around a destruction."""

    pixels: int
    """Full pixels of the plot."""
    before: tuple[Look, ...] = ()
    """The last clear looks up to 30 days before it, in order."""
    after: tuple[Look, ...] = ()
    """The first clear looks up to 40 days after it, in order."""
    noise: float = 0.0
    """Standard deviation, over pixels of the ring, of the change against the ring's median between both."""
    latest: datetime | None = None
    """Time of the newest image of the season, clear or not."""


def windows(times: Sequence[datetime], clear: Sequence[bool], when: datetime) -> tuple[list[int], list[int]]:
    """Return the numbers of the looks to compare: clear ones just before and just after ``when``.

    A look of the day of the destruction is on neither side: nobody knows whether it was before or after.

    Args:
        times: of all looks, ascending, aware.
        clear: whether plot and ring were clear in each.
        when: of the destruction, aware.
    """
    seen = [n for n, is_clear in enumerate(clear) if is_clear and abs(times[n] - when) >= timedelta(hours=12)]
    before = [n for n in seen if when - BEFORE <= times[n] < when]
    after = [n for n in seen if when < times[n] <= when + AFTER]
    return before[-LOOKS:], after[:LOOKS]


def noise_of(ring: Floats, before: Sequence[int], after: Sequence[int]) -> float:
    """Return how much a pixel of the ring moved against the ring's median between two sets of looks.

    Args:
        ring: NDVI of the ring's pixels, shape (look, pixel), NaN where not clear.
        before: numbers of looks.
        after: likewise.

    Returns:
        Robust standard deviation (1.4826 times the median absolute deviation); NaN with fewer than five pixels.
    """
    chosen = [ring[list(side)] for side in (before, after)]
    sides = [side - np.nanmedian(side, axis=1, keepdims=True) for side in chosen]
    known = np.all([np.isfinite(side).any(axis=0) for side in sides], axis=0)
    if known.sum() < 5:
        return float("nan")
    change = np.nanmean(sides[0][:, known], axis=0) - np.nanmean(sides[1][:, known], axis=0)
    return float(1.4826 * np.median(np.abs(change - np.median(change))))


def check(
    klass: Detectability, measured: Measured | None, when: datetime, fraction: float, now: datetime, why: str = ""
) -> Result:
    """Check whether a plot lost its green.

    Args:
        klass: of the plot; only class A is asked.
        measured: what images say; ``None`` = nothing.
        when: of the destruction.
        fraction: share of the plot destroyed by then, 0 to 1.
        now: aware.
        why: code of why there is no measurement: ``no_images``, ``not_measured``.
    """
    if klass is not Detectability.A:
        return cannot_tell(_SPECTRAL, "plot_too_small", what=klass.value)
    if measured is None:
        return cannot_tell(_SPECTRAL, why or "no_images")
    if measured.pixels < LEAST_PIXELS:
        return cannot_tell(_SPECTRAL, "plot_too_small", measured.pixels)
    if not measured.after:
        if now < when + AFTER:
            return cannot_tell(_SPECTRAL, "not_yet_seen")
        seen = measured.latest is not None and measured.latest > when
        return cannot_tell(_SPECTRAL, "cloud_after" if seen else "no_images_after")
    if not measured.before:
        return cannot_tell(_SPECTRAL, "cloud_before")
    return _judged(measured, fraction)


def _judged(measured: Measured, fraction: float) -> Result:
    own = float(np.mean([look.own for look in measured.before]))
    contrast = [float(np.mean([look.own - look.ring for look in side])) for side in (measured.before, measured.after)]
    drop = contrast[0] - contrast[1]
    what = f"{drop:+.2f} ± {2.0 * measured.noise:.2f} (NDVI {own:.2f})"
    if own < GREEN:
        return cannot_tell(_SPECTRAL, "nothing_green_before", round(own, 2), what)
    if not np.isfinite(measured.noise):
        return cannot_tell(_SPECTRAL, "ring_too_small", what=what)
    expected = EXPECTED * fraction * (own - BARE)
    if drop >= max(LEAST_DROP, 2.0 * measured.noise, expected):
        return ok(_SPECTRAL, "greenness_dropped", round(drop, 2), what)
    if drop + 2.0 * measured.noise < expected:
        return failed(_SPECTRAL, "greenness_kept", round(drop, 2), what)
    return cannot_tell(_SPECTRAL, "greenness_unclear", round(drop, 2), what)
