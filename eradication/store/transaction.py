"""Writing to a database: everything here happens on its one writing connection, between BEGIN and COMMIT."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, select, update

from eradication.domain import AdminUnit, Event, EventKind, Json, Lineage, Patrol
from eradication.domain.event import iso
from eradication.store import (
    blobs,
    chain,
    clock,
    layers,
    naming,
    owning,
    patrol_rows,
    places,
    queries,
    schema,
    thinning,
    tracks,
)
from eradication.store import rows as rows_as
from eradication.store.chain import Head
from eradication.store.contract import Joined, PatrolRecord, Records, Row, Thinned
from eradication.store.events_inside import EventsInside
from eradication.store.files import failed
from eradication.store.keys import Signer


class RelationalTransaction(EventsInside):
    """See :class:`eradication.store.contract.Transaction`."""

    def __init__(
        self, connection: Connection, signer: Signer, device: str, reading: clock.Reading, originals: Path
    ) -> None:
        """Begin at the head of this origin's chain."""
        super().__init__(connection)
        self._signer, self._device, self._originals = signer, device, originals
        self._head = self._head_of(signer.origin)
        self._reading, self._now = reading, chain.next_time(self._head, reading.now)
        self.touched: set[str] = set()
        self._named: set[str] = set()
        """Units that rows written here name."""
        self._new_tables = False
        self.stepped_back = False

    def append(self, kind: EventKind, happened_at: datetime, payload: Mapping[str, Json]) -> Event:
        """See the contract."""
        if not self._own:
            self._check_not_rolled_back()
            step = clock.step_back(self._reading, self._shown(), self._ahead())
            self.stepped_back = step is not None
            if step is not None:
                self._append(EventKind.CLOCK_STEPPED_BACK, self._reading.now, step)
        return self._append(kind, happened_at, payload)

    def _append(self, kind: EventKind, happened_at: datetime, payload: Mapping[str, Json]) -> Event:
        event = chain.make(self._signer.origin, self._head, kind, (happened_at, self._now), payload)
        self._head = chain.head_of(event)
        # Written at the end only: until then nobody knows which event is the last, and rows are never edited.
        self._own.append(event)
        return event

    def finish(self) -> None:
        """Sign and write what was appended, and note whose the rows are."""
        if self._own:
            last = self._own[-1]
            self._own[-1] = replace(last, signature=self._signer.sign_event(last.hash))
            self._write(self._own, self._signer.public_key, self._device)
        owning.register(self._db, self._named, new_tables=self._new_tables)

    def _check_not_rolled_back(self) -> None:
        number, event_hash = self._signer.signed()
        table = schema.events
        own = and_(table.c.origin == self._signer.origin, table.c.number == number)
        lost = number > 0 and self._db.scalar(select(table.c.hash).where(own)) != event_hash
        if lost or self._stored(schema.pending_events, self._signer.origin):
            raise failed("store_rolled_back", self._originals.parent)
        if self._head.retired:
            raise failed("key_retired", self._originals.parent)

    def _shown(self) -> datetime | None:
        """Return what this device's clock showed before."""
        table = schema.events
        own = and_(table.c.origin == self._signer.origin, table.c.kind == str(EventKind.CLOCK_STEPPED_BACK))
        last = self._head.recorded_at
        step = None
        if last is not None and chain.instant(self._reading.now) < last:
            query = select(*queries.EVENTS).where(own).order_by(table.c.number.desc()).limit(1)
            row = self._db.execute(query).mappings().first()
            step = chain.read_row(row) if row else None
        return clock.reached(self._head, step, self._signer.noted())

    def _ahead(self) -> tuple[int, int] | None:
        """Return first and last number of this origin's events that were recorded later than the clock shows now."""
        now, last = chain.instant(self._reading.now), self._head.recorded_at
        if last is None or last <= now:
            return None
        table = schema.events
        later = and_(table.c.origin == self._signer.origin, table.c.recorded_at > iso(now))
        first = self._db.scalar(select(func.min(table.c.number)).where(later))
        return first or self._head.number, self._head.number

    @property
    def recorded(self) -> bool:
        """True if events of this origin were appended."""
        return bool(self._own)

    def heads(self) -> dict[str, tuple[int, str]]:
        """Return where each chain ends now."""
        columns = schema.origins.c
        return {
            row[0]: (row[1], row[2]) for row in self._db.execute(select(columns.origin, columns.events, columns.head))
        }

    def _head_of(self, origin: str) -> Head:
        table = schema.events
        query = select(*queries.EVENTS).where(table.c.origin == origin).order_by(table.c.number.desc()).limit(1)
        row = self._db.execute(query).mappings().first()
        return chain.head_of(chain.read_row(row)) if row else Head()

    def _current(self, origin: str) -> Head:
        return self._head if origin == self._signer.origin else self._head_of(origin)

    def _write(self, events: Sequence[Event], public_key: str, label: str) -> None:
        self._read = None
        origin, last = events[0].origin, events[-1]
        table = schema.origins
        if self._db.scalar(select(table.c.fid).where(table.c.origin == origin)) is None:
            begun = {"label": label, "public_key": public_key, "events": 0, "head": events[0].previous}
            self._db.execute(insert(table).values(origin=origin, **begun))
        self._db.execute(insert(schema.events), [chain.to_row(event) for event in events])
        naming.note_written(self._db, events)
        if whose := owning.rows_of(events):
            self._db.execute(insert(schema.event_units), whose)
            self._named |= {row["named"] for row in whose}
        self._new_tables |= any(event.kind is EventKind.UNITS_RECORDED for event in events)
        end = {"label": label, "events": last.number, "head": last.hash}
        self._db.execute(update(table).where(table.c.origin == origin).values(end))
        self.touched |= {"events", "origins"}

    def merge(self, event: Event, public_key: str, label: str) -> bool:
        """See the contract."""
        if event.number > self._current(event.origin).number + 1:
            raise chain.gap(event)
        return self.join([event], public_key, label).added > 0

    def join(self, events: Sequence[Event], public_key: str, label: str) -> Joined:
        """See the contract."""
        if not events:
            return Joined(0, 0, 0)
        chain.check(events, public_key)
        origin = events[0].origin
        known = {event.number: event.hash for event in self._stored(schema.events, origin, events)}
        waiting = {event.number: event for event in self._stored(schema.pending_events, origin)}
        known |= {event.number: event.hash for event in self._own if event.origin == origin}
        plan = chain.plan_join(self._current(origin), known.get, waiting, events)
        self._carry_out(plan, origin, public_key, label)
        return Joined(len(plan.append), plan.known, len(plan.hold))

    def _stored(self, table: Table, origin: str, near: Sequence[Event] = ()) -> list[Event]:
        query = select(*(table.c[name] for name in chain.COLUMNS)).where(table.c.origin == origin)
        if near:
            numbers = [event.number for event in near]
            query = query.where(table.c.number.between(min(numbers), max(numbers)))
        return [chain.read_row(row) for row in self._db.execute(query).mappings()]

    def _carry_out(self, plan: chain.JoinPlan, origin: str, public_key: str, label: str) -> None:
        table = schema.pending_events
        if plan.release:
            gone = and_(table.c.origin == origin, table.c.number <= max(plan.release))
            self._db.execute(delete(table).where(gone))
        if plan.append:
            self._write(plan.append, public_key, label)
            if origin == self._signer.origin:
                # This device's own later events come back from others, after a restored backup.
                self._head = chain.head_of(plan.append[-1])
                self._now = chain.next_time(self._head, self._now)
        if plan.hold:
            kept = [{**chain.to_row(event), "public_key": public_key, "label": label} for event in plan.hold]
            self._db.execute(insert(table), kept)
            self.touched.add("pending_events")

    def add_tracks(self, patrol: Patrol) -> str:
        """See the contract."""
        record = tracks.record(patrol, self._now)
        self._keep_patrols([record], ())
        return tracks.content(record)

    def _keep_patrols(self, records: Sequence[PatrolRecord], thinned: Collection[str]) -> None:
        self._named |= {record.unit for record in records} - {""}
        self.touched |= patrol_rows.keep(self._db, records, self._now, thinned)

    def thin(self, patrol_ids: Collection[str]) -> Thinned:
        """See the contract."""
        told = patrol_rows.thin(self._db, patrol_ids)
        if told.patrols:
            self.touched |= {"patrols", "track_segments", "waypoints"}
        return told

    def add_units(self, units: Iterable[AdminUnit], lineage: Iterable[Lineage]) -> dict[str, str]:
        """See the contract."""
        unit_rows = [places.unit_row(unit, self._now) for unit in units]
        lineage_rows = [places.lineage_row(change, self._now) for change in lineage]
        self._keep_places(unit_rows, lineage_rows, newest=True)
        return places.fingerprints(unit_rows)

    def _keep_places(self, units: list[places.PlainRow], lineage: list[places.PlainRow], *, newest: bool) -> None:
        self._keep(schema.admin_units, places.UNIT_KEY, units, newest=newest)
        self._keep(schema.lineage, places.LINEAGE_KEY, lineage, newest=newest)

    def _keep(self, table: Table, key: tuple[str, ...], rows: list[places.PlainRow], *, newest: bool) -> None:
        if not rows:
            return
        stored = (dict(row) for row in self._db.execute(select(table)).mappings())
        existing = {places.key_of(row, key): row for row in stored}
        changed = places.choose(existing, rows, key, newest=newest)
        if changed:
            for row in changed:
                row.pop("fid", None)
            self._upsert(table, key, changed)

    def _upsert(self, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        statement = queries.insert_or_else(self._db, table)
        fresh = {c.name: statement.excluded[c.name] for c in table.c if c.name not in (*key, "fid")}
        self._db.execute(statement.on_conflict_do_update(index_elements=list(key), set_=fresh), rows)
        self.touched.add(table.name)

    def put_original(self, source: Path) -> str:
        """See the contract."""
        return blobs.put(self._originals, source)

    def replace_layer(
        self, name: str, rows: Iterable[Row], *, only: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """See the contract."""
        wanted = layers.settle(name, rows)
        spec, table = layers.spec_of(name), schema.LAYER_TABLES[name]
        query = queries.chosen(select(*queries.layer_columns(name)), table, only)
        stored = (dict(row) for row in self._db.execute(query).mappings())
        existing = {places.key_of(row, spec.key): row for row in stored}
        gone = [dict(zip(spec.key, key, strict=True)) for key in existing.keys() - wanted.keys()]
        if gone:
            match = and_(*(table.c[column] == bindparam(f"old_{column}") for column in spec.key))
            self._db.execute(delete(table).where(match), [{f"old_{c}": v for c, v in row.items()} for row in gone])
            self.touched.add(name)
        place = "geom" if spec.geometry_type else ""
        changed = [rows_as.of_layer(row, place) for key, row in wanted.items() if existing.get(key) != row]
        if changed:
            self._named |= owning.names_in(changed)
            self._upsert(table, spec.key, changed)

    def add_records(self, records: Records) -> None:
        """See the contract."""
        self._keep_patrols(records.patrols, thinning.in_force(self))
        self._keep_places(
            [places.unit_row(unit, when) for unit, when in records.units],
            [places.lineage_row(change, when) for change, when in records.lineage],
            newest=False,
        )
