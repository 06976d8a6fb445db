"""The process that parses one user's file. Started by :mod:`eradication.ingest.sandbox`, never imported by it.

It reads one job as JSON from standard input, gives up what :mod:`eradication.ingest.confine` lists, calls the reader
and writes the answer of :mod:`eradication.ingest.wire` to standard output. Keep its imports few: they are paid for
every file.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from eradication.errors import EradicationError
from eradication.ingest import confine, gdal, wire


def main() -> None:
    """Do the one job and end."""
    job = json.loads(sys.stdin.buffer.read())
    answer_to = own_pipe()
    isolation: list[str] = []
    try:
        readable = Path(job["folder"]) if job["folder"] else None
        isolation += confine.confine(job["memory_mb"], job["cpu_s"], job["file_mb"], readable)
        chunks = wire.encode({"value": _read(job), "isolation": isolation})
    except EradicationError as error:
        chunks = wire.encode({"error": described(error), "isolation": isolation})
    except Exception as error:  # whatever a parser does on foreign bytes, the parent hears of it
        chunks = wire.encode({"error": unforeseen(error), "isolation": isolation})
    send(answer_to, chunks)


def own_pipe() -> int:
    """Keep the answer pipe for the answer alone: what libraries print goes nowhere."""
    pipe = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    return pipe


def _read(job: dict[str, Any]) -> Any:
    if not job["target"]:
        return None
    if job["library"]:
        gdal.allow_only(job["drivers"], job["library"])
    if job["folder"]:
        sys.path.insert(0, job["folder"])
    module, _, function = job["target"].partition(":")
    reader: Callable[[Path, dict[str, Any]], Any] = getattr(importlib.import_module(module), function)
    return reader(Path(job["file"]), job["options"])


def described(error: EradicationError) -> dict[str, Any]:
    """Return an error as plain data, for :mod:`eradication.ingest.verdicts` to raise again."""
    return {
        "type": type(error).__name__,
        "kind": error.kind,
        "message": error.message,
        "where": error.where,
        "hint": error.hint,
        "values": {k: v if isinstance(v, int | float | str) else str(v) for k, v in error.values.items()},
    }


def unforeseen(error: Exception) -> dict[str, Any]:
    """Return an error that is none of ours as plain data."""
    said = f"{type(error).__name__}: {error}"[:300]
    return {"type": type(error).__name__, "kind": "", "message": said, "where": "", "hint": "", "values": {}}


def send(pipe: int, chunks: Iterable[bytes]) -> None:
    """Write an answer and close the pipe."""
    with os.fdopen(pipe, "wb") as out:
        for chunk in chunks:
            out.write(chunk)


if __name__ == "__main__":
    main()
