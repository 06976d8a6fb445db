"""A unit is asked for under any spelling of what is on record; one that is nowhere on record is refused."""

import json
from datetime import date

import pytest

from eradication.cli import main
from eradication.domain import EventKind, Period
from eradication.errors import UnusableInput
from eradication.pipeline import filing, main_path, outputs, periods, units

QUARTER = Period(2026, 0)
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
ROWS = (
    "1,104.70,20.80,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,300,tape\n"
    "2,104.80,20.90,2026-02-03T08:00+07:00,ca 1,S3;S4,detected,200,tape\n"
)
UNITS = (
    "code,name,kind,valid_from,reports\nBP-1,Đồn Một,border_post,2000-01-01,yes\nCA-1,Công an,police,2000-01-01,yes\n"
)
SPELT = ("BP-1", " bp 1", "ＢＰ－１", "Đồn Một", "don mot", "Đồn Một (BP-1)", "BP1 - Đồn Một")


@pytest.fixture
def season(office, tmp_path):
    """Two plots of two units, and no table of units."""
    table = tmp_path / "visits.csv"
    table.write_text(HEAD + ROWS)
    main_path.record_visits(office, table)
    return office


@pytest.fixture
def listed(season, tmp_path):
    """The same with a table of both."""
    table = tmp_path / "units.csv"
    table.write_text(UNITS)
    assert units.record_units(season, table)["recorded"] == 2
    return season


def detected(workspace, unit):
    told = periods.show(workspace, QUARTER, unit=unit)
    return told["unit"], told["cumulative"]["total"]["detected_m2"]


@pytest.mark.parametrize("text", SPELT)
def test_a_unit_is_found_by_code_name_or_both_however_typed(listed, text):
    assert detected(listed, text) == ("BP-1", 300)


def test_what_a_unit_did_under_another_spelling_is_its_own(listed):
    assert detected(listed, "CA-1") == detected(listed, "Công an") == ("CA-1", 200)
    rows = periods.show(listed, QUARTER, by="unit")["cumulative"]["rows"]
    assert [row["key"] for row in rows] == ["BP-1", "CA-1"]


def test_without_a_table_a_unit_bears_the_spelling_of_the_entries(season):
    assert detected(season, "bp1") == ("BP-1", 300)
    assert detected(season, "CA-1") == ("ca 1", 200)


def test_of_two_spellings_without_a_table_none_is_guessed(season, tmp_path):
    table = tmp_path / "more.csv"
    table.write_text(HEAD + "3,104.60,20.70,2026-02-06T08:00+07:00,bp1,S1;S2,detected,100,tape\n")
    main_path.record_visits(season, table)
    assert units.on_record(season, "bp1") == "bp1"
    with pytest.raises(UnusableInput) as caught:
        units.on_record(season, "BP 1")
    assert caught.value.values["known"] == "BP-1, bp1, ca 1"


def test_a_unit_that_is_nowhere_on_record_is_refused_and_nothing_is_written(listed, tmp_path, capsys):
    name = ["--workspace", str(listed.folder), "--lang", "en", "--json"]
    for command in (
        ["period", "show", "2026-Q1", "--unit", "BP-9"],
        ["period", "file", "2026-Q1", "--unit", "BP-9"],
        ["report", "2026-Q1", "--out", str(tmp_path / "pages"), "--unit", "BP-9"],
        ["report", "2025-2026", "--out", str(tmp_path / "pages"), "--unit", "BP-9"],
        ["patrols", "export", str(tmp_path / "walks.gpx"), "--unit", "BP-9"],
    ):
        assert main([*name, *command]) == 2
        error = json.loads(capsys.readouterr().out)["error"]
        assert (error["kind"], error["where"]) == ("unknown_unit", "--unit")
        assert "BP-1, CA-1. " in error["hint"]  # "ca 1" of an entry is CA-1
    assert not (tmp_path / "pages").exists()
    assert listed.store.events(kinds=[EventKind.REPORT_FILED]) == []


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_unit_is_not_the_province(listed, tmp_path, capsys, blank):
    name = ["--workspace", str(listed.folder), "--lang", "en", "--json"]
    for command in (["period", "show", "2026-Q1"], ["report", "2026-Q1", "--out", str(tmp_path / "pages")]):
        assert main([*name, *command, "--unit", blank]) == 2
        error = json.loads(capsys.readouterr().out)["error"]
        assert (error["kind"], error["where"]) == ("unit_missing", "--unit")
    assert not (tmp_path / "pages").exists()


def test_where_no_unit_is_on_record_the_hint_says_how_one_comes(office):
    with pytest.raises(UnusableInput) as caught:
        units.on_record(office, "BP-1")
    assert "units import" in caught.value.hint
    assert units.on_record(office, " ") == ""


def test_a_filing_is_kept_under_the_code_on_record(listed):
    assert filing.file(listed, QUARTER, "don mot", date(2026, 3, 10), plan=False, by="")["unit"] == "BP-1"
    assert filing.told(listed, QUARTER)["reminders"] == ["CA-1"]
    with pytest.raises(UnusableInput):
        filing.file(listed, QUARTER, " ", date(2026, 3, 10), plan=False, by="")


def test_the_page_of_a_unit_bears_its_code(listed, tmp_path, capsys):
    command = ["report", "2026-Q1", "--out", str(tmp_path), "--unit", "đồn một", "--format", "html"]
    assert main(["--workspace", str(listed.folder), "--json", *command]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == [str(tmp_path / "report-2026-Q1-BP-1.html")]


@pytest.mark.parametrize("name", ["r.html", "r.PDF"])
def test_a_page_that_is_named_where_a_folder_is_asked_for_is_refused(season, tmp_path, capsys, name):
    asked = tmp_path / name
    assert main(["--workspace", str(season.folder), "--json", "report", "2025-2026", "--out", str(asked)]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["kind"], error["where"]) == ("not_a_folder", str(asked))
    assert str(tmp_path) in error["hint"]
    assert not asked.exists()


def test_a_folder_may_bear_a_point(tmp_path):
    assert outputs.folder_of_pages(tmp_path / "2026.05") == tmp_path / "2026.05"
    (tmp_path / "kept.html").mkdir()
    assert outputs.folder_of_pages(tmp_path / "kept.html") == tmp_path / "kept.html"


def test_who_is_sent_out_for_the_first_time_keeps_the_code_that_was_typed(listed):
    assert units.spelling(listed, "bp1") == "BP-1"
    assert units.spelling(listed, " BP-77 ") == "BP-77"
