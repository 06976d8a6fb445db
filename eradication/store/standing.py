"""A store as one file at one moment, while others go on writing.

The embedded store is copied by SQLite's own backup: one read transaction, so what is committed while it runs is in the
store and not in the copy. (In the write-ahead mode a reader stops no writer.)
"""

import contextlib
import gzip
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from eradication.store import keys, rotation
from eradication.store.embedded import FILE_NAME
from eradication.store.engine import GeoPackageFile, open_file
from eradication.store.files import storage_failures, write_failures
from eradication.store.relational import RelationalStore
from eradication.store.tape import BLOCK

WAIT_S = 60.0
"""How long a copy waits for whoever holds the store alone."""
QUICK = 1
"""Level of gzip: on a store the higher ones take twice the time for a fifth less."""


def take(folder: Path, target: Path) -> None:
    """Copy the embedded store of the workspace in ``folder`` to the file ``target``, as of one moment, durable.

    Raises:
        StorageFailed: ``disk_full``, ``store_locked``, ``store_damaged`` …
    """
    file = folder / FILE_NAME
    with storage_failures(file), contextlib.ExitStack() as stack:
        source = stack.enter_context(contextlib.closing(sqlite3.connect(file, timeout=WAIT_S)))
        copy = stack.enter_context(contextlib.closing(sqlite3.connect(target)))
        source.execute("PRAGMA query_only = ON").close()
        source.backup(copy)  # all pages at once: a copy in steps begins anew whenever another program writes
        copy.execute("PRAGMA journal_mode = DELETE").close()  # one plain file, nothing beside it


@contextmanager
def opened(file: Path, folder: Path, device: str) -> Iterator[RelationalStore]:
    """Open a copy for reading, as the store of the workspace in ``folder``: with its originals and its key."""
    engine = open_file(file, create=False)
    signer = keys.load(folder / "keys" / rotation.KEY, create=False)
    store = RelationalStore(GeoPackageFile(engine, file), folder, signer, device, lambda: datetime.now(UTC))
    try:
        yield store
    finally:
        store.close()


def shrunk(source: Path, target: Path) -> tuple[str, int]:
    """Write ``source`` to ``target`` as gzip and return SHA-256 and size of what it holds.

    Raises:
        StorageFailed: ``disk_full`` …
    """
    digest, size = hashlib.sha256(), 0
    with write_failures(target), source.open("rb") as plain, target.open("wb") as raw:
        with gzip.GzipFile("", "wb", QUICK, raw, mtime=0) as packed:
            while block := plain.read(BLOCK):
                digest.update(block)
                size += len(block)
                packed.write(block)
        raw.flush()
        os.fsync(raw.fileno())
    return digest.hexdigest(), size
