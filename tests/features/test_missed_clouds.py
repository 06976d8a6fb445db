"""Clouds that the scene classes missed: one date much brighter in blue than the looks before and after it."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import GREEN, described, geobox

from eradication import features, simulation
from eradication.domain import Season
from eradication.raster import Cube, pack
from eradication.simulation import clouds
from eradication.simulation.plots import pixel_fractions

SIZE = 128


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(simulation.Recipe(seed=11, season=Season(2024), size_px=SIZE, plots=40))


@pytest.fixture(scope="module")
def rendered(world: simulation.World) -> Cube:
    """The season as the simulator itself lays it out, without files."""
    return simulation.cube(world)


def missed(cube: Cube) -> np.ndarray:
    """Looks that are clear by their scene class and not kept, shape (time, y, x)."""
    looks = features.look(cube)
    return (looks.blue != 0) & ~features.kept(looks, features.Dates.of(cube.times, cube.season.start_year))


def test_missed_clouds_go_and_plots_in_bloom_stay(world: simulation.World, rendered: Cube) -> None:
    honest = [a for a in world.acquisitions if not a.is_lying]
    skies = [clouds.draw(np.random.default_rng(a.seed), a, SIZE, world.recipe.missed_cloud_share) for a in honest]
    seen = np.isfinite(rendered.reflectance("blue"))
    cloudy = np.stack([sky.opacity > 0.3 for sky in skies]) & seen
    clear = np.stack([(sky.opacity < 0.01) & (sky.shadow < 0.05) for sky in skies]) & seen
    share = np.zeros(SIZE * SIZE)
    for plot in world.plots:
        pixels, fractions = pixel_fractions(plot.polygon, SIZE)
        share[pixels] += fractions
    months = rendered.times.astype("datetime64[M]").astype(int) % 12 + 1
    bloom = clear & (share > 0.4).reshape(SIZE, SIZE) & np.isin(months, (12, 1, 2, 3, 4))[:, None, None]
    found = missed(rendered)
    assert cloudy.sum() > 1000
    assert bloom.sum() > 300
    assert found[cloudy].mean() > 0.7
    assert found[clear].mean() < 0.005
    assert found[bloom].mean() < 0.01
    assert not found[~seen].any()


def test_a_missed_cloud_enters_no_feature_and_no_count(rendered: Cube) -> None:
    found = missed(rendered)
    whole_20_m = found.reshape(len(found), SIZE // 2, 2, SIZE // 2, 2).all(axis=(2, 4))
    other = {}
    for name, band in rendered.bands.items():
        gone = found if band.shape == found.shape else whole_20_m
        # Blue says what a cloud is; the rest of the look may be anything that is known.
        other[name] = band if name == "blue" else np.where(gone & (band != 0), 4321, band).astype(np.uint16)
        assert name == "blue" or (other[name] != band).any()
    stack, spoiled = described(rendered), described(replace(rendered, bands=other))
    assert found.any()
    np.testing.assert_array_equal(spoiled.x, stack.x)
    clear = (features.look(rendered).blue != 0).sum(axis=0)
    np.testing.assert_array_equal(stack.clear_observations, clear - found.sum(axis=0))


def one_pixel(times: np.ndarray, *blue: float) -> Cube:
    """A cube of one pixel, green but for its blue; NaN is a date that was not clear."""
    shape = (len(times), 1, 1)
    values = np.array(blue, np.float32).reshape(shape)
    bands = {name: pack(np.full(shape, GREEN[name], np.float32)) for name in ("red", "nir")} | {"blue": pack(values)}
    clear = np.isfinite(values).astype(np.uint8)
    return Cube(Season(2025), times, bands, clear, geobox(1, 1), True, (), (), True)


def test_a_change_that_lasts_is_not_taken_for_a_cloud() -> None:
    times = np.array(["2026-01-01", "2026-01-06", "2026-01-11", "2026-01-16", "2026-01-21"], "datetime64[ns]")

    def found(*values: float) -> list[bool]:
        return missed(one_pixel(times, *values)).ravel().tolist()

    nan = float("nan")
    assert found(0.03, 0.03, 0.30, 0.03, 0.03) == [False, False, True, False, False]
    assert found(0.03, 0.03, 0.14, 0.14, 0.13) == [False] * 5
    assert found(0.03, 0.07, 0.03, 0.03, 0.03) == [False] * 5
    assert found(0.03, nan, 0.30, nan, 0.03) == [False, False, True, False, False]
    assert found(nan, nan, 0.30, nan, nan) == [False] * 5
    assert found(0.40, 0.03, 0.03, 0.03, 0.40) == [True, False, False, False, True]


def test_the_jump_is_more_than_0_08_however_bright_the_cloud() -> None:
    times = np.array(["2026-01-01", "2026-01-06", "2026-01-11"], "datetime64[ns]")
    assert not missed(one_pixel(times, 0.03, 0.11, 0.03)).any()
    assert missed(one_pixel(times, 0.03, 0.112, 0.03)).ravel().tolist() == [False, True, False]
    assert missed(one_pixel(times, 0.03, 1.4, 0.03)).ravel().tolist() == [False, True, False]
    assert missed(one_pixel(times, -0.05, 0.3, -0.05)).ravel().tolist() == [False, True, False]


def test_looks_months_apart_are_not_compared() -> None:
    times = np.array(["2025-06-01", "2025-10-01", "2026-02-01"], "datetime64[ns]")
    assert not missed(one_pixel(times, 0.03, 0.30, 0.03)).any()


def test_without_blue_no_look_is_taken_for_a_cloud() -> None:
    times = np.array(["2026-01-01", "2026-01-06", "2026-01-11"], "datetime64[ns]")
    cube = one_pixel(times, 0.03, 0.30, 0.03)
    bands = {name: cube.bands[name] for name in ("red", "nir")}
    looks = features.look(replace(cube, bands=bands))
    assert features.kept(looks, features.Dates.of(times, 2025)).all()
