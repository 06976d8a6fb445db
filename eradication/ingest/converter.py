"""The process that becomes a converter of foreign files. Started by :mod:`eradication.ingest.conversion`.

It reads one job as JSON from standard input, gives up what :mod:`eradication.ingest.confine` lists, says so on standard
output and then *is* the other program: same process, same limits, no network, no disk but the system's libraries and
its own folder. Nothing of the job comes from the user but the bytes of the file; where the system cannot hold the
program as it holds our own parsers, it is not started.
"""

import json
import os
import sys
from pathlib import Path

from eradication.errors import N_, EradicationError, RefusedInput
from eradication.ingest import confine, wire
from eradication.ingest.worker import described, own_pipe, send

_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1")
"""What the kernel itself starts to load a program's libraries."""
NOT_STARTED = 127
"""Exit code if the program could not be started."""


def main() -> None:
    """Give up everything, then become the program."""
    job = json.loads(sys.stdin.buffer.read())
    answer_to = own_pipe()
    try:
        held = _hold(job["command"][0], job["memory_mb"], job["cpu_s"], job["file_mb"])
    except EradicationError as error:
        send(answer_to, wire.encode({"error": described(error)}))
        return
    for chunk in wire.encode({"value": None, "isolation": held}):
        os.write(answer_to, chunk)
    # The pipe stays open in the program, so that its end is the end of the answer; more than the answer spoils it.
    os.set_inheritable(answer_to, True)
    try:
        os.execv(job["command"][0], job["command"])
    except OSError:
        os._exit(NOT_STARTED)


def _hold(program: str, memory_mb: int, cpu_s: int, file_mb: int) -> list[str]:
    """Give up everything but starting ``program``.

    Raises:
        UnusableInput, RefusedInput: ``no_isolation``.
    """
    held = confine.confine(memory_mb, cpu_s, file_mb, None, _started_with(Path(program)))
    if not {"limits", "landlock"} <= set(held):
        raise RefusedInput(
            "no_isolation",
            N_("This machine cannot lock a converter in, so files that need one are not read on it."),
            hint=N_("Export the track as GPX, or read it on a Linux computer with kernel 5.13 or newer."),
        )
    return held


def _started_with(program: Path) -> tuple[Path, ...]:
    """Return the files the kernel starts for ``program``: itself, the loader of libraries, a script's interpreter."""
    with program.open("rb") as file:
        head = file.read(256)
    script = head.startswith(b"#!")
    interpreter = head[2:].split(b"\n")[0].split()[:1] if script else []
    return (program, *(Path(os.fsdecode(name)) for name in interpreter), *map(Path, _LOADERS))


if __name__ == "__main__":
    main()
