"""Cells as people type them: read where they have one meaning, refused where they have two."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.errors import RefusedInput
from eradication.ingest import table_cells as cells


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("320", 320.0),
        ("320.5", 320.5),
        ("320,5", 320.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1234567.0),
        ("1 250", 1250.0),
        ("0,125", 0.125),
        ("3.2e2", 320.0),
        ("12,3456", 12.3456),
        ("1.234", 1.234),
    ],
)
def test_numbers_are_read_where_they_have_one_meaning(written, meant):
    assert cells.number(written, "area_m2") == meant


@pytest.mark.parametrize("written", ["1,234", "12,345"])
def test_numbers_with_two_meanings_are_refused(written):
    with pytest.raises(RefusedInput, match="two numbers"):
        cells.number(written, "area_m2")


@pytest.mark.parametrize("written", ["1,23,4", "12.34,5", "--5", "0x1F", "1_000", "٣", "5 m²", "1e9999", True])
def test_what_is_not_a_number_is_refused(written):
    with pytest.raises(RefusedInput, match="not a number"):
        cells.number(written, "area_m2")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_by_a_program_is_read_back(value):
    assert cells.number(repr(value), "x") == value
    assert cells.number(value, "x") == value


def test_a_moment_as_gdal_writes_it_is_read():
    assert cells.moment("2025/12/21 08:00:00", ZoneInfo("Asia/Ho_Chi_Minh"))[0] == datetime(2025, 12, 21, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"), [("'=1+1", "=1+1"), ("'@x", "@x"), ("'s", "'s"), ("'", "'"), ("=1", "=1")]
)
def test_a_text_that_was_marked_as_one_for_spreadsheets_is_read_as_it_was(written, meant):
    assert cells.text(written) == meant
