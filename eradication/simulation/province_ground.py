"""The ground of a simulated province: heights, rivers, roads, villages, tracks, forest, and how far they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
from skimage import draw, graph

from eradication import geo, sun
from eradication.simulation.province_grid import CELL_M, Grid
from eradication.simulation.terrain import smooth_noise

MEDIAN_SLOPE_DEG = 12.0
"""Of the ground between the middles of cells; over 10 m it is steeper."""
RIVERS = 3

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Land:
    """Rasters of shape (row, col), also beyond the border."""

    heights_m: Floats
    slope_deg: Floats
    aspect_deg: Floats
    """Direction the slope faces, clockwise from north."""
    forest_share: Floats
    swidden_share: Floats
    """Share of earlier years in which the ground lay bare."""
    river: Mask
    road: Mask
    track: Mask
    village: Mask
    laos: Mask
    """Ground beyond the border with Laos: outside, in the west and south."""
    posts: Ints
    """Row and column of each commune's post, shape (commune, 2)."""


def build(rng: np.random.Generator, grid: Grid, villages_km2: float, paths: tuple[int, float]) -> Land:
    """Draw the ground of a province."""
    heights, slope, aspect = _hills(rng, grid)
    river = _rivers(rng, heights, grid)
    road = _roads(heights, slope, river, grid)
    village = _villages(rng, (heights, slope, river, road), grid, villages_km2)
    track = _tracks(village, road) | _paths(rng, village, river, *paths)
    side = max(heights.shape)
    rows, cols = heights.shape
    wild = (heights - heights.mean()) / heights.std() + 0.05 * (slope - slope.mean())
    wild += 0.8 * smooth_noise(rng, side, 2.6, 3.0, 30.0)[:rows, :cols] + 0.0003 * np.minimum(_far(village), 4000.0)
    forest = 1.0 / (1.0 + np.exp(-2.5 * (wild - np.quantile(wild[grid.inside], 0.55))))
    cleared = smooth_noise(rng, side, 2.4, 2.0, 16.0)[:rows, :cols]
    swidden = np.clip(0.25 + 0.25 * cleared, 0.0, 1.0) * (1.0 - forest) * (slope > 5.0)
    homes = _nearest_village(village, grid)
    return Land(heights, slope, aspect, forest, swidden, river, road, track, village, _laos(grid), homes)


def raw(land: Land, grid: Grid) -> dict[str, Floats]:
    """Return what can be known of each cell, by the names of the risk model's factors, each of shape (cell,)."""
    at = grid.row, grid.col
    wooded = land.forest_share > 0.5
    edge = np.where(wooded, ndimage.distance_transform_edt(wooded), ndimage.distance_transform_edt(~wooded)) * CELL_M
    rasters = {
        "elevation_m": land.heights_m,
        "slope_deg": land.slope_deg,
        "aspect_deg": land.aspect_deg,
        "sun_january": _sun_january(land, grid),
        "roughness_m": CELL_M * np.tan(np.radians(land.slope_deg)) / np.sqrt(12.0),
        "forest_edge_m": np.maximum(edge - CELL_M / 2.0, 0.0),
        "forest_share": land.forest_share,
        "swidden_share": land.swidden_share,
        "village_m": _far(land.village),
        "road_m": _far(land.road),
        "track_m": _far(land.track),
        "river_m": _far(land.river),
        "border_m": _far(land.laos),
    }
    return {name: raster[at].astype(float) for name, raster in rasters.items()}


def _hills(rng: np.random.Generator, grid: Grid) -> tuple[Floats, Floats, Floats]:
    rows, cols = grid.commune.shape
    surface = smooth_noise(rng, 2 * max(rows, cols), 4.4, 5.0, 60.0)[:rows, :cols]
    gy, gx = np.gradient(surface, CELL_M)
    relief = np.tan(np.radians(MEDIAN_SLOPE_DEG)) / np.median(np.hypot(gx, gy)[grid.inside])
    heights = surface * relief
    heights += 900.0 - np.median(heights[grid.inside])
    # Valleys are filled: no ground below 150 m.
    heights = np.where(heights < 400.0, 150.0 + 250.0 * np.exp((np.minimum(heights, 400.0) - 400.0) / 250.0), heights)
    gy, gx = np.gradient(heights, CELL_M)
    slope = np.degrees(np.arctan(np.hypot(gx, gy)))
    return heights, slope, np.degrees(np.arctan2(-gx, gy)) % 360.0  # rows run south


def _sun_january(land: Land, grid: Grid) -> Floats:
    middle = grid.west + CELL_M * grid.commune.shape[1] / 2.0, grid.north - CELL_M * grid.commune.shape[0] / 2.0
    ((lon, lat),) = geo.transform([middle], geo.UTM48, geo.WGS84)
    noon = sun.position(datetime(2026, 1, 15, 4, tzinfo=UTC), lon, lat)
    slope, turn = np.radians(land.slope_deg), noon.azimuth - np.radians(land.aspect_deg)
    lit: Floats = np.cos(noon.zenith) * np.cos(slope) + np.sin(noon.zenith) * np.sin(slope) * np.cos(turn)
    return np.maximum(lit, 0.0)


def _far(there: Mask) -> Floats:
    """Return the distance to the nearest marked cell in metres; 100 km where there is none."""
    if not there.any():
        return np.full(there.shape, 100_000.0)
    far: Floats = ndimage.distance_transform_edt(~there) * CELL_M
    return np.maximum(far - CELL_M / 2.0, 0.0)


