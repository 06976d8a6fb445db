"""Times a user types: a day alone means all of it."""

from datetime import UTC, datetime

import pytest

from eradication.cli.moments import day, time
from eradication.errors import UnusableInput


def test_as_of_a_day_means_its_end_in_local_time_and_since_a_day_its_beginning():
    assert time("2026-03-01", end_of_day=True) == datetime(2026, 3, 1, 16, 59, 59, 999999, tzinfo=UTC)
    assert time("2026-03-01") == datetime(2026, 2, 28, 17, tzinfo=UTC)
    assert time("2026-03-01T08:00:00+07:00") == datetime(2026, 3, 1, 1, tzinfo=UTC)


def test_words_are_not_times():
    with pytest.raises(UnusableInput):
        time("yesterday")


def test_a_day_is_read_and_what_is_none_names_its_option():
    assert day("2026-03-01", "--date").isoformat() == "2026-03-01"
    with pytest.raises(UnusableInput) as refused:
        day("1/3/2026", "--date")
    assert (refused.value.kind, refused.value.where) == ("bad_date", "--date")
