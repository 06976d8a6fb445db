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
