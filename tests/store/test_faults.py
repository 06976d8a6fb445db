"""T5: killed, starved and raced writers leave a store that opens, verifies and holds all that was acknowledged."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from store.crashes import assert_kills_lose_nothing, check_whole, start
from store.samples import candidate, record

from eradication import store as stores
from eradication.errors import EradicationError, StorageFailed, UnusableInput
from eradication.store import bundle, verify
from eradication.store.files import failed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_T5_what_was_acknowledged_survives_two_kills(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    stores.open(folder, create=True).close()
    assert_kills_lose_nothing(folder, 2)


@pytest.mark.slow
def test_T5_what_was_acknowledged_survives_twenty_kills(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    stores.open(folder, create=True).close()
    assert_kills_lose_nothing(folder, 20)


@pytest.mark.slow
def test_T5_two_writers_at_once_make_one_chain(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    stores.open(folder, create=True).close()
    writers = [start(folder, "count", 15, name) for name in ("a", "b")]
    answers = [writer.communicate(timeout=120) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], answers
    check_whole(folder, {f"{name}-{n}" for name in "ab" for n in range(15)})
    with stores.open(folder) as store:
        assert [event.number for event in sorted(store.events(), key=lambda e: e.number)] == list(range(1, 61))


def can_mount() -> bool:
    """Tell whether this process may mount a small file system of its own."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    folder = Path("/tmp") / f"eradication-mount-{os.getpid()}"
    folder.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.returncode == 0
    finally:
        folder.rmdir()


WAYS = ["limit", "tmpfs"] if can_mount() else ["limit"]


@contextmanager
def small_disk(folder: Path, way: str) -> Iterator[None]:
    folder.mkdir()
    if way == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        if way == "tmpfs":
            subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("way", WAYS)
def test_T5_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path, empty: Path, way: str):
    folder = tmp_path / "ws"
    (tmp_path / "big").write_bytes(os.urandom(4 << 20))
    with small_disk(folder, way):
        shutil.copy(empty, folder)
        stores.open(folder, create=True).close()
        writer = start(folder, "full", (1 << 20) if way == "limit" else 0)
        out, error = writer.communicate(timeout=120)
        assert writer.returncode == 0, error
        lines = [line.split() for line in out.splitlines()]
        acknowledged = {words[1] for words in lines if words[0] == "ack"}
        assert len(acknowledged) > 3
        kinds = [words[1] for words in lines if words[0] == "failed"]
        assert kinds[:2] == ["disk_full", "disk_full"]
        # A bundle may be small enough for what is left.
        assert kinds[2] in ("disk_full", "nothing")
        assert lines[-1] == ["readable", str(2 * len(acknowledged))]
        assert not list((folder / "originals").glob(".incoming-*"))
        check_whole(folder, acknowledged)
        with stores.open(folder) as store:
            assert len(store.layer("candidates")) == 1
            assert len(store.events()) == 2 * len(acknowledged)


@pytest.mark.skipif("tmpfs" not in WAYS and os.environ.get("CI") != "true", reason="may not mount a small disk here")
def test_T5_a_store_that_cannot_be_made_says_why(tmp_path: Path):
    if "tmpfs" not in WAYS:
        assert failed("disk_full", tmp_path).kind == "disk_full"
        return
    folder = tmp_path / "ws"
    with small_disk(folder, "tmpfs"):
        (folder / "ballast").write_bytes(b"x" * (2 << 20))
        with pytest.raises(StorageFailed) as full:
            stores.open(folder / "new", create=True)
        assert full.value.kind == "disk_full"
        (folder / "ballast").unlink()
        with stores.open(folder / "new", create=True) as store:
            record(store, {"n": 1})


def kind_of(call: Callable[[], object]) -> str:
    with pytest.raises(EradicationError) as caught:
        call()
    assert str(caught.value)
    assert caught.value.where
    return caught.value.kind


def test_a_folder_without_a_store_is_unusable(tmp_path: Path):
    with pytest.raises(UnusableInput) as refused:
        stores.open(tmp_path)
    assert refused.value.kind == "no_store"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 4000])
def test_T5_a_file_that_is_no_store_is_damaged(tmp_path: Path, content: bytes):
    stores.open(tmp_path, create=True).close()
    (tmp_path / "store.gpkg").write_bytes(content)
    assert kind_of(lambda: stores.open(tmp_path)) == "store_damaged"
    assert (tmp_path / "store.gpkg").read_bytes() == content


def test_T5_another_programs_database_is_not_taken_over(tmp_path: Path):
    stores.open(tmp_path, create=True).close()
    (tmp_path / "store.gpkg").unlink()
    with closing(sqlite3.connect(tmp_path / "store.gpkg")) as raw:
        raw.execute("CREATE TABLE mine (x)")
    assert kind_of(lambda: stores.open(tmp_path)) == "store_damaged"
    assert kind_of(lambda: stores.open(tmp_path, create=True)) == "store_damaged"


