"""The program as its users run it, in this process; and copies of what takes long to make."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eradication.cli import main


@dataclass(frozen=True)
class Ended:
    """How one invocation ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        return json.loads(self.out)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run ``eradication ARGUMENTS…`` and return how it ended."""

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def demo_copy(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy of the demonstration that a test may change."""
    return shutil.copytree(demo_folder, tmp_path / "copy")


@pytest.fixture(scope="session")
def _new_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "ws"
    assert main(["--json", "init", str(folder)]) == 0
    return folder


@pytest.fixture
def workspace(_new_workspace: Path, tmp_path: Path) -> Path:
    """A fresh workspace of Sơn La: a copy, which takes a tenth of the time of making one."""
    return shutil.copytree(_new_workspace, tmp_path / "ws")
