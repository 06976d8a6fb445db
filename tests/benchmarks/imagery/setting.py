"""What the environment may set for the measurements, and where their output goes.

``ERADICATION_BENCH_SETS``     folder in which sets are kept and used again; else they are made and deleted
``ERADICATION_BENCH_OUT``      folder of the results, ``bench-out`` if not set
``ERADICATION_BENCH_REPEATS``  repeats of every method, 3 if not set
``ERADICATION_BENCH_ASSERT``   1: the goals must be reached, else they are only printed beside the figures
``ERADICATION_BENCH_PX``       side of a square of land in pixels, 1024 if not set; 128 makes a trial run in minutes
``ERADICATION_BENCH_PROVINCE`` rows and columns of the province, ``13000x11000`` if not set
``ERADICATION_BENCH_VARIANTS`` different squares of land in the province, 64 if not set
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
DATES = 30
PROVINCE_MPX = 141.0
"""Sơn La's 14 100 km² in pixels of 10 m."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What to do."""

    out: Path
    repeats: int
    must_reach: bool
    square_px: int
    province: tuple[int, int]
    variants: int

    @property
    def is_trial(self) -> bool:
        """True if sizes are too small for the figures to mean anything."""
        return self.square_px < 512


def setting() -> Setting:
    """Read the environment."""
    rows, _, columns = os.environ.get("ERADICATION_BENCH_PROVINCE", "13000x11000").partition("x")
    out = Path(os.environ.get("ERADICATION_BENCH_OUT", ROOT / "bench-out"))
    out.mkdir(parents=True, exist_ok=True)
    return Setting(
        out=out,
        repeats=int(os.environ.get("ERADICATION_BENCH_REPEATS", "3")),
        must_reach=os.environ.get("ERADICATION_BENCH_ASSERT") == "1",
        square_px=int(os.environ.get("ERADICATION_BENCH_PX", "1024")),
        province=(int(rows), int(columns)),
        variants=int(os.environ.get("ERADICATION_BENCH_VARIANTS", "64")),
    )


@contextmanager
def sets_folder() -> Iterator[Path]:
    """Give the folder of sets; it is deleted afterwards unless the environment names one."""
    named = os.environ.get("ERADICATION_BENCH_SETS")
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
        yield Path(named)
        return
    # Beside the results: the folder for temporary files may be memory, from which nothing is ever read cold.
    folder = Path(tempfile.mkdtemp(prefix="sets-", dir=setting().out))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(out: Path, part: str, facts: dict[str, Any]) -> Path:
    """Put one part of the results into ``imagery.json``, leaving the others as they are."""
    path = out / "imagery.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    known[part] = facts
    path.write_text(json.dumps(known, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    return path
