"""The clock of a computer that no network sets: a step back is recorded, and what was recorded meanwhile is flagged.

Order never depends on it: events of an origin are ordered by their numbers, and no event is recorded before the one
before it. What depends on it is what an event says of when it was recorded. So a clock that stands behind what this
device's clock has shown before is told by an event, ``CLOCK_STEPPED_BACK``, which names the events that were recorded
while it ran ahead; and a pause that is too long to be one is flagged where the chain is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eradication.domain import Event, EventKind, Json
from eradication.domain.event import iso, parse_iso
from eradication.store import chain
from eradication.store.chain import Head
from eradication.store.note import Note

TOLERANCE = timedelta(minutes=5)
"""Clocks that are set by hand differ by so much."""

STEPPED_BACK, FAR_AHEAD = "clock_stepped_back", "clock_far_ahead"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock shows when a transaction begins."""

    now: datetime
    tolerance: timedelta = TOLERANCE
    """A step back by no more than this is not told."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Events whose time of record is not to be relied on; they stay in order and count as before."""

    origin: str
    first: int
    """Number of the first event."""
    last: int
    why: str
    """``clock_stepped_back``: recorded while the clock ran ahead. ``clock_far_ahead``: recorded after a long jump."""
    recorded_at: datetime
    """What the first of them says."""


def reached(head: Head, step: Event | None, note: Note) -> datetime | None:
    """Return the latest time that this device's clock is known to have shown since it last stepped back.

    Args:
        head: end of the device's chain.
        step: its last event that told of a step back.
        note: what is noted beside its key.
    """
    shown = head.recorded_at
    if step is not None and shown is not None and _is_behind(head.number - step.number, shown - step.recorded_at):
        shown = parse_iso(str(step.payload["to"]))
    return max((time for time in (shown, note.clock) if time is not None), default=None)


def _is_behind(events: int, since: timedelta) -> bool:
    """Tell whether times of record were only counted on, a microsecond a transaction, since a step back."""
    return since <= events * timedelta(microseconds=1)


def step_back(reading: Reading, shown: datetime | None, ahead: tuple[int, int] | None) -> dict[str, Json] | None:
    """Return the payload of the event that tells of a step back; ``None`` if the clock did not step back.

    Args:
        reading: what the clock shows now.
        shown: what it showed before.
        ahead: first and last number of events recorded after ``reading.now``, ``None`` if there are none.
    """
    now = chain.instant(reading.now)
    if shown is None or now >= shown - reading.tolerance:
        return None
    seconds = int((shown - now).total_seconds())
    return {"from": iso(shown), "to": iso(now), "seconds": seconds, "events_ahead": list(ahead) if ahead else None}


def flagged(rows: Iterable[Mapping[Any, Any]], jump: timedelta) -> list[Flag]:
    """Return the events whose times are in doubt.

    Args:
        rows: events as they lie in the store, by origin and number; unreadable ones are left to the audit.
        jump: a longer time between two events of one origin is flagged; no pause is that long.
    """
    found: list[Flag] = []
    times: dict[int, datetime] = {}
    before: Event | None = None
    jumped = False
    for row in rows:
        try:
            event = chain.read_row(row)
        except ValueError:
            continue
        if before is None or before.origin != event.origin:
            before, times, jumped = None, {}, False
        times[event.number] = event.recorded_at
        if event.kind == EventKind.CLOCK_STEPPED_BACK:
            found.append(_ahead(event, times))
        new = before is None or before.recorded_at != event.recorded_at
        if new:
            jumped = before is not None and event.recorded_at - before.recorded_at > jump
        if jumped:
            if new:
                found.append(Flag(event.origin, event.number, event.number, FAR_AHEAD, event.recorded_at))
            else:
                found[-1] = Flag(event.origin, found[-1].first, event.number, FAR_AHEAD, event.recorded_at)
        before = event
    return found


def _ahead(event: Event, times: Mapping[int, datetime]) -> Flag:
    """Return what a step back flags; where it names no events, the one that tells of it."""
    named = event.payload.get("events_ahead")
    match named:
        case [int(first), int(last)] if 1 <= first <= last < event.number and first in times:
            return Flag(event.origin, first, last, STEPPED_BACK, times[first])
    return Flag(event.origin, event.number, event.number, STEPPED_BACK, event.recorded_at)
