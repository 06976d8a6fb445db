"""A file that cannot be written: the true cause in one line, nothing left behind."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from report import samples

from eradication.errors import StorageFailed
from eradication.i18n import explain, translator
from eradication.report import exchange
from eradication.report.whole import write_whole

STATEMENT = "Could not add feature to layer at index 0: sqlite3_exec(INSERT INTO plots VALUES (" + "'x', " * 2000 + ")"
SUFFIXES = tuple(exchange.WRITERS)


def failing(error: Exception) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    return write


def failure(folder: Path, error: Exception) -> StorageFailed:
    target = folder / "plots.gpkg"
    target.write_bytes(b"old")
    with pytest.raises(StorageFailed) as failed:
        write_whole(target, failing(error))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"plots.gpkg": b"old"}
    return failed.value


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        OSError(f"{STATEMENT} failed: database or disk is full"),
        OSError("Error writing bytes to file. Detail: [errno 28] No space left on device"),
    ],
    ids=["no space", "quota", "sqlite", "arrow"],
)
def test_a_full_disk_is_called_that_and_nothing_else_is_said(tmp_path: Path, error: OSError) -> None:
    failed = failure(tmp_path, error)
    assert failed.kind == "disk_full"
    assert str(failed) == f"The disk is full: plots.gpkg was not written. [{tmp_path / 'plots.gpkg'}]"
    told = explain(failed, translator("vi"))
    assert told["message"] == "Ổ đĩa đã đầy: chưa ghi được plots.gpkg."
    assert told["hint"].startswith("Hãy")


def test_a_driver_without_a_cause_met_a_full_disk_if_there_is_no_room_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = []

    def usage(folder: Path) -> SimpleNamespace:
        halves.extend(path.read_bytes() for path in folder.rglob(".writing-*/*"))
        return SimpleNamespace(total=10**9, used=10**9 - 4096, free=4096)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert failure(tmp_path, OSError(f"{STATEMENT} failed")).kind == "disk_full"
    assert halves == [b"half"], "room is measured while the half-written file still takes it"
    assert failure(tmp_path, OSError(errno.EACCES, "Permission denied")).kind == "cannot_write"


def test_of_a_driver_s_error_only_the_first_words_are_kept(tmp_path: Path) -> None:
    failed = failure(tmp_path, OSError(f"\n{STATEMENT}\nand more"))
    assert failed.kind == "cannot_write"
    said = str(failed.values["error"])
    assert said.startswith("Could not add feature to layer")
    assert said.endswith("…")
    assert len(said) <= 200
    assert failure(tmp_path, OSError("disk I/O error\nPRAGMA x")).values["error"] == "disk I/O error"


def can_mount(folder: Path, size: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 176 kB: room for every small file, but not for the GeoPackage."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not can_mount(folder, "176k"):
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_T5_on_a_disk_that_is_really_full_every_format_says_so_and_leaves_what_was_there(small_disk: Path) -> None:
    rows = samples.plots(300)
    paths = [small_disk / f"plots{suffix}" for suffix in SUFFIXES]
    for path in paths:
        path.write_bytes(b"old")
    (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free - 8192))
    for path in paths:
        with pytest.raises(StorageFailed) as failed:
            exchange.export(rows, path)
        assert failed.value.kind == "disk_full", path.suffix
    (small_disk / "ballast").unlink()
    assert {path: path.read_bytes() for path in small_disk.iterdir()} == dict.fromkeys(paths, b"old")
    with pytest.raises(StorageFailed) as failed:
        exchange.export(rows, small_disk / "plots.gpkg")
    assert failed.value.kind == "disk_full", "halfway through as well"
    exchange.export(rows, small_disk / "plots.gpx")
    assert (small_disk / "plots.gpx").stat().st_size > 10_000
