"""A camera's clock is found from satellites or from the patrol's track, and where it cannot be found that is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eradication import geo
from eradication.config import Photos, Settings
from eradication.domain import MARKS, Fixes
from eradication.ingest import photo_clock, photo_track
from eradication.ingest.photo_track import Walk

START_S, HOURS, STEP_S = 1_770_000_000.0, 4.0, 10.0


def walked(seed, hours=HOURS):
    """A patrol's true way: wandering, at walking pace, with stops. Times, metres east and north."""
    rng = np.random.default_rng(seed)
    times = np.arange(0.0, hours * 3600, STEP_S)
    pace = np.clip(rng.normal(0.7, 0.3, times.size), 0.0, None)
    for start in rng.integers(0, times.size, 4):
        pace[start : start + rng.integers(20, 90)] = 0.0
    heading = np.cumsum(rng.normal(0.0, 0.15, times.size))
    return times + START_S, np.cumsum(pace * STEP_S * np.cos(heading)), np.cumsum(pace * STEP_S * np.sin(heading))


def recorded(times, x, y, rng):
    noise = rng.normal(0.0, 3.0, (2, times.size))
    joined = np.ones(times.size - 1, bool)
    return Walk("p", "", times, x + noise[0], y + noise[1], np.full(times.size, 8.0), joined)


def photographed(seed, count, offset_s, noise_m=6.0):
    """A walk and photos on it by a camera that is ``offset_s`` ahead: walk, stated times, metres."""
    rng = np.random.default_rng(seed + 1_000_000)
    times, x, y = walked(seed)
    at = np.sort(rng.uniform(START_S + 60, START_S + HOURS * 3600 - 60, count))
    noise = rng.normal(0.0, noise_m, (2, count))
    return (
        recorded(times, x, y, rng),
        at + offset_s,
        np.interp(at, times, x) + noise[0],
        np.interp(at, times, y) + noise[1],
    )


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), count=st.integers(4, 40), offset=st.integers(-13 * 3600, 13 * 3600))
def test_the_offset_of_a_camera_is_found_within_what_is_said_of_it(seed, count, offset):
    walk, stated, x, y = photographed(seed, count, offset)
    found = photo_clock.from_track(stated, x, y, [walk], Photos())
    assert found.why in ("track", "flat_minimum", "two_minima")
    if found.settled:
        assert abs(found.offset_s - offset) <= 2.0 * found.uncertainty_s + 10.0
        assert found.residual_m < 20.0


def test_nearly_every_series_is_settled_and_within_its_uncertainty():
    offsets = [-25_200, -3600, 0, 437, 3600, 25_200] * 5
    told = [photo_clock.from_track(*_of(k, 8, offset), Photos()) for k, offset in enumerate(offsets)]
    within = [abs(c.offset_s - o) <= c.uncertainty_s for c, o in zip(told, offsets, strict=True) if c.settled]
    assert sum(c.settled for c in told) >= 28
    assert np.mean(within) >= 0.9
    assert np.median([c.uncertainty_s for c in told if c.settled]) < 30.0


def _of(seed, count, offset):
    walk, stated, x, y = photographed(seed, count, offset)
    return stated, x, y, [walk]


def test_outliers_up_to_a_third_do_not_move_it():
    walk, stated, x, y = photographed(3, 12, 3600.0)
    x[::3] += 5000.0
    found = photo_clock.from_track(stated, x, y, [walk], Photos())
    assert (found.why, abs(found.offset_s - 3600.0) <= found.uncertainty_s + 5.0) == ("track", True)


@pytest.mark.parametrize("seed", range(20))
def test_photos_of_another_walk_settle_nothing(seed):
    _, stated, x, y = photographed(seed + 500, 4, 0.0)
    times, there_x, there_y = walked(seed)
    walk = recorded(times, there_x, there_y, np.random.default_rng(seed))
    assert photo_clock.from_track(stated, x, y, [walk], Photos()).why == "far_from_track"


def test_who_stood_still_shows_no_time():
    walk, stated, *_ = photographed(1, 9, 0.0)
    still = Walk("p", "", walk.time_s, walk.x * 0, walk.y * 0, walk.error_m, walk.joined)
    found = photo_clock.from_track(stated, np.zeros(9), np.zeros(9), [still], Photos())
    assert (found.settled, found.why, found.offset_s) == (False, "flat_minimum", 0.0)


