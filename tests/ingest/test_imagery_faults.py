"""What an archive may get wrong costs its band or its item, is named, and never stops the others."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from imagery_factory import Item, Place, coded, raw, scene, write_catalog, write_collection, write_links

from eradication.config import Settings
from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.ingest import imagery
from eradication.raster import Cube, Window

SEASON = Season(2025)
PLACE = Place()
WHEN = ["2025-12-05T03:40:00Z", "2026-01-05T03:40:00Z", "2026-02-05T03:40:00Z"]


def items() -> list[Item]:
    found = []
    for number, when in enumerate(WHEN):
        bands: dict[str, Any] = {b: coded(number, k, PLACE) for k, b in enumerate(("blue", "green", "nir"))}
        bands["scl"] = np.full((PLACE.rows, PLACE.columns), 4, np.uint8)
        found.append(Item(f"item-{number}", when, bands))
    return found


def load(catalog: Path) -> Cube:
    return imagery.load(str(catalog), SEASON, settings=Settings())


def failures(cube: Cube) -> list[tuple[str, str, str]]:
    return [(f.id, f.asset, f.reason) for f in cube.failed]


def spoiled(tmp_path: Path, spoil: Callable[[Path], None], band: str = "green") -> Cube:
    catalog = write_catalog(tmp_path, items())
    spoil(tmp_path / "item-1" / f"item-1_{band}.tif")
    return load(catalog)


def remove(path: Path) -> None:
    path.unlink()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size - 40])


def cut_to_a_stub(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def write_words(path: Path) -> None:
    path.write_text("<html>403 Forbidden</html>")


def narrow(path: Path) -> None:
    Item("x", WHEN[0], {}).write_tif(path, coded(0, 0, PLACE)[:, :30])


def other_zone(path: Path) -> None:
    Item("x", WHEN[0], {}, Place(epsg=32647)).write_tif(path, coded(0, 0, PLACE))


def elsewhere(path: Path) -> None:
    Item("x", WHEN[0], {}, PLACE.moved(columns=100)).write_tif(path, coded(0, 0, PLACE))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (remove, "missing_asset"),
        (make_folder, "missing_asset"),
        (truncate, "truncated"),
        (cut_to_a_stub, "unreadable"),
        (empty, "unreadable"),
        (write_words, "unreadable"),
        (narrow, "wrong_grid"),
        (other_zone, "wrong_grid"),
        (elsewhere, "wrong_grid"),
    ],
)
def test_T27_a_bad_asset_costs_its_band_of_its_item_and_nothing_else(
    tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    cube = spoiled(tmp_path, spoil)
    assert failures(cube) == [("item-1", "green", reason)]
    assert cube.used == ("item-0", "item-1", "item-2")
    assert np.isnan(cube.reflectance("green")[1]).all()
    for number in range(3):
        expected = coded(number, 2, PLACE) * np.float32(1e-4)
        np.testing.assert_allclose(cube.reflectance("nir")[number], expected, atol=1e-6)
    assert np.isfinite(cube.reflectance("green")[[0, 2]]).all()


@pytest.mark.parametrize("spoil", [remove, truncate, write_words])
def test_T27_an_item_whose_clouds_cannot_be_masked_is_left_out(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    cube = spoiled(tmp_path, spoil, "scl")
    assert cube.used == ("item-0", "item-2")
    assert ("item-1", "*", "scl_unusable") in failures(cube)
    assert cube.scl_masked


def test_T27_a_block_that_cannot_be_decoded_costs_its_pixels_only(tmp_path: Path) -> None:
    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        place = content.index(b"\x78", 300)  # somewhere in the first compressed block
        content[place : place + 60] = bytes(60)
        path.write_bytes(bytes(content))

    cube = spoiled(tmp_path, flip)
    lost = np.isnan(cube.reflectance("green")[1])
    assert failures(cube) == [("item-1", "green", "unreadable")]
    assert 0 < lost.sum() <= 2 * 16 * 16
    expected = coded(1, 1, PLACE) * np.float32(1e-4)
    np.testing.assert_allclose(cube.reflectance("green")[1][~lost], expected[~lost], atol=1e-6)
    archive = imagery.find(str(tmp_path / "catalog.json"), SEASON, settings=Settings())
    for top, left in np.ndindex(3, 4):
        window = Window(16 * top, 16 * left, min(16, 40 - 16 * top), min(16, 50 - 16 * left))
        part = imagery.read(archive, window)
        np.testing.assert_array_equal(part.bands["green"], cube.bands["green"][:, *window.slices])
        assert bool(part.failed) == lost[window.slices].any()


def test_a_file_unlike_its_metadata_is_not_used(tmp_path: Path) -> None:
    claims = [
        {"proj:shape": [41, 50]},
        {"proj:transform": [10, 0, 386_500, 0, -10, 2_358_800]},
        {"proj:code": "EPSG:32647"},
    ]
    for number, claim in enumerate(claims):
        item = items()[0]
        item.extra = {"green": claim}
        cube = load(write_catalog(tmp_path / str(number), [item]))
        assert failures(cube) == [("item-0", "green", "wrong_grid")]
        assert "green" not in cube.bands


def test_when_everything_fails_the_reasons_are_listed(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, items())
    for path in tmp_path.glob("*/*.tif"):
        path.unlink()
    with pytest.raises(UnusableInput) as caught:
        load(catalog)
    assert caught.value.kind == "no_usable_imagery"
    assert "missing_asset (12)" in str(caught.value)


def lying(tmp_path: Path, *, stored: float, said: bool) -> Cube:
    honest = Item("honest", WHEN[0], raw(scene(PLACE, 1), stored_offset=0.1))
    honest.properties = {"s2:processing_baseline": "05.11", "earthsearch:boa_offset_applied": False}
    liar = Item("liar", WHEN[1], raw(scene(PLACE, 2), stored_offset=stored))
    liar.properties = {"s2:processing_baseline": "05.11", "earthsearch:boa_offset_applied": said}
    return load(write_catalog(tmp_path, [honest, liar]))


@pytest.mark.parametrize(("stored", "said", "verdict"), [(0.0, False, "applied_twice"), (0.1, True, "not_applied")])
def test_T27_an_item_whose_pixels_contradict_its_offset_is_never_used(
    tmp_path: Path, stored: float, said: bool, verdict: str
) -> None:
    cube = lying(tmp_path, stored=stored, said=said)
    assert cube.used == ("honest",)
    assert failures(cube) == [("liar", "*", "offset_contradicted")]
    assert verdict in cube.failed[0].detail


@pytest.mark.parametrize(("stored", "said"), [(0.1, False), (0.0, True)])
def test_the_offset_is_applied_once_however_the_archive_stores_it(tmp_path: Path, stored: float, said: bool) -> None:
    cube = lying(tmp_path, stored=stored, said=said)
    truth = scene(PLACE, 2)
    assert cube.used == ("honest", "liar")
    for name in ("blue", "red", "nir", "swir22"):
        np.testing.assert_allclose(cube.reflectance(name)[1], truth[name], atol=1.1e-4)
    facts = cube.facts["items"]["liar"]
    assert facts["offset"] == (0.0 if said else -0.1)
    assert facts["rule"] == "earthsearch:boa_offset_applied"
    assert facts["pixels"] == "agrees"
    assert facts["baseline"] == "05.11"


def test_an_item_without_any_rule_for_its_offset_is_left_out(tmp_path: Path) -> None:
    first, second, third = items()
    second.properties = {}
    cube = load(write_catalog(tmp_path, [first, second, third]))
    assert failures(cube) == [("item-1", "*", "no_offset_rule")]


def test_floating_point_counts_without_a_scale_are_left_out_and_with_one_are_read(tmp_path: Path) -> None:
    for scale, reasons in ((None, ["not_reflectance"]), ({"scale": 0.0001}, [])):
        good, counts = items()[:2]
        for name in ("red", "nir"):
            counts.bands[name] = np.full((PLACE.rows, PLACE.columns), 2500, np.float32)
            good.bands[name] = np.full((PLACE.rows, PLACE.columns), 2500, np.uint16)
        counts.raster_bands, counts.properties = scale, {}
        counts.bands = {name: values.astype(np.float32) for name, values in counts.bands.items()}
        cube = load(write_catalog(tmp_path / str(scale is None), [good, counts]))
        assert [f.reason for f in cube.failed] == reasons
        np.testing.assert_allclose(cube.reflectance("red"), 0.25, atol=1e-6)


def test_jpeg_2000_is_read_like_a_geotiff(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, items())
    path = tmp_path / "item-1" / "item-1_green.tif"
    with rasterio.open(path) as source:
        profile = {"driver": "JP2OpenJPEG", "height": source.height, "width": source.width, "count": 1}
        profile |= {"dtype": "uint16", "crs": source.crs, "transform": source.transform}
        with rasterio.open(tmp_path / "green.jp2", "w", QUALITY=100, REVERSIBLE="YES", **profile) as target:
            target.write(source.read())
    path.unlink()
    (tmp_path / "green.jp2").rename(path)
    cube = load(catalog)
    assert not cube.failed
    np.testing.assert_allclose(cube.reflectance("green")[1], coded(1, 1, PLACE) * np.float32(1e-4), atol=1e-6)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert np.isnan(load(catalog).reflectance("green")[1]).any()


def test_top_of_atmosphere_items_are_left_out(tmp_path: Path) -> None:
    first, second, _ = items()
    second.properties = {**second.properties, "s2:product_type": "S2MSI1C"}
    assert failures(load(write_catalog(tmp_path, [first, second]))) == [("item-1", "*", "not_l2a")]


@pytest.mark.parametrize(
    "href", ["https://example.com/green.tif", "s3://bucket/green.tif", "/vsicurl/http://127.0.0.1:9/green.tif",
             "/vsizip//tmp/x.zip/green.tif", "vrt:///etc/passwd", "//host/green.tif"]
)  # fmt: skip
def test_T1_an_asset_that_is_not_a_plain_file_is_not_opened(tmp_path: Path, href: str) -> None:
    catalog = write_catalog(tmp_path, items())
    path = tmp_path / "item-1" / "item-1.json"
    document = json.loads(path.read_text())
    document["assets"]["green"]["href"] = href
    path.write_text(json.dumps(document))
    assert failures(load(catalog)) == [("item-1", "green", "remote_asset")]


def test_T1_gdal_syntax_in_an_href_is_only_a_file_name(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, items())
    path = tmp_path / "item-1" / "item-1.json"
    document = json.loads(path.read_text())
    document["assets"]["green"]["href"] = f"GTIFF_DIR:1:{tmp_path}/item-0/item-0_green.tif"
    path.write_text(json.dumps(document))
    assert failures(load(catalog)) == [("item-1", "green", "missing_asset")]


VRT = """<VRTDataset rasterXSize="50" rasterYSize="40"><SRS>EPSG:32648</SRS>
<GeoTransform>386400, 10, 0, 2358800, 0, -10</GeoTransform><VRTRasterBand dataType="UInt16" band="1">
<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
</VRTRasterBand></VRTDataset>"""


def test_T1_a_vrt_named_tif_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tif"
    Item("secret", WHEN[0], {}).write_tif(secret, np.full((40, 50), 7777, np.uint16))
    cube = spoiled(tmp_path, lambda path: path.write_text(VRT.format(source=secret)) and None)
    assert failures(cube) == [("item-1", "green", "unreadable")]
    assert not np.isclose(cube.reflectance("green"), 0.7777).any()


def test_T1_files_beside_an_image_are_not_looked_at(tmp_path: Path) -> None:
    def add_sidecars(path: Path) -> None:
        path.with_suffix(".tif.aux.xml").write_text(
            '<PAMDataset><PAMRasterBand band="1"><NoDataValue>4018</NoDataValue></PAMRasterBand></PAMDataset>'
        )
        path.with_suffix(".tif.ovr").write_text(VRT.format(source="/etc/passwd"))
        path.with_suffix(".tif.msk").write_text(VRT.format(source="/etc/passwd"))

    cube = spoiled(tmp_path, add_sidecars)
    assert not cube.failed
    assert np.isfinite(cube.reflectance("green")).all()


def test_an_address_is_said_to_be_unsupported() -> None:
    with pytest.raises(UnusableInput) as caught:
        imagery.load("https://example.com/catalog.json", SEASON, settings=Settings())
    assert caught.value.kind == "unsupported_catalog"


def test_a_catalog_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput) as caught:
        load(tmp_path / "nothing.json")
    assert caught.value.kind == "no_such_catalog"
    assert "nothing.json" in caught.value.where


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"type": "FeatureCollection"}', '{"type": "Catalog", "links": []}',
     '{"type": "Feature", "geometry": null, "properties": {}}', '{"stac_version": "1.0.0", "type": "Catalog"}',
     '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null, "properties": {}}]}',
     "[" * 100_000, "\x00\x01"],
)  # fmt: skip
def test_a_file_that_is_not_stac_is_refused_with_a_hint(tmp_path: Path, content: str) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(content)
    with pytest.raises(UnusableInput) as caught:
        load(path)
    assert caught.value.kind == "not_stac"
    assert "catalog.json" in caught.value.hint


def test_a_folder_without_a_catalog_is_not_stac(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput) as caught:
        load(tmp_path)
    assert caught.value.kind == "not_stac"


def test_a_catalog_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    import dataclasses

    from eradication.config import Limits

    path = tmp_path / "catalog.json"
    path.write_text(" " * (1024 * 1024 + 1))
    small = dataclasses.replace(Settings(), limits=Limits(file_mb=1))
    with pytest.raises(UnusableInput) as caught:
        imagery.load(str(path), SEASON, settings=small)
    assert caught.value.kind == "not_stac"
    assert "larger" in str(caught.value)


def test_an_empty_catalog_has_no_imagery(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput) as caught:
        load(write_links(tmp_path / "catalog.json", []))
    assert caught.value.kind == "no_imagery"


def test_catalogs_that_name_one_another_in_a_circle_end(tmp_path: Path) -> None:
    write_catalog(tmp_path / "inner", items())
    inner = tmp_path / "inner" / "catalog.json"
    document = json.loads(inner.read_text())
    document["links"] += [{"rel": "child", "href": "../catalog.json"}, {"rel": "child", "href": "./catalog.json"}]
    inner.write_text(json.dumps(document))
    links = [{"rel": "child", "href": "./inner/catalog.json"}, {"rel": "item", "href": "./inner/item-0/item-0.json"}]
    cube = load(write_links(tmp_path / "catalog.json", links))
    assert sorted(cube.used) == ["item-0", "item-1", "item-2"]


def test_items_that_are_missing_broken_or_remote_are_named(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, items())
    (tmp_path / "item-0" / "item-0.json").unlink()
    (tmp_path / "item-1" / "item-1.json").write_text('{"type": "Feature", "stac_version": "1.0.0", "id": "item-1"}')
    document = json.loads(catalog.read_text())
    document["links"].append({"rel": "item", "href": "https://example.com/item-9.json"})
    catalog.write_text(json.dumps(document))
    cube = load(catalog)
    assert cube.used == ("item-2",)
    assert sorted((f.id, f.reason) for f in cube.failed) == [
        ("https://example.com/item-9.json", "remote_item"),
        ("item-0", "missing_item"),
        ("item-1", "bad_item"),
    ]


def test_an_item_collection_with_one_broken_item_gives_the_others(tmp_path: Path) -> None:
    path = write_collection(tmp_path, items())
    document = json.loads(path.read_text())
    document["features"][1]["properties"] = {"datetime": "yesterday"}
    path.write_text(json.dumps(document))
    cube = load(path)
    assert cube.used == ("item-0", "item-2")
    assert failures(cube) == [("item-1", "*", "bad_item")]
