"""For which days a plan is made: a day to come, not beyond the coming season, on which something stands."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from plan_ground import DAY, NOW, later, planned_ground, wish

from eradication.domain import TIMEZONE, EventKind
from eradication.domain.event import parse_iso
from eradication.errors import UnusableInput
from eradication.i18n import explain, translator
from eradication.pipeline.plans import following, planning, standing


@pytest.fixture(scope="module")
def high(tmp_path_factory):
    """Up there the harvest of candidates ends in May."""
    with planned_ground(tmp_path_factory.mktemp("high") / "ground", rise_m=500.0) as workspace:
        yield workspace


@pytest.fixture
def office(tmp_path):
    with planned_ground(tmp_path / "ground") as workspace:
        yield workspace


def simulated(office):
    place = replace(office.settings.workspace, simulated=True)
    return replace(office, settings=replace(office.settings, workspace=place))


def on(day):
    return datetime.combine(date.fromisoformat(day), time(), TIMEZONE)


def refused(office, asked, now=NOW):
    with pytest.raises(UnusableInput) as told:
        planning.plan(office, asked, now=now)
    return explain(told.value, translator("en"))


@pytest.mark.slow
def test_a_day_that_is_over_is_not_planned_for_on_real_ground(office):
    told = refused(office, wish(day=DAY - timedelta(days=2)))
    assert told["kind"] == "day_is_past"
    assert "2026-02-09" in told["hint"]
    assert office.store.events(kinds=[EventKind.PLAN_MADE, EventKind.CELLS_DRAWN, EventKind.VISITS_CHOSEN]) == []
    answer = planning.plan(office, wish(day=DAY - timedelta(days=1)), now=NOW)  # today
    assert answer["past_day"] is False
    (route,) = answer["routes"]
    assert parse_iso(route["expires_at"]) == DAY + timedelta(days=1)  # 48 hours from the beginning of its day


@pytest.mark.slow
def test_a_plan_on_record_is_given_when_its_day_is_over_and_none_is_made_in_its_place(office):
    (route,) = planning.plan(office, wish(), now=NOW)["routes"]
    next_day, long_after = DAY + timedelta(hours=30), DAY + timedelta(days=9)
    again = planning.plan(office, wish(), now=next_day)
    assert [one["plan"] for one in again["routes"]] == [route["plan"]]
    assert again["past_day"] is True
    assert [one["hidden"] for one in planning.plan(office, wish(), now=long_after)["routes"]] == [True]
    assert refused(office, wish(hours=2.0), next_day)["kind"] == "day_is_past"
    assert len(following.listed(office, "BP01", long_after)["plans"]) == 1


@pytest.mark.slow
def test_simulated_ground_is_looked_back_upon_and_that_is_told(office):
    now = later(60)
    answer = planning.plan(simulated(office), wish(), now=now)
    assert answer["past_day"] is True
    (route,) = answer["routes"]
    assert route["stops"]
    assert parse_iso(route["expires_at"]) == now + timedelta(hours=48)


@pytest.mark.parametrize("real", [True, False])
def test_no_day_beyond_the_coming_season_is_planned_for(office, real):
    told = refused(office if real else simulated(office), wish(day=on("2027-10-15")))
    assert told["kind"] == "day_too_far"
    last = re.findall(r"\d{4}-\d\d-\d\d", told["hint"])
    assert last == ["2027-04-30"]
    standing.check_day(office, wish(day=on(last[0])), NOW)
    assert "one from" not in refused(office, wish(day=on("2027-06-01")))["hint"]  # no later season may be named


def test_the_window_that_is_told_is_the_one_that_is_accepted(high):
    told = refused(high, wish(day=on("2026-06-01")))
    assert told["kind"] == "nothing_stands"
    first, calendar, last = re.findall(r"\d{4}-\d\d-\d\d", told["message"])[1:]
    assert (first, calendar) == ("2025-10-01", "2026-04-30")
    assert calendar < last < "2026-05-31"
    before = on(first) - timedelta(days=30)
    for day in (first, calendar, "2026-05-02", last):
        standing.check_day(high, wish(day=on(day)), before)
    for day in (on(first) - timedelta(days=1), on(last) + timedelta(days=1)):
        with pytest.raises(UnusableInput) as outside:
            standing.check_day(high, wish(day=day), before)
        assert outside.value.kind == "nothing_stands"
        assert outside.value.values["last"] == last
    (route,) = planning.plan(high, wish(day=on(last)), now=NOW)["routes"]
    assert route["stops"]  # the last one that stands


def test_a_day_is_named_once(high):
    told = refused(high, wish(day=on("2025-09-15")), on("2025-09-01"))
    assert told["kind"] == "nothing_stands"
    assert (told["message"] + told["hint"]).count("2025-10-01") == 1
