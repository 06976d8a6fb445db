"""Heights from files of any CRS onto a window of the grid; the height of a place is a formula of its position."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from eradication import geo, simulation
from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.ingest import dem
from eradication.raster import Window

EAST, NORTH = 386_400.0, 2_358_800.0
GRID = GeoBox((60, 80), Affine(10.0, 0.0, EAST, 0.0, -10.0, NORTH), "EPSG:32648")
SECOND = 1.0 / 3600.0
WEST_DEG, NORTH_DEG = 103.89, 21.34
BYTES = 1_000_000


def write(path: Path, heights: np.ndarray, transform: Affine, epsg: int, nodata: float | None = None) -> Path:
    profile = {"driver": "GTiff", "height": heights.shape[0], "width": heights.shape[1], "count": 1}
    with rasterio.open(
        path, "w", **profile, dtype=heights.dtype, crs=f"EPSG:{epsg}", transform=transform, nodata=nodata
    ) as file:
        file.write(heights, 1)
    return path


def tilted(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Heights that are linear in degrees: interpolating them linearly is exact."""
    return 900.0 + 30_000.0 * (lon - WEST_DEG) + 20_000.0 * (NORTH_DEG - lat)


def degrees_file(path: Path, first_column: int = 0, columns: int = 120, rows: int = 120) -> Path:
    """Write a part of a height model of one arc second, as Copernicus tiles it."""
    lon = WEST_DEG + (first_column + np.arange(columns) + 0.5) * SECOND
    lat = NORTH_DEG - (np.arange(rows) + 0.5) * SECOND
    heights = tilted(*np.meshgrid(lon, lat)).astype(np.float32)
    return write(path, heights, Affine(SECOND, 0, WEST_DEG + first_column * SECOND, 0, -SECOND, NORTH_DEG), geo.WGS84)


def expected(grid: GeoBox) -> np.ndarray:
    a, _, c, _, e, f = tuple(grid.affine)[:6]
    x, y = np.meshgrid(c + a * (np.arange(grid.shape[1]) + 0.5), f + e * (np.arange(grid.shape[0]) + 0.5))
    return tilted(*geo.transformer(geo.UTM48, geo.WGS84).transform(x, y))


def read(path: Path, grid: GeoBox = GRID) -> np.ndarray:
    return dem.read(dem.find(str(path), max_bytes=BYTES), grid)


def test_heights_in_degrees_come_to_the_metres_of_the_grid(tmp_path):
    heights = read(degrees_file(tmp_path / "dem.tif"))
    assert heights.dtype == np.float32
    assert heights.shape == GRID.shape
    np.testing.assert_allclose(heights, expected(GRID), atol=0.01)


@given(st.integers(-5, 30), st.integers(-5, 30), st.integers(1, 40), st.integers(1, 40))
def test_a_window_anywhere_is_a_part_of_the_whole(tmp_path_factory, top, left, rows, columns):
    path = tmp_path_factory.getbasetemp() / "whole.tif"
    model = dem.find(str(path if path.exists() else degrees_file(path)), max_bytes=BYTES)
    wide = dem.read(model, Window(-5, -5, 75, 75).of(GRID))
    part = dem.read(model, Window(top, left, rows, columns).of(GRID))
    np.testing.assert_array_equal(part, wide[top + 5 : top + 5 + rows, left + 5 : left + 5 + columns])


def test_tiles_that_continue_one_another_are_joined_before_they_are_interpolated(tmp_path):
    for name, first, columns in (("west", 0, 65), ("east", 65, 55)):
        degrees_file(tmp_path / f"{name}.tif", first, columns)
    collection(tmp_path / "items.json", "west", "east")
    joined = read(tmp_path / "items.json")
    np.testing.assert_array_equal(joined, read(degrees_file(tmp_path / "one.tif")))


