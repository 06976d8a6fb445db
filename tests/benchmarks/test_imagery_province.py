"""A province-season really run once, from a cold disk. Run with ``make bench-province`` on a quiet machine.

The imagery is simulated: squares of land laid out over the province's size in four overlapping tiles, 30 dates, more
than 10 GB of distinct bytes, the rest squares that are shown again. It takes about 35 GB of disk while it runs.
"""

from dataclasses import asdict

import pytest
from benchmarks.imagery import machine, ours, printed, race, sets
from benchmarks.imagery.printed import Goal
from benchmarks.imagery.setting import DATES, keep, sets_folder, setting

LABEL, FLOOR = "package, gate", "floor: libdeflate + predictor"


@pytest.mark.bench_province
@pytest.mark.timeout(4 * 3600)
def test_a_province_season_from_a_cold_disk(capsys):
    how = setting()
    facts = machine.described(how.out)
    with capsys.disabled(), sets_folder() as folder:
        plan = sets.province(range(DATES), how.province, how.square_px, how.variants)
        print(f"\n{printed.SIMULATED}\n{printed.block('machine', facts)}", flush=True)
        (built,) = sets.build([plan], folder, DATES)
        model = ours.train(folder / "models")
        print(f"  {built}\n  cold by: {machine.chill(built.files)}", flush=True)
        gigabytes, seconds = machine.disk_rate(built.files)
        print(f"  the disk gives {gigabytes / seconds:.2f} GB/s ({gigabytes:.1f} GB in {seconds:.0f} s), one reader")
        entrants = [race.Entrant(FLOOR, "read:floor", repeats=1), race.Entrant(LABEL, "ours", gate=True, repeats=1)]
        runs = folder / "runs" / "province"
        outcomes = race.race(entrants, built.catalog, folder / "models", model.label, runs, cold=True)
        goals = [
            Goal("province-season, minutes", outcomes[LABEL].total_s / 60, 10, at_least=False, unit="min"),
            Goal("peak memory", outcomes[LABEL].peak_rss_mb / 1000, 4, at_least=False, unit="GB"),
        ]
        print(printed.stages(list(outcomes.values()), plan.mpx))
        print("\n".join(map(str, goals)))
        print(f"  candidates: {outcomes[LABEL].result['candidates']}; {outcomes[LABEL].total_s / 60:.2f} min in all")
        keep(
            how.out,
            "province",
            {
                "machine": facts,
                "set": str(built),
                "outcomes": {k: asdict(o) for k, o in outcomes.items()},
                "goals": [asdict(g) for g in goals],
                "disk_gb_s": gigabytes / seconds,
            },
        )
        missed = [str(g).strip() for g in goals if not g.reached]
        assert outcomes[LABEL].total_s > 0
        assert not (how.must_reach and missed), missed
