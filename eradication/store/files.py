"""Files that must survive a power cut, and what it means when they cannot be written."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy.exc

from eradication.errors import N_, StorageFailed

_TOGETHER = 16
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_SQLITE_KINDS: dict[int, str] = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_BUSY: "store_locked",
    sqlite3.SQLITE_LOCKED: "store_locked",
    sqlite3.SQLITE_CORRUPT: "store_damaged",
    sqlite3.SQLITE_NOTADB: "store_damaged",
    sqlite3.SQLITE_FORMAT: "store_damaged",
    sqlite3.SQLITE_READONLY: "store_unwritable",
    sqlite3.SQLITE_CANTOPEN: "store_unwritable",
    sqlite3.SQLITE_PERM: "store_unwritable",
}

# A file-size limit shows as a failed write, not as SQLITE_FULL.
_SQLITE_WRITES = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE}

_SAY: dict[str, tuple[str, str]] = {
    "disk_full": (
        N_("The disk is full: this was not stored."),
        N_("Free some space on this disk and do it again."),
    ),
    "store_locked": (
        N_("Another program is writing to the store."),
        N_("Wait until it has finished and do it again. A store on a network share is not supported."),
    ),
    "store_damaged": (
        N_("The store is damaged or not a store: {error}."),
        N_("Restore the last backup; bundles already sent to others can be imported into it."),
    ),
    "store_unwritable": (
        N_("The store cannot be opened for writing: {error}."),
        N_("Check that the folder exists and that you may write to it."),
    ),
    "store_rolled_back": (
        N_("The store is older than what this device has already recorded."),
        N_(
            "Import the bundles sent to others, or put the newer store back. To go on without them, remove the folder "
            "'keys' and run `eradication init`: the workspace then goes on as another origin."
        ),
    ),
    "key_retired": (
        N_("The key that this program holds was retired by `eradication keys rotate`."),
        N_("Start the program anew: it then signs with the new key. If the old key was put back, recover the new one."),
    ),
    "store_failed": (
        N_("The store could not be used: {error}."),
        N_("Run `eradication doctor`."),
    ),
}


def failed(kind: str, where: Path | str, error: object = "") -> StorageFailed:
    """Return the storage failure of this ``kind`` in the words for it."""
    message, hint = _SAY[kind]
    return StorageFailed(kind, message, where=str(where), hint=hint, values={"error": error})


@contextmanager
def storage_failures(where: Path) -> Iterator[None]:
    """Turn what SQLite reports into :class:`StorageFailed`."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise failed(_kind(error.orig), where, error.orig) from error
    except sqlite3.Error as error:
        raise failed(_kind(error), where, error) from error


def _kind(error: BaseException | None) -> str:
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _SQLITE_WRITES:
        return "disk_full"
    if "no such table" in str(error) or "no such column" in str(error):
        return "store_damaged"
    return _SQLITE_KINDS.get(code & 0xFF, "store_failed")


@contextmanager
def write_failures(where: Path) -> Iterator[None]:
    """Turn a failed write of a file into :class:`StorageFailed`."""
    try:
        yield
    except OSError as error:
        kind = "disk_full" if error.errno in _FULL else "store_unwritable"
        raise failed(kind, where, error.strerror or error) from error


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make every file and every name below ``folder`` durable.

    Many at a time: the disk then settles them together, which is ten times as fast as one after another.
    """
    with ThreadPoolExecutor(_TOGETHER) as threads:
        found = list(os.walk(folder))
        files = [Path(where) / name for where, _, names in found for name in names]
        for act, paths in ((_sync_file, files), (sync_folder, [Path(where) for where, *_ in found])):
            list(threads.map(act, paths))


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
