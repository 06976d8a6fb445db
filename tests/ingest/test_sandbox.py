"""A parser may do anything; the caller gets data or one refusal."""

import os
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from eradication.config import Limits
from eradication.errors import RefusedInput, StorageFailed, UnusableInput
from eradication.ingest import readers, sandbox
from eradication.ingest.readers import Reader

LIMITS = Limits(wall_s=20, cpu_s=10, memory_mb=1024)
HERE = Path(__file__).parent
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and seccomp are Linux's")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "chuyến tuần tra.gpx"
    path.write_bytes(b"<gpx/>")
    return path


@pytest.fixture
def run(monkeypatch, file):
    def call(function, limits=LIMITS, *, drivers=(), library="", **options):
        reader = Reader(f"hostile_readers:{function}", drivers, library, HERE)
        monkeypatch.setitem(readers.READERS, "hostile", reader)
        return sandbox.read(file, "hostile", limits, options=options)

    return call


def test_the_reader_sees_a_copy_under_a_name_of_ours(run):
    assert run("size", a=[1, None]) == {"size": 6, "name": "input.gpx", "options": {"a": [1, None]}}


def test_numbers_come_back_as_arrays_and_text_as_text(run):
    got = run("arrays")
    np.testing.assert_array_equal(got["doubles"], [1.5, np.nan])
    np.testing.assert_array_equal(got["grid"], [[2, 1, 0], [5, 4, 3]])
    assert got["grid"].dtype == np.int16
    assert got["bytes"] == b"\x00\xff"
    assert got["$array"] == {"$dict": [1, "ắ"]}


def test_what_is_not_plain_data_is_refused(run):
    with pytest.raises(RefusedInput, match="not plain data"):
        run("odd")


def test_the_original_is_never_changed(run, file):
    run("touch")
    assert file.read_bytes() == b"<gpx/>"


def test_errors_of_the_tree_come_back_as_they_were_raised(run, file):
    with pytest.raises(RefusedInput) as caught:
        run("refuse")
    error = caught.value
    assert (error.kind, error.message, error.hint) == ("bad_day", "Line {line} is bad.", "Mend it.")
    assert error.values == {"line": 7}
    assert error.where == f"{file}: line 7"
    with pytest.raises(StorageFailed):
        run("fail")


def test_other_exceptions_are_a_parser_that_failed(run):
    with pytest.raises(RefusedInput, match="KeyError") as caught:
        run("raise_key_error")
    assert caught.value.kind == "parser_failed"


def test_a_parser_that_crashes_or_leaves_is_a_refusal(run):
    for function in ("crash", "leave"):
        with pytest.raises(RefusedInput) as caught:
            run(function)
        assert caught.value.kind == "parser_failed"


def test_what_a_parser_prints_does_not_reach_the_answer(run):
    assert run("scribble") == "clean"


def test_a_missing_file_and_a_folder_are_unusable(tmp_path):
    for path, kind in ((tmp_path / "no.gpx", "no_such_file"), (tmp_path, "is_a_directory")):
        with pytest.raises(UnusableInput) as caught:
            sandbox.read(path, "hostile", LIMITS)
        assert caught.value.kind == kind
        assert caught.value.hint


def test_a_pipe_is_unusable(tmp_path):
    os.mkfifo(tmp_path / "pipe.gpx")
    with pytest.raises(UnusableInput) as caught:
        sandbox.read(tmp_path / "pipe.gpx", "hostile", LIMITS)
    assert caught.value.kind == "not_a_file"


def test_empty_and_oversized_files_are_refused(tmp_path):
    (tmp_path / "empty.gpx").touch()
    (tmp_path / "large.gpx").write_bytes(b"x" * (1024 * 1024 + 1))
    for name, kind in (("empty.gpx", "empty_file"), ("large.gpx", "file_too_large")):
        with pytest.raises(RefusedInput) as caught:
            sandbox.read(tmp_path / name, "hostile", Limits(file_mb=1))
        assert caught.value.kind == kind


@LINUX
def test_T1_the_worker_has_no_network(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        with pytest.raises(RefusedInput):
            run("connect", port=server.getsockname()[1])
        with pytest.raises(TimeoutError):
            server.accept()


@LINUX
def test_T1_the_worker_says_what_holds_it():
    found = sandbox.isolation(LIMITS)
    assert "limits" in found
    assert {"network_namespace", "seccomp"} & set(found)


@LINUX
def test_T1_the_worker_starts_no_program(run):
    if "seccomp" not in sandbox.isolation(LIMITS):
        pytest.skip("no seccomp filter on this machine")
    with pytest.raises(RefusedInput, match="PermissionError"):
        run("launch")


@LINUX
def test_T1_the_worker_sees_an_empty_folder_and_no_environment(run, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "canary")
    got = run("surroundings")
    assert got["folder"] == ["input.gpx"]
    assert "SECRET_TOKEN" not in got["environment"]
    assert got["stdin"] == "/dev/null"


@LINUX
def test_the_worker_loads_no_heavy_library_unasked(run):
    heavy = {"numpy", "shapely", "pandas", "pyogrio", "rasterio", "pyproj", "sqlalchemy"}
    assert not heavy & set(run("surroundings")["modules"])


def test_T1_only_the_named_drivers_are_loaded(run):
    assert run("drivers", drivers=("GPX", "GeoJSON"), library="pyogrio") == ["GPX", "GeoJSON"]


def test_a_sleeping_parser_is_ended(run):
    begun = time.monotonic()
    with pytest.raises(RefusedInput) as caught:
        run("sleep", Limits(wall_s=1))
    assert caught.value.kind == "timeout"
    assert time.monotonic() - begun < 5


@pytest.mark.slow
@LINUX
def test_what_a_parser_started_is_ended_with_it(run, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[str] = []

    def watch():
        for _ in range(800):
            seen.extend(note.read_text() for note in tmp_path.glob("eradication-*/child"))
            if any(seen):
                return
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(RefusedInput):
        run("sleep_in_child", Limits(wall_s=5))
    watcher.join()
    status = Path(f"/proc/{max(seen)}/status")
    for _ in range(50):
        if not status.exists() or "zombie" in status.read_text():
            break
        time.sleep(0.1)
    assert not status.exists() or "zombie" in status.read_text()


@LINUX
def test_T1_the_worker_reads_and_writes_nothing_of_the_rest_of_the_disk(run, tmp_path):
    if "landlock" not in sandbox.isolation(LIMITS):
        pytest.skip("this kernel has no Landlock")
    canary = tmp_path / "canary"
    canary.write_text("canary")
    for path, mode in (("/etc/passwd", "r"), (canary, "r"), (canary, "w"), (tmp_path / "new", "w")):
        with pytest.raises(RefusedInput, match="PermissionError"):
            run("open_file", file=str(path), mode=mode)
    assert canary.read_text() == "canary"
    assert not (tmp_path / "new").exists()
    assert run("open_file", file="own", mode="w") == 1


@LINUX
def test_a_parser_that_burns_time_or_memory_is_too_costly(run):
    for function, limits in (("spin", Limits(cpu_s=1, wall_s=20)), ("hog", LIMITS), ("flood", Limits(output_mb=4))):
        with pytest.raises(RefusedInput) as caught:
            run(function, limits)
        assert caught.value.kind == "too_costly", function


@LINUX
def test_a_parser_cannot_fill_the_disk(run):
    with pytest.raises(RefusedInput) as caught:
        run("fill_disk", Limits(file_mb=2))
    assert caught.value.kind == "parser_failed"
