"""Bundles: laptops that were offline for weeks become one ledger, in any order, however often a bundle is read.

A bundle is a ZIP of ``manifest.json`` (hashes of all members, signed by the store that wrote it), ``events.jsonl``,
``patrols.jsonl``, ``units.jsonl``, ``lineage.jsonl`` and ``originals/<sha256>``. Who wrote the bundle need not have
written the events: each origin's events are signed by itself, so any store may pass them on. Events whose predecessors
have not come yet are held, and join when the gap closes.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from eradication.domain import Event, EventKind
from eradication.domain.event import canonical, iso
from eradication.errors import N_, RefusedInput
from eradication.store import archive, blobs, carriage, chain, keys, rotation, thinning
from eradication.store.audit import originals_of
from eradication.store.contract import Records, Store
from eradication.store.files import sync_folder, write_failures

FORMAT, VERSION = "eradication-bundle", 1
_SIGNED = b"eradication bundle\n"
_TABLES = ("events.jsonl", "patrols.jsonl", "units.jsonl", "lineage.jsonl")
_BOUNDS = archive.Bounds()


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What a bundle took along or brought."""

    path: str
    origins: int
    """Origins with events in it."""
    events: int
    """Events in it."""
    added: int
    """Events that are new here; 0 when writing."""
    known: int
    """Events that were here already."""
    pending: int
    """Foreign events that still wait here for others after this."""
    patrols: int
    units: int
    originals: int
    missing_originals: tuple[str, ...]
    """Hashes of files its events name and that are missing or damaged where it was written or read."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose signature, hashes and chains were checked."""

    path: Path
    exporter: str
    devices: Mapping[str, tuple[str, str]]
    """Origin → public key and label."""
    events: tuple[Event, ...]
    """By origin and number."""
    records: Records
    originals: tuple[str, ...]


def write(store: Store, out: Path, since: datetime | None = None) -> BundleReport:
    """Write what was recorded after ``since`` (everything if ``None``) to ``out``.

    Transactions are never split. The file appears whole or not at all.

    Raises:
        StorageFailed: ``disk_full`` …
    """
    # First those that wait: should they be joined meanwhile, they come twice and not never.
    waiting = store.pending()
    devices = {held.event.origin: (held.public_key, held.label) for held in waiting}
    found = {event.key: event for event in (*(held.event for held in waiting), *store.events())}
    devices |= {head.origin: (head.public_key, head.label) for head in store.origins()}
    chosen = [event for _, event in sorted(found.items()) if since is None or event.recorded_at > since]
    records = store.records(since)
    named = sorted({sha256 for event in chosen for sha256 in originals_of(event)})
    kept = {s: path for s in named if (path := store.original(s)) is not None and blobs.is_whole(path, s)}
    fresh = out.with_name(f".{out.name}.{os.getpid()}")
    with write_failures(out):
        try:
            with fresh.open("wb") as file:
                writer = archive.Writer(file)
                for name, content in zip(_TABLES, _tables(chosen, records), strict=True):
                    writer.add(name, content)
                for sha256, path in kept.items():
                    writer.add_file(f"originals/{sha256}", path, sha256)
                used = {event.origin: devices[event.origin] for event in chosen}
                writer.add_unlisted("manifest.json", _manifest(store, used, writer.members, since))
                writer.close()
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, out)
            sync_folder(out.parent)
        finally:
            fresh.unlink(missing_ok=True)
    gone = thinning.gone_by_right(store)
    missing = tuple(sha256 for sha256 in named if sha256 not in kept and sha256 not in gone)
    return BundleReport(
        str(out), len(used), len(chosen), 0, 0, 0, len(records.patrols), len(records.units), len(kept), missing
    )


def _tables(events: Iterable[Event], records: Records) -> tuple[bytes, bytes, bytes, bytes]:
    return (
        carriage.lines(carriage.event_out(event) for event in events),
        carriage.lines(carriage.patrol_out(record) for record in records.patrols),
        carriage.lines(carriage.unit_out(unit, when) for unit, when in records.units),
        carriage.lines(carriage.change_out(change, when) for change, when in records.lineage),
    )


def _manifest(
    store: Store,
    devices: Mapping[str, tuple[str, str]],
    members: Mapping[str, Mapping[str, str | int]],
    since: datetime | None,
) -> bytes:
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "exporter": store.origin,
        "public_key": store.public_key,
        "label": store.device,
        "written_at": iso(datetime.now(UTC)),
        "since": iso(since) if since else None,
        "origins": [{"origin": o, "public_key": key, "label": label} for o, (key, label) in sorted(devices.items())],
        "members": {name: dict(facts) for name, facts in members.items()},
    }
    return canonical({"manifest": body, "signature": store.sign(_SIGNED + canonical(body))})


