"""Visit tables: what is taken, what is refused, and that one bad row never costs the others."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eradication.config import Settings
from eradication.domain import AreaMethod, LookAlike, NotReachedReason, Outcome
from eradication.errors import UnusableInput
from eradication.ingest import visits
from eradication.ingest.formats import visit_table

NOW = datetime(2027, 3, 1, tzinfo=UTC)
HEADER = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method"
GOOD = "v1,104.61,20.85,2027-02-10T08:30:00+07:00,BP-1,S1 S2,detected,320,tape"


@pytest.fixture
def read(tmp_path: Path):
    """Write a table (text, bytes or a workbook's rows) and read it, in the sandbox only where told: that costs time."""

    def reader(content, name="visits.csv", timezone="Asia/Ho_Chi_Minh", sandboxed=False):
        path = tmp_path / name
        if isinstance(content, list):
            book = openpyxl.Workbook()
            for row in content:
                book.active.append(row)
            book.save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if sandboxed:
            return visits.read(path, settings=Settings(), now=NOW, timezone=timezone)
        table = visit_table.read(path, {})
        return visits.interpret(table, settings=Settings(), now=NOW, zone=ZoneInfo(timezone))

    return reader


@pytest.fixture
def row(read):
    """Read one row: the good one with some cells changed; columns not named before are added."""

    def reader(**changed):
        record = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changed
        table = [list(record), ["" if value is None else value for value in record.values()]]
        text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in table)
        (answer,) = read(text)
        return answer

    return reader


def test_a_good_row_becomes_a_visit(read):
    (answer,) = read(f"{HEADER}\n{GOOD}\n", sandboxed=True)
    visit = answer.visit
    assert (visit.visit_id, visit.unit, visit.outcome) == ("v1", "BP-1", Outcome.DETECTED)
    assert visit.visited_at == datetime(2027, 2, 10, 1, 30, tzinfo=UTC)
    assert (visit.lon, visit.lat, visit.area_m2, visit.area_method) == (104.61, 20.85, 320.0, AreaMethod.TAPE)
    assert (answer.line, answer.reason, answer.message) == (2, "", "")


def test_a_bad_row_is_refused_with_its_line_and_the_others_go_on(read):
    answers = read("\n".join([HEADER, GOOD, GOOD.replace("detected", "dancing"), "", GOOD.replace("v1", "v3"), ""]))
    assert [(a.line, a.reason, a.visit is None) for a in answers] == [
        (2, "", False),
        (3, "unknown_code", True),
        (5, "", False),
    ]
    assert (answers[1].visit_id, answers[1].outcome) == ("v1", "dancing")
    assert "line 3" in answers[1].message


def test_a_cell_with_line_breaks_does_not_shift_the_line_numbers(read):
    answers = read(f'{HEADER},note\n{GOOD},"one\ntwo"\n{GOOD.replace("320", "-1")},\n')
    assert [(a.line, a.reason) for a in answers] == [(2, ""), (4, "bad_area")]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"visit_id": ""}, "missing_field"),
        ({"unit": " "}, "missing_field"),
        ({"officers": ";"}, "missing_field"),
        ({"visited_at": ""}, "missing_field"),
        ({"outcome": ""}, "missing_field"),
        ({"area_m2": ""}, "missing_field"),
        ({"area_method": ""}, "missing_field"),
        ({"lat": ""}, "missing_field"),
        ({"lon": "", "lat": ""}, "no_place"),
        ({"outcome": "eaten"}, "unknown_code"),
        ({"area_method": "guess"}, "unknown_code"),
        ({"crop": "wheat"}, "unknown_code"),
        ({"area_m2": "0"}, "bad_area"),
        ({"area_m2": "-3"}, "bad_area"),
        ({"area_m2": "1e99"}, "bad_area"),
        ({"area_m2": "much"}, "bad_number"),
        ({"area_m2": "nan"}, "bad_number"),
        ({"area_m2": "inf"}, "bad_number"),
        ({"area_m2": "1,234"}, "ambiguous_number"),
        ({"destroyed_fraction": "1.2"}, "bad_fraction"),
        ({"destroyed_fraction": "-0.1"}, "bad_fraction"),
        ({"destroyed_fraction": "120 %"}, "bad_fraction"),
        ({"inclusion_prob": "2"}, "bad_probability"),
        ({"plant_count": "12.5"}, "bad_number"),
        ({"plant_count": "-1"}, "bad_number"),
        ({"lat": "95"}, "bad_coordinates"),
        ({"lon": "20.85", "lat": "104.61"}, "bad_coordinates"),
        ({"lon": "0", "lat": "0"}, "bad_coordinates"),
        ({"lon": "", "lat": "", "x": "489949", "y": "2359155"}, "crs_missing"),
        ({"lon": "", "lat": "", "x": "489949", "y": "2359155", "crs": "EPSG:1"}, "unknown_crs"),
        ({"lon": "", "lat": "", "x": "489949", "y": "2359155", "crs": "VN2000"}, "unknown_crs"),
        ({"visited_at": "yesterday"}, "bad_time"),
        ({"visited_at": "2027-02-30 08:00"}, "bad_time"),
        ({"visited_at": "13/13/2026 08:00"}, "bad_time"),
        ({"visited_at": "1970-01-01T00:00:00Z"}, "bad_time"),
        ({"visited_at": "2027-03-02T00:00:01Z"}, "future_time"),
    ],
)
def test_a_row_is_refused_for(row, changed, reason):
    answer = row(**changed)
    assert (answer.reason, answer.visit) == (reason, None)
    assert answer.message.endswith("[line 2]")
    assert "{" not in answer.message


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"crop": "wheat"}, "crop"),
        ({"outcome": "eaten"}, "outcome"),
        ({"area_method": "guess"}, "area_method"),
        ({"officers": ";"}, "officers"),
        ({"plant_count": "-1"}, "plant_count"),
        ({"lat": ""}, "lat"),
        ({"area_m2": "much"}, "area_m2"),
    ],
)
def test_a_refusal_names_the_column_as_the_table_does_and_says_what_to_write(row, changed, column):
    error = row(**changed).error
    assert error.values["field"] == column
    assert column in str(error)
    assert error.hint.format(**error.values)


