"""What a PostgreSQL server reports, as storage failures that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy.exc

from eradication.errors import N_, StorageFailed

_KINDS: dict[str, str] = {
    "53100": "disk_full",
    "40001": "store_locked",
    "40P01": "store_locked",
    "55P03": "store_locked",
    "42501": "store_unwritable",
    "25006": "store_unwritable",
    "42P01": "store_damaged",
    "42703": "store_damaged",
    "3F000": "store_damaged",
    "XX001": "store_damaged",
    "XX002": "store_damaged",
    "25P03": "store_disconnected",
    "57P01": "store_disconnected",
    "57P02": "store_disconnected",
    "57P03": "store_unreachable",
    "57P05": "store_disconnected",
    "53300": "store_unreachable",
}
"""SQLSTATE → kind."""

_WAY_THERE = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.ProgrammingError)
"""What fails without a SQLSTATE: no connection, or an address with an option that does not exist."""

_SAY: dict[str, tuple[str, str]] = {
    "disk_full": (
        N_("The disk of the store's server is full: this was not stored."),
        N_("Ask for more space on the server and do it again; nothing is half-written."),
    ),
    "store_locked": (
        N_("Another program is writing to the store."),
        N_("Wait until it has finished and do it again."),
    ),
    "store_unwritable": (
        N_("The store cannot be opened for writing: {error}."),
        N_("Ask the server's administrator for the right to write there; a standby server cannot be written to."),
    ),
    "store_damaged": (
        N_("The store is damaged or not a store: {error}."),
        N_("Restore the last backup; bundles already sent to others can be imported into it."),
    ),
    "store_unreachable": (
        N_("The store's server cannot be used: {error}."),
        N_(
            "Check that the server runs and this computer reaches it, and the address in [store] of eradication.toml; "
            "the password belongs into ~/.pgpass. Nothing was stored."
        ),
    ),
    "store_disconnected": (
        N_("The connection to the store's server was lost: {error}."),
        N_("Run the command again when the server answers: what was confirmed is kept, nothing is half-written."),
    ),
    "postgis_missing": (
        N_("The database has no PostGIS and this user cannot add it: {error}."),
        N_(
            "Ask the server's administrator to install PostGIS (Debian: postgresql-postgis) and to run in this "
            "database: CREATE EXTENSION postgis;"
        ),
    ),
    "store_unsafe": (
        N_("The store's server is not set up to keep what it confirms: {error}."),
        N_("Ask the server's administrator for a database with the encoding UTF8 on a server with fsync = on."),
    ),
    "store_partly_seen": (
        N_("This user of the database sees a part of the store only, and cannot copy it."),
        N_("Use the address of the user to whom the tables belong: the one who made the workspace."),
    ),
    "store_failed": (
        N_("The store could not be used: {error}."),
        N_("Run `eradication doctor`."),
    ),
}


def failed(kind: str, where: str, error: object = "") -> StorageFailed:
    """Return the storage failure of this ``kind`` in the words for a server."""
    message, hint = _SAY[kind]
    return StorageFailed(kind, message, where=where, hint=hint, values={"error": _first_line(error)})


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip(" .") if lines else type(error).__name__


@contextmanager
def server_failures(where: str) -> Iterator[None]:
    """Turn what the server or the way to it reports into :class:`StorageFailed`."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise failed(_kind(error), where, error.orig) from error
    except sqlalchemy.exc.TimeoutError as error:
        raise failed("store_locked", where, error) from error


def _kind(error: sqlalchemy.exc.DBAPIError) -> str:
    # Empty where the server never got to say one.
    state: str = getattr(error.orig, "sqlstate", None) or ""
    if state in _KINDS:
        return _KINDS[state]
    if error.connection_invalidated or state.startswith("08"):
        return "store_disconnected"
    if state.startswith("28") or (not state and isinstance(error, _WAY_THERE)):
        return "store_unreachable"
    return "store_failed"
