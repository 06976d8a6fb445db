"""Corrections change what their table states and nothing else; rows that count nothing as yet are told at once."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping
from worlds import east

from eradication import geo
from eradication.cli import main
from eradication.domain import Season
from eradication.errors import RefusedInput, UnusableInput
from eradication.pipeline import accounts, main_path, projection
from eradication.pipeline.workspace import Workspace

SEASON = Season(2025)
HERE = (104.70, 20.80)
HEADER = (
    "visit_id,lon,lat,visited_at,unit,officers,outcome,selection_mode,crop,area_m2,area_method,plant_count,"
    "count_method,destroyed_fraction"
)
FOUND = f"v1,{HERE[0]},{HERE[1]},2026-01-10T15:00+07:00,BP-1,S1;S2,detected,tip,opium_poppy,500,tape,600,full,"
KEY = "BP-1/v1/detected"


def table(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text + "\n")
    return path


@pytest.fixture
def found(office: Workspace, tmp_path: Path) -> Workspace:
    main_path.record_visits(office, table(tmp_path, f"{HEADER}\n{FOUND}"))
    return office


def correct(workspace: Workspace, folder: Path, text: str) -> dict[str, Any]:
    (row,) = main_path.correct_visit(workspace, KEY, table(folder, text), "typing error")["visits"]
    return row


def said(workspace: Workspace) -> Any:
    (visit,) = projection.replayed(workspace).recorded
    return visit


def total(workspace: Workspace) -> dict[str, Any]:
    return accounts.ledger(workspace, accounts.Question(SEASON))["total"]


def test_a_column_that_the_table_does_not_have_keeps_its_value(found, tmp_path):
    before = said(found)
    row = correct(found, tmp_path, "area_m2\n450")
    assert (row["status"], row["changed"]) == ("accepted", [{"field": "area_m2", "from": 500.0, "to": 450.0}])
    after = said(found)
    assert {name for name in before.__slots__ if getattr(before, name) != getattr(after, name)} <= {
        "area_m2",
        "plot_id",
    }
    assert (total(found)["detected_m2"], total(found)["plants"]) == (450, 600)


def test_a_column_that_stands_there_empty_has_no_value_any_more(found, tmp_path):
    row = correct(found, tmp_path, "visit_id,plant_count,count_method\nv1,,")
    assert [(c["field"], c["from"], c["to"]) for c in row["changed"]] == [
        ("count_method", "full", None),
        ("plant_count", 600, None),
    ]
    assert said(found).plant_count is None


def test_the_next_correction_starts_from_the_last_one_and_a_struck_row_comes_back(found, tmp_path):
    correct(found, tmp_path, "area_m2\n450")
    row = correct(found, tmp_path, "plant_count\n700")
    assert row["changed"] == [{"field": "plant_count", "from": 600, "to": 700}]
    assert (total(found)["detected_m2"], total(found)["plants"]) == (450, 700)
    again = correct(found, tmp_path, "plant_count\n700")
    assert (again["status"], again["changed"]) == ("duplicate", [])
    assert correct(found, tmp_path, "visit_id,outcome")["status"] == "accepted"
    assert projection.replayed(found).recorded == []
    assert correct(found, tmp_path, "plant_count\n700")["status"] == "accepted"
    assert (total(found)["detected_m2"], total(found)["plants"]) == (450, 700)


def test_a_place_is_one_value_and_an_outline_that_was_corrected_stays(found, tmp_path):
    lon, lat = east(20.0, HERE)
    row = correct(found, tmp_path, f"lon,lat\n{lon},{lat}")
    assert {change["field"] for change in row["changed"]} == {"lon", "lat"}
    square = box(lon, lat, lon + 0.0002, lat + 0.0002)
    feature = {"type": "Feature", "properties": {"area_method": "gps_track"}, "geometry": mapping(square)}
    path = tmp_path / "walk.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (row,) = main_path.correct_visit(found, KEY, path, "walked")["visits"]
    assert {"field": "outline_m2", "from": None, "to": round(geo.area_m2(square), 1)} in row["changed"]
    correct(found, tmp_path, "plant_count\n650")
    assert projection.replayed(found).episodes[0].outline.equals(square)


def test_a_row_without_any_value_neither_clears_nor_strikes_out(found, tmp_path):
    before = len(found.store.events())
    with pytest.raises(RefusedInput) as caught:
        correct(found, tmp_path, "plant_count,count_method\n,")
    assert (caught.value.kind, len(found.store.events())) == ("nothing_stated", before)


def test_a_table_without_a_known_column_or_of_another_visit_is_refused(found, tmp_path):
    assert correct(found, tmp_path, "visit_id,area_m2\nv9,450")["reason"] == "other_visit"
    with pytest.raises(UnusableInput) as caught:
        main_path.correct_visit(found, "BP-1/v9/detected", table(tmp_path, "area_m2\n1"), "?")
    assert caught.value.kind == "no_such_visit"


def test_a_row_of_a_wrong_unit_is_struck_out_and_entered_anew_as_the_hint_says(found, tmp_path, capsys):
    name = ["--workspace", str(found.folder), "--lang", "en"]
    wrong = table(tmp_path, "unit\nBP-7")
    assert main([*name, "visits", "correct", KEY, str(wrong), "--reason", "other unit"]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert f"eradication visits correct {KEY} EMPTY.csv --reason TEXT; eradication visits import RIGHT.csv" in told
    # So it is done.
    assert (
        main([*name, "visits", "correct", KEY, str(table(tmp_path, "visit_id,outcome")), "--reason", "other unit"]) == 0
    )
    right = table(tmp_path, f"{HEADER}\n{FOUND.replace('BP-1', 'BP-7')}", "right.csv")
    assert main([*name, "visits", "import", str(right)]) == 0
    assert [episode.unit for episode in projection.replayed(found).episodes if episode.unit] == ["BP-7"]


def test_the_command_lists_what_was_changed(found, tmp_path, capsys):
    name = ["--workspace", str(found.folder), "--lang", "en"]
    path = table(tmp_path, "area_m2\n450")
    assert main([*name, "visits", "correct", KEY, str(path), "--reason", "typing error"]) == 0
    assert "area_m2: 500.0 → 450.0" in capsys.readouterr().out


def row(day: int, unit: str, outcome: str) -> str:
    return f"{HERE[0]},{HERE[1]},2026-01-{day}T15:00+07:00,{unit},{unit}-1;{unit}-2,{outcome}"


@pytest.mark.parametrize("outcome", ["verified", "eradicated", "self_removed"])
def test_a_row_that_waits_for_its_detection_is_kept_told_and_counted_nowhere(office, tmp_path, capsys, outcome):
    path = table(tmp_path, "visit_id,lon,lat,visited_at,unit,officers,outcome\nv9," + row(15, "CA-2", outcome))
    name = ["--workspace", str(office.folder), "--lang", "en"]
    assert main([*name, "visits", "import", str(path)]) == 0
    assert "kept, counts nothing as yet" in capsys.readouterr().out
    assert len(office.store.events()) == 1 + sum(e.kind != "visit_recorded" for e in office.store.events())
    ledger = accounts.ledger(office, accounts.Question(SEASON))
    assert (ledger["total"]["suspected_m2"], ledger["unvisited"]["open"], ledger["unvisited"]["expired"]) == (0, 0, 0)
    assert len(ledger["findings"]) == 1
    lines = ["visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method"]
    lines.append("a," + row(11, "BP-1", "detected") + ",300,tape")
    lines += ["a," + row(12, "BP-1", "eradicated") + ",,"] * (outcome == "verified")
    later = main_path.record_visits(office, table(tmp_path, "\n".join(lines), "later.csv"))["visits"]
    assert all(row["status"] == "accepted" and not row["reason"] for row in later)
    assert [str(e.state) for e in projection.replayed(office).episodes] == [outcome]
    assert accounts.ledger(office, accounts.Question(SEASON))["findings"] == []


def test_rows_of_one_table_are_judged_together(office, tmp_path):
    lines = ["visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method"]
    lines.append("b," + row(13, "BP-1", "eradicated") + ",250,tape")
    lines.append("c," + row(14, "CA-2", "verified") + ",,")
    lines.append(f"d,{east(2000.0, HERE)[0]},{HERE[1]},2026-01-14T15:00+07:00,CA-2,S7,harvested,90,pace")
    told = main_path.record_visits(office, table(tmp_path, "\n".join(lines)))["visits"]
    assert [(row["status"], row["reason"]) for row in told] == [("accepted", "")] * 3
    ledger = accounts.ledger(office, accounts.Question(SEASON))
    assert (ledger["total"]["detected_m2"], ledger["total"]["verified_m2"]) == (250, 250)
    assert ledger["timeliness"]["harvested_before_arrival"] == 1
    assert ledger["unvisited"]["open"] == 0


def test_a_check_in_september_counts_for_the_season_before_and_one_of_the_finder_is_refused(found, tmp_path):
    rows = "visit_id,lon,lat,visited_at,unit,officers,outcome\n"
    place = f"{HERE[0]},{HERE[1]}"
    main_path.record_visits(found, table(tmp_path, f"{rows}v1,{place},2026-05-20,BP-1,S1;S2,eradicated"))
    mine = main_path.record_visits(found, table(tmp_path, f"{rows}v2,{place},2026-09-10,BP-1,S4,verified"))
    assert mine["visits"][0]["reason"] == "verifier_not_independent"
    other = main_path.record_visits(found, table(tmp_path, f"{rows}v3,{place},2026-09-10,CA-2,S9,verified"))
    assert (other["visits"][0]["status"], other["visits"][0]["reason"]) == ("accepted", "")
    assert total(found)["verified_m2"] == 500
    again = main_path.record_visits(found, table(tmp_path, f"{rows}v4,{place},2026-09-12,CA-2,S9,verified"))
    assert again["visits"][0]["reason"] == "verified_before_eradicated"
    assert "destruction" in again["visits"][0]["hint"]


def test_corrections_are_recorded_as_people_made_them(found, tmp_path):
    correct(found, tmp_path, "area_m2\n450")
    (event,) = [e for e in found.store.events() if e.kind == "visit_corrected"]
    assert event.recorded_at <= datetime.now(UTC)
    assert event.payload["visit"]["plant_count"] == 600
