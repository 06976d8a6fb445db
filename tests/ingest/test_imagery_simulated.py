"""A simulated season, whose clouds and lies are known, goes through the loader."""

from pathlib import Path

import numpy as np
import pytest

from eradication import simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.raster import Cube, Window
from eradication.simulation import stac

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


def test_files_give_the_reflectance_they_were_made_from(loaded: Cube, rendered: Cube) -> None:
    cube = loaded
    assert cube.geobox == rendered.geobox
    assert cube.used == rendered.used
    assert set(cube.bands) == set(rendered.bands)
    for name, band in rendered.bands.items():
        np.testing.assert_array_equal(cube.bands[name], band)
        np.testing.assert_array_equal(cube.reflectance(name), rendered.reflectance(name))
    np.testing.assert_array_equal(cube.clear, rendered.clear)
    np.testing.assert_array_equal(cube.suspect, rendered.suspect)


@pytest.mark.slow
@pytest.mark.parametrize("side", [64, 50])
def test_files_give_it_window_by_window_too(world: simulation.World, catalog: Path, rendered: Cube, side: int) -> None:
    archive = imagery.find(str(catalog), world.recipe.season, settings=Settings())
    count = -(-SIZE // side)
    for i, j in np.ndindex(count, count):
        top, left = i * side, j * side
        window = Window(top, left, min(side, SIZE - top), min(side, SIZE - left))
        cube = imagery.read(archive, window, ("blue", "nir", "swir16"))
        assert set(cube.bands) == {"blue", "nir", "swir16"}
        for name in cube.bands:
            np.testing.assert_array_equal(cube.reflectance(name), rendered.reflectance(name)[:, *window.slices])
        np.testing.assert_array_equal(cube.clear, rendered.clear[:, *window.slices])
