"""Lay scenes on one grid: passes fused, clouds masked, times in order.

A pass is one overflight. Its neighbouring tiles overlap by 10 km and hold the same pixels twice; counted twice they
would look like two clear observations. So tiles of one pass are fused, first valid pixel wins.

Eager and lazy loading run the same two functions on blocks of the grid, :func:`_masks` and :func:`_reflectance`: the
whole grid is one block, or each Dask chunk is one.
"""

import importlib
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio.features
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import CRS
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Imagery
from eradication.ingest import geotiff
from eradication.ingest.scene import Scene
from eradication.progress import Tick
from eradication.raster import BANDS, SceneFailure, missed_clouds

PIXEL_M = 10.0

PASS = timedelta(minutes=10)
"""Tiles of one overflight lie within this; the next overflight is 100 minutes away."""

CLOUD_CLASSES = frozenset({3, 8, 9, 10})
"""Cloud shadow, cloud of medium and high probability, cirrus: the classes whose mask is widened."""

SUSPECT_CLASSES = (2, 7)
"""Dark area and unclassified: kept, but doubtful; in winter they are often shaded slopes."""

_EIGHT = np.ones((3, 3), bool)

type Float32 = npt.NDArray[np.float32]
type Mask = npt.NDArray[np.bool_]
type Masks = tuple[list[Mask | None], Mask]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Bands of all passes on one grid."""

    bands: dict[str, Any]
    suspect: Any
    failed: tuple[SceneFailure, ...]
    """Files whose damage showed only when they were read (eager loading)."""


def passes(scenes: Sequence[Scene]) -> list[list[Scene]]:
    """Group the tiles of one overflight, in order of time; the newest processing of a tile comes first in its group."""
    groups: list[list[Scene]] = []
    open_group: dict[str, list[Scene]] = {}
    for scene in sorted(scenes, key=lambda s: (s.time, s.id)):
        group = open_group.get(scene.platform)
        if group is None or scene.time - group[0].time > PASS:
            group = open_group[scene.platform] = []
            groups.append(group)
        group.append(scene)
    for group in groups:
        group.sort(key=lambda s: s.facts.get("baseline") or "", reverse=True)
    return sorted(groups, key=lambda g: min(s.time for s in g))


def common_grid(scenes: Sequence[Scene], area: BaseGeometry | None, raster_epsg: int) -> GeoBox:
    """Return a north-up grid of 10 m in ``raster_epsg``, or in the scenes' own CRS if they lie outside its zone.

    Its pixels coincide with those of the first 10 m band in that CRS, so that such bands are not resampled.

    Args:
        scenes: at least one.
        area: WGS 84, or ``None`` for the union of the scenes; only its part that scenes cover becomes pixels.
        raster_epsg: wanted CRS.
    """
    rasters = [raster for scene in scenes for raster in scene.rasters]
    epsg = _grid_epsg(rasters[0], raster_epsg)
    edges = np.array([geotiff.bounds_in(raster, epsg) for raster in rasters])
    bounds = (edges[:, 0].min(), edges[:, 1].min(), edges[:, 2].max(), edges[:, 3].max())
    if area is not None:
        wanted = geo.project(area.segmentize(0.01), geo.WGS84, epsg).bounds
        bounds = (*np.maximum(bounds[:2], wanted[:2]), *np.minimum(bounds[2:], wanted[2:]))
    native = [r for r in rasters if r.epsg == epsg and math.isclose(r.pixel_size, PIXEL_M)]
    x0, y0 = (native[0].transform[2], native[0].transform[5]) if native else (0.0, 0.0)
    # Rounded first: 1e-9 m of projection noise must not add a row.
    left, top = math.floor(_steps(bounds[0] - x0)), math.ceil(_steps(bounds[3] - y0))
    right, bottom = math.ceil(_steps(bounds[2] - x0)), math.floor(_steps(bounds[1] - y0))
    shape = (max(1, top - bottom), max(1, right - left))
    corner = Affine(PIXEL_M, 0, x0 + left * PIXEL_M, 0, -PIXEL_M, y0 + top * PIXEL_M)
    return GeoBox(shape, corner, f"EPSG:{epsg}")


def _steps(distance_m: float) -> float:
    return round(distance_m / PIXEL_M, 4)


def _grid_epsg(raster: geotiff.Raster, wanted: int) -> int:
    west, south, east, north = geotiff.bounds_in(raster, geo.WGS84)
    lon, lat = (west + east) / 2, (south + north) / 2
    zone = CRS.from_epsg(wanted).area_of_use
    if zone is None or (zone.west - 1.5 <= lon <= zone.east + 1.5 and zone.south <= lat <= zone.north):
        return wanted
    if CRS.from_epsg(raster.epsg).is_projected:
        return raster.epsg
    return (32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1


def inside(area: BaseGeometry | None, grid: GeoBox) -> Mask | None:
    """Return which pixels the area (WGS 84) touches, or ``None`` for all."""
    if area is None:
        return None
    outline = geo.project(area.segmentize(0.01), geo.WGS84, geotiff.epsg_of(grid))
    mask: Mask = rasterio.features.geometry_mask([outline], grid.shape, grid.affine, all_touched=True, invert=True)
    return mask


def _masks(group: list[Scene], grid: GeoBox, within: Mask | None, settings: Imagery) -> Masks:
    """Return for each scene of a pass which pixels may be used (``None`` = all), and the doubtful ones of the pass."""
    usable: list[Mask | None] = []
    margin = settings.dilate_px
    wide = geotiff.crop(grid, -margin, -margin, grid.shape[0] + 2 * margin, grid.shape[1] + 2 * margin)
    suspect, decided = np.zeros(grid.shape, bool), np.zeros(grid.shape, bool)
    for scene in group:
        clear = within
        classes = scene.classes(wide)
        if classes is not None:
            kept = ~_masked(classes, settings)
            clear = kept if within is None else kept & within
            inner = _trim(classes, margin)
            suspect |= np.isin(inner, SUSPECT_CLASSES) & clear & ~decided
            decided |= clear
        usable.append(clear)
    return usable, suspect


def _masked(classes: npt.NDArray[np.uint8], settings: Imagery) -> Mask:
    """Mask classes and widen clouds and shadows; ``classes`` is wider than the answer by ``dilate_px`` on each side."""
    margin = settings.dilate_px
    masked = np.isin(_trim(classes, margin), settings.mask_scl)
    if margin:
        clouds = np.isin(classes, list(CLOUD_CLASSES & set(settings.mask_scl)))
        masked |= _trim(ndimage.binary_dilation(clouds, _EIGHT, iterations=margin), margin)
    return masked


def _trim(values: Any, margin: int) -> Any:
    return values[margin:-margin, margin:-margin] if margin else values


def _reflectance(group: list[Scene], band: str, grid: GeoBox, usable: list[Mask | None]) -> tuple[Float32, list[str]]:
    """Return one band of one pass, NaN where unknown, and the ids of scenes with damage."""
    fused, damaged = np.full(grid.shape, np.nan, np.float32), []
    for scene, clear in zip(group, usable, strict=True):
        layer = scene.bands.get(band)
        if layer is None:
            continue
        values, lost = layer.read(grid)
        if lost:
            damaged.append(scene.id)
        if clear is not None:
            values[~clear] = np.nan
        fused = values if scene is group[0] else np.where(np.isnan(fused), values, fused)
    return fused, damaged


def _values(group: list[Scene], band: str, grid: GeoBox, usable: list[Mask | None]) -> Float32:
    return _reflectance(group, band, grid, usable)[0]


def assemble(
    groups: list[list[Scene]],
    grid: GeoBox,
    within: Mask | None,
    settings: Imagery,
    chunks: dict[str, int] | None,
    tick: Tick,
) -> Stack:
    """Load all passes on ``grid``: NumPy now, or Dask arrays if ``chunks`` (keys ``y``, ``x``, pixels) are given."""
    held = {band for group in groups for scene in group for band in scene.bands}
    names = [band for band in BANDS if band in held]
    if chunks is not None:
        return _lazy(groups, names, grid, within, settings, chunks)
    return _eager(groups, names, grid, within, settings, tick)


def _eager(
    groups: list[list[Scene]], names: list[str], grid: GeoBox, within: Mask | None, settings: Imagery, tick: Tick
) -> Stack:
    shape = (len(groups), *grid.shape)
    bands = {name: np.empty(shape, np.float32) for name in names}
    suspect = np.zeros(shape, bool)
    failed: list[SceneFailure] = []

    def load(number: int) -> list[SceneFailure]:
        usable, suspect[number] = _masks(groups[number], grid, within, settings)
        lost = []
        for name in names:
            bands[name][number], damaged = _reflectance(groups[number], name, grid, usable)
            lost += [SceneFailure(scene, name, "unreadable", "some blocks cannot be decoded") for scene in damaged]
        return lost

    with ThreadPoolExecutor(max_workers=min(8, (os.cpu_count() or 1) + 1)) as pool:
        running = [pool.submit(load, number) for number in range(len(groups))]
        for done, future in enumerate(as_completed(running), start=1):
            failed += future.result()
            tick(done, len(groups))
    return Stack(bands, suspect if _has_classes(groups) else None, tuple(sorted(failed, key=lambda f: (f.id, f.asset))))


def _has_classes(groups: list[list[Scene]]) -> bool:
    return any(scene.scl is not None for group in groups for scene in group)


def without_missed_clouds(stack: Stack, times: npt.NDArray[np.datetime64]) -> tuple[Stack, float | None]:
    """Blank looks at clouds that the scene classes missed (:func:`eradication.raster.missed_clouds`).

    Returns:
        The stack (eager arrays are changed in place) and the share of looks taken, ``None`` if not counted (lazy).
    """
    blue = stack.bands.get("blue")
    if blue is None:
        return stack, None
    if isinstance(blue, np.ndarray):
        seen, mask = int(np.isfinite(blue).sum()), missed_clouds(times, blue)
        for values in stack.bands.values():
            values[mask] = np.nan
        return stack, float(mask.sum()) / max(seen, 1)
    array: Any = importlib.import_module("dask.array")
    whole = blue.rechunk({0: -1})
    mask = array.map_blocks(partial(missed_clouds, times), whole, dtype=bool).rechunk(blue.chunks)
    return replace(stack, bands={n: array.where(mask, np.float32(np.nan), v) for n, v in stack.bands.items()}), None


def _lazy(
    groups: list[list[Scene]],
    names: list[str],
    grid: GeoBox,
    within: Mask | None,
    settings: Imagery,
    chunks: dict[str, int],
) -> Stack:
    # Imported here: Dask takes a second to load and most work is eager.
    array: Any = importlib.import_module("dask.array")
    delayed: Any = importlib.import_module("dask.delayed").delayed

    def block(value: Any, part: GeoBox, dtype: Any) -> Any:
        return array.from_delayed(value, part.shape, dtype=dtype)[np.newaxis]

    masks = delayed(_masks, pure=False, nout=2)
    read = delayed(_values, pure=False)
    rows = _cuts(grid.shape[0], chunks.get("y", 512))
    columns = _cuts(grid.shape[1], chunks.get("x", 512))
    parts: dict[str, list[Any]] = {name: [] for name in (*names, "suspect")}
    for group in groups:
        tiles: dict[str, list[list[Any]]] = {name: [] for name in parts}
        for y in rows:
            line: dict[str, list[Any]] = {name: [] for name in parts}
            for x in columns:
                part = geotiff.crop(grid, y.start, x.start, y.stop - y.start, x.stop - x.start)
                usable, suspect = masks(group, part, None if within is None else within[y, x], settings)
                line["suspect"].append(block(suspect, part, bool))
                for name in names:
                    line[name].append(block(read(group, name, part, usable), part, np.float32))
            for name, row in line.items():
                tiles[name].append(row)
        for name, grid_of_blocks in tiles.items():
            parts[name].append(array.block(grid_of_blocks))
    stacked = {name: array.concatenate(layers) for name, layers in parts.items()}
    suspect = stacked.pop("suspect")
    return Stack(stacked, suspect if _has_classes(groups) else None, ())


def _cuts(size: int, step: int) -> list[slice]:
    return [slice(start, min(start + step, size)) for start in range(0, size, step)]