def read(path: Path, bounds: archive.Bounds = _BOUNDS) -> Bundle:
    """Read and check a bundle; nothing is stored.

    Raises:
        UnusableInput: ``no_such_file``.
        RefusedInput: ``bundle_damaged``, ``bundle_newer``, ``bundle_forged``.
    """
    with archive.reading(path, bounds) as reader:
        try:
            manifest = _read_manifest(path, reader)
            members = manifest["members"]
            if reader.names != {"manifest.json", *members} or not set(_TABLES) <= members.keys():
                raise archive.damaged(path, "its members are not those of the manifest")
            tables = {name: _member(path, reader, name, members[name]) for name in _TABLES}
            originals = tuple(sorted(_original(path, reader, name) for name in members.keys() - tables.keys()))
            devices = {entry["origin"]: (entry["public_key"], entry["label"]) for entry in manifest["origins"]}
            events = tuple(carriage.read_lines(tables["events.jsonl"], carriage.event_in))
            records = Records(
                tuple(carriage.read_lines(tables["patrols.jsonl"], carriage.patrol_in)),
                tuple(carriage.read_lines(tables["units.jsonl"], carriage.unit_in)),
                tuple(carriage.read_lines(tables["lineage.jsonl"], carriage.change_in)),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise archive.damaged(path, error) from error
    events = tuple(sorted(events, key=lambda event: event.key))
    _check_events(path, events, devices)
    return Bundle(path, manifest["exporter"], devices, events, records, originals)


def _read_manifest(path: Path, reader: archive.Reader) -> dict[str, Any]:
    if "manifest.json" not in reader.names:
        raise archive.damaged(path, "it has no manifest")
    whole = json.loads(reader.read("manifest.json"))
    body: dict[str, Any] = whole["manifest"]
    if body["format"] != FORMAT:
        raise archive.damaged(path, "it is of another kind")
    if body["version"] != VERSION:
        raise RefusedInput(
            "bundle_newer",
            N_("The bundle was written by another version of this program."),
            where=str(path),
            hint=N_("Install the same version on both machines."),
        )
    key, signature = body["public_key"], whole["signature"]
    if not keys.is_key_of(key, body["exporter"]) or not keys.is_signed(key, _SIGNED + canonical(body), signature):
        raise _forged(path, N_("The bundle is not signed by the device it names."))
    return body


def _member(path: Path, reader: archive.Reader, name: str, facts: Mapping[str, object]) -> bytes:
    content = reader.read(name)
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise archive.damaged(path, f"{name} was altered")
    return content


def _original(path: Path, reader: archive.Reader, name: str) -> str:
    folder, _, sha256 = name.partition("/")
    if folder != "originals" or reader.sha256(name) != sha256:
        raise archive.damaged(path, f"{name} was altered")
    return sha256


def _check_events(path: Path, events: tuple[Event, ...], devices: Mapping[str, tuple[str, str]]) -> None:
    for origin, some in groupby(events, key=lambda event: event.origin):
        run = list(some)
        if origin not in devices:
            raise _forged(path, N_("The bundle holds events of a device it does not name."))
        chain.check(run, devices[origin][0])
        for event, following in zip(run, [*run[1:], None], strict=True):
            linked = following is not None and following.number == event.number + 1
            if following is not None and following.number == event.number:
                raise chain.conflict(event)
            if not event.signature and not (linked and following and following.previous == event.hash):
                raise chain.forged(event, "nothing signed covers it")


def _forged(path: Path, message: str) -> RefusedInput:
    hint = N_("Do not use this bundle; ask the sender for another one.")
    return RefusedInput("bundle_forged", message, where=str(path), hint=hint)


def merge(store: Store, bundle: Bundle, accept_new_origins: bool = True) -> BundleReport:
    """Take what is new in ``bundle`` into ``store``, all of it or nothing.

    Raises:
        RefusedInput: ``unknown_origin``, ``event_conflict``, ``bundle_forged``, ``bundle_damaged``.
        StorageFailed: ``disk_full`` …
    """
    if not accept_new_origins:
        _check_known(store, bundle)
    labels = {head.origin: head.label for head in store.origins()} | {store.origin: store.device}
    added, known, gone = 0, 0, thinning.gone_by_right(store, bundle.events)
    with store.transaction() as transaction:
        with archive.reading(bundle.path, _BOUNDS) as reader, tempfile.TemporaryDirectory() as folder:
            for sha256 in bundle.originals:
                if sha256 not in gone and store.original(sha256) is None:
                    copy = Path(folder) / sha256
                    reader.extract(f"originals/{sha256}", copy)
                    if transaction.put_original(copy) != sha256:
                        raise archive.damaged(bundle.path, "it was changed while it was read")
                    copy.unlink()
        for origin, run in groupby(bundle.events, key=lambda event: event.origin):
            key, label = bundle.devices[origin]
            # Only a device itself says what it is called.
            label = label if origin == bundle.exporter else labels.get(origin, label)
            joined = transaction.join(list(run), key, label)
            added, known = added + joined.added, known + joined.known
        transaction.add_records(bundle.records)
    named = {sha256 for event in bundle.events for sha256 in originals_of(event)}
    return BundleReport(
        str(bundle.path),
        len({event.origin for event in bundle.events}),
        len(bundle.events),
        added,
        known,
        len(store.pending()),
        len(bundle.records.patrols),
        len(bundle.records.units),
        len(bundle.originals),
        tuple(sorted(sha256 for sha256 in named if sha256 not in gone and store.original(sha256) is None)),
    )


def _check_known(store: Store, bundle: Bundle) -> None:
    met = {store.origin, *(head.origin for head in store.origins())}
    known = rotation.successors(met, (*store.events(kinds=[EventKind.KEY_ROTATED]), *bundle.events))
    for origin in (bundle.exporter, *bundle.devices):
        if origin not in known:
            raise RefusedInput(
                "unknown_origin",
                N_("The bundle holds events of {label} ({origin}), which this workspace has not met."),
                where=str(bundle.path),
                hint=N_(
                    "Ask the sender to read out the name; then set bundles.accept_new_origins = true and import it."
                ),
                values={"origin": origin, "label": bundle.devices.get(origin, ("", origin))[1]},
            )
