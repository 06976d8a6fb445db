"""The likely way behind noisy fixes: for lengths and for drawing, never for deciding what a fix is worth.

A receiver's noise makes a walk longer: of fixes one second apart with 3 m of noise each, six times as long. The way is
modelled as a walker whose velocity wanders (white acceleration of spectral density q), the fixes as the way plus noise
of variance r. The best estimate of the way given *all* fixes, what a Kalman filter with Rauch–Tung–Striebel smoothing
returns, is for this model the cubic smoothing spline with λ = r/q (Wahba 1978; Kohn & Ansley 1987), computed here by
Reinsch's band equations (Green & Silverman 1994, ch. 2) in one pass of a library's solver.

How noisy a device is, nobody says, and most devices have smoothed already: r is the value of :data:`NOISE_M2` that
makes the fixes most likely. Noise that drifts slowly, as under trees, hardly adds length, and stays.
"""

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import Fixes

type Floats = npt.NDArray[np.float64]

NOISE_M2 = (0.04, 0.25, 1.0, 4.0, 9.0, 25.0, 100.0)
"""Variances of a fix in one direction, m²: 0.2 to 10 m."""

LEAST_FIXES = 5
LEAST_STEP_S = 0.5
"""Fixes nearer in time than this count as so far apart."""

WIDEST_M = 100_000.0
"""Ground wider than this is not flat enough; nobody walks so far without a gap."""

EARTH_M = 6_371_008.8


def smoothed(segment: Fixes, agility: float) -> tuple[Floats, Floats]:
    """Return longitude and latitude of the likely way at each kept fix, WGS 84, shape (kept,).

    Args:
        segment: one unbroken piece of a track; without times it comes back as it is.
        agility: spectral density q of a walker's acceleration, m²/s³; 0 = nothing is smoothed.
    """
    lon, lat, time = segment.lon[segment.kept], segment.lat[segment.kept], segment.time_s[segment.kept]
    if agility <= 0.0 or len(lon) < LEAST_FIXES or not np.isfinite(time).all():
        return lon, lat
    round_lon = np.unwrap(lon, period=360.0)
    east_m = EARTH_M * np.cos(np.radians(lat.mean()))
    xy = np.radians(np.column_stack([round_lon - round_lon[0], lat - lat[0]])) * (east_m, EARTH_M)
    if np.ptp(xy, axis=0).max() > WIDEST_M:
        return lon, lat
    step_s = np.maximum(np.diff(time), LEAST_STEP_S)
    shift = np.degrees((_way(xy, step_s, agility) - xy) / (east_m, EARTH_M))
    moved = (round_lon + shift[:, 0] + 180.0) % 360.0 - 180.0
    return moved, lat + shift[:, 1]


def length_m(segments: list[Fixes], agility: float) -> float:
    """Return the geodesic length (m) of the likely way, gaps not bridged."""
    return sum(geo.length_m(*smoothed(segment, agility)) for segment in segments)


def _way(xy: Floats, step_s: Floats, q: float) -> Floats:
    """Return the smoothed positions, shape (fix, 2), for the most likely noise."""
    best = max(((_likelihood(xy, step_s, q, r), r) for r in NOISE_M2), key=lambda found: found[0][0])
    (_, gamma), r = best
    return xy - r * _spread(gamma, step_s)


def _likelihood(xy: Floats, step_s: Floats, q: float, r: float) -> tuple[float, Floats]:
    """Return the log-likelihood of the fixes and C⁻¹·Qᵀ·xy, where C = q·R + r·QᵀQ is the covariance of Qᵀ·xy.

    Qᵀ takes second differences, which a steady walk has none of; R is their covariance by wandering alone.
    """
    from scipy.linalg import cho_solve_banded, cholesky_banded

    bent = np.diff(np.diff(xy, axis=0) / step_s[:, None], axis=0)
    factor = cholesky_banded(q * _wandering(step_s) + r * _noise(step_s), lower=True, check_finite=False)
    gamma = cho_solve_banded((factor, True), bent, check_finite=False)
    return -2.0 * float(np.log(factor[0]).sum()) - 0.5 * float((bent * gamma).sum()), gamma


def _wandering(h: Floats) -> Floats:
    """Return the band matrix R in lower form, shape (3, n - 2)."""
    out = np.zeros((3, len(h) - 1))
    out[0] = (h[:-1] + h[1:]) / 3.0
    out[1, :-1] = h[1:-1] / 6.0
    return out


def _noise(h: Floats) -> Floats:
    """Return the band matrix QᵀQ in lower form, shape (3, n - 2)."""
    before, after = 1.0 / h[:-1], 1.0 / h[1:]
    middle = -before - after
    out = np.zeros((3, len(h) - 1))
    out[0] = before**2 + middle**2 + after**2
    out[1, :-1] = middle[:-1] * before[1:] + after[:-1] * middle[1:]
    out[2, :-2] = after[:-2] * before[2:]
    return out


def _spread(gamma: Floats, h: Floats) -> Floats:
    """Return Q·gamma, shape (fix, 2)."""
    slopes = np.diff(gamma, axis=0, prepend=0.0, append=0.0) / h[:, None]
    return np.diff(slopes, axis=0, prepend=0.0, append=0.0)
