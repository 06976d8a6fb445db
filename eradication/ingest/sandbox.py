"""The only way to the bytes of a user's file: a worker process that can do nothing but parse it.

Parsers are large and files come from anywhere, so the file is copied under a name of our own into an empty folder and
read there by another process without network, with limits on memory, time and disk, and with all GDAL drivers off but
the reader's own. What comes back is plain data. Whatever happens in there, the caller gets data or one
:class:`~eradication.errors.RefusedInput`.

Call :func:`read`; add readers in :mod:`eradication.ingest.readers`.
"""

import hashlib
import json
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import Any

from eradication.config import Limits
from eradication.domain import Json
from eradication.errors import N_, RefusedInput, StorageFailed, UnusableInput
from eradication.ingest import process, verdicts
from eradication.ingest.readers import READERS, Reader

_MEGABYTE = 1024 * 1024
_WORKER = "eradication.ingest.worker"


def read(path: Path, reader: str, limits: Limits, *, options: dict[str, Json] | None = None) -> Any:
    """Parse a user's file in a worker process and return the reader's plain data; arrays come as NumPy arrays.

    Args:
        path: the file; it is copied, never changed.
        reader: name in :data:`eradication.ingest.readers.READERS`.
        limits: what it may cost.
        options: passed on to the reader.

    Raises:
        UnusableInput: ``no_such_file``, ``is_a_directory``, ``not_a_file``, ``no_isolation``.
        RefusedInput: ``empty_file``, ``file_too_large``, ``too_costly``, ``timeout``, ``parser_failed``, or what the
            reader raised.
        StorageFailed: ``temporary_folder``: no room to copy the file to.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            copy = copy_into(Path(folder), path, limits)
            job = _job(READERS[reader], copy.name, limits, options or {})
            answer = verdicts.answer(process.run(_WORKER, job, Path(folder), limits), path, limits)
    except OSError as error:
        raise no_room(path, error) from None
    return answer["value"]


@contextmanager
def made(path: Path, reader: str, limits: Limits, output: str, output_mb: int) -> Iterator[Path]:
    """Let a reader make a file of a user's file in its folder, and yield that file, which is gone afterwards.

    Args:
        path: the user's file; it is copied, never changed.
        reader: name in :data:`eradication.ingest.readers.READERS`; it writes ``output``.
        limits: what it may cost.
        output: name of the file that is made.
        output_mb: how large that may become.

    Raises:
        What :func:`read` does; ``parser_failed`` also where nothing was made.
    """
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        try:
            copy = copy_into(Path(folder), path, limits)
        except OSError as error:
            raise no_room(path, error) from None
        job = _job(READERS[reader], copy.name, replace(limits, file_mb=output_mb), {"output": output})
        ended = process.run(_WORKER, job, Path(folder), limits)
        verdicts.answer(ended, path, limits)
        file = Path(folder) / output
        if not is_plain_file(file):
            raise verdicts.broken(ended, path, limits)
        copy.unlink()
        yield file


def is_plain_file(path: Path) -> bool:
    """Tell whether there is a file and no link to another one, which would be read in its place."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def copy_into(folder: Path, path: Path, limits: Limits) -> Path:
    """Copy a user's file into ``folder`` under a name of ours and return the copy; only its ending is the user's.

    Raises:
        UnusableInput: ``no_such_file``, ``is_a_directory``, ``not_a_file``, ``unreadable_file``.
        RefusedInput: ``empty_file``, ``file_too_large``.
        OSError: there is no room; see :func:`no_room`.
    """
    _check(path, limits)
    copy = folder / ("input" + _safe_suffix(path))
    _copy(path, copy, limits)
    return copy


def no_room(path: Path, error: OSError) -> StorageFailed:
    """Return the failure to copy ``path`` to where it is read."""
    return StorageFailed(
        "temporary_folder",
        N_("The file could not be copied to be read: {error}."),
        where=str(path),
        values={"error": error.strerror or str(error)},
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, the name under which its original is kept.

    Raises:
        UnusableInput: ``no_such_file``, ``is_a_directory``, ``not_a_file``, ``unreadable_file``.
    """
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def isolation(limits: Limits) -> tuple[str, ...]:
    """Return what holds a worker on this machine: some of ``limits, network_namespace, seccomp, landlock``.

    Raises:
        UnusableInput: ``no_isolation``, where no file would be read.
    """
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        ended = process.run(_WORKER, _job(Reader(""), "", limits, {}), Path(folder), limits)
        answer = verdicts.answer(ended, Path(), limits)
    return tuple(str(name) for name in answer["isolation"])


def _check(path: Path, limits: Limits) -> None:
    size = _usable(path)
    if size == 0:
        hint = N_("Copy it from the device again.")
        raise RefusedInput("empty_file", N_("The file is empty."), where=str(path), hint=hint)
    if size > limits.file_mb * _MEGABYTE:
        raise _too_large(path, limits)


def _usable(path: Path) -> int:
    """Return the size of a regular file."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        hint = N_("Check the name; a path with spaces needs quotes.")
        raise UnusableInput("no_such_file", N_("There is no such file."), where=str(path), hint=hint) from None
    except (OSError, ValueError) as error:
        said = N_("The file cannot be read: {error}.")
        hint = N_("Copy the file onto this computer and try again.")
        raise UnusableInput("unreadable_file", said, where=str(path), hint=hint, values={"error": error}) from None
    if stat.S_ISDIR(found.st_mode):
        hint = N_("Name the files in it, for example with a pattern.")
        raise UnusableInput("is_a_directory", N_("This is a folder, not a file."), where=str(path), hint=hint)
    if not stat.S_ISREG(found.st_mode):
        hint = N_("Copy the file onto this computer and try again.")
        raise UnusableInput("not_a_file", N_("This is not a regular file."), where=str(path), hint=hint)
    return found.st_size


def _opened(path: Path) -> BufferedReader:
    _usable(path)
    try:
        return path.open("rb")
    except PermissionError:
        hint = N_("Ask its owner for the right to read it.")
        raise UnusableInput("unreadable_file", N_("You may not read this file."), where=str(path), hint=hint) from None


def _too_large(path: Path, limits: Limits) -> RefusedInput:
    message = N_("The file is larger than {most} MB.")
    values = {"most": limits.file_mb}
    return RefusedInput("file_too_large", message, where=str(path), hint=verdicts.LIMITS_HINT, values=values)


def _safe_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,12}", suffix) else ".dat"


def _copy(path: Path, copy: Path, limits: Limits) -> None:
    with _opened(path) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, _MEGABYTE)
        if target.tell() > limits.file_mb * _MEGABYTE:  # it may have grown since it was looked at
            raise _too_large(path, limits)


def _job(reader: Reader, file: str, limits: Limits, options: dict[str, Json]) -> bytes:
    job = {
        "target": reader.target,
        "drivers": reader.drivers,
        "library": reader.library,
        "folder": str(reader.folder) if reader.folder else "",
        "file": file,
        "options": options,
        "memory_mb": limits.memory_mb,
        "cpu_s": limits.cpu_s,
        "file_mb": limits.file_mb,
    }
    return json.dumps(job).encode()
