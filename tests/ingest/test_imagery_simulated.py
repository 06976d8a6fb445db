"""A simulated season, whose clouds and lies are known, goes through the loader."""

from pathlib import Path

import dask
import numpy as np
import pytest

from eradication import simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.raster import Cube, missed_clouds
from eradication.simulation import clouds, stac
from eradication.simulation.plots import pixel_fractions

SIZE = 128


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(simulation.Recipe(seed=11, season=Season(2024), size_px=SIZE, plots=40))


@pytest.fixture(scope="module")
def catalog(world: simulation.World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stac.write(world, tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="module")
def loaded(world: simulation.World, catalog: Path) -> Cube:
    return imagery.load(str(catalog), world.recipe.season, settings=Settings())


@pytest.fixture(scope="module")
def with_clouds(world: simulation.World, catalog: Path) -> Cube:
    return imagery.load(str(catalog), world.recipe.season, settings=Settings(), drop_missed_clouds=False)


@pytest.fixture(scope="module")
def rendered(world: simulation.World) -> Cube:
    """The season as the simulator itself lays it out, without files."""
    return simulation.cube(world)


def test_liars_are_left_out_and_honest_items_are_not(world: simulation.World, loaded: Cube) -> None:
    cube, liars = loaded, {a.id for a in world.acquisitions if a.is_lying}
    assert len(liars) == 2
    assert {f.id for f in cube.failed} == liars
    assert {f.reason for f in cube.failed} == {"offset_contradicted"}
    assert set(cube.used) == {a.id for a in world.acquisitions} - liars
    assert cube.simulated
    assert cube.scl_masked


def test_files_give_the_reflectance_they_were_made_from(with_clouds: Cube, rendered: Cube) -> None:
    cube = with_clouds
    assert cube.geobox == rendered.geobox
    assert cube.used == rendered.used
    assert set(cube.bands) == set(rendered.bands)
    for name, band in rendered.bands.items():
        np.testing.assert_allclose(cube.reflectance(name), band, atol=2e-6)
    np.testing.assert_array_equal(cube.suspect, rendered.suspect)


def test_missed_clouds_go_and_plots_in_bloom_stay(world: simulation.World, rendered: Cube) -> None:
    honest = [a for a in world.acquisitions if not a.is_lying]
    skies = [clouds.draw(np.random.default_rng(a.seed), a, SIZE, world.recipe.missed_cloud_share) for a in honest]
    blue = np.asarray(rendered.reflectance("blue"))
    seen = np.isfinite(blue)
    cloudy = np.stack([sky.opacity > 0.3 for sky in skies]) & seen
    clear = np.stack([(sky.opacity < 0.01) & (sky.shadow < 0.05) for sky in skies]) & seen
    share = np.zeros(SIZE * SIZE)
    for plot in world.plots:
        pixels, fractions = pixel_fractions(plot.polygon, SIZE)
        share[pixels] += fractions
    months = rendered.times.astype("datetime64[M]").astype(int) % 12 + 1
    bloom = clear & (share > 0.4).reshape(SIZE, SIZE) & np.isin(months, (12, 1, 2, 3, 4))[:, None, None]
    found = missed_clouds(rendered.times, blue)
    assert cloudy.sum() > 1000
    assert bloom.sum() > 300
    assert found[cloudy].mean() > 0.7
    assert found[clear].mean() < 0.005
    assert found[bloom].mean() < 0.01
    assert not found[~seen].any()


def test_a_change_that_lasts_is_not_taken_for_a_cloud() -> None:
    times = np.array(["2026-01-01", "2026-01-06", "2026-01-11", "2026-01-16", "2026-01-21"], "datetime64[ns]")

    def found(*values: float) -> list[bool]:
        return missed_clouds(times, np.array(values, np.float32).reshape(5, 1, 1)).ravel().tolist()

    nan = float("nan")
    assert found(0.03, 0.03, 0.30, 0.03, 0.03) == [False, False, True, False, False]
    assert found(0.03, 0.03, 0.14, 0.14, 0.13) == [False] * 5
    assert found(0.03, 0.07, 0.03, 0.03, 0.03) == [False] * 5
    assert found(0.03, nan, 0.30, nan, 0.03) == [False, False, True, False, False]
    assert found(nan, nan, 0.30, nan, nan) == [False] * 5
    assert found(0.40, 0.03, 0.03, 0.03, 0.40) == [True, False, False, False, True]


def test_looks_months_apart_are_not_compared() -> None:
    times = np.array(["2025-06-01", "2025-10-01", "2026-02-01"], "datetime64[ns]")
    blue = np.array([0.03, 0.30, 0.03], np.float32).reshape(3, 1, 1)
    assert not missed_clouds(times, blue).any()


def test_a_missed_cloud_goes_from_every_band_lazily_as_well(
    world: simulation.World, catalog: Path, loaded: Cube, with_clouds: Cube
) -> None:
    chunks = {"y": 64, "x": 128}
    lazy = imagery.load(str(catalog), world.recipe.season, settings=Settings(), chunks=chunks)
    mask = missed_clouds(with_clouds.times, with_clouds.reflectance("blue"))
    assert mask.any()
    assert loaded.facts["missed_clouds_share"] == pytest.approx(
        mask.sum() / np.isfinite(with_clouds.reflectance("blue")).sum()
    )
    blue, nir = dask.compute(lazy.reflectance("blue"), lazy.reflectance("nir"), scheduler="threads")
    for name, computed in (("blue", blue), ("nir", nir)):
        expected = np.where(mask, np.nan, with_clouds.bands[name])
        np.testing.assert_array_equal(loaded.reflectance(name), expected)
        np.testing.assert_array_equal(computed, expected)
