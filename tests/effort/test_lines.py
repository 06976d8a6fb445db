"""What was walked: kept fixes with times, without what was driven, stood or jumped over."""

from datetime import date, datetime

import numpy as np
import pytest

from eradication import geo
from eradication.domain import MARKS, TIMEZONE, Fixes
from eradication.effort.lines import join, walked

START = datetime(2026, 3, 10, 7, 0, tzinfo=TIMEZONE).timestamp()


def fixes(east, seconds=None, marks=None, lat=20.8):
    lon, _, _ = geo.GEOD.fwd(np.full(len(east), 104.6), np.full(len(east), lat), np.full(len(east), 90.0), east)
    nothing = np.full(len(east), np.nan, np.float32)
    time = START + (np.arange(len(east)) * 10.0 if seconds is None else np.asarray(seconds, float))
    codes = np.array([MARKS.index(m) for m in marks or ["kept"] * len(east)], np.uint8)
    return Fixes(np.asarray(lon), np.full(len(east), lat), nothing, time, nothing, nothing, codes)


def test_metres_days_and_seconds_of_a_plain_walk():
    lines = walked([fixes([0, 10, 20, 30])])
    assert np.hypot(*np.diff(lines.xy, axis=0).T) == pytest.approx([10, 10, 10], rel=1e-3)
    assert lines.moving_s.tolist() == [0, 10, 10, 10]
    assert lines.step_m == pytest.approx([0, 10, 10, 10], rel=1e-3)
    assert walked([fixes([0, 10, 20, 30])], 27.0).step_m == pytest.approx([0, 9, 9, 9], rel=1e-3)
    assert lines.joined.tolist() == [False, True, True, True]
    assert {date.fromordinal(day) for day in lines.day.tolist()} == {date(2026, 3, 10)}


def test_a_stop_is_no_time_on_the_move_and_a_spike_no_place():
    marks = ["kept", "kept", "stationary", "stationary", "kept", "spike", "kept"]
    lines = walked([fixes([0, 10, 11, 10, 20, 400, 30], [0, 10, 200, 400, 410, 415, 420], marks)])
    assert lines.moving_s.tolist() == [0, 10, 10, 10]
    assert np.ptp(lines.xy[:, 0]) == pytest.approx(30, rel=1e-3)


def test_segments_are_not_joined_and_untimed_or_far_ones_left_out():
    untimed = fixes([0, 10], [np.nan, np.nan])
    away = fixes([0, 10])
    far = Fixes(away.lon - 90, away.lat, away.ele_m, away.time_s, away.accuracy_m, away.hdop, away.mark)
    lines = walked([fixes([0, 10]), untimed, far, fixes([500, 510])])
    assert lines.joined.tolist() == [False, True, False, True]
    assert len(walked([untimed]).xy) == len(walked([]).xy) == len(join([]).xy) == 0


def test_the_local_day_changes_at_local_midnight():
    night = datetime(2026, 3, 10, 23, 59, 55, tzinfo=TIMEZONE).timestamp() - START
    lines = walked([fixes([0, 10], [night, night + 10])])
    assert [date.fromordinal(day).day for day in lines.day.tolist()] == [10, 11]
    assert lines.only(lines.day == lines.day[1]).joined.tolist() == [False]
