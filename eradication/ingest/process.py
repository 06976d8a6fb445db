"""A process of ours that works on one user's file: started, handed its job, heard out, and ended whatever happens."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from eradication.config import Limits

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    said: bytes | None
    """What it wrote to its standard output; ``None`` if that was longer than allowed."""
    status: int
    """Exit code; negative = the signal that ended it."""
    late: bool
    """True if it was ended for taking too long."""


def run(module: str, job: bytes, folder: Path, limits: Limits) -> Ended:
    """Run ``python -I -m module`` in ``folder`` with ``job`` on its standard input.

    It sees no environment of ours, and it is ended with all it started when it is done or ``limits.wall_s`` are over.
    """
    worker = subprocess.Popen(
        [sys.executable, "-I", "-m", module],
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
            said = _talk(worker, job, limits.output_mb * _MEGABYTE)
        finally:
            clock.cancel()
            _kill(worker)
    return Ended(said, worker.returncode, late.is_set())


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    # One thread keeps the address space of OpenBLAS and Arrow within the limit.
    single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    where = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(folder))
    return {**kept, **single, **where, "LC_ALL": "C.UTF-8", "PROJ_NETWORK": "OFF", "GDAL_DRIVER_PATH": "disable"}


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
