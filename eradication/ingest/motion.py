"""How a track moves: the rules of :mod:`eradication.ingest.cleaning` that compare a fix with its neighbours.

Each rule takes a :class:`Motion` of ``n`` timed fixes and returns a mask of shape ``(n,)``. Distances are straight
chords between points on the WGS 84 ellipsoid: within 1 mm of the geodesic up to 2 km, exact across the date line,
and cheap. Lengths that are reported are geodesic and come from elsewhere.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.config import Cleaning

type Mask = npt.NDArray[np.bool_]
type Floats = npt.NDArray[np.float64]

FASTEST_VEHICLE_KMH = 150.0
"""No vehicle on these roads is faster; what seems so is an error of the receiver."""
COARSEST_S = 900.0
"""A usual interval longer than this is not a setting of the device but a track full of holes."""

JITTER_S = 3.0
LEAST_FOR_JITTER = 20
"""With fewer fixes nothing is said about their noise."""

_MEDIAN_BENT = np.sqrt(6.0 * 2.0 * np.log(2.0))
_SEMI_MAJOR_M, _ECCENTRICITY_2 = 6378137.0, 0.0066943799901413165  # WGS 84


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Places in metres and times in seconds of consecutive fixes."""

    xyz: Floats
    """Earth-centred coordinates in metres, shape ``(n, 3)``."""
    time_s: Floats
    """Seconds, shape ``(n,)``; NaN where absent."""
    coarseness: float
    """By how much the limits of gaps widen for this device, see :func:`coarseness`."""

    @classmethod
    def of(cls, lon: Floats, lat: Floats, time_s: Floats, coarseness: float) -> "Motion":
        """Place WGS 84 coordinates (degrees, on earth) on the ellipsoid."""
        east, north = np.radians(lon), np.radians(lat)
        radius = _SEMI_MAJOR_M / np.sqrt(1.0 - _ECCENTRICITY_2 * np.sin(north) ** 2)
        x, y = radius * np.cos(north) * np.cos(east), radius * np.cos(north) * np.sin(east)
        z = radius * (1.0 - _ECCENTRICITY_2) * np.sin(north)
        return cls(np.column_stack([x, y, z]), time_s, coarseness)

    def only(self, chosen: Mask) -> "Motion":
        """Return the motion over some of the fixes."""
        return Motion(self.xyz[chosen], self.time_s[chosen], self.coarseness)

    def __len__(self) -> int:
        """Return the number of fixes."""
        return len(self.time_s)

    @property
    def steps_m(self) -> Floats:
        """Distance to each fix but the first from the one before, shape ``(n - 1,)``."""
        return _norm(np.diff(self.xyz, axis=0))

    @property
    def steps_s(self) -> Floats:
        """Seconds to each fix but the first from the one before."""
        return np.diff(self.time_s)

    @property
    def steps_kmh(self) -> Floats:
        """Speed to each fix but the first; NaN without times."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.steps_m / self.steps_s * 3.6

    def away_m(self, origin: int, start: int, stop: int) -> Floats:
        """Distance from fix ``origin`` to the fixes ``start`` … ``stop``."""
        return _norm(self.xyz[start:stop] - self.xyz[origin])

    def jitter_m(self, settings: Cleaning) -> float:
        """Return by how much noise alone may part two fixes at most ``JITTER_S`` apart.

        Fixes a second apart differ by their noise more than by the walker's way. White noise of standard deviation s in
        each direction makes second differences whose median length is s·√6·√(2·ln 2); allowed are 4·s, and never more
        than half of ``spike_m``. Fixes further apart tell the pace itself, and are allowed nothing.
        """
        quick = self.steps_s <= JITTER_S
        near = quick[1:] & quick[:-1]
        if near.sum() < LEAST_FOR_JITTER:
            return 0.0
        bent = _norm(np.diff(self.xyz, n=2, axis=0))
        noise_m = float(np.median(bent[near]) / _MEDIAN_BENT)
        return min(4.0 * noise_m, settings.spike_m / 2.0)

    def silences(self, settings: Cleaning) -> Mask:
        """Which steps are longer in time than the device's interval explains, shape ``(n - 1,)``."""
        with np.errstate(invalid="ignore"):
            return self.steps_s > settings.gap_s * self.coarseness

    def gaps(self, settings: Cleaning) -> Mask:
        """Which steps are silences or jumps: the track is split there, shape ``(n - 1,)``."""
        return self.silences(settings) | (self.steps_m > settings.gap_m * self.coarseness)


