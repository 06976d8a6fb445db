"""The events that a report's figures rest on: all of them, none of another season or unit, and nothing about people."""

from dataclasses import fields

import pytest

from eradication.domain import Event, EventKind, Period, Season
from eradication.pipeline import main_path, periods, reporting
from eradication.pipeline.workspace import Workspace
from eradication.report import tables, workbook
from eradication.report.view import EventRow

SEASON = Season(2025)
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,destroyed_fraction,minutes_no,note\n"
ROWS = (
    "1,104.70,20.80,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,300,tape,,,do Nguyễn Văn A trồng\n"
    "1,104.70,20.80,2026-02-02T08:00+07:00,BP-1,S1;S2,eradicated,,,0.5,07/BB,\n"
    "2,104.80,20.90,2026-02-03T08:00+07:00,CA-1,S3;S4,detected,200,tape,,,\n"
    "3,104.90,20.95,2025-02-03T08:00+07:00,CA-1,S3;S4,detected,200,tape,,,\n"
    "4,104.70,20.80,2026-04-20T08:00+07:00,BP-1,S1;S2,eradicated,,,1.0,09/BB,\n"
)


@pytest.fixture
def season(office, tmp_path) -> Workspace:
    """Two plots of two units, and one of the season before."""
    table = tmp_path / "visits.csv"
    table.write_text(HEAD + ROWS)
    assert {row["status"] for row in main_path.record_visits(office, table)["visits"]} == {"accepted"}
    return office


def listed(workspace: Workspace, of: Season | Period = SEASON, unit: str = "") -> tuple[EventRow, ...]:
    events = reporting.view_of(workspace, of, "vi", unit=unit, with_events=True).events
    assert events is not None
    return events


def visits(rows: tuple[EventRow, ...]) -> list[tuple[str, str]]:
    return [(row.visit, row.outcome) for row in rows if row.kind == "visit_recorded"]


def test_the_visits_of_the_season_are_listed_and_those_of_another_are_not(season):
    assert visits(listed(season)) == [("1", "detected"), ("1", "eradicated"), ("2", "detected"), ("4", "eradicated")]
    assert visits(listed(season, Season(2024))) == [("3", "detected")]


def test_an_event_is_told_with_its_measures_and_found_again_by_its_hash(season):
    row = next(row for row in listed(season) if row.outcome == "eradicated")
    assert (row.fraction, row.minutes_no, row.officers, row.unit) == (0.5, "07/BB", ("S1", "S2"), "BP-1")
    stored: dict[str, Event] = {event.hash: event for event in season.store.events()}
    event = stored[row.hash]
    assert (row.origin, row.number, row.happened_at, row.recorded_at) == (
        event.origin, event.number, event.happened_at, event.recorded_at,
    )  # fmt: skip
    assert len(row.plots) == 1
    assert row.plots[0].startswith("VH-")


def test_of_a_unit_only_its_own_events_are_listed(season):
    assert {row.unit for row in listed(season, unit="BP-1")} - {""} == {"BP-1"}
    assert visits(listed(season, unit="CA-1")) == [("2", "detected")]


def test_of_a_closed_period_nothing_is_listed_that_came_later(season, tmp_path):
    quarter = Period(2026, 0)
    periods.close(season, quarter, "CB-1")
    told = listed(season, quarter)
    assert visits(told) == [("1", "detected"), ("1", "eradicated"), ("2", "detected")], "not what happened in April"
    table = tmp_path / "late.csv"
    table.write_text(HEAD + "9,104.85,20.90,2026-02-09T08:00+07:00,CA-1,S3;S4,detected,500,tape,,,\n")
    main_path.record_visits(season, table)
    assert listed(season, quarter) == told
    half = visits(listed(season, Period(2026, 1)))
    assert {("9", "detected"), ("4", "eradicated"), ("1", "detected")} <= set(half), "cumulative, with what came late"


def test_a_correction_stands_beside_the_row_that_it_answers(season):
    view = reporting.view_of(season, SEASON, "vi", with_events=True)
    assert view.events is not None
    wrong = next(row for row in view.events if row.visit == "2")
    body = {"corrects": [wrong.origin, wrong.number], "plot_id": "", "visit": None, "reason": "nhầm"}
    with season.store.transaction() as transaction:
        transaction.append(EventKind.VISIT_CORRECTED, wrong.happened_at, body)
    (struck,) = [row for row in listed(season) if row.kind == "visit_corrected"]
    assert (struck.struck_out, struck.visit, struck.outcome) == (True, "2", "detected")


def test_no_note_and_no_place_leaves_with_the_list(season, tmp_path):
    assert {item.name for item in fields(EventRow)}.isdisjoint({"note", "lon", "lat", "source", "payload"})
    written = tables.all_of(reporting.view_of(season, SEASON, "vi", with_events=True), whole=True)
    (group,) = [group for group in written if group.key == "events"]
    said = " ".join(cell for row in group.tables[0].rows for cell in row)
    assert "Nguyễn" not in said
    assert "104.7" not in said


def test_a_report_without_the_list_has_none(season):
    view = reporting.view_of(season, SEASON, "vi")
    assert view.events is None
    assert "events" not in {group.key for group in tables.all_of(view, whole=True)}
    assert workbook.render(view)
