"""A pack of invented ground, read back: everything lies where it should, and the same ground gives the same bytes."""

import gzip
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyogrio
import pytest
from pmtiles.reader import MemorySource, Reader
from pmtiles.tile import Compression, TileType
from report.map_pack import packs, reading

from eradication import geo
from eradication.report.chips import UNKNOWN_GREY
from eradication.report.map_pack import contours, pack, vector
from eradication.report.map_pack.view import Remark

TESTS = Path(__file__).parents[2]
ONE_PIXEL = reading.EXTENT / 512


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "whole"
    pack.write(packs.view(), folder, "k")
    return folder


def test_a_place_lies_less_than_a_pixel_from_where_it_is(whole):
    lon, lat = geo.centre(packs.PLOT)
    column, row, x, y = reading.tile_of(lon, lat, 15)
    tile = reading.vector_tile(whole / "vector.pmtiles", 15, column, row)
    (point,) = [one for one in tile["candidate_points"] if one["properties"]["code"] == "VH-26-001"]
    assert np.hypot(*np.subtract(point["geometry"]["coordinates"], np.multiply((x, y), reading.EXTENT))) < ONE_PIXEL
    assert point["properties"] == {
        "plot_id": "id-VH-26-001", "code": "VH-26-001", "class": "A", "state": "candidate", "score": 0.8,
        "area_m2": 3400,
    }  # fmt: skip
    (outline,) = [one for one in tile["candidates"] if one["properties"]["code"] == "VH-26-001"]
    (ring,) = outline["geometry"]["coordinates"]
    corners = [reading.tile_of(*corner, 15) for corner in packs.PLOT.exterior.coords[:-1]]
    wanted = np.array([(x * reading.EXTENT, y * reading.EXTENT) for _, _, x, y in corners])
    away = np.hypot(*np.moveaxis(wanted[:, None] - np.array(ring)[None], 2, 0)).min(axis=1)
    assert away.max() < ONE_PIXEL


def test_contour_lines_of_a_plane_run_at_their_heights(tmp_path):
    of = packs.bounds(0.03)

    def plane(lon, lat):
        return 612.0 + (lon - packs.WEST) * 10_000 + (lat - packs.SOUTH) * 4_000

    pack.write(packs.view(bounds=of, heights=packs.grid(of, plane), layers={}, pictures=[]), tmp_path / "p", "k")
    seen: dict[str, set[int]] = {"contours": set(), "contours_index": set()}
    for column, row, layers in reading.vector_tiles(tmp_path / "p" / "vector.pmtiles", 15):
        for name, features in layers.items():
            for one in features:
                height = one["properties"]["elevation"]
                seen[name].add(height)
                lines = one["geometry"]["coordinates"]
                for line in [lines] if one["geometry"]["type"] == "LineString" else lines:
                    told = [plane(*reading.place_of(15, column, row, *xy)) for xy in line]
                    # One pixel of the finest zoom is 2e-5 degrees: 0.24 m on this slope.
                    assert np.abs(np.array(told) - height).max() < 0.3
    assert seen["contours_index"] == {700, 800, 900, 1000}
    assert seen["contours"] == {height for height in range(620, 1020, 20) if height % 100}


def test_lines_stop_where_heights_are_not_known():
    of = packs.bounds(0.03)
    middle = packs.WEST + 0.015

    def half(lon, lat):
        return np.where(lon < middle, 600 + (lat - packs.SOUTH) * 10_000, np.nan)

    between, strong = contours.lines(packs.grid(of, half))
    assert strong
    assert max(one.shape.bounds[2] for one in between + strong) < middle
    nothing = packs.grid(of, lambda lon, lat: lon * np.nan)
    assert contours.lines(nothing) == ([], [])


def test_a_picture_lies_where_its_place_is_and_is_not_smoothed(whole):
    lon, lat = geo.centre(packs.PLOT)
    column, row, x, y = reading.tile_of(lon, lat, 14)
    tile = reading.raster_tile(whole / "imagery.pmtiles", 14, column, row)
    assert tile.shape == (512, 512, 4)
    assert tuple(tile[int(y * 512), int(x * 512)]) == (200, 190, 205, 255)
    bright = np.argwhere((tile[..., :3] == (200, 190, 205)).all(axis=-1))
    bright = bright[np.hypot(*(bright - (y * 512, x * 512)).T) < 45]  # half a picture away is another place's
    # 60 m of bright pixels: 13 to 14 of 4.5 m, all round the place.
    assert 12 <= np.ptp(bright, axis=0).min() + 1 <= np.ptp(bright, axis=0).max() + 1 <= 15
    colours = {tuple(colour) for colour in tile[tile[..., 3] > 0][:, :3]}
    assert colours == {(70, 110, 60), (120, 100, 75), (200, 190, 205)}
    assert (tile[..., 3] == 0).any()


def test_where_a_satellite_image_ends_the_relief_is_seen_and_grey_within_it_stays(tmp_path):
    chip = packs.picture(packs.PLOT)
    chip.rgb[:5] = UNKNOWN_GREY
    chip.rgb[20, 20] = UNKNOWN_GREY
    pack.write(packs.view(pictures=[chip]), tmp_path / "p", "k")
    column, row, _, _ = reading.tile_of(*geo.centre(packs.PLOT), 14)
    tile = reading.raster_tile(tmp_path / "p" / "imagery.pmtiles", 14, column, row)
    tall = np.ptp(np.argwhere(tile[..., 3] == 255)[:, 0]) + 1
    assert tall == pytest.approx(350 / 4.46, abs=2)
    assert (tile[tile[..., 3] == 255][:, :3] == UNKNOWN_GREY).all(axis=-1).sum() in range(2, 10)