def coarseness(time_s: Floats, settings: Cleaning) -> float:
    """Return 1, or more for a device whose usual interval is longer than a quarter of ``gap_s``."""
    steps = np.diff(time_s)
    steps = steps[np.isfinite(steps) & (steps > 0.0)]
    usual = float(np.median(steps)) if steps.size else 0.0
    return max(1.0, 4.0 * min(usual, COARSEST_S) / settings.gap_s)


def _norm(vectors: Floats) -> Floats:
    length: Floats = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return length


def out_of_order(time_s: Floats) -> Mask:
    """Mark all but a longest rising run of times (patience sorting): one wrong clock must not spoil the rest."""
    wrong = np.zeros(len(time_s), bool)
    if not (np.diff(time_s) <= 0.0).any():
        return wrong
    lowest: list[float] = []  # lowest[k]: smallest time that ends a rising run of k + 1
    rank = np.empty(len(time_s), int)
    for i, seconds in enumerate(time_s.tolist()):
        place = bisect_left(lowest, seconds)
        lowest[place : place + 1] = [seconds]
        rank[i] = place
    wrong[:] = True
    wanted, later = len(lowest) - 1, np.inf
    for i in range(len(time_s) - 1, -1, -1):
        if rank[i] == wanted and time_s[i] < later:
            wrong[i] = False
            wanted, later = wanted - 1, time_s[i]
    return wrong


def out_and_back(motion: Motion, settings: Cleaning) -> Mask:
    """Mark fixes far from both neighbours, where these are near each other in place and time."""
    hit = np.zeros(len(motion), bool)
    if len(motion) < 3:
        return hit
    leg = motion.steps_m
    shorter = np.minimum(leg[:-1], leg[1:])
    base = _norm(motion.xyz[2:] - motion.xyz[:-2])
    quick = motion.time_s[2:] - motion.time_s[:-2] < settings.spike_s
    hit[1:-1] = (shorter > settings.spike_m) & (base < shorter / 2.0) & quick
    # Of two marked in a row the second was judged by the first, itself wrong: it is judged again by the next rules.
    hit[1:] &= ~hit[:-1]
    return hit


def drives(motion: Motion, settings: Cleaning) -> Mask:
    """Mark the fixes reached by vehicle: all but the first of each leg.

    A leg is fast in its steps, but for interruptions of a quarter of ``vehicle_s``, and also fast in the progress it
    makes between such moments: a receiver that jitters on the spot has fast steps and makes no progress. A halt of up
    to ``vehicle_s`` between two legs belongs to them.
    """
    hit = np.zeros(len(motion), bool)
    speed, time = motion.steps_kmh, motion.time_s
    fast = (speed > settings.vehicle_kmh) & (speed <= FASTEST_VEHICLE_KMH) & ~motion.silences(settings)
    pause_s = settings.vehicle_s / 4.0
    legs = [
        (a, b)
        for a, b in _joined(_runs(fast), time, pause_s)
        if time[b] - time[a] > settings.vehicle_s
        and _progress_m(motion, a, b, pause_s) * 3.6 > settings.vehicle_kmh * (time[b] - time[a])
    ]
    for a, b in _joined(legs, time, settings.vehicle_s):
        hit[a + 1 : b + 1] = True
    return hit


def _progress_m(motion: Motion, first: int, last: int, every_s: float) -> float:
    """Return the length of the way from ``first`` to ``last`` over fixes about ``every_s`` apart."""
    time = motion.time_s[first : last + 1]
    at = np.searchsorted(time, np.arange(time[0], time[-1], every_s))
    chosen = motion.xyz[first + np.unique(np.append(at, last - first))]
    return float(np.sum(_norm(np.diff(chosen, axis=0))))


def _joined(runs: list[tuple[int, int]], time_s: Floats, longest_s: float) -> list[tuple[int, int]]:
    """Join runs that are at most ``longest_s`` apart."""
    joined: list[tuple[int, int]] = []
    for a, b in runs:
        if joined and time_s[a] - time_s[joined[-1][1]] <= longest_s:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined


