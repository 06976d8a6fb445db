"""How far the clock of a camera is ahead: photos of one camera against satellites, or against the track of a patrol.

The offset is what has to be *taken off* the time a camera states: a camera that was never set from another zone is
hours ahead or behind, one with a tired battery some minutes. ``true = stated − offset``. In this order:

1. A photo that bears the time of satellites shows the offset itself; the median over the camera's photos counts.
2. Photos that bear a position but only the camera's time fit the patrol's track at one offset: for every offset within
   ±14 h the distance of each photo from where the patrol was then is taken, and the offset with the smallest median
   wins. It counts only if the fit is close, sharp and the only one; a person who stood still all the time, or a way
   walked twice, shows no time.
3. A camera without positions cannot be checked: what a person states, else its clock is taken as right, which is said.

Pure: no file, no store, no clock of our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.config import Photos
from eradication.ingest import photo_track
from eradication.ingest.photo_track import Walk

type Floats = npt.NDArray[np.float64]

FEWEST_PHOTOS = 3
SEARCH_S = 14 * 3600
"""Time zones lie within ±14 h."""
_STEP_S = 15.0
_MOST_PHOTOS = 60
_SPREAD = 1.4826  # median deviation → standard deviation, of a normal distribution


@dataclass(frozen=True, slots=True)
class Clock:
    """What was found of one camera's clock."""

    offset_s: float
    """Seconds the camera is ahead; 0 where nothing is known."""
    uncertainty_s: float | None
    """Half the range of offsets that fit nearly as well; ``None`` where nothing is known."""
    photos: int
    """Photos it rests on."""
    why: str
    """``gps_time``, ``track``, ``stated`` or ``clock_photo``; where the clock was taken as it is: ``no_position``,
    ``no_time``, ``too_few_photos``, ``no_track``, ``far_from_track``, ``flat_minimum``, ``two_minima``, ``unsteady``.
    """
    residual_m: float | None = None
    """Median distance of the photos from the track, then."""

    @property
    def settled(self) -> bool:
        """Whether anything but the camera itself speaks for the time."""
        return self.uncertainty_s is not None


def unknown(why: str, photos: int = 0, residual_m: float | None = None) -> Clock:
    """Return the clock as it is, and why."""
    return Clock(0.0, None, photos, why, residual_m)


def from_satellites(stated_s: Floats, gps_s: Floats, most_uncertain_s: float) -> Clock:
    """Compare the camera's times with those of satellites, shape ``(n,)`` each, seconds since 1970 UTC."""
    ahead = stated_s - gps_s
    if not ahead.size:
        return unknown("no_time")
    offset = float(np.median(ahead))
    spread = _SPREAD * float(np.median(np.abs(ahead - offset)))
    if spread > most_uncertain_s:
        return unknown("unsteady", int(ahead.size))
    return Clock(round(offset), max(1.0, round(spread, 1)), int(ahead.size), "gps_time")


def from_track(stated_s: Floats, x: Floats, y: Floats, walks: Sequence[Walk], settings: Photos) -> Clock:
    """Find the offset at which the photos lie where the patrols were.

    Args:
        stated_s: the camera's times, seconds since 1970 UTC, shape ``(n,)``.
        x: where the photos say they were taken, metres in the CRS of the walks.
        y: as ``x``.
        walks: tracks of the patrols that may have carried the camera.
        settings: when a fit is too far off or too vague to be applied.
    """
    if stated_s.size < FEWEST_PHOTOS:
        return unknown("too_few_photos", int(stated_s.size))
    if not walks:
        return unknown("no_track", int(stated_s.size))
    # Enough to tell, and the cost does not grow with the number of photos.
    some = np.unique(np.linspace(0, stated_s.size - 1, _MOST_PHOTOS).astype(int))
    photos = stated_s[some], x[some], y[some]
    offsets = np.arange(-SEARCH_S, SEARCH_S + 1, _STEP_S)
    score = _median_m(offsets, photos, walks)
    if not np.isfinite(score).any():
        return unknown("no_track", int(some.size))
    coarse = offsets[int(np.argmin(score))]
    fine = np.arange(coarse - 2 * _STEP_S, coarse + 2 * _STEP_S + 1)
    sharp = _median_m(fine, photos, walks)
    residual = float(sharp.min())
    if residual > settings.clock_residual_m:
        return unknown("far_from_track", int(some.size), round(residual, 1))
    if _has_rival(score, residual):
        return unknown("two_minima", int(some.size), round(residual, 1))
    best, uncertainty = _range(fine, sharp, residual, photos, walks)
    if uncertainty > settings.clock_uncertain_s:
        return unknown("flat_minimum", int(some.size), round(residual, 1))
    used = int(np.isfinite(_distances(np.array([best]), photos, walks)).sum())
    return Clock(round(best), round(uncertainty, 1), used, "track", round(residual, 1))


def _range(
    fine: Floats, sharp: Floats, residual: float, photos: tuple[Floats, Floats, Floats], walks: Sequence[Walk]
) -> tuple[float, float]:
    """Return the middle of the offsets that fit nearly as well as the best one, and half their range."""
    reach = 900.0
    wide = np.unique(np.concatenate([fine, np.arange(fine[0] - reach, fine[-1] + reach + 1, 5.0)]))
    score = _median_m(wide, photos, walks)
    # The median of n distances is known to about 1.25 / √n of their spread; what fits within it cannot be told apart.
    near = wide[score <= residual + max(1.0, 2.0 * residual / np.sqrt(photos[0].size))]
    best = float(fine[int(np.argmin(sharp))])
    return best, max(1.0, float(max(near.max() - best, best - near.min())))


def _has_rival(score: Floats, residual: float) -> bool:
    """Tell whether offsets fit that do not hang together with the best one."""
    fits = score <= 2.0 * residual + 20.0
    runs = int(np.sum(fits[1:] & ~fits[:-1])) + int(fits[0])
    return runs > 1


def _median_m(offsets: Floats, photos: tuple[Floats, Floats, Floats], walks: Sequence[Walk]) -> Floats:
    """Return the median distance for each offset; infinite where less than half of the photos were on a track.

    Of few photos the third nearest counts instead: two lie near any track at some offset.
    """
    apart = _distances(offsets, photos, walks)
    middle = max(apart.shape[1] // 2, FEWEST_PHOTOS - 1)
    median: Floats = np.partition(apart, middle, axis=1)[:, middle]
    return median


def _distances(offsets: Floats, photos: tuple[Floats, Floats, Floats], walks: Sequence[Walk]) -> Floats:
    """Return how far each photo lies from the nearest patrol, shape ``(offsets, photos)``; infinite off all tracks."""
    stated, x, y = photos
    times = stated[None, :] - offsets[:, None]
    nearest = np.full(times.shape, np.inf)
    for walk in walks:
        there_x, there_y = photo_track.at(walk, times)
        apart = np.hypot(there_x - x[None, :], there_y - y[None, :])
        nearest = np.fmin(nearest, apart)
    return nearest