def test_T5_damaged_pages_are_told(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    with stores.open(folder, create=True) as store:
        record(store, *({"n": n, "text": "x" * 500} for n in range(500)))
    file = folder / "store.gpkg"
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = b"\xa5" * (len(content) - len(content) // 2)
    file.write_bytes(content)
    with stores.open(folder) as store:
        assert kind_of(store.events) == "store_damaged"
        assert kind_of(lambda: verify(store)) == "store_damaged"


def test_T5_a_busy_store_says_so(workspace: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eradication.store.database.BUSY_S", 0.1)
    folder = workspace("ws")
    with stores.open(folder, create=True) as store, closing(sqlite3.connect(folder / "store.gpkg")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        assert kind_of(lambda: record(store, {})) == "store_locked"
        other.execute("ROLLBACK")
        record(store, {})
        assert len(store.events()) == 1


def test_the_key_is_private_and_needed(tmp_path: Path):
    with stores.open(tmp_path, create=True) as store:
        origin = store.origin
        record(store, {"n": 1})
    key = tmp_path / "keys" / "origin.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    pem = key.read_bytes()
    for damage in (b"", b"nonsense", pem[: len(pem) // 2]):
        key.write_bytes(damage)
        assert kind_of(lambda: stores.open(tmp_path)) == "key_damaged"
    key.unlink()
    assert kind_of(lambda: stores.open(tmp_path)) == "key_missing"
    with stores.open(tmp_path, create=True) as store:
        record(store, {"n": 2})
        assert store.origin != origin
        assert len(store.origins()) == 2
        assert all(check.ok for check in verify(store))


def test_a_workspace_may_lie_in_a_folder_with_odd_letters(tmp_path: Path):
    folder = tmp_path / "Sơn La 100% ?mode=ro#1 'x' & co"
    for n in range(2):
        with stores.open(folder, create=n == 0) as store:
            record(store, {"n": n})
    assert sorted(path.name for path in folder.iterdir()) == ["keys", "store.gpkg"]


def test_opening_again_keeps_the_origin_and_the_events(tmp_path: Path):
    with stores.open(tmp_path, device="máy 1", create=True) as store:
        record(store, {"n": 1})
        origin, events = store.origin, store.events()
    with stores.open(tmp_path, create=True) as store:
        assert (store.origin, store.events()) == (origin, events)
        assert store.device != ""


@pytest.mark.bench
def test_speed(workspace: Callable[[str], Path], capsys: pytest.CaptureFixture[str]):
    with stores.open(workspace("ws"), create=True) as store:
        begin = time.perf_counter()
        record(store, *({"n": n} for n in range(1000)))
        events_s = time.perf_counter() - begin
        rows = [candidate(f"c{n}", 103 + n % 200 / 100, 20 + n // 200 / 100) for n in range(20_000)]
        begin = time.perf_counter()
        with store.transaction() as transaction:
            transaction.replace_layer("candidates", rows)
        rows_s = time.perf_counter() - begin
        begin = time.perf_counter()
        found = store.layer("candidates", bbox=(104.0, 20.5, 104.05, 20.55))
        search_s = time.perf_counter() - begin
    with capsys.disabled():
        print(f"\n1 000 events {events_s:.2f} s, 20 000 indexed rows {rows_s:.2f} s, search {1000 * search_s:.1f} ms")
    assert found
    assert events_s < 1
    assert rows_s < 10


def test_T18_an_older_copy_of_the_store_is_found_and_does_not_fork_the_chain(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    with stores.open(folder, create=True) as store:
        record(store, {"n": 1})
    backup = (folder / "store.gpkg").read_bytes()
    with stores.open(folder) as store:
        record(store, {"n": 2})
        bundle.write(store, folder / "sent.zip")
    (folder / "store.gpkg").write_bytes(backup)
    with stores.open(folder) as store:
        assert [(check.ok, check.first_bad, check.reason) for check in verify(store)] == [(False, 2, "missing_event")]
        assert kind_of(lambda: record(store, {"n": 3})) == "store_rolled_back"
        assert len(store.events()) == 1
        bundle.merge(store, bundle.read(folder / "sent.zip"))
        record(store, {"n": 3})
        assert [event.payload["n"] for event in store.events()] == [1, 2, 3]
        assert all(check.ok for check in verify(store))


def test_a_lost_note_of_what_was_signed_does_no_harm(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    for content in (None, "", "nonsense", "7"):
        with stores.open(folder, create=True) as store:
            record(store, {"n": content})
            assert (folder / "keys" / "origin.signed").exists()
            if content is None:
                (folder / "keys" / "origin.signed").unlink()
            elif content != "7":
                (folder / "keys" / "origin.signed").write_text(content)
            record(store, {"n": 0})
            assert all(check.ok for check in verify(store))


def test_T5_three_processes_may_make_one_store_at_once(tmp_path: Path):
    code = "import sys, pathlib, eradication.store as s; print(s.open(pathlib.Path(sys.argv[1]), create=True).origin)"
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "ws")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(3)]
    origins = {maker.communicate(timeout=120)[0] for maker in makers}
    assert [maker.returncode for maker in makers] == [0] * 3
    with stores.open(tmp_path / "ws") as store:
        assert origins == {store.origin + "\n"}
        record(store, {})


def test_leavings_of_a_killed_copy_are_tidied_up(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    (folder / "originals").mkdir()
    for name, age_s in ((".incoming-old", 2 * 86400), (".incoming-new", 60)):
        (folder / "originals" / name).write_bytes(b"x")
        os.utime(folder / "originals" / name, (time.time() - age_s,) * 2)
    stores.open(folder, create=True).close()
    assert [path.name for path in (folder / "originals").iterdir()] == [".incoming-new"]
