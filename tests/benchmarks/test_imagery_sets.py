"""The sets that speed is measured on are what they say: readable, in place, complete, and simulated."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from benchmarks.imagery import chips, cog, sets

from eradication.config import Settings
from eradication.ingest import imagery

DATES = 6
PX = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="module")
def built(folder) -> list[sets.Built]:
    plans = [
        sets.rectangle("two-squares", (1, 2), sets.spread(3, DATES), PX),
        sets.province(range(DATES), (4 * PX + 10, 3 * PX - 20), PX, variants=9),
    ]
    return sets.build(plans, folder, DATES)


def test_a_file_of_ready_blocks_reads_back_as_the_image_it_was_made_of(tmp_path):
    values = np.random.default_rng(1).integers(0, 65535, (150, 200), np.uint16)
    levels = [cog.encode_all(values, 64), cog.encode_all(values[::4, ::4], 32)]
    written = cog.write(tmp_path / "a.tif", "u2", levels, cog.Place(32648, 330_000.0, 2_400_000.0, 10.0))
    assert written == (tmp_path / "a.tif").stat().st_size
    with rasterio.open(tmp_path / "a.tif") as file:
        assert (file.read(1) == values).all()
        assert (file.crs.to_epsg(), file.nodata, file.overviews(1)) == (32648, 0, [4])
        assert (file.block_shapes, file.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"]) == ([(64, 64)], "DEFLATE")
        assert tuple(file.transform)[:6] == (10.0, 0.0, 330_000.0, 0.0, -10.0, 2_400_000.0)
    with rasterio.open(tmp_path / "a.tif", overview_level=0) as file:
        assert (file.read(1) == values[::4, ::4]).all()


def test_a_block_given_twice_is_stored_once(tmp_path):
    block = cog.encode(np.random.default_rng(2).integers(0, 255, (64, 64), np.uint8))
    level = cog.Level((64, 128), 64, [block, block])
    size = cog.write(tmp_path / "a.tif", "u1", [level], cog.Place(32648, 0.0, 0.0, 10.0))
    assert size < 2 * len(block)
    with rasterio.open(tmp_path / "a.tif") as file:
        assert (file.read(1)[:, :64] == file.read(1)[:, 64:]).all()


@pytest.mark.slow
def test_tiles_of_the_province_show_the_same_land_where_they_overlap(built):
    plan, folder = built[1].plan, built[1].folder
    assert plan.shape == (4 * PX + 10, 3 * PX - 20)
    read = {}
    for tile in plan.tiles:
        (path,) = sorted(folder.glob(f"sentinel-2-l2a/*_{tile.name}_*/B04.tif"))[:1]
        with rasterio.open(path) as file:
            read[tile.name] = file.read(1)
            assert file.bounds.left == sets.WEST + tile.column * PX * 10
    left, right = read["48QUJ"], read["48QVJ"]
    assert (left[:, -PX:] == right[:, :PX]).all()
    assert (read["48QUJ"][-PX:] == read["48QUH"][:PX]).all()


@pytest.mark.slow
def test_a_square_of_a_later_round_has_bytes_of_its_own(folder, built):
    land = chips.make(folder, 4, PX, DATES)
    red = sets._Squares(land, 2, "red")
    plan = built[1].plan
    first, again = red.values(plan, 1), red.values(plan, 1 + 8 * plan.chips)
    gap = np.abs(first.astype(int) - again.astype(int))
    assert 0 < gap.max() <= sets.NOISE_DN


@pytest.mark.slow
def test_repeated_squares_are_counted_as_repeated(built):
    two, province = built
    assert two.distinct_bytes == two.packed_bytes
    assert province.distinct_bytes < 0.7 * province.packed_bytes
    assert sum(path.stat().st_size for path in province.files) == province.file_bytes


@pytest.mark.slow
def test_the_package_reads_a_set_whole_and_knows_that_it_is_simulated(built):
    two = built[0]
    cube = imagery.load(str(two.catalog), chips.SEASON, settings=Settings())
    assert (len(cube.used), cube.failed, cube.simulated) == (3, (), True)
    assert cube.geobox.shape == two.plan.shape
    assert len(cube.bands) == 10
    red = cube.reflectance("red")
    assert 0.01 < float(np.nanmedian(red)) < 0.3


@pytest.mark.slow
def test_a_set_that_is_there_is_not_made_again(folder, built):
    before = built[0].files[0].stat().st_mtime_ns
    (again,) = sets.build([built[0].plan], folder, DATES)
    assert again == built[0]
    assert again.files[0].stat().st_mtime_ns == before


@pytest.mark.slow
def test_items_say_all_that_a_reader_may_ask(built):
    path = next(built[0].folder.glob("sentinel-2-l2a/*/*.json"))
    item = json.loads(path.read_text(encoding="utf-8"))
    assert item["properties"]["eradication:simulated"] is True
    assert "simulated" in item["properties"]["title"]
    for key in ("s2:processing_baseline", "view:sun_elevation", "view:sun_azimuth", "proj:code", "platform"):
        assert item["properties"][key]
    assert set(item["assets"]) == set(sets.ASSETS)
    for asset in item["assets"].values():
        assert len(asset["proj:transform"]) == 6
        assert asset["raster:bands"][0]["spatial_resolution"] in (10.0, 20.0)
