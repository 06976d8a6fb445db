"""Laptops that were apart: one place, one row, one code."""

import random
from datetime import timedelta
from time import perf_counter

from shapely.geometry import box
from worlds import HERE, START, World, candidate, east, visit

from eradication.domain import EventKind
from eradication.history.naming import plot_id_of
from eradication.history.payload import candidate_json


def test_the_same_row_from_two_laptops_counts_once():
    row = {"visit_id": "v7", "visited_at": START}
    one, two = World("one").visit("detected", **row), World("two", START + timedelta(days=3)).visit("detected", **row)
    told = one.told(events=two.events + one.events, as_of=two.clock)
    assert len(told.visits) == len(told.episodes) == 1
    assert told.findings == []


def test_a_row_struck_out_on_one_laptop_is_struck_out_on_all_that_imported_it():
    row = {"visit_id": "v7", "visited_at": START}
    one = World("one", START + timedelta(days=1)).visit("detected", **row)
    two = World("two").visit("detected", **row).wait(5).correct(0, None)
    told = one.told(events=two.events + one.events, as_of=two.clock)
    assert (told.episodes, told.findings) == ([], [])


def test_a_row_corrected_on_one_laptop_is_corrected_on_all_that_imported_it():
    row = {"visit_id": "v7", "visited_at": START}
    one = World("one").visit("detected", **row)
    two = World("two", START + timedelta(days=1)).visit("detected", **row)
    two.correct(0, visit("detected", area_m2=123.0, **row))
    told = one.told(events=two.events + one.events, as_of=two.clock)
    assert [e.detected_m2 for e in told.episodes] == [123]
    assert told.findings == []


def test_two_laptops_that_found_the_same_place_speak_of_one_plot():
    one = World("one").visit("detected", visit_id="a1")
    two = World("two", START + timedelta(days=1)).visit(
        "eradicated", east(6), visit_id="b1", unit="BP-2", officers=("T",)
    )
    told = one.told(events=two.events + one.events, as_of=two.clock)
    (plot,) = told.plots
    assert plot.id == one.events[0].payload["plot_id"]
    assert two.events[0].payload["plot_id"] in plot.aliases
    assert [str(e.state) for e in told.episodes] == ["eradicated"]
    assert told.plot(str(two.events[0].payload["plot_id"])) == plot


def test_three_laptops_that_found_the_same_place_speak_of_one_plot():
    worlds = [World(name).visit("detected", east(4 * i), unit=name) for i, name in enumerate(("one", "two", "three"))]
    told = worlds[0].told(events=[event for world in worlds for event in world.events])
    assert len(told.plots) == 1
    assert len(told.plots[0].aliases) >= 2


def test_one_laptop_that_held_two_places_apart_is_believed():
    apart = World("one").candidate("a", area=100.0).append(*_proposed("b", east(20)))
    assert len(apart.told().plots) == 2


def test_a_place_near_two_plots_of_another_laptop_is_for_a_person_to_decide():
    one = World("one").append(*_proposed("a", HERE)).append(*_proposed("b", east(40)))
    two = World("two").append(*_proposed("c", east(20)))
    told = one.told(events=one.events + two.events)
    assert len(told.plots) == 3
    assert [(f.kind, f.reason) for f in told.findings] == [("ambiguous_place", "several_partners")]


def test_lots_side_by_side_measured_by_two_laptops_stay_two():
    def lot(metres):
        west, south = east(metres)
        return box(west, south, west + 9e-5, south + 9e-5)

    one = World("one").candidate("a", area=100.0).visit("detected", outline=lot(0))
    two = World("two").visit("detected", east(15), unit="BP-2", outline=lot(12))
    assert len(one.told(events=one.events + two.events).plots) == 2


def _proposed(name, at):
    body = {
        "candidate": candidate_json(candidate(name, at, area=100.0)),
        "plot_id": plot_id_of(name),
        "founding": True,
        "code": "",
        "ambiguous_with": [],
    }
    return EventKind.CANDIDATE_PROPOSED, body


def test_codes_given_twice_by_laptops_apart_stay_permanent_and_become_unlike():
    one, two = World("one").visit("detected"), World("two").wait(1).visit("detected", east(900), unit="BP-2")
    told = one.told(events=one.events + two.events, as_of=two.clock)
    codes = {plot.id: plot.code for plot in told.plots}
    first, second = (str(world.events[0].payload["plot_id"]) for world in (one, two))
    assert codes[first] == "VH-27-001"
    assert codes[second].startswith("VH-27-001-")
    assert [finding.kind for finding in told.findings] == ["code_taken_twice"]


def test_a_thousand_candidates_replay_in_seconds():
    chance = random.Random(7)
    world = World()
    for i in range(1000):
        world.append(*_proposed(f"c{i}", (104.0 + chance.random(), 20.5 + chance.random())))
    begun = perf_counter()
    assert len(world.told().episodes) == 1000
    assert perf_counter() - begun < 5.0
