"""Rows from one store into an empty one, in a stream: whatever keeps the one, whatever keeps the other.

Numbers of rows and times of record stay what they were. What was read is summed on the way, and what was written is
read back and summed too: a copy whose digests differ is never used.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Column, Connection, Table, func, select, text

from eradication.errors import N_, CheckFailed
from eradication.progress import Tick, silent
from eradication.store import content, moving
from eradication.store.content import Cells, Content, Digest

type Write = Callable[[Sequence[Cells]], None]


def copied(source: Connection, target: Connection, tick: Tick = silent) -> Content:
    """Copy every row of ``source`` into the empty tables of ``target`` and return what was read.

    A mark that the store was moved is copied as well.

    Args:
        source: sees one committed state.
        target: has begun the transaction in which its tables were made.
        tick: told of rows.

    Raises:
        ValueError, TypeError: a value of ``source`` is not what its column holds.
    """
    done, total, digests = 0, content.size(source), {}
    for table in content.tables():
        digest = digests[table.name] = Digest(table)
        with _writer(target, table) as write:
            for some in content.rows(source, table):
                digest.take(some)
                write(some)
                done += len(some)
                tick(done, total)
    if to := moving.moved_to(source):
        moving.mark(target, to)
    return content.gathered(digests)


def check_same(was: Content, now: Content, where: str) -> None:
    """Compare what was read with what was written.

    Raises:
        CheckFailed: ``copy_differs``.
    """
    if was != now:
        raise CheckFailed(
            "copy_differs",
            N_("What was written is not what was read: {tables}. The copy is not used."),
            where=where,
            hint=N_("Check disk and memory of this computer with `eradication doctor`, then run the command again."),
            values={"tables": ", ".join(was.differing(now))},
        )


@contextmanager
def _writer(target: Connection, table: Table) -> Iterator[Write]:
    names = ", ".join(target.dialect.identifier_preparer.quote(column.name) for column in table.c)
    turned = [(n, turn) for n, column in enumerate(table.c) if (turn := _turned(target, column))]

    def bare(row: Cells) -> list[Any]:
        cells = list(row)
        for n, turn in turned:
            cells[n] = turn(cells[n])
        return cells

    if target.dialect.name == "postgresql":
        with _on_server(target, table, names) as put:
            yield lambda some: put(map(bare, some))
    else:
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(table.c))})'
        yield lambda some: (target.exec_driver_sql(statement, [tuple(bare(row)) for row in some]), None)[1]


def _turned(target: Connection, column: Column[Any]) -> Callable[[Any], Any] | None:
    """Return what turns a value into what the driver takes; ``None`` if it is taken as it is."""
    turn = getattr(column.type, "process_bind_param", None)
    return None if turn is None else lambda value: turn(value, target.dialect)


@contextmanager
def _on_server(target: Connection, table: Table, names: str) -> Iterator[Callable[[Iterator[list[Any]]], None]]:
    """Give what streams rows by COPY, several times as fast as INSERT."""
    import psycopg

    schema = target.get_execution_options()["schema_translate_map"][None]
    raw: Any = target.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(f'COPY "{schema}"."{table.name}" ({names}) FROM STDIN') as copy:

            def put(some: Iterator[list[Any]]) -> None:
                for row in some:
                    copy.write_row(row)

            yield put
    except psycopg.Error as error:
        kind = sqlalchemy.exc.DBAPIError
        if isinstance(error, psycopg.OperationalError):
            kind = sqlalchemy.exc.OperationalError
        raise kind("COPY", None, error, connection_invalidated=raw.closed) from error
    _go_on_numbering(target, table, schema)


def _go_on_numbering(target: Connection, table: Table, schema: str) -> None:
    """Let the next row of a table get the number after the last one's."""
    (number,) = table.primary_key
    last = target.scalar(select(func.max(number)))
    if last is not None:
        named = {"table": f'"{schema}"."{table.name}"', "column": number.name, "last": last}
        target.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"), named)
