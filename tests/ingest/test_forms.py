"""Filled-in forms: whatever telephone or server wrote them, the same answers are the same visit."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import filled_forms as filled
import pytest
from filled_forms import DESTROYED, FOUND, TOLD, VERIFIED
from hypothesis import given
from hypothesis import strategies as st

from eradication.config import Settings
from eradication.domain.codes import fold
from eradication.errors import RefusedInput
from eradication.ingest import forms, tips, visits
from eradication.ingest.formats import form_columns, form_file, visit_table
from eradication.ingest.unpacking import Handed
from eradication.report import form_questions

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CONTEXT = tips.Context(Settings(), NOW, ZoneInfo("Asia/Ho_Chi_Minh"), [])
LABELS = form_questions.labels()
KNOWN = form_columns.Names(frozenset(forms.COLUMNS), {fold(label): name for label, name in LABELS.items()})


@pytest.fixture
def read(tmp_path):
    """Read a file of submissions in this process; the sandbox costs time and is tried elsewhere."""

    def reader(content, name="data.xml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        [file] = form_file.read(path, {"columns": list(forms.COLUMNS), "labels": LABELS})["files"]
        return forms.understood(Handed(path, name), "0" * 64, file["value"], CONTEXT)

    return reader


@pytest.fixture
def of_table(tmp_path):
    """The visit that a table of the same answers brings."""

    def reader(answers):
        path = tmp_path / "visits.csv"
        path.write_text(filled.visit_table(answers), encoding="utf-8")
        table = visit_table.read(path, {})
        [row] = visits.interpret(table, settings=Settings(), now=NOW, zone=CONTEXT.zone)
        assert row.error is None
        return row.visit

    return reader


WAYS = {
    "collect.xml": lambda answers: filled.instance("visit", answers),
    "central.csv": lambda answers: filled.csv_text([filled.central_row(answers, group="grp-")]),
    "central.json": filled.central_odata,
    "kobo.csv": filled.kobo_csv,
    "kobo.xlsx": filled.kobo_xlsx,
    "kobo.json": filled.kobo_json,
    "kobo_words.csv": lambda answers: filled.kobo_words(answers, LABELS),
}


@pytest.mark.parametrize("name", WAYS)
def test_the_same_answers_are_the_same_visit_on_every_way(read, of_table, name):
    file = read(WAYS[name](FOUND), name)
    [row] = file.visits
    assert row.error is None
    assert row.visit == of_table(FOUND)
    assert row.submission.instance_id == "5f2b"
    assert [attached for attached, _ in row.submission.attachments] == ["1760000000000.jpg"]
    assert row.checks == ()


@pytest.mark.parametrize(("form", "answers"), [("eradication", DESTROYED), ("verification", VERIFIED)])
def test_each_form_brings_the_visit_that_its_answers_are_in_a_table(read, of_table, form, answers):
    file = read(filled.instance(form, answers))
    assert (file.form, file.format) == (f"eradication_{form}", "xml")
    assert [row.visit for row in file.visits] == [of_table(answers)]
    assert file.visits[0].checks == ()


def test_the_form_of_tips_brings_tips_and_keeps_the_source_apart(read):
    file = read(filled.instance("tip", TOLD))
    [row] = file.tips
    assert (row.tip.key, row.tip.lon, row.tip.lat, row.tip.radius_m) == (("BP01", "T-BP01-1"), 104.86, 20.8, 100.0)
    assert row.tip.place == "đầu suối"
    assert row.informant.reveal() == TOLD["source"]
    assert "Canary" not in repr(file)
    assert row.submission.sha256 == ""
    csv = read(filled.csv_text([filled.central_row(TOLD)]), "tips.csv")
    assert csv.tips[0].tip == row.tip


def test_a_submission_without_a_number_of_its_own_is_numbered_by_its_filling_in(read):
    assert read(filled.instance("visit", FOUND | {"visit_id": ""}, "ab-12")).visits[0].visit.visit_id == "ab-12"
    assert read(filled.instance("tip", TOLD | {"tip_id": ""}, "cd-34")).tips[0].tip.tip_id == "cd-34"
    nameless = read(filled.instance("visit", FOUND | {"visit_id": ""}, "")).visits[0]
    assert nameless.reason == "missing_field"


def test_an_outline_of_the_plot_is_its_geometry(read):
    walked = "20.7900 104.8500 0 0;20.7902 104.8500 0 0;20.7902 104.8502 0 0;20.7900 104.8500 0 0"
    [row] = read(filled.instance("visit", FOUND | {"outline": walked})).visits
    assert row.outline.geom_type == "Polygon"
    assert row.outline.bounds == (104.85, 20.79, 104.8502, 20.7902)
    [bad] = read(filled.instance("visit", FOUND | {"outline": "20.79 104.85 0 0;north east"})).visits
    assert bad.reason == "bad_geometry"


def test_who_did_not_get_there_names_the_plot_and_stands_nowhere(read):
    answers = {name: FOUND[name] for name in ("visit_id", "visited_at", "unit", "officers", "selection_mode")}
    answers |= {"outcome": "not_reached", "plot_text": "VH-26-001", "not_reached_reason": "weather"}
    visit = read(filled.instance("visit", answers)).visits[0].visit
    assert (visit.plot_id, visit.lon, visit.not_reached_reason) == ("VH-26-001", None, "weather")


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("outcome", "outcome"),
        ("grp-outcome", "outcome"),
        ("a/b/outcome", "outcome"),
        ("visit-id", "visit_id"),
        ("grp-place-Latitude", "lat"),
        ("_place_longitude", "lon"),
        ("nhom/_place_latitude", "lat"),
        ("_place_precision", ""),
        ("_home_latitude", ""),
        ("meta-instanceID", "instance_id"),
        ("KEY", "instance_id"),
        ("_uuid", "instance_id"),
        ("_id", ""),
        ("officers/CB012", ""),
        ("photo_before_URL", ""),
        ("Diện tích đo được (m²)", "area_m2"),
        ("Nhóm/Kết quả", "outcome"),
        ("Measured area (m²)", "area_m2"),
        ("_Vị trí_latitude", "lat"),
        ("_Position_longitude", "lon"),
        ("_Điểm trên bản đồ (nếu biết)_longitude", "lon"),
        ("Phần diện tích đã phá, cộng dồn (0–1)", "destroyed_fraction"),
    ],
)
def test_columns_of_servers_are_told_by_their_last_part(column, name):
    assert form_columns.name_of(column, KNOWN) == name


@pytest.mark.slow
@given(st.text(max_size=40))
def test_any_heading_has_a_known_name_or_none(column):
    assert form_columns.name_of(column, KNOWN) in KNOWN.known | {*form_columns.POINTS, *form_columns.PLOT_PARTS} | {
        *("lon", "lat", "instance_id", "outline", "")
    }


def test_columns_that_are_not_understood_are_named_and_left_out(read):
    file = read(filled.csv_text([filled.central_row(FOUND) | {"household": "x"}]), "central.csv")
    assert "household" in file.left_out
    assert not any(check.startswith("unknown_column") for check in file.visits[0].checks)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        ('<data id="other"><colour>red</colour></data>', "a.xml", "unknown_form"),
        ("colour,size\nred,1\n", "a.csv", "unknown_form"),
        ('{"value": []}', "a.json", "no_content"),
        ('{"value": [1, 2]}', "a.json", "unknown_format"),
        ('{"value": [{"area_m2": NaN}]}', "a.json", "unreadable_table"),
        ("[" * 100_000, "a.json", "unreadable_table"),
        (b"\xff\xd8\xff\xe0" + bytes(60), "a.csv", "unknown_format"),
        ('<data encrypted="yes" id="eradication_visit"><base64EncryptedKey>x</base64EncryptedKey></data>', "a.xml",
         "encrypted_submission"),
        ("<data><a>1</a>", "a.xml", "malformed_xml"),
        ("<data>" + "".join(f"<q{n}>1</q{n}>" for n in range(3000)) + "</data>", "a.xml", "too_costly"),
    ],
)  # fmt: skip
def test_what_is_no_submission_is_refused_and_says_what_to_do(read, content, name, kind):
    with pytest.raises(RefusedInput) as refusal:
        read(content, name)
    assert refusal.value.kind == kind
    assert refusal.value.hint


def test_an_empty_form_is_told_from_a_filled_in_one(read):
    assert read('<h:html xmlns:h="x"><h:head><model/></h:head></h:html>').definition


def test_a_table_of_one_form_holds_many_rows_each_judged_by_itself(read):
    rows = [filled.central_row(FOUND | {"visit_id": f"v{n}", "area_m2": a}, f"i{n}") for n, a in enumerate(("3", "-3"))]
    file = read(filled.csv_text(rows), "central.csv")
    assert [(row.reason, row.submission.instance_id) for row in file.visits] == [("", "i0"), ("bad_area", "i1")]


def test_json_of_numbers_and_lists_is_taken(read):
    record = {**FOUND, "area_m2": 320.5, "plant_count": 4000, "officers": ["CB012", "CB045"]}
    [row] = read(json.dumps([record]), "a.json").visits
    assert (row.visit.area_m2, row.visit.plant_count, row.visit.officers) == (320.5, 4000, ("CB012", "CB045"))


def test_a_question_in_words_has_one_name_in_all_forms():
    asked = [
        (fold(words), q.name) for f in form_questions.FORMS.values() for q in f.questions for words in q.label if words
    ]
    assert len(set(asked)) == len({words for words, _ in asked})
