"""A province-season really run once, from a cold disk, by the command itself; then a week later.

Run with ``make bench-province`` on a quiet machine. The imagery is simulated: squares of land laid out over the
province's size in four overlapping tiles, 30 dates, more than 10 GB of distinct bytes, the rest squares that are shown
again. It takes about 35 GB of disk while it runs, and more for what the package keeps of each block.
"""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from benchmarks.imagery import items, machine, ours, printed, race, sets
from benchmarks.imagery.printed import Goal
from benchmarks.imagery.setting import DATES, Setting, keep, sets_folder, setting

pytestmark = [pytest.mark.bench_province, pytest.mark.timeout(4 * 3600)]

FLOOR, SEASON, BEFORE, WEEK = (
    "floor: libdeflate + predictor",
    "season, command",
    "all but the last date",
    "a week later",
)


@dataclass(frozen=True, slots=True)
class Ground:
    """The province on disk and the model."""

    how: Setting
    folder: Path
    built: sets.Built
    model: str

    def run(self, entrant: race.Entrant, catalog: Path, *, cold: bool) -> race.Outcome:
        """Run one method once."""
        home = self.folder / "runs" / f"province-{entrant.label.replace(' ', '-').replace(':', '')}"
        outcomes = race.race([entrant], catalog, self.folder / "models", self.model, home, cold=cold)
        for left in home.glob("*/workspace"):  # what is kept of blocks is gigabytes, and of no more use
            shutil.rmtree(left)
        return outcomes[entrant.label]

    def conclude(self, part: str, outcomes: list[race.Outcome], goals: list[Goal], facts: dict[str, Any]) -> None:
        """Print and keep the results."""
        print(printed.stages(outcomes, self.built.plan.mpx))
        print("\n".join(map(str, goals)), flush=True)
        told = {"outcomes": {o.label: asdict(o) for o in outcomes}, "goals": [asdict(g) for g in goals]}
        keep(self.how.out, part, facts | told | {"set": str(self.built), "trial": self.how.is_trial})
        missed = [str(g).strip() for g in goals if not g.reached]
        assert not (self.how.must_reach and missed), missed


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    how = setting()
    with sets_folder() as folder:
        print(f"\n{printed.SIMULATED}\n{printed.block('machine', machine.described(how.out))}", flush=True)
        (built,) = sets.build([sets.province(range(DATES), how.province, how.square_px, how.variants)], folder, DATES)
        model = ours.train(folder / "models")
        print(f"  {built}\n  cold by: {machine.chill(built.files)}", flush=True)
        yield Ground(how, folder, built, model.label)


def test_a_province_season_from_a_cold_disk(ground):
    built = ground.built
    machine.chill(built.files)
    gigabytes, seconds = machine.disk_rate(built.files)
    print(f"\n  the disk gives {gigabytes / seconds:.2f} GB/s ({gigabytes:.1f} GB in {seconds:.0f} s), one reader")
    floor = ground.run(race.Entrant(FLOOR, "read:floor", repeats=1), built.catalog, cold=True)
    season = ground.run(race.Entrant(SEASON, "monitor", repeats=1), built.catalog, cold=True)
    answer = season.result["answer"]
    goals = [
        Goal("province-season, whole command", season.total_s / 60, 10, at_least=False, unit="min"),
        Goal("peak memory", season.peak_rss_mb / 1000, 4, at_least=False, unit="GB"),
    ]
    print(
        f"  {answer['pixels'] / 1e6:.1f} Mpx, {answer['scenes']['used']} items, {answer['candidates']} candidates,"
        f" {answer['gate']['ruled_out_share']:.1%} ruled out, {answer['unobserved_share']:.1%} unobserved"
    )
    ground.conclude("province", [floor, season], goals, {"disk_gb_s": gigabytes / seconds})
    assert answer["scenes"]["failed"] == []
    assert answer["simulated"] is True


def test_a_week_later_one_date_is_folded_in(ground):
    built, last = ground.built, max(ground.built.plan.dates)
    known = {path.parent.name for path in built.folder.glob("*/*/*.json")}
    newest = max(name.split("_")[2] for name in known)
    part = built.folder / "before.json"
    items.write_part(built.folder, {name for name in known if name.split("_")[2] != newest}, part)
    home = ground.folder / "runs" / "province-home"
    home.mkdir(parents=True, exist_ok=True)
    before = ground.run(race.Entrant(BEFORE, "monitor", repeats=1, home=str(home)), part, cold=True)
    after = ground.run(race.Entrant(WEEK, "monitor", repeats=1, home=str(home)), built.catalog, cold=False)
    goals = [Goal("a new date folded in and the province rescored", after.total_s, 60, at_least=False, unit="s")]
    print(f"\n  date {last + 1} of {len(built.plan.dates)} comes a week later, its files in the page cache")
    ground.conclude("province_update", [before, after], goals, {})
    assert after.result["answer"]["scenes"]["used"] > before.result["answer"]["scenes"]["used"]
