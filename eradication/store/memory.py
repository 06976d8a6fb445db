"""A store in plain Python: the same contract without files, for tests of everything that uses a store."""

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain import AdminUnit, Event, EventKind, Json, Lineage, Patrol
from eradication.domain.succession import successions
from eradication.store import blobs, chain, clock, keys, layers, owning, places, thinning, tracks
from eradication.store.contract import Held, Joined, OriginHead, PatrolRecord, Records, Row, Thinned
from eradication.store.files import failed
from eradication.store.memory_reading import MemoryReading
from eradication.store.memory_state import State
from eradication.store.note import Note, Reach
from eradication.store.sight import Sight


class MemoryTransaction:
    """See :class:`eradication.store.contract.Transaction`."""

    def __init__(self, state: State, store: "MemoryStore", reading: clock.Reading) -> None:
        """Change ``state``, a copy."""
        self._state, self._store, self._reading = state, store, reading
        self._now = chain.next_time(state.head(store.origin), reading.now)
        self.recorded = self.stepped_back = False

    def append(self, kind: EventKind, happened_at: datetime, payload: Mapping[str, Json]) -> Event:
        """See the contract."""
        origin = self._store.origin
        if any(waiting == origin for waiting, _ in self._state.waiting):
            raise failed("store_rolled_back", self._store.folder)
        if self._state.head(origin).retired:
            raise failed("key_retired", self._store.folder)
        if not self.recorded:
            step = self._step_back()
            self.stepped_back = step is not None
            if step is not None:
                self._append(EventKind.CLOCK_STEPPED_BACK, self._reading.now, step)
        return self._append(kind, happened_at, payload)

    def _append(self, kind: EventKind, happened_at: datetime, payload: Mapping[str, Json]) -> Event:
        origin = self._store.origin
        event = chain.make(origin, self._state.head(origin), kind, (happened_at, self._now), payload)
        self._extend([event], self._store.public_key, self._store.device)
        self.recorded = True
        return event

    def _step_back(self) -> dict[str, Json] | None:
        own = self._state.chains.get(self._store.origin, [])
        step = next((e for e in reversed(own) if e.kind == EventKind.CLOCK_STEPPED_BACK), None)
        shown = clock.reached(self._state.head(self._store.origin), step, self._store.noted())
        ahead = [event.number for event in own if event.recorded_at > chain.instant(self._reading.now)]
        return clock.step_back(self._reading, shown, (ahead[0], ahead[-1]) if ahead else None)

    def _extend(self, events: Iterable[Event], public_key: str, label: str) -> None:
        for event in events:
            self._state.chains.setdefault(event.origin, []).append(event)
            self._state.devices[event.origin] = public_key, label

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """See the contract."""
        return self._state.events(as_of, kinds)

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        return self._state.naming(names, kinds)

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        return self._state.later(heads, kinds)

    def reached(self) -> dict[str, int]:
        """See the contract."""
        return {origin: self._state.head(origin).number for origin in self._state.chains}

    def finish(self, signer: keys.Signer) -> None:
        """Sign the last event appended."""
        if self.recorded:
            events = self._state.chains[signer.origin]
            events[-1] = replace(events[-1], signature=signer.sign_event(events[-1].hash))

    def merge(self, event: Event, public_key: str, label: str) -> bool:
        """See the contract."""
        if event.number > self._state.head(event.origin).number + 1:
            raise chain.gap(event)
        return self.join([event], public_key, label).added > 0

    def join(self, events: Sequence[Event], public_key: str, label: str) -> Joined:
        """See the contract."""
        if not events:
            return Joined(0, 0, 0)
        chain.check(events, public_key)
        origin = events[0].origin
        hashes = {event.number: event.hash for event in self._state.chains.get(origin, [])}
        waiting = {n: held.event for (other, n), held in self._state.waiting.items() if other == origin}
        plan = chain.plan_join(self._state.head(origin), hashes.get, waiting, events)
        for number in plan.release:
            del self._state.waiting[origin, number]
        self._extend(plan.append, public_key, label)
        if plan.append and origin == self._store.origin:
            self._now = chain.next_time(self._state.head(origin), self._now)
        for event in plan.hold:
            self._state.waiting[event.key] = Held(event, public_key, label)
        return Joined(len(plan.append), plan.known, len(plan.hold))

    def add_tracks(self, patrol: Patrol) -> str:
        """See the contract."""
        record = tracks.record(patrol, self._now)
        self._keep_patrol(record, ())
        return tracks.content(record)

    def _keep_patrol(self, record: PatrolRecord, thinned: Collection[str]) -> None:
        kept = self._state.patrols.get(record.patrol_id)
        if kept is None and record.patrol_id in thinned:
            record = tracks.emptied(record)
        if kept is not None:
            wins = record.patrol_id not in thinned and tracks.wins(record, kept)
            if not wins and record.recorded_at == self._now:
                return
            record = replace(record if wins else kept, recorded_at=max(kept.recorded_at, record.recorded_at))
        self._state.patrols[record.patrol_id] = record

    def thin(self, patrol_ids: Collection[str]) -> Thinned:
        """See the contract."""
        mine = [self._state.patrols[name] for name in sorted(set(patrol_ids)) if name in self._state.patrols]
        full = [record for record in mine if record.segments or record.waypoints]
        self._state.patrols |= {record.patrol_id: tracks.emptied(record) for record in full}
        packed = [segment for record in full for segment in record.segments]
        return Thinned(len(full), sum(len(tracks.unpack(one)) for one in packed), sum(map(len, packed)))

    def add_units(self, units: Iterable[AdminUnit], lineage: Iterable[Lineage]) -> dict[str, str]:
        """See the contract."""
        units = list(units)
        self._keep_places(((unit, self._now) for unit in units), ((change, self._now) for change in lineage), True)
        return places.fingerprints(places.unit_row(unit, self._now) for unit in units)

    def _keep_places(
        self, units: Iterable[tuple[AdminUnit, datetime]], lineage: Iterable[tuple[Lineage, datetime]], newest: bool
    ) -> None:
        unit_rows = [places.unit_row(unit, when) for unit, when in units]
        for row in places.choose(self._state.units, unit_rows, places.UNIT_KEY, newest=newest):
            self._state.units[places.key_of(row, places.UNIT_KEY)] = row
        lineage_rows = [places.lineage_row(change, when) for change, when in lineage]
        for row in places.choose(self._state.lineage, lineage_rows, places.LINEAGE_KEY, newest=newest):
            self._state.lineage[places.key_of(row, places.LINEAGE_KEY)] = row

    def put_original(self, source: Path) -> str:
        """See the contract."""
        return blobs.put(self._store.folder, source)

    def replace_layer(
        self, name: str, rows: Iterable[Row], *, only: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """See the contract."""
        wanted = layers.settle(name, rows)
        others = self._state.layers.get(name, {}) if only else {}
        kept = {key: row for key, row in others.items() if not layers.has(row, only)}
        self._state.layers[name] = kept | wanted

    def add_records(self, records: Records) -> None:
        """See the contract."""
        thinned = thinning.in_force(self)
        for record in records.patrols:
            self._keep_patrol(record, thinned)
        self._keep_places(records.units, records.lineage, False)


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryStore(MemoryReading):
    """See :class:`eradication.store.contract.Store`; originals lie in a folder that goes with the store."""

    def __init__(self, *, device: str = "memory", clock: Callable[[], datetime] = _now) -> None:
        """Begin empty, with a key of its own."""
        self._signer = keys.generate()
        self.device, self.origin, self.public_key = device, self._signer.origin, self._signer.public_key
        self.sign = self._signer.sign
        self._now, self._state, self._writing, self._note = clock, State(), False, Note()
        self._temporary = tempfile.TemporaryDirectory(prefix="eradication-")
        super().__init__(Path(self._temporary.name), lambda: self._state)

    def seen_by(self, unit: str) -> MemoryReading:
        """See the contract."""
        code = owning.looking(unit, successions(self.events(kinds=[EventKind.UNITS_RECORDED])))
        return MemoryReading(self.folder, lambda: self._state, Sight(code, self._now))

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """See the contract."""
        if self._writing:
            raise failed("store_locked", self.folder)
        self._writing = True
        try:
            state = self._state.copy()
            reading = clock.Reading(self._now())
            transaction = MemoryTransaction(state, self, reading)
            yield transaction
            transaction.finish(self._signer)
            self._state = state
            heads = {head.origin: (head.events, head.head) for head in self.origins()}
            shown = reading.now if transaction.recorded else None
            self._note = self._note.after(heads, shown, stepped_back=transaction.stepped_back)
        finally:
            self._writing = False

    def noted(self) -> Note:
        """See the contract."""
        return self._note

    def signed(self) -> Reach:
        """See the contract."""
        return self._note.reach(self.origin)

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        return self._state.later(heads, kinds)

    def origins(self) -> list[OriginHead]:
        """See the contract."""
        heads = ((origin, *self._state.devices[origin], self._state.head(origin)) for origin in self._state.chains)
        return sorted(
            (OriginHead(origin, label, key, head.number, head.hash) for origin, key, label, head in heads),
            key=lambda head: head.origin,
        )

    def pending(self) -> list[Held]:
        """See the contract."""
        return [held for _, held in sorted(self._state.waiting.items())]

    def stored(self) -> Iterator[Mapping[Any, Any]]:
        """See the contract."""
        for _, events in sorted(self._state.chains.items()):
            yield from map(chain.to_row, events)

    def forget(self, originals: Collection[str]) -> int:
        """See the contract."""
        return thinning.remove(self.folder, originals)

    def close(self) -> None:
        """See the contract."""
        self._temporary.cleanup()

    def __enter__(self) -> "MemoryStore":
        """Return the store itself; it is closed at the end of the ``with``."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