def test_relief_is_lit_from_the_north_west_and_clear_beside_the_ground(tmp_path):
    of = packs.bounds(0.03)
    ridge = packs.WEST + 0.015
    heights = packs.grid(of, lambda lon, lat: 2000 - np.abs(lon - ridge) * 50_000)
    pack.write(packs.view(bounds=of, heights=heights, layers={}, pictures=[]), tmp_path / "p", "k")
    column, row, x, y = reading.tile_of(ridge, packs.SOUTH + 0.012, 12)
    tile = reading.raster_tile(tmp_path / "p" / "hillshade.pmtiles", 12, column, row).astype(int)
    at, line = int(x * 512), int(y * 512)
    assert tile[line, at - 8, 0] > tile[line, at + 8, 0] + 50
    assert tile[line, at - 8, 3] == 255
    assert 0 in tile[..., 3]
    assert reading.header(tmp_path / "p" / "hillshade.pmtiles")["min_zoom"] == 8


def test_headers_say_what_the_files_hold(whole):
    bounds = packs.bounds()
    for name, kind, packed, zooms in (
        ("vector", TileType.MVT, Compression.GZIP, (8, 15)),
        ("hillshade", TileType.WEBP, Compression.NONE, (8, 12)),
        ("imagery", TileType.WEBP, Compression.NONE, (12, 14)),
    ):
        told = reading.header(whole / f"{name}.pmtiles")
        assert (told["tile_type"], told["tile_compression"]) == (kind, packed)
        assert (told["min_zoom"], told["max_zoom"]) == zooms
        edges = [told[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat")]
        assert edges == pytest.approx(bounds)
        assert told["clustered"]
        assert reading.metadata(whole / f"{name}.pmtiles")["attribution"] == "mô phỏng / simulated"
    layers = {one["id"] for one in reading.metadata(whole / "vector.pmtiles")["vector_layers"]}
    assert layers == set(vector.LAYERS)


def test_the_text_beside_the_files_tells_sizes_hashes_and_what_is_missing(whole, tmp_path):
    told = json.loads((whole / "pack.json").read_text())
    for name in pack.FILES:
        content = (whole / f"{name}.pmtiles").read_bytes()
        assert told["files"][name] == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert told["simulated"] is True
    missing = packs.view(heights=None, pictures=[], simulated=False, remarks=[Remark.of("contours", "not_set")])
    bare = pack.write(missing, tmp_path / "bare", "k")
    assert list(bare["files"]) == ["vector"]
    assert [(one["part"], one["why"]) for one in bare["remarks"]] == [("contours", "not_set")]
    assert reading.metadata(tmp_path / "bare" / "vector.pmtiles")["remarks"] == bare["remarks"]
    assert bare["simulated"] is False


@pytest.mark.slow
def test_the_same_ground_gives_the_same_bytes_in_another_process(whole, tmp_path):
    code = (
        "import sys; from pathlib import Path; from report.map_pack import packs; "
        "from eradication.report.map_pack import pack; pack.write(packs.view(), Path(sys.argv[1]), 'k')"
    )
    env = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "again")], check=True, env=env)
    for file in whole.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_gdal_reads_the_vector_file_and_ogrinfo_its_tiles(whole, tmp_path):
    assert {name for name, _ in pyogrio.list_layers(whole / "vector.pmtiles")} == set(vector.LAYERS)
    names = pyogrio.read_dataframe(whole / "vector.pmtiles", layer="candidate_points", ZOOM_LEVEL="12")["code"]
    assert set(names) == {"VH-26-001", "VH-26-002", "VH-26-003"}
    if shutil.which("ogrinfo") is None:
        pytest.skip("no ogrinfo on this machine (Debian: apt install gdal-bin)")
    column, row, _, _ = reading.tile_of(*geo.centre(packs.PLOT), 15)
    content = Reader(MemorySource((whole / "vector.pmtiles").read_bytes())).get(15, column, row)
    (tmp_path / f"{row}.pbf").write_bytes(gzip.decompress(content))
    asked = ["ogrinfo", "-al", "-oo", "X=0", "-oo", "Y=0", "-oo", "Z=0", str(tmp_path / f"{row}.pbf")]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert "Layer name: candidates" in said
    assert "Layer name: contours" in said
    assert "VH-26-001" in said


@pytest.mark.slow
def test_half_a_pack_is_none_and_the_quicker_of_two_writers_wins(tmp_path):
    folder = tmp_path / "here" / "p"
    first = pack.write(packs.view(), folder, "k")
    assert pack.read(folder) == first
    assert pack.write(packs.view(places=2), folder, "other") == first
    assert [one.name for one in folder.parent.iterdir()] == ["p"]
    with (folder / "vector.pmtiles").open("r+b") as file:
        file.truncate(1000)
    assert pack.read(folder) is None


def test_a_pack_is_for_its_owner_alone(whole):
    assert {stat.S_IMODE(one.stat().st_mode) for one in whole.iterdir()} == {0o600}
    assert stat.S_IMODE(whole.stat().st_mode) == 0o700


def test_a_pack_of_nothing_at_all_has_no_files(tmp_path):
    told = pack.write(packs.view(heights=None, layers={}, pictures=[]), tmp_path / "p", "k")
    assert told["files"] == {}
    assert pack.read(tmp_path / "p") == told
