"""A cut in the middle: the store opens, its chain verifies, and doing it again gives the same result."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rounds import rounds

PROGRAM = Path(sys.executable).with_name("eradication")


def run(workspace: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    words = [str(PROGRAM), "--workspace", str(workspace), "--json", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=200, check=False)


def told(workspace: Path) -> list[str]:
    plots = json.loads(run(workspace, "plots", "list").stdout)["plots"]
    return sorted(json.dumps(plot, sort_keys=True) for plot in plots)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated season of imagery."""
    from eradication import simulation
    from eradication.domain import Season

    folder = tmp_path_factory.mktemp("season")
    recipe = simulation.Recipe(seed=5, season=Season(2025), size_px=96)
    return simulation.write(simulation.build(recipe), folder).catalog


def cut(workspace: Path, catalog: Path, after_s: float) -> None:
    words = [PROGRAM, "--workspace", workspace, "--json", "monitor", "--season", "2025-2026", "--imagery", catalog]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def assert_whole(workspace: Path) -> None:
    audit = run(workspace, "audit", "verify")
    assert audit.returncode == 0, audit.stdout
    assert all(origin["ok"] for origin in json.loads(audit.stdout)["origins"])


def assert_cuts_change_nothing(folder: Path, catalog: Path, moments: list[float]) -> None:
    whole, cut_short = folder / "whole", folder / "cut"
    for workspace in (whole, cut_short):
        assert run(workspace, "init", workspace).returncode == 0
    began = time.monotonic()
    arguments = ("monitor", "--season", "2025-2026", "--imagery", catalog)
    first = run(whole, *arguments)
    lasted = time.monotonic() - began
    assert first.returncode == 3, first.stdout
    for share in moments:
        cut(cut_short, catalog, lasted * share)
        assert_whole(cut_short)
    again = run(cut_short, *arguments)
    assert_whole(cut_short)
    assert json.loads(again.stdout)["candidates"] == json.loads(first.stdout)["candidates"] > 0
    assert told(cut_short) == told(whole)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_T5_a_monitor_run_killed_at_many_moments_can_simply_be_run_again(tmp_path, simulated):
    cuts = rounds(6, 2)
    assert_cuts_change_nothing(tmp_path, simulated, [0.15 + 0.96 * i / cuts for i in range(cuts)])
