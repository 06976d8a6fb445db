"""A full disk: a clear error, its exit code, and a store that is what it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("eradication")


def run(workspace: Path, *arguments: object) -> tuple[int, dict]:
    words = [str(PROGRAM), "--workspace", str(workspace), "--json", *map(str, arguments)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def big_gpx(points: int) -> str:
    rows = "".join(
        f'<trkpt lat="{20.5 + i * 1e-5:.6f}" lon="{104.5 + (i % 7) * 1e-5:.6f}"><ele>{i % 900}.5</ele></trkpt>'
        for i in range(points)
    )
    return f'<gpx version="1.1" creator="t"><trk><trkseg>{rows}</trkseg></trk></gpx>'


@pytest.mark.slow
def test_T5_a_full_disk_is_said_and_leaves_the_store_unchanged(small_disk, tmp_path):
    workspace = small_disk / "ws"
    code, _ = run(workspace, "init", workspace)
    assert code == 0
    before = run(workspace, "audit", "verify")
    track = tmp_path / "long.gpx"
    track.write_text(big_gpx(15_000))
    (small_disk / "ballast").write_bytes(bytes(max(0, os.statvfs(small_disk).f_bavail * 4096 - 500_000)))
    code, answer = run(workspace, "patrols", "import", track)
    assert code == 4
    assert answer["error"]["kind"] == "disk_full"
    assert answer["error"]["hint"]
    (small_disk / "ballast").unlink()
    assert run(workspace, "audit", "verify") == before
    code, answer = run(workspace, "patrols", "import", track)
    assert (code, answer["files"][0]["status"]) == (0, "accepted")
