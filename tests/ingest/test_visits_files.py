"""Files that are, or are not, tables of visits; read in the sandbox."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from eradication.config import Settings
from eradication.errors import RefusedInput, UnusableInput
from eradication.ingest import visits

NOW = datetime(2027, 3, 1, tzinfo=UTC)
HEADER = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method"


@pytest.fixture
def read(tmp_path: Path):
    """Write bytes and read them as a table of visits."""

    def reader(content, name="visits.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return visits.read(path, settings=Settings(), now=NOW, timezone="UTC")

    return reader


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a,b\n1,2\n", "not_a_visit_table"),
        (b"visit_id,outcome,Visit ID\n1,detected,2\n", "column_twice"),
        (b"\n \n", "no_content"),
        (b"<?xml version='1.0'?><gpx/>", "unknown_format"),
        (b"\x00\x01\x02\x03" * 50, "unknown_format"),
        (b"PK\x03\x04" + b"\x00" * 40, "bad_archive"),
        (b'{"type": "FeatureCollection", "features": []}', "no_content"),
        (b'{"type": "Topology"}', "unknown_format"),
        (b'{"type": "FeatureCollection", "features": [', "unreadable_table"),
        (b"[" * 100_000, "unreadable_table"),
        (b'{"type": "FeatureCollection", "features": [{"properties": {"area_m2": NaN}}]}', "unreadable_table"),
        (b'{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:9206"}},"features":[{}]}', "unknown_crs"),
    ],
)
def test_a_file_that_is_no_table_of_visits_is_refused(read, content, kind):
    with pytest.raises(RefusedInput) as refusal:
        read(content)
    assert refusal.value.kind == kind
    assert refusal.value.where.endswith("visits.csv")
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("visits.csv", f"{HEADER}\n"),
        ("visits.csv", f"{HEADER}\n,,,,,,,,\n\n"),
        ("visits.csv", f"sep=;\n{HEADER.replace(',', ';')}\n"),
    ],
)
def test_a_table_with_nothing_below_its_header_is_refused(read, name, content):
    with pytest.raises(RefusedInput) as refusal:
        read(content, name)
    assert refusal.value.kind == "no_content"
    assert refusal.value.where.endswith(name)
    assert refusal.value.hint


def test_a_workbook_with_nothing_below_its_header_is_refused(read):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(RefusedInput) as refusal:
        read(stream.getvalue(), name="visits.xlsx")
    assert refusal.value.kind == "no_content"


def archive(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/") + ".xml", content)
    return data.getvalue()


def test_an_archive_that_is_no_workbook_is_refused(read):
    with pytest.raises(RefusedInput) as refusal:
        read(archive(hello=b"world"), name="visits.xlsx")
    assert refusal.value.kind == "unknown_format"


def test_T13_a_workbook_with_a_doctype_is_refused(read):
    with pytest.raises(RefusedInput) as refusal:
        read(
            archive(xl__workbook=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><workbook/>'), name="visits.xlsx"
        )
    assert refusal.value.kind == "bad_archive"


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(read):
    with pytest.raises(RefusedInput) as refusal:
        read(archive(xl__workbook=b"<workbook/>", xl__sheet=b" " * 50_000_000), name="visits.xlsx")
    assert refusal.value.kind == "bad_archive"


def test_a_missing_file_is_a_usage_error(tmp_path):
    with pytest.raises(UnusableInput):
        visits.read(tmp_path / "none.csv", settings=Settings(), now=NOW, timezone="UTC")
