"""The process beside the server that does the long work: it is started again whenever it ends by itself."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from eradication.domain.event import iso
from eradication.pipeline.reception import lifeline
from eradication.web.logs import to_stderr

LONGEST_STOP_S = 20
"""How long whoever is asked to end may take."""
_NICE = 5
_SHORTEST_S, _LONGEST_S = 1.0, 60.0
_LIVED_S = 60.0
"""A worker that lived this long had begun well: the next one is not waited for."""


@contextmanager
def worker(folder: Path) -> Iterator[None]:
    """Keep a worker of the workspace in ``folder`` going; what a killed one had begun, the next one takes up."""
    program = "import sys; from eradication.cli import main; sys.exit(main())"
    with kept([sys.executable, "-c", program, "--workspace", str(folder), "worker"]):
        yield


@contextmanager
def kept(words: Sequence[str]) -> Iterator[None]:
    """Keep a program going that ends with this one, see :func:`eradication.pipeline.reception.lifeline.watch`."""
    over = threading.Event()
    thread = threading.Thread(target=_keep, args=(words, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep(words: Sequence[str], over: threading.Event) -> None:
    pause_s = 0.0
    while not over.wait(pause_s):
        process, began = lifeline.started(words), time.monotonic()
        if hasattr(os, "setpriority"):  # who waits for a receipt goes first
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        with process:  # the lifeline is let go of when the program has ended
            while process.poll() is None and not over.wait(0.2):
                pass
            if process.poll() is None:
                _end(process)
                return
        pause_s = next_pause(pause_s, time.monotonic() - began)
        told = {"at": iso(datetime.now(UTC)), "worker_ended": process.returncode, "again_in_s": pause_s}
        to_stderr(json.dumps(told))


def next_pause(before_s: float, lived_s: float) -> float:
    """Return how long to wait until a program that lived ``lived_s`` is started again; ``before_s`` was waited last."""
    if lived_s >= _LIVED_S:
        return _SHORTEST_S
    return min(max(2 * before_s, _SHORTEST_S), _LONGEST_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(LONGEST_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()  # its lease runs out, and the next worker takes the job up
        process.wait()
