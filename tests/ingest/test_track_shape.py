"""Where a track was broken off, and what of it was driven."""

from datetime import UTC, datetime

import numpy as np
import pytest

from eradication.config import Cleaning
from eradication.domain import Fixes
from eradication.ingest import cleaning, track_shape

NOW = datetime(2026, 5, 1, tzinfo=UTC)
BEGIN_S = datetime(2026, 2, 10, tzinfo=UTC).timestamp()


def cleaned(east_m, north_m, time_s):
    lon, lat = 104 + np.asarray(east_m) / 103_900, 21 + np.asarray(north_m) / 110_700
    none = np.full(len(lon), np.nan, np.float32)
    times = BEGIN_S + np.asarray(time_s, float)
    return cleaning.clean(Fixes(lon, lat, none, times, none, none, np.zeros(len(lon), np.uint8)), Cleaning(), NOW)


def test_a_silence_is_a_gap_with_its_length():
    segments = cleaned([0, 30, 60, 90, 120], [0] * 5, [0, 30, 60, 960, 990])
    assert track_shape.gaps(segments) == track_shape.Gaps(1, 900.0)


def test_a_track_in_one_piece_and_none_at_all_have_no_gap():
    assert track_shape.gaps(cleaned([0, 30, 60], [0] * 3, [0, 30, 60])) == track_shape.Gaps(0, None)
    assert track_shape.gaps([]) == track_shape.Gaps(0, None)


def test_a_jump_without_times_is_a_gap_of_unknown_length():
    assert track_shape.gaps(cleaned([0, 30, 900, 930], [0] * 4, [np.nan] * 4)) == track_shape.Gaps(1, None)


def test_a_drive_splits_a_track_and_is_no_gap():
    walk = list(range(0, 300, 30))
    drive = list(range(walk[-1] + 300, walk[-1] + 3000, 300))
    after = list(range(drive[-1] + 30, drive[-1] + 300, 30))
    times = [30 * k for k in range(len(walk) + len(drive) + len(after))]
    segments = cleaned(walk + drive + after, [0] * len(times), times)
    assert len(segments) == 2
    assert track_shape.gaps(segments) == track_shape.Gaps(0, None)
    assert track_shape.drives(segments).count == 1
    assert track_shape.drives(segments).km == pytest.approx(2.7, rel=0.01)
    assert track_shape.drives(cleaned([0, 30], [0, 0], [0, 30])) == track_shape.drives([]) == track_shape.Drives(0, 0.0)
