"""From a set of events to what is known: order, corrections, duplicates, conflicts, merging laptops."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from strategies import seasons
from worlds import HERE, SETTINGS, START, World, candidate, divide, east, entries, locate, visit

from eradication import history, ledger
from eradication.domain import AreaMethod, CountMethod, EventKind, LookAlike, Outcome, Stage
from eradication.history.naming import plot_id_of
from eradication.history.payload import candidate_from, candidate_json, visit_from, visit_json

few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def everything(events, as_of):
    """Whatever is shown, as bytes."""
    told = history.replay(events, as_of=as_of, locate=locate, settings=SETTINGS)
    account = ledger.account(entries(told), ledger.Scope(), as_of=as_of)
    layers = [told.visits, told.candidates, told.findings, told.plots, told.episodes, told.names]
    return json.dumps(account).encode(), repr([_plain(layer) for layer in layers])


def _plain(layer):
    return sorted(layer.items()) if isinstance(layer, dict) else layer


def test_what_was_written_is_read_back():
    full = visit(
        "detected",
        plant_count=12,
        count_method=CountMethod.FULL,
        look_alike=LookAlike.COFFEE,
        note="ghi chú",
        area_m2=0.5,
    )
    assert visit_from(json.loads(json.dumps(visit_json(full)))) == full
    proposed = candidate("a")
    again = candidate_from(json.loads(json.dumps(candidate_json(proposed))))
    assert again.geometry.equals(proposed.geometry)
    assert candidate_json(again) == candidate_json(proposed)


def test_a_day_of_sowing_is_written_only_where_known_so_that_older_events_keep_their_bytes():
    silent = candidate("a")
    assert "sown_on" not in candidate_json(silent)
    told = replace(silent, sown_on=date(2026, 10, 16))
    assert candidate_json(told) == candidate_json(silent) | {"sown_on": "2026-10-16"}
    assert candidate_from(json.loads(json.dumps(candidate_json(told)))).sown_on == date(2026, 10, 16)


def test_of_what_has_regrown_neither_the_sowing_day_nor_an_older_stage_is_told():
    world = World().candidate("a", sown_on=date(2026, 10, 16)).visit("detected", stage=Stage.FLOWER)
    assert (world.only.sown_on, world.only.stage_seen[0]) == (date(2026, 10, 16), "flower")
    world.visit("eradicated").wait(20).visit("regrown", area_m2=50.0)
    assert (world.only.sown_on, world.only.stage_seen) == (None, None)
    world.wait(1).visit("regrown", area_m2=60.0, stage=Stage.ROSETTE)
    assert world.only.stage_seen == ("rosette", world.only.stage_seen[1])


def test_a_payload_from_a_newer_version_with_fields_unknown_here_is_read():
    assert visit_from(visit_json(visit("detected")) | {"weather": "fog"}) == visit("detected")


@pytest.mark.slow
@few
@given(seasons(origins=2, most=10), st.randoms(use_true_random=False))
def test_any_order_of_arrival_tells_the_same(events, chance):
    shuffled = list(events)
    chance.shuffle(shuffled)
    as_of = START + timedelta(days=100)
    assert everything(shuffled + shuffled[:3], as_of) == everything(events, as_of)


@few
@given(seasons(origins=5, most=5), st.randoms(use_true_random=False))
def test_five_laptops_merge_to_a_byte_equal_ledger(events, chance):
    by_origin = {}
    for event in events:
        by_origin.setdefault(event.origin, []).append(event)
    origins = list(by_origin)
    chance.shuffle(origins)
    merged = [event for origin in origins for event in by_origin[origin]]
    as_of = START + timedelta(days=200)
    assert everything(merged, as_of)[0] == everything(events, as_of)[0]


@pytest.mark.slow
@few
@given(seasons(origins=2, most=8))
def test_nothing_is_dropped_silently(events):
    told = history.replay(events, as_of=START + timedelta(days=200), locate=locate, settings=SETTINGS)
    listed = {finding.event for finding in told.findings}
    struck = {tuple(e.payload["corrects"]) for e in events if e.kind is EventKind.VISIT_CORRECTED}
    rows = {event.key: event.payload["visit"] for event in events if event.kind is EventKind.VISIT_RECORDED}
    gone = [rows[key] for key in struck]
    shown = {row["key"].split("#")[0] for row in told.visits}
    for event in events:
        if event.kind is EventKind.VISIT_RECORDED and event.payload["visit"] not in gone:
            row = "/".join(visit_from(event.payload["visit"]).key)
            assert row in shown
        if event.kind in (EventKind.PLOT_DISMISSED, EventKind.PLOT_ASSIGNED):
            known = told.knows(str(event.payload["plot_id"]))
            assert known or event.key in listed


@pytest.mark.slow
@settings(few, max_examples=15)
@given(
    seasons(origins=2, most=8), st.lists(st.tuples(st.integers(0, 400), st.none() | st.integers(0, 200)), max_size=6)
)
def test_one_reading_tells_every_moment_as_a_replay_of_its_own_does(events, moments):
    end = START + timedelta(days=200)
    events = [event for event in events if event.recorded_at <= end]
    settled = history.Settled(history.read(events, end), locate, SETTINGS)
    made = ledger.Made()
    for days, until in [*moments, (0, 30), (0, None), (0, 30)]:
        as_of = end + timedelta(days=days)
        moment = None if until is None else START + timedelta(days=until)
        alone = history.replay(events, as_of=as_of, locate=locate, settings=SETTINGS, happened_until=moment)
        told = settled.at(as_of, moment)
        assert told == alone
        assert ledger.entries(told.episodes, divide, made=made) == entries(alone)


def test_what_did_not_change_between_two_moments_is_not_told_again():
    world = World().visit("detected").wait(1)
    cut = world.clock
    world.wait(1).visit("detected", at=east(500))
    settled = history.Settled(history.read(world.events, world.clock), locate, SETTINGS)
    (before,), both = settled.at(world.clock, cut).episodes, settled.at(world.clock).episodes
    assert len(both) == 2
    assert any(before is episode for episode in both)


def test_yesterdays_figures_can_be_had_again():
    world = World().visit("detected").wait(1)
    yesterday = world.clock
    before = world.ledger(as_of=yesterday)
    world.wait(1).visit("eradicated", visited_at=START).visit("detected", at=east(500), visited_at=START)
    assert world.ledger(as_of=yesterday) == before
    assert world.ledger()["total"] != before["total"]


def test_a_visit_that_happened_before_the_cut_but_was_recorded_later_is_cut():
    world = World().visit("detected").wait(10)
    cut = world.clock
    world.wait(1).visit("eradicated", visited_at=START + timedelta(days=2))
    assert world.ledger(as_of=cut)["total"]["claimed_m2"] == 0
    assert world.total["claimed_m2"] == 300


def test_a_correction_replaces_what_was_said():
    world = World().visit("detected", visit_id="v1", area_m2=3000.0).wait(1)
    world.correct(0, visit("detected", visit_id="v1", area_m2=300.0))
    assert world.total["detected_m2"] == 300
    assert world.only.plot.code == "VH-27-001"


def test_a_struck_out_row_never_was():
    world = World().visit("detected").visit("eradicated").correct(1, None)
    assert world.states == ["detected"]
    assert world.total["claimed_m2"] == 0


def test_the_latest_correction_counts_and_a_correction_can_be_corrected():
    world = World().visit("detected", visit_id="v1").wait(1).correct(0, None).wait(1)
    assert world.told().episodes == []
    world.correct(1, visit("detected", visit_id="v1", area_m2=222.0))
    assert world.total["detected_m2"] == 222


def test_a_correction_is_cut_like_everything_else():
    world = World().visit("detected").wait(1)
    before = world.clock
    world.correct(0, None)
    assert world.ledger(as_of=before)["total"]["detected_m2"] == 300


def test_a_correction_whose_event_has_not_arrived_waits_and_is_listed():
    world = World().visit("detected").correct(0, None)
    told = world.told(events=world.events[1:])
    assert [finding.kind for finding in told.findings] == ["correction_without_target"]


def test_another_content_under_the_same_key_is_kept_without_effect():
    row = {"visit_id": "v7", "visited_at": START}
    world = World().visit("detected", area_m2=300.0, **row).visit("detected", area_m2=900.0, **row)
    assert world.total["detected_m2"] == 300
    assert [(f.kind, f.what) for f in world.told().findings] == [("conflict", "BP-1/v7/detected")]
    assert len(world.told().visits) == 2


def test_a_conflict_ends_when_the_first_row_is_struck_out():
    row = {"visit_id": "v7", "visited_at": START}
    world = World().visit("detected", area_m2=300.0, **row).visit("detected", area_m2=900.0, **row).correct(0, None)
    assert world.total["detected_m2"] == 900
    assert world.reasons == []


def test_a_corrected_row_wins_a_conflict():
    row = {"visit_id": "v7", "visited_at": START}
    world = World().visit("detected", area_m2=300.0, **row).visit("detected", area_m2=900.0, **row).wait(1)
    world.correct(1, visit("detected", area_m2=910.0, **row))
    assert world.total["detected_m2"] == 910
    assert world.reasons == ["other_content"]


def test_an_id_never_dies_and_a_code_never_changes():
    world = World().candidate("a")
    before = world.only.plot
    world.wait(3).visit("detected", east(5)).wait(300).visit("detected", visit_id="next-season")
    told = world.told()
    assert {e.season.label for e in told.episodes} == {"2026-2027", "2027-2028"}
    assert {(e.plot.id, e.plot.code) for e in told.episodes} == {(before.id, before.code)}


def test_a_plot_whose_founding_event_has_not_arrived_waits_and_is_listed():
    world = World().candidate("a").dismiss("a")
    told = world.told(events=world.events[1:])
    assert told.plots == []
    assert [finding.kind for finding in told.findings] == ["unknown_plot"]


def test_an_unreadable_event_of_another_laptop_is_listed_and_stops_nothing():
    world = (
        World().visit("detected").append(EventKind.VISIT_RECORDED, {"visit": {"outcome": "dancing"}, "plot_id": "P"})
    )
    assert world.states == ["detected"]
    assert [finding.kind for finding in world.told().findings] == ["unreadable_event"]


def test_a_measured_outline_becomes_the_plots_outline():
    walked = box(HERE[0] - 1e-4, HERE[1] - 1e-4, HERE[0] + 1e-4, HERE[1] + 1e-4)
    world = World().candidate("a").visit("detected", outline=walked, area_m2=460.0, area_method=AreaMethod.GPS_VERTICES)
    assert world.only.plot.measured
    assert world.only.plot.geometry.equals(walked)


def test_what_can_be_learned_from_has_a_plot_and_a_position():
    world = World().candidate("a").visit("rejected", None, plot_id="VH-27-001")
    (told,) = world.told().recorded
    assert told.plot_id == plot_id_of("a")
    assert (told.lon, told.lat) == pytest.approx(HERE, abs=1e-6)
    assert told.outcome is Outcome.REJECTED


def test_a_breach_is_known_before_it_is_recorded():
    episode = World().visit("detected").visit("eradicated").only
    assert history.check_visit(visit("verified", unit="BP-1"), episode) == "verifier_not_independent"
    assert history.check_visit(visit("verified"), episode) is None
    assert history.check_visit(visit("eradicated"), episode) is None


def test_a_row_that_waits_is_listed_with_the_code_of_its_plot():
    told = World().visit("verified").told()
    (finding,) = told.findings
    assert finding.reason == "verified_before_eradicated"
    assert finding.code == told.plots[0].code != ""
