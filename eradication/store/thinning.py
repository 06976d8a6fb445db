"""Old tracks thinned to effort: which they are, and which raw files may therefore be gone.

An event ``tracks_thinned`` names patrols and a record of the effort that their tracks gave. It excuses that their fixes
and their raw files are not there, in whatever order it meets them, but only of patrols that began :data:`LEAST_DAYS`
before it was recorded: whoever holds a device's key cannot make last month's walks vanish from other stores.

Rows are removed in the transaction of the event; files go after it. Between the two a note lies in the folder, and
whoever opens the store next goes on: half of it is never left.
"""

import json
import os
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from eradication.domain import Event, EventKind
from eradication.domain.event import parse_iso
from eradication.store import blobs
from eradication.store.contract import Store
from eradication.store.files import sync_folder, write_failures

LEAST_DAYS = 365
"""No patrol that began later than so many days before counts as thinned, whatever an event says."""

NOTE = "thinning.json"
"""File of the folder that names the raw files which a committed thinning still has to remove."""


class Told(Protocol):
    """Whoever can tell the events: a store, or a transaction."""

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """See the contract."""


def in_force(told: Told, more: Iterable[Event] = ()) -> dict[str, Event]:
    """Return patrol id → the first event that thinned it, of patrols that are old enough.

    Args:
        told: a store or a transaction.
        more: events that are about to join it.
    """
    kinds = (EventKind.TRACKS_THINNED, EventKind.PATROL_RECORDED)
    coming = [event for event in more if event.kind in kinds]
    thinning = [*told.events(kinds=kinds[:1]), *(e for e in coming if e.kind is EventKind.TRACKS_THINNED)]
    if not thinning:
        return {}
    recorded = [*told.events(kinds=kinds[1:]), *(e for e in coming if e.kind is EventKind.PATROL_RECORDED)]
    return of_events([*thinning, *recorded])


def of_events(events: Iterable[Event]) -> dict[str, Event]:
    """Return the same of events of both kinds. Nothing of their payloads was checked before."""
    began: dict[str, datetime] = {}
    named: dict[str, Event] = {}
    for event in sorted(events, key=lambda e: (e.recorded_at, *e.key)):
        if event.kind is EventKind.PATROL_RECORDED:
            name, start = str(_patrol(event).get("id", "")), began_at(event)
            began[name] = max(began.get(name, start), start)
        elif event.kind is EventKind.TRACKS_THINNED and isinstance(event.payload.get("patrols"), list):
            for name in event.payload["patrols"]:
                named.setdefault(str(name), event)
    least = timedelta(days=LEAST_DAYS)
    return {name: e for name, e in named.items() if name in began and began[name] + least <= e.recorded_at}


def began_at(event: Event) -> datetime:
    """Return when the patrol of an event began; one without times when it was handed in."""
    start = _patrol(event).get("start")
    try:
        return parse_iso(start) if isinstance(start, str) else event.happened_at
    except ValueError:
        return event.happened_at


def _patrol(event: Event) -> Mapping[str, Any]:
    told = event.payload.get("patrol")
    return told if isinstance(told, dict) else {}


def excused(events: Iterable[Event], thinned: Collection[str]) -> frozenset[str]:
    """Return the raw files that may be gone: named by thinned patrols, and by nothing else.

    Args:
        events: all there are, those that wait among them.
        thinned: patrols.
    """
    from eradication.store.audit import originals_of

    raw: set[str] = set()
    others: set[str] = set()
    for event in events:
        if event.kind is EventKind.PATROL_RECORDED and str(_patrol(event).get("id", "")) in thinned:
            raw.add(str(event.payload.get("sha256", "")))
        else:
            others.update(originals_of(event))
    return frozenset(raw - others)


def gone_by_right(store: Store, more: Iterable[Event] = ()) -> frozenset[str]:
    """Return the raw files that may be gone from a store, once ``more`` events have joined it."""
    more = list(more)
    thinned = in_force(store, more)
    if not thinned:
        return frozenset()
    return excused([*store.events(), *(held.event for held in store.pending()), *more], thinned)


def note(folder: Path, record: str, originals: Collection[str]) -> None:
    """Note what is to be removed once the event with ``record`` is committed; call it before the commit.

    Raises:
        StorageFailed: ``disk_full`` …
    """
    fresh = folder / f".{NOTE}.{os.getpid()}"
    with write_failures(folder):
        try:
            with fresh.open("w", encoding="utf-8") as stream:
                json.dump({"record": record, "originals": sorted(originals)}, stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(fresh, folder / NOTE)
            sync_folder(folder)
        finally:
            fresh.unlink(missing_ok=True)


def settle(folder: Path, store: Store) -> None:
    """Go on where a thinning was cut off: remove what it noted, if its event was committed.

    Raises:
        StorageFailed: ``store_locked``: somebody is at it.
    """
    file = folder / NOTE
    if not file.exists():
        return
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        record, originals = str(said["record"]), {str(name) for name in said["originals"]}
    except (OSError, ValueError, KeyError, TypeError):
        return  # what is not allowed to be here is found by the next run of retention
    # Inside a transaction: whoever wrote the note has either committed by then, or has not and never will.
    with store.transaction() as transaction:
        thinnings = transaction.events(kinds=[EventKind.TRACKS_THINNED])
    if any(record == str(e.payload.get("record", {}).get("sha256")) for e in thinnings):
        store.forget(originals & gone_by_right(store))
    file.unlink(missing_ok=True)


def remove(folder: Path, originals: Collection[str]) -> int:
    """Remove kept files for good; return how many there were."""
    found = [path for sha256 in sorted(originals) if (path := blobs.find(folder, sha256)) is not None]
    with write_failures(folder):
        for path in found:
            path.unlink(missing_ok=True)
        for place in {path.parent for path in found}:
            sync_folder(place)
    return len(found)
