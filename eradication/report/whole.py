"""Files appear whole or not at all, and a disk that refuses is told from one that is full."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from eradication.errors import N_, StorageFailed, UnusableInput

MOST_CHARACTERS = 200
"""Drivers quote whole statements; their first words say what happened."""

NEARLY_NOTHING = 64 * 1024
"""Free bytes below which a driver that names no cause has met a full disk: less than an empty GeoPackage needs."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_WORDS = ("no space left", "disk is full", "disk full", "quota exceeded")


def ending(path: Path, endings: Collection[str], form: str = "") -> str:
    """Return the ending that chooses how a file is written, in lower case with its dot.

    Args:
        path: the file.
        endings: those there are.
        form: the user's word (``gpx`` …) instead of the file's own ending.

    Raises:
        UnusableInput: ``unknown_format``.
    """
    suffix = f".{form.lstrip('.')}" if form else path.suffix
    if suffix.lower() not in endings:
        values = {"suffix": suffix, "accepted": " ".join(endings)}
        hint, message = N_("Use one of: {accepted}."), N_("This file cannot be written as '{suffix}'.")
        raise UnusableInput("unknown_format", message, where=str(path), hint=hint, values=values)
    return suffix.lower()


def check_folder(path: Path) -> None:
    """Make sure that the folder of a file is there.

    Raises:
        UnusableInput: ``no_such_folder``.
    """
    if not path.parent.is_dir():
        hint, message = N_("Create it first, or write elsewhere."), N_("There is no folder {folder}.")
        raise UnusableInput("no_such_folder", message, where=str(path), hint=hint, values={"folder": path.parent})


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then put it in place durably.

    Raises:
        StorageFailed: ``disk_full`` or ``cannot_write``; a file that was there before is then as it was.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            try:
                temporary = Path(folder, path.name)
                write(temporary)
                with temporary.open("rb+") as stream:
                    os.fsync(stream.fileno())
                temporary.replace(path)
            except OSError as error:
                # Here the half-written file still takes its room; outside, a full disk no longer looks full.
                raise _failure(error, path) from None
    except OSError as error:
        raise _failure(error, path) from None


def _failure(error: OSError, path: Path) -> StorageFailed:
    if _met_a_full_disk(error, path.parent):
        return StorageFailed(
            "disk_full",
            N_("The disk is full: {path} was not written."),
            where=str(path),
            hint=N_("Free some space or choose another place; what was there before is unchanged."),
            values={"path": path.name},
        )
    return StorageFailed(
        "cannot_write",
        N_("{path} could not be written: {error}."),
        where=str(path),
        hint=N_("Free some space or choose another place; what was there before is unchanged."),
        values={"path": path.name, "error": _first_words(error.strerror or str(error))},
    )


def _met_a_full_disk(error: OSError, folder: Path) -> bool:
    if error.errno in _FULL or any(words in str(error).lower() for words in _FULL_WORDS):
        return True
    # What GDAL and SQLite report bears no number and often only names the statement that failed.
    return error.errno is None and shutil.disk_usage(folder).free < NEARLY_NOTHING


def _first_words(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return (line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…").rstrip(".")
