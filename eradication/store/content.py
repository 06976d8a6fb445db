"""What a store holds, as one digest: the same rows give the same digest, in a file and on a server.

Every row of every table counts, with its number; what a database keeps for itself (indexes, lists of contents) does
not. Rows are read in the order of their numbers, some at a time, so that memory does not grow with the store.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Column, Connection, LargeBinary, Table, func, select

from eradication.progress import Tick, silent
from eradication.store import schema
from eradication.store.columns import Geometry, Real

_AT_ONCE, _LARGE_AT_ONCE = 2000, 50
"""Rows read at once; fewer where one may be large."""

_JSON = json.JSONEncoder(separators=(",", ":"))

type Plain = Callable[[Sequence[Any]], Sequence[Any]]
"""Values of one column → the same, plain."""

type Cells = Sequence[Any]
"""One row, in the order of the table's columns, as the store's own types read it."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a store holds."""

    sha256: str
    """Over everything below."""
    version: str
    """Of the schema: another version has other columns, and so another digest."""
    rows: Mapping[str, int]
    """Table → rows."""
    tables: Mapping[str, str]
    """Table → SHA-256 over its rows."""

    def differing(self, other: "Content") -> list[str]:
        """Return the tables that are not the same in both."""
        names = sorted(self.tables.keys() | other.tables.keys())
        return [name for name in names if self.tables.get(name) != other.tables.get(name)]


def tables() -> list[Table]:
    """Return every table of a store; those that others refer to come before them."""
    return list(schema.metadata.sorted_tables)


def size(connection: Connection) -> int:
    """Return the number of all rows."""
    return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables())


def rows(connection: Connection, table: Table) -> Iterator[Sequence[Cells]]:
    """Yield the rows of a table by their numbers, some at a time."""
    large = any(isinstance(column.type, LargeBinary | Geometry) for column in table.c)
    query = select(*table.c).order_by(*table.primary_key)
    found = connection.execute(query.execution_options(yield_per=_LARGE_AT_ONCE if large else _AT_ONCE))
    yield from found.partitions()


class Digest:
    """The digest of one table, row by row."""

    def __init__(self, table: Table) -> None:
        """Begin before the first row."""
        self._hash = hashlib.sha256(json.dumps([column.name for column in table.c]).encode())
        self._special = [(n, plain) for n, column in enumerate(table.c) if (plain := _plain(column))]
        self.rows = 0

    def take(self, some: Sequence[Cells]) -> None:
        """Add rows."""
        if not some:
            return
        cells = [list(row) for row in some]
        for n, plain in self._special:
            for row, value in zip(cells, plain([row[n] for row in cells]), strict=True):
                row[n] = value
        # One row after the other, however many come at once.
        self._hash.update(_JSON.encode(cells)[1:-1].encode() + b",")
        self.rows += len(some)

    @property
    def sha256(self) -> str:
        """Return the digest of the rows so far, hex."""
        return self._hash.hexdigest()


def _plain(column: Column[Any]) -> Plain | None:
    """Return what makes values of a column plain, the same whatever database they come from; ``None`` if they are."""
    if isinstance(column.type, Geometry):
        return _shapes
    if isinstance(column.type, LargeBinary):
        return _bytes
    return _numbers if isinstance(column.type, type(Real)) else None


def _shapes(values: Sequence[shapely.Geometry | None]) -> list[str | None]:
    return _bytes(shapely.to_wkb(values, output_dimension=4, byte_order=1, flavor="iso").tolist())


def _bytes(values: Sequence[bytes | None]) -> list[str | None]:
    return [None if value is None else hashlib.sha256(value).hexdigest() for value in values]


def _numbers(values: Sequence[float | None]) -> list[float | None]:
    """SQLite keeps NaN as NULL, and no sign of a zero."""
    return [None if value is None or value != value else value + 0.0 for value in values]


def gathered(digests: Mapping[str, Digest]) -> Content:
    """Return the content of a store of the digests of its tables."""
    sums = {name: digest.sha256 for name, digest in sorted(digests.items())}
    counts = {name: digest.rows for name, digest in sorted(digests.items())}
    whole = json.dumps([schema.VERSION, sums, counts], sort_keys=True)
    return Content(hashlib.sha256(whole.encode()).hexdigest(), schema.VERSION, counts, sums)


def content_of(connection: Connection, tick: Tick = silent) -> Content:
    """Return what the store behind ``connection`` holds, which is at this program's version.

    Raises:
        ValueError, TypeError: a value is not what its column holds.
    """
    done, total, digests = 0, size(connection), {}
    for table in tables():
        digest = digests[table.name] = Digest(table)
        for some in rows(connection, table):
            digest.take(some)
            done += len(some)
            tick(done, total)
    return gathered(digests)
