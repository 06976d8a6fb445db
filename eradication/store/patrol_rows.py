"""Rows of patrols in a relational store: kept in the one version that wins, thinned where their time is over."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from eradication.domain.event import iso, parse_iso
from eradication.store import rows as rows_as
from eradication.store import schema, tracks
from eradication.store.contract import PatrolRecord, Thinned


def keep(
    connection: Connection, records: Sequence[PatrolRecord], now: datetime, thinned: Collection[str]
) -> frozenset[str]:
    """Keep records, each in the version that wins (:func:`eradication.store.tracks.wins`); return the tables written.

    Args:
        connection: that writes.
        records: fixes and waypoints of patrols.
        now: of this transaction: what is recorded now was not recorded elsewhere.
        thinned: patrols whose fixes do not come back.
    """
    written: set[str] = set()
    for record in records:
        written |= _keep(connection, record, now, record.patrol_id in thinned)
    return frozenset(written)


def _keep(connection: Connection, record: PatrolRecord, now: datetime, thinned: bool) -> set[str]:
    table, content = schema.patrols, tracks.content(record)
    mine = table.c.patrol_id == record.patrol_id
    found = connection.execute(select(table.c.content, table.c.recorded_at).where(mine)).first()
    recorded_at = max(iso(record.recorded_at), found.recorded_at if found else "")
    if found is None and thinned:
        record = tracks.emptied(record)
        content = tracks.content(record)
    if found is None or (not thinned and _wins(connection, record, content, found.content)):
        return _write(connection, record, {"content": content, "recorded_at": recorded_at})
    if recorded_at > found.recorded_at and record.recorded_at != now:
        connection.execute(update(table).where(mine).values(recorded_at=recorded_at))
    return set()


def _wins(connection: Connection, record: PatrolRecord, content: str, kept: str) -> bool:
    """Tell the same as :func:`eradication.store.tracks.wins` without reading what is kept."""
    told, known = bool(record.segments or record.waypoints), _has_rows(connection, record.patrol_id)
    return content < kept if told == known else told


def _has_rows(connection: Connection, patrol_id: str) -> bool:
    return any(
        connection.scalar(select(table.c.fid).where(table.c.patrol_id == patrol_id).limit(1)) is not None
        for table in (schema.track_segments, schema.waypoints)
    )


def _write(connection: Connection, record: PatrolRecord, version: dict[str, str]) -> set[str]:
    for table in (schema.track_segments, schema.waypoints, schema.patrols):
        connection.execute(delete(table).where(table.c.patrol_id == record.patrol_id))
    head = {"patrol_id": record.patrol_id, "unit": record.unit, "name": record.name, "kind": record.kind}
    connection.execute(insert(schema.patrols), [head | version])
    if record.segments:
        rows = [rows_as.of_segment(record.patrol_id, n, packed) for n, packed in enumerate(record.segments)]
        connection.execute(insert(schema.track_segments), rows)
    if record.waypoints:
        connection.execute(insert(schema.waypoints), rows_as.of_waypoints(record))
    return {"patrols", "track_segments", "waypoints"}


def thin(connection: Connection, patrol_ids: Collection[str]) -> Thinned:
    """Delete fixes and waypoints of patrols; in a file their bytes are overwritten."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    segments, points = schema.track_segments, schema.waypoints
    wanted = sorted(set(patrol_ids))
    mine = segments.c.patrol_id.in_(wanted), points.c.patrol_id.in_(wanted)
    table = schema.patrols
    both = or_(
        table.c.patrol_id.in_(select(segments.c.patrol_id).where(mine[0])),
        table.c.patrol_id.in_(select(points.c.patrol_id).where(mine[1])),
    )
    full = connection.execute(select(table).where(both)).mappings().all()
    sums = select(func.coalesce(func.sum(segments.c.fixes), 0), func.coalesce(_bytes(), 0)).where(mine[0])
    fixes, size = connection.execute(sums).one()
    connection.execute(delete(segments).where(mine[0]))
    connection.execute(delete(points).where(mine[1]))
    for row in full:
        # What tells versions apart is again the hash of what is here: nothing.
        head = row["patrol_id"], row["unit"], row["name"], row["kind"]
        left = PatrolRecord(*head, (), (), parse_iso(row["recorded_at"]))
        own = update(table).where(table.c.patrol_id == row["patrol_id"])
        connection.execute(own.values(content=tracks.content(left)))
    return Thinned(len(full), int(fixes), int(size))


def _bytes() -> Any:
    return func.sum(func.length(schema.track_segments.c.packed))
