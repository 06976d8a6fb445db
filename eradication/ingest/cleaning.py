"""Which fixes of a track can be trusted. Nothing is deleted: a fix that cannot be trusted gets a mark, and one only.

The rules run in this order, and each sees only the fixes that no earlier rule has marked:

====================  ==================================================================================
``bad_coordinates``   not a number, beyond ±180°/±90°, or exactly 0° 0° (what a receiver says before it knows)
``flagged_by_source`` the program it comes from had already called it junk
``future_time``       further ahead of our clock than ``future_h``
``implausible_time``  1 024 weeks ago or more: a receiver whose week counter has rolled over (see :func:`rollover`)
``poor_accuracy``     stated accuracy above ``max_accuracy_m``, or negative (how some phones say "unknown")
``poor_dilution``     HDOP above ``max_hdop``
``duplicate``         the same time and place as the fix before it
``time_reversed``     out of order: the fewest fixes whose absence leaves the times rising
``spike``             further than ``spike_m`` out and back within ``spike_s``
``too_fast``          faster than ``max_walk_kmh`` from the last good fix, beyond what the receiver's noise explains
                      (:meth:`eradication.ingest.motion.Motion.jitter_m`), outside a vehicle leg
``vehicle``           faster than ``vehicle_kmh`` for longer than ``vehicle_s``: driven, not searched
``stationary``        within ``stop_m`` of a first fix for ``stop_s`` or longer; the first fix is kept
====================  ==================================================================================

Rules on speed need times; a fix without one is only held to the rules on its own values. Afterwards the track is
split where it is silent for ``gap_s``, jumps ``gap_m`` or was driven; :func:`measure` never bridges a split. A
device set to one fix in ten minutes has not lost ten minutes, so both limits widen in proportion where the usual
interval is longer than a quarter of ``gap_s`` (up to 15 minutes). A track without times tells no interval, so
``gap_m`` holds as it stands: where its fixes are further apart, nobody knows what way was walked between them.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.config import Cleaning
from eradication.domain import MARKS, Fixes
from eradication.ingest import smoothing
from eradication.ingest.motion import Motion, coarseness, drives, halts, out_and_back, out_of_order, too_fast

type Mask = npt.NDArray[np.bool_]

ROLLOVER_S = 1024 * 7 * 86400.0
"""The week counter of GPS has ten bits: 1 024 weeks, in seconds."""

GPS_EPOCH_S = 315964800.0
"""6 January 1980, when the count of weeks began; no receiver says an earlier time because of it."""

_CODE = {name: index for index, name in enumerate(MARKS)}


def clean(fixes: Fixes, settings: Cleaning, now: datetime) -> list[Fixes]:
    """Mark one raw segment and split it at its gaps.

    Args:
        fixes: one segment as it was recorded; marks it already bears (``flagged_by_source``) stand.
        settings: the limits.
        now: our clock, aware.

    Returns:
        Pieces in the order of the fixes, which are all there; none if ``fixes`` is empty.
    """
    mark = _by_value(fixes, settings, now)
    _mark(mark, "duplicate", _repeats(fixes, mark))
    timed = np.flatnonzero((mark == 0) & np.isfinite(fixes.time_s))
    _mark(mark, "time_reversed", timed[out_of_order(fixes.time_s[timed])])
    coarse = coarseness(fixes.time_s[(mark == 0) & np.isfinite(fixes.time_s)], settings)
    for name, rule in (("spike", out_and_back), ("too_fast", too_fast), ("vehicle", drives), ("stationary", halts)):
        timed = np.flatnonzero((mark == 0) & np.isfinite(fixes.time_s))
        _mark(mark, name, timed[rule(_motion(fixes, timed, coarse), settings)])
    return _split(fixes, mark, coarse, settings)


def mark_places(fixes: Fixes) -> Fixes:
    """Mark only what is nowhere on earth: all that can be wrong with a planned route."""
    mark = fixes.mark.copy()
    mark[_nowhere(fixes)] = _CODE["bad_coordinates"]
    return replace(fixes, mark=mark)


def _by_value(fixes: Fixes, settings: Cleaning, now: datetime) -> npt.NDArray[np.uint8]:
    """Apply the rules that need no neighbour."""
    mark = fixes.mark.copy()
    mark[_nowhere(fixes)] = _CODE["bad_coordinates"]
    clock = now.timestamp()
    with np.errstate(invalid="ignore"):
        _mark(mark, "future_time", fixes.time_s > clock + settings.future_h * 3600.0)
        _mark(mark, "implausible_time", fixes.time_s <= clock - ROLLOVER_S)
        _mark(mark, "poor_accuracy", (fixes.accuracy_m > settings.max_accuracy_m) | (fixes.accuracy_m < 0.0))
        _mark(mark, "poor_dilution", fixes.hdop > settings.max_hdop)
    return mark


def _nowhere(fixes: Fixes) -> Mask:
    unset = (fixes.lon == 0.0) & (fixes.lat == 0.0)
    nowhere: Mask = ~geo.is_on_earth(fixes.lon, fixes.lat) | unset
    return nowhere


def _mark(mark: npt.NDArray[np.uint8], name: str, hit: npt.NDArray[Any]) -> None:
    """Give ``hit`` (a mask or indices) the mark, where there is none yet."""
    chosen = np.zeros(len(mark), bool)
    chosen[hit] = True
    mark[chosen & (mark == 0)] = _CODE[name]


def _repeats(fixes: Fixes, mark: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    left = np.flatnonzero(mark == 0)
    time = np.nan_to_num(fixes.time_s[left], nan=-np.inf)
    rows = np.column_stack([fixes.lon[left], fixes.lat[left], time])
    return left[1:][np.all(rows[1:] == rows[:-1], axis=1)]


def _motion(fixes: Fixes, chosen: npt.NDArray[np.intp], coarse: float) -> Motion:
    return Motion.of(fixes.lon[chosen], fixes.lat[chosen], fixes.time_s[chosen], coarse)


def _split(fixes: Fixes, mark: npt.NDArray[np.uint8], coarse: float, settings: Cleaning) -> list[Fixes]:
    """Cut before each present fix that a gap or a drive parts from the one before it."""
    if not len(fixes):
        return []
    present = np.flatnonzero((mark == 0) | (mark == _CODE["stationary"]))
    driven = np.cumsum(mark == _CODE["vehicle"])[present]
    cut = _motion(fixes, present, coarse).gaps(settings) | (np.diff(driven) > 0)
    bounds = [0, *present[1:][cut].tolist(), len(fixes)]
    marked = replace(fixes, mark=mark)
    return [marked.piece(slice(a, b)) for a, b in pairwise(bounds)]


@dataclass(frozen=True, slots=True)
class Measured:
    """What cleaned segments add up to."""

    length_km: float
    """Of the likely way over kept fixes, see :mod:`eradication.ingest.smoothing`; geodesic, gaps not bridged."""
    hours: float
    """Time on the move over kept fixes; gaps and stops are left out, tracks without times count 0."""
    start: datetime | None
    """First kept time, UTC."""
    end: datetime | None
    marked: dict[str, int]
    """Number of fixes by mark, without ``kept`` and without zeros."""


def measure(segments: list[Fixes], agility: float = 0.0) -> Measured:
    """Sum up what :func:`clean` returned.

    Args:
        segments: cleaned pieces.
        agility: see :func:`eradication.ingest.smoothing.smoothed`; 0 = lengths from fix to fix.
    """
    length_m = smoothing.length_m(segments, agility)
    seconds = sum(_moving_s(s) for s in segments)
    times = np.concatenate([s.time_s[s.kept] for s in segments]) if segments else np.zeros(0)
    times = times[np.isfinite(times)]
    counts = np.bincount(np.concatenate([s.mark for s in segments]), minlength=1) if segments else np.zeros(0, int)
    return Measured(
        length_km=length_m / 1000.0,
        hours=seconds / 3600.0,
        start=_utc(times.min()) if times.size else None,
        end=_utc(times.max()) if times.size else None,
        marked={MARKS[i]: int(n) for i, n in enumerate(counts) if i and n},
    )


def _moving_s(segment: Fixes) -> float:
    """Sum the steps that end in a kept fix; the step into a fix of a stop is standing, not walking."""
    present = segment.kept | (segment.mark == _CODE["stationary"])
    present &= np.isfinite(segment.time_s)
    steps = np.diff(segment.time_s[present])
    return float(np.sum(steps[segment.kept[present][1:]]))


def _utc(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(seconds))


def rollover(segments: list[Fixes], now: datetime) -> dict[str, Any] | None:
    """Offer a correction for times that a rolled-over week counter explains.

    Returns:
        ``fixes``, ``weeks`` to add (a multiple of 1 024) and the corrected ``first`` time, or ``None``.
    """
    code = _CODE["implausible_time"]
    times = np.concatenate([s.time_s[s.mark == code] for s in segments]) if segments else np.zeros(0)
    times = times[times >= GPS_EPOCH_S]
    if not times.size:
        return None
    turns = int((now.timestamp() - times.max()) // ROLLOVER_S)
    first = _utc(times.min() + turns * ROLLOVER_S)
    return {"fixes": int(times.size), "weeks": 1024 * turns, "first": first.isoformat()}
