"""What simulated seasons of patrols find that go by habit, by score, and by our plans. Run with ``make bench-plan``.

Real outlines of communes; everything else is simulated, as :class:`eradication.simulation.province.Assumptions` says.
Every policy has the same posts, days and hours and meets the same plots.
``ERADICATION_PLAN_SEASONS=4`` for a quick look.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pytest
from benchmarks.rehearsals import FIRST, SEASONS, SHARPNESS, TRUTHS, captured, many

from eradication.pipeline.rehearsal import POLICIES, SeasonResult, compare
from eradication.pipeline.rehearsal.comparing import of, rate
from eradication.simulation.province import WEIGHTS, Assumptions

pytestmark = [pytest.mark.bench_plan, pytest.mark.timeout(7200)]

NAMES = tuple(POLICIES)
ALL = "all_knowing"


def told(results: Sequence[SeasonResult], blocks: Sequence[int] | None = None) -> None:
    """Print each policy's figures, and the ratios of the plans to the others."""
    print(
        f"{'policy':12} {'m² per 100 h':>22} {'plots per 100 h':>22} {'plots':>6} {'C':>4} {'visits':>7} {'cells':>6}"
    )
    names = list(dict.fromkeys(one.policy for one in results))
    for name in names:
        hours = of(results, name, "hours")
        m2, plots = (rate(of(results, name, what), hours, blocks=blocks) for what in ("m2", "plots"))
        area = f"{m2.value:.0f} [{m2.low:.0f}, {m2.high:.0f}]"  # nan: too few for an interval
        sums = [of(results, name, what).sum() for what in ("plots", "blind", "visits", "cells")]
        print(f"{name:12} {area:>22} {plots!s:>22} " + "{:6.0f} {:4.0f} {:7.0f} {:6.0f}".format(*sums))
    better = max(("habit", "by_score"), key=lambda name: of(results, name, "m2").sum())
    for what in ("m2", "plots"):
        for name in ("habit", "by_score"):
            ratio = compare(of(results, "planned", what), of(results, name, what), blocks=blocks)
            mark = "  <- the better of both; goal 1.5, lower limit 1.2" if what == "m2" and name == better else ""
            print(f"planned ÷ {name}, {what}: {ratio}{mark}")


def test_assumptions():
    print("\nAssumptions (simulated):")
    for one in fields(Assumptions):
        print(f"  {one.name} = {getattr(Assumptions(), one.name)}")
    print(f"  weights, mean = {dict(WEIGHTS)}")
    assert (Assumptions().plots, Assumptions().score_gap) == (300.0, 1.8)  # what docs/planning.md tells of


@pytest.mark.parametrize("truth", SHARPNESS)
def test_seasons_by_habit_by_score_and_by_plan(truth):
    count = SEASONS if truth == SHARPNESS[0] else max(2, SEASONS // 2)
    results = [one for some in many(range(FIRST, FIRST + count), truth, NAMES) for one in some]
    print(f"\n{truth}: {count} simulated seasons, each after two of another kind: half by habit, half by score")
    told(results)
    hours = {name: of(results, name, "hours").tolist() for name in NAMES}
    assert hours["habit"] == hours["by_score"] == hours["planned"]
    assert of(results, "planned", "m2").sum() > of(results, "habit", "m2").sum()


@pytest.mark.parametrize("truth", [name for name in TRUTHS if name not in SHARPNESS])
def test_other_truths(truth):
    count = max(2, SEASONS // 5)
    results = [one for some in many(range(FIRST, FIRST + count), truth, NAMES) for one in some]
    print(f"\n{count} simulated seasons: {truth}")
    told(results)
    assert len(results) == count * len(NAMES)


def test_what_knowing_more_is_worth():
    count = max(2, SEASONS // 5)
    yardsticks = ("by_score", "planned", ALL)
    results = [one for some in many(range(FIRST, FIRST + count), SHARPNESS[0], yardsticks) for one in some]
    print(f"\n{count} simulated seasons: nobody can find more in these hours than those who know every plot")
    for name in yardsticks:
        print(f"{name}: m² per 100 h {rate(of(results, name, 'm2'), of(results, name, 'hours'))}")
    assert of(results, ALL, "m2").sum() > of(results, "planned", "m2").sum()


def test_five_seasons_on_end():
    count = max(2, SEASONS // 4)
    provinces = many(range(FIRST + 100, FIRST + 100 + count), "as assumed", NAMES, count=5)
    results = [one for some in provinces for one in some]
    blocks = np.repeat(np.arange(count), 5).tolist()
    print(f"\n5 seasons on end in {count} simulated provinces, each policy on its own finds (bootstrap by province)")
    told(results, blocks)
    for year in sorted({one.season for one in results}):
        sums = {name: sum(one.plots for one in results if (one.policy, one.season) == (name, year)) for name in NAMES}
        print(f"  {year}: plots found " + ", ".join(f"{name} {found}" for name, found in sums.items()))
    assert len(results) == 5 * count * len(NAMES)


def test_deciles_of_seasons_the_surface_never_saw():
    count = max(2, SEASONS // 5)
    print(
        f"\nTrue plots in the riskiest deciles of cells, {count} simulated provinces, three seasons of patrols before"
    )
    for truth in ("as assumed", "no factor matters, noise only", "no place is planted again"):
        for told in captured(range(FIRST, FIRST + count), truth):
            for kind in ("all", "unvisited"):
                one = told[kind]
                curve = " ".join(f"{share:.2f}" for share in one["captured"])
                near = " ".join(f"{share:.2f}" for share in one["by_distance"][:2])
                print(f"{truth}: {kind} cells {one['cells']}, plots {one['plots']}: {curve} | distance alone {near}")
            assert told["all"]["plots"] > 0
