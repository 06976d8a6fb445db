"""A store on a server that is made and filled in one transaction: it is there whole, or not at all.

Until the workspace it is for is in use the schema bears a token as its comment. A program that was cut short after its
commit finds its own work by it, and nobody else's is ever removed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from eradication.errors import N_, UnusableInput
from eradication.store import database
from eradication.store.migrating import MIGRATIONS
from eradication.store.postgis import LOOK, PATIENT, Postgis, check_safe

_TOKEN = text("SELECT obj_description(to_regnamespace(quote_ident(:schema)), 'pg_namespace')")

_BOUND = text("""SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = :schema AND relforcerowsecurity""")
"""Tables whose owner, too, reads and writes by rules for rows; COPY does not."""


class Founding(Postgis):
    """A schema that holds nothing yet."""

    @contextmanager
    def filling(self, token: str = "") -> Iterator[Connection]:
        """Give a connection to the empty tables of a new store: they are there, filled, when it ends, or not at all.

        Args:
            token: left as a comment on the schema. One that bears it already is what a program left that was cut
                short after its commit, and is made anew.

        Raises:
            UnusableInput: ``store_taken`` if anything else is in the schema.
            StorageFailed: ``store_unreachable``, ``disk_full``, ``postgis_missing`` …
        """
        with self._writing(database.MIGRATING_S) as connection:
            connection.exec_driver_sql(PATIENT)
            self._clear(connection, token)
            self._make(connection, MIGRATIONS)
            with self._unbound(connection):
                yield connection
            self._note(connection, token)
        self.engine.dispose()

    def release(self, token: str) -> None:
        """Take the token off: the store is in use, and nobody may make it anew."""
        with self._writing(database.BUSY_S) as connection:
            if self._token(connection) == token:
                self._note(connection, "")

    def discard(self, token: str) -> None:
        """Remove a store that bears this token; nobody has used it yet."""
        with self._writing(database.BUSY_S) as connection:
            if self._token(connection) == token:
                connection.exec_driver_sql(f'DROP SCHEMA "{self.schema}" CASCADE')

    def _clear(self, connection: Connection, token: str) -> None:
        found = connection.execute(LOOK, {"schema": self.schema}).one()
        check_safe(found, self.where)
        if found.things and (not token or self._token(connection) != token):
            raise UnusableInput(
                "store_taken",
                N_("This schema of the database holds the store of another workspace."),
                where=self.where,
                hint=N_("Choose another name with --schema."),
            )
        if found.things:
            connection.exec_driver_sql(f'DROP SCHEMA "{self.schema}" CASCADE')

    @contextmanager
    def _unbound(self, connection: Connection) -> Iterator[None]:
        bound = connection.scalars(_BOUND, {"schema": self.schema}).all()
        for table in bound:
            connection.exec_driver_sql(f'ALTER TABLE "{self.schema}"."{table}" NO FORCE ROW LEVEL SECURITY')
        yield
        for table in bound:
            connection.exec_driver_sql(f'ALTER TABLE "{self.schema}"."{table}" FORCE ROW LEVEL SECURITY')

    def _token(self, connection: Connection) -> str:
        return connection.scalar(_TOKEN, {"schema": self.schema}) or ""

    def _note(self, connection: Connection, token: str) -> None:
        # No statement here takes parameters, but the driver looks for them.
        said = "'" + token.replace("'", "''").replace("%", "%%") + "'" if token else "NULL"
        connection.exec_driver_sql(f'COMMENT ON SCHEMA "{self.schema}" IS {said}')
