"""The state machine of an episode."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from worlds import SEASON, START, World, candidate

from eradication.domain import AreaMethod, Crop, EventKind, Outcome, Season, State
from eradication.history.payload import candidate_json
from eradication.history.states import OPEN_STATES, TABLE, Trigger, misfit, step

S = State

EXPECTED = """
proposed:      nothing>candidate
dismissed:     candidate>dismissed
assigned:      candidate>assigned assigned>assigned not_reached>assigned
not_reached:   nothing>not_reached candidate>not_reached assigned>not_reached not_reached>not_reached
rejected:      nothing>rejected candidate>rejected assigned>rejected not_reached>rejected
               dismissed>rejected rejected>rejected expired>rejected
detected:      nothing>detected candidate>detected assigned>detected not_reached>detected
               dismissed>detected rejected>detected expired>detected detected>detected
               harvested>detected
eradicated:    detected>eradicated eradicated>eradicated verified>eradicated regrown>eradicated
verified:      eradicated>verified verified>verified
verified_part: eradicated>eradicated verified>eradicated
regrown:       eradicated>regrown verified>regrown regrown>regrown
harvested:     nothing>harvested candidate>harvested assigned>harvested not_reached>harvested detected>harvested
               dismissed>harvested rejected>harvested expired>harvested
