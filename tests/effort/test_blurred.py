"""T14: others' patrols are shown coarse, late and only together, so that no two answers tell of a single one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eradication.domain import TIMEZONE, Season
from eradication.effort import blurred
from eradication.effort.blurred import Entered, Rule

SEASON = Season(2025)
FIRST = datetime(2026, 1, 5, tzinfo=TIMEZONE)
"""A Monday."""
RULE = Rule(1, 5, timedelta(hours=72))


def patrol(number: int, unit: str, began: datetime, hours: float, cells: Sequence[str]) -> dict[str, Any]:
    start, end = began.astimezone(UTC), (began + timedelta(hours=hours)).astimezone(UTC)
    days = {began.date().isoformat(): list(cells)}
    return {
        "id": f"p{number}", "unit": unit, "kind": "track", "start": start.isoformat(), "end": end.isoformat(),
        "cells": days, "walk": f"w{number}", "length_km": 1.0 + number, "hours": hours, "total": 9, "marked": {},
    }  # fmt: skip


@st.composite
def entries(draw: st.DrawFn) -> list[Entered]:
    """Patrols of some weeks in a handful of cells, entered then or weeks later."""
    found = []
    for number in range(draw(st.integers(0, 40))):
        began = FIRST + timedelta(hours=draw(st.integers(0, 24 * 28)))
        hours = draw(st.floats(0.5, 30.0))
        names = draw(st.lists(st.sampled_from(["470_2300", "471_2300", "473_2301"]), min_size=1, max_size=3))
        one = patrol(number, draw(st.sampled_from(["A", "B", "C"])), began, hours, names)
        entered = began + timedelta(hours=hours) + timedelta(hours=draw(st.integers(0, 24 * 14)))
        found.append(Entered(one, entered))
    return found


MOMENTS = st.integers(0, 24 * 60).map(lambda hours: FIRST + timedelta(hours=hours, minutes=7))


def shown(entered: Sequence[Entered], now: datetime, rule: Rule = RULE) -> dict[tuple[int, int], int]:
    return blurred.cells(blurred.released(entered, SEASON, rule.until(now)), rule.side_km, rule.least)


@given(entries(), MOMENTS, st.integers(1, 3), st.integers(5, 7))
def test_T14_no_cell_holds_fewer_than_a_crowd_and_nobody_who_came_back_lately(
    entered: list[Entered], now: datetime, side: int, least: int
):
    rule = Rule(side, least, timedelta(hours=72))
    old = [one for one in entered if datetime.fromisoformat(one.patrol["end"]) <= now - rule.delay]
    for (column, row), count in shown(entered, now, rule).items():
        through = [
            one.patrol["id"]
            for one in old
            for names in one.patrol["cells"].values()
            if any((int(n.split("_")[0]) // side, int(n.split("_")[1]) // side) == (column, row) for n in names)
        ]
        assert least <= count <= len(set(through))
        assert count % least == 0


@given(entries(), MOMENTS, MOMENTS)
def test_T14_the_difference_of_two_answers_is_nothing_or_a_whole_crowd(
    entered: list[Entered], one: datetime, other: datetime
):
    first, last = sorted((one, other))
    before, after = shown(entered, first), shown(entered, last)
    for cell in before.keys() | after.keys():
        more = after.get(cell, 0) - before.get(cell, 0)
        assert more == 0 or more >= RULE.least
    if RULE.until(first) == RULE.until(last):
        assert before == after


@given(entries(), MOMENTS, st.data())
def test_T14_no_single_patrol_changes_an_answer_before_its_week_is_over(
    entered: list[Entered], now: datetime, data: st.DataObject
):
    if not entered:
        return
    left_out = data.draw(st.sampled_from(entered))
    came = max(left_out.recorded_at, datetime.fromisoformat(left_out.patrol["end"]))
    if came >= now - RULE.delay:
        others = [one for one in entered if one is not left_out]
        assert shown(entered, now) == shown(others, now)
        walked = [blurred.effort(blurred.released(e, SEASON, RULE.until(now)), SEASON, 5) for e in (entered, others)]
        assert walked[0] == walked[1]


def test_T14_many_telephones_on_one_walk_are_no_crowd():
    same = [Entered(patrol(n, "A", FIRST, 2.0, ["470_2300"]), FIRST) for n in range(9)]
    assert shown(same, FIRST + timedelta(days=30)) == {}
    days = [Entered(patrol(n, "A", FIRST + timedelta(days=n), 2.0, ["470_2300"]), FIRST) for n in range(5)]
    assert shown(days, FIRST + timedelta(days=30)) == {(470, 2300): 5}


def test_T14_a_walk_handed_in_five_times_is_one():
    same = []
    for number in range(5):
        one = patrol(number, f"U{number}", FIRST, 2.0, ["470_2300"])
        same.append(Entered(one | {"walk": "w"}, FIRST))
    assert shown(same, FIRST + timedelta(days=30)) == {}


def test_T14_an_old_track_that_is_entered_today_waits_for_its_week_too():
    crowd = [Entered(patrol(n, "A", FIRST + timedelta(days=n % 4), 2.0, ["470_2300"]), FIRST) for n in range(4)]
    late = Entered(patrol(9, "B", FIRST, 2.0, ["470_2300"]), FIRST + timedelta(days=30))
    for day in range(30, 35):
        assert shown([*crowd, late], FIRST + timedelta(days=day)) == {}
    assert shown([*crowd, late], FIRST + timedelta(days=45)) == {(470, 2300): 5}


def test_patrols_of_another_season_and_those_without_times_are_not_shown():
    undated = patrol(1, "A", FIRST, 2.0, ["470_2300"]) | {"start": None, "end": None}
    other = [Entered(patrol(n, "A", FIRST + timedelta(days=365 + n), 2.0, ["1_1"]), FIRST) for n in range(6)]
    assert shown([Entered(undated, FIRST), *other], FIRST + timedelta(days=600)) == {}
