"""Compiled loops where their cache can be written, and where nothing can."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eradication import compiled

LOOP = """
from numba import types
from compiled import compiled, inlined, loop, part

@{inner}
def twice(value):
    return 2 * value

@{outer}
def doubled(value):
    return twice(value)
"""
KINDS = {"early": ("inlined", "compiled(types.int64(types.int64))"), "at the first call": ("part", "loop")}


pytestmark = pytest.mark.slow  # each of its programs compiles anew


@pytest.fixture(params=["early", "at the first call"])
def installed(tmp_path, request):
    """A folder with a compiled loop beside which no cache can be written, as in a package installed read-only."""
    folder = tmp_path / "installed"
    folder.mkdir()
    shutil.copy(compiled.__file__, folder / "compiled.py")
    inner, outer = KINDS[request.param]
    (folder / "loop.py").write_text(LOOP.format(inner=inner, outer=outer))
    # A file where the cache would be stops root as well.
    (folder / "__pycache__").touch()
    return folder


def run(folder: Path, home: str) -> str:
    kept = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    code = "import loop; print(loop.doubled(21), sum(loop.doubled.stats.cache_hits.values()))"
    command = [sys.executable, "-W", "error", "-B", "-c", code]
    done = subprocess.run(command, cwd=folder, env=kept | {"HOME": home}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_read_only_code_is_kept_in_the_users_cache(installed, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    assert run(installed, str(home)) == "42 0"
    assert list(home.rglob("loop.doubled*.nbc"))
    assert run(installed, str(home)) == "42 1"


def test_where_no_cache_can_be_written_it_is_compiled_anew(installed):
    assert run(installed, os.devnull) == "42 0"
    assert run(installed, os.devnull) == "42 0"
