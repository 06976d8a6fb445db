"""Where virtual plots lie, and which share of each pixel they cover. Coordinates are those of the grid, in pixels."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import rasterio.features
import shapely
from odc.geo.geobox import GeoBox
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.raster import Index

type Floats = npt.NDArray[np.float64]
type Mask = npt.NDArray[np.bool_]


def on_grid(geometry: BaseGeometry, grid: GeoBox) -> BaseGeometry:
    """Return a WGS 84 geometry in pixels of the grid: x to the right, y down, so that a pixel has area 1."""
    here = geo.project(geometry, geo.WGS84, _epsg(grid))
    return shapely.transform(here, lambda xy: _moved(xy, ~grid.affine))


def off_grid(geometry: BaseGeometry, grid: GeoBox) -> BaseGeometry:
    """Return a geometry in pixels of the grid as WGS 84."""
    return geo.project(shapely.transform(geometry, lambda xy: _moved(xy, grid.affine)), _epsg(grid), geo.WGS84)


def draw(rng: np.random.Generator, area_px: float) -> shapely.Polygon:
    """Return an elongated, lobed outline of exactly ``area_px`` round the origin, as small fields are."""
    angle = np.linspace(0.0, 2.0 * np.pi, 33)[:-1]
    radius = np.ones_like(angle)
    for lobes in (2, 3, 4, 5):
        radius += rng.normal(0.0, 0.16 / lobes) * np.cos(lobes * angle + rng.uniform(0.0, 2.0 * np.pi))
    stretch = np.sqrt(rng.uniform(1.0, 2.8))
    raw = shapely.Polygon(np.column_stack([radius * np.cos(angle) * stretch, radius * np.sin(angle) / stretch]))
    turned = affinity.rotate(raw, rng.uniform(0.0, 180.0), origin=(0.0, 0.0))
    scale = np.sqrt(area_px / turned.area)
    return shapely.Polygon(np.asarray(turned.exterior.coords) * scale)


def shares(outline: BaseGeometry, shape: tuple[int, int]) -> tuple[Index, Floats]:
    """Return flat indices of the pixels an outline touches and the exact share of each that it covers."""
    left, top, right, bottom = outline.bounds
    columns = np.arange(max(int(np.floor(left)), 0), min(int(np.ceil(right)), shape[1]))
    rows = np.arange(max(int(np.floor(top)), 0), min(int(np.ceil(bottom)), shape[0]))
    y, x = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    covered = shapely.area(shapely.intersection(shapely.box(x, y, x + 1, y + 1), outline))
    touched = covered > 0.0
    return (y * shape[1] + x)[touched].astype(np.int64), np.asarray(covered[touched], float)


def covered(geometries: Iterable[BaseGeometry], shape: tuple[int, int]) -> Mask:
    """Return which pixels any of the geometries (in pixels) touches."""
    there = [(geometry, 1) for geometry in geometries if not geometry.is_empty]
    if not there:
        return np.zeros(shape, bool)
    burnt = rasterio.features.rasterize(there, out_shape=shape, all_touched=True, dtype="uint8")
    mask: Mask = burnt.astype(bool)
    return mask


def _moved(xy: Floats, place: object) -> Floats:
    a, b, c, d, e, f = tuple(place)[:6]  # type: ignore[arg-type, var-annotated]
    turned: Floats = xy @ np.array([[a, d], [b, e]]) + (c, f)
    return turned


def _epsg(grid: GeoBox) -> int:
    code = grid.crs.epsg if grid.crs is not None else None
    return geo.UTM48 if code is None else int(code)
