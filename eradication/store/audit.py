"""The audit: is everything that was recorded still there, in order and as its origin wrote it?

Each chain is recomputed from its first event: numbers, hashes, links, times, signatures, the head that was noted in
the transaction of the last event, and how far the note beside the key says that it reached. What cannot show here:
someone who holds a device's key may write its chain anew, and a whole older copy of a workspace, key and all, is
consistent in itself. Both show where bundles meet another store, and against a checkpoint that was taken before.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from eradication.domain import Event, EventKind, Json
from eradication.domain.event import GENESIS
from eradication.store import blobs, chain, keys, places, thinning, tracks
from eradication.store.contract import Held, OriginCheck, OriginHead, Store
from eradication.store.note import Reach

type Verdict = tuple[int, str] | None
"""Number of the first bad event and why, or ``None``."""


def verify(store: Store) -> list[OriginCheck]:
    """Check every origin's chain, the originals its events name and the events that wait.

    Raises:
        StorageFailed: ``store_damaged`` if the file cannot be read at all.
    """
    heads = {head.origin: head for head in store.origins()}
    checks: dict[str, OriginCheck] = {}
    thinned, excused = _thinned(store)
    told, odd_units, noted = _told_tracks(store, thinned), _odd_units(store), store.noted()
    for origin, rows in groupby(store.stored(), key=lambda row: row["origin"]):
        found = list(rows)
        head = heads.get(origin)
        verdict = _chain(found, head) if head else (1, "unknown_origin")
        verdict = verdict or _reaches(noted.reach(str(origin)), found)
        verdict = verdict or _originals(store, found, excused) or _tracks(found, told) or _units(found, odd_units)
        checks[str(origin)] = _check(str(origin), head, len(found), verdict)
    for origin, head in heads.items():
        if origin not in checks:
            checks[origin] = _check(origin, head, 0, (1, "missing_event"))
    for origin in noted.heads.keys() - checks.keys():
        checks[origin] = _check(origin, None, 0, (1, "missing_event"))
    for held in store.pending():
        event = held.event
        whole = _is_whole(held)
        check = checks.get(event.origin) or OriginCheck(event.origin, held.label, 0, True, None, "")
        if check.ok and not whole:
            check = replace(check, ok=False, first_bad=event.number, reason="damaged_pending")
        checks[event.origin] = check
    return [checks[origin] for origin in sorted(checks)]


def _is_whole(held: Held) -> bool:
    """Tell whether an event that waits is as its origin wrote it."""
    event = held.event
    if event.computed_hash() != event.hash or not keys.is_key_of(held.public_key, event.origin):
        return False
    return not event.signature or keys.is_event_signed(held.public_key, event.hash, event.signature)


def _reaches(noted: Reach, rows: list[Mapping[Any, Any]]) -> Verdict:
    """Compare a chain with how far it was known to reach."""
    number, event_hash = noted
    if number > len(rows):
        return len(rows) + 1, "missing_event"
    return (number, "wrong_hash") if number and rows[number - 1]["hash"] != event_hash else None


def _check(origin: str, head: OriginHead | None, events: int, verdict: Verdict) -> OriginCheck:
    number, reason = verdict or (None, "")
    return OriginCheck(origin, head.label if head else "", events, verdict is None, number, reason)


def _chain(rows: list[Mapping[Any, Any]], head: OriginHead) -> Verdict:
    if not keys.is_key_of(head.public_key, head.origin):
        return 1, "wrong_key"
    previous: Event | None = None
    for expected, row in enumerate(rows, 1):
        if row["number"] != expected:
            return expected, "missing_event"
        try:
            event = chain.from_row(row)
        except ValueError:
            return expected, "unreadable_event"
        reason = _event(event, previous) or (previous and _signature(previous, event, head.public_key))
        if reason:
            return (expected if not reason.endswith("signature") else expected - 1), reason
        previous = event
    return _end(previous, head)


def _event(event: Event, previous: Event | None) -> str:
    if event.computed_hash() != event.hash:
        return "wrong_hash"
    if event.previous != (previous.hash if previous else GENESIS):
        return "wrong_link"
    if previous and chain.is_retirement(previous.kind, previous.payload):
        return "after_rotation"
    if previous and event.recorded_at < previous.recorded_at:
        return "wrong_time"
    return ""


def _signature(event: Event, following: Event | None, public_key: str) -> str:
    """Check one event's signature: the last of a transaction bears one, the others none."""
    last = following is None or following.recorded_at != event.recorded_at
    if last != bool(event.signature):
        return "missing_signature" if last else "strange_signature"
    if last and not keys.is_event_signed(public_key, event.hash, event.signature):
        return "wrong_signature"
    return ""


