"""A run of many blocks that is ended half-way, by force or by a full disk, and run again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import seasons
from rounds import rounds

NARROW = (
    "import sys; from eradication.pipeline import blocks; blocks.SIDE_PX = 16; "
    "from eradication.cli import main; sys.exit(main(sys.argv[1:]))"
)
"""The program with blocks of 16 pixels a side, so that a small season has many."""

BLOCKS = 12


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season, and the year before it."""
    folder = tmp_path_factory.mktemp("season")
    parts = seasons.write(folder, 48, 64, 5), seasons.write(folder, 48, 64, 8, years=1)
    return seasons.Written(folder, tuple(item for part in parts for item in part.items)).catalog()


def words(workspace: Path, *arguments: object) -> list[str]:
    return [sys.executable, "-c", NARROW, "--workspace", str(workspace), "--json", *map(str, arguments)]


def run(workspace: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    ended = subprocess.run(words(workspace, *arguments), capture_output=True, text=True, timeout=250, check=False)
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def monitor(catalog: Path) -> tuple[object, ...]:
    return ("monitor", "--season", "2025-2026", "--imagery", catalog)


def done(workspace: Path, name: str) -> list[Path]:
    """Folders of blocks in which a file of this name stands."""
    return sorted(path.parent for path in (workspace / "scans").rglob(name))


def kill_when(workspace: Path, catalog: Path, is_time: Callable[[], bool]) -> None:
    process = subprocess.Popen(words(workspace, *monitor(catalog)), stdout=subprocess.DEVNULL)
    while not is_time():
        assert process.poll() is None, "it ended before it could be cut"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def states(folders: list[Path]) -> dict[Path, tuple[int, int, int]]:
    """What would change of a file if its block were read again, for then it is written again."""
    # What a kill cut off while it was written goes by the next run, and was never part of the block.
    passing = ("scores", "new-", "moved-")
    files = [file for folder in folders for file in folder.iterdir() if not file.name.startswith(passing)]
    return {file: (s := file.stat()).st_mtime_ns and (s.st_mtime_ns, s.st_ino, s.st_size) for file in files}


def told(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ("seconds", "peak_rss_mb", "layers")}


def listed(workspace: Path) -> list[str]:
    return sorted(json.dumps(plot, sort_keys=True) for plot in run(workspace, "plots", "list")[1]["plots"])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_T5_a_run_killed_between_blocks_goes_on_where_it_was_and_ends_the_same(tmp_path: Path, catalog: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for workspace in (whole, cut):
        assert run(workspace, "init", workspace)[0] == 0
    code, first = run(whole, *monitor(catalog))
    assert code == 0, first
    assert first["candidates"] > 0
    assert len(done(whole, "note.json")) == BLOCKS

    kill_when(cut, catalog, lambda: len(done(cut, "note.json")) >= 3)
    surveyed = done(cut, "note.json")
    assert 3 <= len(surveyed) < BLOCKS
    before = states(surveyed)
    kill_when(cut, catalog, lambda: len(done(cut, "scores")) >= 2)
    assert len(done(cut, "note.json")) == BLOCKS
    assert {file: state for file, state in states(surveyed).items() if file in before} == before
    before = states(done(cut, "note.json"))
    code, again = run(cut, *monitor(catalog))
    assert code == 0, again
    assert states(done(cut, "note.json")) == before
    assert told(again) == told(first)
    assert listed(cut) == listed(whole)
    assert run(cut, "audit", "verify")[0] == 0
    for layer in ("score", "class", "clear", "flowering", "holes", "bare_share"):
        ours, theirs = (Path(answer["layers"]).parent / f"{layer}.tif" for answer in (again, first))
        assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("share", [0.3, 0.8][: rounds(2, 1)])
def test_T5_a_disk_that_fills_up_during_a_run_is_said_and_the_run_goes_on_when_there_is_room(
    small_disk: Path, tmp_path: Path, catalog: Path, share: float
) -> None:
    whole, tight = tmp_path / "whole", small_disk / "tight"
    for workspace in (whole, tight):
        assert run(workspace, "init", workspace)[0] == 0
    before = size_of(whole)
    code, first = run(whole, *monitor(catalog))
    assert code == 0, first
    # Counted in whole pages, as the small disk counts.
    room = int((size_of(whole) - before) * share)
    state = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(max(0, state.f_bavail * state.f_bsize - room)))
    code, answer = run(tight, *monitor(catalog))
    assert (code, answer["error"]["kind"]) == (4, "disk_full"), answer
    assert answer["error"]["hint"]
    (small_disk / "ballast").unlink()
    assert run(tight, "audit", "verify")[0] == 0
    assert run(tight, "plots", "list")[1]["plots"] == []
    code, again = run(tight, *monitor(catalog))
    assert code == 0, again
    assert told(again) == told(first)
    assert listed(tight) == listed(whole)


def size_of(folder: Path) -> int:
    """Bytes of a folder's files in pages of 4096."""
    return sum(-(-file.stat().st_size // 4096) * 4096 for file in folder.rglob("*") if file.is_file())
