"""From closing a period to the document, on ten simulated seasons: beside one plain replay of all events.

``make bench-store`` runs it too. ``ERADICATION_BENCH_STORE`` is the share of the whole size, 1 if not set. Compared is
time on the processor, for machines are shared; printed are both, and the peak of memory.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benchmarks import big_store
from benchmarks.imagery import machine, printed
from benchmarks.imagery.setting import keep, setting

from eradication import history
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace, created, opened, settings_for

pytestmark = [pytest.mark.bench_store, pytest.mark.timeout(7200)]

WHOLE = float(os.environ.get("ERADICATION_BENCH_STORE", "1"))
PERIOD = f"{big_store.FIRST_YEAR + big_store.SEASONS}-H1"
PROGRAM = Path(sys.executable).with_name("eradication")

MOST_OF_A_REPLAY = 4.0
"""A command against reading all events and replaying them once: the history is told at six moments."""
MOST_GB = 6.0


def test_from_closing_a_period_to_the_document(tmp_path: Path):
    folder = tmp_path / "ws"
    with created(folder, settings_for("Sơn La")) as workspace:
        counts = big_store.fill(workspace, WHOLE)
        with workspace.store.transaction() as transaction:
            projection.refresh(workspace, transaction)
    replaying = _replaying(folder)
    told: dict[str, dict[str, float]] = {}
    report = ["report", PERIOD, "--out", str(tmp_path / "out"), "--format"]
    told["period close"] = _command(folder, ["period", "close", PERIOD, "--by", "CB-1"])
    told["report, DOCX"] = _command(folder, [*report, "docx"])
    told["report, DOCX and PDF"] = _command(folder, [*report, "docx,pdf"])
    size_mb = (folder / "store.gpkg").stat().st_size / 1e6
    shutil.rmtree(folder)
    how = setting()
    print(f"\nsimulated seasons\n{printed.block('machine', machine.described(how.out))}")
    print(f"{counts['events']} events, {counts['plots']} plots, {size_mb:.0f} MB")
    print(f"one plain replay of all events: {replaying:.1f} s on the processor")
    for name, one in told.items():
        print(f"{name:<24}" + "".join(f"{what} {value:<10.2f}" for what, value in one.items()))
        one["of a replay"] = one["processor_s"] / replaying
        print(f"{'':<24}{one['of a replay']:.2f} times that replay")
    keep(how.out, "paper", {"paper": {"counts": counts, "replay_s": replaying, **told}})
    assert all(one["memory_gb"] < MOST_GB for one in told.values())
    if WHOLE >= 0.1:  # below, starting the program takes longer than a replay
        assert told["period close"]["of a replay"] < MOST_OF_A_REPLAY
        assert told["report, DOCX"]["of a replay"] < MOST_OF_A_REPLAY


def _replaying(folder: Path) -> float:
    with opened(folder) as workspace:
        began = time.process_time()
        told = _replayed(workspace)
        took = time.process_time() - began
    assert len(told.plots) > 0
    return took


def _replayed(workspace: Workspace) -> history.History:
    return history.replay(
        workspace.store.events(kinds=history.KINDS),
        as_of=datetime.now(UTC),
        locate=projection.locator(workspace),
        settings=workspace.settings,
    )


MEASURING = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
taken = {"clock_s": time.perf_counter() - began, "processor_s": used.ru_utime + used.ru_stime}
print(json.dumps(taken | {"memory_gb": used.ru_maxrss / 1e6}))
sys.exit(done.returncode)
"""
"""A small program that runs another: the peak of memory of a process begins with that of whoever started it."""


def _command(folder: Path, words: list[str]) -> dict[str, float]:
    """Run a command of the program; return what it took by the clock, on the processor, and of memory."""
    command = [sys.executable, "-c", MEASURING, PROGRAM, "--workspace", folder, "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    taken: dict[str, float] = json.loads(done.stdout)
    return taken