def _runs(steps: Mask) -> list[tuple[int, int]]:
    """Return first and last fix of each run of true steps."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], steps, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def too_fast(motion: Motion, settings: Cleaning) -> Mask:
    """Mark fixes that nobody on foot could have reached from the last good one.

    Judging begins anew after a silence, after a drive, and where the track has gone on calmly for ``vehicle_s`` so far
    from the last good fix that it is split there anyway.
    """
    driven = drives(motion, settings)
    hit = np.zeros(len(motion), bool)
    after_drive = np.diff(np.cumsum(driven)[~driven]) > 0
    hit[~driven] = _unwalkable(motion.only(~driven), after_drive, settings)
    return hit


def _unwalkable(motion: Motion, after_drive: Mask, settings: Cleaning) -> Mask:
    hit = np.zeros(len(motion), bool)
    anew = np.ones(len(motion), bool)  # fixes that are not held against the one before
    anew[1:] = motion.silences(settings) | after_drive
    fast = np.zeros(len(motion) + 1, bool)
    jitter_m = np.where(motion.steps_s <= JITTER_S, motion.jitter_m(settings), 0.0)
    allowed_m = settings.max_walk_kmh / 3.6 * motion.steps_s + jitter_m
    fast[1:-1] = (motion.steps_m > allowed_m) & ~anew[1:]
    settled = _calm(fast, motion.time_s, settings.vehicle_s)
    judged = 0
    for k in np.flatnonzero(fast).tolist():
        if k <= judged:
            continue
        if anew[k - 1] and k + 1 < len(motion) and not fast[k + 1] and not anew[k + 1]:
            hit[k - 1] = True  # a lone first fix against a calm track: the first fix is the wrong one
            continue
        judged = _reachable(motion, k, (anew, settled), settings)
        hit[k:judged] = True
    return hit


def _calm(fast: Mask, time_s: Floats, seconds: float) -> Mask:
    """Tell after which fixes no fast step comes for a while."""
    last = np.append(np.flatnonzero(fast[1:-1]), len(time_s) - 1)  # fixes before a fast step
    until = last[np.searchsorted(last, np.arange(len(time_s)))]
    calm: Mask = time_s[until] - time_s >= seconds
    return calm


def _reachable(motion: Motion, first: int, begins: tuple[Mask, Mask], settings: Cleaning) -> int:
    """Return the next fix from ``first`` on that the one before ``first`` does not speak against."""
    anew, settled = begins
    anchor, size, jitter_m = first - 1, 64, motion.jitter_m(settings)
    while first < len(motion):
        stop = min(first + size, len(motion))
        away = motion.away_m(anchor, first, stop)
        seconds = motion.time_s[first:stop] - motion.time_s[anchor]
        near_m = np.where(seconds <= JITTER_S, jitter_m, 0.0)
        walked = (away - near_m) * 3.6 <= settings.max_walk_kmh * seconds
        apart = (away > settings.gap_m * motion.coarseness) & settled[first:stop]
        good = np.flatnonzero(walked | apart | anew[first:stop])
        if good.size:
            return first + int(good[0])
        first, size = stop, size * 2
    return first


def halts(motion: Motion, settings: Cleaning) -> Mask:
    """Mark all but the first fix of each stop."""
    hit = np.zeros(len(motion), bool)
    if len(motion) < 2:
        return hit
    piece = np.concatenate([[0], np.cumsum(motion.gaps(settings))])
    after = np.searchsorted(motion.time_s, motion.time_s + settings.stop_s)
    begin = np.flatnonzero(after < len(motion))
    near = _norm(motion.xyz[after[begin]] - motion.xyz[begin]) <= settings.stop_m
    begin = begin[near & (piece[after[begin]] == piece[begin])]
    free = 0
    for first in begin.tolist():
        if first < free:
            continue
        last = _last_within(motion, first, piece, settings.stop_m)
        if last >= after[first]:
            hit[first + 1 : last + 1] = True
            free = last + 1
    return hit


def _last_within(motion: Motion, first: int, piece: npt.NDArray[np.int_], radius_m: float) -> int:
    start, size = first + 1, 64
    while start < len(motion):
        stop = min(start + size, len(motion))
        left = np.flatnonzero((motion.away_m(first, start, stop) > radius_m) | (piece[start:stop] != piece[first]))
        if left.size:
            return start + int(left[0]) - 1
        start, size = stop, size * 2
    return len(motion) - 1
