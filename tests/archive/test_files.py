"""The archives that the rig writes are what their products say, and the package reads them as it must."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import rasterio
from archive.files import (
    ABROAD,
    ARCHIVES,
    COPERNICUS,
    EARTH_SEARCH,
    EAST,
    PLANETARY_COMPUTER,
    WEST,
    Product,
    Tile,
    one_pass,
    season,
    write_archive,
)
from imagery_factory import Place

from eradication.config import Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.ingest.bands import resolve
from eradication.raster import BANDS, Cube

WHEN = "2026-01-14T03:40:11Z"


def load(folder: Path, products: Sequence[Product]) -> Cube:
    written = write_archive(folder, products)
    return imagery.load(str(written.items), Season(2025), settings=Settings())


def test_files_are_cloud_optimised_with_predictor_and_hold_the_products_counts(tmp_path: Path) -> None:
    product = Product(WHEN, Tile("48QUJ", Place(rows=320, columns=320)), block=128)
    written = write_archive(tmp_path, [product])
    with rasterio.open(written.file(product, "red")) as source:
        assert source.profile["blockxsize"] == 128
        assert source.profile["compress"] == "deflate"
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "2"
        assert source.overviews(1) == [2, 4]
        assert source.dtypes == ("uint16",)
        np.testing.assert_array_equal(source.read(1), product.counts("red"))
    with rasterio.open(written.file(product, "scl")) as source:
        assert (source.shape, source.res, source.dtypes) == ((160, 160), (20, 20), ("uint8",))


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_archive_is_valid_stac_whose_bands_the_package_knows(tmp_path: Path, name: str) -> None:
    written = write_archive(tmp_path, [Product(WHEN, archive=ARCHIVES[name])])
    item = pystac.Item.from_dict(written.documents("http://127.0.0.1:1")[0], preserve_dict=False)
    assert list(resolve(item)) == [*BANDS, "scl"]
    assert item.assets["thumbnail"].href == f"http://127.0.0.1:1/{item.id}/preview.jpg"
    assert not (tmp_path / item.id / "preview.jpg").exists()
    stored = json.loads(written.items.read_text())["features"][0]["assets"]
    assert all((tmp_path / asset["href"]).is_file() for key, asset in stored.items() if key != "thumbnail")


@pytest.mark.parametrize(
    ("archive", "product", "says"),
    [
        (EARTH_SEARCH, {"shifted": True}, {"earthsearch:boa_offset_applied": True, "offset": -0.1}),
        (EARTH_SEARCH, {}, {"earthsearch:boa_offset_applied": False, "offset": -0.1}),
        (EARTH_SEARCH, {"says": "shifted"}, {"earthsearch:boa_offset_applied": True, "offset": -0.1}),
        (EARTH_SEARCH, {"baseline": "02.14"}, {"earthsearch:boa_offset_applied": False, "offset": 0}),
        (EARTH_SEARCH, {"says": "nothing"}, {"earthsearch:boa_offset_applied": None, "offset": None}),
        (PLANETARY_COMPUTER, {}, {"s2:processing_baseline": "05.11", "offset": None}),
        (COPERNICUS, {}, {"processing:version": "05.11", "s2:processing_baseline": None, "raster:offset": -0.1}),
        (COPERNICUS, {"says": "nothing"}, {"processing:version": "05.11", "raster:offset": None}),
    ],
)  # fmt: skip
def test_an_archive_states_the_offset_in_its_own_words(archive: Any, product: Any, says: dict[str, Any]) -> None:
    item = Product(WHEN, archive=archive, **product).item()
    asset = item.extra["red"]
    stated = {**item.properties, **asset, **asset.get("raster:bands", [{}])[0]}
    assert {name: stated.get(name) for name in says} == says


def test_what_is_said_never_changes_what_is_held() -> None:
    raw, shifted = Product(WHEN), Product(WHEN, shifted=True)
    np.testing.assert_array_equal(raw.counts("red"), shifted.counts("red") + 1000)
    for says in ("shifted", "raw", "nothing"):
        np.testing.assert_array_equal(replace(raw, says=says).counts("red"), raw.counts("red"))
    np.testing.assert_array_equal(Product(WHEN, baseline="03.01").counts("nir"), shifted.counts("nir"))


def test_overlapping_tiles_show_the_same_ground() -> None:
    west, east = (Product(WHEN, tile, cloud_share=0.3) for tile in (WEST, EAST))
    for band, pixel in (("red", 1), ("swir16", 2), ("scl", 2)):
        rows, columns = 10 // pixel, 44 // pixel
        shared = 64 // pixel - columns
        np.testing.assert_array_equal(west.counts(band)[rows:, columns:], east.counts(band)[:-rows, :shared])


def test_every_date_is_another_and_clouds_are_bright_and_classified() -> None:
    product = Product(WHEN, cloud_share=0.4)
    assert (product.counts("red") != replace(product, when="2026-02-13T03:40:11Z").counts("red")).mean() > 0.5
    cloudy = product.counts("scl") == 9
    assert 0.15 < cloudy.mean() < 0.65
    assert (product.reflectance("swir16")[cloudy] > 0.35).all()
    assert product.item().properties["eo:cloud_cover"] == pytest.approx(100 * cloudy.mean(), abs=0.01)


def test_beyond_the_swath_nothing_is_known() -> None:
    product = Product(WHEN, gap_columns=10)
    for band in ("red", "swir22", "scl"):
        empty = product.counts(band) == 0
        columns = 10 if band == "red" else 5
        assert empty[:, -columns:].all()
        assert not empty[:, :-columns].any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHIVES)
def test_the_package_reads_a_season_of_mixed_processing_right(tmp_path: Path, name: str) -> None:
    products = season(ARCHIVES[name], (WEST, EAST))
    cube = load(tmp_path, products)
    assert not cube.failed
    assert len(cube.times) == 7
    for number, product in enumerate(p for p in products if p.tile is WEST):
        for band in ("blue", "nir"):
            np.testing.assert_allclose(cube.reflectance(band)[number, :64, :64], product.reflectance(band), atol=0.6e-4)
        twenty = product.reflectance("swir16").repeat(2, 0).repeat(2, 1)
        np.testing.assert_allclose(cube.reflectance("swir16")[number, :64, :64], twenty, atol=0.6e-4)


def test_a_tile_of_the_other_zone_adds_ground_and_no_second_look(tmp_path: Path) -> None:
    cube = load(tmp_path, one_pass(WHEN, (WEST, EAST, ABROAD)))
    assert len(cube.times) == 1
    alone = load(tmp_path / "two", one_pass(WHEN, (WEST, EAST)))
    assert np.isfinite(cube.reflectance("red")).sum() > np.isfinite(alone.reflectance("red")).sum()


@pytest.mark.parametrize(
    ("product", "reasons"),
    [
        ({"says": "shifted"}, ["offset_contradicted"]),
        ({"shifted": True, "says": "raw"}, ["offset_contradicted"]),
        ({"shifted": True, "says": "nothing"}, ["offset_contradicted"]),
        ({"says": "nothing"}, []),
        ({"shifted": True, "archive": PLANETARY_COMPUTER}, ["offset_contradicted"]),
    ],
)  # fmt: skip
def test_a_contradiction_of_words_and_pixels_is_found(tmp_path: Path, product: Any, reasons: list[str]) -> None:
    honest = Product("2025-11-05T03:40:11Z")
    cube = load(tmp_path, [honest, Product(WHEN, **product)])
    assert [failure.reason for failure in cube.failed] == reasons
