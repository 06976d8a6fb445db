"""Ground, walks and finds for tests of the risk surface: simulated files as a user would supply them."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import geopandas
import numpy as np
import rasterio
from scipy.ndimage import gaussian_filter
from shapely.geometry import LineString, Point, box
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import AdminUnit, EventKind, Fixes, Json, Patrol
from eradication.pipeline import journal, projection
from eradication.pipeline.workspace import Workspace, created, settings_for

type Bounds = tuple[float, float, float, float]
"""West, south, east, north, degrees."""


def heights(path: Path, bounds: Bounds, step_deg: float, rng: np.random.Generator) -> Path:
    """Write a simulated height model in degrees."""
    west, south, east, north = bounds
    shape = round((north - south) / step_deg), round((east - west) / step_deg)
    scale = 0.02 / step_deg
    rough = gaussian_filter(rng.standard_normal(shape), scale) * scale * 900.0
    rough += gaussian_filter(rng.standard_normal(shape), scale / 6) * scale / 6 * 180.0
    values = np.clip(900.0 + rough, 60.0, 2800.0).astype(np.float32)
    place = rasterio.Affine(step_deg, 0, west, 0, -step_deg, north)
    kind = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326", "transform": place}
    tiled = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    with rasterio.open(path, "w", height=shape[0], width=shape[1], **kind, **tiled) as target:
        target.write(values, 1)
    return path


def drawn(path: Path, shapes: Sequence[BaseGeometry]) -> Path:
    """Write shapes as GeoPackage or GeoJSON, by the ending."""
    geopandas.GeoDataFrame(geometry=list(shapes), crs="EPSG:4326").to_file(path, engine="pyogrio")
    return path


def ways(bounds: Bounds, count: int, rng: np.random.Generator, corners: int = 60) -> list[LineString]:
    """Return winding lines."""
    west, south, east, north = bounds
    lines = []
    for _ in range(count):
        turns = np.cumsum(rng.normal(0, 0.35, corners)) + rng.uniform(0, 2 * np.pi)
        steps = np.cumsum(0.0035 * np.column_stack([np.cos(turns), np.sin(turns)]), axis=0)
        lines.append(LineString(steps + rng.uniform([west, south], [east, north])))
    return lines


def supplied(workspace: Workspace, bounds: Bounds, count: int, step_deg: float, seed: int = 1) -> Workspace:
    """Return the workspace with a height model and all files named in its settings, ``count`` shapes of a kind."""
    rng, folder = np.random.default_rng(seed), workspace.folder
    west, south, east, north = bounds
    spots = rng.uniform([west, south], [east, north], (count, 2))
    heights(folder / "dem.tif", bounds, step_deg, rng)
    drawn(folder / "roads.gpkg", ways(bounds, count, rng))
    drawn(folder / "tracks.gpkg", ways(bounds, 2 * count, rng))
    drawn(folder / "rivers.gpkg", ways(bounds, count, rng))
    drawn(folder / "villages.geojson", [Point(*spot) for spot in spots])
    drawn(folder / "forest.gpkg", [Point(*spot).buffer(0.012, 16) for spot in spots + 0.01])
    drawn(folder / "karst.gpkg", [Point(*spot).buffer(0.02, 8) for spot in spots[: count // 4]])
    drawn(folder / "border.geojson", [LineString([(west, south), (west, north)])])
    own = workspace.settings
    return replace(
        workspace,
        settings=replace(
            own,
            terrain=replace(own.terrain, dem="dem.tif"),
            distances=replace(own.distances, road="roads.gpkg", village="villages.geojson", border="border.geojson"),
            effort=replace(own.effort, forest="forest.gpkg"),
            plan=replace(own.plan, tracks="tracks.gpkg", rivers="rivers.gpkg"),
            risk=replace(own.risk, karst="karst.gpkg"),
        ),
    )


def walk(workspace: Workspace, unit: str, lonlat: Sequence[tuple[float, float]], start: datetime, step_s: float = 20.0):
    """Record a walk along a line, one fix each 20 m."""
    (line,) = [geo.project(LineString(lonlat), geo.WGS84, geo.UTM48)]
    points = [line.interpolate(metres) for metres in np.arange(0.0, line.length, 20.0)]
    lon, lat = np.array(geo.transform([(p.x, p.y) for p in points], geo.UTM48, geo.WGS84)).T
    size = len(points)
    fixes = Fixes(
        lon=lon,
        lat=lat,
        ele_m=np.full(size, 900.0, "f4"),
        time_s=start.timestamp() + step_s * np.arange(size),
        accuracy_m=np.full(size, 5.0, "f4"),
        hdop=np.full(size, 1.0, "f4"),
        mark=np.zeros(size, "u1"),
    )
    name = hashlib.sha256(repr((unit, lonlat, start)).encode()).hexdigest()[:16]
    end = datetime.fromtimestamp(fixes.time_s[-1], start.tzinfo)
    hours = float(fixes.time_s[-1] - fixes.time_s[0]) / 3600
    east, north = (int(v // 1000) for v in (points[0].x, points[0].y))
    cells = {start.date().isoformat(): [f"{east}_{north}"]}
    patrol = Patrol(name, unit, "", start, end, line.length / 1000, hours, {}, (fixes,), (), cells, "track", (), name)
    with workspace.store.transaction() as transaction:
        transaction.add_tracks(patrol)
        body: dict[str, Json] = {"patrol": journal.patrol_summary(patrol), "simulated": False, "facts": {}}
        transaction.append(EventKind.PATROL_RECORDED, start, body)
        projection.refresh(workspace, transaction)


HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"


def finds(workspace: Workspace, rows: Sequence[tuple[float, float, str, str]]) -> None:
    """Record detections of 300 m²: longitude, latitude, day, unit."""
    from eradication.pipeline import main_path

    table = workspace.folder / "finds.csv"
    body = "".join(
        f"f{n}-{day},{lon},{lat},{day}T09:00+07:00,{unit},S1;S2,detected,300,tape\n"
        for n, (lon, lat, day, unit) in enumerate(rows)
    )
    table.write_text(HEAD + body, encoding="utf-8")
    told = main_path.record_visits(workspace, table)["visits"]
    assert {row["status"] for row in told} == {"accepted"}, told


def square(west: float, south: float, side_m: float) -> BaseGeometry:
    """Return a square (WGS 84) with its south-west corner at metres of EPSG:32648."""
    return geo.project(box(west, south, west + side_m, south + side_m), geo.UTM48, geo.WGS84)


WEST_M, SOUTH_M = 400_000.0, 2_330_000.0
"""South-west corner of the small office's ground (EPSG:32648), on the lines of the cells."""
COLUMNS, ROWS = 16, 8
"""Cells of the two communes, which lie side by side."""


