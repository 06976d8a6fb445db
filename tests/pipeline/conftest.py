"""Where the tests of a full disk write, and a small office."""

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from shapely.geometry import box

from eradication.domain import AdminUnit
from eradication.pipeline.workspace import Workspace, created, settings_for


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let tests mount a tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Workspace]:
    """An open workspace of two communes."""
    with created(tmp_path / "office", settings_for("Sơn La")) as workspace:
        with workspace.store.transaction() as transaction:
            transaction.add_units([_commune("04048", "Xã Vân Hồ", 104.6), _commune("04049", "Xã Tô Múa", 105.0)], [])
        yield workspace


def _commune(code: str, name: str, west: float) -> AdminUnit:
    outline = box(west, 20.0, west + 0.4, 22.0)
    return AdminUnit(code, name, date(2025, 7, 1), None, outline, west + 0.2, 21.0, None, False, "test")
