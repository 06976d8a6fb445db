"""Runs methods in processes of their own, interleaved, and keeps medians; watches the memory of the whole tree."""

import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import shapely
from benchmarks.imagery import child, machine
from shapely.strtree import STRtree

TESTS = Path(__file__).resolve().parents[2]
STAGES = ("open", "read", "gate", "features", "predict", "keep", "candidates")
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Entrant:
    """What to run."""

    label: str
    method: str
    """A key of ``child.METHODS``."""
    gate: bool = False
    warm: int = 0
    """Unmeasured runs before the measured one."""
    repeats: int = 3
    home: str = ""
    """Folder of a workspace that an earlier run has left; empty = a new one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Medians over the repeats of one entrant."""

    label: str
    seconds: dict[str, float]
    """By stage; what a method does not tell apart is in the stage it names."""
    total_s: float
    spread_s: tuple[float, float]
    """Fastest and slowest repeat."""
    peak_rss_mb: float
    """Highest of any repeat, all processes of the method together."""
    repeats: int
    result: dict[str, Any]
    """What the last repeat answered."""


def race(
    entrants: Sequence[Entrant], catalog: Path, models: Path, model: str, folder: Path, *, cold: bool = False
) -> dict[str, Outcome]:
    """Run every entrant its number of times, one after the other in turns.

    Args:
        entrants: what to run.
        catalog: on which set.
        models: registry folder.
        model: its name there.
        folder: jobs and results go there.
        cold: push the set's files out of the page cache before each run; else they are read into it once.
    """
    files = sorted(catalog.parent.glob("*/*/*.tif"))
    if not cold:
        machine.warm(files)
    told: dict[str, list[dict[str, Any]]] = {e.label: [] for e in entrants}
    for turn in range(max(e.repeats for e in entrants)):
        for entrant in entrants:
            if turn < entrant.repeats:
                if cold:
                    machine.chill(files)
                home = folder / f"{entrant.label.replace(' ', '-').replace(':', '-')}-{turn}"
                job = {
                    "method": entrant.method,
                    "catalog": str(catalog),
                    "models": str(models),
                    "model": model,
                    "gate": entrant.gate,
                    "warm": entrant.warm,
                    "home": entrant.home,
                }
                told[entrant.label].append(_run(job, home))
    return {label: _median(label, results) for label, results in told.items()}


def _run(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "benchmarks.imagery.child", str(folder / "job.json")]
    with (folder / "log.txt").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        watch = _Memory(process.pid)
        watch.start()
        code = process.wait()
        watch.stop()
    if code:
        raise RuntimeError(f"{job['method']} ended with {code}: {(folder / 'log.txt').read_text()[-2000:]}")
    result: dict[str, Any] = json.loads((folder / child.RESULT).read_text(encoding="utf-8"))
    result["peak_rss_mb"] = max(result["high_water_mb"], watch.peak_mb, result.get("peak_rss_mb", 0.0))
    return result


class _Memory(threading.Thread):
    """Adds up the resident memory of a process and its children; shared pages count once per process."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_mb = 0.0
        self._process = psutil.Process(pid)
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                if len(family) > 1:
                    self.peak_mb = max(self.peak_mb, sum(p.memory_info().rss for p in family) / 2**20)
            except psutil.Error:
                continue

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _median(label: str, results: Sequence[dict[str, Any]]) -> Outcome:
    names = [n for n in STAGES if n in results[0]["seconds"]] + [n for n in results[0]["seconds"] if n not in STAGES]
    totals = [sum(r["seconds"].values()) for r in results]
    return Outcome(
        label,
        {name: statistics.median(r["seconds"][name] for r in results) for name in names},
        statistics.median(totals),
        (min(totals), max(totals)),
        max(r["peak_rss_mb"] for r in results),
        len(results),
        results[-1],
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two methods computed the same thing."""

    pixels: int
    """Scored by both."""
    only_one: int
    """Scored by one of them only; a gate leaves pixels out on purpose."""
    correlation: float
    """Of the scores, Pearson."""
    same: float
    """Share of pixels whose scores differ by less than 0.01."""
    ours_in_theirs: float
    """Share of our candidates that touch one of theirs."""
    theirs_in_ours: float

    def __str__(self) -> str:
        """Put it in a line."""
        return (
            f"scores: correlation {self.correlation:.5f}, {self.same:.2%} within 0.01 on {self.pixels} px"
            f" ({self.only_one} px scored by one only); candidates: {self.ours_in_theirs:.1%} of ours touch theirs,"
            f" {self.theirs_in_ours:.1%} of theirs touch ours"
        )


def agreement(ours: Outcome, theirs: Outcome) -> Agreement:
    """Compare the last results of two entrants."""
    a, b = np.load(ours.result["scores"]), np.load(theirs.result["scores"])
    both = np.isfinite(a) & np.isfinite(b)
    mine, other = _outlines(ours), _outlines(theirs)
    return Agreement(
        int(both.sum()),
        int((np.isfinite(a) != np.isfinite(b)).sum()),
        float(np.corrcoef(a[both], b[both])[0, 1]) if both.any() else float("nan"),
        float((np.abs(a[both] - b[both]) < 0.01).mean()) if both.any() else float("nan"),
        _touching(mine, other),
        _touching(other, mine),
    )


def _outlines(outcome: Outcome) -> list[Any]:
    lines = Path(outcome.result["outlines"]).read_text(encoding="utf-8").splitlines()
    return [shapely.from_geojson(line) for line in lines if line]


def _touching(some: list[Any], others: list[Any]) -> float:
    if not some or not others:
        return float("nan")
    found, _ = STRtree(others).query(some, predicate="intersects")
    return len(set(found.tolist())) / len(some)
