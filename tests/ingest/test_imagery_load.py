"""Loading a season of imagery: what is read, where it lands, what is masked."""

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from imagery_factory import S2_20M, Item, Place, coded, write_catalog, write_collection

from eradication import geo
from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.ingest import imagery
from eradication.raster import Cube, Window

SEASON = Season(2025)
SETTINGS = Settings()
NO_WIDENING = dataclasses.replace(SETTINGS, imagery=Imagery(dilate_px=0))
PLACE = Place()
JANUARY = "2026-01-05T03:40:00Z"


def coded_item(number: int, when: str, place: Place = PLACE, names: tuple[str, ...] = ("blue", "nir")) -> Item:
    return Item(f"item-{number}", when, {band: coded(number, k, place) for k, band in enumerate(names)}, place)


def reflectance(counts: npt.NDArray[np.uint16]) -> npt.NDArray[np.float32]:
    return counts.astype(np.float32) * np.float32(1e-4)


def load(catalog: Path, settings: Settings = SETTINGS, **options: object) -> Cube:
    return imagery.load(str(catalog), SEASON, settings=settings, **options)  # type: ignore[arg-type]


def test_values_land_on_their_own_pixels_without_resampling(tmp_path: Path) -> None:
    items = [coded_item(1, JANUARY), coded_item(0, "2025-11-05T03:40:00Z")]
    cube = load(write_catalog(tmp_path, items))
    assert cube.used == ("item-0", "item-1")
    assert [str(t)[:16] for t in cube.times] == ["2025-11-05T03:40", "2026-01-05T03:40"]
    assert tuple(cube.geobox.affine)[:6] == (10, 0, 386_400, 0, -10, 2_358_800)
    assert cube.geobox.crs.to_epsg() == 32648
    assert set(cube.bands) == {"blue", "nir"}
    for number in (0, 1):
        for band, name in enumerate(("blue", "nir")):
            counts = coded(number, band, PLACE)
            np.testing.assert_array_equal(cube.bands[name][number], counts + 1000)
            np.testing.assert_allclose(cube.reflectance(name)[number], reflectance(counts), atol=1e-7)
    assert cube.bands["nir"].dtype == np.uint16
    assert cube.reflectance("nir").dtype == np.float32
    assert (cube.clear == 1).all()
    assert not cube.failed
    assert not cube.scl_masked
    assert cube.suspect.shape == (2, 40, 50)
    assert not cube.suspect.any()
    assert not cube.simulated
    assert cube.facts["missing_bands"][:2] == ["green", "red"]


def two_bands() -> Item:
    bands = {"red": coded(0, 0, PLACE), "swir16": coded(0, 1, PLACE, 20)}
    return Item("a", JANUARY, bands, pixel_m={name: 20.0 for name in bands if name in S2_20M})


def test_bands_of_20_m_are_held_at_20_m_and_repeated_not_smoothed(tmp_path: Path) -> None:
    item = two_bands()
    bands = item.bands
    cube = load(write_catalog(tmp_path, [item]))
    np.testing.assert_array_equal(cube.bands["swir16"][0], bands["swir16"] + 1000)
    expected = reflectance(bands["swir16"]).repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_allclose(cube.reflectance("swir16")[0], expected, atol=1e-7)
    np.testing.assert_allclose(cube.reflectance("red")[0], reflectance(bands["red"]), atol=1e-7)


