"""Queries that reading and writing share."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Result, Select, Table, null, select
from sqlalchemy.dialects import postgresql, sqlite

from eradication.domain import Event, EventKind, Waypoint
from eradication.domain.event import iso, parse_iso
from eradication.store import chain, schema
from eradication.store.contract import PatrolRecord
from eradication.store.layers import LAYERS

EVENTS = tuple(schema.events.c[name] for name in chain.COLUMNS)
"""The columns that make an event."""
_HEADS = schema.origins.c
ORIGINS = select(_HEADS.origin, _HEADS.label, _HEADS.public_key, _HEADS.events, _HEADS.head).order_by(_HEADS.origin)
"""Asked for whenever something that is remembered is used, and so built once."""


def read_events(
    connection: Connection, as_of: datetime | None, kinds: Collection[EventKind], *seen: ColumnElement[bool]
) -> list[Event]:
    """Return stored events in canonical order; the texts of two times sort as the times."""
    columns = schema.events.c
    query = select(*EVENTS).order_by(columns.happened_at, columns.recorded_at, columns.origin, columns.number)
    query = query.where(*seen)
    if as_of is not None:
        query = query.where(columns.recorded_at <= iso(as_of))
    if kinds:
        query = query.where(columns.kind.in_([str(kind) for kind in kinds]))
    return [chain.read_row(row) for row in connection.execute(query).mappings()]


def later(connection: Connection, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
    """Return stored events of ``kinds`` numbered above ``heads``, in no order."""
    columns, found = schema.events.c, list[Event]()
    for origin, last in connection.execute(select(schema.origins.c.origin, schema.origins.c.events)).all():
        known = heads.get(origin, 0)
        if last > known:
            query = select(*EVENTS).where(columns.origin == origin, columns.number > known)
            query = query.where(columns.kind.in_([str(kind) for kind in kinds]))
            found += [chain.read_row(row) for row in connection.execute(query).mappings()]
    return found


def layer_columns(name: str, *, shapes: bool = True) -> list[ColumnElement[Any]]:
    """Return the columns that make a row of a layer; ``geometry`` is empty without ``shapes``, or where is none."""
    spec, table = LAYERS[name], schema.LAYER_TABLES[name]
    is_there = shapes and spec.geometry_type
    place: ColumnElement[Any] = table.c.geom.label("geometry") if is_there else null().label("geometry")
    return [*(table.c[column] for column in spec.columns), place]


def as_rows(result: Result[Any]) -> list[dict[str, Any]]:
    """Return the rows of an answer by the names of its columns, as plain texts: the library's own are slow to write."""
    names = [str(name) for name in result.keys()]
    return [dict(zip(names, row, strict=True)) for row in result]


def chosen(query: Select[Any], table: Table, only: Mapping[str, Collection[str]] | None) -> Select[Any]:
    """Return a query for the rows that have one of the wanted values in each of some columns."""
    for column, values in (only or {}).items():
        query = query.where(table.c[column].in_(list(values)))
    return query


def insert_or_else(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that can say what to do with a row whose key is there already."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def waypoint(row: Mapping[Any, Any]) -> Waypoint:
    """Read a row of ``waypoints``; SQLite keeps NaN as NULL, PostgreSQL as NaN."""
    lon, lat = (float("nan") if row[name] is None else row[name] for name in ("lon", "lat"))
    time = None if row["time"] is None else parse_iso(row["time"])
    return Waypoint(lon, lat, time, row["name"], row["note"])


def patrol(connection: Connection, row: Mapping[Any, Any]) -> PatrolRecord:
    """Return all that is kept of the patrol in ``row``."""
    lines, points = schema.track_segments, schema.waypoints
    segments = select(lines.c.packed).where(lines.c.patrol_id == row["patrol_id"]).order_by(lines.c.segment)
    named = select(points).where(points.c.patrol_id == row["patrol_id"]).order_by(points.c.position)
    return PatrolRecord(
        row["patrol_id"],
        row["unit"],
        row["name"],
        row["kind"],
        tuple(connection.scalars(segments)),
        tuple(waypoint(point) for point in connection.execute(named).mappings()),
        parse_iso(row["recorded_at"]),
    )
