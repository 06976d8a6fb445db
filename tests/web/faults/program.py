"""Starts the program as often as a test asks for: everything is loaded once, each process is a fork of that.

A line on stdin is a list in JSON: the file that says by how many seconds the clock is ahead (empty = it is right), the
file to log to, then the words of the command; the answer is the process's number. When stdin ends, all are killed.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import eradication.pipeline.reception.place
import eradication.store

CLOCK = "ERADICATION_TEST_CLOCK"


class Shown(datetime):
    """What the clock of the computer shows."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz or UTC) + timedelta(seconds=float(Path(os.environ[CLOCK]).read_text()))


def load() -> None:
    """Load what server and worker need."""
    for name in (
        "eradication.cli", "eradication.pipeline.reception.founding", "eradication.pipeline.reception.worker",
        "eradication.store.postgis", "eradication.web.serving", "pydantic.v1", "uvicorn.lifespan.on",
        "uvicorn.loops.auto",
    ):  # fmt: skip
        importlib.import_module(name)
    gc.freeze()  # a fork's collector leaves alone what all share


def become(clock: str, log: str, words: list[str]) -> None:
    """Be the program from now on."""
    os.setsid()
    from eradication.cli import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if clock:
        os.environ[CLOCK] = clock
        # The two places that ask for the time: of the reception, and of the ledger.
        eradication.pipeline.reception.place.datetime = Shown
        eradication.store.datetime = Shown
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for one, at in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(one, at)
    sys.argv = ["eradication", *words]
    os._exit(main(words))


def serve() -> None:
    load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    begun = []
    while line := sys.stdin.buffer.raw.readline():  # a fork would inherit what is read ahead
        clock, log, *words = json.loads(line)
        begun.append(os.fork())
        if not begun[-1]:
            become(clock, log, words)
        print(begun[-1], flush=True)
    for process in begun:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)


if __name__ == "__main__":
    serve()
