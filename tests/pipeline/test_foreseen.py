"""Which of two lists a find is on: what satellite proposed before anybody came, what patrols found unprompted."""

from dataclasses import replace

import pytest
from worlds import SEASON, World, east

from eradication.domain import Detectability, EventKind, NotReachedReason, Season, SelectionMode
from eradication.history.naming import plot_id_of
from eradication.pipeline import foreseen, projection
from eradication.pipeline.workspace import Workspace
from eradication.undetected import Lists

BIG = {"area_m2": 500.0}


def place(number: int) -> tuple[float, float]:
    return east(1000.0 * number)


def kept(office: Workspace, world: World) -> foreseen.Foreseen:
    """Put a world's events into a store, and ask it."""
    with office.store.transaction() as transaction:
        for event in world.events:
            transaction.append(event.kind, event.happened_at, dict(event.payload))
    return foreseen.of_season(office, SEASON)


def lists(office: Workspace, world: World) -> Lists:
    known = kept(office, world)
    return foreseen.lists(projection.replayed(office), known)


def test_a_candidate_nobody_had_shown_and_a_patrol_found_is_on_both_lists(office):
    world = World().candidate("a", place(1)).wait(1).visit("detected", place(1), **BIG)
    assert lists(office, world) == Lists(1, 1, 1, 1)


def test_a_find_before_the_candidate_is_the_patrols_alone(office):
    world = World().visit("detected", place(1), **BIG).wait(1).candidate("a", place(1))
    assert lists(office, world) == Lists(0, 1, 0, 1)


def test_a_place_that_was_visited_before_satellite_proposed_it_is_not_on_its_list(office):
    world = World().visit("rejected", place(1)).wait(1).candidate("a", place(1)).wait(1)
    assert lists(office, world.visit("detected", place(1), **BIG)) == Lists(0, 1, 0, 1)


def test_not_reached_is_no_visit(office):
    world = (
        World()
        .candidate("a", place(1))
        .wait(1)
        .visit("not_reached", place(1), not_reached_reason=NotReachedReason.WEATHER)
    )
    assert lists(office, world.wait(1).visit("detected", place(1), **BIG)) == Lists(1, 1, 1, 1)


def test_a_visit_that_followed_a_score_is_none_of_the_patrols(office):
    world = World().candidate("a", place(1)).wait(1)
    world.visit("detected", place(1), selection_mode=SelectionMode.SCORE, **BIG)
    assert lists(office, world) == Lists(1, 0, 0, 1)


def test_a_tip_leaves_the_find_to_patrols(office):
    world = World().tip("t", place(1)).wait(1).visit("detected", place(1), **BIG)
    assert lists(office, world) == Lists(0, 1, 0, 1)


def test_class_c_and_what_was_never_found_are_on_no_list(office):
    world = World().candidate("a", place(1)).candidate("b", place(2)).wait(1).visit("detected", place(1), area_m2=200.0)
    assert lists(office, world) == Lists(0, 0, 0, 0)
    assert {e.klass for e in projection.replayed(office).episodes} == {Detectability.C, Detectability.B}


SHOWN = {
    EventKind.FIELD_PACKAGE_WRITTEN: {"unit": "CA-2", "plots": [plot_id_of("a")]},
    EventKind.SHEETS_PRINTED: {"unit": "", "plots": [plot_id_of("a")]},
    EventKind.DOSSIERS_WRITTEN: {"unit": "", "plots": [plot_id_of("a")], "photos": []},
    EventKind.VISITS_CHOSEN: {"stops": [{"plot_id": plot_id_of("a"), "selection_mode": "random"}]},
    EventKind.PLOT_ASSIGNED: {"unit": "CA-2", "plot_id": plot_id_of("a")},
    EventKind.PLAN_MADE: {"unit": "CA-2", "stops": [{"kind": "plot", "plot": plot_id_of("a")}], "open": []},
}


@pytest.mark.parametrize("kind", SHOWN)
def test_what_was_shown_to_anybody_is_no_longer_found_unprompted(office, kind):
    world = World().candidate("a", place(1)).append(kind, SHOWN[kind] | {"season": SEASON.label}).wait(1)
    assert lists(office, world.visit("detected", place(1), **BIG)) == Lists(1, 0, 0, 1)


@pytest.mark.parametrize("kind", SHOWN)
def test_what_was_shown_of_another_season_takes_nothing_back(office, kind):
    earlier = SHOWN[kind] | {"season": Season(SEASON.start_year - 1).label}
    world = World().candidate("a", place(1)).append(kind, earlier).wait(1)
    assert lists(office, world.visit("detected", place(1), **BIG)) == Lists(1, 1, 1, 1)


def test_what_is_shown_after_the_find_takes_nothing_back(office):
    world = World().candidate("a", place(1)).wait(1).visit("detected", place(1), **BIG)
    known = replace(kept(office, world), shown={plot_id_of("a"): world.clock})
    assert foreseen.lists(projection.replayed(office), known) == Lists(1, 1, 1, 1)


def test_finds_are_foretold_by_runs_and_tips_that_came_before_them(office):
    world = (
        World()
        .candidate("a", place(1))
        .tip("t", place(2))
        .wait(1)
        .visit("detected", place(1))
        .visit("detected", place(2), area_m2=90.0)
    )
    world.visit("detected", place(3)).wait(1).candidate("late", place(3))
    known = kept(office, world)
    told = {e.plot.id: e for e in projection.replayed(office).episodes}
    foretold = {name for name, episode in told.items() if foreseen.is_foretold(episode, known)}
    assert len(told) == 3
    assert plot_id_of("a") in foretold
    assert len(foretold) == 2
