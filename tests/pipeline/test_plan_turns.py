"""Which draws of earlier plans a plan takes up, which wait, and how that is told."""

from dataclasses import replace
from datetime import timedelta
from math import ceil

import numpy as np
import pytest
from plan_ground import DAY, NOW, POSTS, SOUTH, WEST, later, lonlat, planned_ground, walk, wish

from eradication.cli.plans_carried_text import carried
from eradication.cli.shell import Shell
from eradication.domain import EventKind
from eradication.pipeline.plans import ground, planning, record
from eradication.pipeline.plans.drawing import Draw
from eradication.pipeline.plans.place import Place
from eradication.pipeline.plans.record import CELL
from eradication.pipeline.plans.routes import Reach
from eradication.pipeline.plans.turns import turns
from eradication.pipeline.plans.wish import Patrol


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with planned_ground(tmp_path_factory.mktemp("turns") / "ground") as workspace:
        yield workspace


def turn(office, hours, draws, stops=20):
    asked = replace(wish(hours=hours), patrols=(Patrol("BP01", POSTS["BP01"]),))
    around = ground.around(office, asked, asked.patrols)
    reach = Reach(asked, asked.patrols, around, (), np.empty((1, 0)))
    told = turns(reach, {"BP01": draws}, {"BP01": stops})["BP01"]
    return [one.place.name for one in told.planned], {one.place.name: why for one, why in told.waiting}


def drawn(x, y, minutes=45.0):
    """A draw so many metres from the south-west corner; the post is at 1000, 1500."""
    place = Place(CELL, f"{x}_{y}", (WEST + x, SOUTH + y), *lonlat(x, y), 0.0, 1.0, minutes, "04048")
    return Draw(place, 0.1, "BP01", "an earlier plan")


NEAR = [drawn(1100 + 60 * k, 1500) for k in range(6)]


def test_carried_draws_take_at_most_half_of_the_stops_the_oldest_first(office):
    planned, waiting = turn(office, 14.0, NEAR, stops=4)
    assert planned == [one.place.name for one in NEAR[:2]]
    assert waiting == {one.place.name: "waits_its_turn" for one in NEAR[2:]}


def test_carried_draws_take_at_most_half_of_the_hours(office):
    """In 3 hours one search of 45 minutes fits into the half; in 6 three do, with the way; and all have room in 14."""
    assert [len(turn(office, hours, NEAR)[0]) for hours in (3.0, 6.0, 14.0)] == [1, 3, 6]


def test_one_has_its_turn_in_the_shortest_plan_that_reaches_it(office):
    assert turn(office, 3.0, NEAR[:1], stops=0)[0] == [NEAR[0].place.name]
    assert turn(office, 3.0, [], stops=3) == ([], {})


def test_what_is_not_reached_with_these_hours_has_no_turn_and_leaves_it_to_the_next(office):
    """The far one is older; one outside the commune is never reached, one that takes more than half waits for more."""
    far, outside, half = drawn(2900, 2900), drawn(40_000, 1500), drawn(1600, 1500, 60.0)
    planned, waiting = turn(office, 2.0, [far, outside, half, *NEAR[:1]])
    assert planned == [NEAR[0].place.name]
    assert waiting == {
        far.place.name: "not_reached_in_time",
        outside.place.name: "not_reached_in_time",
        half.place.name: "waits_its_turn",
    }
    assert half.place.name in turn(office, 6.0, [half])[0]


def test_the_text_says_which_stops_are_carried_over_how_many_wait_and_until_when(capsys):
    stops = [{"order": k, "carried_from": plan} for k, plan in ((1, "aa11"), (2, ""), (3, "aa11"), (4, "bb22"))]
    route = {"stops": stops, "carried": {"planned": 3, "waiting": 5}, "random_short": 2}
    carried(Shell(language="en"), route)
    said = capsys.readouterr().out
    assert "Carried over from plan aa11: stops 1, 3." in said
    assert "Carried over from plan bb22: stops 4." in said
    assert "waiting for a later one: 5." in said
    assert "patrols import" in said
    assert "asks for 2 could not be made by chance" in said
    nothing = {"carried": {"planned": 0, "waiting": 0}, "random_short": 0}
    carried(Shell(language="en"), {"stops": stops[1:2], **nothing})
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_short_plan_after_many_draws_takes_some_draws_anew_and_says_what_waits(tmp_path):
    with planned_ground(tmp_path / "ground") as office:
        (first,) = planning.plan(office, wish(random_share=0.9, hours=5.0), now=NOW)["routes"]
        many = {record.names_of(s) for s in [*first["stops"], *first["open"]] if s["own_draw"]}
        third = DAY + timedelta(days=3)
        (second,) = planning.plan(office, wish(random_share=0.9, hours=2.5, day=third), now=later(4))["routes"]
        told = [*second["stops"], *second["open"]]
        earlier = {record.names_of(s): s for s in told if s["carried_from"]}
        assert earlier.keys() == many
        assert {s["carried_from"] for s in earlier.values()} == {first["plan"]}
        waiting = [s for s in second["open"] if s["carried_from"]]
        assert second["carried"] == {"planned": len(earlier) - len(waiting), "waiting": len(waiting)}
        assert {s["reason"] for s in waiting} <= {"waits_its_turn", "not_reached_in_time"}
        assert 1 <= second["carried"]["planned"] < len(many)
        mine = [s for s in told if s not in waiting]
        fresh = [s for s in mine if s["own_draw"] and not s["carried_from"]]
        assert fresh
        assert len(fresh) + second["carried"]["planned"] >= ceil(0.9 * len(mine) - 1e-9)
        assert {record.names_of(s) for s in fresh}.isdisjoint(many)
        (one,) = [made for made in record.plans(office) if made.id == second["plan"]]
        assert len(one.drawn) == len(fresh)
        assert len(office.store.events(kinds=[EventKind.PLAN_MADE])) == 2


@pytest.mark.slow
def test_a_draw_that_was_walked_is_planned_until_its_visit_or_track_is_on_record(tmp_path):
    """The season is simulated: there the days that are named count, not when the plan was put on record."""
    with planned_ground(tmp_path / "ground") as office:
        place = replace(office.settings.workspace, simulated=True)
        office = replace(office, settings=replace(office.settings, workspace=place))
        (first,) = planning.plan(office, wish(random_share=0.6), now=NOW)["routes"]
        cells = {s["cell"] for s in first["stops"] if s["own_draw"] and s["kind"] == CELL}
        assert cells

        def again(day):
            asked = wish(random_share=0.5, day=DAY + timedelta(days=day))
            (route,) = planning.plan(office, asked, now=later(day + 1))["routes"]
            return {s["cell"] for s in [*route["stops"], *route["open"]] if s["carried_from"] and s["kind"] == CELL}

        assert cells <= again(3)
        walk(office, first, tmp_path)
        assert cells.isdisjoint(again(6))
