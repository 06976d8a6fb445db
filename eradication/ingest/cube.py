"""Lay scenes on one grid: passes fused, clouds masked, times in order, one window at a time.

A pass is one overflight. Its neighbouring tiles overlap by 10 km and hold the same pixels twice; counted twice they
would look like two clear observations. So tiles of one pass are fused, first valid pixel wins.
"""

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import rasterio.features
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Imagery
from eradication.ingest import cloudmask, geotiff, nearest
from eradication.ingest.kernels import clear_looks
from eradication.ingest.scene import Scene
from eradication.raster import CLEAR, PIXEL_M, UNKNOWN, Bytes, Packed, SceneFailure, Window, unpack

PASS = timedelta(minutes=10)
"""Tiles of one overflight lie within this; the next overflight is 100 minutes away."""

CLOUD_CLASSES = frozenset({3, 8, 9, 10})
"""Cloud shadow, cloud of medium and high probability, cirrus: the classes whose mask is widened."""

CLASSES = 32
"""Scene classes are numbers below this; Sen2Cor knows twelve."""

COARSE_M = 2 * PIXEL_M
"""Bands of this pixel size are kept at it."""

_drawing = threading.Lock()

type Mask = npt.NDArray[np.bool_]
type Group = tuple[Scene, ...]


def passes(scenes: Sequence[Scene]) -> list[Group]:
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
    return [tuple(group) for group in sorted(groups, key=lambda g: min(s.time for s in g))]


def common_grid(scenes: Sequence[Scene], area: BaseGeometry | None, raster_epsg: int) -> GeoBox:
    """Return a north-up grid of 10 m in ``raster_epsg``, or in the scenes' own CRS if they lie outside its zone.

    Its pixels coincide with those of the first 10 m band in that CRS, so that such bands are not resampled, and it
    consists of whole pixels of the first 20 m band.

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
    x0, y0, step = _lattice(rasters, epsg)
    # Rounded first: 1e-9 m of projection noise must not add a row.
    left, top = math.floor(_steps(bounds[0] - x0) / step) * step, math.ceil(_steps(bounds[3] - y0) / step) * step
    right, bottom = math.ceil(_steps(bounds[2] - x0) / step) * step, math.floor(_steps(bounds[1] - y0) / step) * step
    shape = (max(1, top - bottom), max(1, right - left))
    corner = Affine(PIXEL_M, 0, x0 + left * PIXEL_M, 0, -PIXEL_M, y0 + top * PIXEL_M)
    return GeoBox(shape, corner, f"EPSG:{epsg}")


def _lattice(rasters: Sequence[geotiff.Raster], epsg: int) -> tuple[float, float, int]:
    """Return a corner that the grid's lines go through and by how many pixels the grid may begin from it."""
    for band in (scale for scale in (COARSE_M, PIXEL_M)):
        for raster in rasters:
            if raster.epsg == epsg and math.isclose(raster.pixel_size, band) and raster.dtype != "uint8":
                return raster.transform[2], raster.transform[5], round(band / PIXEL_M)
    return 0.0, 0.0, 1


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


def steps(groups: Sequence[Group], names: Sequence[str], grid: GeoBox) -> dict[str, int]:
    """Return for each band how many grid pixels a side of its pixels has: 2 if all files are 20 m on the lattice."""
    out = {}
    for name in names:
        rasters = [scene.bands[name].raster for group in groups for scene in group if name in scene.bands]
        out[name] = 2 if all(_is_coarse(raster, grid) for raster in rasters) else 1
    return out


def _is_coarse(raster: geotiff.Raster, grid: GeoBox) -> bool:
    a, _, c, _, e, f = raster.transform
    off = ((c - grid.affine.c) / COARSE_M, (f - grid.affine.f) / COARSE_M)
    aligned = all(abs(v - round(v)) < 1e-3 for v in off)
    size = math.isclose(a, COARSE_M, abs_tol=0.01) and math.isclose(e, -COARSE_M, abs_tol=0.01)
    return aligned and size and raster.epsg == geotiff.epsg_of(grid)


