"""The forms for telephones: as shipped, as written now, and as ODK Validate takes them."""

import re
import shutil
import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from eradication.domain.codes import fold, parse_code
from eradication.domain.visit import CODED_FIELDS
from eradication.ingest.formats.form_columns import OUTLINE, PLOT_PARTS, POINTS
from eradication.ingest.forms import COLUMNS
from eradication.report import xlsform
from eradication.report.form_questions import FORMS

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "forms"
QUESTIONS = [(name, question) for name, form in FORMS.items() for question in form.questions]
OURS = frozenset({"started", "lot", "independence"})
"""Questions whose answers are no column: they number the record, or only tell something."""


def cells(data) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(data)
    return {s.title: [["" if c is None else c for c in row] for row in s.iter_rows(values_only=True)] for s in book}


@pytest.mark.parametrize("name", FORMS)
def test_a_shipped_form_says_what_the_project_says_today(name):
    shipped = cells(SHIPPED / f"{name}.xlsx")
    assert shipped == xlsform.sheets(FORMS[name]), "write them anew: eradication forms write data/forms"


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_the_same_bytes_whenever_it_is_written(name, tmp_path):
    first = xlsform.workbook(FORMS[name])
    [path] = [path for path in xlsform.write(tmp_path) if path.stem == name]
    assert path.read_bytes() == first
    assert b"2026-01-01T00:00:00Z" in zipfile.ZipFile(path).read("docProps/core.xml")


def test_every_form_is_shipped_and_nothing_else():
    assert {path.name for path in SHIPPED.iterdir()} == {f"{name}.xlsx" for name in FORMS}


@cache
def compiled(name: str) -> str:
    from pyxform.xls2xform import convert

    warnings: list[str] = []
    found = convert(str(SHIPPED / f"{name}.xlsx"), warnings=warnings, validate=True)
    assert warnings == []
    return found.xform


@pytest.mark.parametrize("name", FORMS)
def test_a_form_passes_odk_validate_without_a_warning(name):
    if shutil.which("java") is None:
        pytest.skip("ODK Validate needs java")
    xform = compiled(name)
    assert f'id="{FORMS[name].id}"' in xform
    assert 'lang="Tiếng Việt (vi)" default="true()"' in xform


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=lambda x: x if isinstance(x, str) else x.name)
def test_a_question_is_a_column_and_speaks_both_languages(name, question):
    assert question.name in {*COLUMNS, *POINTS, *PLOT_PARTS, OUTLINE, *OURS}
    if question.kind not in ("calculate", "start"):
        assert all(question.label)
        assert all(question.hint) or question.kind == "note"
    assert bool(question.constraint) == all(question.refusal)


@pytest.mark.parametrize(
    ("name", "question"), [(n, q) for n, q in QUESTIONS if q.choices], ids=lambda x: x if isinstance(x, str) else x.name
)
def test_a_choice_and_its_words_in_both_languages_are_read_as_its_code(name, question):
    rows = [row for row in xlsform.sheets(FORMS[name])["choices"] if row[0] == f"{question.name}_codes"]
    kind = type(question.choices[0])
    assert CODED_FIELDS.get(question.name, kind) is kind
    for _, code, vietnamese, english in rows:
        assert {parse_code(kind, text) for text in (code, vietnamese, english)} == {kind(code)}
        assert fold(vietnamese) == fold(kind(code).vietnamese[0])


def paths(name: str) -> list[int]:
    """Questions that must be answered, for each way through a form."""
    form = FORMS[name]
    outcomes = next((q.choices for q in form.questions if q.name == "outcome" and q.choices), (None,))
    counts = []
    for outcome in outcomes:
        count = 0
        for question in form.questions:
            asked = question.relevant
            about = re.findall(r"\$\{outcome\} (!?=) '(\w+)'", asked)
            if outcome and any((outcome == code) != (sign == "=") for sign, code in about):
                continue
            if question.required == "yes":
                # What follows from another answer follows from one that can be given on this way.
                other = re.findall(r"\$\{(\w+)\} != ''", asked)
                parent = next((q for q in form.questions if q.name in other), None)
                skipped = parent and re.findall(r"= '(\w+)'", parent.relevant) not in ([], [outcome])
                count += not skipped
        counts.append(count)
    return counts


@pytest.mark.parametrize("name", FORMS)
def test_no_way_through_a_form_needs_more_than_ten_answers(name):
    assert max(paths(name)) <= 10
    assert min(paths(name)) >= 3


@pytest.mark.parametrize("name", ["visit", "eradication", "verification"])
def test_officers_are_codes_and_never_names(name):
    question = next(q for q in FORMS[name].questions if q.name == "officers")
    [pattern] = re.findall(r"regex\(\., '(.*)'\)", question.constraint)
    assert re.fullmatch(pattern, "CB012;CB045")
    assert re.fullmatch(pattern, "CB012; 45")
    assert bool(re.fullmatch(pattern, "CB012")) == (name != "eradication")
    for words in ("Lò Văn A", "Lo Van A", "CB012, CB045", "an;binh", ""):
        assert re.fullmatch(pattern, words) is None
