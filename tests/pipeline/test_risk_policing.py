"""What is on record of visits, runs and tips decides which places are not planned again."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import worlds

from eradication import history
from eradication.domain import EventKind, Outcome, Season, Tip, Visit
from eradication.domain.event import iso
from eradication.history.naming import plot_id_of
from eradication.history.payload import visit_json
from eradication.pipeline import journal
from eradication.pipeline.risk import policing

SEASON = worlds.SEASON


def day(number: int) -> datetime:
    return datetime(2027, 1, number, 3, tzinfo=UTC)


def append(workspace, kind: EventKind, when: datetime, payload: dict[str, Any]) -> None:
    with workspace.store.transaction() as transaction:
        transaction.append(kind, when, payload)


def proposed(
    workspace, name: str, number: int, score: float = 0.5, run: str = "r1", at=worlds.HERE, model: str = "rules"
) -> None:
    """Put a candidate on record whose run's newest image is of a day of January; each day gives one more clear look."""
    known = policing.projection.replayed(workspace).plots
    one = replace(worlds.candidate(name, at, score=score, run=run), clear_observations=number, model=model)
    (followed,) = history.follow(known, [one], workspace.settings)
    append(workspace, EventKind.CANDIDATE_PROPOSED, day(number), journal.of_candidate(followed, f"VH-{name}"))


def visited(workspace, outcome: str, number: int, unit: str = "BP-1", at=worlds.HERE, plot: str = "") -> None:
    row = worlds.visit(outcome, at, visited_at=day(number), visit_id=f"v{number}{unit}", unit=unit)
    placed = history.place_visit(row, policing.projection.replayed(workspace).plots, workspace.settings)
    payload = {"visit": visit_json(row), "plot_id": plot or placed.plot_id, "founding": placed.founding}
    append(workspace, EventKind.VISIT_RECORDED, day(number), payload | {"code": f"VH-{number}", "ambiguous_with": []})


@pytest.fixture
def rejected_twice(office):
    proposed(office, "a", 2)
    visited(office, "rejected", 5)
    visited(office, "rejected", 9, "CA-2")
    return office


def test_a_place_rejected_twice_is_capped_as_a_plot_and_as_a_cell_with_the_reason(rejected_twice):
    told = policing.capped(rejected_twice, SEASON)
    from eradication.pipeline import cells

    cell = cells.name_of(cells.cell_at(*worlds.HERE))
    assert set(told) == {plot_id_of("a"), cell}
    reason = told[plot_id_of("a")]
    assert (reason["reason"], reason["times"]) == ("rejected_without_new_evidence", 2)
    assert reason["units"] == ["BP-1", "CA-2"]
    assert policing.capped(rejected_twice, Season(2025)) == {}  # nothing of it had happened then


def test_what_was_not_recorded_yet_caps_nothing(rejected_twice):
    first = rejected_twice.store.events(kinds=[EventKind.VISIT_RECORDED])[0].recorded_at
    assert policing.capped(rejected_twice, SEASON, as_of=first) == {}


def test_only_a_clear_rise_by_the_same_model_on_later_images_frees_it(rejected_twice):
    def is_capped() -> bool:
        return plot_id_of("a") in policing.capped(rejected_twice, SEASON)

    proposed(rejected_twice, "b", 20, score=0.4, run="r2")  # lower
    assert is_capped()
    proposed(rejected_twice, "c", 21, score=0.51, run="r3")  # by a hair
    assert is_capped()
    proposed(rejected_twice, "d", 2, score=0.9, run="r4")  # images from before the visits, recorded today
    assert is_capped()
    proposed(rejected_twice, "e", 25, score=0.99, run="r5", model="m/1")  # another model
    assert is_capped()


def test_a_clear_rise_frees_it_and_what_counts_as_clear_is_told(rejected_twice):
    proposed(rejected_twice, "b", 25, score=0.7, run="r3")
    assert plot_id_of("a") not in policing.capped(rejected_twice, SEASON)
    answer = policing.told(rejected_twice, SEASON)
    assert answer["with_new_evidence"][-1]["evidence"] == ["score"]
    assert answer["score_rise"] == {
        "assumed": 0.1,
        "least_places": 20,
        "models": [{"model": "rules", "score_kind": "rule", "margin": 0.1, "places": 1, "basis": "assumed"}],
    }


def test_the_first_run_of_a_model_is_no_evidence_however_late(office):
    tip(office, 1, 50.0)
    visited(office, "rejected", 5)
    visited(office, "rejected", 9, "CA-2")
    before = set(policing.capped(office, SEASON))
    assert len(before) == 2
    proposed(office, "a", 20, score=0.95)
    assert before <= set(policing.capped(office, SEASON))


def tip(workspace, number: int, radius_m: float, at=worlds.HERE) -> None:
    told = Tip(f"t{number}", "BP-1", day(number), "", "", *at, radius_m)
    append(workspace, EventKind.TIP_RECORDED, day(number), {"tip": journal.of_tip(told)})


def test_a_tip_near_frees_it_but_not_one_that_speaks_of_half_a_commune(rejected_twice):
    tip(rejected_twice, 20, 3000.0)
    assert plot_id_of("a") in policing.capped(rejected_twice, SEASON)
    tip(rejected_twice, 21, 100.0, worlds.east(200.0))
    assert policing.capped(rejected_twice, SEASON) == {}


def test_a_find_two_hundred_metres_away_frees_it(rejected_twice):
    visited(rejected_twice, "detected", 20, at=worlds.east(200.0))
    assert policing.capped(rejected_twice, SEASON) == {}


def test_hemp_that_was_found_is_a_rejection_and_no_find():
    row = Visit("v", "u", (), day(1), Outcome.DETECTED, crop=policing.Crop.FIBRE_HEMP)
    assert policing.result_of(row) == "rejected"


def test_visits_of_the_season_stand_by_commune_with_what_was_rejected_before(rejected_twice):
    visited(rejected_twice, "detected", 20, at=worlds.east(50_000.0))
    answer = policing.told(rejected_twice, SEASON)
    first, second = answer["communes"]
    assert (first["commune_code"], first["visits"], first["rejected"], first["again"]) == ("04048", 2, 2, 1)
    assert (second["commune"], second["found"], second["per_100"]) == ("Xã Tô Múa", 1, 100.0)
    assert (answer["total"]["visits"], answer["total"]["per_100"]) == (3, 33.33)
    assert first["hours"] is None  # no track was handed in there
    assert len(answer["capped"]) == 2
    assert iso(day(5))[:10] in answer["capped"][0]["days"]
