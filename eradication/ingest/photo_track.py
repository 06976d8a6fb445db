"""Where a patrol was at a moment: between two fixes of its track that are not a gap apart.

Fixes that stand still count here, although cleaning takes them out of length and effort: photos are taken where people
stop. Places are in metres of a projected CRS (``settings.workspace.raster_epsg``), so that they can be averaged.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.config import Settings
from eradication.domain import MARKS, Fixes

type Floats = npt.NDArray[np.float64]

_STATIONARY = MARKS.index("stationary")
_WALK_MS = 1.0
_FIX_M = 8.0
"""Error of a fix that states none, under a thin canopy."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A patrol's track as a line in time, shape ``(n,)`` each, ``n >= 2``."""

    patrol: str
    unit: str
    time_s: Floats
    """Seconds since 1970 UTC, strictly increasing."""
    x: Floats
    """Metres east in the projected CRS."""
    y: Floats
    error_m: Floats
    joined: npt.NDArray[np.bool_]
    """Whether the way from a fix to the next is known, shape ``(n - 1,)``; not across gaps."""


def walk(patrol: str, unit: str, segments: Iterable[Fixes], settings: Settings) -> Walk | None:
    """Return the track of a patrol for asking where it was; ``None`` if it has no two fixes with times."""
    parts = list(segments)
    if not parts:
        return None
    number = np.concatenate([np.full(len(part), k) for k, part in enumerate(parts)])
    lon, lat, time_s, error, mark = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("lon", "lat", "time_s", "accuracy_m", "mark")
    )
    good = ((mark == 0) | (mark == _STATIONARY)) & np.isfinite(time_s) & geo.is_on_earth(lon, lat)
    order = np.flatnonzero(good)[np.argsort(time_s[good], kind="stable")]
    order = order[np.concatenate([[True], np.diff(time_s[order]) > 0])] if order.size else order
    if order.size < 2:
        return None
    x, y = geo.transformer(geo.WGS84, settings.workspace.raster_epsg).transform(lon[order], lat[order])
    x, y, when = np.asarray(x, float), np.asarray(y, float), time_s[order]
    step_m, cleaning = np.hypot(np.diff(x), np.diff(y)), settings.cleaning
    joined = (np.diff(when) <= cleaning.gap_s) & (step_m <= cleaning.gap_m) & (np.diff(number[order]) == 0)
    fix_m = np.where(np.isfinite(error[order]), error[order], _FIX_M).astype(float)
    return Walk(patrol, unit, when, x, y, fix_m, joined)


def at(track: Walk, time_s: Floats) -> tuple[Floats, Floats]:
    """Return where the patrol was (metres, any shape of ``time_s``); NaN before, after and in gaps."""
    after = np.clip(np.searchsorted(track.time_s, time_s, side="left"), 1, track.time_s.size - 1)
    t0, t1 = track.time_s[after - 1], track.time_s[after]
    share = (time_s - t0) / (t1 - t0)
    on_a_fix = (time_s == t0) | (time_s == t1)
    known = (time_s >= t0) & (time_s <= t1) & (track.joined[after - 1] | on_a_fix)
    x = np.where(known, track.x[after - 1] + share * (track.x[after] - track.x[after - 1]), np.nan)
    y = np.where(known, track.y[after - 1] + share * (track.y[after] - track.y[after - 1]), np.nan)
    return x, y


def error_m(track: Walk, time_s: float, uncertainty_s: float) -> float:
    """Return how far off (metres) the place at a moment may be that is known within ``uncertainty_s``.

    The error of the fixes, and the way that the patrol went within that time.
    """
    near = track.error_m[int(np.argmin(np.abs(track.time_s - time_s)))]
    here_x, here_y = at(track, np.array([time_s]))
    times = time_s + np.linspace(-uncertainty_s, uncertainty_s, 21)
    x, y = at(track, times)
    # Where the track ends within that time, the patrol walked on.
    unseen_m = _WALK_MS * float(np.max(np.where(np.isfinite(x), 0.0, np.abs(times - time_s))))
    away = np.hypot(x - here_x[0], y - here_y[0])
    seen_m = float(np.nanmax(away)) if np.isfinite(away).any() else 0.0
    return float(np.hypot(near, max(seen_m, unseen_m)))
