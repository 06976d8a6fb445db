"""Whoever refuses a file or a row says what to do about it."""

import ast
from pathlib import Path

import pytest

INGEST = Path(__file__).parents[2] / "eradication" / "ingest"
MODULES = [
    *(
        "patrols.py",
        "sandbox.py",
        "conversion.py",
        "converter.py",
        "foreign.py",
        "verdicts.py",
        "table_cells.py",
        "visit_place.py",
        "visit_row.py",
        "visits.py",
    ),
    *(f"formats/{name}.py" for name in ("columns", "geojson", "hardened_xml", "headers", "parquet", "sniff")),
    *("formats/table.py", "formats/visit_table.py", "formats/visit_package.py", "unpacking.py"),
    *("photos.py", "formats/photo.py", "formats/photo_kind.py"),
    *("tips.py", "forms.py", "commune_names.py"),
    *(f"formats/{name}.py" for name in ("form_columns", "form_file", "form_instance", "form_json")),
    *(f"formats/{name}.py" for name in ("fit", "geopackage", "layers", "shapefiles", "workbook", "zipped")),
]


def without_hint(source):
    """Lines that make a refusal without a hint."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    made = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("RefusedInput", "UnusableInput")]
    return [c.lineno for c in made if "hint" not in {keyword.arg for keyword in c.keywords}]


@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_says_what_to_do(module):
    assert without_hint((INGEST / module).read_text(encoding="utf-8")) == []


def test_a_refusal_without_a_hint_is_found():
    assert without_hint("raise RefusedInput('kind', 'message', where='here')") == [1]
