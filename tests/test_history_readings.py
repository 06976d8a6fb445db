"""What two people read on one fine image is detected; order of arrival plays no part, and no reader verifies."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import HERE, START, World, east

from eradication.domain import AreaMethod, CandidateSource, EventKind, State
from eradication.geo import disc
from eradication.history.payload import geojson

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_one_reading_is_a_candidate_without_a_score():
    episode = World().read("r").only
    assert (episode.state, episode.plot.source, episode.score) == (State.CANDIDATE, CandidateSource.UAV, None)
    assert World().read("r").total["detected_m2"] == 0
    assert World().read("r", verdict="not").told().episodes == []


def test_two_readings_make_a_detection_at_the_time_of_the_image_by_both_outlines():
    episode = World().read("r", area=300).reread("r", outline=disc(*HERE, 200)).only
    assert (episode.state, episode.area_method, episode.detected_at) == (State.DETECTED, AreaMethod.UAV, START)
    assert episode.area_m2 == pytest.approx(250, abs=1)
    assert episode.plot.measured
    assert World().read("r", area=300).reread("r").only.area_m2 == pytest.approx(300, abs=1)


@pytest.mark.parametrize(("first", "second"), [("opium_poppy", "not"), ("not", "opium_poppy")])
def test_readers_who_disagree_leave_a_candidate_and_a_finding(first, second):
    world = World().read("r", verdict=first).reread("r", second)
    assert world.states == ["candidate"]
    assert [(f.kind, f.what) for f in world.told().findings] == [("readers_disagree", "r")]


def test_readers_who_outline_different_plants_disagree():
    world = World().read("r").reread("r", outline=disc(*east(40), 100))
    assert (world.states, world.reasons) == (["candidate"], ["readers_disagree"])


def test_two_who_see_nothing_leave_no_place():
    world = World().read("r", verdict="not").reread("r", "not")
    assert (world.told().plots, world.reasons) == ([], [])


@pytest.mark.parametrize(("first", "again"), [("R1", "R1"), ("R1", " r1 "), ("R\u00e9", "re\u0301")])
def test_nobody_confirms_himself_however_the_code_is_written(first, again):
    world = World().read("r", reviewer=first).reread("r", reviewer=again)
    assert (world.states, world.reasons) == (["candidate"], ["same_reader"])


def test_who_cannot_tell_has_not_read_and_the_first_other_person_counts():
    world = World().read("r").reread("r", "cannot_tell", "R2")
    assert (world.states, world.reasons) == (["candidate"], [])
    assert world.reread("r", "opium_poppy", "R3").reread("r", "not", "R4").states == ["detected"]


@pytest.mark.parametrize(
    ("unit", "officer", "state"),
    [("U1", "S8", "eradicated"), ("U2", "S8", "eradicated"), ("CA", "R2", "eradicated"), ("CA", "S8", "verified")],
)
def test_readers_and_their_units_may_not_verify(unit, officer, state):
    world = World().read("r").reread("r").visit("eradicated", visited_at=START + timedelta(days=1))
    world.visit("verified", unit=unit, officers=(officer,), visited_at=START + timedelta(days=20))
    assert world.states == [state]
    assert world.reasons == ([] if state == "verified" else ["verifier_not_independent"])


def test_an_image_after_the_destruction_verifies_it_by_another_unit_only():
    world = World().read("r").reread("r").visit("eradicated", visited_at=START + timedelta(days=1))
    assert world.clear("r", unit="U1", reviewer="S7").states == ["eradicated"]
    assert world.reasons == ["verifier_not_independent"]
    assert world.clear("r").on("laptop-2").clear("r").states == ["verified"]
    assert world.total["verified_m2"] == world.total["detected_m2"] == 300
    rows = [row["outcome"] for row in world.told().visits]
    assert rows.count("verified") == 2  # the same reading on two laptops is one


def test_an_image_before_the_destruction_verifies_nothing():
    world = World().read("r").reread("r").visit("eradicated", visited_at=START + timedelta(days=9)).clear("r", 5)
    assert (world.states, world.reasons) == (["eradicated"], ["verified_before_eradicated"])


def test_a_second_reading_without_the_first_waits_for_it():
    world = World().read("r").reread("r")
    told = world.told(events=world.events[1:])
    assert ([f.reason for f in told.findings], told.episodes) == (["target_unknown"], [])


def test_a_reading_joins_the_plot_a_run_proposed_there_and_keeps_its_score():
    episode = World().candidate("a", area=400).read("r", area=380).reread("r").only
    assert (episode.state, episode.score, episode.plot.source) == (State.DETECTED, 0.8, CandidateSource.SATELLITE)


def amend(world, name, fresh, at=HERE, *, area=200.0, verdict="opium_poppy", reviewer="R1", of=""):
    """A first reader draws a place anew."""
    first = next(e for e in world.events if e.payload.get("reading") == (of or name))
    placed = {k: first.payload[k] for k in ("plot_id", "founding", "code", "ambiguous_with", "layer", "layer_hash")}
    said = {"verdict": verdict, "reviewer": reviewer, "unit": "U1", "taken_at": first.payload["taken_at"]}
    said |= {"act": "proposed", "reading": fresh, "corrects": name, "outline": geojson(disc(*at, area))}
    return world.append(EventKind.IMAGE_READ, placed | said, first.happened_at)


def withdraw(world, name, reviewer="R1"):
    """A reader takes back what he said."""
    first = next(e for e in world.events if e.payload.get("reading") == name)
    said = {"act": "withdrawn", "reading": name, "reviewer": reviewer, "reason": "a field of mustard"}
    kept = {k: first.payload[k] for k in ("plot_id", "taken_at")}
    return world.append(EventKind.IMAGE_READ, said | kept, first.happened_at)


def test_a_new_drawing_by_the_first_reader_takes_the_place_of_the_old_one_and_has_to_be_confirmed_anew():
    world = World().read("r").reread("r")
    plot, before = world.only.plot, world.clock
    episode = amend(world, "r", "r2").only
    assert (episode.state, episode.plot.id, episode.plot.code) == (State.CANDIDATE, plot.id, plot.code)
    assert episode.area_m2 == pytest.approx(200, abs=1)
    assert world.total["detected_m2"] == 0
    assert world.ledger(before)["total"]["detected_m2"] == 300  # what was told then is told for ever
    assert world.reread("r2", unit="U3", reviewer="R3").only.state is State.DETECTED
    assert world.total["detected_m2"] == 200
    assert world.reread("r", "not", "R4").total["detected_m2"] == 200  # too late: of a drawing that is no more
    assert world.reasons == []


def test_of_several_corrections_the_one_recorded_last_counts_whatever_came_first():
    world = World().read("r")
    amend(amend(world, "r", "r2", area=200).on("laptop-2"), "r", "r3", area=100)
    assert world.only.area_m2 == pytest.approx(100, abs=1)
    assert world.told(events=world.events[::-1]).episodes == world.told().episodes
    assert world.told(events=world.events[2:]).episodes[0].area_m2 == pytest.approx(100, abs=1)


def test_who_sees_that_it_is_none_says_so_and_the_candidate_goes():
    world = amend(World().read("r").reread("r"), "r", "r2", verdict="not")
    assert (world.told().plots, world.reasons) == ([], [])
    assert world.reread("r2").states == ["candidate"]
    assert world.reasons == ["readers_disagree"]


def test_nobody_corrects_or_withdraws_what_another_person_read():
    world = amend(World().read("r").reread("r"), "r", "r2", reviewer="R2", verdict="not")
    withdraw(world, "r", "R9")
    assert world.states == ["detected"]
    assert sorted(world.reasons) == ["not_the_reader", "target_unknown"]


def test_a_withdrawn_reading_never_was_and_may_be_made_anew():
    world = World().read("r").reread("r").wait(1)
    before = world.clock
    assert withdraw(world, "r").told().plots == []
    assert world.reasons == []
    assert world.ledger(before)["total"]["detected_m2"] == 300
    assert world.read("r").states == ["candidate"]  # the second reader has to look again
    assert world.reread("r").states == ["detected"]


def test_a_second_reader_takes_back_only_what_he_said_himself():
    world = World().read("r").reread("r", "not").reread("r", reviewer="R3")
    assert world.reasons == ["readers_disagree"]
    assert withdraw(world, "r", "R2").states == ["detected"]


def test_what_was_seen_after_a_destruction_is_withdrawn_by_whoever_saw_it():
    world = World().read("r").reread("r").visit("eradicated", visited_at=START + timedelta(days=1)).clear("r")
    assert world.states == ["verified"]
    name = world.events[-1].payload["reading"]
    assert withdraw(world, name, "S9").states == ["verified"]
    assert withdraw(world, name, "S8").states == ["eradicated"]
    assert world.clear("r").states == ["verified"]


def test_a_patrols_find_at_a_withdrawn_place_keeps_its_place():
    world = World().read("r")
    plot = world.only.plot
    world.visit("detected", None, plot_id=plot.id)
    world.events[-1] = replace(world.events[-1], payload=world.events[-1].payload | {"plot_id": plot.id})
    assert withdraw(world, "r").states == ["detected"]
    assert (world.only.plot.code, world.only.plot.geometry) == (plot.code, plot.geometry)
    assert world.reasons == []


@st.composite
def worlds(draw):
    """What three laptops recorded of two places: readings, and visits of the same ground."""
    world = World()
    for name, place in (("r", HERE), ("s", east(200))):
        world.on(draw(st.sampled_from(["l1", "l2"])))
        world.read(name, place, verdict=draw(st.sampled_from(["opium_poppy", "not"])))
        for _ in range(draw(st.integers(0, 3))):
            world.on(draw(st.sampled_from(["l1", "l2", "l3"])))
            verdict = draw(st.sampled_from(["opium_poppy", "not", "cannot_tell"]))
            outline = draw(st.none() | st.just(disc(*place, 250)))
            world.reread(name, verdict, draw(st.sampled_from(["R1", "R2", "R3"])), outline=outline)
            if draw(st.booleans()):
                verdict = draw(st.sampled_from(["opium_poppy", "not"]))
                fresh, by = f"{name}{len(world.events)}", draw(st.sampled_from(["R1", "R1", "R2"]))
                amend(world, name, fresh, place, verdict=verdict, reviewer=by)
                if draw(st.booleans()):
                    world.reread(fresh, reviewer=draw(st.sampled_from(["R1", "R2"])))
            if draw(st.booleans()):
                withdraw(world, name, draw(st.sampled_from(["R1", "R2", "R3"])))
        if draw(st.booleans()):
            world.clear(name, draw(st.integers(-2, 9)), reviewer=draw(st.sampled_from(["R1", "S8"])))
        if draw(st.booleans()):
            when = START + timedelta(days=draw(st.integers(-3, 9)))
            world.visit(draw(st.sampled_from(["eradicated", "verified", "rejected"])), place, visited_at=when)
    return world


def said(told):
    """All that a replay tells, comparable."""
    episodes = [(e.plot, e.state, e.area_m2, e.detected_at, e.parties, e.out_of_place) for e in told.episodes]
    return episodes, told.findings, told.visits, told.candidates, told.plots


@few
@given(worlds(), st.data())
def test_the_order_of_arrival_plays_no_part(world, data):
    order = data.draw(st.permutations(world.events))
    again = data.draw(st.lists(st.sampled_from(world.events), max_size=3))
    assert said(world.told(events=[*order, *again])) == said(world.told())
    cut = data.draw(st.sampled_from(world.events)).recorded_at
    assert said(world.told(cut, order)) == said(world.told(cut))


@few
@given(worlds())
def test_nothing_is_detected_by_fewer_than_two_people(world):
    for episode in world.told().episodes:
        if episode.detected_at is not None:
            assert len({party for party in episode.parties if party.startswith("officer:r")}) >= 2