def test_a_refused_row_says_in_which_file_and_line_it_stands(read):
    (answer,) = read(f"{HEADER}\n{GOOD.replace('320', '-1')}\n", sandboxed=True)
    assert answer.error.where.endswith("visits.csv: line 2")
    assert answer.error.hint


def test_24_hours_ahead_of_the_clock_are_allowed(row):
    assert row(visited_at="2027-03-02T00:00:00Z").reason == ""


def test_a_row_with_more_cells_than_columns_is_refused(read):
    assert [a.reason for a in read(f"{HEADER}\n{GOOD},5\n")] == ["too_many_cells"]


def test_a_vietnamese_table_with_semicolons_and_decimal_commas(read):
    text = (
        "\ufeffvisit_id;lon;lat;visited_at;unit;officers;outcome;area_m2;area_method;look_alike;not_reached_reason\r\n"
        "k1;104,612;20,851;10/02/2027 08:30;Đồn BP;A1, A2;phát hiện;1.234,5;thước dây;;\r\n"
        "k2;104,612;20,851;10/02/2027;Đồn BP;A1;PHUC TRA;;;;\r\n"
        "k3;104,612;20,851;10/02/2027 08h30;Đồn BP;A1;không phải;;;rau cải;\r\n"
        "k4;104,612;20,851;2027-02-10 08:30;Đồn BP;A1;chưa tới được;;;;thời tiết\r\n"
        "k5;104,612;20,851;10/02/2027 08:30;Đồn BP;A1;phát hiện;1.234;thước dây;;\r\n"
    )
    answers = read(text)
    first = answers[0].visit
    assert (first.area_m2, first.lon, first.lat, first.officers) == (1234.5, 104.612, 20.851, ("A1", "A2"))
    assert first.visited_at == datetime(2027, 2, 10, 1, 30, tzinfo=UTC)
    assert {"day_before_month", "timezone_assumed"} <= set(answers[0].checks)
    assert "date_only" in answers[1].checks
    assert answers[1].visit.outcome is Outcome.VERIFIED
    assert answers[2].visit.look_alike is LookAlike.MUSTARD_GREENS
    assert answers[2].visit.visited_at == first.visited_at
    assert answers[3].visit.not_reached_reason is NotReachedReason.WEATHER
    assert answers[4].reason == "ambiguous_number"


def test_a_table_in_the_old_vietnamese_code_page_is_read_and_says_so(read):
    # windows-1258 has letters of their own for ê, ư, ơ, ô and writes most tone marks after the letter: "phát hiện".
    outcome, note = b"ph\xe1t hi\xea\xf2n", b"n\xfd\xf5ng ng\xf4"
    (answer,) = read(f"{HEADER},note\n{GOOD},".encode().replace(b"detected", outcome) + note + b"\n")
    assert answer.visit.outcome is Outcome.DETECTED
    assert answer.visit.note == "nương ngô"
    assert "encoding_assumed:windows-1258" in answer.checks


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_are_no_part_of_the_first_column(read, encoding):
    (answer,) = read(f"{HEADER}\n{GOOD}\n".encode(encoding))
    assert answer.visit.visit_id == "v1"


def test_excels_separator_line_is_no_header(read):
    (answer,) = read(f"sep=;\n{HEADER.replace(',', ';')}\n{GOOD.replace(',', ';')}\n")
    assert (answer.line, answer.reason) == (3, "")