def _end(last: Event | None, head: OriginHead) -> Verdict:
    number = last.number if last else 0
    if type(head.events) is not int:
        return number + 1, "wrong_head"
    if head.events != number:
        return min(number, head.events) + 1, "missing_event" if head.events > number else "wrong_head"
    if last is None:
        return None
    reason = _signature(last, None, head.public_key)
    if reason:
        return number, reason
    return None if last.hash == head.head else (number, "wrong_head")


def _originals(store: Store, rows: list[Mapping[Any, Any]], excused: frozenset[str]) -> Verdict:
    for event in map(chain.read_row, rows):
        for sha256 in originals_of(event):
            path = store.original(sha256)
            if path is None and sha256 in excused:
                continue
            if path is None:
                return event.number, "missing_original"
            if not blobs.is_whole(path, sha256):
                return event.number, "damaged_original"
    return None


def _thinned(store: Store) -> tuple[Mapping[str, Event], frozenset[str]]:
    """Return the patrols that were thinned to effort, each with the event that says so, and the raw files gone so."""
    if all(row["kind"] != str(EventKind.TRACKS_THINNED) for row in store.stored()):
        return {}, frozenset()
    events = list(_readable(store))
    thinned = thinning.of_events(events)
    return thinned, thinning.excused([*events, *(held.event for held in store.pending())], thinned)


def _readable(store: Store) -> Iterator[Event]:
    for row in store.stored():
        try:
            yield chain.read_row(row)
        except ValueError:
            continue  # the chain says so


def _told_tracks(store: Store, thinned: Container[str]) -> dict[str, str]:
    """Return patrol id → why its fixes are not as any event told, for those that are not.

    Two stores may have cleaned one file differently; one of the versions told stays in both, so any of them is whole.
    Of a thinned patrol nothing need be there; what is there must be as told.
    """
    told: dict[str, set[str]] = {}
    for event in _readable(store):
        patrol = _patrol_of(event)
        if patrol:
            told.setdefault(patrol, set()).add(str(event.payload["tracks"]))
    kept: dict[str, str] = {}
    gone = {name for name in told if name in thinned}
    for record in store.records().patrols:
        if record.segments or record.waypoints:
            gone.discard(record.patrol_id)
        try:
            kept[record.patrol_id] = tracks.content(record)
        except ValueError:
            kept[record.patrol_id] = "damaged"
    wrong = {name: "missing_tracks" if name not in kept else "changed_tracks" for name in told}
    return {name: why for name, why in wrong.items() if name not in gone and kept.get(name) not in told[name]}


def _tracks(rows: list[Mapping[Any, Any]], wrong: Mapping[str, str]) -> Verdict:
    for event in map(chain.read_row, rows) if wrong else ():
        why = wrong.get(_patrol_of(event))
        if why:
            return event.number, why
    return None


def _patrol_of(event: Event) -> str:
    """Return the patrol whose fixes an event tells of, empty if it tells of none. Nothing was checked before."""
    told = event.payload.get("patrol")
    tells = event.kind == EventKind.PATROL_RECORDED and "tracks" in event.payload and isinstance(told, dict)
    return str(told.get("id", "")) if tells and isinstance(told, dict) else ""


def _odd_units(store: Store) -> set[str]:
    """Return the keys of units that are not as any event told, or that no event told of, or that are gone."""
    told: dict[str, set[str]] = {}
    for event in _readable(store):
        named = event.payload.get("outlines")
        for key, mark in named.items() if isinstance(named, dict) else ():
            told.setdefault(key, set()).add(str(mark))
    rows = [places.unit_row(unit, recorded_at) for unit, recorded_at in store.records().units]
    kept = places.fingerprints(rows)
    strange = set(kept) - set(told) if told else set()
    return strange | {key for key, marks in told.items() if kept.get(key) not in marks}


def _units(rows: list[Mapping[Any, Any]], odd: set[str]) -> Verdict:
    if not odd:
        return None
    bringing = [event for event in map(chain.read_row, rows) if "outlines" in event.payload]
    hit = next((event for event in bringing if odd & set(event.payload["outlines"])), None)
    first = hit or next(iter(bringing), None)
    return (first.number, "changed_unit") if first else None


def originals_of(event: Event) -> list[str]:
    """Return the hashes of the files an event names: every ``sha256`` in its payload."""
    return sorted({value for value in _named(dict(event.payload)) if blobs.is_sha256(value)})


def _named(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "sha256" and isinstance(part, str):
                yield part
            else:
                yield from _named(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named(part)
