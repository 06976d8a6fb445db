"""The mark of a store that was moved away: it can be read, and never again written.

Two stores that go on from one chain with one key would give numbers out twice. So whoever moves a store leaves a mark
in the old one, in the transaction that keeps other writers out while it is copied. The mark is a trigger: it refuses
events also of programs, or from folders, that do not know it, and its text says where the store went.
"""

import re

from sqlalchemy import Connection, text

from eradication.errors import N_, StorageFailed

NAME = "store_was_moved"
_REFUSAL = "this store was moved to "
_SAID = re.compile(f"'{_REFUSAL}((?:[^']|'')*)'")
_ON_SERVER = text("""SELECT pg_get_triggerdef(oid) FROM pg_trigger
    WHERE tgname = :name AND tgrelid = to_regclass(quote_ident(:schema) || '.events')""")
_IN_FILE = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")


def moved_to(connection: Connection) -> str:
    """Return where the store behind ``connection`` was moved, as :func:`mark` said it; empty if it was not."""
    if connection.dialect.name == "postgresql":
        found = connection.scalar(_ON_SERVER, {"name": NAME, "schema": _schema(connection)})
    else:
        found = connection.scalar(_IN_FILE, {"name": NAME})
    said = _SAID.search(found or "")
    return said[1].replace("''", "'") if said else found or ""


def mark(connection: Connection, to: str) -> None:
    """Refuse all further events; durable with the transaction of ``connection``.

    Args:
        connection: has begun its writing transaction.
        to: where the store is now, one line.
    """
    said = "'" + (_REFUSAL + " ".join(to.split())).replace("'", "''") + "'"
    unmark(connection)
    if connection.dialect.name == "postgresql":
        name = f'"{_schema(connection)}"'
        does = f"ON {name}.events FOR EACH ROW EXECUTE FUNCTION {name}.refuse({said})"
        does = does.replace("%", "%%")  # no statement here takes parameters, but the driver looks for them
    else:
        does = f"ON events BEGIN SELECT RAISE(ABORT, {said}); END"
    connection.exec_driver_sql(f"CREATE TRIGGER {NAME} BEFORE INSERT {does}")


def unmark(connection: Connection) -> None:
    """Take the mark off, in a copy that goes on as another origin."""
    on_server = connection.dialect.name == "postgresql"
    place = f' ON "{_schema(connection)}".events' if on_server else ""
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {NAME}{place}")


def _schema(connection: Connection) -> str:
    return str(connection.get_execution_options()["schema_translate_map"][None])


def check(connection: Connection, where: str) -> None:
    """Refuse to write into a store that was moved.

    Raises:
        StorageFailed: ``store_moved``.
    """
    to = moved_to(connection)
    if to:
        raise StorageFailed(
            "store_moved",
            N_("This store was moved to {to}; here it can only be read."),
            where=where,
            hint=N_("Work in the folder it was moved to: eradication --workspace FOLDER …"),
            values={"to": to},
        )
