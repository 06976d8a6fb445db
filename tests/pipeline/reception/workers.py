"""Workers as processes of their own, that tests kill."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from eradication.pipeline.reception import jobs

PROGRAM = "import sys; from eradication.cli import main; sys.exit(main(sys.argv[1:]))"
ROOT = Path(__file__).resolve().parents[3]
LONGEST_S = 120.0


def start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """Start ``eradication worker`` on a workspace."""
    command = [sys.executable, "-c", PROGRAM, "--workspace", str(folder), "--lang", "en", "worker", *words]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@contextmanager
def working(folder: Path, *words: str):
    """Start a worker, and kill it at the end if nobody did."""
    process = start(folder, *words)
    try:
        yield process
    finally:
        kill(process)


def kill(process: "subprocess.Popen[str]") -> None:
    """End a worker as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=LONGEST_S)


def wait_for(look, process=None, longest_s=LONGEST_S) -> None:
    """Wait until something is so; a worker that ended meanwhile says why it did."""
    began = time.monotonic()
    while not look():
        assert time.monotonic() - began < longest_s, "it never came to be"
        assert process is None or process.poll() is None, process.communicate()[0]
        time.sleep(0.02)


def ended(place, job_ids) -> bool:
    """Whether all of some jobs are over, each well."""
    states = [jobs.shown(place, job_id)["state"] for job_id in job_ids]
    assert not {"failed", "cancelled"} & set(states)
    return set(states) == {"done"}
