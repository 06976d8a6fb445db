"""Originals: every handed-in file byte for byte, found by its SHA-256.

``originals/<first two digits>/<sha256>``, for its owner's eyes only and not to be written again. A file is complete and
on the disk, its name too, before a row refers to it. A rolled-back transaction may leave a file nobody refers to, which
is harmless.
"""

import hashlib
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from eradication.errors import N_, UnusableInput
from eradication.store.files import sync_folder, write_failures

_BLOCK = 1 << 20
_DAY_S = 86400.0
_SEALED = 0o400
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_sha256(text: object) -> bool:
    """Tell whether ``text`` is a SHA-256 in lower-case hex."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(path: Path, sha256: str) -> bool:
    """Tell whether a kept file can be read and is what its name says."""
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False


def find(folder: Path, sha256: str) -> Path | None:
    """Return the original with this hash, or ``None``."""
    if not is_sha256(sha256):
        return None
    path = folder / sha256[:2] / sha256
    return path if path.is_file() else None


def put(folder: Path, source: Path) -> str:
    """Copy ``source`` below ``folder`` and return its SHA-256.

    Raises:
        UnusableInput: ``no_such_file``.
        StorageFailed: ``disk_full``, ``store_unwritable``.
    """
    try:
        file = source.open("rb")
    except OSError as error:
        raise UnusableInput(
            "no_such_file",
            N_("The file cannot be read: {error}."),
            where=str(source),
            values={"error": error.strerror or error},
        ) from error
    with file, write_failures(folder):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
        handle, name = tempfile.mkstemp(prefix=".incoming-", dir=folder)
        fresh = Path(name)
        try:
            with os.fdopen(handle, "wb") as copy:
                sha256 = _copy(file, copy)
            settle(folder, fresh, sha256)
        finally:
            fresh.unlink(missing_ok=True)
    return sha256


def tidy(folder: Path) -> None:
    """Remove what copying left behind when a process was killed, once it is a day old."""
    for left in folder.glob(".incoming-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _DAY_S:
                left.unlink()


def _copy(source: BinaryIO, target: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := source.read(_BLOCK):
        digest.update(block)
        target.write(block)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest()


def settle(folder: Path, fresh: Path, sha256: str) -> None:
    """Move a file that is on the disk, in ``folder`` or beside it, to where ``sha256`` is found below ``folder``."""
    place = folder / sha256[:2] / sha256
    place.parent.mkdir(exist_ok=True)
    # A damaged copy is replaced by the good one at hand.
    if not is_whole(place, sha256):
        fresh.chmod(_SEALED)
        os.replace(fresh, place)
    sync_folder(place.parent)
    sync_folder(folder)
