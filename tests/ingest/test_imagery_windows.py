"""Windows of the grid: whatever the cut, the pieces are the whole; and every number lies where it was put."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from imagery_factory import S2_20M, Item, Place, coded, raw, scene, write_catalog

from eradication import geo
from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.ingest.imagery import Archive
from eradication.raster import Cube, Window

SEASON = Season(2025)
SETTINGS = Settings()
PLACE = Place()


def classes(seed: int, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Mostly vegetation; clouds, shadows, dark and unclassified pixels, and no data."""
    random = np.random.default_rng(seed)
    out = random.choice([0, 2, 3, 4, 5, 7, 9], size=shape).astype(np.uint8)
    out[random.random(shape) < 0.8] = 4
    return out


def halves(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values[::2, ::2]


def season(folder: Path) -> Path:
    """Four passes: two overlapping tiles of one, one with a damaged file, one in the neighbouring zone."""
    items = []
    for number in range(3):
        bands = raw(scene(PLACE, number), stored_offset=0.0)
        bands |= {"scl": classes(number, bands["red"].shape), "swir16": halves(bands["swir16"])}
        item = Item(f"i{number}", f"2026-0{number + 1}-05T03:40:00Z", bands, pixel_m={"swir16": 20.0})
        items.append(item)
    near = PLACE.moved(columns=30)
    bands = raw(scene(near, 9), stored_offset=0.0)
    bands |= {"swir16": halves(bands["swir16"])}
    items.append(Item("neighbour", items[0].when, bands, near, pixel_m={"swir16": 20.0}))
    lon, lat = geo.transformer(32648, 4326).transform(PLACE.east + 250, PLACE.north - 200)
    x, y = geo.transformer(4326, 32647).transform(lon, lat)
    abroad = Place(round(x, -1) - 250, round(y, -1) + 200, 40, 50, 32647)
    items.append(Item("abroad", "2026-04-05T03:40:00Z", raw(scene(abroad, 5), stored_offset=0.0), abroad))
    catalog = write_catalog(folder, items)
    path = folder / "i2" / "i2_red.tif"
    content = bytearray(path.read_bytes())
    place = content.index(b"\x78", 300)  # somewhere in the first compressed block
    content[place : place + 60] = bytes(60)
    path.write_bytes(bytes(content))
    return catalog


@pytest.fixture(scope="module", params=["everything", "a disc"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    catalog = season(tmp_path_factory.mktemp("season"))
    disc = geo.project(shapely.Point(386_700, 2_358_600).buffer(230), 32648, 4326)
    area = None if request.param == "everything" else disc
    return imagery.find(str(catalog), SEASON, area=area, settings=SETTINGS)


@pytest.fixture(scope="module")
def whole(archive: Archive) -> Cube:
    return imagery.read(archive)


def test_the_season_of_these_tests_holds_what_may_go_wrong_in_a_window(archive: Archive, whole: Cube) -> None:
    assert archive.steps == {"blue": 1, "green": 1, "red": 1, "nir": 1, "swir16": 1, "swir22": 1}
    assert {"red"} == {failure.asset for failure in whole.failed}
    assert len(whole.times) == 4
    assert set(np.unique(whole.clear)) == {0, 1, 2}
    lost = np.isnan(whole.reflectance("red")[2]) & np.isfinite(whole.reflectance("nir")[2])
    assert 0 < lost.sum() <= 256


@st.composite
def cuts(draw: st.DrawFn, size: int) -> list[tuple[int, int]]:
    """Edges of a row of windows, all but the last even."""
    edges = draw(st.sets(st.integers(1, max(1, (size - 1) // 2)).map(lambda half: 2 * half), max_size=4))
    return list(pairwise([0, *sorted(edge for edge in edges if edge < size), size]))


def windows(rows: Sequence[tuple[int, int]], columns: Sequence[tuple[int, int]]) -> Iterator[Window]:
    for top, bottom in rows:
        for left, right in columns:
            yield Window(top, left, bottom - top, right - left)


def assert_pieces_are_the_whole(archive: Archive, whole: Cube, pieces: Iterator[Window]) -> None:
    failed: set[Any] = set()
    for window in pieces:
        part = imagery.read(archive, window)
        failed |= set(part.failed)
        np.testing.assert_array_equal(part.clear, whole.clear[:, *window.slices])
        assert part.geobox == window.of(whole.geobox)
        assert part.times.tolist() == whole.times.tolist()
        assert (part.used, part.scl_masked, part.simulated) == (whole.used, whole.scl_masked, whole.simulated)
        assert set(part.bands) == set(whole.bands)
        for name, step in archive.steps.items():
            assert part.bands[name].shape == (len(whole.times), -(-window.rows // step), -(-window.columns // step))
            np.testing.assert_array_equal(part.reflectance(name), whole.reflectance(name)[:, *window.slices])
    assert failed == set(whole.failed)


@settings(max_examples=15)
@given(data=st.data())
def test_windows_of_any_cut_are_the_whole(archive: Archive, whole: Cube, data: st.DataObject) -> None:
    rows, columns = (data.draw(cuts(int(size))) for size in archive.grid.shape)
    assert_pieces_are_the_whole(archive, whole, windows(rows, columns))


@settings(max_examples=15)
@given(data=st.data())
def test_windows_of_bands_held_at_20_m_are_the_whole(coarse: Archive, data: st.DataObject) -> None:
    rows, columns = (data.draw(cuts(int(size))) for size in coarse.grid.shape)
    assert_pieces_are_the_whole(coarse, imagery.read(coarse), windows(rows, columns))


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Whole pixels of 20 m around an area that cuts them, two tiles a pass, classes and short wave at 20 m."""
    place, east = Place(rows=38, columns=46), Place(rows=38, columns=46).moved(columns=32, rows=-2)
    items = []
    for number, where in enumerate((place, east, place)):
        when = "2026-02-05T03:40:00Z" if number == 2 else f"2026-01-05T03:40:0{number}Z"
        bands: dict[str, Any] = {
            "red": coded(number, 0, where),
            "swir16": coded(number, 1, where, 20),
            "scl": classes(number, (19, 23)),
        }
        items.append(Item(f"i{number}", when, bands, where, pixel_m={"swir16": 20.0, "scl": 20.0}))
    area = geo.project(shapely.box(386_402, 2_358_432, 387_163, 2_358_818), 32648, 4326)
    found = imagery.find(
        str(write_catalog(tmp_path_factory.mktemp("coarse"), items)), SEASON, area=area, settings=SETTINGS
    )
    assert found.steps == {"red": 1, "swir16": 2}
    assert [int(n) % 2 for n in found.grid.shape] == [0, 0]
    return found


def test_bands_that_do_not_exist_are_left_out_and_the_others_are_read(archive: Archive, whole: Cube) -> None:
    some = imagery.read(archive, None, ("nir", "rededge1"))
    assert set(some.bands) == {"nir"}
    np.testing.assert_array_equal(some.bands["nir"], whole.bands["nir"])
    np.testing.assert_array_equal(some.clear, whole.clear)


STORED = {"blue": 10.0, "nir": 10.0, "swir16": 20.0}
type Draw = Callable[[Any], Any]


@st.composite
def passes(draw: st.DrawFn) -> list[Item]:
    """Tiles of up to three passes at random places of one lattice; offsets, missing bands, nodata, clouds."""
    items: list[Item] = []
    for number in range(draw(st.integers(1, 4))):
        down, right = (2 * draw(st.integers(0, 12)) for _ in range(2))
        rows, columns = (2 * draw(st.integers(4, 10)) for _ in range(2))
        place = Place(PLACE.east + 10 * right, PLACE.north - 10 * down, rows, columns)
        shifted = draw(st.booleans())
        bands = {
            name: coded(number, k, place, pixel_m) + np.uint16(1000 * shifted)
            for k, (name, pixel_m) in enumerate(STORED.items())
            if k == 0 or draw(st.booleans())
        }
        random = np.random.default_rng(draw(st.integers(0, 99)))
        for values in bands.values():
            values[random.random(values.shape) < 0.1] = 0
        scl = classes(number, (rows // 2, columns // 2)) if draw(st.booleans()) else None
        when = f"2026-0{draw(st.integers(1, 3))}-05T03:40:{number:02d}Z"
        item = Item(f"i{number}", when, bands if scl is None else bands | {"scl": scl}, place)
        item.properties = {"s2:processing_baseline": "05.00" if shifted else "03.01"}
        item.pixel_m = dict.fromkeys(S2_20M, 20.0)
        items.append(item)
    return items


def in_order(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Tiles by pass, the one whose pixels win first: the newest processing, then the earliest."""
    out: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda i: i.when):
        out.setdefault(item.when[:7], []).append(item)
    for group in out.values():
        group.sort(key=lambda i: i.properties["s2:processing_baseline"], reverse=True)
    return out


def expected_at(item: Item, name: str, x: float, y: float) -> float:
    """Reflectance that one tile puts at a point, NaN where it knows nothing."""
    size = item.pixel_m.get(name, 10.0) if name in S2_20M else 10.0
    row, column = int((item.place.north - y) // size), int((x - item.place.east) // size)
    values = item.bands.get(name)
    if values is None or not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]) or values[row, column] == 0:
        return np.nan
    return (int(values[row, column]) - 1000 * (item.properties["s2:processing_baseline"] == "05.00")) * 1e-4


def is_masked(item: Item, x: float, y: float) -> bool:
    """Whether a tile says that a point is not to be used; a tile without classes says nothing."""
    if "scl" not in item.bands:
        return False
    code = item.bands["scl"]
    row, column = int((item.place.north - y) // 20), int((x - item.place.east) // 20)
    inside = 0 <= row < code.shape[0] and 0 <= column < code.shape[1]
    return not inside or code[row, column] in SETTINGS.imagery.mask_scl


@pytest.mark.slow
@settings(max_examples=40)
@given(items=passes())
def test_every_number_lies_where_it_was_put_once_and_with_its_offset(
    items: list[Item], tmp_path_factory: pytest.TempPathFactory
) -> None:
    wide = Settings(imagery=Imagery(dilate_px=0))
    cube = imagery.load(str(write_catalog(tmp_path_factory.mktemp("tiles"), items)), SEASON, settings=wide)
    groups = in_order(items)
    assert [str(time)[:7] for time in cube.times] == list(groups)
    rows, columns = cube.geobox.shape
    x0, y0 = cube.geobox.affine.c, cube.geobox.affine.f
    for name in cube.bands:
        found = cube.reflectance(name)
        wanted = np.full(found.shape, np.nan)
        for time, group in enumerate(groups.values()):
            for row, column in np.ndindex(int(rows), int(columns)):
                x, y = x0 + 10 * column + 5, y0 - 10 * row - 5
                known = [expected_at(i, name, x, y) for i in group if not is_masked(i, x, y)]
                wanted[time, row, column] = next((value for value in known if np.isfinite(value)), np.nan)
        np.testing.assert_allclose(found, wanted, atol=1e-7)
