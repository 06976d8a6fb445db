"""Reading a store on any SQL database: all of it, or what one unit's people may see."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection, Select, Table, func, select, union

from eradication.domain import AdminUnit, Event, EventKind, Fixes, Lineage, Waypoint
from eradication.domain.event import iso, parse_iso
from eradication.store import blobs, naming, owning, paging, places, queries, schema, tracks
from eradication.store.contract import BBox, Page, Records, Row, Slice
from eradication.store.database import Database
from eradication.store.files import failed
from eradication.store.layers import spec_of
from eradication.store.sight import Sight

_AT_ONCE = 200


class RelationalReading:
    """See :class:`eradication.store.contract.Reading`."""

    def __init__(self, database: Database, originals: Path, sight: Sight) -> None:
        """Read from ``database``, which is at this program's version, what ``sight`` shows."""
        self._database, self._originals, self._sight = database, originals, sight
        self._units: tuple[object, list[tuple[str, AdminUnit]]] = None, []

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.reading(self._sight.unit) as connection, self._explained():
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, KeyError, TypeError) as error:
            raise failed("store_damaged", self._database.where, error) from error

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """See the contract."""
        with self._reading() as connection:
            return queries.read_events(connection, as_of, kinds, *self._sight.of(schema.events))

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        with self._reading() as connection:
            found = naming.found(connection, names, *self._sight.of(schema.events))
            return sorted((event for event in found if event.kind in kinds), key=lambda event: event.order)

    def latest(self) -> datetime | None:
        """See the contract."""
        columns = schema.events.c
        with self._reading() as connection:
            last = connection.scalar(select(func.max(columns.recorded_at)).where(*self._sight.of(schema.events)))
        return None if last is None else parse_iso(last)

    def hours(self, kinds: Collection[EventKind]) -> set[datetime]:
        """See the contract."""
        columns = schema.events.c
        query = select(func.substr(columns.happened_at, 1, len("2026-01-01T00"))).distinct()
        query = query.where(columns.kind.in_([str(kind) for kind in kinds]), *self._sight.of(schema.events))
        with self._reading() as connection:
            return {parse_iso(f"{hour}:00:00+00:00") for hour in connection.scalars(query)}

    def tracks(self, patrol_ids: Collection[str] = (), *, bbox: BBox | None = None) -> Iterator[tuple[str, Fixes]]:
        """See the contract."""
        table = schema.track_segments
        seen = self._sight.of(table)
        wanted = select(table.c.fid).where(*seen).order_by(table.c.patrol_id, table.c.segment)
        if patrol_ids:
            wanted = wanted.where(table.c.patrol_id.in_(patrol_ids))
        if bbox:
            wanted = wanted.where(self._database.near(table, bbox))
        with self._reading() as connection:
            ids = connection.scalars(wanted).all()
        # No connection stays open between two segments: the caller may take its time, or write.
        for some in batched(ids, _AT_ONCE):
            query = select(table.c.patrol_id, table.c.packed).where(table.c.fid.in_(some), *seen)
            with self._reading() as connection:
                rows = connection.execute(query.order_by(table.c.patrol_id, table.c.segment)).all()
                found = [(patrol, tracks.unpack(packed)) for patrol, packed in rows]
            yield from ((p, fixes) for p, fixes in found if not bbox or tracks.crosses(fixes, shapely.box(*bbox)))

    def tracked(self) -> frozenset[str]:
        """See the contract."""
        tables = schema.track_segments, schema.waypoints
        named = (select(table.c.patrol_id).where(*self._sight.of(table)) for table in tables)
        with self._reading() as connection:
            return frozenset(connection.scalars(union(*named)))

    def waypoints(self, patrol_ids: Collection[str] = ()) -> list[tuple[str, Waypoint]]:
        """See the contract."""
        table = schema.waypoints
        query = select(table).where(*self._sight.of(table)).order_by(table.c.patrol_id, table.c.position)
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
            query = query.where(*self._sight.of_places(connection, table))
            rows = queries.as_rows(connection.execute(query))
        return rows if bbox is None else [r for r in rows if shapely.intersects(r["geometry"], shapely.box(*bbox))]

    def page(self, wanted: Slice) -> Page:
        """See the contract."""
        spec_of(wanted.layer)
        with self._reading() as connection:
            seen = self._sight.of_places(connection, schema.LAYER_TABLES[wanted.layer])
            return paging.read(connection, self._database, seen, wanted)

    def original(self, sha256: str) -> Path | None:
        """See the contract."""
        if self._sight.unit and not self._may_open(sha256):
            return None
        return blobs.find(self._originals, sha256)

    def _may_open(self, sha256: str) -> bool:
        """Tell whether every event that names a file is the unit's own, and brings a track or a photo."""
        if not blobs.is_sha256(sha256):
            return False
        columns = schema.events.c
        naming = select(columns.origin, columns.number, columns.kind).where(columns.payload.contains(sha256))
        with self._database.reading() as connection:
            named = connection.execute(naming).all()
        with self._reading() as connection:
            seen = connection.execute(naming.where(*self._sight.of(schema.events))).all()
        return bool(seen) and len(seen) == len(named) and all(kind in owning.OF_ONE_UNIT for *_, kind in seen)

    def records(self, since: datetime | None = None) -> Records:
        """See the contract."""
        after = iso(since) if since else ""
        table = schema.patrols
        with self._reading() as connection:
            query = select(table).where(table.c.recorded_at > after, *self._sight.of(table)).order_by(table.c.patrol_id)
            patrols = tuple(queries.patrol(connection, row) for row in connection.execute(query).mappings())
        units = [r for r in self._sorted(schema.admin_units, places.UNIT_KEY) if r["recorded_at"] > after]
        lineage = [r for r in self._sorted(schema.lineage, places.LINEAGE_KEY) if r["recorded_at"] > after]
        return Records(
            patrols,
            tuple((places.unit_from(row), parse_iso(row["recorded_at"])) for row in units),
            tuple((places.lineage_from(row), parse_iso(row["recorded_at"])) for row in lineage),
        )
