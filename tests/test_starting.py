"""What is dear to load is loaded by what uses it, and by nothing else: every program would wait for it."""

import subprocess
import sys

import pytest

DEAR = ("geopandas", "openpyxl", "pyxform", "scipy.stats", "skops")

WAYS = {
    "the server": "eradication.web.app",
    "heavy work": "eradication.pipeline.reception.apart",
    "a run": "eradication.pipeline.scan",
    "a command": "eradication.cli",
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_dear_to_load_is_not_loaded_before_it_is_needed(way: str):
    words = f"import sys, {WAYS[way]}; print(*sorted(set({DEAR!r}) & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
