"""What is written: a valid archive whose metadata tell the truth, except where they were told to lie."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio
import rasterio.features
import shapely

from eradication import geo, simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.raster import BANDS
from eradication.simulation import stac
from eradication.simulation.acquisitions import stated_dn_offset
from eradication.simulation.plots import pixel_fractions
from eradication.simulation.reflectance import table
from eradication.simulation.render import scene

RECIPE = simulation.Recipe(seed=5, season=Season(2025), size_px=64, plots=4, most_items=12)


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(RECIPE)


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("season")
    simulation.write(world, target)
    return target


@pytest.fixture(scope="module")
def items(folder) -> list[pystac.Item]:
    return list(pystac.Catalog.from_file(str(folder / "imagery" / "catalog.json")).get_items(recursive=True))


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_recipe_gives_the_same_bytes(folder, tmp_path):
    simulation.write(simulation.build(RECIPE), tmp_path)
    assert hashes(tmp_path) == hashes(folder)


def test_progress_counts_every_image(world, tmp_path):
    seen = []
    simulation.write(world, tmp_path, tick=lambda done, total: seen.append((done, total)))
    assert seen == [(k, 12) for k in range(1, 13)]


def test_every_item_has_all_assets_with_relative_paths(folder, items):
    assert len(items) == 12
    for item in items:
        assert set(item.assets) == {*BANDS, "scl"}
        for asset in item.assets.values():
            assert not Path(asset.href).is_absolute()
            assert Path(asset.get_absolute_href()).is_file()


def test_items_read_back_as_stac_with_the_fields_of_the_archive(items, world):
    for item, acquisition in zip(items, world.acquisitions, strict=True):
        assert item.datetime == acquisition.when
        assert item.properties["proj:code"] == "EPSG:32648"
        assert item.properties["grid:code"] == "MGRS-48QVH"
        assert item.properties["s2:processing_baseline"] == acquisition.baseline
        assert 0.0 <= item.properties["eo:cloud_cover"] <= 100.0
        assert pystac.Item.from_dict(item.to_dict()).id == item.id
        assert shapely.is_valid(shapely.geometry.shape(item.geometry))


def test_catalog_collection_and_items_are_valid_stac(folder, items):
    root = pystac.Catalog.from_file(str(folder / "imagery" / "catalog.json"))
    collection = next(iter(root.get_children()))
    assert collection.id == "sentinel-2-l2a"
    for thing in (root, collection, items[0], items[-1]):
        alone = thing.clone()
        alone.stac_extensions = []  # schemas of extensions live on the network, those of the core in pystac
        assert len(alone.validate()) == 1


def test_the_grid_in_the_metadata_is_the_grid_of_the_file(items):
    for name, step, dtype in (("red", 10, "uint16"), ("swir16", 20, "uint16"), ("scl", 20, "uint8")):
        asset = items[0].assets[name]
        with rasterio.open(asset.get_absolute_href()) as source:
            assert source.transform.a == step
            assert list(source.transform)[:6] == asset.extra_fields["proj:transform"]
            assert list(source.shape) == asset.extra_fields["proj:shape"]
            assert source.crs.to_epsg() == 32648
            assert source.dtypes[0] == dtype
            assert source.nodata == 0
            assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert source.compression.name.lower() == "deflate"


def test_the_offset_in_the_pixels_is_the_one_the_metadata_state_except_where_they_lie(world):
    clear = [a for a in world.acquisitions if a.cloud_share < 0.3]
    for acquisition in clear:
        # The darkest pixels of the SWIR-free red band lie near 0.02 in reflectance.
        darkest = np.percentile(scene(world, acquisition).bands["red"], 2.0)
        really = 1000 if darkest > 900 else 0
        stated = stated_dn_offset(acquisition.flag, acquisition.baseline)
        assert (really != stated) == acquisition.is_lying
    assert any(a.is_lying for a in clear)


def test_flags_and_offsets_in_the_items_are_those_of_the_acquisitions(items, world):
    for item, acquisition in zip(items, world.acquisitions, strict=True):
        assert item.properties.get("earthsearch:boa_offset_applied") == acquisition.flag
        assert item.assets["red"].extra_fields["raster:bands"][0]["scale"] == 0.0001
        assert item.assets["red"].extra_fields["raster:bands"][0]["offset"] == -0.1


def test_a_pure_poppy_pixel_has_the_spectrum_of_the_table():
    recipe = simulation.Recipe(
        seed=2,
        season=Season(2025),
        size_px=64,
        plots=2,
        median_m2=6000.0,
        sigma_ln=0.01,
        mixed_share=0.0,
        lying_items=0,
    )
    world = simulation.build(recipe)
    compared = 0
    for number, plot in enumerate(world.plots):
        unit = len(world.fields.crop) + number
        pixel, share = pixel_fractions(plot.polygon, recipe.size_px)
        inside = np.zeros(64 * 64, bool)
        inside[pixel[share > 0.999]] = True
        core = rasterio_core(inside.reshape(64, 64))
        for acquisition in (a for a in world.acquisitions if a.cloud_share == 0.0):
            shot = scene(world, acquisition)
            red = (shot.bands["red"][core].astype(float) - acquisition.dn_offset) * 1e-4
            ndvi = nd(shot, "nir", "red", core)
            expected = expected_spectrum(world, unit, acquisition)
            # Light on slopes and haze change brightness, hardly the ratio.
            wanted = (expected[6] - expected[2]) / (expected[6] + expected[2])
            assert np.median(ndvi) == pytest.approx(wanted, abs=0.09)
            assert np.median(red) == pytest.approx(expected[2], rel=0.6, abs=0.03)
            compared += 1
    assert compared >= 4


def rasterio_core(mask: np.ndarray) -> np.ndarray:
    core = mask.copy()
    core[1:-1, 1:-1] &= mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    return core


def nd(shot, a: str, b: str, where: np.ndarray) -> np.ndarray:
    x, y = (shot.bands[k][where].astype(float) - shot.acquisition.dn_offset for k in (a, b))
    return (x - y) / (x + y)


def expected_spectrum(world, unit: int, acquisition) -> np.ndarray:
    from eradication.simulation.world import unit_spectra

    return unit_spectra(world, world.day(acquisition.when.date()))[unit]


def test_a_plot_lies_where_its_pixels_are_bright(tmp_path):
    """Burnt, then green in winter: the pixels that rise most lie inside the plot's outline in the file's own CRS."""
    recipe = simulation.Recipe(
        seed=2,
        season=Season(2025),
        size_px=64,
        plots=1,
        median_m2=6000.0,
        sigma_ln=0.01,
        mixed_share=0.0,
        lying_items=0,
    )
    world = simulation.build(recipe)
    cube = simulation.cube(world)
    plot = world.plots[0]
    sown = np.datetime64(world.date(plot.sowings[0]))
    ndvi = (cube.reflectance("nir") - cube.reflectance("red")) / (cube.reflectance("nir") + cube.reflectance("red"))
    age = (cube.times - sown) / np.timedelta64(1, "D")
    rise = mean(ndvi[(age > 65) & (age < 130)]) - mean(ndvi[(age > -25) & (age < 20)])
    stac.write_cog(tmp_path / "red.tif", scene(world, world.acquisitions[0]).bands["red"], world)
    with rasterio.open(tmp_path / "red.tif") as source:
        outline = geo.project(world.outline(plot), geo.WGS84, source.crs.to_epsg())
        inside = rasterio.features.geometry_mask([outline], source.shape, source.transform, invert=True)
    assert np.nanmedian(rise[inside]) > np.nanpercentile(rise, 90)


def mean(stack: np.ndarray) -> np.ndarray:
    known = np.isfinite(stack)
    return np.where(known, stack, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def test_clouds_are_mostly_seen_by_the_scene_classes_but_some_are_missed():
    world = simulation.build(simulation.Recipe(seed=9, season=Season(2025), size_px=96, lying_items=0))
    bright_clear = bright_seen = 0
    for acquisition in (a for a in world.acquisitions if 0.2 < a.cloud_share < 0.8):
        shot = scene(world, acquisition)
        blue = (shot.bands["blue"].reshape(48, 2, 48, 2).mean(axis=(1, 3)) - acquisition.dn_offset) * 1e-4
        bright_seen += int(((blue > 0.4) & np.isin(shot.scl, (8, 9, 10))).sum())
        bright_clear += int(((blue > 0.4) & np.isin(shot.scl, (4, 5))).sum())
    assert bright_seen > 5 * bright_clear > 0


def test_dark_winter_slopes_bear_their_scene_class():
    world = simulation.build(simulation.Recipe(seed=9, season=Season(2025), size_px=128, lying_items=0))
    winter = [a for a in world.acquisitions if a.when.month in (12, 1) and a.cloud_share < 0.5]
    dark = sum(int((scene(world, a).scl == 2).sum()) for a in winter)
    assert dark > 0
    summer = [a for a in world.acquisitions if a.when.month in (5, 6)]
    assert sum(int((scene(world, a).scl == 2).sum()) for a in summer) < dark


def test_reading_the_catalog_gives_the_same_cube_and_finds_the_liars(folder, world):
    read = imagery.load(str(folder / "imagery" / "catalog.json"), RECIPE.season, settings=Settings())
    made = simulation.cube(world)
    assert {failure.id for failure in read.failed} == {a.id for a in world.acquisitions if a.is_lying}
    assert read.used == made.used
    assert read.geobox == made.geobox
    assert read.simulated
    for band in BANDS:
        assert read.bands[band].dtype == made.bands[band].dtype == np.uint16
        np.testing.assert_array_equal(read.bands[band], made.bands[band])
    np.testing.assert_array_equal(read.clear, made.clear)
    assert set(np.unique(read.clear)) == {0, 1, 2}


def test_the_cube_leaves_lying_items_out_and_masks_clouds(world):
    cube = simulation.cube(world)
    assert len(cube.times) == sum(not a.is_lying for a in world.acquisitions)
    assert cube.simulated
    assert set(cube.bands) == set(BANDS)
    assert cube.reflectance("red").shape == (len(cube.times), 64, 64)
    assert np.isnan(cube.reflectance("red")).any()
    assert np.nanmedian(cube.reflectance("red")) < 0.15
    assert np.all(np.diff(cube.times) > np.timedelta64(0, "s"))


def test_truth_holds_every_plot_with_its_calendar(folder, world):
    document = json.loads((folder / "truth.geojson").read_text(encoding="utf-8"))
    assert [f["id"] for f in document["features"]] == [p.id for p in world.plots]
    for feature, plot in zip(document["features"], world.plots, strict=True):
        assert feature["properties"]["class"] == plot.klass
        assert feature["properties"]["area_m2"] == pytest.approx(plot.area_m2, abs=0.1)
        assert feature["properties"]["parts"][0]["flower"] > feature["properties"]["parts"][0]["sown"]
        assert geo.area_m2(shapely.geometry.shape(feature["geometry"])) == pytest.approx(plot.area_m2, rel=0.01)


def test_everything_says_simulated(folder, items):
    for path in folder.rglob("*"):
        if path.suffix in {".json", ".geojson", ".gpx", ".csv"}:
            assert "mô phỏng / simulated" in json_text(path), path
    assert all(item.properties["eradication:simulated"] is True for item in items)
    rows = (folder / "visits.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert rows
    assert all(row.endswith("mô phỏng / simulated") for row in rows)


def json_text(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return json.dumps(json.loads(text), ensure_ascii=False) if path.suffix.endswith("json") else text


def test_the_table_knows_the_bands_in_the_order_of_the_cube():
    assert table().values.shape[1] == len(BANDS)
