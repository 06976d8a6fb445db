"""Every rule of cleaning, on tracks whose faults are known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from eradication import geo
from eradication.config import Cleaning
from eradication.domain import MARKS, Fixes
from eradication.ingest import cleaning

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = datetime(2026, 5, 1, tzinfo=UTC)
BEGIN = datetime(2026, 2, 10, 1, tzinfo=UTC).timestamp()
RULES = Cleaning()


def track(east_m, north_m=0.0, *, every_s=5.0, times=None, accuracy=np.nan, hdop=np.nan, flagged=()):
    """A track near 104°E 21°N from offsets in metres."""
    east = np.atleast_1d(np.asarray(east_m, float))
    north = np.broadcast_to(np.asarray(north_m, float), east.shape)
    n = len(east)
    lat = 21.0 + north / 110_700.0
    lon = 104.0 + east / (111_320.0 * np.cos(np.radians(21.0)))
    mark = np.zeros(n, np.uint8)
    mark[list(flagged)] = MARKS.index("flagged_by_source")
    return Fixes(
        lon=lon,
        lat=lat.copy(),
        ele_m=np.full(n, np.nan, np.float32),
        time_s=BEGIN + np.arange(n) * every_s if times is None else np.asarray(times, float),
        accuracy_m=np.broadcast_to(np.float32(accuracy), n).copy(),
        hdop=np.broadcast_to(np.float32(hdop), n).copy(),
        mark=mark,
    )


def marks(pieces):
    return [MARKS[m] for piece in pieces for m in piece.mark]


def walk(n, pace_m=6.0):
    return np.arange(n) * pace_m


def test_a_plain_walk_keeps_every_fix():
    pieces = cleaning.clean(track(walk(100)), RULES, NOW)
    found = cleaning.measure(pieces)
    assert marks(pieces) == ["kept"] * 100
    assert found.length_km == pytest.approx(0.594, rel=2e-3)
    assert found.hours == pytest.approx(99 * 5 / 3600)
    assert (found.start, found.end) == (
        datetime(2026, 2, 10, 1, tzinfo=UTC),
        datetime(2026, 2, 10, 1, 8, 15, tzinfo=UTC),
    )


def test_an_empty_segment_gives_no_piece():
    assert cleaning.clean(track(np.zeros(0)), RULES, NOW) == []
    assert cleaning.measure([]) == cleaning.Measured(0.0, 0.0, None, None, {})


@pytest.mark.parametrize(
    ("lon", "lat"), [(104.0, 95.0), (np.nan, 21.0), (1e308, 21.0), (104.0, -np.inf), (0.0, 0.0), (181.0, 21.0)]
)
def test_T12_a_place_nowhere_on_earth_is_marked(lon, lat):
    fixes = track(walk(5))
    fixes.lon[2], fixes.lat[2] = lon, lat
    assert marks(cleaning.clean(fixes, RULES, NOW)) == ["kept", "kept", "bad_coordinates", "kept", "kept"]


def test_what_the_source_called_junk_stays_junk():
    assert marks(cleaning.clean(track(walk(3), flagged=[1]), RULES, NOW)) == ["kept", "flagged_by_source", "kept"]


def test_T12_times_ahead_of_the_clock_are_marked():
    fixes = track(walk(3))
    fixes.time_s[2] = (NOW + timedelta(hours=25)).timestamp()
    assert marks(cleaning.clean(fixes, RULES, NOW))[2] == "future_time"


def test_T12_a_rolled_over_week_counter_is_marked_and_a_correction_offered():
    fixes = track(walk(4))
    fixes.time_s[:] -= cleaning.ROLLOVER_S
    pieces = cleaning.clean(fixes, RULES, NOW)
    assert set(marks(pieces)) == {"implausible_time"}
    assert cleaning.rollover(pieces, NOW) == {"fixes": 4, "weeks": 1024, "first": "2026-02-10T01:00:00+00:00"}
    assert cleaning.rollover(cleaning.clean(track(walk(4)), RULES, NOW), NOW) is None


def test_poor_and_unknown_accuracy_and_dilution_are_marked():
    fixes = track(walk(5), accuracy=25.0, hdop=5.0)
    fixes.accuracy_m[1], fixes.accuracy_m[2], fixes.hdop[3] = 25.1, -1.0, 5.1
    assert marks(cleaning.clean(fixes, RULES, NOW)) == [
        "kept",
        "poor_accuracy",
        "poor_accuracy",
        "poor_dilution",
        "kept",
    ]


def test_a_repeated_fix_is_a_duplicate_with_and_without_times():
    assert marks(cleaning.clean(track([0, 0, 6], times=[BEGIN, BEGIN, BEGIN + 5]), RULES, NOW))[1] == "duplicate"
    assert marks(cleaning.clean(track([0, 0, 6], times=[np.nan] * 3), RULES, NOW))[1] == "duplicate"


def test_one_clock_jump_does_not_spoil_the_track_after_it():
    times = BEGIN + np.arange(8) * 5.0
    times[3] += 3600
    assert marks(cleaning.clean(track(walk(8), times=times), RULES, NOW)) == [
        *["kept"] * 3,
        "time_reversed",
        *["kept"] * 4,
    ]


def test_two_places_at_one_time_cannot_both_be_right():
    times = BEGIN + np.array([0.0, 5.0, 5.0, 10.0])
    assert marks(cleaning.clean(track(walk(4), times=times), RULES, NOW)).count("time_reversed") == 1


def test_an_out_and_back_is_a_spike():
    north = np.zeros(9)
    north[4] = 80.0
    assert marks(cleaning.clean(track(walk(9, 4.0), north, every_s=3.0), RULES, NOW))[4] == "spike"


def test_a_slow_detour_is_no_spike():
    north = np.zeros(9)
    north[4] = 80.0
    assert marks(cleaning.clean(track(walk(9, 40.0), north, every_s=60.0), RULES, NOW)) == ["kept"] * 9


def test_a_jump_is_too_fast_until_it_could_have_been_walked():
    north = np.zeros(40)
    north[20:] = 100.0
    got = marks(cleaning.clean(track(walk(40, 5.0), north), RULES, NOW))
    assert got[:20] == ["kept"] * 20
    assert got[20] == "too_fast"
    assert got[24] == "too_fast"  # 100 m at 12 km/h take 30 s
    assert got[-10:] == ["kept"] * 10


def test_a_wrong_first_fix_does_not_condemn_the_rest():
    got = marks(cleaning.clean(track([-5000.0, *walk(20)]), RULES, NOW))
    assert got == ["too_fast", *["kept"] * 20]


def test_a_drive_is_a_vehicle_leg_and_splits_the_walk():
    east = np.concatenate([walk(30), 174 + np.cumsum(np.full(40, 50.0)), 2174 + walk(30)[1:]])
    pieces = cleaning.clean(track(east), RULES, NOW)
    found = cleaning.measure(pieces)
    assert found.marked == {"vehicle": 40}
    assert len(pieces) == 2
    assert found.length_km == pytest.approx((29 + 28) * 6 / 1000, rel=5e-3)


def test_a_short_halt_between_two_drives_belongs_to_them():
    drive = np.cumsum(np.full(30, 50.0))
    east = np.concatenate([drive, drive[-1] + np.arange(1, 6) * 0.5, drive[-1] + 2.5 + drive])
    assert cleaning.measure(cleaning.clean(track(east), RULES, NOW)).marked == {"vehicle": 64}


def test_a_jittering_receiver_is_no_vehicle():
    jitter = np.random.default_rng(1).normal(0.0, 8.0, (2, 600))
    assert "vehicle" not in marks(cleaning.clean(track(*jitter, every_s=1.0), RULES, NOW))


def test_a_slow_corner_does_not_end_a_drive():
    east = np.cumsum(np.where(np.arange(80) % 30 == 29, 2.0, 13.0))
    assert cleaning.measure(cleaning.clean(track(east, every_s=1.0), RULES, NOW)).marked == {"vehicle": 79}


def test_a_calm_walk_after_a_short_fast_ride_is_believed_again():
    east = np.concatenate([walk(20), 114 + np.cumsum(np.full(9, 50.0)), 564 + walk(60)[1:]])
    got = marks(cleaning.clean(track(east), RULES, NOW))
    assert got == ["kept"] * 20 + ["too_fast"] * 8 + ["kept"] * 60


def test_impossible_speeds_are_errors_not_vehicles():
    east = np.concatenate([walk(10), [9000.0], 54 + walk(10)[1:]])
    assert marks(cleaning.clean(track(east, every_s=90.0), RULES, NOW))[10] == "too_fast"


def test_a_stop_collapses_to_its_first_fix_and_its_time_does_not_count():
    rest = 60 + np.tile([0.0, 3.0, -2.0, 1.0], 30)
    east = np.concatenate([walk(10), rest, 66 + walk(10)])
    pieces = cleaning.clean(track(east), RULES, NOW)
    found = cleaning.measure(pieces)
    assert len(pieces) == 1
    assert found.marked["stationary"] >= 118
    assert found.hours == pytest.approx(20 * 5 / 3600, abs=3 * 5 / 3600)
    assert found.length_km == pytest.approx(0.120, abs=0.02)


def test_silences_and_jumps_split_and_are_never_bridged():
    times = BEGIN + np.arange(20) * 5.0
    times[10:] += 301
    pieces = cleaning.clean(track(walk(20), times=times), RULES, NOW)
    assert [len(p) for p in pieces] == [10, 10]
    assert cleaning.measure(pieces).length_km == pytest.approx(0.108, rel=5e-3)
    east = walk(20)
    east[10:] += 300
    times = BEGIN + np.arange(20) * 30.0
    times[10:] += 120
    assert [len(p) for p in cleaning.clean(track(east, times=times), RULES, NOW)] == [10, 10]


def test_a_device_set_to_ten_minutes_has_no_gap_at_ten_minutes():
    pieces = cleaning.clean(track(walk(20, 500.0), every_s=600.0), RULES, NOW)
    assert len(pieces) == 1
    assert cleaning.measure(pieces).hours == pytest.approx(19 / 6)


def test_a_track_without_times_has_length_and_no_hours():
    pieces = cleaning.clean(track(walk(20, 50.0), times=np.full(20, np.nan)), RULES, NOW)
    found = cleaning.measure(pieces)
    assert marks(pieces) == ["kept"] * 20
    assert (found.hours, found.start, found.end) == (0.0, None, None)
    assert found.length_km == pytest.approx(0.95, rel=5e-3)


def test_a_track_without_times_bridges_no_jump_either():
    far = np.array([0.0, 50.0, 100.0, 5_100.0, 5_150.0])
    pieces = cleaning.clean(track(far, times=np.full(5, np.nan)), RULES, NOW)
    assert [len(piece) for piece in pieces] == [3, 2]
    assert cleaning.measure(pieces).length_km == pytest.approx(0.15, rel=5e-3)


def test_places_a_jump_apart_without_times_are_no_way_however_alike_the_jumps_are():
    pieces = cleaning.clean(track(walk(6, 50_000.0), times=np.full(6, np.nan)), RULES, NOW)
    assert cleaning.measure(pieces).length_km == 0.0


def test_a_route_is_only_held_to_being_on_earth():
    fixes = track([0, 5000, 0], times=[np.nan] * 3)
    fixes.lat[1] = 91.0
    assert [MARKS[m] for m in cleaning.mark_places(fixes).mark] == ["kept", "bad_coordinates", "kept"]


ODD = st.sampled_from([np.nan, np.inf, -np.inf, 1e308, 0.0, 95.0, -95.0, 180.0, -180.0, 104.0])
OFFSET = st.floats(-3000, 3000)


@st.composite
def any_track(draw):
    n = draw(st.integers(0, 60))
    column = lambda elements: draw(arrays.arrays(np.float64, n, elements=elements))  # noqa: E731
    steps = column(st.sampled_from([0.0, 1.0, 5.0, 30.0, 90.0, 400.0, -20.0]))
    fixes = track(np.cumsum(column(st.sampled_from([0.0, 1.0, 5.0, 40.0, 250.0, -60.0]))), column(st.floats(-9, 9)))
    fixes.time_s[:] = BEGIN + np.cumsum(steps)
    for values in (fixes.lon, fixes.lat, fixes.time_s):
        for place in draw(st.lists(st.integers(0, max(n - 1, 0)), max_size=3 if n else 0)):
            values[place] = draw(ODD)
    fixes.accuracy_m[:] = column(st.sampled_from([np.nan, 3.0, 99.0]))
    fixes.mark[:] = column(st.sampled_from([0.0] * 9 + [float(MARKS.index("flagged_by_source"))]))
    return fixes


@UNHURRIED
@given(any_track())
def test_T12_every_fix_is_kept_or_marked_once_and_none_is_lost(fixes):
    pieces = cleaning.clean(fixes, RULES, NOW)
    found = cleaning.measure(pieces)
    kept = sum(int(p.kept.sum()) for p in pieces)
    assert kept + sum(found.marked.values()) == len(fixes)
    for name in ("lon", "lat", "time_s", "accuracy_m"):
        back = np.concatenate([getattr(p, name) for p in pieces]) if pieces else np.zeros(0)
        np.testing.assert_array_equal(back, getattr(fixes, name))
    assert np.isfinite(found.length_km)
    assert found.hours >= 0.0


@UNHURRIED
@given(any_track())
def test_no_kept_step_is_faster_than_a_walk_or_longer_than_a_gap(fixes):
    for piece in cleaning.clean(fixes, RULES, NOW):
        kept = piece.kept & np.isfinite(piece.time_s)
        metres, seconds = geo.steps_m(piece.lon[kept], piece.lat[kept]), np.diff(piece.time_s[kept])
        assert (seconds > 0).all()
        beyond = metres - RULES.max_walk_kmh / 3.6 * seconds * 1.001
        # Noise alone may part two fixes by some metres.
        assert (beyond <= RULES.spike_m / 2 + 0.01).all()
        if np.isfinite(piece.time_s[piece.kept]).all():
            assert (metres <= 12 * RULES.gap_m + RULES.stop_m).all()
        if not np.isfinite(fixes.time_s).any():
            untimed = geo.steps_m(piece.lon[piece.kept], piece.lat[piece.kept])
            assert (untimed <= RULES.gap_m * 1.001).all()


@UNHURRIED
@given(any_track())
def test_cleaning_does_not_change_what_it_was_given(fixes):
    before = [getattr(fixes, name).copy() for name in ("lon", "lat", "time_s", "mark")]
    cleaning.clean(fixes, RULES, NOW)
    for old, name in zip(before, ("lon", "lat", "time_s", "mark"), strict=True):
        np.testing.assert_array_equal(old, getattr(fixes, name))
