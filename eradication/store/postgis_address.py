"""Where a store on a server is: what the settings say, checked, and how it is named without its password."""

import re
from dataclasses import dataclass
from importlib import import_module

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from eradication import config
from eradication.errors import N_, UnusableInput

_DRIVERS = ("postgresql", "postgres", "postgresql+psycopg")
_SCHEMA = re.compile(r"(?!pg_|public$|information_schema$)[a-z_][a-z0-9_]{0,62}")
_PARTS = ("psycopg", "geoalchemy2")


@dataclass(frozen=True, slots=True)
class Address:
    """A schema in a database."""

    url: URL
    schema: str

    @property
    def where(self) -> str:
        """Host, database and schema, as errors name them: no user and no password."""
        host = self.url.host or ", ".join(self._query("host")) or "localhost"
        port = self.url.port or next(iter(self._query("port")), "")
        return f"{host}{f':{port}' if port else ''}/{self.url.database or ''} ({self.schema})"

    def _query(self, name: str) -> tuple[str, ...]:
        value = self.url.query.get(name, ())
        return (value,) if isinstance(value, str) else tuple(value)


def address_of(settings: config.Store) -> Address:
    """Read the settings of a store on a server.

    Raises:
        UnusableInput: ``bad_settings``, ``missing_part`` if what talks to servers is not installed.
    """
    try:
        url = make_url(settings.url)
    except (ArgumentError, ValueError):
        # The text may hold a password: it is not repeated.
        raise _bad("url") from None
    if url.drivername not in _DRIVERS or not url.database:
        raise _bad("url")
    if not _SCHEMA.fullmatch(settings.schema):
        raise _bad("schema")
    _check_parts()
    return Address(url.set(drivername="postgresql+psycopg"), settings.schema)


def parted(url: str) -> tuple[str, str]:
    """Return an address without ``?schema=``, and the schema that it named; empty if it named none.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    try:
        whole = make_url(url)
    except (ArgumentError, ValueError):
        raise _bad("url") from None
    named = whole.query.get("schema", "")
    bare = whole.difference_update_query(["schema"]).render_as_string(hide_password=False)
    return (bare, str(named)) if named else (url, "")


def _bad(name: str) -> UnusableInput:
    return UnusableInput(
        "bad_settings",
        N_("This is no place for a store."),
        where=f"{config.FILE_NAME}: store.{name}",
        hint=N_(
            "Write url = \"postgresql://user@host/database\" and, for schema, a name of small letters, digits and '_'."
        ),
    )


def _check_parts() -> None:
    try:
        for name in _PARTS:
            import_module(name)
    except ImportError as error:
        raise UnusableInput(
            "missing_part",
            N_("A store on a server needs parts that are not installed: {error}."),
            hint=N_("Install them: pip install 'eradication[server]', or run make setup in the program's folder."),
            values={"error": error},
        ) from error
