"""Some rows of a layer, in an order, out of many: counted and cut where they are kept; it costs what is shown."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import shapely
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)

from eradication.store import queries, schema
from eradication.store.contract import BBox, Page, Row, Slice
from eradication.store.database import Database
from eradication.store.layers import spec_of
from eradication.store.where import clause, holds, unknown

_MOST_NAMED = 5000


def read(connection: Connection, database: Database, seen: Sequence[ColumnElement[bool]], wanted: Slice) -> Page:
    """Return some rows of what may be ``seen`` of a layer, and how many there are in all."""
    name = wanted.layer
    spec, table = spec_of(name), schema.LAYER_TABLES[name]
    by_place = wanted.bbox is not None and connection.dialect.name == "sqlite"
    columns = {name: _unindexed(table.c[name]) if by_place else table.c[name] for name in spec.columns}
    tests = [*seen, clause(wanted.where, columns)]
    if wanted.bbox is not None:
        tests += _within(connection, database, table, tests, wanted.bbox)
    query = select(table.c.fid).where(*tests)
    for column, descending in wanted.order:
        if column not in spec.columns:
            raise unknown(column)
        query = query.order_by(_sorted(table.c[column], descending=descending))
    query = query.order_by(*(table.c[column] for column in spec.key)).limit(wanted.limit).offset(wanted.offset)
    fids = [fid for (fid,) in connection.execute(query)]
    total = wanted.total
    if 0 < len(fids) < wanted.limit:
        total = wanted.offset + len(fids)
    elif total is None:
        total = connection.scalar(select(func.count()).select_from(table).where(*tests)) or 0
    # Sorting carries numbers along, not outlines: these are read of the rows that are shown.
    question = _shown(name, connection.dialect.name, shapes=wanted.shapes)
    shown = queries.as_rows(connection.execute(question, {"fids": fids}))
    rows = {row.pop("fid"): row for row in shown}
    return Page([rows[fid] for fid in fids], int(total))


@cache
def _shown(name: str, dialect: str, *, shapes: bool) -> Select[Any]:
    """Return the question for some rows of a layer; with all its columns it takes longer to build than to answer.

    A server prepares it once if the numbers come as one list: each of several may be of another size.
    """
    fid = schema.LAYER_TABLES[name].c.fid
    fids = bindparam("fids", type_=ARRAY(fid.type)) if dialect == "postgresql" else bindparam("fids", expanding=True)
    chosen = fid == any_(fids) if dialect == "postgresql" else fid.in_(fids)
    return select(fid, *queries.layer_columns(name, shapes=shapes)).where(chosen)


def _unindexed(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column by which SQLite does not look for rows: it would rather read a season than a rectangle."""
    return literal_column(f'+"{column.table.name}"."{column.name}"', column.type)


def _sorted(column: ColumnElement[Any], *, descending: bool) -> ColumnElement[Any]:
    """Return an order in which what is missing comes last; where nothing can be missing, as an index has it."""
    one = column.desc() if descending else column.asc()
    return one.nulls_last() if getattr(column, "nullable", True) else one


def _within(
    connection: Connection, database: Database, table: Table, tests: Sequence[ColumnElement[bool]], bbox: BBox
) -> list[ColumnElement[bool]]:
    """Return the conditions that geometries meet a rectangle: only those at its edge are looked at one by one."""
    near, inside, box = database.near(table, bbox), database.inside(table, bbox), shapely.box(*bbox)
    edge = select(table.c.fid, table.c.geom).where(*tests, near, ~inside)
    beside = [fid for fid, shape in connection.execute(edge) if not shapely.intersects(shape, box)]
    parts = [beside[at : at + _MOST_NAMED] for at in range(0, len(beside), _MOST_NAMED)]
    return [near, *(table.c.fid.not_in(part) for part in parts)]


def of_rows(rows: Sequence[Row], wanted: Slice) -> Page:
    """Return the same out of rows that are at hand, sorted by their key."""
    spec = spec_of(wanted.layer)
    kept = [row for row in rows if holds(wanted.where, row)]
    if wanted.bbox is not None:
        box = shapely.box(*wanted.bbox)
        kept = [row for row in kept if row["geometry"] is not None and shapely.intersects(row["geometry"], box)]
    for column, descending in reversed(wanted.order):
        if column not in spec.columns:
            raise unknown(column)
        known = [row for row in kept if row[column] is not None]
        known.sort(key=lambda row, column=column: row[column], reverse=descending)  # type: ignore[misc]
        kept = known + [row for row in kept if row[column] is None]
    shown = kept[wanted.offset : wanted.offset + wanted.limit]
    return Page(shown if wanted.shapes else [row | {"geometry": None} for row in shown], len(kept))
