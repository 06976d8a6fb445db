"""One scene in three calls, on simulated scenes whose light is known."""

import numpy as np
import pytest

from eradication import simulation, terrain
from eradication.domain import Season
from eradication.raster import BANDS, unpack
from eradication.simulation.render import BANDS_10M, DIFFUSE, scene
from eradication.sun import Sun

RECIPE = simulation.Recipe(31, Season(2024), size_px=256, plots=2, lying_items=0)


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(RECIPE)


@pytest.fixture(scope="module")
def winter(world):
    """Return the clearest scene of December to February, packed, with its classes and its sun."""
    cold = [a for a in world.acquisitions if a.when.month in (12, 1, 2)]
    pass_ = min(cold, key=lambda a: a.cloud_share)
    shot = scene(world, pass_)
    hidden = np.isin(shot.scl, (0, 1, 3, 8, 9, 10, 11))
    packed = {}
    for band, counts in shot.bands.items():
        values = counts - np.uint16(pass_.dn_offset) + np.uint16(1000)
        values[hidden if band not in BANDS_10M else hidden.repeat(2, 0).repeat(2, 1)] = 0
        packed[band] = values
    return packed, shot.scl, Sun(pass_.sun_zenith, pass_.sun_azimuth)


@pytest.fixture(scope="module")
def relief(world) -> terrain.Relief:
    heights = np.pad(world.terrain.elevation_m, 1, mode="reflect", reflect_type="odd")
    return terrain.relief(heights.astype(np.float32), 10.0)


def windows(packed, classes, relief):
    """Cut a scene into its northern and southern half."""
    for rows in (slice(0, 128), slice(128, 256)):
        half = slice(rows.start // 2, rows.stop // 2)
        part = terrain.Relief(*(getattr(relief, n)[rows] for n in ("elevation_m", "east", "north", "up")))
        yield {b: v[rows] if b in BANDS_10M else v[half] for b, v in packed.items()}, classes[half], part


def test_a_scene_is_sampled_fitted_and_corrected_in_windows(winter, relief):
    packed, classes, light = winter
    samples = [terrain.sample(part, light, bands, scl) for bands, scl, part in windows(packed, classes, relief)]
    fits = terrain.fit_scene("S", samples, light)
    assert [f.band for f in fits] == list(BANDS)
    assert all(f.applied for f in fits)
    laid_in = dict(zip(BANDS, DIFFUSE, strict=True))
    near_infrared = next(f for f in fits if f.band == "nir")
    assert near_infrared.c == pytest.approx(laid_in["nir"], abs=0.15)
    cos_i = terrain.cos_incidence(relief, light)
    red, nir = unpack(packed["red"]), unpack(packed["nir"])
    dense = terrain.dense_vegetation(red, nir, classes.repeat(2, 0).repeat(2, 1)) & (cos_i > 0.25)
    before = np.corrcoef(cos_i[dense], nir[dense])[0, 1]
    changed = {b: v.copy() for b, v in packed.items()}
    for bands, _, part in windows(changed, classes, relief):
        terrain.correct_scene(bands, part, fits, light, min_cos_i=0.2)
    after = np.corrcoef(cos_i[dense], unpack(changed["nir"])[dense])[0, 1]
    assert before > 0.6
    assert abs(after) < 0.2
    dark = terrain.shaded(cos_i, 0.2)
    np.testing.assert_array_equal(changed["nir"] == 0, (packed["nir"] == 0) | dark)
    coarse_dark = terrain.shaded(terrain.cos_incidence(relief.coarse(), light), 0.2)
    np.testing.assert_array_equal(changed["swir16"] == 0, (packed["swir16"] == 0) | coarse_dark)


def test_a_scene_that_is_refused_stays_as_it_is_dark_slopes_too(winter, relief):
    packed, classes, light = winter
    few = [terrain.sample(relief, light, packed, classes, per_bin=5)]
    fits = terrain.fit_scene("S", few, light)
    assert {f.reason for f in fits} == {"few_samples"}
    changed = {b: v.copy() for b, v in packed.items()}
    terrain.correct_scene(changed, relief, fits, light, min_cos_i=0.9)
    for band, values in packed.items():
        np.testing.assert_array_equal(changed[band], values)


def test_without_red_or_near_infrared_nothing_is_drawn(winter, relief):
    packed, classes, light = winter
    del_red = {b: v for b, v in packed.items() if b != "red"}
    assert terrain.sample(relief, light, del_red, classes) == {}
    assert terrain.fit_scene("S", [{}], light) == ()


def test_classes_come_at_either_resolution(winter, relief):
    packed, classes, light = winter
    one = terrain.sample(relief, light, packed, classes)
    other = terrain.sample(relief, light, packed, classes.repeat(2, 0).repeat(2, 1))
    for band in BANDS:
        np.testing.assert_array_equal(one[band], other[band])
    without = terrain.sample(relief, light, packed)
    assert len(without["nir"][0]) >= len(one["nir"][0])