def test_a_way_walked_twice_is_ambiguous():
    times, x, y = walked(2)
    twice = np.concatenate([times, times + HOURS * 3600 + 1200])
    joined = np.ones(twice.size - 1, bool)
    joined[times.size - 1] = False
    walk = Walk("p", "", twice, np.tile(x, 2), np.tile(y, 2), np.full(twice.size, 8.0), joined)
    _, stated, px, py = photographed(2, 10, 0.0)
    assert photo_clock.from_track(stated, px, py, [walk], Photos()).why == "two_minima"


def test_two_photos_and_no_track_settle_nothing_and_say_so():
    walk, stated, x, y = photographed(1, 9, 0.0)
    assert photo_clock.from_track(stated[:2], x[:2], y[:2], [walk], Photos()).why == "too_few_photos"
    assert photo_clock.from_track(stated, x, y, [], Photos()).why == "no_track"
    assert photo_clock.from_track(stated + 40 * 86_400, x, y, [walk], Photos()).why == "no_track"


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.integers(-50_000, 50_000))
def test_satellites_show_the_offset_and_a_stale_one_does_not_move_it(noise, offset):
    gps = START_S + 60.0 * np.arange(len(noise))
    found = photo_clock.from_satellites(gps + offset + np.array(noise), gps, 120.0)
    assert found.why == "gps_time"
    assert abs(found.offset_s - offset) <= 51.0


def test_a_camera_that_differs_from_satellites_from_photo_to_photo_is_not_trusted():
    gps = START_S + np.arange(6) * 60.0
    ahead = np.array([0.0, 3600.0, 7200.0, -900.0, 5000.0, 20.0])
    assert photo_clock.from_satellites(gps + ahead, gps, 120.0).why == "unsteady"
    assert photo_clock.from_satellites(gps[:0], gps[:0], 120.0).why == "no_time"


def track(marks=None, seconds=None, count=10):
    lon = 104.5 + 0.0002 * np.arange(count)
    when = START_S + 20.0 * np.arange(count) if seconds is None else np.array(seconds, float)
    nan = np.full(count, np.nan, np.float32)
    mark = np.zeros(count, np.uint8) if marks is None else np.array(marks, np.uint8)
    return Fixes(lon, np.full(count, 21.2), nan, when, nan, nan, mark)


def test_a_patrol_is_between_two_fixes_and_nowhere_in_a_gap():
    seconds = START_S + np.array([0, 20, 40, 60, 80, 1080, 1100, 1120, 1140, 1160.0])
    walk = photo_track.walk("p", "BP01", [track(seconds=seconds)], Settings())
    x, _ = photo_track.at(walk, START_S + np.array([-1.0, 10.0, 500.0, 1080.0, 1090.0, 2000.0]))
    assert np.isfinite(x).tolist() == [False, True, False, True, True, False]
    lon, lat = geo.transform([(x[1], photo_track.at(walk, np.array([START_S + 10.0]))[1][0])], 32648, 4326)[0]
    assert geo.distance_m(lon, lat, 104.5001, 21.2) < 0.1


def test_fixes_that_stand_still_count_and_other_marks_do_not():
    still, spike = MARKS.index("stationary"), MARKS.index("spike")
    walk = photo_track.walk("p", "", [track([0, still, still, spike, 0, 0, 0, 0, 0, 0])], Settings())
    assert walk.time_s.size == 9
    assert photo_track.walk("p", "", [track([spike] * 10)], Settings()) is None
    assert photo_track.walk("p", "", [], Settings()) is None


def test_two_segments_are_not_joined_and_one_time_counts_once():
    first, second = track(), track(seconds=START_S + 200 + 20.0 * np.arange(10))
    walk = photo_track.walk("p", "", [first, second, first], Settings())
    assert (walk.time_s.size, int((~walk.joined).sum())) == (20, 1)


def test_the_error_grows_with_what_is_not_known_of_the_time():
    walk = photo_track.walk("p", "", [track()], Settings())
    errors = [photo_track.error_m(walk, START_S + 90.0, s) for s in (1.0, 20.0, 60.0, 600.0)]
    assert errors == sorted(errors)
    assert errors[0] == pytest.approx(8.0, abs=0.2)
    assert errors[1] == pytest.approx(np.hypot(8.0, 20.8), rel=0.05)
    assert errors[3] > 400.0