@contextmanager
def small(folder: Path) -> Iterator[Workspace]:
    """Open a new workspace of two communes of 8 × 8 cells."""
    half = COLUMNS // 2 * 250.0
    with created(folder, settings_for("Sơn La")) as workspace:
        with workspace.store.transaction() as transaction:
            units = [commune("04001", "Xã Tây", WEST_M, half), commune("04002", "Xã Đông", WEST_M + half, half)]
            transaction.add_units(units, [])
        yield workspace


def commune(code: str, name: str, west: float, side: float, south: float = SOUTH_M) -> AdminUnit:
    """Return a commune that fills whole cells."""
    drawn = box(west, south, west + side, south + ROWS * 250.0)
    outline = geo.project(drawn.segmentize(250.0), geo.UTM48, geo.WGS84)
    lon, lat = geo.centre(outline)
    return AdminUnit(code, name, date(2025, 7, 1), None, outline, lon, lat, None, False, "test")


def at(column: float, row: float) -> tuple[float, float]:
    """Return longitude and latitude of a place of the small ground, in cells from its south-west corner."""
    ((lon, lat),) = geo.transform([(WEST_M + 250.0 * column, SOUTH_M + 250.0 * row)], geo.UTM48, geo.WGS84)
    return lon, lat


def named(workspace: Workspace, **files: str) -> Workspace:
    """Return the workspace with files named in its settings: ``distances_village="villages.geojson"``."""
    settings = workspace.settings
    for key, file in files.items():
        section, _, name = key.partition("_")
        part = replace(getattr(settings, section), **{name: file})
        settings = replace(settings, **{section: part})
    return replace(workspace, settings=settings)
