"""Other people's libraries beside the package, on the same simulated files. Run with ``make bench-outside``.

They hold versions of NumPy, Numba and pandas back, so they live in an environment of their own, ``outside/``, with its
own lock file; only files go from one environment to the other.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from benchmarks.imagery import exported, items, machine, ours, printed, race, sets
from benchmarks.imagery.printed import Goal
from benchmarks.imagery.setting import DATES, Setting, keep, sets_folder, setting

from eradication.domain import MARKS
from eradication.domain.model import TrainedModel
from eradication.ingest import cleaning

pytestmark = [pytest.mark.bench_outside, pytest.mark.timeout(2 * 3600)]

OUTSIDE = Path(__file__).parent / "outside"
READERS = ("odc-stac, native", "odc-stac, 10 m cube", "stackstac, native", "stackstac, 10 m cube")
PIXELS = 20_000
WALKS = 60


@dataclass(frozen=True, slots=True)
class Ground:
    """What all comparisons share."""

    how: Setting
    folder: Path
    built: sets.Built
    model: TrainedModel

    def race(self, name: str, entrants: list[race.Entrant]) -> dict[str, race.Outcome]:
        """Run methods of this environment."""
        models, runs = self.folder / "models", self.folder / "runs" / f"outside-{name}"
        return race.race(entrants, self.built.catalog, models, self.model.label, runs)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    how = setting()
    if not (OUTSIDE / ".venv" / ".ready").is_file():
        pytest.skip("the environment of outside libraries is not installed: make bench-outside")
    with sets_folder() as folder:
        # Four blocks, so that neither core is idle.
        plan = sets.rectangle("outside-4", (2, 2), sets.spread(12, DATES), how.square_px)
        (built,) = sets.build([plan], folder, DATES)
        print(f"\n{printed.SIMULATED}\n{printed.block('machine', machine.described(how.out))}\n  {built}")
        yield Ground(how, folder, built, ours.train(folder / "models"))


def outside(home: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Run a task in the other environment."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "job.json").write_text(json.dumps(job), encoding="utf-8")
    command = [str(OUTSIDE / ".venv/bin/python"), "-W", "ignore", str(OUTSIDE / "compare.py"), str(home / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads((home / "result.json").read_text(encoding="utf-8"))
    return result


def test_reading_beside_odc_stac_and_stackstac(ground, tmp_path):
    built, repeats = ground.built, ground.how.repeats
    machine.warm(built.files)
    told: dict[str, list[dict[str, Any]]] = {label: [] for label in READERS}
    mine: list[float] = []
    for turn in range(repeats):
        outcome = ground.race(f"read-{turn}", [race.Entrant("package", "read:ours", warm=1, repeats=1)])
        mine.append(outcome["package"].total_s)
        for number, label in enumerate(READERS):
            job = {"task": "reading", "label": label, "catalog": str(built.catalog), "repeats": 1}
            told[label].append(outside(tmp_path / f"{number}-{turn}", job))
    package_s = float(np.median(mine))
    print(f"\nreading alone, {built.plan.name}, two threads, files in the page cache, medians of {repeats}")
    print(f"  {'package':<24}{package_s / built.plan.mpx:>8.2f} s/Mpx")
    ratios = {}
    for label, results in told.items():
        seconds = float(np.median([r["seconds"] for r in results]))
        ratios[label] = seconds / package_s
        print(
            f"  {label:<24}{seconds / built.plan.mpx:>8.2f} s/Mpx   {ratios[label]:.2f} x ours,"
            f" {results[0]['high_water_mb']:.0f} MB; {results[0]['versions']}"
        )
    goal = Goal("odc-stac at native resolution / package", ratios["odc-stac, native"], 2, at_least=True)
    print(goal)
    keep(ground.how.out, "outside_reading", {"package_s": package_s, "ratios": ratios})
    wanted = _sums(built)
    for label in ("odc-stac, native", "stackstac, native"):
        assert told[label][0]["sums"] == wanted, f"{label} did not read the same pixels"
    assert goal.reached or not ground.how.must_reach


def _sums(built: sets.Built) -> dict[str, int]:
    total = {}
    for band, name in items.FILES.items():
        total[band] = 0
        for path in built.folder.glob(f"*/*/{name}"):
            with rasterio.open(path) as file:
                total[band] += int(file.read(1).sum(dtype=np.int64))
    return total


def test_scoring_beside_minirocket_on_monthly_series(ground, tmp_path):
    exported.series(ground.built.catalog, ground.model, PIXELS, tmp_path / "series.npz")
    job = {"task": "series", "series": str(tmp_path / "series.npz"), "repeats": ground.how.repeats}
    theirs = outside(tmp_path / "series", job)
    entrant = race.Entrant("package", "ours", gate=False, warm=1, repeats=ground.how.repeats)
    seconds = ground.race("score", [entrant])["package"].seconds
    per_mpx = theirs["seconds"] / theirs["pixels"] * 1e6
    print(
        f"\nscoring pixels: MiniRocket on 6 indices x 10 months, {theirs['pixels']} px, {theirs['versions']};"
        " only speed is compared\n"
        f"  MiniRocket      {per_mpx:>8.1f} s/Mpx (fitted on {exported.LEARN} px in {theirs['fit_s']:.1f} s)"
    )
    if "predict" in seconds:
        rate = seconds["predict"] / ground.built.plan.mpx
        print(f"  package's model {rate:>8.1f} s/Mpx, prediction alone: {per_mpx / rate:.1f} x faster")
    keep(ground.how.out, "outside_series", {"minirocket_s_mpx": per_mpx, "package_s": seconds})
    assert theirs["pixels"] == PIXELS or ground.how.is_trial


def test_cleaning_of_tracks_beside_movingpandas(ground, tmp_path):
    walks = exported.walks(WALKS)
    exported.write_walks(walks, tmp_path / "walks.csv")
    limit = ours.SETTINGS.cleaning.max_walk_kmh
    job = {"task": "tracks", "tracks": str(tmp_path / "walks.csv"), "max_kmh": limit, "repeats": ground.how.repeats}
    theirs = outside(tmp_path / "tracks", job)
    now = datetime.now(UTC)
    seconds = []
    for _ in range(ground.how.repeats + 1):
        began = time.perf_counter()
        pieces = [piece for _, fixes in walks for piece in cleaning.clean(fixes, ours.SETTINGS.cleaning, now)]
        seconds.append(time.perf_counter() - began)
    marks = np.bincount(np.concatenate([p.mark for p in pieces]), minlength=len(MARKS))
    fixes = int(marks.sum())
    package_s = float(np.median(seconds[1:]))
    marked = ", ".join(f"{count} {name or 'kept'}" for name, count in zip(MARKS, marks, strict=True) if count)
    print(
        f"\ncleaning {fixes} fixes of {len(walks)} simulated walks, {theirs['versions']}\n"
        f"  movingpandas, only speed above {limit:g} km/h: {theirs['seconds']:.3f} s, {theirs['removed']} removed\n"
        f"  package, all rules and the split at gaps: {package_s:.3f} s, {marked}"
    )
    keep(ground.how.out, "outside_tracks", {"movingpandas_s": theirs["seconds"], "package_s": package_s})
    assert fixes == theirs["fixes"]