self_removed:  detected>self_removed
season_ended:  candidate>expired assigned>expired
"""


def test_the_table_holds_these_transitions_and_no_others():
    wanted, trigger = set(), ""
    for word in EXPECTED.split():
        if word.endswith(":"):
            trigger = word[:-1]
        else:
            before, after = word.split(">")
            wanted.add((before, trigger, after))
    assert {(str(before or "nothing"), str(t), str(after)) for (before, t), after in TABLE.items()} == wanted


def test_every_outcome_of_a_visit_is_a_trigger():
    assert {Trigger.of(outcome).value for outcome in Outcome} <= {trigger.value for trigger in Trigger}


def test_open_means_that_somebody_still_has_to_go_there():
    assert OPEN_STATES == {S.CANDIDATE, S.ASSIGNED, S.NOT_REACHED, S.DETECTED, S.REGROWN}


@pytest.mark.parametrize(("state", "trigger"), [(s, t) for s in (None, *State) for t in Trigger if (s, t) not in TABLE])
def test_whatever_the_table_does_not_hold_has_a_reason(state, trigger):
    assert step(state, trigger) is None
    assert misfit(state, trigger).replace("_", "").isalpha()


def test_a_patrol_finds_what_no_candidate_foretold():
    world = World().visit("detected", area_m2=250.0)
    assert world.states == ["detected"]
    assert world.only.plot.source == "patrol"


@pytest.mark.parametrize(
    "before", ["nothing", "candidate", "assigned", "dismissed", "rejected", "not_reached", "expired"]
)
def test_a_find_counts_whatever_was_thought_of_the_place_before(before):
    world = World()
    if before != "nothing":
        world.candidate("a")
    if before in ("assigned", "not_reached"):
        world.assign("a")
    if before == "dismissed":
        world.dismiss("a")
    if before in ("rejected", "not_reached"):
        world.visit(before)
    if before == "expired":
        world.wait(150)
    assert before == "nothing" or world.states == [before]
    world.wait(1).visit("detected")
    assert world.states == ["detected"]


def test_an_assigned_place_that_was_not_reached_can_be_assigned_again():
    world = World().candidate("a").assign("a").visit("not_reached").assign("a", "CA-1")
    assert world.states == ["assigned"]
    assert world.only.unit == "CA-1"


def test_a_dismissed_candidate_stays_dismissed_when_a_later_run_proposes_it_again():
    world = World().candidate("a").dismiss("a").wait(7).candidate("a2", run="run-2")
    assert world.states == ["dismissed"]
    assert world.only.run == "run-2"


def test_a_rejected_place_stays_rejected_when_a_later_run_proposes_it_again():
    world = World().candidate("a").visit("rejected", look_alike=None).wait(7).candidate("a2", run="run-2")
    assert world.states == ["rejected"]


def test_partial_then_full_then_verified_then_regrown_then_eradicated():
    world = World().visit("detected").visit("eradicated", destroyed_fraction=0.5)
    assert world.states == ["eradicated"]
    assert world.wait(1).visit("eradicated").states == ["eradicated"]
    assert world.wait(1).visit("verified").states == ["verified"]
    assert world.wait(20).visit("regrown", area_m2=50.0).states == ["regrown"]
    assert world.wait(1).visit("eradicated").states == ["eradicated"]


@pytest.mark.parametrize("end", ["harvested", "self_removed"])
def test_a_detected_plot_can_be_lost_before_it_is_destroyed(end):
    world = World().visit("detected").wait(3).visit(end).wait(1).visit("eradicated")
    assert world.states == [end]
    assert world.reasons == [f"eradicated_after_{end}"]


@pytest.mark.parametrize("before", ["candidate", "assigned", "dismissed", "rejected", "not_reached", "expired"])
def test_a_patrol_that_comes_too_late_says_so_without_a_detection(before):
    world = World().candidate("a")
    if before in ("assigned", "not_reached"):
        world.assign("a")
    if before == "dismissed":
        world.dismiss("a")
    if before in ("rejected", "not_reached"):
        world.visit(before)
    if before == "expired":
        world.wait(150)
    assert world.states == [before]
    world.wait(1).visit("harvested", area_m2=90.0)
    assert (world.states, world.reasons) == (["harvested"], [])
    episode = world.only
    assert (episode.detected_m2, episode.detected_at, episode.area_m2) == (0, None, 400.0)
    assert episode.course.harvested_at is not None


def test_what_was_said_to_be_harvested_is_detected_when_live_poppy_is_found():
    world = World().candidate("a").visit("harvested").wait(2).visit("detected").visit("eradicated")
    assert (world.states, world.only.claimed_m2, world.reasons) == (["eradicated"], 300, [])


def test_detected_and_harvested_on_one_day_keeps_the_detected_area():
    world = World().candidate("a")
    for outcome in ("harvested", "detected"):
        world.visit(outcome, visited_at=NOON, visit_id=f"form-{outcome}")
    assert (world.states, world.only.detected_m2) == (["harvested"], 300)


def test_a_field_of_hemp_that_was_cut_is_no_harvest():
    world = World().candidate("a").visit("harvested", crop=Crop.FIBRE_HEMP)
    assert (world.states, world.total["suspected_m2"]) == (["rejected"], 0)


def test_verification_before_eradication_has_no_effect_but_is_listed():
    world = World().visit("detected").visit("verified")
    assert world.states == ["detected"]
    assert world.only.out_of_place == ("verified_before_eradicated",)


def test_an_eradication_that_arrives_later_makes_the_verification_count():
    world = World().visit("detected").wait(5).visit("verified").wait(5)
    world.visit("eradicated", visited_at=world.clock.replace(day=12))
    assert world.states == ["verified"]
    assert world.reasons == []


@pytest.mark.parametrize("outcome", ["eradicated", "verified", "self_removed"])
def test_a_row_whose_detection_is_missing_waits_for_it_and_is_no_candidate(outcome):
    early, late = START - timedelta(days=2), START - timedelta(days=1)
    needed = [("detected", early)] + ([("eradicated", late)] if outcome == "verified" else [])
    world = World().visit(outcome)
    (plot,) = world.told().plots
    assert world.states == []
    assert [f.plot_id for f in world.told().findings] == [plot.id]
    assert world.total["suspected_m2"] == 0
    assert world.ledger(START + timedelta(days=200))["unvisited"]["expired"] == 0
    for name, moment in needed:
        world.visit(name, visited_at=moment)
    assert (world.states, world.reasons) == ([outcome], [])
    orders = permutations(world.events)
    assert {repr(world.told(events=order)) for order in orders} == {repr(world.told())}


def test_a_place_known_by_regrowth_only_is_open_until_cleared_up():
    world = World().visit("regrown", area_m2=120.0)
    assert world.states == ["candidate"]
    assert (world.only.area_m2, world.only.visits, world.only.detected_at) == (120.0, 1, None)
    assert world.reasons == ["regrown_before_eradicated"]
    assert [world.total[name] for name in ("suspected_m2", "detected_m2", "plots")] == [120, 0, 0]
    (plot,) = world.told().plots
    dismissal = {"plot_id": plot.id, "season": SEASON.label, "reason": "typing error"}
    assert world.told(START + timedelta(days=200)).episodes[0].state == "expired"
    assert world.append(EventKind.PLOT_DISMISSED, dismissal).states == ["dismissed"]


def test_a_field_found_lanced_where_nothing_was_foretold_was_harvested_before_arrival():
    world = World().visit("harvested", area_m2=250.0)
    assert (world.states, world.reasons) == (["harvested"], [])
    for told in (world.ledger(), world.ledger(START + timedelta(days=200))):
        assert told["timeliness"]["harvested_before_arrival"] == 1
        assert told["timeliness"]["harvested"][0]["estimated_m2"] == 250
        unvisited = told["unvisited"]
        assert [unvisited[name] for name in ("open", "expired", "estimated_m2", "harvested_undetected")] == [0, 0, 0, 1]
        assert (told["total"]["suspected_m2"], told["total"]["detected_m2"]) == (0, 0)
    world.visit("detected", visited_at=START - timedelta(days=3))  # another team had been there, its form comes later
    assert (world.states, world.only.detected_m2) == (["harvested"], 300)


@pytest.mark.parametrize("before", ["nothing", "candidate", "assigned", "dismissed", "rejected", "not_reached"])
def test_who_destroys_and_measures_poppy_has_detected_it(before):
    world = World()
    if before != "nothing":
        world.candidate("a")
    if before in ("assigned", "not_reached"):
        world.assign("a", "BP-9")
    if before == "dismissed":
        world.dismiss("a")
    if before in ("rejected", "not_reached"):
        world.visit(before)
    world.wait(1).visit("eradicated", area_m2=180.0, plant_count=700, destroyed_fraction=0.5)
    episode = world.only
    assert (world.states, world.reasons) == (["eradicated"], [])
    assert (episode.detected_m2, episode.claimed_m2, episode.plant_count) == (180, 90, 700)
    assert (episode.detected_at, episode.area_method) == (episode.eradicated_at, "estimate")
    assert (episode.unit, episode.course.destroyers) == ("BP-1", ("BP-1",))
    world.wait(1).visit("verified", unit="BP-1")
    assert world.reasons == ["verifier_not_independent"]


def test_a_detection_that_comes_later_takes_the_place_of_the_one_that_a_destruction_told_of():
    world = World().visit("eradicated", area_m2=180.0, area_method=AreaMethod.TAPE, destroyed_fraction=1.0)
    world.visit("detected", visited_at=START - timedelta(days=1), unit="CA-7", area_m2=200.0)
    assert (world.states, world.reasons) == (["eradicated"], [])
    assert (world.only.unit, world.only.detected_at) == ("CA-7", START - timedelta(days=1))
    assert world.only.detected_m2 == 180  # of two measurements by tape the latest counts


def test_rows_of_one_visit_work_in_any_order():
    world = World()
    for outcome in ("eradicated", "detected"):
        world.visit(outcome, visit_id="v1", visited_at=World().clock)
    assert world.states == ["eradicated"]
    assert world.reasons == []


def test_candidates_nobody_visited_expire_when_31_May_has_passed():
    world = World().candidate("a").candidate("b", at=(104.8, 20.9)).assign("b")
    last_evening, next_morning = "2027-05-31T23:59:00+07:00", "2027-06-01T00:00:00+07:00"
    assert _states(world, last_evening) == ["assigned", "candidate"]
    assert _states(world, next_morning) == ["expired", "expired"]


def test_a_dismissal_after_the_season_does_not_hide_an_expiry():
    world = World().candidate("a").wait(150).dismiss("a")
    assert world.states == ["expired"]
    assert world.reasons == ["dismissed_after_expired"]


def test_a_closed_season_that_is_looked_at_later_can_still_be_judged():
    world = World().wait(200).candidate("a").dismiss("a")
    assert world.states == ["dismissed"]


def _states(world: World, when: str) -> list[str]:
    return sorted(str(episode.state) for episode in world.told(datetime.fromisoformat(when)).episodes)


def test_the_same_unit_cannot_verify():
    world = World().visit("detected").visit("eradicated").wait(1).visit("verified", unit="BP-1", officers=("S5",))
    assert world.states == ["eradicated"]
    assert world.reasons == ["verifier_not_independent"]


def test_the_same_officer_in_another_unit_cannot_verify():
    world = World().visit("detected").visit("eradicated").wait(1).visit("verified", unit="CA-2", officers=("s2 ", "S9"))
    assert world.reasons == ["verifier_not_independent"]


def test_the_detector_cannot_verify_what_another_unit_eradicated():
    world = World().visit("detected", unit="CA-2", officers=("S8",)).visit("eradicated").wait(1).visit("verified")
    assert world.reasons == ["verifier_not_independent"]


def test_who_finds_regrowth_may_verify_its_destruction():
    world = World().visit("detected").visit("eradicated").wait(1).visit("verified")
    world.wait(20).visit("regrown", unit="CA-2", officers=("S8",)).wait(1).visit("eradicated").wait(1).visit("verified")
    assert world.states == ["verified"]


def test_a_verified_third_is_not_a_place_without_live_plants():
    world = World().visit("detected").visit("eradicated", destroyed_fraction=0.34).wait(1).visit("verified")
    assert world.states == ["eradicated"]
    assert world.reasons == []
    assert (world.only.verified_m2, world.only.remaining_m2, world.only.verified_at) == (102, 198, None)
    world.wait(1).visit("eradicated", destroyed_fraction=1.0).wait(1).visit("verified")
    assert world.states == ["verified"]
    assert world.only.remaining_m2 == 0


def test_a_verifier_who_sees_less_than_all_destroyed_leaves_the_plot_eradicated():
    world = World().visit("detected").visit("eradicated").wait(1).visit("verified")
    assert world.states == ["verified"]
    world.wait(1).visit("verified", destroyed_fraction=0.5)
    assert world.states == ["eradicated"]
    assert (world.only.verified_m2, world.only.verified_at) == (150, None)


def test_a_plot_too_small_for_a_whole_square_metre_is_not_verified_by_its_half():
    world = World().visit("detected", area_m2=0.4).visit("eradicated", destroyed_fraction=0.5).wait(1).visit("verified")
    assert world.states == ["eradicated"]


NOON = START + timedelta(days=40)
BETWEEN = START + timedelta(days=20)
AT_NOON = {"visited_at": NOON, "visit_id": "noon"}
DESTROYED_BEFORE = (
    ("detected", {"visited_at": START}),
    ("eradicated", {"visited_at": START, "destroyed_fraction": 1.0}),
)
VERIFIED_BEFORE = (*DESTROYED_BEFORE, ("verified", {"visited_at": BETWEEN}))
REGROWN_BEFORE = (*VERIFIED_BEFORE, ("regrown", {"visited_at": BETWEEN + timedelta(days=1), "area_m2": 50.0}))
REGROWN_NOW = ("regrown", AT_NOON | {"area_m2": 80.0})
DESTROYED_NOW = ("eradicated", AT_NOON | {"destroyed_fraction": 1.0})
VERIFIED_NOW = ("verified", AT_NOON)
FOUND_NOW = ("detected", AT_NOON)


@pytest.mark.parametrize(
    ("before", "together", "state", "areas"),
    [
        (DESTROYED_BEFORE, (REGROWN_NOW, DESTROYED_NOW), "eradicated", (300, 300, 0)),
        (VERIFIED_BEFORE, (REGROWN_NOW, DESTROYED_NOW), "eradicated", (300, 300, 220)),
        (REGROWN_BEFORE, (REGROWN_NOW, DESTROYED_NOW), "eradicated", (300, 300, 170)),
        (DESTROYED_BEFORE, (REGROWN_NOW, DESTROYED_NOW, VERIFIED_NOW), "verified", (300, 300, 300)),
        (DESTROYED_BEFORE, (VERIFIED_NOW, REGROWN_NOW), "regrown", (300, 220, 220)),
        ((), (FOUND_NOW, DESTROYED_NOW), "eradicated", (300, 300, 0)),
        ((), (FOUND_NOW, DESTROYED_NOW, VERIFIED_NOW), "verified", (300, 300, 300)),
        ((), (FOUND_NOW, DESTROYED_NOW, REGROWN_NOW), "regrown", (300, 220, 0)),
    ],
)
def test_what_happened_at_one_instant_is_taken_in_an_order_that_makes_sense(before, together, state, areas):
    arrivals = [rows for now in permutations(together) for rows in ((*before, *now), (*now, *reversed(before)))]
    for arrival in arrivals:
        world = World(clock=NOON)
        for outcome, fields in arrival:
            world.visit(outcome, **fields)
        episode = world.only
        assert (str(episode.state), episode.out_of_place) == (state, ())
        assert (episode.detected_m2, episode.claimed_m2, episode.verified_m2) == areas


def test_regrowth_destroyed_on_the_spot_by_another_form_of_the_same_day_is_destroyed():
    world = World().visit("detected").visit("eradicated")
    for outcome in ("eradicated", "regrown"):
        world.visit(outcome, visited_at=NOON, visit_id=f"form-{outcome}")
    assert world.states == ["eradicated"]


@pytest.mark.parametrize("crop", [Crop.FIBRE_HEMP, Crop.OTHER])
def test_a_crop_without_narcotics_is_recorded_as_a_rejected_place_and_accuses_nobody(crop):
    world = World().visit("detected", crop=crop, plant_count=900).visit("eradicated", crop=crop)
    assert world.states == ["rejected"]
    assert (world.only.crop, world.only.look_alike, world.only.area_m2, world.only.visits) == (crop, "", 300.0, 2)
    assert world.only.out_of_place == ("crop_not_counted", "crop_not_counted")
    quantities = ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants")
    assert {world.total[name] for name in quantities} == {0}


def test_a_candidate_that_turns_out_to_be_fibre_hemp_is_no_longer_suspected():
    world = World().candidate("a").visit("detected", crop=Crop.FIBRE_HEMP)
    assert (world.states, world.total["suspected_m2"]) == (["rejected"], 0)
    world.wait(1).visit("detected", crop=Crop.OPIUM_POPPY)
    assert (world.states, world.only.crop) == (["detected"], "opium_poppy")


def test_fibre_hemp_beside_detected_poppy_changes_nothing():
    world = World().visit("detected", crop=Crop.OPIUM_POPPY).wait(1).visit("detected", crop=Crop.FIBRE_HEMP)
    assert (world.states, world.only.crop, world.total["detected_m2"]) == (["detected"], "opium_poppy", 300)
    assert world.reasons == ["crop_not_counted"]


def _destroyed_in_may(world: World) -> World:
    may = START.replace(month=5, day=20)
    return world.visit("detected", visited_at=may).visit("eradicated", visited_at=may + timedelta(hours=1))


def test_a_check_after_august_belongs_to_the_destruction_of_the_season_before():
    world = _destroyed_in_may(World()).wait(250).visit("verified", visited_at=START.replace(month=9, day=10))
    assert (world.states, world.reasons) == (["verified"], [])
    assert (world.only.season, world.only.verified_at) == (SEASON, START.replace(month=9, day=10))
    assert world.total["verified_pct"] == 100.0
    (row,) = [row for row in world.told().visits if row["outcome"] == "verified"]
    assert row["season"] == SEASON.label
    assert {repr(world.told(events=order)) for order in permutations(world.events)} == {repr(world.told())}


@pytest.mark.parametrize("new", ["candidate", "rejected", "detected"])
def test_a_check_after_something_new_is_one_of_the_new_season(new):
    world, october = _destroyed_in_may(World()).wait(270), START.replace(month=10, day=5)
    fields = {"visited_at": october, "unit": "BP-4"}
    if new == "candidate":
        later = replace(candidate("a"), season=Season(2027))
        said = {"candidate": candidate_json(later), "plot_id": world.told().plots[0].id}
        world.append(EventKind.CANDIDATE_PROPOSED, said, october)
    else:
        world.visit(new, **fields)
    world.visit("verified", visited_at=october + timedelta(days=1))
    assert "eradicated" in world.states
    assert world.reasons == ["verified_before_eradicated"]


def test_a_check_of_the_season_before_by_its_finder_is_a_breach_and_a_second_one_has_no_effect():
    september = START.replace(month=9, day=10)
    world = _destroyed_in_may(World()).wait(250).visit("verified", visited_at=september, unit="BP-1")
    assert (world.states, world.reasons) == (["eradicated"], ["verifier_not_independent"])
    for days in (1, 2):
        world.visit("verified", visited_at=september + timedelta(days=days))
    assert world.states == ["verified"]
    assert world.reasons == ["verifier_not_independent", "verified_before_eradicated"]
