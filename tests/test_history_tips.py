"""A tip says where to look: it proposes a place, and gives way to whoever knows the place better."""

import math
from dataclasses import replace

import pytest
from worlds import HERE, SEASON, SETTINGS, START, World, east, visit

from eradication import geo, history
from eradication.domain import CandidateSource, Crop, Plot, State, Tip
from eradication.history.payload import candidate_from, candidate_json
from eradication.pipeline.tips import candidate_of

TIP = Tip("T1", "BP01", START, "đầu suối", "", *HERE, radius_m=100.0)
MOST_M = SETTINGS.tips.candidate_m


def proposed(tip=TIP):
    found = candidate_of(tip, MOST_M)
    assert found is not None
    return found


def plot(identity, at, source, area=300.0, measured=False):
    return Plot(identity, identity, geo.disc(*at, area), measured, source, "", (), START)


def test_the_place_of_a_tip_is_a_disc_of_its_radius_and_its_area_is_nobodys_guess():
    found = proposed()
    assert found.source is CandidateSource.TIP
    assert geo.area_m2(found.geometry) == pytest.approx(math.pi * 100.0**2, rel=0.01)
    assert found.area_m2 < 350
    assert candidate_from(candidate_json(found)) == found


@pytest.mark.parametrize(
    "change", [{"radius_m": 151.0}, {"lon": None, "lat": None, "radius_m": None}, {"crop": Crop.FIBRE_HEMP}]
)
def test_a_wide_tip_one_without_a_point_and_one_of_a_plain_crop_propose_nothing(change):
    assert candidate_of(replace(TIP, **change), MOST_M) is None


def test_the_same_tip_proposes_the_same_place_on_every_laptop():
    assert proposed().id == proposed(replace(TIP, note="other words")).id
    assert proposed().id != proposed(replace(TIP, tip_id="T2")).id


def test_a_tip_joins_the_one_plot_it_lies_in_and_else_founds_one():
    known = [plot("P-1", HERE, CandidateSource.SATELLITE)]
    (joined,) = history.follow(known, [proposed()], SETTINGS)
    assert (joined.plot_id, joined.founding) == ("P-1", False)
    far = proposed(replace(TIP, lon=east(400.0)[0]))
    (alone,) = history.follow(known, [far], SETTINGS)
    assert alone.founding
    assert alone.ambiguous_with == ()


def test_two_tips_of_one_place_are_one_plot():
    first = proposed()
    (founded,) = history.follow([], [first], SETTINGS)
    known = [replace(plot(founded.plot_id, HERE, CandidateSource.TIP), geometry=first.geometry)]
    (second,) = history.follow(known, [proposed(replace(TIP, tip_id="T2", lon=east(30.0)[0]))], SETTINGS)
    assert (second.plot_id, second.founding) == (founded.plot_id, False)


def test_a_patrol_inside_the_disc_finds_the_plot_of_the_tip_unless_something_surer_is_near():
    disc = replace(plot("P-tip", HERE, CandidateSource.TIP), geometry=proposed().geometry)
    found = visit("detected", east(60.0))
    assert history.place_visit(found, [disc], SETTINGS).plot_id == "P-tip"
    surer = plot("P-sat", east(70.0), CandidateSource.SATELLITE)
    assert history.place_visit(found, [disc, surer], SETTINGS).plot_id == "P-sat"


def test_a_tip_is_a_candidate_without_a_score_that_expires_like_any_other():
    world = World().tip("T1")
    episode = world.only
    assert (episode.state, episode.score, episode.score_kind, episode.model) == (State.CANDIDATE, None, None, "")
    assert episode.plot.source is CandidateSource.TIP
    assert episode.plot.code == "VH-27-001"
    (late,) = world.told(as_of=SEASON.ends).episodes
    assert late.state is State.EXPIRED


def test_a_tip_takes_neither_score_nor_outline_from_what_a_run_proposed():
    alone = World().candidate("a").only
    after = World().candidate("a").tip("T1").only
    assert (after.score, after.run, after.area_m2) == (alone.score, alone.run, alone.area_m2)
    assert after.plot.geometry.equals(alone.plot.geometry)


def test_a_run_gives_the_place_of_a_tip_its_score_and_outline():
    world = World().tip("T1").candidate("a")
    assert (world.only.score, world.only.run) == (0.8, "run-1")
    assert geo.area_m2(world.only.plot.geometry) == pytest.approx(400, rel=0.05)


def test_who_stood_at_the_place_knows_it_better_than_the_tip():
    spot = east(60.0)
    world = World().tip("T1").visit("detected", spot)
    assert world.only.state is State.DETECTED
    assert world.only.detected_m2 == 300
    shown = world.only.plot.geometry
    assert geo.distance_m(*geo.centre(shown), *spot) < 1.0
    assert geo.area_m2(shown) == pytest.approx(300, rel=0.05)


def test_two_laptops_that_take_in_the_same_tip_have_one_plot():
    one, two = World("laptop-1").tip("T1"), World("laptop-2").tip("T1")
    (plot,) = one.told(events=[*one.events, *two.events]).plots
    assert plot.source is CandidateSource.TIP


@pytest.mark.parametrize("at", [60.0, 90.0])
def test_tips_never_enter_the_totals_of_what_was_detected(at):
    total = World().tip("T1").tip("T2", east(at)).ledger()["total"]
    assert (total["detected_m2"], total["claimed_m2"]) == (0, 0)
    assert total["suspected_m2"] <= 200
