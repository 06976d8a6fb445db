"""Plans of one unit for several days: no place twice, and draws wait for the day they were drawn for."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from plan_ground import DAY, NOW, later, planned_ground, wish

from eradication.domain import TIMEZONE
from eradication.pipeline.plans import following, planning, record


@pytest.fixture
def office(tmp_path):
    with planned_ground(tmp_path / "ground") as workspace:
        yield workspace


def planned_for(office, days, when=NOW, **more):
    answer = planning.plan(office, wish(day=DAY + timedelta(days=days), **more), now=when)
    (route,) = answer["routes"]
    return route


def names(rows):
    return {record.names_of(row) for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("days", [2, 5, -1])
def test_who_plans_two_days_is_sent_to_no_place_twice(office, days):
    first = planned_for(office, 0)
    second = planned_for(office, days)
    assert first["stops"]
    assert second["stops"]
    assert names(first["stops"]).isdisjoint(names(second["stops"]))
    assert sum(second["left_out"]["in_another_plan"].values()) == len(first["stops"])
    assert planned_for(office, 0, later(0.1)) == first
    assert planned_for(office, days, later(0.1)) == second
    assert {one["state"] for one in following.listed(office, "BP01", later(0.2))["plans"]} == {"open"}


@pytest.mark.slow
def test_another_plan_of_the_same_day_takes_the_place_of_the_earlier_one(office):
    first = planned_for(office, 0)
    second = planned_for(office, 0, later(0.1), hours=2.5)
    assert names(first["stops"]) & names(second["stops"])
    assert "in_another_plan" not in second["left_out"]


def draws(route):
    return {record.names_of(row): row for row in [*route["stops"], *route["open"]] if row["own_draw"]}


@pytest.mark.slow
def test_what_was_drawn_for_a_later_day_waits_for_it(office):
    """Whether it is in the route of that day or still open there, superseded or not."""
    late = planned_for(office, 6, random_share=0.9, hours=2.0)
    replaced = planned_for(office, 6, random_share=0.15, hours=2.5)
    early = planned_for(office, 0, random_share=0.5)
    theirs = draws(late).keys() | draws(replaced).keys()
    assert theirs
    assert all(row["carried_from"] == "" for row in draws(early).values())
    assert draws(early)
    assert theirs.isdisjoint(names([*early["stops"], *early["open"]]))
    assert early["random_short"] == 0
    counted = (sum(early["left_out"].get(why, {}).values()) for why in ("in_another_plan", "drawn_for_later"))
    assert sum(counted) == len(theirs | names(replaced["stops"]))


def test_a_draw_that_was_certain_is_carried_and_does_not_stand_for_the_share(tmp_path):
    """In May no cell is left; of the one candidate that is, the draw is no choice."""
    with planned_ground(tmp_path / "high", candidates=1, rise_m=500.0) as office:
        day = (datetime(2026, 5, 5, tzinfo=TIMEZONE) - DAY).days
        when = later(day)
        first = planned_for(office, day, when)
        assert [row["inclusion_prob"] for row in draws(first).values()] == [1.0]
        assert first["random_short"] == 1
        second = planned_for(office, day + 1, later(day + 2))
        assert [row["carried_from"] for row in draws(second).values()] == [first["plan"]]
        assert second["random_short"] == 1
        assert planned_for(office, day, when)["random_short"] == 1


@pytest.mark.slow
def test_a_certain_draw_leaves_the_share_to_be_drawn_where_there_is_something_to_draw_from(office, monkeypatch):
    carried = planning.drawing.carried

    def certain(*asked):
        return [replace(one, inclusion_prob=1.0) for one in carried(*asked)]

    first = planned_for(office, 0)
    monkeypatch.setattr(planning.drawing, "carried", certain)
    second = planned_for(office, 3, later(4))
    told = draws(second).values()
    assert any(row["carried_from"] == first["plan"] for row in told)
    assert any(row["carried_from"] == "" and row["inclusion_prob"] < 1 for row in told)
