"""The state machine of an episode."""

from datetime import datetime

import pytest
from worlds import World

from eradication.domain import Crop, Outcome, State
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
eradicated:    detected>eradicated eradicated>eradicated verified>eradicated regrown>eradicated
verified:      eradicated>verified verified>verified
regrown:       eradicated>regrown verified>regrown regrown>regrown
harvested:     detected>harvested
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


def test_verification_before_eradication_has_no_effect_but_is_listed():
    world = World().visit("detected").visit("verified")
    assert world.states == ["detected"]
    assert world.only.out_of_place == ("verified_before_eradicated",)


def test_an_eradication_that_arrives_later_makes_the_verification_count():
    world = World().visit("detected").wait(5).visit("verified").wait(5)
    world.visit("eradicated", visited_at=world.clock.replace(day=12))
    assert world.states == ["verified"]
    assert world.reasons == []


def test_eradication_of_a_place_nobody_detected_is_listed_and_founds_no_episode():
    world = World().visit("eradicated")
    assert world.told().episodes == []
    assert world.reasons == ["eradicated_before_detected"]
    assert len(world.told().visits) == 1


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


def test_fibre_hemp_is_recorded_and_accuses_nobody():
    world = World().visit("detected", crop=Crop.FIBRE_HEMP)
    assert world.told().episodes == []
    assert world.reasons == ["crop_not_counted"]
