"""Offsets that were put in are found, and none is found where nothing can be known."""

import numpy as np
import pytest
from scipy import ndimage

from eradication import coregistration, simulation
from eradication.coregistration import Offset, Shift, judge, measure, reference
from eradication.domain import Season

SIZE = 2 * coregistration.WINDOW_PX
"""Two windows a side."""


def fields(seed: int = 0, size: int = SIZE) -> np.ndarray:
    """Return a patchwork of fields in red reflectance, borders blurred as by the instrument."""
    random = np.random.default_rng(seed)
    seeds = random.uniform(0, size, (size * size // 60, 2))
    index = np.zeros((size, size))
    index[seeds[:, 0].astype(int), seeds[:, 1].astype(int)] = np.arange(1, len(seeds) + 1)
    nearest = ndimage.distance_transform_edt(index == 0, return_distances=False, return_indices=True)
    label = index[nearest[0], nearest[1]].astype(int)
    value = random.uniform(0.03, 0.2, len(seeds) + 1)[label]
    return ndimage.gaussian_filter(value, 0.6).astype(np.float32)


def moved(image: np.ndarray, dx: float, dy: float, noise: float = 0.005, seed: int = 1) -> np.ndarray:
    """Return the image with its content ``dx`` further east and ``dy`` further south, and noise."""
    shifted = ndimage.shift(image, (dy, dx), order=5, mode="reflect")
    return (shifted + noise * np.random.default_rng(seed).standard_normal(image.shape)).astype(np.float32)


@pytest.fixture(scope="module")
def ground() -> np.ndarray:
    return fields()


@pytest.mark.parametrize(
    ("dx", "dy"), [(0.0, 0.0), (1.0, 0.0), (0.0, -2.0), (0.4, -0.3), (-0.55, 0.8), (2.3, 1.7), (0.0, 0.35)]
)
def test_a_known_shift_is_found_to_a_tenth_of_a_pixel(ground, dx, dy):
    found = measure("S", ground, moved(ground, dx, dy))
    assert found.stable
    assert found.windows == 4
    assert (found.dx_px, found.dy_px) == pytest.approx((dx, dy), abs=0.1)
    assert found.to_apply == (np.hypot(dx, dy) > 0.3)


def test_the_metres_to_add_bring_the_scene_back(ground):
    found = measure("S", ground, moved(ground, 2.0, -1.0))
    east, north = found.move_m(10.0)
    # Content too far east and north: the scene moves west and south.
    assert (east, north) == pytest.approx((-20.0, -10.0), abs=1.0)
    assert Shift("S", 0.2, 0.1, 0.05, 9, stable=True).move_m() == (0.0, 0.0)
    assert Shift("S", 2.0, 1.0, 1.0, 9, stable=False).move_m() == (0.0, 0.0)


def test_other_light_haze_and_other_colours_of_fields_do_not_move_a_scene(ground):
    random = np.random.default_rng(3)
    lit = ground * np.linspace(0.5, 1.5, SIZE, dtype=np.float32)[None, :] + 0.03
    other = np.where(random.random(ground.shape) < 0.5, 1.0, 1.1) * (0.25 - lit)
    for image in (lit, other):
        found = measure("S", ground, moved(image, 0.0, 0.0))
        assert np.hypot(found.dx_px, found.dy_px) < 0.1


def clouds(share: float, seed: int = 2) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((SIZE, SIZE)), 12)
    return noise > np.quantile(noise, 1 - share)


def test_masked_clouds_do_not_pull_the_shift_towards_nothing(ground):
    image = moved(ground, 0.8, -0.6)
    image[clouds(0.04)] = np.nan
    found = measure("S", ground, image)
    assert found.stable
    assert (found.dx_px, found.dy_px) == pytest.approx((0.8, -0.6), abs=0.1)


def test_the_mask_counts_like_what_is_unknown(ground):
    image = moved(ground, 0.8, -0.6)
    hidden = clouds(0.04)
    image_nan = np.where(hidden, np.float32(np.nan), image)
    assert measure("S", ground, image, hidden) == measure("S", ground, image_nan)


def test_a_cloudy_scene_gives_no_shift(ground):
    image = moved(ground, 1.2, 0.0)
    image[clouds(0.6)] = np.nan
    found = measure("S", ground, image)
    assert not found.stable
    assert not found.to_apply


@pytest.mark.parametrize("seed", range(5))
def test_clouds_that_nobody_masked_give_no_shift(ground, seed):
    random = np.random.default_rng(seed)
    veil = ndimage.gaussian_filter(random.standard_normal((SIZE, SIZE)), 3)
    found = measure("S", ground, (0.4 + 0.1 * veil / veil.std()).astype(np.float32))
    assert (found.windows, found.stable) == (0, False)
    assert np.isnan(found.dx_px)


def test_ground_without_texture_gives_no_shift():
    flat = np.full((SIZE, SIZE), 0.1, np.float32)
    assert measure("S", flat, flat).windows == 0
    noise = [moved(flat, 0, 0, seed=seed) for seed in (1, 2)]
    assert measure("S", *noise).windows == 0


def test_another_place_gives_no_shift(ground):
    assert not measure("S", ground, fields(seed=9)).stable


def test_an_offset_beyond_belief_is_no_offset(ground):
    assert measure("S", ground, np.roll(ground, 9, axis=1)).windows == 0


def test_windows_that_disagree_are_not_stable(ground):
    torn = ground.copy()
    half = SIZE // 2
    torn[:, :half] = moved(ground, 1.5, 0.0)[:, :half]
    torn[:, half:] = moved(ground, -1.5, 0.0)[:, half:]
    found = measure("S", ground, torn)
    assert found.windows == 4
    assert found.spread_px > 1.0
    assert not found.stable


def test_few_windows_are_not_stable_however_well_they_agree():
    offsets = [Offset(1.0, 0.0, 0.9)] * 3
    assert not judge("S", offsets).stable
    assert judge("S", [*offsets, Offset(1.0, 0.0, 0.9)]).to_apply


def test_the_reference_is_the_median_where_there_are_looks_enough():
    looks = np.array([[[0.1, 0.1]], [[0.3, np.nan]], [[0.2, 0.3]], [[np.nan, np.nan]]], np.float32)
    median = reference(looks)
    assert median[0, 0] == pytest.approx(0.2)
    assert np.isnan(median[0, 1])


@pytest.mark.slow
def test_simulated_scenes_lie_where_they_lie_and_shifted_ones_are_found():
    """Seasons with haze, clouds that were missed, changing light and growing crops; in truth nothing is shifted."""
    world = simulation.build(simulation.Recipe(21, Season(2024), size_px=2 * coregistration.WINDOW_PX))
    red = simulation.cube(world).reflectance("red")
    median = reference(red)
    at_rest = [measure(str(k), median, image) for k, image in enumerate(red)]
    assert sum(s.stable for s in at_rest) >= 3
    assert not any(s.to_apply for s in at_rest)
    for number in [k for k, s in enumerate(at_rest) if s.stable]:
        known = np.isfinite(red[number])
        image = ndimage.shift(np.where(known, red[number], np.nanmedian(red[number])), (0.7, -0.5), order=5)
        image[ndimage.shift(known.astype(float), (0.7, -0.5), order=1) < 0.99] = np.nan
        found = measure("S", median, image.astype(np.float32))
        if found.stable:
            assert (found.dx_px, found.dy_px) == pytest.approx((-0.5, 0.7), abs=0.15)
