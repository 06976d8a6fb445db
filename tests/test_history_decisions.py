"""What people decide about places holds for what is recorded before and after, in whatever order it arrives."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box
from strategies import seasons
from worlds import HERE, SEASON, SETTINGS, START, World, candidate, east, locate

from eradication import history
from eradication.domain import AreaMethod, Event, EventKind, Planting, Season, State
from eradication.domain.event import GENESIS
from eradication.geo import area_m2, disc
from eradication.history.naming import plot_id_of
from eradication.history.payload import candidate_json, geojson

FAR = east(60.0)


def merged(world: World, *plots: str) -> World:
    return world.append(EventKind.PLOTS_MERGED, {"plots": list(plots), "reason": "one terrace"})


def apart(world: World, *plots: str) -> World:
    return world.append(EventKind.PLOTS_HELD_APART, {"plots": list(plots), "reason": "a path between them"})


def ids(world: World) -> list[str]:
    return [plot.id for plot in world.told().plots]


def test_two_plots_that_a_person_merges_are_one_with_both_names():
    world = World().visit("detected", HERE).visit("detected", FAR, unit="BP-2")
    first, second = sorted(ids(world), key=lambda plot_id: plot_id != world.events[0].payload["plot_id"])
    codes = {plot.code for plot in world.told().plots}
    merged(world, second, first)
    (plot,) = world.told().plots
    assert plot.id == first  # the one founded first, whichever was named first
    assert {second, *codes} <= {*plot.aliases, plot.code}
    assert world.told().plot(second) == plot
    assert [e.detected_m2 for e in world.told().episodes] == [300]


def test_the_later_decision_on_a_pair_stands():
    world = World().visit("detected", HERE).visit("detected", FAR, unit="BP-2")
    pair = ids(world)
    assert len(ids(merged(world, *pair))) == 1
    assert len(ids(apart(world, *pair))) == 2
    assert len(ids(merged(world, *pair))) == 1


def test_places_that_are_held_apart_wait_for_nobody_any_more():
    world = (
        World()
        .visit("detected", HERE, outline=disc(*HERE, 300))
        .visit("detected", east(30), unit="BP-2", outline=disc(*east(30), 300))
    )
    world.candidate("between", east(15))
    assert "possible_partners" in world.reasons
    third = plot_id_of("between")
    first, second = (str(world.events[n].payload["plot_id"]) for n in (0, 1))
    apart(world, third, first)
    apart(world, third, second)
    assert "possible_partners" not in world.reasons
    assert len(ids(world)) == 3


def test_laptops_that_were_apart_do_not_join_what_a_person_held_apart():
    one = World("one").visit("detected", HERE, visit_id="a")
    two = World("two").visit("detected", east(6), visit_id="b", unit="BP-2")
    both = [*one.events, *two.events]
    assert len(one.told(events=both).plots) == 1
    apart(one, *(str(e.payload["plot_id"]) for e in both))
    assert len(one.told(events=[*one.events, *two.events]).plots) == 2


def divided(world: World, whole: str, first, second, code: str = "XX-27-001") -> World:
    parts = [
        {"plot_id": whole, "code": code, "geometry": geojson(first)},
        {"plot_id": "P-second", "code": "XX-27-002", "geometry": geojson(second)},
    ]
    return world.append(EventKind.PLOT_SPLIT, {"names": [whole], "parts": parts, "reason": "two lots"})


def halves(at=HERE, reach=0.0003):
    lon, lat = at
    return box(lon - reach, lat - reach, lon, lat + reach), box(lon, lat - reach, lon + reach, lat + reach)


def test_a_divided_candidate_is_two_candidates_whose_areas_add_up():
    world = World().candidate("a", HERE, area=800.0)
    divided(world, plot_id_of("a"), *halves())
    told = world.told()
    assert sorted(e.plot.id for e in told.episodes) == sorted([plot_id_of("a"), "P-second"])
    assert sum(e.area_m2 for e in told.episodes) == pytest.approx(800.0)
    assert world.states == ["candidate", "candidate"]


def test_what_patrols_found_goes_to_the_part_it_lies_in():
    world = World().candidate("a", HERE, area=800.0)
    west_side, east_side = east(-10.0), east(10.0)
    world.visit("detected", west_side, plot_id=plot_id_of("a"), area_m2=200.0)
    world.visit("rejected", east_side, plot_id=plot_id_of("a"), unit="BP-2")
    divided(world, plot_id_of("a"), *halves())
    states = {e.plot.id: str(e.state) for e in world.told().episodes}
    assert states == {plot_id_of("a"): "detected", "P-second": "rejected"}
    assert world.told().plot("XX-27-002").id == "P-second"


def test_a_part_that_nothing_speaks_of_can_be_visited_by_its_code():
    world = World().visit("detected", HERE)
    divided(world, str(world.events[0].payload["plot_id"]), *halves())
    assert {plot.id for plot in world.told().plots} >= {"P-second"}
    world.visit("detected", None, plot_id="XX-27-002", unit="BP-2", area_m2=50.0)
    assert len(world.told().episodes) == 2


def lots() -> tuple[Polygon, Polygon]:
    """Two lots of 10 × 20 m and 30 × 20 m side by side; HERE lies in the larger one."""
    (west, south), (edge, _), (end, _) = (east(metres) for metres in (-20.0, -10.0, 20.0))
    north = south + 20.0 / 110_700.0
    return box(west, south, edge, north), box(edge, south, end, north)


def found_and_destroyed(world: World, place=HERE) -> tuple[str, str]:
    """A plot of 800 m² with 12 001 plants that was found, destroyed by its name alone and verified; its id and code."""
    spot = (place[0], place[1] + 10.0 / 110_700.0)
    world.visit("detected", spot, area_m2=800.0, plant_count=12_001)
    (plot,) = world.told().plots
    world.wait(1).visit("eradicated", None, plot_id=plot.id, destroyed_fraction=1.0)
    world.wait(1).visit("verified", spot)
    return plot.id, plot.code


def totals(world: World) -> tuple[int, ...]:
    total = world.total
    return tuple(total[name] for name in ("detected_m2", "claimed_m2", "verified_m2", "plants"))


def test_an_area_measured_over_both_parts_is_divided_as_they_were_drawn_and_no_id_or_code_dies():
    world = World()
    plot, code = found_and_destroyed(world)
    before = totals(world)
    divided(world.wait(1), plot, *lots(), code)
    told = world.told()
    areas = {e.plot.id: (e.detected_m2, e.claimed_m2, e.verified_m2, e.plant_count) for e in told.episodes}
    assert areas == {plot: (200, 200, 200, 3_000), "P-second": (600, 600, 600, 9_001)}
    assert totals(world) == before
    assert world.states == ["verified", "verified"]
    for name in (plot, code):
        assert told.plot(name).id == plot
    assert told.plot("XX-27-002").id == "P-second"
    for part, drawn in zip((plot, "P-second"), lots(), strict=True):
        assert told.plot(part).geometry.equals_exact(drawn, 1e-9)
    assert world.reasons == ["area_divided_as_drawn"] * 2


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20_000), st.floats(1.0, 60.0), st.integers(0, 3), st.booleans())
def test_what_is_divided_adds_up_to_the_square_metre(tenths, width_m, extra, is_walked):
    area, outline = tenths / 10.0, disc(*HERE, 500.0) if is_walked else None
    world = World().visit("detected", HERE, area_m2=area, plant_count=tenths, outline=outline)
    (plot,) = world.told().plots
    world.wait(1).visit("eradicated", None, plot_id=plot.id)
    for _ in range(extra):
        world.wait(1).visit("verified", HERE)
    before = totals(world)
    (west, south), (edge, _), (end, _) = (east(metres) for metres in (-width_m, 0.0, 12.0))
    shapes = box(west, south - 0.0002, edge, south + 0.0002), box(edge, south - 0.0002, end, south + 0.0002)
    divided(world.wait(1), plot.id, *shapes, plot.code)
    assert totals(world) == before
    assert world.told().plot(plot.id).id == world.told().plot(plot.code).id == plot.id


def test_a_walked_outline_is_cut_along_the_parts():
    outline = disc(*HERE, 900.0)
    world = World().visit("detected", HERE, area_m2=900.0, area_method=AreaMethod.GPS_TRACK, outline=outline)
    (plot,) = world.told().plots
    divided(world.wait(1), plot.id, *halves())
    areas = {e.plot.id: (e.detected_m2, area_m2(e.outline)) for e in world.told().episodes}
    assert areas == {part: (450, pytest.approx(450.0, abs=3.0)) for part in (plot.id, "P-second")}
    assert world.reasons == []


def test_an_area_no_larger_than_its_part_stays_there_and_the_other_part_is_listed_as_to_be_looked_at():
    world = World()
    spot = (HERE[0], HERE[1] + 10.0 / 110_700.0)
    world.visit("detected", spot, area_m2=590.0)
    (plot,) = world.told().plots
    divided(world.wait(1), plot.id, *lots(), plot.code)
    told = world.told()
    assert {e.plot.id: e.detected_m2 for e in told.episodes} == {"P-second": 590}
    assert told.plot(plot.code).id == told.plot(plot.id).id == plot.id
    assert [(f.reason, f.plot_id) for f in told.findings] == [("nothing_known_of_part", plot.id)]
    world.wait(1).visit("detected", None, plot_id=plot.code, area_m2=190.0, unit="BP-2")
    assert {e.plot.id: e.detected_m2 for e in world.told().episodes} == {plot.id: 190, "P-second": 590}
    assert world.reasons == []


def test_a_visit_after_the_division_speaks_of_the_part_it_lies_in():
    world = World()
    plot, code = found_and_destroyed(world)
    divided(world.wait(1), plot, *lots(), code)
    world.wait(1).visit("regrown", None, plot_id=code, area_m2=50.0)
    states = {e.plot.id: str(e.state) for e in world.told().episodes}
    assert states == {plot: "regrown", "P-second": "verified"}


def test_parts_of_what_two_laptops_found_stay_apart_and_every_name_answers():
    one = World("one").visit("detected", east(-15.0), visit_id="a", area_m2=150.0)
    two = World("two").visit("detected", east(-9.0), visit_id="b", unit="BP-2", area_m2=150.0)
    both = [*one.events, *two.events]
    (plot,) = one.told(events=both).plots
    names = [plot.id, *(name for name in plot.aliases if name.startswith("P-"))]
    parts = [
        {"plot_id": plot.id, "code": plot.code, "geometry": geojson(lots()[0])},
        {"plot_id": "P-second", "code": "XX-27-002", "geometry": geojson(lots()[1])},
    ]
    one.wait(1).append(EventKind.PLOT_SPLIT, {"names": names, "parts": parts, "reason": "two lots"})
    told = one.told(events=[*one.events, *two.events])
    assert [p.id for p in told.plots] == sorted([plot.id, "P-second"])
    assert {told.plot(name).id for name in (*names, plot.code)} == {plot.id}


def test_decisions_and_findings_end_alike_in_any_order():
    world = World("a").candidate("x", HERE, area=800.0).on("b").visit("detected", FAR).on("c")
    x, far = plot_id_of("x"), str(world.events[1].payload["plot_id"])
    divided(world, x, *halves())
    merged(world.on("d"), far, "P-second")
    world.visit("detected", east(10.0), plot_id="P-second", unit="BP-3")
    outcomes = {repr(world.told(events=order).episodes) for order in permutations(world.events)}
    assert len(outcomes) == 1


def test_a_verification_by_the_destroyers_own_unit_counts_only_if_somebody_insists_and_is_then_listed():
    world = World().visit("detected").visit("eradicated", destroyed_fraction=1.0)
    world.visit("verified", unit="BP-1", officers=("S3",))
    assert world.states == ["eradicated"]
    last = world.events[-1].payload
    world.append(
        EventKind.VISIT_RECORDED, {**last, "visit": {**last["visit"], "visit_id": "again"}, "forced": "floods"}
    )
    assert world.states == ["verified"]
    assert world.only.forced == "floods"
    (finding,) = [f for f in world.told().findings if f.kind == "forced"]
    assert "floods" in finding.what
    world.wait(1).visit("verified")
    assert world.only.forced == ""  # an independent check came after all


def test_what_was_planted_before_is_replanted_and_what_lies_beside_it_may_have_moved():
    later, next_year = Season(2027), START.replace(year=2028)
    world = World().visit("detected", HERE).visit("detected", FAR)
    world.wait(365)
    world.visit("detected", HERE, visited_at=next_year).visit("detected", east(120.0), visited_at=next_year)
    world.visit("detected", east(5_000.0), visited_at=next_year)
    told = {(e.plot.id, e.season): e for e in world.told(as_of=next_year.replace(month=6)).episodes}
    first = [e.planting for (_, season), e in told.items() if season == SEASON]
    assert first == [Planting.UNKNOWN, Planting.UNKNOWN]  # no season before it is on record
    second = sorted((str(e.planting), e.moved_from) for (_, season), e in told.items() if season == later)
    near = str(world.events[1].payload["plot_id"])
    assert second == [("new", ""), ("new", near), ("replanted", "")]


def test_a_plot_that_was_destroyed_twice_says_so():
    world = World().visit("detected").visit("eradicated").wait(15).visit("regrown", area_m2=100.0)
    assert world.only.destructions == 1
    world.wait(1).visit("eradicated").visit("eradicated")
    assert world.only.destructions == 2


def test_a_candidate_of_the_pipeline_changes_no_decision():
    world = World().candidate("a").dismiss("a").candidate("a2", run="run-2")
    assert world.states == ["dismissed"]
    told = history.replay(world.events, as_of=world.clock, locate=locate, settings=SETTINGS)
    assert [str(e.state) for e in told.episodes] == ["dismissed"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seasons(origins=2, most=8), st.data())
def test_no_run_changes_what_people_decided_or_a_date_they_set(events, data):
    """Whatever a later run proposes, and whenever it does: states, dates and areas that people set stay."""
    world = World(clock=START + timedelta(days=400))
    before = {(e.plot.id, e.season): e for e in world.told(events=events).episodes}
    decided = (State.DISMISSED, State.ASSIGNED)
    # A row that had no effect yet decides nothing; a candidate that comes late may give it one.
    settled = [e for e in before.values() if not e.out_of_place and (e.visits or e.state in decided)]
    # That nobody reached it, said after the season, decides nothing: a candidate of that season has expired by then.
    settled = [e for e in settled if e.state is not State.NOT_REACHED or e.first_seen < e.season.ends]
    touched = {(e.plot.id, e.season) for e in settled}
    plots = sorted({plot for plot, _ in before})
    proposals = []
    for number, plot in enumerate(plots):
        spot = east(data.draw(st.integers(0, 40)), HERE)
        said = {"candidate": candidate_json(candidate(f"new-{number}", spot, run="run-9", score=0.99)), "plot_id": plot}
        at = START + timedelta(days=data.draw(st.integers(-5, 100)))
        named = {"founding": False, "code": "", "ambiguous_with": []}
        proposals.append(
            Event("run", number + 1, EventKind.CANDIDATE_PROPOSED, at, world.clock, said | named, GENESIS, f"r{number}")
        )
    after = {(e.plot.id, e.season): e for e in world.told(events=[*events, *proposals]).episodes}
    for key in touched:
        one, two = before[key], after[key]
        for name in (
            "state",
            "detected_at",
            "eradicated_at",
            "verified_at",
            "detected_m2",
            "claimed_m2",
            "verified_m2",
        ):
            assert getattr(one, name) == getattr(two, name), name
