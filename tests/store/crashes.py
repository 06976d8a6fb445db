"""Processes that write and are killed, and what must be there afterwards."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from eradication import store as stores
from eradication.store import verify

WRITER = Path(__file__).with_name("writer.py")
ROOT = Path(__file__).resolve().parents[2]


def start(workspace: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(workspace), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def check_whole(workspace: Path, acknowledged: set[str]) -> None:
    """Everything acknowledged is there with all that belongs to it, nothing half."""
    with stores.open(workspace) as store:
        assert all(check.ok for check in verify(store))
        events = store.events()
        recorded = [str(event.payload["patrol"]) for event in events if event.kind == "patrol_recorded"]
        assert acknowledged <= set(recorded)
        assert len(recorded) == len(set(recorded))
        finished = [str(event.payload["patrol"]) for event in events if event.kind == "run_finished"]
        assert sorted(finished) == sorted(recorded)
        assert sorted(name for name, _ in store.tracks()) == sorted(recorded)


def assert_kills_lose_nothing(workspace: Path, times: int) -> None:
    acknowledged: set[str] = set()
    chance = random.Random(5)
    for turn in range(times):
        writer = start(workspace, "loop", 10_000, f"k{turn}")
        assert writer.stdout is not None
        wanted = chance.randint(1, 15)
        for line in writer.stdout:
            if line.startswith("ack"):
                acknowledged.add(line.split()[1])
                wanted -= 1
            if wanted == 0:
                break
        time.sleep(chance.uniform(0, 0.03))
        writer.kill()
        rest, _ = writer.communicate()
        # What was in the pipe was acknowledged too; a line cut off was not.
        acknowledged |= {
            line.split()[1] for line in rest.splitlines(keepends=True) if line[:3] == "ack" and line[-1] == "\n"
        }
        check_whole(workspace, acknowledged)
    assert len(acknowledged) >= times
