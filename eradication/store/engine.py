"""The connection to the GeoPackage: durable, one writer at a time, and brought to this program's version."""

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, Table, create_engine, event, text
from sqlalchemy.sql.elements import ColumnElement

from eradication.store import database
from eradication.store.contract import BBox
from eradication.store.files import failed, storage_failures, sync_folder, write_failures
from eradication.store.geometry import FUNCTIONS
from eradication.store.geopackage import note_changes, rtree
from eradication.store.migrating import MIGRATIONS, upgrade
from eradication.store.schema import VERSION

_APPLICATION_ID = 0x47504B47

_DURABLE = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cell_size_check = ON")
_UNUSED = ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = ON", "cell_size_check = ON")
_FROZEN = ("query_only = ON", "cell_size_check = ON")


def connect(file: Path) -> Engine:
    """Return an engine on the GeoPackage ``file``."""
    engine = create_engine(URL.create("sqlite", database=str(file)), connect_args={"timeout": database.BUSY_S})
    return _listening(engine, _DURABLE)


def building(file: Path) -> Engine:
    """Return an engine on a file that nobody uses yet: fast, and what a cut leaves of it is good for nothing."""
    return _listening(create_engine(URL.create("sqlite", database=str(file))), _UNUSED)


def frozen(file: Path) -> Engine:
    """Return an engine on a file that nobody writes to while it is read; it may lie where nothing can be written."""
    place = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(place, uri=True), poolclass=NullPool)
    return _listening(engine, _FROZEN)


def _listening(engine: Engine, pragmas: Sequence[str]) -> Engine:
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # Python's own transaction handling would begin deferred and only before some statements.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()
        # As PostgreSQL does: LIKE tells "a" from "A", and "Đ" is small in "đ".
        connection.execute("PRAGMA case_sensitive_like = ON").close()
        connection.create_function("lower", 1, _lower, deterministic=True)
        for name, function in FUNCTIONS.items():
            connection.create_function(name, 1, function, deterministic=True)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _lower(text: str | None) -> str | None:
    return None if text is None else str(text).lower()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")


@contextmanager
def reading(engine: Engine, file: Path) -> Iterator[Connection]:
    """Give a connection that sees one committed state."""
    with storage_failures(file), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, file: Path) -> Iterator[Connection]:
    """Give the writing connection; commit at the end, roll back on an exception."""
    with storage_failures(file), engine.connect().execution_options(begin="IMMEDIATE") as connection:
        with connection.begin():
            yield connection


def open_file(file: Path, *, create: bool) -> Engine:
    """Open the GeoPackage of a workspace and bring it to this program's version.

    Raises:
        StorageFailed: ``store_damaged``, ``store_newer``, ``store_locked``, ``disk_full``, ``store_unwritable``.
    """
    if not create and file.stat().st_size == 0:
        # Connecting would already write to it.
        raise failed("store_damaged", file, "it holds nothing")
    if create:
        # It holds plans and tips. SQLite makes its journals with the mode of the file.
        with write_failures(file):
            file.touch(mode=0o600)
    engine = connect(file)
    try:
        version = _version(engine, file)
        if version is None and not create:
            raise failed("store_damaged", file, "it holds nothing")
        if version != VERSION:
            migrate(engine, file)
        if version is None:
            sync_folder(file.parent)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _version(engine: Engine, file: Path) -> str | None:
    with reading(engine, file) as connection:
        return version_of(connection, file)


def version_of(connection: Connection, file: Path) -> str | None:
    """Return the version of the store in ``file``, ``None`` if it is empty.

    Raises:
        StorageFailed: ``store_damaged`` if it is another program's.
    """
    tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if not tables:
        return None
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    if application != _APPLICATION_ID:
        raise failed("store_damaged", file, "it is another program's")
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version or ""


def migrate(engine: Engine, file: Path, *, scripts: str = MIGRATIONS) -> None:
    """Apply the migrations that are missing, all or none.

    Raises:
        StorageFailed: ``store_newer``, ``store_locked``, ``disk_full``, ``store_damaged``.
    """
    with storage_failures(file), engine.connect() as connection:
        # Rebuilding a table drops it; with foreign keys on, that would first delete the rows that point to it.
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF").close()
        connection.connection.cursor().execute(f"PRAGMA busy_timeout = {int(1000 * database.MIGRATING_S)}").close()
        try:
            with connection.execution_options(begin="IMMEDIATE").begin():
                upgrade(connection, str(file), scripts=scripts)
        finally:
            connection.connection.cursor().execute("PRAGMA foreign_keys = ON").close()
            connection.connection.cursor().execute(f"PRAGMA busy_timeout = {int(1000 * database.BUSY_S)}").close()


class GeoPackageFile:
    """See :class:`eradication.store.database.Database`."""

    def __init__(self, engine: Engine, file: Path) -> None:
        """Use ``file`` through ``engine``, both made ready by :func:`open_file`."""
        self._engine, self._file, self.where = engine, file, str(file)
        self.schema = ""

    def reading(self, unit: str = "") -> AbstractContextManager[Connection]:
        """See the protocol; SQLite knows no rights."""
        return reading(self._engine, self._file)

    def asking(self) -> AbstractContextManager[Connection]:
        """See the protocol."""
        return reading(self._engine, self._file)

    def writing(self) -> AbstractContextManager[Connection]:
        """See the protocol."""
        return writing(self._engine, self._file)

    def see_everything(self, connection: Connection) -> None:
        """See the protocol; whoever reads the file sees all of it."""

    def near(self, table: Table, bbox: BBox) -> ColumnElement[bool]:
        """See the protocol."""
        # The R-tree keeps 32-bit numbers rounded outwards: it never misses, and the exact test follows.
        found = text(
            f'SELECT id FROM "{rtree(table.name)}" '
            "WHERE maxx >= :west AND maxy >= :south AND minx <= :east AND miny <= :north"
        ).bindparams(west=bbox[0], south=bbox[1], east=bbox[2], north=bbox[3])
        return table.c.fid.in_(found)

    def inside(self, table: Table, bbox: BBox) -> ColumnElement[bool]:
        """See the protocol; what is rounded outwards and yet inside is inside."""
        found = text(
            f'SELECT id FROM "{rtree(table.name)}" '
            "WHERE minx >= :west2 AND miny >= :south2 AND maxx <= :east2 AND maxy <= :north2"
        ).bindparams(west2=bbox[0], south2=bbox[1], east2=bbox[2], north2=bbox[3])
        return table.c.fid.in_(found)

    def note_changes(self, connection: Connection, tables: Collection[str]) -> None:
        """See the protocol."""
        note_changes(connection, tables)

    def forget(self, tables: Collection[str]) -> None:
        """See the protocol; the rows' pages were overwritten when they were deleted (:mod:`.patrol_rows`)."""
        with storage_failures(self._file), contextlib.closing(self._engine.raw_connection()) as connection:
            # Older frames of the log still hold the rows.
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def close(self) -> None:
        """See the protocol."""
        self._engine.dispose()
