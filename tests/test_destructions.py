"""Destroyed in parts, wholly, checked, regrown, destroyed again: each told by the visits that did it."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import START, World, east, entries

from eradication.domain import Course, Stage, State
from eradication.domain.event import parse_iso
from eradication.ledger import from_json, to_json
from eradication.report import words

LARGE = {"area_m2": 500.0}
"""Of class B: every destruction is to be checked."""
CHECK = timedelta(days=28)


def course(world: World) -> Course:
    return world.only.course


def sign(world: World, code: str) -> dict[str, Any]:
    (found,) = (one for one in world.ledger()["signs"] if one["code"] == code)
    return found


def timely(world: World) -> dict[str, Any]:
    told: dict[str, Any] = world.ledger()["timeliness"]
    return told


def overdue(world: World) -> dict[str, tuple[datetime, int]]:
    return {row["what"]: (parse_iso(row["since"]), row["days"]) for row in timely(world)["overdue"]}


# --- The sign of destructions that are all said to be whole ---


def test_each_destruction_counts_by_itself_however_the_plot_ended():
    """Twelve plots, two of them half today and the rest a week later: 14 destructions, two of them partial."""
    world = World()
    for number in range(12):
        spot = east(300.0 * number)
        world.visit("detected", spot).wait(2)
        if number < 2:
            world.visit("eradicated", spot, destroyed_fraction=0.5).wait(7)
        world.visit("eradicated", spot, destroyed_fraction=1.0)
    told = sign(world, "always_whole")
    assert (told["value"], told["of"], told["pct"]) == (12, 14, 85.7)
    assert (told["marked"], told["who"]) == (False, [])


def test_a_unit_answers_for_its_own_destructions_and_for_no_other_units():
    """One unit always does half, another comes for the rest; the rest is all there is, ten times of ten."""
    world = World()
    for number in range(10):
        spot = east(300.0 * number)
        world.visit("detected", spot).wait(2).visit("eradicated", spot, destroyed_fraction=0.5)
        if number < 9:
            world.wait(1).visit("eradicated", spot, unit="CA-3")
    told = sign(world, "always_whole")
    assert (told["value"], told["of"], told["marked"]) == (9, 19, False)
    world.wait(1).visit("eradicated", spot, unit="CA-3")
    told = sign(world, "always_whole")
    assert (told["value"], told["of"], told["marked"], told["who"]) == (10, 20, True, ["CA-3"])


def test_what_regrew_and_was_destroyed_again_is_one_more_destruction():
    world = World()
    for number in range(5):
        spot = east(300.0 * number)
        world.visit("detected", spot).wait(1).visit("eradicated", spot).wait(1).visit("regrown", spot)
        world.wait(1).visit("eradicated", spot)
    told = sign(world, "always_whole")
    assert (told["value"], told["of"], told["marked"], told["who"]) == (10, 10, True, ["BP-1"])


# --- Begun and completed ---


def test_a_plot_is_destroyed_when_the_rest_of_it_is():
    world = World().visit("detected", **LARGE).wait(1).visit("eradicated", destroyed_fraction=0.5)
    begun = world.clock
    assert (course(world).destruction_began_at, course(world).destroyed_at) == (course(world).destructions[0].at, None)
    assert timely(world)["median_days_to_destruction"] is None
    assert (timely(world)["destroyed"], timely(world)["destroyed_in_part"]) == (0, 1)
    world.wait(15).visit("eradicated", destroyed_fraction=1.0)
    assert course(world).destruction_began_at is not None
    assert course(world).destruction_began_at <= begun < course(world).destroyed_at
    assert timely(world)["median_days_to_destruction"] == 16.0
    assert (timely(world)["destroyed"], timely(world)["destroyed_in_part"]) == (1, 0)


def test_what_is_left_of_a_plot_is_overdue_since_its_detection():
    world = World().visit("detected", **LARGE)
    found = world.only.detected_at
    world.wait(1).visit("eradicated", destroyed_fraction=0.9).wait(1).visit("verified").wait(5)
    assert overdue(world) == {"not_destroyed": (found, 4)}
    world.visit("eradicated", destroyed_fraction=1.0)
    assert overdue(world) == {}


def test_what_has_regrown_is_overdue_since_somebody_saw_it():
    world = World().visit("detected", **LARGE).wait(1).visit("eradicated").wait(20).visit("regrown", area_m2=10.0)
    seen = course(world).rounds[-1].checked_at
    world.wait(10)
    assert overdue(world) == {"not_destroyed": (seen, 7)}
    assert course(world.visit("eradicated")).standing_since is None


def test_a_later_row_takes_back_that_it_was_the_whole():
    world = World().visit("detected", **LARGE).wait(1).visit("eradicated")
    first = course(world).destroyed_at
    assert first is not None
    world.wait(1).visit("eradicated", destroyed_fraction=0.6)
    assert (course(world).destroyed_at, course(world).standing_since) == (None, world.only.detected_at)
    assert course(world.wait(1).visit("eradicated")).destroyed_at > first


def test_regrowth_takes_nothing_back_that_was_wholly_destroyed_before():
    world = World().visit("detected", **LARGE).wait(2).visit("eradicated")
    before = course(world).destroyed_at
    world.wait(20).visit("regrown", area_m2=50.0).wait(1).visit("eradicated", destroyed_fraction=0.95)
    assert course(world).destroyed_at == before
    assert timely(world)["median_days_to_destruction"] == 2.0
    assert course(world).standing_since == course(world).rounds[0].checked_at


def test_only_what_is_wholly_destroyed_within_a_day_is_a_same_day_pair():
    world = World().visit("detected").wait(0.1).visit("eradicated", destroyed_fraction=0.2)
    assert sign(world, "same_day_pair")["value"] == 0
    slow = World().visit("detected").wait(0.1).visit("eradicated", destroyed_fraction=0.2).wait(3).visit("eradicated")
    assert sign(slow, "same_day_pair")["value"] == 0
    assert sign(world.wait(0.3).visit("eradicated"), "same_day_pair")["value"] == 1
    other = World().visit("detected").wait(0.1).visit("eradicated", unit="CA-3").wait(9).visit("regrown").wait(1)
    assert sign(other.visit("eradicated"), "same_day_pair")["value"] == 0


def test_the_stage_is_the_one_at_which_the_whole_was_destroyed():
    world = World().visit("detected", stage=Stage.FLOWER).wait(1)
    world.visit("eradicated", destroyed_fraction=0.3, stage=Stage.FLOWER).wait(30)
    world.visit("eradicated", stage=Stage.LANCED)
    assert (course(world).stage, timely(world)["before_lancing_pct"]) == ("lanced", 0.0)
    world.wait(20).visit("regrown", stage=Stage.ROSETTE)
    assert course(world).stage == "lanced"


def test_a_detection_entered_after_the_first_destruction_is_told_also_where_it_was_of_a_part():
    world = World().visit("detected", visited_at=START).visit("eradicated", destroyed_fraction=0.5)
    assert world.ledger()["unvisited"]["detected_after_destroyed"] == 0
    late = World().visit("eradicated", plot_id="", destroyed_fraction=0.5, visited_at=START + timedelta(hours=1))
    late.wait(3).visit("detected", visited_at=START).visit("eradicated")
    assert course(late).destruction_recorded_at < course(late).detection_recorded_at
    assert late.ledger()["unvisited"]["detected_after_destroyed"] == 1


# --- Checked again ---


def test_what_was_destroyed_again_after_regrowth_is_to_be_checked_again():
    world = World().visit("detected", **LARGE).wait(1).visit("eradicated").wait(20).visit("regrown", area_m2=50.0)
    again = world.wait(1).visit("eradicated").clock
    assert course(world).revisited_at is None
    world.wait(29)
    assert list(overdue(world)) == ["not_revisited"]
    since, days = overdue(world)["not_revisited"]
    assert (since > START + timedelta(days=21), since <= again, days) == (True, True, 1)
    assert (timely(world)["revisit_due"], timely(world)["revisited_in_time_pct"]) == (1, 0.0)
    world.visit("verified")
    assert overdue(world) == {}
    assert timely(world)["revisited_in_time_pct"] == 0.0  # a day late


def test_a_plot_is_in_time_only_if_each_of_its_destructions_was_checked_in_time():
    prompt = World().visit("detected", **LARGE).wait(1).visit("eradicated").wait(20).visit("regrown", area_m2=50.0)
    prompt.wait(1).visit("eradicated")
    assert (timely(prompt)["revisit_due"], timely(prompt)["revisited_in_time_pct"]) == (1, 100.0)
    assert timely(prompt.wait(20).visit("verified"))["revisited_in_time_pct"] == 100.0
    late = World().visit("detected", **LARGE).wait(1).visit("eradicated").wait(50).visit("regrown", area_m2=50.0)
    late.wait(1).visit("eradicated").wait(20).visit("verified")
    assert (timely(late)["revisit_due"], timely(late)["revisited_in_time_pct"]) == (1, 0.0)


def test_a_row_that_only_repeats_a_destruction_puts_its_check_off_no_further():
    world = World().visit("detected", **LARGE).wait(1).visit("eradicated")
    first = course(world).destroyed_at
    world.wait(30).visit("eradicated").wait(1)
    assert overdue(world) == {"not_revisited": (first, 3)}
    world.visit("verified").wait(1).visit("eradicated").wait(30)  # after a check it is a destruction of its own
    assert overdue(world)["not_revisited"][1] == 2


def test_a_verification_of_the_very_moment_of_the_destruction_is_no_check_afterwards():
    world = World().visit("detected", **LARGE).wait(1)
    world.visit("eradicated", visited_at=world.clock).visit("verified", visited_at=world.clock - timedelta(minutes=1))
    assert (world.states, course(world).revisited_at) == (["verified"], None)
    world.wait(20).visit("verified")
    assert timely(world)["revisited_in_time_pct"] == 100.0


def test_the_rest_of_a_plot_is_checked_after_it_is_destroyed():
    world = World().visit("detected", **LARGE).wait(1).visit("eradicated", destroyed_fraction=0.5).wait(20)
    world.visit("verified").wait(1).visit("eradicated", destroyed_fraction=1.0).wait(30)
    assert overdue(world)["not_revisited"][1] == 2
    assert len(course(world).rounds) == 2


def test_a_plot_destroyed_in_part_is_listed_once_until_the_rest_is_destroyed():
    world = World().visit("detected", **LARGE).wait(1).visit("eradicated", destroyed_fraction=0.5).wait(40)
    assert list(overdue(world)) == ["not_destroyed"]
    assert list(overdue(world.visit("eradicated", destroyed_fraction=1.0).wait(40))) == ["not_revisited"]


@pytest.mark.parametrize(
    ("language", "part", "all_of_it"),
    [("vi", "đã triệt phá một phần (33 %)", "đã triệt phá"), ("en", "eradicated in part (33 %)", "eradicated")],
)
def test_a_reader_is_not_told_that_what_is_destroyed_in_part_is_destroyed(language, part, all_of_it):
    world = World().visit("detected", **LARGE).wait(1)
    assert words.state(world.only, language) == words.word(State.DETECTED, language)
    world.visit("eradicated", destroyed_fraction=0.335).wait(1)
    assert words.state(world.only, language) == part
    assert words.state(world.visit("eradicated", destroyed_fraction=1.0).only, language) == all_of_it


# --- Any course, beside a model of its own ---


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, float, str, int]]:
    """Draw what happens to a detected plot, each row with an effect: outcome, share, unit, hours since the last."""
    told, after = [], {"d": "e", "e": "eevr", "v": "evr", "r": "eer"}
    last = "d"
    for _ in range(draw(st.integers(0, 6))):
        last = draw(st.sampled_from(after[last]))
        share = draw(st.sampled_from([0.2, 0.5, 0.5, 1.0, 1.0, 1.0])) if last == "e" else 0.0
        told.append((last, share, draw(st.sampled_from(["BP-1", "BP-2"])), draw(st.integers(1, 900))))
    return told


def played(rows: list[tuple[str, float, str, int]]) -> World:
    world = World().visit("detected", **LARGE)
    for outcome, share, unit, hours in rows:
        world.wait(hours / 24.0)
        if outcome == "e":
            world.visit("eradicated", unit=unit, destroyed_fraction=None if share == 1.0 and hours % 2 else share)
        elif outcome == "v":
            world.visit("verified")
        else:
            world.visit("regrown", unit="CA-2", area_m2=50.0)
    return world


class Model:
    """The definitions read off the whole list of rows at once, where the program goes step by step."""

    def __init__(self, rows: list[tuple[str, float, datetime]], found: datetime) -> None:
        self.rows, self.found = rows, found

    def _clean(self, at: int) -> bool:
        """Nothing stood before row ``at``: of the destructions and regrowths before it, the last is a whole one."""
        moved = [row for row in self.rows[:at] if row[0] in "er"]
        return bool(moved) and moved[-1][0] == "e" and moved[-1][1] == 1.0

    @property
    def regrowths(self) -> list[int]:
        return [n for n, row in enumerate(self.rows) if row[0] == "r" and self._clean(n)]

    @property
    def destroyed_at(self) -> datetime | None:
        """Of the destructions until what was clean regrew, the first after which all are whole."""
        until = self.regrowths[0] if self.regrowths else len(self.rows)
        shares = [(share, at) for kind, share, at in self.rows[:until] if kind == "e"]
        whole = [at for n, (_, at) in enumerate(shares) if all(share == 1.0 for share, _ in shares[n:])]
        return whole[0] if whole else None

    @property
    def standing_since(self) -> datetime | None:
        if self._clean(len(self.rows)):
            return None
        return self.rows[self.regrowths[-1]][2] if self.regrowths else self.found

    @property
    def rounds(self) -> list[tuple[datetime, datetime | None]]:
        told = []
        checks = [-1, *(n for n, row in enumerate(self.rows) if row[0] in "vr"), len(self.rows)]
        for before, after in pairwise(checks):
            some = [(share, at) for _, share, at in self.rows[before + 1 : after]]
            more = [at for n, (share, at) in enumerate(some) if n == 0 or share > some[n - 1][0]]
            if more:
                told.append((more[-1], self.rows[after][2] if after < len(self.rows) else None))
        return told


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(steps(), st.integers(0, 1500))
def test_every_course_is_as_a_model_of_its_own_tells_it(rows, hours):
    world = played(rows)
    dates = [event.happened_at for event in world.events[1:]]
    world.wait(hours / 24.0)
    model = Model([(kind, share, at) for (kind, share, _, _), at in zip(rows, dates, strict=True)], START)
    (entry,) = entries(world.told())
    model.found = entry.detected_at
    told = entry.course
    assert [(d.unit, d.share, d.at) for d in told.destructions] == [
        (unit, share, at) for (kind, share, unit, _), at in zip(rows, dates, strict=True) if kind == "e"
    ]
    assert (told.destroyed_at, told.standing_since) == (model.destroyed_at, model.standing_since)
    assert [(one.destroyed_at, one.checked_at) for one in told.rounds] == model.rounds
    assert (told.destroyed_at is None) <= (told.standing_since is not None)
    assert from_json(json.loads(json.dumps(to_json(entry)))) == entry
    is_figured_so(world, model, str(entry.state))


def is_figured_so(world: World, model: Model, state: str) -> None:
    answer, now = timely(world), world.clock
    late = {row["what"]: parse_iso(row["since"]) for row in answer["overdue"]}
    standing = model.standing_since
    assert late.get("not_destroyed") == (standing if standing and now > standing + timedelta(days=3) else None)
    last, checked = model.rounds[-1] if model.rounds else (None, None)
    waits = state == "eradicated" and checked is None and last is not None and now > last + CHECK and not standing
    assert late.get("not_revisited") == (last if waits else None)
    due = [(one, again) for one, again in model.rounds if again is not None or now >= one + CHECK]
    in_time = all(again is not None and again <= one + CHECK for one, again in due)
    assert (answer["revisit_due"], answer["revisited_in_time_pct"]) == (
        (1, 100.0 if in_time else 0.0) if due else (0, None)
    )
    days = None if model.destroyed_at is None else (model.destroyed_at - model.found) / timedelta(days=1)
    assert answer["median_days_to_destruction"] == (None if days is None else pytest.approx(days, abs=0.05001))
    made = [share for kind, share, _ in model.rows if kind == "e"]
    told = sign(world, "always_whole")
    assert (told["value"], told["of"]) == (made.count(1.0), len(made))
