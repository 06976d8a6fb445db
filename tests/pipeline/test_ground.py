"""What lies under a season is found once and then holds for every block."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from scenes import visited

from eradication import geo, simulation
from eradication.config import Distances, Settings, Terrain
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.ingest.imagery import Archive
from eradication.pipeline import blocks, ground, scan
from eradication.progress import quiet
from eradication.raster import whole

SEASON = Season(2025)
SLOPE = 0.2
"""Metres of height per metre to the east."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    world = simulation.build(simulation.Recipe(seed=7, season=SEASON, size_px=256, lying_items=0))
    catalog = simulation.write(world, tmp_path_factory.mktemp("season")).catalog
    return imagery.find(str(catalog), SEASON, settings=Settings())


def heights(archive: Archive, path: Path) -> Path:
    """A plane that rises to the east, 200 m wider than the grid."""
    west, _, _, north = archive.grid.boundingbox
    rows, columns = (int(n) + 40 for n in archive.grid.shape)
    plane = np.broadcast_to(800 + SLOPE * 10 * (np.arange(columns) - 20), (rows, columns)).astype(np.float32)
    profile = {"driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": "float32"}
    transform = Affine(10, 0, west - 200, 0, -10, north + 200)
    with rasterio.open(path, "w", crs="EPSG:32648", transform=transform, **profile) as file:
        file.write(plane, 1)
    return path


def centres(archive: Archive) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = (int(n) for n in archive.grid.shape)
    x = archive.grid.affine.c + 10 * (np.arange(columns) + 0.5)
    y = archive.grid.affine.f - 10 * (np.arange(rows) + 0.5)
    return np.meshgrid(x, y)


@pytest.mark.slow
def test_a_scene_that_lies_elsewhere_is_moved_back_and_the_others_stay(archive: Archive) -> None:
    clear = [imagery.read(archive, None, ["red"]).clear[number].mean() for number in range(len(archive.groups))]
    number = int(np.argmax(clear))
    wrong = tuple(
        tuple(scene.moved(20.0, -10.0) for scene in group) if n == number else group
        for n, group in enumerate(archive.groups)
    )
    put_right = ground.aligned(dataclasses.replace(archive, groups=wrong))
    told = put_right.facts["shifts"]
    assert told[number]["moved_m"] == [-20.0, 10.0]
    assert told[number]["stable"]
    assert all(fact["moved_m"] == [0.0, 0.0] for n, fact in enumerate(told) if n != number)
    assert [r.transform for r in put_right.groups[number][0].rasters] == [
        r.transform for r in archive.groups[number][0].rasters
    ]


def test_relief_of_a_plane_is_the_same_in_every_block(archive: Archive, tmp_path: Path) -> None:
    heights(archive, tmp_path / "dem.tif")
    settings = dataclasses.replace(Settings(), terrain=Terrain(dem="dem.tif"))
    under = ground.of_season(archive, settings, folder=tmp_path)
    planned = blocks.plan([archive], settings, tmp_path / "scans", ground=under, side_px=140)
    assert len(planned.windows) == 4
    x, _ = centres(archive)
    for window in planned.windows.values():
        pixels = np.arange(window.rows * window.columns)
        found = under.features(archive, window, pixels)
        right = 800 + SLOPE * (x[window.slices].ravel() - archive.grid.boundingbox[0])
        np.testing.assert_allclose(found["elevation"], right - SLOPE * 5, atol=0.2)
        np.testing.assert_allclose(found["slope"], math.degrees(math.atan(SLOPE)), atol=0.05)
        np.testing.assert_allclose(found["northness"], 0, atol=1e-3)
        assert (found["eastness"] < 0).all(), "ground that rises to the east looks west"


@pytest.mark.slow
def test_distances_are_those_to_the_nearest_line_and_go_into_every_row(archive: Archive, tmp_path: Path) -> None:
    west, south, east, _ = archive.grid.boundingbox
    road = shapely.LineString([(west - 500, south + 300), (east + 500, south + 300)])
    degrees = geo.project(road, geo.UTM48, geo.WGS84)
    file = tmp_path / "roads.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(degrees)}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    past = [geo.project(shapely.Point(west, south).buffer(30), geo.UTM48, geo.WGS84)]
    settings = dataclasses.replace(Settings(), distances=Distances(road=str(file), past_plots=True))
    under = ground.of_season(archive, settings, past)
    planned = blocks.plan([archive], settings, tmp_path / "scans", ground=under, side_px=140)
    pixels = np.arange(0, whole(archive.grid).rows * whole(archive.grid).columns, 97)
    with scan.workers() as run:
        stack = scan.describe(planned, visited(archive.grid, pixels), run, quiet)
    x, y = (values.ravel()[stack.pixels] for values in centres(archive))
    told = dict(zip(stack.names, stack.x.T, strict=True))
    np.testing.assert_allclose(told["distance_road"], np.abs(y - (south + 300)), atol=0.5)
    to_past = np.maximum(np.hypot(x - west, y - south) - 30, 0)
    np.testing.assert_allclose(told["distance_past_plots"], to_past, atol=0.6)
    assert "distance_village" not in told


def test_light_on_slopes_is_taken_out_of_what_is_read_and_told(archive: Archive, tmp_path: Path) -> None:
    path = str(heights(archive, tmp_path / "dem.tif"))
    on = dataclasses.replace(Settings(), terrain=Terrain(dem=path, correction="on"))
    under = ground.of_season(archive, on)
    assert sum(under.told().values()) == len(archive.groups)
    cube = imagery.read(archive)
    before = {name: values.copy() for name, values in cube.bands.items()}
    under.correct(cube, range(len(archive.groups)), under.relief(archive, whole(archive.grid)))
    for number, found in enumerate(under.corrections):
        changed = {c.band for c in found if c.applied}
        for name, values in cube.bands.items():
            assert name in changed or np.array_equal(values[number], before[name][number])
    # A plane is lit alike everywhere: nothing can be fitted, and nothing may be done.
    assert {c.reason for found in under.corrections for c in found if not c.applied}