def _rivers(rng: np.random.Generator, heights: Floats, grid: Grid) -> Mask:
    """Large rivers run from edge to edge through the lowest ground."""
    river = np.zeros(heights.shape, bool)
    cost = (1.0 + ((heights - heights.min()) / 100.0) ** 2) * np.where(grid.inside, 1.0, 8.0)
    rows, cols = heights.shape
    for number in range(RIVERS):
        north = (0, int(cols * (number + rng.random()) / RIVERS))
        south = (rows - 1, int(cols * (number + rng.random()) / RIVERS))
        path = _cheapest(cost, north, south, corners=False)
        river[tuple(path.T)] = True
    return river


def _roads(heights: Floats, slope: Floats, river: Mask, grid: Grid) -> Mask:
    """Roads join the middles of communes as a tree, round steep ground; rivers are bridged."""
    road = np.zeros(heights.shape, bool)
    cost = 1.0 + (slope / 8.0) ** 2 + 10.0 * river + 1000.0 * ~grid.inside
    tree = minimum_spanning_tree(cdist(grid.posts, grid.posts)).tocoo()
    for a, b in zip(tree.row.tolist(), tree.col.tolist(), strict=True):
        ends = grid.posts[[a, b]]
        low = np.maximum(ends.min(axis=0) - 20, 0)
        high = ends.max(axis=0) + 21
        part = cost[low[0] : high[0], low[1] : high[1]]
        path = _cheapest(part, tuple(ends[0] - low), tuple(ends[1] - low))
        road[tuple((path + low).T)] = True
    return road


def _villages(rng: np.random.Generator, ground: tuple[Floats, Floats, Mask, Mask], grid: Grid, per_km2: float) -> Mask:
    heights, slope, river, road = ground
    near = np.exp(-slope / 8.0 - _far(road) / 5000.0 - np.maximum(heights - 1300.0, 0.0) / 300.0)
    liking: Floats = np.where(grid.inside & ~river, near, 0.0).ravel()
    count = max(1, round(per_km2 * len(grid.row) * CELL_M**2 / 1e6))
    village = np.zeros(heights.size, bool)
    there = rng.choice(heights.size, min(count, int(np.count_nonzero(liking))), replace=False, p=liking / liking.sum())
    village[there] = True
    return village.reshape(heights.shape)


def _tracks(village: Mask, road: Mask) -> Mask:
    """A track leads from every village to the nearest road, and from a third of them to the nearest other village."""
    track = road.copy()
    if road.any():
        nearest = ndimage.distance_transform_edt(~road, return_distances=False, return_indices=True)
        for row, col in np.argwhere(village):
            track[_line(row, col, *nearest[:, row, col])] = True
    homes = np.argwhere(village)
    if len(homes) > 1:
        apart = cdist(homes, homes)
        np.fill_diagonal(apart, np.inf)
        for number in range(0, len(homes), 3):
            track[_line(*homes[number], *homes[apart[number].argmin()])] = True
    return track


def _paths(rng: np.random.Generator, village: Mask, river: Mask, count: int, longest_km: float) -> Mask:
    """From every village some footpaths lead to its fields; none crosses a large river."""
    path = np.zeros(village.shape, bool)
    for row, col in np.argwhere(village):
        for _ in range(count):
            turn, far = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.3, 1.0) * longest_km * 1000.0 / CELL_M
            end = np.array([row + far * np.sin(turn), col + far * np.cos(turn)]).round().astype(int)
            rows, cols = _line(row, col, *np.clip(end, 0, np.array(village.shape) - 1))
            wet = np.flatnonzero(river[rows, cols])
            last = wet[0] if len(wet) else len(rows)
            path[rows[:last], cols[:last]] = True
    return path


def _cheapest(cost: Floats, begin: tuple[int, int], end: tuple[int, int], *, corners: bool = True) -> Ints:
    """Return the cells of the cheapest way over a raster, shape (n, 2)."""
    find: Callable[..., tuple[list[tuple[int, int]], float]] = graph.route_through_array
    path, _ = find(cost, begin, end, fully_connected=corners)
    return np.array(path)


def _line(row: int, col: int, last_row: int, last_col: int) -> tuple[Ints, Ints]:
    """Return the cells of a straight line."""
    line: Callable[..., tuple[Ints, Ints]] = draw.line
    return line(row, col, last_row, last_col)


def _nearest_village(village: Mask, grid: Grid) -> Ints:
    """A commune's post stands in its village nearest to the middle; without one, in the middle."""
    homes = np.argwhere(village)
    owner = grid.commune[tuple(homes.T)]
    posts = grid.posts.copy()
    for number in range(len(posts)):
        own = homes[owner == number]
        if len(own):
            posts[number] = own[((own - grid.posts[number]) ** 2).sum(axis=1).argmin()]
    return posts


def _laos(grid: Grid) -> Mask:
    """Foreign ground south-west of the line from the province's north-western to its south-eastern end."""
    rows, cols = np.indices(grid.commune.shape)
    east = (cols - grid.col.min()) / max(int(np.ptp(grid.col)), 1)
    south = (rows - grid.row.min()) / max(int(np.ptp(grid.row)), 1)
    return np.asarray(~grid.inside & (east < south), bool)
