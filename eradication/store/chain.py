"""The hash chain: how events are made, written as rows and joined to what is there. No database is touched here."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from eradication.domain import Event, EventKind, Json
from eradication.domain.event import GENESIS, canonical, iso, parse_iso
from eradication.errors import N_, RefusedInput
from eradication.store.keys import is_event_signed, is_key_of

COLUMNS: tuple[str, ...] = (
    "origin",
    "number",
    "kind",
    "happened_at",
    "recorded_at",
    "payload",
    "previous",
    "hash",
    "signature",
)
"""An event as a row, times as ISO text in UTC, payload as canonical JSON text."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends."""

    number: int = 0
    hash: str = GENESIS
    recorded_at: datetime | None = None
    retired: bool = False
    """The last event says that its key signs no more."""


def is_retirement(kind: str, payload: Mapping[str, Any]) -> bool:
    """Tell whether an event ends its chain: its origin goes on under another key."""
    return kind == EventKind.KEY_ROTATED and "next_public_key" in payload


def plain(payload: Mapping[str, Json]) -> dict[str, Json]:
    """Return ``payload`` as it will be read back.

    Raises:
        RefusedInput: ``unstorable_payload``.
    """
    try:
        value: dict[str, Json] = json.loads(canonical(dict(payload)))
    except (ValueError, TypeError, RecursionError) as error:
        raise RefusedInput(
            "unstorable_payload", N_("The event holds a value that cannot be kept: {error}."), values={"error": error}
        ) from error
    return value


def instant(when: datetime) -> datetime:
    """Return an aware time in UTC.

    Raises:
        RefusedInput: ``naive_time`` for a time without zone or out of the years that can be written.
    """
    if when.tzinfo is not None and when.year >= 1000:
        return when.astimezone(UTC)
    raise RefusedInput(
        "naive_time", N_("The time {time} has no time zone or no plausible year."), values={"time": when}
    )


def make(
    origin: str, head: Head, kind: EventKind, times: tuple[datetime, datetime], payload: Mapping[str, Json]
) -> Event:
    """Return the event after ``head``; ``times`` are happened and recorded."""
    bare = Event(
        origin=origin,
        number=head.number + 1,
        kind=kind,
        happened_at=instant(times[0]),
        recorded_at=instant(times[1]),
        payload=plain(payload),
        previous=head.hash,
        hash="",
    )
    return replace(bare, hash=bare.computed_hash())


def head_of(event: Event) -> Head:
    """Return the head of a chain that ends with ``event``."""
    return Head(event.number, event.hash, event.recorded_at, is_retirement(event.kind, event.payload))


def to_row(event: Event) -> dict[str, object]:
    """Return an event as a row with :data:`COLUMNS`."""
    return {
        "origin": event.origin,
        "number": event.number,
        "kind": str(event.kind),
        "happened_at": iso(event.happened_at),
        "recorded_at": iso(event.recorded_at),
        "payload": canonical(dict(event.payload)).decode(),
        "previous": event.previous,
        "hash": event.hash,
        "signature": event.signature,
    }


def from_row(row: Mapping[Any, Any]) -> Event:
    """Read a row, strictly: what it spells differently from :func:`to_row` is refused.

    Raises:
        ValueError: anything is missing, of another type or spelt otherwise.
    """
    event = read_row(row)
    if event.number < 1 or to_row(event) != {name: row[name] for name in COLUMNS}:
        raise ValueError("an event that is not spelt as it was written")
    return event


