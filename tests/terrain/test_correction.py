"""Fitting C: known values come back, and what cannot be trusted is refused with its reason."""

from dataclasses import replace

import numpy as np
import pytest

from eradication.sun import Sun
from eradication.terrain import Correction, dense_vegetation, draw, fit, settle

LIGHT = Sun(np.radians(48.0), np.radians(148.0))
FLAT = np.cos(LIGHT.zenith)


def sample(c: float, n: int = 4000, noise: float = 0.02, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return cos i and reflectance of one cover lit by a sun whose diffuse share is ``c``."""
    random = np.random.default_rng(seed)
    cos_i = random.uniform(0.2, 1.0, n).astype(np.float32)
    own = 0.3 * np.exp(0.05 * random.standard_normal(n))
    lit = own * (cos_i + c) / (FLAT + c) + noise * random.standard_normal(n)
    return cos_i, lit.astype(np.float32)


@pytest.mark.parametrize("c", [0.1, 0.36, 0.75, 1.5])
def test_the_c_that_lit_the_slopes_is_found(c):
    found = fit("S", "nir", *sample(c, n=8000), LIGHT)
    assert (found.applied, found.reason) == (True, "corrected")
    assert found.c == pytest.approx(c, rel=0.12, abs=0.02)
    assert found.r > 0.5
    assert abs(found.r_after) < 0.1
    assert found.n == 8000


def test_clouds_and_fields_among_the_sample_hardly_move_it():
    cos_i, lit = sample(0.4, n=6000)
    random = np.random.default_rng(1)
    lit[random.random(len(lit)) < 0.08] = 0.6
    found = fit("S", "nir", cos_i, lit, LIGHT)
    assert found.applied
    assert found.c == pytest.approx(0.4, abs=0.08)


def test_unknown_pixels_are_left_out():
    cos_i, lit = sample(0.4)
    lit[::2] = np.nan
    cos_i[1::4] = np.nan
    assert fit("S", "nir", cos_i, lit, LIGHT).n == 1000


def refused(cos_i: np.ndarray, lit: np.ndarray) -> str:
    found = fit("S", "red", cos_i, lit, LIGHT)
    assert not found.applied
    return found.reason


def test_too_few_samples_are_refused():
    assert refused(*sample(0.4, n=499)) == "few_samples"
    assert refused(np.empty(0, np.float32), np.empty(0, np.float32)) == "few_samples"


def test_a_plain_is_refused():
    cos_i, lit = sample(0.4)
    assert refused(0.7 + 0.04 * cos_i, lit) == "little_relief"


def test_cover_that_is_darker_in_the_sun_is_refused():
    cos_i, lit = sample(0.4)
    assert refused(cos_i, 0.5 - lit) == "no_line"


def test_a_line_that_chance_could_draw_is_refused():
    cos_i, _ = sample(0.4)
    noise = np.random.default_rng(2).normal(0.3, 0.03, len(cos_i)).astype(np.float32)
    assert refused(cos_i, noise + np.float32(0.002) * cos_i) == "weak_line"


def test_a_c_that_no_light_can_have_is_refused():
    cos_i, lit = sample(0.0, noise=0.005)
    assert refused(cos_i, lit - np.float32(0.08)) == "absurd_c"
    assert refused(cos_i, lit + np.float32(5.0)) == "absurd_c"


def test_light_without_noise_is_no_obstacle():
    cos_i = np.linspace(0.2, 1.0, 1000, dtype=np.float32)
    found = fit("S", "nir", cos_i, np.float32(0.3) * (cos_i + np.float32(0.4)), LIGHT)
    assert found.applied
    assert found.c == pytest.approx(0.4, abs=1e-3)


def test_a_correction_that_fails_in_the_other_half_does_not_help():
    """Two parts of a scene under different haze: the C of one is wrong for the other."""
    cos_i, lit = sample(0.05, n=3000, noise=0.0)
    other_i, other = sample(0.05, n=3000, noise=0.0, seed=5)
    other = (0.9 - 0.25 * other_i).astype(np.float32)
    both = np.concatenate([cos_i, other_i]), np.concatenate([lit, other])
    found = fit("S", "nir", *both, LIGHT)
    assert not found.applied
    assert fit("S", "nir", *sample(0.3, n=3000), LIGHT, check=False).applied


def test_the_draw_takes_equal_numbers_from_shade_and_sun_and_repeats_itself():
    random = np.random.default_rng(0)
    cos_i = np.clip(random.normal(0.75, 0.12, (300, 300)), 0.0, 1.0).astype(np.float32)
    cos_i[:10] = np.nan
    usable = random.random((300, 300)) < 0.8
    drawn = draw(cos_i, usable, per_bin=100, seed=7)
    np.testing.assert_array_equal(drawn, draw(cos_i, usable, per_bin=100, seed=7))
    assert (np.diff(drawn) > 0).all()
    taken = cos_i.ravel()[drawn]
    assert usable.ravel()[drawn].all()
    assert taken.min() > 0.2
    counts, _ = np.histogram(taken, np.arange(0.4, 1.0, 0.05))
    assert counts.max() <= 101
    assert counts.min() >= 90


def test_nothing_to_draw_from_gives_nothing():
    assert len(draw(np.full((4, 4), 0.1, np.float32), np.ones((4, 4), bool))) == 0


def test_dense_vegetation_is_green_seen_and_of_its_class():
    red = np.array([0.03, 0.03, 0.10, np.nan, 0.0], np.float32)
    nir = np.array([0.30, 0.30, 0.20, 0.30, 0.0], np.float32)
    classes = np.array([4, 7, 4, 4, 4], np.uint8)
    assert dense_vegetation(red, nir).tolist() == [True, True, False, False, False]
    assert dense_vegetation(red, nir, classes).tolist() == [True, False, False, False, False]


def scene(**refused: str) -> list[Correction]:
    bands = ("blue", "green", "red", "nir", "swir16")
    good = Correction("S", "", 0.4, 0.6, 0.02, 900, applied=True, reason="corrected")
    return [
        replace(good, band=band, c=0.1 * place, applied=band not in refused, reason=refused.get(band, "corrected"))
        for place, band in enumerate(bands, start=1)
    ]


def test_a_refused_band_borrows_the_c_of_its_neighbour():
    settled = settle(scene(swir16="absurd_c", blue="weak_line"))
    assert all(c.applied for c in settled)
    assert [c.reason for c in settled] == ["borrowed", "corrected", "corrected", "corrected", "borrowed"]
    assert [c.c for c in settled] == pytest.approx([0.2, 0.2, 0.3, 0.4, 0.4])


@pytest.mark.parametrize("band", ["red", "nir"])
def test_without_red_or_near_infrared_nothing_is_corrected(band):
    settled = settle(scene(**{band: "does_not_help"}))
    assert not any(c.applied for c in settled)
    assert {c.reason for c in settled} == {"incomplete", "does_not_help"}


def test_an_empty_scene_settles_to_nothing():
    assert settle([]) == ()
