"""From heights to slopes: planes whose slope and aspect are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.terrain import HALO_PX, relief


def plane(slope_deg: float, aspect_deg: float, rows: int = 8, columns: int = 9, cell_m: float = 10.0) -> np.ndarray:
    """Return heights of a plane that faces ``aspect_deg``, with the halo."""
    y, x = np.mgrid[: rows + 2, : columns + 2] * cell_m
    toward = np.radians(aspect_deg)
    downhill = x * np.sin(toward) - y * np.cos(toward)  # rows run south
    return (800.0 - np.tan(np.radians(slope_deg)) * downhill).astype(np.float32)


@given(st.floats(1.0, 60.0), st.floats(0.0, 359.0), st.sampled_from([10.0, 20.0, 30.0]))
def test_a_plane_has_its_slope_and_aspect_everywhere(slope, aspect, cell_m):
    ground = relief(plane(slope, aspect, cell_m=cell_m), cell_m)
    assert ground.up.shape == (8, 9)
    np.testing.assert_allclose(ground.slope_deg, slope, atol=0.05)
    turned = (ground.aspect_deg - aspect + 180.0) % 360.0 - 180.0
    np.testing.assert_allclose(turned, 0.0, atol=0.3)
    np.testing.assert_allclose(ground.east**2 + ground.north**2 + ground.up**2, 1.0, atol=1e-5)


def test_level_ground_has_no_aspect():
    ground = relief(np.full((4, 4), 700.0, np.float32), 10.0)
    assert (ground.slope_deg == 0).all()
    assert np.isnan(ground.aspect_deg).all()
    assert (ground.up == 1).all()


def test_horn_weighs_the_middle_row_twice():
    z = np.zeros((3, 3), np.float32)
    z[0, 2], z[1, 2], z[2, 2] = 10.0, 40.0, 10.0
    ground = relief(z, 10.0)
    assert np.tan(np.radians(ground.slope_deg[0, 0])) == pytest.approx((10 + 2 * 40 + 10) / 80, rel=1e-5)
    assert ground.aspect_deg[0, 0] == pytest.approx(270.0)


def test_an_unknown_height_makes_its_nine_pixels_unknown_and_no_others():
    z = plane(20.0, 100.0)
    z[4, 5] = np.nan
    ground = relief(z, 10.0)
    unknown = np.zeros(ground.up.shape, bool)
    unknown[2:5, 3:6] = True
    for values in (ground.elevation_m, ground.east, ground.north, ground.up, ground.slope_deg):
        np.testing.assert_array_equal(np.isnan(values), unknown)


def test_where_the_heights_end_nothing_is_guessed():
    z = np.pad(plane(20.0, 100.0)[1:-1, 1:-1], HALO_PX, constant_values=np.nan)
    ground = relief(z, 10.0)
    assert np.isnan(ground.up[[0, -1]]).all()
    assert np.isnan(ground.up[:, [0, -1]]).all()
    assert np.isfinite(ground.up[1:-1, 1:-1]).all()


def test_windows_join_without_a_seam():
    z = (np.random.default_rng(3).normal(0, 5, (34, 30)).cumsum(0) + 900).astype(np.float32)
    whole = relief(z, 10.0)
    upper, lower = relief(z[:18], 10.0), relief(z[16:], 10.0)
    for name in ("elevation_m", "east", "north", "up"):
        joined = np.concatenate([getattr(upper, name), getattr(lower, name)])
        np.testing.assert_array_equal(joined, getattr(whole, name))


def test_coarse_cells_are_means_and_keep_what_is_unknown():
    z = plane(30.0, 200.0, rows=6, columns=7)
    z[1, 1] = np.nan
    ground = relief(z, 10.0)
    half = ground.coarse()
    assert half.up.shape == (3, 3)
    assert np.isnan(half.up[0, 0])
    assert half.north[2, 2] == pytest.approx(ground.north[4:6, 4:6].mean(), rel=1e-5)
