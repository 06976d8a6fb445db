"""What a store does on any SQL database: tables by SQLAlchemy, a folder of originals and a key."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path
from types import TracebackType
from typing import Any

import shapely
from sqlalchemy import Connection, Select, Table, select

from eradication.domain import AdminUnit, Event, EventKind, Fixes, Lineage, Waypoint
from eradication.domain.event import iso, parse_iso
from eradication.store import blobs, chain, clock, moving, places, queries, schema, tracks
from eradication.store.contract import BBox, Held, OriginHead, Records, Row
from eradication.store.database import Database
from eradication.store.files import failed
from eradication.store.keys import Signer
from eradication.store.layers import spec_of
from eradication.store.transaction import RelationalTransaction

_AT_ONCE = 200


class RelationalStore:
    """See :class:`eradication.store.contract.Store`."""

    tolerance: timedelta = clock.TOLERANCE
    """A clock that steps back by more than this is told of by an event."""

    def __init__(
        self, database: Database, folder: Path, signer: Signer, device: str, now: Callable[[], datetime]
    ) -> None:
        """Use ``database``, already at this program's version; ``now`` says when something is recorded."""
        self.device = device
        self.origin, self.public_key, self.sign = signer.origin, signer.public_key, signer.sign
        self.signed, self.noted = signer.signed, signer.noted
        self._signer, self._now, self._database = signer, now, database
        self._units: tuple[object, list[tuple[str, AdminUnit]]] = None, []
        self._originals = folder / "originals"
        blobs.tidy(self._originals)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.reading() as connection:
            try:
                yield connection
            except (ValueError, KeyError, TypeError) as error:
                raise failed("store_damaged", self._database.where, error) from error

    @contextmanager
    def everything(self) -> Iterator[Connection]:
        """Give a connection that sees one committed state, all of it; for whoever copies the whole store."""
        with self._reading() as connection:
            self._database.see_everything(connection)
            yield connection

    @contextmanager
    def held(self) -> Iterator[Connection]:
        """Keep every other writer out, for as long as it takes; what is done on the connection is committed at the end.

        Raises:
            StorageFailed: ``store_locked`` …
        """
        with self._database.writing() as connection:
            self._database.see_everything(connection)
            yield connection

    def moved_to(self) -> str:
        """Return where this store was moved, empty if it was not: see :mod:`eradication.store.moving`."""
        with self._reading() as connection:
            return moving.moved_to(connection)

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """See the contract."""
        with self._reading() as connection:
            return queries.read_events(connection, as_of, kinds)

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        columns, found = schema.events.c, []
        with self._reading() as connection:
            for origin, last in connection.execute(select(schema.origins.c.origin, schema.origins.c.events)).all():
                known = heads.get(origin, 0)
                if last > known:
                    query = select(*queries.EVENTS).where(columns.origin == origin, columns.number > known)
                    query = query.where(columns.kind.in_([str(kind) for kind in kinds]))
                    found += [chain.read_row(row) for row in connection.execute(query).mappings()]
        return sorted(found, key=lambda event: event.order)

    @contextmanager
    def transaction(self) -> Iterator[RelationalTransaction]:
        """See the contract."""
        with self._database.writing() as connection:
            moving.check(connection, self._database.where)
            reading = clock.Reading(self._now(), self.tolerance)
            transaction = RelationalTransaction(connection, self._signer, self.device, reading, self._originals)
            yield transaction
            transaction.finish()
            self._database.note_changes(connection, transaction.touched)
            heads = transaction.heads() if "events" in transaction.touched else {}
        if heads:
            shown = reading.now if transaction.recorded else None
            self._signer.note_committed(heads, shown, stepped_back=transaction.stepped_back)

    def tracks(self, patrol_ids: Collection[str] = (), *, bbox: BBox | None = None) -> Iterator[tuple[str, Fixes]]:
        """See the contract."""
        table = schema.track_segments
        wanted = select(table.c.fid).order_by(table.c.patrol_id, table.c.segment)
        if patrol_ids:
            wanted = wanted.where(table.c.patrol_id.in_(patrol_ids))
        if bbox:
            wanted = wanted.where(self._database.near(table, bbox))
        with self._reading() as connection:
            ids = connection.scalars(wanted).all()
        # No connection stays open between two segments: the caller may take its time, or write.
        for some in batched(ids, _AT_ONCE):
            query = select(table.c.patrol_id, table.c.packed).where(table.c.fid.in_(some))
            with self._reading() as connection:
                rows = connection.execute(query.order_by(table.c.patrol_id, table.c.segment)).all()
                found = [(patrol, tracks.unpack(packed)) for patrol, packed in rows]
            yield from ((p, fixes) for p, fixes in found if not bbox or tracks.crosses(fixes, shapely.box(*bbox)))

    def waypoints(self, patrol_ids: Collection[str] = ()) -> list[tuple[str, Waypoint]]:
        """See the contract."""
        table = schema.waypoints
        query = select(table).order_by(table.c.patrol_id, table.c.position)
        if patrol_ids:
            query = query.where(table.c.patrol_id.in_(patrol_ids))
        with self._reading() as connection:
            return [(row["patrol_id"], queries.waypoint(row)) for row in connection.execute(query).mappings()]

    def units(self, *, as_of: datetime | None = None) -> list[AdminUnit]:
        """See the contract.

        Outlines are large, and one question asks for them many times: they are read again only if a row is another.
        """
        columns = schema.admin_units.c
        with self._reading() as connection:
            stamps = connection.execute(select(*(columns[name] for name in (*places.UNIT_KEY, "recorded_at")))).all()
        known = sorted(map(tuple, stamps))
        if known != self._units[0]:
            rows = self._sorted(schema.admin_units, places.UNIT_KEY)
            self._units = known, [(row["recorded_at"], places.unit_from(row)) for row in rows]
        return [unit for at, unit in self._units[1] if as_of is None or at <= iso(as_of)]

    def lineage(self) -> list[Lineage]:
        """See the contract."""
        return [places.lineage_from(row) for row in self._sorted(schema.lineage, places.LINEAGE_KEY)]

    def _sorted(self, table: Table, key: tuple[str, ...]) -> list[dict[str, Any]]:
        with self._reading() as connection:
            rows = connection.execute(select(table).order_by(*(table.c[name] for name in key))).mappings()
            return [dict(row) for row in rows]

    def layer(
        self, name: str, *, bbox: BBox | None = None, only: Mapping[str, Collection[str]] | None = None
    ) -> list[Row]:
        """See the contract."""
        spec, table = spec_of(name), schema.LAYER_TABLES[name]
        query: Select[Any] = select(*queries.layer_columns(name)).order_by(*(table.c[column] for column in spec.key))
        if bbox and spec.geometry_type:
            query = query.where(self._database.near(table, bbox))
        query = queries.chosen(query, table, only)
        with self._reading() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return rows if bbox is None else [r for r in rows if shapely.intersects(r["geometry"], shapely.box(*bbox))]

    def original(self, sha256: str) -> Path | None:
        """See the contract."""
        return blobs.find(self._originals, sha256)

    def origins(self) -> list[OriginHead]:
        """See the contract."""
        columns = schema.origins.c
        query = select(columns.origin, columns.label, columns.public_key, columns.events, columns.head)
        with self._reading() as connection:
            return [OriginHead(*row) for row in connection.execute(query.order_by(columns.origin))]

    def pending(self) -> list[Held]:
        """See the contract."""
        table = schema.pending_events
        with self._reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.origin, table.c.number)).mappings()
            return [Held(chain.from_row(row), row["public_key"], row["label"]) for row in rows]

    def stored(self) -> Iterator[Mapping[Any, Any]]:
        """See the contract."""
        query = select(*queries.EVENTS).order_by(schema.events.c.origin, schema.events.c.number)
        with self._reading() as connection:
            yield from connection.execute(query).mappings()

    def records(self, since: datetime | None = None) -> Records:
        """See the contract."""
        after = iso(since) if since else ""
        table = schema.patrols
        with self._reading() as connection:
            query = select(table).where(table.c.recorded_at > after).order_by(table.c.patrol_id)
            patrols = tuple(queries.patrol(connection, row) for row in connection.execute(query).mappings())
        units = [r for r in self._sorted(schema.admin_units, places.UNIT_KEY) if r["recorded_at"] > after]
        lineage = [r for r in self._sorted(schema.lineage, places.LINEAGE_KEY) if r["recorded_at"] > after]
        return Records(
            patrols,
            tuple((places.unit_from(row), parse_iso(row["recorded_at"])) for row in units),
            tuple((places.lineage_from(row), parse_iso(row["recorded_at"])) for row in lineage),
        )

    def close(self) -> None:
        """See the contract."""
        self._database.close()

    def __enter__(self) -> "RelationalStore":
        """Return the store itself; it is closed at the end of the ``with``."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
