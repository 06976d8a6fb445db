"""From a patrol's cleaned fixes to what it walked: metres, seconds, days; nothing that was driven or jumped over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import MARKS, TIMEZONE, Fixes

_STATIONARY = MARKS.index("stationary")
_DAY_S = 86_400.0
_EPOCH = date(1970, 1, 1).toordinal()

type Floats = npt.NDArray[np.float64]
type Steps = npt.NDArray[np.float32]
type Days = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Walked lines one after the other, one row per kept fix with a time."""

    xy: Floats
    """Metres east and north (EPSG:32648), shape (fix, 2)."""
    step_m: Steps
    """Metres walked from the fix before, shape (fix,); 0 where a line begins."""
    moving_s: Steps
    """Seconds of walking from the fix before, shape (fix,); 0 where a line begins."""
    joined: npt.NDArray[np.bool_]
    """Whether a fix goes on from the one before, shape (fix,)."""
    day: Days
    """Local day as a proleptic ordinal (``date.toordinal``), shape (fix,)."""

    def only(self, chosen: npt.NDArray[np.bool_]) -> "Lines":
        """Return some of the fixes; where one between two of them is left out, a new line begins."""
        follows = np.concatenate([[False], chosen[:-1]])
        joined = (self.joined & follows)[chosen]
        return Lines(self.xy[chosen], self.step_m[chosen], self.moving_s[chosen], joined, self.day[chosen])


def walked(segments: Iterable[Fixes], length_m: float | None = None) -> Lines:
    """Return the walked lines of cleaned segments.

    Args:
        segments: of one patrol.
        length_m: its length as recorded, which noise of the receiver has been taken out of: steps get their share of
            it. ``None`` = steps are as long as from fix to fix.

    Left out are marked fixes, fixes without times (they belong to no day), and segments that leave the ground on which
    metres of EPSG:32648 mean anything.
    """
    parts = [part for segment in segments if (part := _line(segment)) is not None]
    if not parts:
        none = np.empty(0, np.float32)
        return Lines(np.empty((0, 2)), none, none, np.empty(0, bool), np.empty(0, np.int32))
    lonlat = np.concatenate([part[0] for part in parts])
    east, north = geo.transformer(geo.WGS84, geo.UTM48).transform(lonlat[:, 0], lonlat[:, 1])
    joined = np.ones(len(lonlat), bool)
    joined[np.cumsum([0, *(len(part[0]) for part in parts[:-1])])] = False
    moving, day = (np.concatenate([part[n] for part in parts]) for n in (1, 2))
    xy = np.column_stack([east, north])
    step = np.concatenate([[0.0], np.hypot(*np.diff(xy, axis=0).T)]) * joined
    if length_m is not None and step.sum() > 0.0:
        step *= length_m / step.sum()
    return Lines(xy, step.astype(np.float32), moving.astype(np.float32), joined, day.astype(np.int32))


def join(parts: Iterable[Lines]) -> Lines:
    """Put lines one after the other."""
    found = list(parts) or [walked(())]
    columns = (
        np.concatenate([getattr(p, name) for p in found]) for name in ("xy", "step_m", "moving_s", "joined", "day")
    )
    return Lines(*columns)


def _line(segment: Fixes) -> tuple[Floats, Floats, Floats] | None:
    """Return places, seconds of walking and days of the kept fixes of a segment, ``None`` if it walks nowhere."""
    timed = np.isfinite(segment.time_s)
    kept = segment.kept & timed
    if not kept.any() or not geo.is_near_utm48(segment.lon[kept], segment.lat[kept]).all():
        return None
    present = kept | ((segment.mark == _STATIONARY) & timed)
    # The step into a fix of a stop is standing, not walking: seconds count from the last fix that was there at all.
    moving = np.diff(segment.time_s[present], prepend=segment.time_s[present][0])[kept[present]]
    moving[0] = 0.0
    time = segment.time_s[kept]
    offset = datetime.fromtimestamp(float(time[0]), TIMEZONE).utcoffset()
    seconds = offset.total_seconds() if offset else 0.0
    day = np.floor((time + seconds) / _DAY_S) + _EPOCH
    return np.column_stack([segment.lon[kept], segment.lat[kept]]), moving, day
