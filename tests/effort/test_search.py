"""Visited is not searched: p of a sub-cell, week by week, and never more than the strips cover."""

from datetime import date, timedelta

import numpy as np
import pytest
import ways

from eradication.config import Effort
from eradication.domain import Season
from eradication.effort import search, sowing, strips
from eradication.errors import UnusableInput

OPEN = Effort(strip_open_m=30.0)
CELL = int(strips.number(386_100, 2_358_100))


def searched(lines, settings=OPEN, season=ways.SEASON):
    found = search.of_season(lines, season, ways.widths(30.0), settings)
    return dict(zip(found.cell.tolist(), found.p.tolist(), strict=True)).get(CELL, 0.0)


def test_one_walk_through_a_cell_in_bloom_is_the_random_search_formula():
    p = searched(ways.trail([ways.BLOOM]))
    assert p == pytest.approx(0.9 * (1 - np.exp(-0.24)), rel=0.01)


@pytest.mark.parametrize("apart", [0, 1, 3, 7, 8])
def test_ten_walks_on_one_trail_stay_one_trail(apart):
    days = [date(2026, 2, 26) + timedelta(days=apart * k) for k in range(4)] * 2 + [ways.BLOOM] * 2
    assert searched(ways.trail([ways.BLOOM])) <= searched(ways.trail(days)) <= 0.2401


def test_walks_of_one_week_count_once():
    monday = date(2026, 3, 9)
    week = [monday + timedelta(days=k) for k in range(4)]
    assert len({(day - ways.SEASON.first_day).days // 7 for day in week}) == 1
    assert searched(ways.trail(week)) == pytest.approx(searched(ways.trail([monday])))


def test_weeks_combine_until_the_strips_are_used_up():
    two = searched(ways.join([ways.trail([date(2026, 3, 3)]), ways.way([(0, 45), (249, 45)], date(2026, 3, 17))]))
    one = searched(ways.trail([date(2026, 3, 3)]))
    assert two == pytest.approx(1 - (1 - one) ** 2, rel=0.02)


def test_a_whole_sweep_in_bloom_comes_near_what_one_who_passes_sees():
    sweep = [p for k in range(5) for p in ((0, 25 + 50 * k), (249, 25 + 50 * k))[:: 1 if k % 2 else -1]]
    assert searched(ways.way(sweep)) == pytest.approx(0.9 * (1 - np.exp(-1)), rel=0.02)


@pytest.mark.parametrize(
    ("day", "g"),
    [
        (date(2025, 9, 20), 0.0),
        (date(2025, 10, 20), 0.05),
        (date(2025, 11, 20), 0.25),
        (date(2025, 12, 20), 0.5),
        (date(2026, 2, 10), 0.7),
        (date(2026, 3, 10), 0.9),
        (date(2026, 4, 10), 0.45),
        (date(2026, 5, 10), 0.0),
        (date(2026, 7, 1), 0.0),
    ],
)
def test_the_chance_to_see_a_plot_follows_the_stages_of_both_sowings(day, g):
    assert sowing.chance(np.array([day.toordinal()]), ways.SEASON, Effort())[0] == pytest.approx(g)


def test_one_sowing_alone_gives_the_plain_chances_of_its_stages():
    days = np.array([date(2025, 10, 20).toordinal(), date(2025, 11, 20).toordinal(), date(2026, 1, 10).toordinal()])
    np.testing.assert_allclose(sowing.chance(days, ways.SEASON, Effort(early_share=1.0)), [0.1, 0.5, 0.9])


@pytest.mark.parametrize(
    "days", [("10-01",), ("12-15", "10-01", "11-15", "03-31"), ("a", "b", "c", "d"), ("13-01",) * 4]
)
def test_a_calendar_that_cannot_be_understood_is_named(days):
    with pytest.raises(UnusableInput) as error:
        sowing.chance(np.array([1]), ways.SEASON, Effort(late=days))
    assert (error.value.kind, error.value.where) == ("bad_settings", "effort.late")


def test_out_of_season_walks_are_effort_and_no_search():
    found = search.of_season(ways.trail([date(2026, 7, 1)]), ways.SEASON, ways.widths(30.0), OPEN)
    assert found.walked_m.sum() == pytest.approx(249.9)
    assert (found.p.max(), found.seen_m2.sum()) == (0.0, 0.0)


def test_walks_of_other_seasons_are_left_out():
    assert len(search.of_season(ways.trail([ways.BLOOM]), Season(2024), ways.widths(30.0), OPEN).cell) == 0


def test_days_and_the_last_of_them_are_told_for_each_cell():
    days = [date(2026, 3, 3), date(2026, 3, 3), date(2026, 3, 20)]
    found = search.of_season(ways.trail(days), ways.SEASON, ways.widths(30.0), OPEN)
    at = found.cell.tolist().index(CELL)
    assert (found.days[at], found.last_day[at]) == (2, date(2026, 3, 20).toordinal())


def test_only_walks_in_the_flowering_window_count_for_coverage():
    lines = ways.join([ways.trail([date(2025, 11, 20)]), ways.way([(0, 20), (249, 20)], date(2025, 12, 15))])
    found = search.of_season(lines, ways.SEASON, ways.widths(10.0), OPEN)
    at = found.cell.tolist().index(CELL)
    assert search.area_m2(found.in_flower)[at] == pytest.approx(250 * 20, rel=0.02)
    assert found.seen_m2[at] == pytest.approx(2 * 250 * 20, rel=0.02)
