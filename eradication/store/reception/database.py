"""The connection to the reception's tables: durable, one writer at a time, made on first use."""

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select

from eradication import config
from eradication.errors import N_, StorageFailed
from eradication.store import engine as sqlite
from eradication.store.files import sync_folder, write_failures
from eradication.store.reception import carrying, schema

FILE_NAME = "reception.db"
VERSION = schema.VERSION


@dataclasses.dataclass(frozen=True, slots=True)
class Reception:
    """The open reception of a workspace. Close it."""

    where: str
    """File or server, as errors name it."""
    reading: Callable[[], AbstractContextManager[Connection]]
    """Gives a connection that sees one committed state."""
    asking: Callable[[], AbstractContextManager[Connection]]
    """Gives a connection whose every statement sees what is committed then: of a server, at a third of the cost."""
    writing: Callable[[], AbstractContextManager[Connection]]
    """Gives the one writing connection; commits at the end, rolls back on an exception."""
    adding: Callable[[], AbstractContextManager[Connection]]
    """Gives a connection for rows that meet no others, as :attr:`writing` does; of a server nobody waits for it."""
    close: Callable[[], None]


def open_reception(folder: Path, settings: config.Store) -> Reception:
    """Open the reception of the workspace in ``folder``; its tables are made where they are missing.

    Raises:
        StorageFailed: ``disk_full``, ``store_locked``, ``reception_newer``, ``store_unreachable`` …
        UnusableInput: ``bad_settings``, ``missing_part``.
    """
    reception = _on_server(settings) if settings.url else _in_file(folder)
    try:
        with reception.writing() as connection:
            _make(connection, reception.where)
            restored = carrying.take_up(connection, folder)
        if restored:
            carrying.done(folder)
        if not settings.url:
            with write_failures(folder):
                sync_folder(folder)
    except BaseException:
        reception.close()
        raise
    return reception


def _in_file(folder: Path) -> Reception:
    file = folder / FILE_NAME
    with write_failures(file):
        file.touch(mode=0o600)  # SQLite makes its journals with the mode of the file
    engine = sqlite.connect(file)
    return Reception(
        str(file),
        reading=lambda: sqlite.reading(engine, file),
        asking=lambda: sqlite.reading(engine, file),
        writing=lambda: sqlite.writing(engine, file),
        adding=lambda: sqlite.writing(engine, file),
        close=engine.dispose,
    )


def _on_server(settings: config.Store) -> Reception:
    from eradication.store import postgis, postgis_address  # its libraries are an extra

    address = postgis_address.address_of(settings)
    database = postgis.Postgis(dataclasses.replace(address, schema=schema_name(settings)))
    return Reception(
        database.where,
        reading=database.reading,
        asking=database.asking,
        writing=database.writing,
        adding=database.adding,
        close=database.close,
    )


def is_there(folder: Path, settings: config.Store) -> bool:
    """Tell whether a workspace has a reception; nothing is made."""
    if not settings.url:
        return (folder / FILE_NAME).is_file()
    reception = _on_server(settings)
    try:
        with reception.reading() as connection:
            return inspect(connection).has_table(schema.people.name, schema=schema_name(settings))
    finally:
        reception.close()


def version(connection: Connection) -> str:
    """Return the version of the tables; empty if they say none."""
    return str(connection.scalar(select(schema.about.c.value).where(schema.about.c.name == "version")) or "")


def schema_name(settings: config.Store) -> str:
    """Return the schema that holds the reception beside the store's."""
    return f"{settings.schema[:50]}_reception"


def _make(connection: Connection, where: str) -> None:
    if connection.dialect.name == "postgresql":
        name = connection.get_execution_options()["schema_translate_map"][None]
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{name}"')
    schema.metadata.create_all(connection)
    found = version(connection)
    if not found:
        connection.execute(insert(schema.about).values(name="version", value=schema.VERSION))
    elif int(found) > int(schema.VERSION):
        raise StorageFailed(
            "reception_newer",
            N_("The reception's database was made by a newer version of this program."),
            where=where,
            hint=N_("Use that version, or a newer one."),
        )