def collection(path: Path, *names: str, **asset: object) -> Path:
    """Write an item collection with one item for each file."""
    items = [
        {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": name,
            "geometry": None,
            "properties": {"datetime": "2021-04-22T00:00:00Z"},
            "links": [],
            "assets": {
                "overview": {"href": "./none.png", "type": "image/png", "roles": ["overview"]},
                "data": {"href": f"./{name}.tif", "type": "image/tiff", **asset},
            },
        }
        for name in names
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    return path


def test_a_finer_tile_elsewhere_fills_what_the_first_leaves_open(tmp_path):
    degrees_file(tmp_path / "coarse.tif", 0, 65)
    columns, rows = 400, 300
    corner = Affine(5.0, 0, EAST - 500, 0, -5.0, NORTH + 500)
    write(tmp_path / "fine.tif", np.full((rows, columns), 1234.0, np.float32), corner, geo.UTM48)
    heights = read(collection(tmp_path / "items.json", "coarse", "fine"))
    from_coarse = np.abs(heights - expected(GRID)) < 0.01
    assert from_coarse[:, 0].all()
    assert (heights[~from_coarse] == 1234.0).all()
    assert not from_coarse[:, -1].any()


def test_heights_on_the_grid_itself_are_taken_as_they_are(tmp_path):
    heights = np.random.default_rng(1).uniform(300, 1500, GRID.shape).astype(np.float32)
    path = write(tmp_path / "dem.tif", heights, GRID.affine, geo.UTM48)
    np.testing.assert_array_equal(read(path), heights)
    wider = read(path, Window(-1, -1, 62, 82).of(GRID))
    np.testing.assert_array_equal(wider[1:-1, 1:-1], heights)
    assert np.isnan(wider[[0, -1]]).all()


def test_a_model_much_finer_than_the_grid_is_averaged(tmp_path, monkeypatch):
    monkeypatch.setattr(dem, "STRIP_PX", 5000)  # several strips
    fine = np.random.default_rng(2).uniform(300, 1500, (600, 800)).astype(np.float32)
    path = write(tmp_path / "dem.tif", fine, Affine(1.0, 0, EAST, 0, -1.0, NORTH), geo.UTM48)
    means = fine.reshape(60, 10, 80, 10).mean(axis=(1, 3))
    np.testing.assert_allclose(read(path), means, rtol=1e-5)


@pytest.mark.parametrize("fill", [-9999.0, np.nan, -32768.0, 3.4e38])
def test_unknown_heights_stay_unknown_whether_the_header_names_them_or_not(tmp_path, fill):
    heights = np.full(GRID.shape, 700.0, np.float32)
    heights[10, 20] = fill
    path = write(tmp_path / "dem.tif", heights, GRID.affine, geo.UTM48, nodata=-9999.0)
    unknown = np.isnan(read(path))
    assert unknown[10, 20]
    assert unknown.sum() == 1


def test_whole_metres_are_heights_too_and_the_sea_is_at_zero(tmp_path):
    heights = np.arange(GRID.shape[0] * GRID.shape[1], dtype=np.int16).reshape(GRID.shape)
    path = write(tmp_path / "dem.tif", heights, GRID.affine, geo.UTM48)
    np.testing.assert_array_equal(read(path), heights)


def test_a_model_of_another_place_knows_nothing_here(tmp_path):
    path = write(
        tmp_path / "dem.tif", np.full((20, 20), 5.0, np.float32), Affine(SECOND, 0, 10, 0, -SECOND, 50), geo.WGS84
    )
    assert np.isnan(read(path)).all()


def test_the_role_outranks_the_name_of_an_asset(tmp_path):
    write(tmp_path / "dem.tif", np.full(GRID.shape, 5.0, np.float32), GRID.affine, geo.UTM48)
    path = collection(tmp_path / "items.json", "missing")
    document = json.loads(path.read_text())
    document["features"][0]["assets"]["h"] = {"href": "./dem.tif", "roles": ["elevation"]}
    path.write_text(json.dumps(document))
    assert (read(path) == 5.0).all()


def test_a_missing_tile_costs_itself_and_is_named(tmp_path):
    degrees_file(tmp_path / "here.tif")
    found = dem.find(str(collection(tmp_path / "items.json", "here", "gone")), max_bytes=BYTES)
    assert len(found.tiles) == 1
    assert [(f.id, f.reason) for f in found.failed] == [("gone", "missing_asset")]
    assert not found.simulated


def test_files_that_were_left_open_are_closed_before_the_interpreter_goes(tmp_path):
    """Closed later they end every program with "Error in sys.excepthook". What is registered first is called last."""
    program = """if True:
        import atexit, sys
        held = []
        atexit.register(lambda: print([source.closed for source in held]))
        from eradication.ingest import nearest
        with nearest._handles.lent(sys.argv[1]) as source:
            held.append(source)
        assert not source.closed
    """
    file = degrees_file(tmp_path / "dem.tif")
    ended = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["[True]"]


def refusal(source: Path) -> str:
    with pytest.raises(UnusableInput) as refused:
        dem.find(str(source), max_bytes=BYTES)
    assert refused.value.kind == "no_dem"
    return str(refused.value)


def test_what_is_no_height_model_is_refused_with_its_reason(tmp_path):
    (tmp_path / "text.tif").write_text("no image")
    assert "unreadable" in refusal(tmp_path / "text.tif")
    assert "missing_asset" in refusal(tmp_path / "none.tif")
    assert "missing_asset" in refusal(collection(tmp_path / "items.json", "gone"))
    assert "remote_asset" in refusal(collection(tmp_path / "far.json", "x", href="https://example.org/x.tif"))


def test_a_file_that_names_others_is_not_opened(tmp_path):
    """A VRT would read whatever file or address it names."""
    degrees_file(tmp_path / "real.tif")
    (tmp_path / "dem.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    assert "unreadable" in refusal(tmp_path / "dem.tif")


def test_the_simulated_ground_reads_back(tmp_path):
    world = simulation.build(simulation.Recipe(5, Season(2024), size_px=64, plots=2, most_items=1))
    files = simulation.write(world, tmp_path, dem=True)
    found = dem.find(str(files.dem), max_bytes=BYTES)
    assert found.simulated
    np.testing.assert_array_equal(dem.read(found, world.geobox), world.terrain.elevation_m.astype(np.float32))


def test_heights_at_points_are_those_of_the_formula_and_unknown_outside(tmp_path):
    model = dem.find(str(degrees_file(tmp_path / "dem.tif", columns=600, rows=600)), max_bytes=BYTES)
    random = np.random.default_rng(1)
    lon = WEST_DEG + (1 + 598 * random.random(40)) * SECOND
    lat = NORTH_DEG - (1 + 598 * random.random(40)) * SECOND
    found = dem.at(model, np.column_stack([lon, lat]))
    assert np.allclose(found, tilted(lon, lat), atol=0.05)
    outside = dem.at(model, [(WEST_DEG - 0.1, NORTH_DEG), (float("nan"), NORTH_DEG), (lon[0], lat[0])])
    assert np.isnan(outside[:2]).all()
    assert outside[2] == found[0]
    assert dem.at(model, []).shape == (0,)