@pytest.mark.parametrize("west", [386_400, 386_410])
@pytest.mark.parametrize("north", [2_358_800, 2_358_790])
def test_the_grid_of_an_area_begins_with_a_whole_pixel_of_20_m(tmp_path: Path, west: int, north: int) -> None:
    item = two_bands()
    area = geo.project(shapely.box(west + 52, north - 187, west + 239, north - 34), 32648, 4326)
    cube = load(write_catalog(tmp_path, [item]), area=area)
    left, top = (round(v / 10) for v in (cube.geobox.affine.c - PLACE.east, PLACE.north - cube.geobox.affine.f))
    rows, columns = cube.geobox.shape
    assert left % 2 == top % 2 == 0
    assert cube.geobox.affine.c <= west + 52 < cube.geobox.affine.c + 20
    assert cube.geobox.affine.f - 20 < north - 34 <= cube.geobox.affine.f
    assert cube.bands["red"].shape == (1, rows, columns)
    assert cube.bands["swir16"].shape == (1, -(-rows // 2), -(-columns // 2))
    fine = item.bands["swir16"].repeat(2, axis=0).repeat(2, axis=1)
    for name, whole in (("red", item.bands["red"]), ("swir16", fine)):
        expected = reflectance(whole[top : top + rows, left : left + columns])
        seen = np.isfinite(cube.reflectance(name)[0])
        np.testing.assert_allclose(cube.reflectance(name)[0][seen], expected[seen], atol=1e-7)
        assert seen.sum() >= 18 * 15


def test_bands_of_20_m_off_the_lattice_are_brought_to_10_m(tmp_path: Path) -> None:
    item, other = two_bands(), two_bands()
    other.id, other.when, other.place = "b", "2026-02-05T03:40:00Z", PLACE.moved(columns=1)
    cube = load(write_catalog(tmp_path, [item, other]))
    assert cube.bands["swir16"].shape == cube.bands["red"].shape == (2, 40, 52)
    for number, left in ((0, 0), (1, 1)):
        expected = reflectance(item.bands["swir16"]).repeat(2, axis=0).repeat(2, axis=1)
        found = cube.reflectance("swir16")[number][:, left : left + 50]
        np.testing.assert_allclose(found, expected, atol=1e-7)


def test_an_item_collection_a_catalog_and_its_folder_give_the_same_cube(tmp_path: Path) -> None:
    items = [coded_item(n, f"2026-0{n + 1}-05T03:40:00Z") for n in range(3)]
    catalog = write_catalog(tmp_path / "catalog", items)
    cubes = [load(catalog), load(catalog.parent), load(write_collection(tmp_path / "flat", items))]
    for cube in cubes[1:]:
        assert cube.used == cubes[0].used
        for name, band in cubes[0].bands.items():
            np.testing.assert_array_equal(cube.bands[name], band)
        np.testing.assert_array_equal(cube.clear, cubes[0].clear)


def test_a_single_item_is_a_catalog_of_one(tmp_path: Path) -> None:
    write_catalog(tmp_path, [coded_item(0, JANUARY), coded_item(1, "2026-02-05T03:40:00Z")])
    assert load(tmp_path / "item-1" / "item-1.json").used == ("item-1",)


def test_only_items_of_the_imagery_window_are_read(tmp_path: Path) -> None:
    # The window is 1 May 2025 00:00 to 31 May 2026 24:00 of Vietnam, seven hours ahead of UTC.
    inside = ["2025-04-30T17:00:00Z", "2026-05-31T16:59:59Z"]
    outside = ["2025-04-30T16:59:59Z", "2026-05-31T17:00:00Z", "2020-01-01T00:00:00Z"]
    items = [coded_item(n, when) for n, when in enumerate(inside + outside)]
    cube = load(write_catalog(tmp_path, items))
    assert cube.used == ("item-0", "item-1")
    assert cube.facts["items_in_catalog"] == 5


def test_a_season_without_images_is_refused_with_the_dates_there_are(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, [coded_item(0, "2019-03-01T03:40:00Z"), coded_item(1, "2020-04-02T03:40:00Z")])
    with pytest.raises(UnusableInput) as caught:
        load(catalog)
    assert caught.value.kind == "no_imagery"
    assert "2019-03-01 to 2020-04-02" in str(caught.value)
    assert "2025-2026" in str(caught.value)


def test_an_area_crops_the_grid_and_blanks_what_it_does_not_touch(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, [coded_item(0, JANUARY)])
    triangle = shapely.Polygon([(386_525, 2_358_725), (386_725, 2_358_725), (386_525, 2_358_555)])
    area = geo.project(triangle, 32648, 4326)
    cube = load(catalog, area=area)
    assert tuple(cube.geobox.affine)[:6] == (10, 0, 386_520, 0, -10, 2_358_730)
    assert cube.geobox.shape == (18, 21)
    band = cube.reflectance("blue")[0]
    whole = reflectance(coded(0, 0, PLACE))[7:25, 12:33]
    seen = np.isfinite(band)
    np.testing.assert_allclose(band[seen], whole[seen], atol=1e-7)
    assert seen[0].all()
    assert not seen[-1, 5:].any()
    assert 0.45 < seen.mean() < 0.65


def test_an_area_no_image_touches_is_refused(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, [coded_item(0, JANUARY)])
    with pytest.raises(UnusableInput) as caught:
        load(catalog, area=shapely.box(104.5, 20.5, 104.6, 20.6))
    assert caught.value.kind == "no_imagery"


def test_an_area_larger_than_the_images_costs_no_memory_and_is_counted_whole(tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, [coded_item(0, JANUARY)])
    ring = geo.project(shapely.box(386_300, 2_358_300, 387_000, 2_358_900), 32648, 4326)
    cube = load(catalog, area=ring)
    band = cube.reflectance("blue")[0]
    assert np.isfinite(band).all()
    assert band.size == PLACE.rows * PLACE.columns
    assert cube.facts["area_pixels"] == pytest.approx(geo.area_m2(ring) / 100.0, rel=0.001)


def test_tiles_of_one_pass_are_one_observation_and_the_first_valid_pixel_wins(tmp_path: Path) -> None:
    west, east = PLACE, PLACE.moved(columns=30)
    first, second = coded_item(0, "2026-01-05T03:40:10Z", west), coded_item(1, "2026-01-05T03:40:24Z", east)
    first.bands["blue"][5, 45] = 0  # nodata in the overlap: the second tile knows better
    cube = load(write_catalog(tmp_path, [first, second]))
    assert len(cube.times) == 1
    assert set(cube.used) == {"item-0", "item-1"}
    blue = cube.reflectance("blue")[0]
    assert blue.shape == (40, 80)
    expected = np.concatenate(
        [reflectance(coded(0, 0, west)), reflectance(coded(1, 0, east))[:, 20:]],
        axis=1,
    )
    expected[5, 45] = reflectance(coded(1, 0, east))[5, 15]
    np.testing.assert_allclose(blue, expected, atol=1e-7)


def test_the_same_tile_processed_twice_counts_once_and_the_newer_wins(tmp_path: Path) -> None:
    old, new = coded_item(0, JANUARY), coded_item(1, JANUARY)
    new.properties = {"s2:processing_baseline": "05.00", "earthsearch:boa_offset_applied": True}
    cube = load(write_catalog(tmp_path, [old, new]))
    assert len(cube.times) == 1
    np.testing.assert_allclose(cube.reflectance("blue")[0], reflectance(coded(1, 0, PLACE)), atol=1e-7)


def test_two_satellites_on_one_day_are_two_observations(tmp_path: Path) -> None:
    one, other = coded_item(0, "2026-01-05T03:40:00Z"), coded_item(1, "2026-01-05T03:41:00Z")
    other.properties = {**other.properties, "platform": "sentinel-2b"}
    assert len(load(write_catalog(tmp_path, [one, other])).times) == 2


def classified(tmp_path: Path, classes: npt.NDArray[np.uint8], settings: Settings) -> Cube:
    item = coded_item(0, JANUARY)
    item.bands["scl"] = classes
    return load(write_catalog(tmp_path, [item]), settings)


def test_scene_classes_are_masked_and_dark_and_unclassified_pixels_kept_with_a_flag(tmp_path: Path) -> None:
    classes = np.full((40, 50), 4, np.uint8)
    classes[0, :12] = np.arange(12)
    cube = classified(tmp_path, classes, NO_WIDENING)
    seen = np.isfinite(cube.reflectance("nir")[0])
    assert seen[0, :12].tolist() == [c not in (0, 1, 3, 8, 9, 10, 11) for c in range(12)]
    assert seen[1:].all()
    assert np.argwhere(cube.suspect[0]).tolist() == [[0, 2], [0, 7]]
    assert cube.scl_masked


def test_the_mask_of_clouds_and_shadows_is_widened_but_not_that_of_missing_data(tmp_path: Path) -> None:
    classes = np.full((40, 50), 4, np.uint8)
    classes[10, 10], classes[20, 20], classes[30, 30] = 9, 3, 0
    cube = classified(tmp_path, classes, SETTINGS)
    hidden = np.isnan(cube.reflectance("nir")[0])
    expected = np.zeros((40, 50), bool)
    expected[9:12, 9:12] = expected[19:22, 19:22] = True
    expected[30, 30] = True
    np.testing.assert_array_equal(hidden, expected)


def test_a_class_image_of_20_m_masks_the_10_m_pixels_under_it(tmp_path: Path) -> None:
    item = coded_item(0, JANUARY)
    item.bands["scl"] = np.full((20, 25), 4, np.uint8)
    item.bands["scl"][3, 4] = 8
    item.pixel_m = {"scl": 20.0}
    cube = load(write_catalog(tmp_path, [item]), NO_WIDENING)
    hidden = np.isnan(cube.reflectance("nir")[0])
    assert np.argwhere(hidden).tolist() == [[6, 8], [6, 9], [7, 8], [7, 9]]


def test_bands_are_found_by_their_sentinel_names(tmp_path: Path) -> None:
    for number, names in enumerate(
        [
            {"blue": "B02", "nir": "B8A"},
            {"blue": "S2-L2A-B02", "nir": "S2-L2A-B08"},
            {"blue": "B02_10m", "nir": "B08_10m"},
        ]
    ):
        item = coded_item(0, JANUARY)
        item.names = names
        cube = load(write_catalog(tmp_path / str(number), [item]))
        assert set(cube.bands) == {"blue", "nir08" if names["nir"] == "B8A" else "nir"}
        np.testing.assert_allclose(cube.reflectance("blue")[0], reflectance(coded(0, 0, PLACE)), atol=1e-7)


def test_bands_are_found_by_their_common_names(tmp_path: Path) -> None:
    item = coded_item(0, JANUARY)
    item.names = {"blue": "one", "nir": "two"}
    item.extra = {band: {"eo:bands": [{"name": "x", "common_name": band}]} for band in ("blue", "nir")}
    cube = load(write_catalog(tmp_path, [item]))
    np.testing.assert_allclose(cube.reflectance("nir")[0], reflectance(coded(0, 1, PLACE)), atol=1e-7)


def test_images_of_another_zone_keep_their_own_crs(tmp_path: Path) -> None:
    spain = Place(344_130, 4_626_620, 20, 30, 32630)
    cube = load(write_catalog(tmp_path, [coded_item(0, JANUARY, spain)]))
    assert cube.geobox.crs.to_epsg() == 32630
    np.testing.assert_allclose(cube.reflectance("blue")[0], reflectance(coded(0, 0, spain)), atol=1e-7)


def test_a_tile_of_the_neighbouring_zone_lands_within_a_pixel(tmp_path: Path) -> None:
    # The same ground in zone 47: values encode longitude, so that a misplaced pixel shows.
    home = Place(rows=60, columns=60)
    lon, lat = geo.transformer(32648, 4326).transform(home.east + 300, home.north - 300)
    x, y = geo.transformer(4326, 32647).transform(lon, lat)
    abroad = Place(round(x, -1) - 600, round(y, -1) + 600, 120, 120, 32647)
    column, row = np.meshgrid(np.arange(120) + 0.5, np.arange(120) + 0.5)
    east, _ = geo.transformer(32647, 32648).transform(abroad.east + 10 * column, abroad.north - 10 * row)
    encoded = np.round((east - home.east) + 2000).astype(np.uint16)
    item = Item("abroad", JANUARY, {"blue": encoded}, abroad)
    cube = load(
        write_catalog(tmp_path, [Item("home", "2026-02-05T03:40:00Z", {"blue": coded(0, 0, home)}, home), item])
    )
    a, _, c = tuple(cube.geobox.affine)[:3]
    assert cube.geobox.crs.to_epsg() == 32648
    band = cube.reflectance("blue")[0]
    wanted = c + a * (np.arange(band.shape[1]) + 0.5) - home.east + 2000
    error = band * 1e4 - wanted[np.newaxis, :]
    assert np.isfinite(band).sum() > 0.8 * 120 * 120
    assert np.nanmax(np.abs(error)) < 8.0


def test_progress_is_told_for_items(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    items = [coded_item(n, f"2026-0{n + 1}-05T03:40:00Z") for n in range(2)]
    load(write_catalog(tmp_path, items), tick=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_an_item_that_says_it_is_simulated_marks_the_cube(tmp_path: Path) -> None:
    item = coded_item(0, JANUARY)
    item.properties = {**item.properties, "eradication:simulated": True}
    assert load(write_catalog(tmp_path, [item])).simulated


def test_a_composite_is_dated_by_the_middle_of_its_interval(tmp_path: Path) -> None:
    item = coded_item(0, JANUARY)
    interval = {"start_datetime": "2026-01-01T00:00:00Z", "end_datetime": "2026-01-31T00:00:00Z"}
    item.properties = {**item.properties, "datetime": None, **interval}
    assert str(load(write_catalog(tmp_path, [item])).times[0])[:10] == "2026-01-16"


def test_more_than_memory_holds_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = write_catalog(tmp_path, [coded_item(0, JANUARY)])
    free = type("Free", (), {"available": 1000})
    monkeypatch.setattr("psutil.virtual_memory", lambda: free)
    with pytest.raises(UnusableInput) as caught:
        load(catalog)
    assert caught.value.kind == "too_much_imagery"
    archive = imagery.find(str(catalog), SEASON, settings=SETTINGS)
    assert imagery.read(archive, Window(0, 0, 16, 16)).used == ("item-0",)
