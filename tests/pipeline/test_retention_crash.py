"""Retention that is killed: every track is there, or none is and the figures are; nothing between is ever seen."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import old_season
import pytest
from old_season import SEASON
from rounds import rounds

from eradication.domain import EventKind
from eradication.i18n import translator
from eradication.pipeline import evidence_desk, patrolled, retention
from eradication.pipeline.workspace import created, opened
from eradication.store import thinning

PROGRAM = Path(sys.executable).with_name("eradication")

AT = {
    "noted": "note = thinning.note\ndef die(*a):\n    note(*a)\n    kill()\nthinning.note = die",
    "committed": "from eradication.store.relational import RelationalStore as R\nR.forget = lambda *a: kill()",
    "removing": (
        "import os\nunlink, seen = os.unlink, []\ndef die(path, **k):\n    unlink(path, **k)\n"
        "    seen.append(path) if '/originals/' in str(path) and 'incoming' not in str(path) else None\n"
        "    len(seen) == 3 and kill()\nos.unlink = die"
    ),
}
"""Moment → what kills the program just then."""

SCRIPT = """
import os, pathlib, signal, sys
from eradication.pipeline import retention, workspace
from eradication.store import thinning
def kill(): os.kill(os.getpid(), signal.SIGKILL)
{patch}
with workspace.opened(pathlib.Path(sys.argv[1])) as ws:
    retention.run(ws, "TP-1")
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A workspace to be copied, and its effort."""
    folder = tmp_path_factory.mktemp("old") / "ws"
    with created(folder, old_season.settings()) as workspace:
        old_season.fill(workspace, folder.parent / "files")
        return folder, patrolled.told(workspace, SEASON)[0]


def look(folder: Path, before: dict[str, Any]) -> bool:
    """Open what was left behind; tell whether the tracks are gone. Nothing may be in between."""
    with opened(folder) as workspace:
        events = workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
        raw = [workspace.store.original(event.payload["sha256"]) is not None for event in events]
        here = len(workspace.store.tracked())
        gone = bool(workspace.store.events(kinds=[EventKind.TRACKS_THINNED]))
        assert (here, sum(raw)) == ((0, 0) if gone else (6, 6))
        assert not (folder / thinning.NOTE).exists()
        assert evidence_desk.audit(workspace, translator("en"))["ok"]
        assert patrolled.told(workspace, SEASON)[0] | {"thinned": None} == before
        return gone


def cut(folder: Path, patch: str) -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT.format(patch=patch), folder], check=False, timeout=100)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("moment", AT)
def test_T5_a_thinning_that_is_cut_off_is_finished_by_whoever_opens_the_workspace(filled, tmp_path, moment):
    source, before = filled
    folder = shutil.copytree(source, tmp_path / "ws")
    cut(folder, AT[moment])
    assert (folder / thinning.NOTE).exists()
    assert look(folder, before) is (moment != "noted")
    with opened(folder) as workspace:
        retention.run(workspace, "TP-1")
    assert look(folder, before)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_T5_retention_killed_at_any_moment_leaves_no_half_of_it(filled, tmp_path):
    source, before = filled
    whole = shutil.copytree(source, tmp_path / "whole")
    words = [str(PROGRAM), "--json", "retention", "--by", "TP-1", "--workspace"]
    began = time.monotonic()
    subprocess.run([*words, str(whole)], check=True, capture_output=True, timeout=200)
    lasted = time.monotonic() - began
    ends = []
    for number in range(rounds(8, 4)):
        folder = shutil.copytree(source, tmp_path / f"ws{number}")
        process = subprocess.Popen([*words, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(lasted * (0.55 + 0.06 * number))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        ends.append(look(folder, before))
        shutil.rmtree(folder)
    assert True in ends or False in ends
