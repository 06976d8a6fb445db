"""T28, T5: a backup or a restore that is killed leaves nothing half under its name, and the next one cleans up."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from rounds import rounds
from store import crashes

from eradication.domain import EventKind
from eradication.pipeline.workspace import created, settings_for
from eradication.store import age, age_keys, unpacking, vault

PROGRAM = Path(sys.executable).with_name("eradication")
TIMES = rounds(12, 5)
ORIGINALS = 36
"""Of 0.4 MB each, which no compression makes smaller."""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace with some megabytes in it and a key on a stick."""
    folder = tmp_path / "office"
    (tmp_path / "tmp").mkdir()
    public = age_keys.make_identity(tmp_path / "key", "")
    chance = random.Random(1)
    with created(folder, settings_for("Sơn La")) as workspace, workspace.store.transaction() as transaction:
        for number in range(ORIGINALS):
            (folder / "x").write_bytes(chance.randbytes(400_000))
            kept = transaction.put_original(folder / "x")
            transaction.append(EventKind.RUN_FINISHED, datetime.now(UTC), {"run": f"r{number}", "sha256": kept})
        (folder / "x").unlink()
    file = folder / "eradication.toml"
    file.write_text(file.read_text("utf-8").replace("recipients = []", f'recipients = ["{public}"]'), "utf-8")
    return folder


def words(office: Path, *arguments: object) -> list[str]:
    return [str(PROGRAM), "--workspace", str(office), "--json", *map(str, arguments)]


def run(office: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"TMPDIR": str(office.parent / "tmp")}
    return subprocess.run(words(office, *arguments), capture_output=True, text=True, timeout=200, check=False, env=env)


def kill_after(office: Path, seconds: float, *arguments: object) -> int:
    env = os.environ | {"TMPDIR": str(office.parent / "tmp")}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words(office, *arguments), stdout=quiet, stderr=quiet, env=env)
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    return process.wait()


def timed(office: Path, *arguments: object) -> float:
    began = time.monotonic()
    done = run(office, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - began


def assert_whole(file: Path, key: Path, scratch: Path) -> None:
    scratch.mkdir()
    vault.checked(file, unpacking.unpack(file, age.Opener(age_keys.read_identities(key)), scratch))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_T28_a_killed_backup_leaves_the_last_whole_one(office, tmp_path):
    folder, key, chance = tmp_path / "out", tmp_path / "key", random.Random(7)
    folder.mkdir()
    lasted = timed(office, "backup", folder)
    killed, known = 0, {path: path.read_bytes() for path in folder.iterdir()}
    for turn in range(TIMES):
        killed += kill_after(office, lasted * chance.uniform(0.4, 1.05), "backup", folder) == -signal.SIGKILL
        found = {path: path.read_bytes() for path in folder.glob("*.age")}
        assert {path: found[path] for path in known} == known
        for path in found.keys() - known.keys():
            assert_whole(path, key, tmp_path / f"scratch{turn}")
        known = found
    assert killed >= TIMES // 3
    timed(office, "backup", folder)
    assert {path.name for path in folder.iterdir()} == {path.name for path in folder.glob("eradication-sonla-*.age")}
    out = max(folder.iterdir())
    assert {path.name for path in (office / ".backup").iterdir()} <= {".lock"}
    assert run(office, "audit", "verify").returncode == 0
    assert run(office, "restore", out, "--verify", "--identity", key).returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_T28_a_killed_restore_leaves_no_half_workspace(office, tmp_path):
    out, key, chance = tmp_path / "b.age", tmp_path / "key", random.Random(8)
    timed(office, "backup", out)
    lasted = timed(office, "restore", out, "--to", tmp_path / "first", "--identity", key)
    again, killed = tmp_path / "again", 0
    for turn in range(TIMES):
        how = ("restore", out, "--to", again, "--identity", key)
        killed += kill_after(office, lasted * chance.uniform(0.4, 1.05), *how) == -signal.SIGKILL
        if again.exists():
            assert run(again, "audit", "verify").returncode == 0
            assert len(list((again / "originals").glob("*/*"))) == ORIGINALS
            again.rename(tmp_path / f"whole{turn}")
    assert killed >= TIMES // 3
    timed(office, "restore", out, "--to", again, "--identity", key)
    assert not list(tmp_path.glob(".*restoring*"))
    for _ in range(4):
        kill_after(office, lasted * chance.uniform(0.4, 1.0), "restore", out, "--verify", "--identity", key)
    assert run(office, "restore", out, "--verify", "--identity", key).returncode == 0
    assert list((tmp_path / "tmp").glob("eradication-verify*")) == []


@pytest.mark.slow
def test_T28_a_backup_is_of_one_moment_while_others_write(office, tmp_path):
    key = tmp_path / "key"
    writer = crashes.start(office, "loop", 10_000, "w")
    try:
        assert writer.stdout is not None
        for number in range(3):
            out = tmp_path / f"b{number}.age"
            writer.stdout.readline()
            done = run(office, "backup", out)
            assert done.returncode == 0, done.stdout
            tried = run(office, "restore", out, "--verify", "--identity", key)
            assert tried.returncode == 0, tried.stdout
            assert json.loads(tried.stdout)["backup"]["events"] == json.loads(done.stdout)["events"]
    finally:
        writer.kill()
        writer.communicate()


@pytest.mark.slow
def test_T28_a_full_disk_is_said_and_leaves_nothing_half(office, tmp_path, small_disk):
    """24 MB of disk: the second backup of 14 MB does not fit beside the first, nor does what is unpacked."""
    out, key = small_disk / "b.age", tmp_path / "key"
    assert run(office, "backup", out).returncode == 0
    before = out.read_bytes()
    done = run(office, "backup", small_disk / "c.age")
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (4, "disk_full")
    assert out.read_bytes() == before
    assert {path.name for path in small_disk.iterdir()} == {"b.age"}
    done = run(office, "restore", out, "--to", small_disk / "again", "--identity", key)
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (4, "disk_full")
    assert {path.name for path in small_disk.iterdir()} == {"b.age"}


def test_an_age_file_of_somebody_else_is_no_backup(tmp_path):
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "letter.age"
    file.write_bytes(pyrage.encrypt(b"Dear friend" * 100, [identity.to_public()]))
    (tmp_path / "key").write_text(str(identity))
    done = run(tmp_path / "nowhere", "restore", file, "--verify", "--identity", tmp_path / "key")
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (5, "backup_damaged")
