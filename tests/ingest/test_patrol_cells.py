"""Which square kilometres a walk touches."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eradication import geo
from eradication.domain import Fixes
from eradication.ingest import grid_cells

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def walk(places, times):
    lon, lat = np.array(geo.transform(places, geo.UTM48, geo.WGS84)).T
    none = np.full(len(lon), np.nan, np.float32)
    return Fixes(lon, lat, none, np.asarray(times, float), none, none, np.zeros(len(lon), np.uint8))


def test_a_cell_crossed_between_two_fixes_counts():
    found, outside = grid_cells.visited([walk([(386_900, 2_358_500), (388_100, 2_358_600)], [0, 60])], HANOI)
    assert found == {"1970-01-01": ["386_2358", "387_2358", "388_2358"]}
    assert outside == 0


def test_days_are_cut_at_local_midnight():
    night = datetime(2026, 2, 10, 16, 59, tzinfo=UTC).timestamp()  # 23:59 in Sơn La
    found, _ = grid_cells.visited([walk([(386_500, 2_358_500), (386_550, 2_358_500)], [night, night + 120])], HANOI)
    assert found == {"2026-02-10": ["386_2358"], "2026-02-11": ["386_2358"]}


def test_marked_fixes_and_fixes_without_times_touch_nothing():
    segment = walk([(386_500, 2_358_500), (389_500, 2_358_500), (386_510, 2_358_500)], [0, 10, np.nan])
    segment.mark[1] = 1
    assert grid_cells.visited([segment], HANOI)[0] == {"1970-01-01": ["386_2358"]}


place = st.tuples(st.floats(-5, 5), st.floats(-5, 5)).map(np.array)


@UNHURRIED
@given(place, place, st.lists(st.floats(0, 1), max_size=20))
def test_every_point_of_a_line_lies_in_a_cell_it_is_said_to_cross(begin, end, shares):
    crossed = grid_cells.crossed(begin, end)
    for share in shares:
        spot = begin + share * (end - begin)
        near = {(int(e), int(n)) for e in np.floor(spot[0] + [-1e-6, 1e-6]) for n in np.floor(spot[1] + [-1e-6, 1e-6])}
        assert near & crossed


@pytest.mark.parametrize("end", [(0.5, 0.5), (0.2, 0.9)])
def test_a_line_within_one_cell_crosses_one(end):
    assert grid_cells.crossed(np.array([0.5, 0.5]), np.array(end)) == {(0, 0)}
