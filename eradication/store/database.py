"""What a relational store needs of its database: connections that read, one that writes, and a search by place."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Table
from sqlalchemy.sql.elements import ColumnElement

from eradication.store.contract import BBox

BUSY_S = 10.0
"""How long a writer waits for another one."""

MIGRATING_S = 120.0
"""How long a program that opens a store waits while another one makes it or brings it to the present version."""


class Database(Protocol):
    """The part of a store that differs between a GeoPackage and PostGIS."""

    @property
    def where(self) -> str:
        """File or server, as errors name it; never a password."""

    @property
    def schema(self) -> str:
        """Schema of the server's database, empty for a file."""

    def reading(self, unit: str = "") -> AbstractContextManager[Connection]:
        """Give a connection that sees one committed state; of a ``unit``, where the database itself can see to it."""

    def asking(self) -> AbstractContextManager[Connection]:
        """Give a connection for one statement, which sees what is committed then; of a server it costs a third."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Give the one writing connection; commit at the end, roll back on an exception.

        Raises:
            StorageFailed: ``store_locked``, ``disk_full`` …; nothing is half-written.
        """

    def see_everything(self, connection: Connection) -> None:
        """Let a connection that reads see all rows, for as long as it takes, or fail."""

    def near(self, table: Table, bbox: BBox) -> ColumnElement[bool]:
        """Return the condition, answered by an index, that a row's ``geom`` may lie in ``bbox``.

        It never misses a row; the exact test follows, the same for every database.
        """

    def inside(self, table: Table, bbox: BBox) -> ColumnElement[bool]:
        """Return the condition that a row's ``geom`` lies in ``bbox`` with all its extent.

        A row that it holds of does; of a few at the very edge it may not be told.
        """

    def note_changes(self, connection: Connection, tables: Collection[str]) -> None:
        """Tell the database's own lists that the rows of ``tables`` changed."""

    def forget(self, tables: Collection[str]) -> None:
        """Make sure that nothing of deleted rows of ``tables`` can be read from the database's files.

        What backups, logs that were archived, and worn-out cells of a disk still hold is out of its reach.
        """

    def close(self) -> None:
        """Release connections and files."""
