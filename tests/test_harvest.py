"""The clock of the harvest."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication import harvest
from eradication.config import Harvest, Settings
from eradication.domain import Season, Stage, State
from eradication.errors import UnusableInput
from eradication.harvest import Basis, Window, clock, due, window

SEASON = Season(2026)
SETTINGS = Settings()
OWN = SETTINGS.harvest
DAYS = st.dates(date(2026, 9, 1), date(2027, 5, 31))
SEEN = st.none() | st.sampled_from(Stage)


def with_(**values) -> Settings:
    return replace(SETTINGS, harvest=replace(Harvest(), **values))


def test_without_any_sign_it_is_the_calendar_of_both_sowings():
    assert window(SEASON, SETTINGS) == Window(date(2027, 1, 15), date(2027, 4, 30), Basis.CALENDAR)


@pytest.mark.parametrize(
    ("sown", "first", "last"),
    [
        (date(2026, 10, 2), date(2027, 1, 15), date(2027, 3, 16)),
        (date(2026, 10, 17), date(2027, 1, 30), date(2027, 3, 31)),
        (date(2026, 11, 16), date(2027, 3, 1), date(2027, 4, 30)),
    ],
)
def test_a_day_of_sowing_gives_the_rows_of_the_calendar(sown, first, last):
    assert window(SEASON, SETTINGS, sown_on=sown, elevation_m=1500.0) == Window(first, last, Basis.SOWING)


@pytest.mark.parametrize(
    ("stage", "seen_on", "first", "last"),
    [
        (Stage.ROSETTE, date(2026, 10, 20), date(2027, 1, 15), date(2027, 3, 31)),
        (Stage.ROSETTE, date(2027, 2, 20), date(2027, 3, 1), date(2027, 4, 30)),
        (Stage.BUD, date(2027, 2, 10), date(2027, 3, 1), date(2027, 4, 30)),
        (Stage.FLOWER, date(2027, 1, 10), date(2027, 1, 15), date(2027, 3, 31)),
        (Stage.CAPSULE, date(2027, 1, 20), date(2027, 1, 15), date(2027, 3, 31)),
        (Stage.LANCED, date(2027, 4, 20), date(2027, 3, 1), date(2027, 4, 30)),
    ],
)
def test_a_stage_that_somebody_saw_says_which_sowing_it_is(stage, seen_on, first, last):
    assert window(SEASON, SETTINGS, stage=stage, seen_on=seen_on) == Window(first, last, Basis.STAGE)


def test_a_stage_that_fits_both_sowings_or_none_leaves_both_open():
    both = window(SEASON, SETTINGS, stage=Stage.FLOWER, seen_on=date(2027, 3, 5))
    none = window(SEASON, SETTINGS, stage=Stage.FLOWER, seen_on=date(2026, 11, 20))
    assert (both.first, both.last, both.basis) == (date(2027, 1, 15), date(2027, 4, 30), Basis.STAGE)
    assert none.basis is Basis.CALENDAR


def test_height_delays_the_calendar_as_hopkins_says_and_0_switches_it_off():
    high = window(SEASON, SETTINGS, elevation_m=1000.0 + 121.92)  # 400 feet
    assert (high.shift_days, high.first) == (4, date(2027, 1, 19))
    assert window(SEASON, SETTINGS, elevation_m=600.0).first == date(2027, 1, 2)
    assert window(SEASON, with_(days_per_100_m=0.0), elevation_m=2200.0) == window(SEASON, SETTINGS)
    assert window(SEASON, SETTINGS, elevation_m=float("nan")) == window(SEASON, SETTINGS)


def test_a_stage_seen_high_up_is_compared_with_the_calendar_of_that_height():
    told = window(SEASON, SETTINGS, elevation_m=2000.0, stage=Stage.ROSETTE, seen_on=date(2026, 12, 30))
    low = window(SEASON, SETTINGS, elevation_m=1000.0, stage=Stage.ROSETTE, seen_on=date(2026, 12, 30))
    assert (told.basis, told.first, told.last) == (Basis.STAGE, date(2027, 2, 17), date(2027, 5, 3))
    assert (low.first, low.last) == (date(2027, 3, 1), date(2027, 4, 30))


@given(DAYS, SEEN, DAYS, st.none() | st.floats(0, 3000), st.booleans())
def test_what_somebody_saw_is_never_denied_and_a_window_has_an_end(sown, stage, seen_on, height, imaged):
    told = window(SEASON, SETTINGS, elevation_m=height, sown_on=sown if imaged else None, stage=stage, seen_on=seen_on)
    assert told.first <= told.last
    if stage in (Stage.CAPSULE, Stage.LANCED):
        assert told.first <= seen_on <= told.last
        assert clock(told, seen_on) <= 0
    if stage is Stage.DRY:
        assert clock(told, seen_on + timedelta(days=1)) < 0
        assert told.last <= seen_on


@given(DAYS, DAYS)
def test_who_sows_later_is_lanced_later(one, other):
    first, then = sorted((one, other))
    assert window(SEASON, SETTINGS, sown_on=first).first <= window(SEASON, SETTINGS, sown_on=then).first


def test_the_clock_counts_down_to_the_first_day():
    told = Window(date(2027, 1, 15), date(2027, 3, 31), Basis.CALENDAR)
    assert [clock(told, date(2027, 1, day)) for day in (1, 15, 20)] == [14, 0, -5]


def test_what_is_due_counts_open_candidates_only_and_each_once():
    def row(state, first, last, area=100.4):
        return {"state": str(state), "area_m2": area, "lancing_from": first, "lancing_to": last}

    day = date(2027, 1, 15)
    rows = [
        row(State.CANDIDATE, "2027-01-15", "2027-03-01"),
        row(State.ASSIGNED, "2027-01-29", "2027-03-01"),
        row(State.NOT_REACHED, "2027-01-30", "2027-03-01"),
        row(State.CANDIDATE, "2027-01-14", "2027-01-15"),
        row(State.CANDIDATE, "2026-12-01", "2027-01-14", 350.0),
        row(State.DETECTED, "2027-01-16", "2027-03-01"),
        row(State.EXPIRED, None, None),
        {"state": "candidate", "area_m2": 9.0},
    ]
    told = due(rows, day)
    assert told == {"soon": 2, "begun": 1, "over": 1, "later": 1, "soon_m2": 200, "begun_m2": 100, "over_m2": 350}
    assert due(rows, day, soon_days=15)["soon"] == 3
    assert due([], day)["soon"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("lancing_early", ("01-15",)), ("lancing_late", ("04-30", "03-01")), ("lancing_early", ("13-01", "03-31"))],
)
def test_settings_that_name_no_window_are_named(name, value):
    with pytest.raises(UnusableInput) as told:
        window(SEASON, with_(**{name: value}))
    assert (told.value.kind, told.value.where) == ("bad_settings", f"harvest.{name}")


def test_days_after_sowing_in_the_wrong_order_are_named():
    with pytest.raises(UnusableInput) as told:
        window(SEASON, with_(lanced_until_days=60), sown_on=date(2026, 10, 1))
    assert told.value.where == "harvest.lanced_until_days"


def test_only_what_may_still_stand_has_a_clock():
    assert harvest.CLOCKED == {"candidate", "assigned", "not_reached", "detected", "regrown"}