def inside(area: BaseGeometry | None, grid: GeoBox) -> Mask | None:
    """Return which pixels the area (in the grid's CRS) touches, or ``None`` for all."""
    if area is None:
        return None
    # rasterio hushes a warning by swapping the process's filters: two threads at once would let it out.
    with _drawing:
        mask: Mask = rasterio.features.geometry_mask([area], grid.shape, grid.affine, all_touched=True, invert=True)
    return mask


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Reads one window of all passes."""

    groups: tuple[Group, ...]
    grid: GeoBox
    """Grid of the window."""
    settings: Imagery
    within: Mask | None
    """Pixels of the area, ``None`` = all; shape (y, x)."""

    def clear(self) -> tuple[Bytes, list[list[Bytes | None]]]:
        """Return which looks may be used, and for each scene of a pass its own mask, ``None`` if it lies elsewhere."""
        looks = np.zeros((len(self.groups), *self.grid.shape), np.uint8)
        own: list[list[Bytes | None]] = []
        for number, group in enumerate(self.groups):
            masks = [self._mask(scene) for scene in group]
            for mask in masks:
                if mask is not None:
                    np.copyto(looks[number], mask, where=looks[number] == 0)
            if self.within is not None:
                looks[number][~self.within] = 0
            own.append(masks)
        return looks, own

    def _mask(self, scene: Scene) -> Bytes | None:
        if not any(nearest.touches(raster, self.grid) for raster in scene.rasters):
            return None
        margin = self.settings.dilate_px
        classes = self._classes(scene, margin)
        if classes is None:
            # Beside the file it says nothing: another tile's cloud must stay one.
            return np.where(nearest.covered(scene.rasters, self.grid), np.uint8(CLEAR), np.uint8(0))
        out = np.full(self.grid.shape, CLEAR, np.uint8)
        masked = {code for code in self.settings.mask_scl if code < CLASSES}
        clear_looks(np.minimum(classes, CLASSES - 1), _bits(masked), _bits(masked & CLOUD_CLASSES), margin, out)
        return out

    def _classes(self, scene: Scene, margin: int) -> Bytes | None:
        """Return scene classes of the window and ``margin`` pixels around it, ``None`` if nobody knows any."""
        wide = self._wider(margin)
        classes = scene.classes(wide)
        detect = cloudmask.detector(self.settings.cloud_mask)
        if detect is None or not scene.bands.keys() >= set(cloudmask.BANDS):
            return classes
        shown = self._wider(margin + cloudmask.MARGIN_PX)
        packed = np.zeros((len(cloudmask.BANDS), *shown.shape), np.uint16)
        for number, name in enumerate(cloudmask.BANDS):
            scene.bands[name].read(shown, packed[number])
        edge = cloudmask.MARGIN_PX
        seen = detect(np.nan_to_num(unpack(packed)))[edge:-edge, edge:-edge]
        nothing = (packed == UNKNOWN).any(axis=0)[edge:-edge, edge:-edge]
        return np.where(nothing if classes is None else nothing | (classes <= 1), np.uint8(0), seen)

    def _wider(self, margin: int) -> GeoBox:
        rows, columns = (int(n) for n in self.grid.shape)
        return Window(-margin, -margin, rows + 2 * margin, columns + 2 * margin).of(self.grid)

    def band(self, name: str, step: int, own: list[list[Bytes | None]]) -> tuple[Packed, list[SceneFailure]]:
        """Return packed reflectance of one band, shape (time, y/step, x/step), and the files with damage.

        Args:
            name: of the band.
            step: grid pixels per side of a pixel of the result, 1 or 2.
            own: the scenes' masks from :meth:`clear`.
        """
        rows, columns = (-(-int(n) // step) for n in self.grid.shape)
        a, _, c, _, e, f = tuple(self.grid.affine)[:6]
        part = GeoBox((rows, columns), Affine(a * step, 0, c, 0, e * step, f), self.grid.crs)
        out = np.zeros((len(self.groups), rows, columns), np.uint16)
        failed: list[SceneFailure] = []
        for number, group in enumerate(self.groups):
            # What one tile masks may be clear by another, even by one without this band.
            is_alone = sum(mask is not None for mask in own[number]) == 1
            there = [(s, m) for s, m in zip(group, own[number], strict=True) if m is not None and name in s.bands]
            for scene, mask in there:
                target = out[number] if is_alone else np.zeros((rows, columns), np.uint16)
                if scene.bands[name].read(part, target):
                    failed.append(SceneFailure(scene.id, name, "unreadable", "some blocks cannot be decoded"))
                if not is_alone:
                    free = (out[number] == 0) & (_halved(mask, step) != 0)
                    out[number][free] = target[free]
        return out, failed


def _halved(mask: Bytes, step: int) -> Bytes:
    """Return the mask of pixels ``step`` times larger: usable if any part is."""
    if step == 1:
        return mask
    rows, columns = mask.shape
    wide = np.zeros((rows + rows % 2, columns + columns % 2), np.uint8)
    wide[:rows, :columns] = mask
    any_part: Bytes = np.maximum(
        np.maximum(wide[::2, ::2], wide[1::2, ::2]), np.maximum(wide[::2, 1::2], wide[1::2, 1::2])
    )
    return any_part


def _bits(classes: Iterable[int]) -> int:
    return sum(1 << code for code in set(classes))
