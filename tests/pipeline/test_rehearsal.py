"""Ways of patrolling on a small simulated province: everybody is back in time, knows no truth, is counted alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from eradication.config import Effort
from eradication.domain import Season
from eradication.pipeline.rehearsal import POLICIES, Grounds, compare, day_plan, foretell, rehearse
from eradication.pipeline.rehearsal.comparing import of, rate
from eradication.pipeline.rehearsal.knowledge import History
from eradication.pipeline.rehearsal.outings import ByScore, Mixed, Morning, greedy, habits, walk
from eradication.pipeline.rehearsal.planned import Planned
from eradication.pipeline.rehearsal.running import patrolled
from eradication.pipeline.rehearsal.travel import ways
from eradication.simulation.province import Assumptions, build
from eradication.simulation.province_seasons import seasons
from eradication.simulation.province_walks import Diary

SIDE = 6_000.0
HOURS = 8.0


@pytest.fixture(scope="module")
def grounds() -> Grounds:
    communes = [box(4e5 + SIDE * x, 2.35e6, 4e5 + SIDE * (x + 1), 2.35e6 + SIDE) for x in range(2)]
    return Grounds(build(communes, Assumptions(plots=40.0, false_candidates=120.0), seed=3))


@pytest.fixture(scope="module")
def years(grounds):
    return seasons(grounds.province, Season(2020), 3)


@pytest.fixture(scope="module")
def history(grounds, years) -> History:
    known = History()
    known.after(patrolled(grounds, years[0], Mixed(), known, 0)[0])
    return known


def morning(grounds, years, history, post=0, seed=1) -> Morning:
    diary = Diary(grounds.province, years[1], Effort(), np.random.default_rng(seed))
    day = years[1].season.day("03-01").toordinal()
    rng = np.random.default_rng(seed)
    return Morning(grounds, grounds.window(post), diary, history.copy(), post, day, HOURS, rng)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("post", [0, 1])
def test_everybody_is_back_in_time_and_stops_nowhere_twice(grounds, years, history, name, post):
    own, policy = morning(grounds, years, history, post), POLICIES[name]()
    policy.begin(grounds, own.diary, own.history, own.day)
    outing = policy.outing(own)
    assert 0.0 < outing.seconds(own) <= HOURS * 3600.0 + 1.0
    assert (outing.order[0], outing.order[-1]) == (0, 0)
    assert len({(halt.cell, halt.candidate, halt.place) for halt in outing.halts}) == len(outing.halts) > 0
    walk(own, outing, grounds.settings.cell_m)
    assert own.diary.hours == HOURS
    assert own.diary.visited.sum() == sum(halt.candidate >= 0 for halt in outing.halts)


def test_score_order_goes_to_the_highest_score_that_fits_first(grounds, years, history):
    own = morning(grounds, years, history)
    first = ByScore().outing(own).halts[0]
    near = own.reached(own.diary.year.candidates.cell, 60.0 * grounds.settings.candidate_minutes)
    assert own.diary.year.candidates.score[first.candidate] == own.diary.year.candidates.score[near].max()


def test_habits_follow_tips_first_and_return_to_where_poppy_was_found(grounds, years, history):
    own = morning(grounds, years, history)
    told, old, usual = habits(own)
    tips = own.diary.year.tips
    assert {halt.cell for halt in told} <= set(tips.cell[tips.day <= own.day].tolist())
    assert all(halt.place >= 0 for halt in old)
    assert len(usual) > 0
    outing = greedy(own, [told, old, usual])
    kinds = [0 if halt in told else 1 if halt in old else 2 for halt in outing.halts]
    assert kinds == sorted(kinds)


def test_a_plan_is_worth_at_least_what_score_order_is_by_its_own_prizes(grounds, years, history):
    own, planned = morning(grounds, years, history), Planned(random_share=0.0)
    planned.begin(grounds, own.diary, own.history, own.day)
    prize = {(halt.cell, halt.candidate, halt.place): halt.prize for halt in planned.frames(own).halts}
    ours, theirs = (
        sum(prize.get((halt.cell, halt.candidate, halt.place), 0.0) for halt in outing.halts)
        for outing in (planned.outing(own), ByScore().outing(own))
    )
    assert ours >= theirs > 0.0


def test_plans_do_not_see_which_candidates_are_true(grounds, years, history):
    own, planned = morning(grounds, years, history), Planned()
    planned.begin(grounds, own.diary, own.history, own.day)
    before = planned.outing(own).halts
    hidden = own.diary.year.candidates.plot.copy()
    try:
        own.diary.year.candidates.plot[:] = -1
        again, other = morning(grounds, years, history), Planned()
        other.begin(grounds, again.diary, again.history, again.day)
        assert other.outing(again).halts == before
    finally:
        own.diary.year.candidates.plot[:] = hidden


def test_ways_there_and_back_differ_and_a_way_is_walked_cell_by_cell(grounds):
    window = grounds.window(0)
    cells = window.cells[:: max(1, len(window.cells) // 6)]
    found = ways(window, cells, HOURS * 3600.0)
    seconds = found.seconds
    assert np.allclose(np.diag(seconds), 0.0)
    there = np.isfinite(seconds[0])
    assert np.allclose(seconds[0][there], window.out_s[found.at][there])
    assert not np.allclose(seconds[0][there], seconds[:, 0][there])
    end = int(np.flatnonzero(there)[-1])
    passed = found.passed(0, end)
    assert (passed[-1], passed[0]) == (window.post, int(found.at[end]))
    row, col = np.divmod(np.array(passed), window.columns)
    assert np.maximum(np.abs(np.diff(row)), np.abs(np.diff(col))).max() == 1


def test_every_policy_meets_the_same_plots_for_the_same_hours(grounds):
    results = rehearse(grounds, seasons_before=1, rounds=("03-01",))
    assert [one.policy for one in results] == list(POLICIES)
    assert len({(one.hours, one.stood, one.stood_m2, one.season) for one in results}) == 1
    assert rehearse(grounds, seasons_before=1, rounds=("03-01",)) == results
    assert all(one.plots <= one.stood and one.m2 <= one.stood_m2 for one in results)


def test_the_surface_is_judged_by_a_season_it_knows_nothing_of(grounds):
    foretold = foretell(grounds, seasons_before=1)
    assert foretold.captured["all"]["plots"] == foretold.plots.sum() == len(foretold.year.plots.cell)
    assert foretold.captured["unvisited"]["cells"] < foretold.captured["all"]["cells"]
    curve = foretold.captured["all"]["captured"]
    assert curve == sorted(curve)
    plan = day_plan(foretold, 0)
    assert 0.0 < plan.hours <= HOURS + 0.001
    assert np.allclose(plan.xy[0], plan.xy[-1])


@given(ours=st.lists(st.floats(1.0, 1e4), min_size=5, max_size=20), factor=st.floats(0.1, 10.0))
def test_a_ratio_of_seasons_that_all_differ_alike_is_certain(ours, factor):
    values = np.array(ours)
    ratio = compare(values * factor, values)
    assert ratio.value == pytest.approx(factor)
    assert (ratio.low, ratio.high) == (pytest.approx(factor), pytest.approx(factor))


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng, held = np.random.default_rng(5), 0
    for _ in range(100):
        found = rng.lognormal(0.0, 0.5, 30)
        told = rate(found, np.full(30, 100.0))
        held += told.low <= np.exp(0.125) <= told.high
    assert held >= 85


def test_seasons_of_a_province_are_drawn_together():
    ours, others = np.repeat([10.0, 5.0, 1.0], 2), np.full(6, 5.0)
    apart, together = compare(ours, others), compare(ours, others, blocks=[0, 0, 1, 1, 2, 2])
    assert "too few" in str(compare(ours, others, blocks=[0, 0, 0, 1, 1, 1]))
    assert together.high - together.low >= apart.high - apart.low
    assert of([], "planned", "m2").size == 0
