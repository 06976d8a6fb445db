"""A new signing key: the old chain ends with an event that names the new key, the new chain begins by naming the old.

The old key signs the one and the new key the other, in one transaction, so the two are one device to whoever reads
them. Public keys stay in ``origins``: what the old key signed still verifies. The old private key is deleted once the
commit is durable; whoever holds a copy of it can add nothing, because nothing may follow the event that retires it.

Whatever step a power cut falls on, the workspace opens: with the old key if the transaction was not committed, with
the new one if it was.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from eradication.domain import Event, EventKind, Json
from eradication.domain.event import origin_of
from eradication.store import chain, keys
from eradication.store.chain import Head
from eradication.store.contract import Store
from eradication.store.files import sync_folder, write_failures

KEY, NEXT = "origin.pem", "origin.next.pem"


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did."""

    old_origin: str
    old_events: int
    """Number of the event that ends the old chain."""
    new_origin: str
    new_public_key: str


def _silent(_step: str) -> None:
    pass


def rotate(folder: Path, store: Store, *, stolen: bool = False, after: Callable[[str], None] = _silent) -> Rotation:
    """Give this workspace another signing key; ``store`` still holds the old one and must be opened anew.

    Args:
        folder: the workspace's folder.
        store: its open store.
        stolen: somebody else may hold the old key: models it signed are no longer this workspace's own.
        after: told of each step that is done: ``made``, ``appended``, ``committed``, ``replaced``.

    Raises:
        StorageFailed: ``disk_full``, ``store_rolled_back``, ``key_retired`` …
    """
    home = folder / "keys"
    fresh = keys.load(home / NEXT, create=True)
    after("made")
    now = datetime.now(UTC)
    with store.transaction() as transaction:
        ends: dict[str, Json] = {"next_origin": fresh.origin, "next_public_key": fresh.public_key, "stolen": stolen}
        last = transaction.append(EventKind.KEY_ROTATED, now, ends)
        begins: dict[str, Json] = {
            "previous_origin": last.origin,
            "previous_public_key": store.public_key,
            "previous_events": last.number,
            "previous_head": last.hash,
        }
        first = chain.make(fresh.origin, Head(), EventKind.KEY_ROTATED, (now, last.recorded_at), begins)
        first = replace(first, signature=fresh.sign_event(first.hash))
        transaction.join([first], fresh.public_key, store.device)
        after("appended")
    after("committed")
    settle(folder, store)
    after("replaced")
    return Rotation(last.origin, last.number, fresh.origin, fresh.public_key)


def settle(folder: Path, store: Store) -> bool:
    """Finish a rotation that was committed and perhaps cut short; tell whether the key in the folder is another now.

    Raises:
        StorageFailed: ``key_damaged``, ``store_unwritable`` …
    """
    home = folder / "keys"
    if not (home / NEXT).is_file():
        return False
    fresh = keys.load(home / NEXT, create=False)
    if all(head.origin != fresh.origin for head in store.origins()):
        return False  # not committed: the old key counts, and the next rotation takes this one
    with write_failures(home / KEY):
        os.replace(home / NEXT, home / KEY)
        sync_folder(home)
    return True


def links(events: Iterable[Event]) -> Mapping[str, Event]:
    """Return new origin → the event that ended the old one's chain, where each of the two names the other.

    Args:
        events: events of kind ``KEY_ROTATED``, of any origins.
    """
    found = list(events)
    ended = {e.hash: e for e in found if chain.is_retirement(e.kind, e.payload)}
    linked: dict[str, Event] = {}
    for event in found:
        last = ended.get(str(event.payload.get("previous_head", ""))) if event.number == 1 else None
        if last is None or last.origin != event.payload.get("previous_origin"):
            continue
        key = str(last.payload["next_public_key"])
        if keys.is_key_of(key, event.origin) and keys.is_key_of(str(event.payload["previous_public_key"]), last.origin):
            linked[event.origin] = last
    return linked


def own_keys(store: Store) -> list[str]:
    """Return this workspace's public key and those it had before, newest first, up to one that was stolen.

    A workspace that was restored from a backup is what it was before too: the old key could not say so any more, but
    of its own past a workspace is believed. Others believe it only as far as they know the new key.
    """
    linked = links(store.events(kinds=[EventKind.KEY_ROTATED]))
    restored = {event.origin: event.payload for event in store.events(kinds=[EventKind.WORKSPACE_RESTORED])}
    public = {head.origin: head.public_key for head in store.origins()}
    found, origin = [store.public_key], store.origin
    while (before := _before(origin, linked, restored)) in public and public[before] not in found:
        origin = before
        found.append(public[origin])
    return found


def _before(origin: str, linked: Mapping[str, Event], restored: Mapping[str, Mapping[str, Json]]) -> str:
    """Return what an origin was before, empty if it was nothing or that key was stolen."""
    last = linked.get(origin)
    told = restored.get(origin, {}) if last is None else last.payload
    before = told.get("previous_origin") if last is None else last.origin
    return "" if told.get("stolen") else str(before or "")


def own_origins(store: Store) -> set[str]:
    """Return this workspace's origin and those it was before."""
    return {origin_of(key) for key in own_keys(store)}


def successors(known: Iterable[str], events: Iterable[Event]) -> set[str]:
    """Return the origins of ``known`` and those that they became by rotation."""
    accepted = set(known)
    linked = links(event for event in events if event.kind == EventKind.KEY_ROTATED)
    while fresh := {new for new, last in linked.items() if last.origin in accepted} - accepted:
        accepted |= fresh
    return accepted
