"""Tracks with known truth, as a receiver would have recorded them: what cleaning, length and area make of them."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.interpolate import make_smoothing_spline

from eradication import geo
from eradication.config import Cleaning, Perimeters
from eradication.domain import MARKS, Fixes
from eradication.domain.patrol import Z95
from eradication.ingest import cleaning, perimeter, smoothing

NOW = datetime(2026, 5, 1, tzinfo=UTC)
BEGAN_S = datetime(2026, 2, 10, 1, tzinfo=UTC).timestamp()
RULES, WALKED = Cleaning(), Perimeters()
HERE = (104.6, 20.8)
SPEED_MS = 0.9

type Floats = npt.NDArray[np.float64]


def fixes(xy: Floats, time_s: Floats, accuracy_m: float = np.nan) -> Fixes:
    """Metres from a place become fixes."""
    away, bearing = np.hypot(*xy.T), np.degrees(np.arctan2(*xy.T))
    n = len(xy)
    lon, lat, _ = geo.GEOD.fwd(np.full(n, HERE[0]), np.full(n, HERE[1]), bearing, away)
    blank = np.full(n, np.nan, np.float32)
    stated = np.full(n, accuracy_m, np.float32)
    return Fixes(np.asarray(lon), np.asarray(lat), blank, BEGAN_S + time_s, stated, blank, np.zeros(n, np.uint8))


def winding(rng: np.random.Generator, seconds: int) -> Floats:
    """A way through terrain, one point a second."""
    turning = np.convolve(rng.normal(0, 0.9, seconds), np.ones(20) / 20, "same")
    heading = 0.3 * np.cumsum(turning)
    return SPEED_MS * np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]), axis=0)


def noise(
    rng: np.random.Generator, n: int, step_s: float, slow_m: float, white_m: float, memory_s: float = 60
) -> Floats:
    """Errors of a receiver: some wander and forget themselves, some are new in every fix."""
    keep = np.exp(-step_s / memory_s)
    drift, fresh = np.zeros((n, 2)), rng.standard_normal((n, 2))
    drift[0] = fresh[0]
    for k in range(1, n):
        drift[k] = keep * drift[k - 1] + np.sqrt(1 - keep**2) * fresh[k]
    return slow_m * drift + white_m * rng.standard_normal((n, 2))


def length_m(xy: Floats) -> float:
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())


@examples(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 5, 10]),
    st.floats(0.0, 3.0),
    st.floats(0.05, 1.0),
    st.floats(50.0, 400.0),
)
def test_injected_spikes_are_marked_and_good_fixes_are_not(seed, step_s, slow_m, white_m, spike_m):
    rng = np.random.default_rng(seed)
    true = winding(rng, 3000)[::step_s]
    recorded = true + noise(rng, len(true), step_s, slow_m, white_m)
    # Alone, and not at an end: a spike is a fix out and back.
    spiked = np.zeros(len(true), bool)
    spiked[rng.choice(np.arange(3, len(true) - 3, 4), size=max(3, len(true) // 60), replace=False)] = True
    turn = rng.uniform(0, 2 * np.pi, spiked.sum())
    recorded[spiked] += spike_m * np.column_stack([np.cos(turn), np.sin(turn)])
    pieces = cleaning.clean(fixes(recorded, np.arange(len(true)) * float(step_s)), RULES, NOW)
    mark = np.concatenate([piece.mark for piece in pieces])
    assert len(mark) == len(true)
    # Within spike_s there is room for a return only if fixes come fast enough; else the pace tells.
    assert (mark[spiked] != 0).mean() >= 0.95
    assert (mark[~spiked] != 0).mean() <= 0.005


@examples(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 5]), st.floats(0.0, 2.0), st.floats(0.05, 3.0))
def test_the_length_of_the_likely_way_is_that_of_the_true_one(seed, step_s, slow_m, white_m):
    rng = np.random.default_rng(seed)
    every_second = winding(rng, 4000)
    true = every_second[::step_s]
    recorded = true + noise(rng, len(true), step_s, slow_m, white_m)
    segment = fixes(recorded, np.arange(len(true)) * float(step_s))
    found = smoothing.length_m([segment], RULES.agility)
    assert found == pytest.approx(length_m(every_second), rel=0.03)


def test_without_smoothing_noise_makes_a_walk_six_times_as_long():
    rng = np.random.default_rng(5)
    true = winding(rng, 3000)
    segment = fixes(true + noise(rng, 3000, 1, 0.0, 3.0), np.arange(3000.0))
    assert smoothing.length_m([segment], 0.0) > 5 * length_m(true)
    assert smoothing.length_m([segment], RULES.agility) == pytest.approx(length_m(true), rel=0.03)


def filtered(z: Floats, time: Floats, q: float, r: float) -> Floats:
    """A Kalman filter with Rauch–Tung–Striebel smoothing of one coordinate, written out."""
    states, covariances, ahead = [], [], []
    x, p = np.array([z[0], 0.0]), np.diag([r, 1e6])
    states.append(x)
    covariances.append(p)
    for k in range(1, len(z)):
        h = time[k] - time[k - 1]
        f, w = np.array([[1, h], [0, 1]]), q * np.array([[h**3 / 3, h**2 / 2], [h**2 / 2, h]])
        x, p = f @ x, f @ p @ f.T + w
        ahead.append((x, p, f))
        gain = p[:, 0] / (p[0, 0] + r)
        x, p = x + gain * (z[k] - x[0]), p - np.outer(gain, p[0])
        states.append(x)
        covariances.append(p)
    for k in range(len(z) - 2, -1, -1):
        predicted, spread, f = ahead[k]
        back = covariances[k] @ f.T @ np.linalg.inv(spread)
        states[k] = states[k] + back @ (states[k + 1] - predicted)
    return np.array(states)[:, 0]


def test_the_likely_way_is_what_a_kalman_smoother_returns():
    rng = np.random.default_rng(3)
    time = np.cumsum(rng.uniform(0.6, 20.0, 60))
    xy = np.column_stack([time, -0.4 * time]) + rng.normal(0, 3, (60, 2))
    steps = np.diff(time)
    _, gamma = smoothing._likelihood(xy, steps, 0.05, 4.0)
    way = xy - 4.0 * smoothing._spread(gamma, steps)
    for axis in (0, 1):
        np.testing.assert_allclose(way[:, axis], filtered(xy[:, axis], time, 0.05, 4.0), atol=1e-3)
        np.testing.assert_allclose(way[:, axis], make_smoothing_spline(time, xy[:, axis], lam=4.0 / 0.05)(time))


@pytest.mark.parametrize("white_m", [0.2, 1.0, 3.0])
def test_the_noise_of_a_device_is_found_from_its_fixes(white_m):
    rng = np.random.default_rng(1)
    xy = winding(rng, 2000) + rng.normal(0, white_m, (2000, 2))
    told = {r: smoothing._likelihood(xy, np.ones(1999), RULES.agility, r)[0] for r in smoothing.NOISE_M2}
    assert max(told, key=told.get) == min(smoothing.NOISE_M2, key=lambda r: abs(np.log(r / white_m**2)))


def test_the_likely_way_is_drawn_where_the_fixes_lie_also_across_the_date_line():
    lon = np.r_[np.linspace(179.99, 180.0, 30), np.linspace(-179.9997, -179.99, 30)]
    blank = np.full(60, np.nan, np.float32)
    segment = Fixes(lon, np.full(60, 20.0), blank, BEGAN_S + 60.0 * np.arange(60), blank, blank, np.zeros(60, np.uint8))
    moved, lat = smoothing.smoothed(segment, 0.05)
    assert np.abs((moved - lon + 180) % 360 - 180).max() < 1e-4
    assert np.abs(lat - 20.0).max() < 1e-6


def test_untimed_short_and_endless_tracks_are_left_as_they_are():
    xy = np.column_stack([np.arange(40.0), np.zeros(40)])
    untimed = fixes(xy, np.full(40, np.nan))
    few = fixes(xy[:4], np.arange(4.0))
    far = fixes(xy * 5000.0, np.arange(40.0) * 3600)
    for segment in (untimed, few, far):
        lon, lat = smoothing.smoothed(segment, 0.05)
        np.testing.assert_array_equal([lon, lat], [segment.lon, segment.lat])


def outline(area_m2: float, aspect: float, points: int = 2000) -> Floats:
    """A circle (aspect 0) or a rectangle of an area, as points along its boundary."""
    if aspect == 0:
        turn, radius = np.linspace(0, 2 * np.pi, points, endpoint=False), np.sqrt(area_m2 / np.pi)
        return radius * np.column_stack([np.cos(turn), np.sin(turn)])
    wide = np.sqrt(area_m2 / aspect)
    corners = np.array([[0, 0], [wide, 0], [wide, wide * aspect], [0, wide * aspect], [0, 0]], float)
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    at = np.linspace(0, along[-1], points, endpoint=False)
    return np.column_stack([np.interp(at, along, corners[:, axis]) for axis in (0, 1)])


def walked_round(rng, area_m2, aspect, slow_m, memory_s, laps=1.0, accuracy_m=np.nan, step_s=2.0):
    """Walk round a plot once or more."""
    boundary = outline(area_m2, aspect)
    around = length_m(np.vstack([boundary, boundary[:1]]))
    count = max(8, int(laps * around / SPEED_MS / step_s))
    at = (np.arange(count + 1) / count * laps * len(boundary)).astype(int) % len(boundary)
    true = boundary[at]
    recorded = true + noise(rng, len(true), step_s, slow_m, 0.3, memory_s)
    return fixes(recorded, np.arange(len(true)) * step_s, accuracy_m)


@pytest.mark.parametrize("aspect", [0, 1, 3, 6])
@pytest.mark.parametrize("area_m2", [500, 2000, 6000])
def test_areas_lie_in_their_stated_interval_in_93_of_100_walks(area_m2, aspect):
    rng = np.random.default_rng([area_m2, aspect])
    sigma, inside, errors, stated = 2.5, [], [], []
    for memory_s in (20.0, 60.0, 200.0):
        for _ in range(40):
            segment = walked_round(rng, area_m2, aspect, sigma, memory_s, accuracy_m=sigma * perimeter.RADIUS_68)
            found = perimeter.measure(segment, WALKED)
            assert found is not None
            assert found.sigma_m == pytest.approx(sigma, rel=1e-5)
            inside.append(abs(found.area_m2 - area_m2) <= Z95 * found.area_se_m2)
            errors.append(found.area_m2 - area_m2)
            stated.append(found.area_se_m2)
    assert np.mean(inside) >= 0.93
    # Stated errors are those of the worst memory: too large for others, but not by much.
    assert 0.45 * np.mean(stated) < np.std(errors) < 1.05 * np.mean(stated)


def test_the_error_is_the_published_formula():
    found = perimeter.measure(walked_round(np.random.default_rng(1), 2000, 0, 0.0, 60.0), WALKED)
    assert found.area_se_m2 / found.area_m2 == pytest.approx(0.42 * 2.0 * found.perimeter_m / found.area_m2)
    assert 1.96 * found.area_se_m2 / found.area_m2 == pytest.approx(0.13, abs=0.01)
    canopy = perimeter.measure(walked_round(np.random.default_rng(1), 2000, 0, 0.0, 60.0), WALKED, canopy=True)
    assert 1.96 * canopy.area_se_m2 / canopy.area_m2 == pytest.approx(0.26, abs=0.02)


def test_elongated_plots_have_more_error_for_their_area():
    round_one, long_one = (
        perimeter.measure(walked_round(np.random.default_rng(2), 2000, aspect, 0.0, 60.0), WALKED) for aspect in (0, 6)
    )
    assert 1.4 < long_one.area_se_m2 / round_one.area_se_m2 < 1.75


def test_two_laps_are_two_measurements_of_one_plot():
    found = perimeter.measure(walked_round(np.random.default_rng(3), 2000, 0, 1.5, 60.0, laps=2.0), WALKED)
    assert found.laps == 2
    assert found.area_m2 == pytest.approx(2000, rel=0.15)
    assert found.perimeter_m == pytest.approx(2 * np.sqrt(np.pi * 2000), rel=0.1)
    assert 0 < found.laps_differ_pct < 30


def test_a_slow_walk_round_a_small_plot_is_no_stop():
    slow = walked_round(np.random.default_rng(4), 150, 0, 0.4, 60.0)
    slow = Fixes(**{**{n: getattr(slow, n) for n in Fixes.__slots__}, "time_s": BEGAN_S + 8.0 * np.arange(len(slow))})
    (piece,) = cleaning.clean(slow, RULES, NOW)
    assert MARKS.index("stationary") in piece.mark
    assert perimeter.measure(piece, WALKED).area_m2 == pytest.approx(150, rel=0.2)


def test_a_walk_out_and_back_and_one_that_does_not_close_are_no_boundary():
    out = np.column_stack([np.arange(0, 300, 2.0), np.zeros(150)])
    rng = np.random.default_rng(5)
    back = fixes(np.vstack([out, out[::-1]]) + noise(rng, 300, 2.0, 1.5, 0.3), np.arange(300) * 2.0)
    assert perimeter.measure(back, WALKED) is None
    assert perimeter.measure(fixes(out, np.arange(150) * 2.0), WALKED) is None
    half = outline(2000, 0)[:1000]
    assert perimeter.measure(fixes(half, np.arange(1000.0)), WALKED) is None
    assert perimeter.measure(fixes(outline(900_000, 0), np.arange(2000.0)), WALKED) is None


def test_a_boundary_that_crosses_itself_says_so():
    eight = np.linspace(0, 2 * np.pi, 200, endpoint=False) + 0.01
    figure = 40 * np.column_stack([np.sin(eight), np.sin(eight) * np.cos(eight)])
    found = perimeter.measure(fixes(figure, np.arange(200.0)), Perimeters(least_roundness=0.0))
    assert found.crossings >= 1
    assert found.area_m2 == pytest.approx(40 * 40 * 4 / 3, rel=0.02)
    assert perimeter.measure(walked_round(np.random.default_rng(1), 2000, 0, 0.0, 60.0), WALKED).crossings == 0


def test_two_walks_are_compared_and_a_third_is_wanted_where_they_differ():
    def walk(area, seed):
        return perimeter.measure(walked_round(np.random.default_rng(seed), area, 0, 0.0, 60.0), WALKED)

    near, far = (perimeter.compare(walk(2000, 1), walk(area, 2), 20.0) for area in (2100, 2800))
    assert (near.walk_again, far.walk_again) == (False, True)
    assert near.area_m2 == pytest.approx(2050, rel=0.02)
    assert near.differ_pct == pytest.approx(4.9, abs=1.5)
    assert near.area_se_m2 == pytest.approx(walk(2000, 1).area_se_m2 / np.sqrt(2), rel=0.03)
    assert near.overlap > 0.9 > far.overlap > 0.6
