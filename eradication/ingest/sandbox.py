"""The only way to the bytes of a user's file: a worker process that can do nothing but parse it.

Parsers are large and files come from anywhere, so the file is copied under a name of our own into an empty folder and
read there by another process without network, with limits on memory, time and disk, and with all GDAL drivers off but
the reader's own. What comes back is plain data. Whatever happens in there, the caller gets data or one
:class:`~eradication.errors.RefusedInput`.

Call :func:`read`; add readers in :mod:`eradication.ingest.readers`.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from io import BufferedReader
from pathlib import Path
from typing import Any

from eradication import errors
from eradication.config import Limits
from eradication.domain import Json
from eradication.errors import N_, EradicationError, RefusedInput, StorageFailed, UnusableInput
from eradication.ingest import wire
from eradication.ingest.readers import READERS, Reader

_MEGABYTE = 1024 * 1024
_KINDS = {kind.__name__: kind for kind in (*errors.EXIT_CODES, EradicationError)}
_TOO_COSTLY = N_("Reading the file takes more memory or time than the limits allow.")
_LIMITS_HINT = N_("The limits stand in eradication.toml under [limits]; split the file if it is really that large.")


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
    _check(path, limits)
    try:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            copy = Path(folder) / ("input" + _safe_suffix(path))
            _copy(path, copy, limits)
            answer = _ask(_job(READERS[reader], copy.name, limits, options or {}), Path(folder), path, limits)
    except OSError as error:
        raise StorageFailed(
            "temporary_folder",
            N_("The file could not be copied to be read: {error}."),
            where=str(path),
            values={"error": error.strerror or str(error)},
        ) from None
    return answer["value"]


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
        answer = _ask(_job(Reader(""), "", limits, {}), Path(folder), Path(), limits)
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
    return RefusedInput("file_too_large", message, where=str(path), hint=_LIMITS_HINT, values={"most": limits.file_mb})


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


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    # One thread keeps the address space of OpenBLAS and Arrow within the limit.
    single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    where = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(folder))
    return {**kept, **single, **where, "LC_ALL": "C.UTF-8", "PROJ_NETWORK": "OFF", "GDAL_DRIVER_PATH": "disable"}


def _ask(job: bytes, folder: Path, path: Path, limits: Limits) -> dict[str, Any]:
    worker = subprocess.Popen(
        [sys.executable, "-I", "-m", "eradication.ingest.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(worker)

    clock = threading.Timer(limits.wall_s, end)
    clock.start()
    with worker:
        try:
            data = _talk(worker, job, limits.output_mb * _MEGABYTE)
        finally:
            clock.cancel()
            _kill(worker)
    answer = _understood(data)
    if answer is None:
        raise _broken(data is None, worker.returncode, late.is_set(), path, limits)
    if "error" in answer:
        raise _rebuilt(answer["error"], path)
    return answer


def _talk(worker: "subprocess.Popen[bytes]", job: bytes, most: int) -> bytes | None:
    """Hand over the job and take the answer; ``None`` if it is longer than ``most`` bytes."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        worker.stdin.write(job)
        worker.stdin.close()
    chunks: list[bytes] = []
    left = most
    while chunk := worker.stdout.read(min(_MEGABYTE, left + 1)):
        left -= len(chunk)
        if left < 0:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    """End the worker and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()


def _understood(data: bytes | None) -> dict[str, Any] | None:
    """Decode an answer; ``None`` if there is no whole one, because the worker broke down or was ended."""
    if data is None:
        return None
    try:
        answer = wire.decode(data)
    except ValueError:
        return None
    return answer if "value" in answer or _plausible(answer.get("error")) else None


def _plausible(said: Any) -> bool:
    """Tell whether an error is one a worker of ours would send; templates may name their values and nothing more."""
    if not isinstance(said, dict) or not isinstance(said.get("values"), dict):
        return False
    texts = [said.get(name) for name in ("type", "kind", "message", "where", "hint")]
    if not all(isinstance(text, str) for text in texts):
        return False
    if said["type"] not in _KINDS:
        return True  # its message is shown as it is
    named = re.findall(r"\{\w+\}|[{}]", said["message"] + said["hint"])
    return all(name[1:-1] in said["values"] for name in named)


def _broken(too_long: bool, status: int, late: bool, path: Path, limits: Limits) -> RefusedInput:
    if late:
        hint = N_("Try again on an idle machine, split the file, or raise wall_s under [limits] in eradication.toml.")
        message = N_("Reading the file took longer than {limit} s and was ended.")
        return RefusedInput("timeout", message, where=str(path), hint=hint, values={"limit": limits.wall_s})
    if too_long or status in (-signal.SIGKILL, -getattr(signal, "SIGXCPU", 24)):
        return RefusedInput("too_costly", _TOO_COSTLY, where=str(path), hint=_LIMITS_HINT)
    return _parser_failed(f"status {status}", path)


def _parser_failed(reason: str, path: Path) -> RefusedInput:
    message = N_("The parser broke down on this file ({reason}).")
    hint = N_("Open and save the file again with the program that made it, or export it as GPX.")
    return RefusedInput("parser_failed", message, where=str(path), hint=hint, values={"reason": reason})


def _rebuilt(said: dict[str, Any], path: Path) -> EradicationError:
    if said["type"] == "MemoryError":
        return RefusedInput("too_costly", _TOO_COSTLY, where=str(path), hint=_LIMITS_HINT)
    if said["type"] not in _KINDS:
        return _parser_failed(said["message"], path)
    where = f"{path}: {said['where']}" if said["where"] else str(path)
    kind: type[EradicationError] = _KINDS[said["type"]]
    return kind(said["kind"], said["message"], where=where, hint=said["hint"], values=said["values"])
