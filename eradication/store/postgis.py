"""The store of a workspace in a schema of a PostGIS database; its originals and its key stay in the folder.

Durable: every connection waits for the server's disk, whatever the server's default. One writer at a time: a lock
named after the schema is held from BEGIN to COMMIT, and goes with the connection should the writer die.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Table, and_, create_engine, event, func, text
from sqlalchemy.sql.elements import ColumnElement

from eradication.errors import N_, UnusableInput
from eradication.geo import WGS84
from eradication.store import database, postgis_resting
from eradication.store.contract import BBox
from eradication.store.keys import Signer
from eradication.store.migrating import MIGRATIONS, upgrade
from eradication.store.postgis_address import Address
from eradication.store.postgis_errors import failed, server_failures
from eradication.store.relational import RelationalStore
from eradication.store.schema import VERSION

_CONNECTING: dict[str, Any] = {
    "client_encoding": "utf8",
    "connect_timeout": 10,
    # A network that went away is noticed in a minute, not in two hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Unless the address says otherwise."""

_OFTEN_ASKED = {"pool_size": 6, "max_overflow": 2}
"""Most of them stay: connecting takes far longer than what is then asked. A process has one such pool for its store and
one for its reception: four processes that answer and one that works stay below a server's usual 100."""

_SESSION = {
    "synchronous_commit": "on",
    "timezone": "UTC",
    # Else a writer whose computer lost its power would hold the lock for hours.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

LOOK = text("""SELECT current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding,
    EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis') AS postgis,
    (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = :schema) AS things,
    (SELECT count(*) FROM pg_tables
        WHERE schemaname = :schema AND tablename IN ('alembic_version', 'events', 'origins')) AS ours""")

PATIENT = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0"
"""For a transaction that lasts: a server may end others that are long at work, or idle while the other side is read."""


class Postgis:
    """See :class:`eradication.store.database.Database`."""

    def __init__(self, address: Address) -> None:
        """Speak to the database at ``address``; nothing is connected yet."""
        self.where, self.schema = address.where, address.schema
        options = {name: value for name, value in _CONNECTING.items() if name not in address.url.query}
        engine = create_engine(
            address.url, connect_args=options, hide_parameters=True, use_native_hstore=False, **_OFTEN_ASKED
        )
        event.listen(engine, "connect", self._prepare)
        postgis_resting.try_them(engine)
        self._turn = threading.Lock()
        # Every table is named with its schema: one of the same name elsewhere on the search path is never taken.
        self.engine = engine.execution_options(schema_translate_map={None: address.schema})

    def _prepare(self, connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(['set_config(%s, %s, false)'] * len(_SESSION))}", _pairs(_SESSION))
            cursor.execute(_SEARCH_PATH.replace(":schema", "%s"), (self.schema,))
        connection.commit()

    @contextmanager
    def reading(self, unit: str = "") -> Iterator[Connection]:
        """See the protocol."""
        with server_failures(self.where), self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if unit:  # until the transaction ends: the connection goes back to the pool without it
                connection.execute(text("SELECT set_config('eradication.unit', :unit, true)"), {"unit": unit})
            yield connection
            connection.commit()  # with ROLLBACK the driver would forget the questions that it has prepared

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """Give a connection without a transaction: each statement sees what is committed then."""
        with server_failures(self.where), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def writing(self) -> AbstractContextManager[Connection]:
        """See the protocol."""
        return self._writing(database.BUSY_S)

    @contextmanager
    def adding(self) -> Iterator[Connection]:
        """Give a connection that adds rows beside the one writer; commit at the end, roll back on an exception."""
        with server_failures(self.where), self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                yield connection

    @contextmanager
    def _writing(self, patience_s: float) -> Iterator[Connection]:
        # Who waits for the lock holds a connection; of one process it is enough if one waits.
        with self._turns(patience_s), server_failures(self.where), self.engine.connect() as connection:
            # Each statement sees what is committed: with one snapshot it would be that of before the lock.
            connection = connection.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                wait = {"wait": f"{int(1000 * patience_s)}ms"}
                connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), wait)
                self._lock(connection, f"eradication store {self.schema}")
                yield connection

    @contextmanager
    def _turns(self, patience_s: float) -> Iterator[None]:
        if not self._turn.acquire(timeout=patience_s):
            raise failed("store_locked", self.where)
        try:
            yield
        finally:
            self._turn.release()

    def _lock(self, connection: Connection, name: str) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    def see_everything(self, connection: Connection) -> None:
        """See the protocol."""
        connection.exec_driver_sql(f"{PATIENT}; SET LOCAL eradication.unit = ''")
        # Switching the rules off is refused to an owner whom they bind; he is asked whether they hide anything instead.
        if not connection.exec_driver_sql(f"""SELECT '*' = ANY ("{self.schema}".reads_as())""").scalar():
            raise failed("store_partly_seen", self.where)

    def near(self, table: Table, bbox: BBox) -> ColumnElement[bool]:
        """See the protocol."""
        # Boxes are compared as 32-bit numbers rounded outwards: none is missed, and the exact test follows.
        return table.c.geom.op("&&", is_comparison=True)(func.ST_MakeEnvelope(*bbox, WGS84))

    def inside(self, table: Table, bbox: BBox) -> ColumnElement[bool]:
        """See the protocol."""
        shape, (west, south, east, north) = table.c.geom, bbox
        low, high = (
            (func.ST_XMin(shape) >= west, func.ST_YMin(shape) >= south),
            (
                func.ST_XMax(shape) <= east,
                func.ST_YMax(shape) <= north,
            ),
        )
        return and_(self.near(table, bbox), *low, *high)

    def note_changes(self, connection: Connection, tables: Collection[str]) -> None:
        """See the protocol; PostgreSQL notes everything by itself."""

    def forget(self, tables: Collection[str]) -> None:
        """See the protocol."""
        with server_failures(self.where), self.engine.connect() as connection:
            plain = connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in sorted(tables):
                # Deleted rows stay in the table's file until it is written anew.
                plain.exec_driver_sql(f'VACUUM (FULL) "{self.schema}"."{table}"')

    def close(self) -> None:
        """See the protocol."""
        self.engine.dispose()

    def prepare(self, *, create: bool) -> None:
        """Bring the schema to this program's version; make it first where ``create`` says so.

        Raises:
            UnusableInput: ``no_store``.
            StorageFailed: ``store_damaged``, ``store_newer``, ``store_unreachable``, ``postgis_missing`` …
        """
        with self.reading() as connection:
            version = self._version(connection)
        if version is None and not create:
            raise UnusableInput(
                "no_store",
                N_("There is no store in this schema of the database."),
                where=self.where,
                hint=N_("Check [store] in eradication.toml, or make a workspace: eradication init FOLDER --store URL"),
            )
        if version != VERSION:
            self.migrate()

    def _version(self, connection: Connection) -> str | None:
        found = connection.execute(LOOK, {"schema": self.schema}).one()
        check_safe(found, self.where)
        if not found.things:
            return None
        if found.ours < 3:
            raise failed("store_damaged", self.where, "it is another program's")
        table = f'"{self.schema}".alembic_version'
        version: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar()
        return version or ""

    def migrate(self, *, scripts: str = MIGRATIONS) -> None:
        """Make what is missing: PostGIS, the schema, its tables; all or none.

        Raises:
            StorageFailed: ``store_newer``, ``store_locked``, ``disk_full``, ``postgis_missing`` …
        """
        with self._writing(database.MIGRATING_S) as connection:
            self._make(connection, scripts)
        # Connections made before look for PostGIS where it was not.
        self.engine.dispose()

    def _make(self, connection: Connection, scripts: str) -> None:
        self._add_postgis(connection)
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
        connection.execute(text(_SEARCH_PATH), {"schema": self.schema})
        upgrade(connection, self.where, scripts=scripts, schema=self.schema)

    def _add_postgis(self, connection: Connection) -> None:
        there = text("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")
        if connection.scalar(there):
            return
        self._lock(connection, "eradication adds PostGIS")
        if connection.scalar(there):
            return
        try:
            connection.exec_driver_sql("CREATE EXTENSION postgis SCHEMA public")
        except sqlalchemy.exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
            raise failed("postgis_missing", self.where, error.orig) from error


_SEARCH_PATH = """SELECT set_config('search_path', quote_ident(:schema) || coalesce((SELECT ', ' || quote_ident(nspname)
    FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'postgis'), ''), false)"""
"""The workspace's own schema, then wherever the administrator put PostGIS."""


def check_safe(found: Any, where: str) -> None:
    """Refuse a server that would lose what it confirmed.

    Raises:
        StorageFailed: ``store_unsafe``.
    """
    if found.fsync != "on" or found.encoding != "UTF8":
        raise failed("store_unsafe", where, f"fsync = {found.fsync}, encoding = {found.encoding}")


def _pairs(settings: dict[str, str]) -> list[str]:
    return [word for pair in settings.items() for word in pair]


class PostgisStore(RelationalStore):
    """See :class:`eradication.store.contract.Store`."""

    def __init__(self, database: Postgis, folder: Path, signer: Signer, device: str, clock: Callable[[], datetime]):
        """Use the schema that ``database`` made ready; originals are in ``folder``."""
        self._engine = database.engine
        super().__init__(database, folder, signer, device, clock)
