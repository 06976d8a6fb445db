"""Light on slopes, and taking it out of packed reflectance."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from terrain.test_relief import plane

from eradication import sun
from eradication.raster import pack, unpack
from eradication.simulation import terrain as hills
from eradication.sun import Sun
from eradication.terrain import correct, cos_incidence, relief, shaded

JANUARY = sun.position(datetime(2026, 1, 15, 3, 30, tzinfo=UTC), 104.0, 21.3)


def test_in_mid_january_a_sunlit_slope_gets_095_and_a_north_west_slope_021():
    sunlit = cos_incidence(relief(plane(30.0, np.degrees(JANUARY.azimuth)), 10.0), JANUARY)
    north_west = cos_incidence(relief(plane(30.0, 315.0), 10.0), JANUARY)
    np.testing.assert_allclose(sunlit, 0.95, atol=0.03)
    np.testing.assert_allclose(north_west, 0.21, atol=0.04)


@pytest.mark.parametrize(
    ("slope", "aspect", "expected"),
    [
        (0.0, 0.0, 0.5),  # cos 60
        (30.0, 180.0, np.cos(np.radians(30.0))),  # sun 60 from the vertical in the south, the slope leans 30 that way
        (30.0, 0.0, 0.0),  # exactly along the surface
        (60.0, 0.0, 0.0),  # faces away
        (30.0, 90.0, 0.5 * np.cos(np.radians(30.0))),  # across: only the vertical part
    ],
)
def test_cos_i_by_hand(slope, aspect, expected):
    lit = cos_incidence(relief(plane(slope, aspect), 10.0), Sun(np.radians(60.0), np.radians(180.0)))
    np.testing.assert_allclose(lit, expected, atol=2e-4)


def test_the_formula_by_angles_of_the_simulator_agrees():
    ground = hills.build(np.random.default_rng(4), 64)
    light = JANUARY
    theirs = hills.cos_incidence(ground, light.zenith, light.azimuth)[1:-1, 1:-1]
    mine = cos_incidence(relief(ground.elevation_m.astype(np.float32), 10.0), light)
    # Central differences there, Horn's here: the ground is smooth over 30 m.
    np.testing.assert_allclose(mine, theirs, atol=0.03)


def test_unknown_ground_has_unknown_light_and_is_not_shaded():
    z = plane(60.0, 315.0)
    z[4, 4] = np.nan
    lit = cos_incidence(relief(z, 10.0), JANUARY)
    assert np.isnan(lit[2:5, 2:5]).all()
    dark = shaded(lit, 0.2)
    assert not dark[2:5, 2:5].any()
    assert dark[0].all()


def test_level_ground_stays_shade_gets_brighter_sunlit_slopes_darker_and_the_unknown_stays():
    packed = np.full((1, 4), 4000, np.uint16)
    cos_i = np.array([[np.cos(JANUARY.zenith), 0.3, 0.95, np.nan]], np.float32)
    correct(packed, cos_i, 0.4, JANUARY, min_cos_i=0.2)
    brighter = round(3000 * (np.cos(JANUARY.zenith) + 0.4) / 0.7) + 1000
    assert packed[0].tolist() == [4000, brighter, packed[0, 2], 4000]
    assert packed[0, 2] < 4000 < brighter


@given(st.floats(0.0, 3.0), st.integers(0, 2**32 - 1))
def test_correcting_packed_values_is_correcting_reflectance_rounded(c, seed):
    random = np.random.default_rng(seed)
    reflectance = random.uniform(-0.05, 1.2, (5, 7))
    reflectance[random.random((5, 7)) < 0.2] = np.nan
    cos_i = random.uniform(0.21, 1.0, (5, 7)).astype(np.float32)
    packed = pack(reflectance)
    before = unpack(packed)
    correct(packed, cos_i, c, JANUARY, min_cos_i=0.2)
    wanted = before * (np.cos(JANUARY.zenith) + c) / (cos_i.astype(float) + c)
    np.testing.assert_array_equal(packed == 0, np.isnan(reflectance))
    held = np.clip(wanted, -0.0999, 6.4535)
    np.testing.assert_allclose(unpack(packed), held, atol=0.51e-4)


def test_what_is_too_dark_becomes_unknown_in_all_bands_also_without_a_correction():
    cos_i = np.array([[0.1, 0.2, 0.21, np.nan]], np.float32)
    packed = pack(np.full((1, 4), 0.3))
    correct(packed, cos_i, np.inf, JANUARY, min_cos_i=0.2)
    assert packed.tolist() == [[0, 0, 4000, 4000]]


def test_a_view_of_a_larger_block_is_changed_in_place():
    block = pack(np.full((6, 6), 0.3))
    correct(block[1:4, ::2], np.full((3, 3), 0.3, np.float32), 0.4, JANUARY, min_cos_i=0.2)
    changed = block != 4000
    assert changed[1:4, ::2].all()
    assert changed.sum() == 9


def test_lighting_a_flat_scene_and_correcting_it_gives_it_back():
    random = np.random.default_rng(8)
    flat = random.uniform(0.05, 0.5, (40, 40))
    cos_i = random.uniform(0.25, 1.0, (40, 40)).astype(np.float32)
    lit = flat * (cos_i.astype(float) + 0.36) / (np.cos(JANUARY.zenith) + 0.36)
    packed = pack(lit)
    correct(packed, cos_i, 0.36, JANUARY, min_cos_i=0.2)
    np.testing.assert_allclose(unpack(packed), flat, atol=1.6e-4)