def read_row(row: Mapping[Any, Any]) -> Event:
    """Read a row without checking its spelling.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        return _parse(row)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"not an event: {error}") from error


def _parse(row: Mapping[Any, Any]) -> Event:
    number, payload = row["number"], json.loads(str(row["payload"]))
    if type(number) is not int or not isinstance(payload, dict):
        raise ValueError("number or payload has the wrong type")
    return Event(
        origin=str(row["origin"]),
        number=number,
        kind=EventKind(str(row["kind"])),
        happened_at=parse_iso(str(row["happened_at"])),
        recorded_at=parse_iso(str(row["recorded_at"])),
        payload=payload,
        previous=str(row["previous"]),
        hash=str(row["hash"]),
        signature=str(row["signature"]),
    )


@dataclass(frozen=True, slots=True)
class JoinPlan:
    """What to do with a run of foreign events."""

    append: tuple[Event, ...]
    hold: tuple[Event, ...]
    release: tuple[int, ...]
    """Numbers of held events that are appended now."""
    known: int


def plan_join(
    head: Head, hash_of: Callable[[int], str | None], waiting: Mapping[int, Event], incoming: Iterable[Event]
) -> JoinPlan:
    """Decide which events follow ``head`` now, which must wait and which are there already.

    Args:
        head: end of the origin's chain here.
        hash_of: hash of an event of the chain by number.
        waiting: events held earlier, by number.
        incoming: events that arrive, each checked by :func:`check`.

    Raises:
        RefusedInput: ``event_conflict``.
    """
    fresh: dict[int, Event] = {}
    known = 0
    for event in incoming:
        other = hash_of(event.number) if event.number <= head.number else None
        if other is None:
            same = fresh.get(event.number) or waiting.get(event.number)
            other = same.hash if same else None
        if other is None:
            fresh[event.number] = event
        elif other == event.hash:
            known += 1
        else:
            raise conflict(event)
    append = _follow(head, {**waiting, **fresh})
    end = append[-1].number if append else head.number
    hold = tuple(fresh[n] for n in sorted(fresh) if n > end)
    return JoinPlan(append, hold, tuple(n for n in sorted(waiting) if n <= end), known)


def _follow(head: Head, ready: Mapping[int, Event]) -> tuple[Event, ...]:
    following: list[Event] = []
    while (event := ready.get(head.number + 1)) is not None:
        if event.previous != head.hash:
            raise conflict(event)
        if head.retired:
            raise forged(event, "its key was retired by the event before")
        if head.recorded_at is not None and event.recorded_at < head.recorded_at:
            raise forged(event, "recorded before the event before it")
        following.append(event)
        head = head_of(event)
    return tuple(following)


def check(events: Sequence[Event], public_key: str) -> None:
    """Check hashes, signatures and that one key's origin wrote all ``events``.

    Raises:
        RefusedInput: ``bundle_forged``.
    """
    for event in events:
        if not is_key_of(public_key, event.origin):
            raise forged(event, "the key is not this origin's")
        if event.computed_hash() != event.hash:
            raise forged(event, "wrong hash")
        if event.signature and not is_event_signed(public_key, event.hash, event.signature):
            raise forged(event, "wrong signature")


def conflict(event: Event) -> RefusedInput:
    """Return the refusal of another content under a known number."""
    return RefusedInput(
        "event_conflict",
        N_("Event {number} of {origin} is already here with other content."),
        hint=N_("Two copies of one workspace were used side by side. Tell the office; nothing was changed here."),
        values={"number": event.number, "origin": event.origin},
    )


def forged(event: Event, why: str) -> RefusedInput:
    """Return the refusal of an event its origin did not write."""
    return RefusedInput(
        "bundle_forged",
        N_("Event {number} was not written by {origin}: {why}."),
        hint=N_("Do not use this bundle; ask the sender for another one."),
        values={"number": event.number, "origin": event.origin, "why": why},
    )


def next_time(head: Head, now: datetime) -> datetime:
    """Return the time of record of the next transaction: ``now``, but always later than the one before.

    So the events of one transaction are exactly those that share a time, even where a clock was set back.
    """
    now = instant(now)
    if head.recorded_at is not None and now <= head.recorded_at:
        return head.recorded_at + timedelta(microseconds=1)
    return now


def gap(event: Event) -> RefusedInput:
    """Return the refusal of an event whose predecessors are missing."""
    return RefusedInput(
        "event_gap",
        N_("Events of {origin} before number {number} are missing."),
        hint=N_("Import the earlier bundle of this device first, or all of them together."),
        values={"origin": event.origin, "number": event.number},
    )