def test_naive_times_take_the_given_zone_and_say_so(row, read):
    assert row(visited_at="2027-02-10 08:30").visit.visited_at == datetime(2027, 2, 10, 1, 30, tzinfo=UTC)
    assert "timezone_assumed" in row(visited_at="2027-02-10 08:30").checks
    assert "timezone_assumed" not in row().checks
    (utc,) = read(f"{HEADER}\n{GOOD.replace('+07:00', '')}\n", timezone="UTC")
    assert utc.visit.visited_at == datetime(2027, 2, 10, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", ""])
def test_an_unknown_time_zone_is_a_usage_error(read, name):
    with pytest.raises(UnusableInput):
        read(f"{HEADER}\n{GOOD}\n", timezone=name, sandboxed=True)


def test_a_workbook_with_dates_and_numbers(read):
    header = [*HEADER.split(","), "plant_count"]
    when = datetime(2027, 2, 10, 8, 30)  # a date cell of a workbook knows no zone
    line = [17.0, 104.61, 20.85, when, "BP-1", "S1;S2", "detected", 320, "tape", 45]
    serial = [18, 104.61, 20.85, 46063.354166667, "BP-1", "S1;S2", "eradicated", None, None, None]
    answers = read([header, line, [None] * 10, serial], name="visits.xlsx", sandboxed=True)
    assert [a.line for a in answers] == [2, 4]
    assert answers[0].visit.visit_id == "17"
    assert answers[0].visit.visited_at == datetime(2027, 2, 10, 1, 30, tzinfo=UTC)
    assert answers[0].visit.plant_count == 45
    assert answers[1].visit.visited_at == datetime(2026, 2, 10, 1, 30, tzinfo=UTC)
    assert "excel_day_number" in answers[1].checks


def test_the_first_sheet_that_holds_something_is_read(read, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("đợt 2")
    sheet.append(HEADER.split(","))
    sheet.append(GOOD.split(","))
    data = io.BytesIO()
    book.save(data)
    (answer,) = read(data.getvalue(), name="visits.xlsx")
    assert answer.reason == ""


ERADICATED = {"outcome": "eradicated", "area_m2": "", "area_method": ""}


def test_an_eradication_without_its_evidence_is_taken_with_failed_checks(row):
    assert set(row(**ERADICATED, officers="S1").checks) == {
        "selection_mode_missing",
        "destroyed_fraction_missing",
        "two_officers_missing",
        "photo_before_missing",
        "photo_after_missing",
        "minutes_no_missing",
        "destroyed_by_missing",
    }


def test_a_complete_eradication_fails_no_check(row):
    whole = {"destroyed_fraction": "100%", "photo_before": "a.jpg", "photo_after": "b.jpg", "minutes_no": "12/BB"}
    answer = row(**ERADICATED, **whole, officers="S1;S2", destroyed_by="phối hợp", selection_mode="tip")
    assert answer.checks == ()
    assert answer.visit.destroyed_fraction == 1.0


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        ({"area_m2": "60000"}, "implausible_area"),
        ({"area_m2": "1.234"}, "implausible_area"),
        ({"plant_count": "12"}, "count_method_missing"),
        ({"outcome": "rejected"}, "look_alike_missing"),
        ({"outcome": "not_reached"}, "not_reached_reason_missing"),
        ({"note": "gặp ông A, 0912345678"}, "note_may_name_a_person"),
        ({"note": "CCCD 014085001234"}, "note_may_name_a_person"),
        ({"colour": "red"}, "unknown_column:colour"),
    ],
)
def test_what_looks_odd_is_marked_and_taken(row, changed, check):
    answer = row(**changed)
    assert check in answer.checks
    assert answer.visit is not None


def test_T30_texts_are_NFC_without_marks_of_direction(row):
    visit = row(unit="\u202eBP\u2069-1", note="pho\u0301 \u200bba\u0309n").visit
    assert (visit.unit, visit.note) == ("BP-1", "phó bản")


def test_a_header_may_be_written_with_blanks_and_capitals(read):
    (answer,) = read(f"{HEADER.replace('visit_id', 'Visit ID').replace('area_m2', 'AREA M2')}\n{GOOD}\n")
    assert (answer.visit.visit_id, answer.visit.area_m2) == ("v1", 320.0)


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(visits.COLUMNS)), anything), anything)
def test_any_cells_give_a_visit_or_a_reason(mess, geometry):
    fields = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | mess
    raw = {"line": 2, "cells": fields, "extra": False, "geometry": None}
    zone = ZoneInfo("UTC")
    answer = visits._answer(raw, {name: name for name in fields}, False, zone, NOW + timedelta(days=1), "line")
    assert (answer.visit is None) == bool(answer.reason)
    assert "{" not in answer.message or "{" in str(mess)
