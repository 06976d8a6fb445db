"""All rows of a store as one GeoPackage, and such a file as a store again, wherever that is to be kept.

A snapshot is one committed state, also of a store that others write to meanwhile. It is there whole, on the disk and
proved, or not at all; so is the store that is made of one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from eradication import config
from eradication.errors import N_, UnusableInput
from eradication.progress import Tick, silent
from eradication.store import content, copying, engine
from eradication.store.content import Content
from eradication.store.contract import Store
from eradication.store.embedded import FILE_NAME
from eradication.store.files import storage_failures, sync_folder, write_failures
from eradication.store.geopackage import drop_index_triggers, note_changes, restore_triggers
from eradication.store.relational import RelationalStore
from eradication.store.schema import VERSION


def write(store: Store, file: Path, tick: Tick = silent) -> Content:
    """Write everything that ``store`` holds now into the new GeoPackage ``file``; originals and keys are not in it.

    Raises:
        UnusableInput: ``store_taken`` if there is such a file.
        CheckFailed: ``copy_differs``.
        StorageFailed: ``disk_full``, ``store_damaged``, ``store_unreachable`` …
    """
    with _everything(store) as source:
        return into_file(source, file, tick)


def content_of(store: Store, tick: Tick = silent) -> Content:
    """Return what ``store`` holds now."""
    with _everything(store) as source:
        return content.content_of(source, tick)


def _everything(store: Store) -> AbstractContextManager[Connection]:
    assert isinstance(store, RelationalStore)  # the fake has no tables
    return store.everything()


def load(
    snapshot: Path, folder: Path, settings: config.Store, *, token: str = "", tick: Tick = silent
) -> Content:  # fmt: skip
    """Make a store of a snapshot: a file in ``folder``, or an empty schema of the server that ``settings`` name.

    Args:
        snapshot: as :func:`write` wrote it, of this version or an older one; it is only read.
        folder: of the workspace; it exists.
        settings: where the store is to be.
        token: see :meth:`eradication.store.postgis_founding.Founding.filling`.
        tick: told of rows.

    Raises:
        UnusableInput: ``store_taken``, ``bad_settings``, ``missing_part``.
        CheckFailed: ``copy_differs``.
        StorageFailed: ``disk_full``, ``store_damaged``, ``store_newer``, ``store_unreachable`` …
    """
    with _current(snapshot, folder) as file, _reading(engine.frozen(file), file) as source:
        if settings.url:
            return into_schema(source, settings, token=token, tick=tick)
        return into_file(source, folder / FILE_NAME, tick)


def into_schema(source: Connection, settings: config.Store, *, token: str = "", tick: Tick = silent) -> Content:
    """Make a store in an empty schema of everything that ``source`` sees, in one transaction of the server.

    Raises:
        UnusableInput: ``store_taken``, ``bad_settings``, ``missing_part``.
        CheckFailed: ``copy_differs``.
        StorageFailed: ``store_unreachable``, ``disk_full`` …
    """
    from eradication.store import postgis_address, postgis_founding  # its libraries are an extra

    database = postgis_founding.Founding(postgis_address.address_of(settings))
    try:
        with database.filling(token) as target:
            was = copying.copied(source, target, tick)
            copying.check_same(was, content.content_of(target), database.where)
            for table in content.tables():
                target.exec_driver_sql(f'ANALYZE "{settings.schema}"."{table.name}"')
    finally:
        database.close()
    return was


def into_file(source: Connection, file: Path, tick: Tick = silent) -> Content:
    """Make a GeoPackage of everything that ``source`` sees.

    Raises:
        UnusableInput: ``store_taken``.
        CheckFailed: ``copy_differs``.
        StorageFailed: ``disk_full`` …
    """
    if file.exists():
        raise UnusableInput(
            "store_taken",
            N_("There is such a file already."),
            where=str(file),
            hint=N_("Name another file, or put this one aside."),
        )
    part = file.with_name(f".{file.name}.part")
    with storage_failures(file), write_failures(file):
        _remove(part)
        try:
            was = (_backed_up if source.dialect.name == "sqlite" else _built)(source, part, tick)
            _sync(part)
            with _reading(engine.frozen(part), part) as written:
                copying.check_same(was, content.content_of(written), str(file))
            os.replace(part, file)
        finally:
            _remove(part)
        sync_folder(file.parent)
    return was


def _backed_up(source: Connection, part: Path, tick: Tick) -> Content:
    """Copy page by page, which keeps also what other programs left in the file, such as styles of layers."""
    was = content.content_of(source, tick)
    with _writing(part) as target:
        raw: Any = source.connection.driver_connection
        raw.backup(target.connection.driver_connection)
    # The pages say that there is a log beside them.
    with _writing(part) as target:
        target.exec_driver_sql("SELECT 1")
    return was


def _built(source: Connection, part: Path, tick: Tick) -> Content:
    made = engine.building(part)
    try:
        engine.migrate(made, part)
    finally:
        made.dispose()
    with _writing(part) as target, target.begin():
        drop_index_triggers(target)
        was = copying.copied(source, target, tick)
        restore_triggers(target)
        note_changes(target, [table.name for table in content.tables()])
    return was


@contextmanager
def _writing(part: Path) -> Iterator[Connection]:
    made = engine.building(part)
    try:
        with made.connect() as connection:
            yield connection
    finally:
        made.dispose()


@contextmanager
def _reading(opened: Engine, file: Path) -> Iterator[Connection]:
    try:
        with engine.reading(opened, file) as connection:
            yield connection
    finally:
        opened.dispose()


@contextmanager
def _current(snapshot: Path, folder: Path) -> Iterator[Path]:
    """Give a file that holds what ``snapshot`` holds, at this program's version."""
    with _reading(engine.frozen(snapshot), snapshot) as connection:
        version = engine.version_of(connection, snapshot)
    if version == VERSION:
        yield snapshot
        return
    older = folder / f".{FILE_NAME}.older"
    try:
        with write_failures(older):
            shutil.copyfile(snapshot, older)
        made = engine.building(older)
        try:
            engine.migrate(made, older)
        finally:
            made.dispose()
        yield older
    finally:
        _remove(older)


def _sync(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _remove(file: Path) -> None:
    for left in (file, *(file.with_name(file.name + end) for end in ("-journal", "-wal", "-shm"))):
        left.unlink(missing_ok=True)
