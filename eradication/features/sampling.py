"""From visited places to pixels to learn from."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain.model import LabelledPlace, Samples
from eradication.raster import FeatureStack

DEFAULT_AREA_M2 = 100.0
"""Footprint where nobody stated an area: one pixel, smaller than the median plot."""
LEAST_SHARE = 0.2
"""Pixels with less of their area inside the footprint say too little about it."""
BACKGROUND_WEIGHT = 0.5
BACKGROUND_BLOCK_PX = 25
"""Background is grouped in blocks of 250 m, so that neighbours fall on one side of a split."""
KEEP_AWAY_M = 30.0
"""Background is not drawn this close to a visited place."""

type Ints = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]


def sample(stack: FeatureStack, visits: Iterable[LabelledPlace], *, background: int = 20_000, seed: int = 0) -> Samples:
    """Take the pixels of visited places and draw background.

    Args:
        stack: features of the season in which the places were visited.
        visits: one entry per plot, see :func:`eradication.domain.model.places`.
        background: pixels drawn at random from the observed ones; not visited is not negative, so they carry label
            -1 and a weight below 1.
        seed: of the draw.

    Returns:
        Samples; places outside the map or without one observed pixel contribute nothing.
    """
    visits = list(visits)
    shares = [_footprint(stack, place) for place in visits]
    place = np.concatenate([np.full(len(s[0]), i, np.int32) for i, s in enumerate(shares)] or [np.empty(0, np.int32)])
    pixel = np.concatenate([s[0] for s in shares] or [np.empty(0, np.int64)])
    weight = np.concatenate([s[1] for s in shares] or [np.empty(0)])
    free = _background(stack, visits, background, seed)
    _, width = stack.observed.shape
    flat = stack.values.reshape(len(stack.names), -1)
    labels = np.array([int(v.positive) for v in visits], np.int8)
    keys = np.array([v.plot for v in visits] or [""], dtype=np.str_)
    blocks = _block_names(stack, free, width)
    return Samples(
        names=stack.names,
        x=np.ascontiguousarray(flat[:, np.concatenate([pixel, free])].T),
        y=np.concatenate([labels[place], np.full(len(free), -1, np.int8)]),
        weight=np.concatenate([weight, np.full(len(free), BACKGROUND_WEIGHT)]),
        group=np.concatenate([keys[place], blocks]),
        place=np.concatenate([place, np.full(len(free), -1, np.int32)]),
        missing=stack.missing,
    )


def _block_names(stack: FeatureStack, free: Ints, width: int) -> npt.NDArray[np.str_]:
    row, column = free // width // BACKGROUND_BLOCK_PX, free % width // BACKGROUND_BLOCK_PX
    return np.array([f"background/{stack.season}/{r}/{c}" for r, c in zip(row, column, strict=True)], dtype=np.str_)


def outline_of(place: LabelledPlace, epsg: int) -> BaseGeometry:
    """Return the place's footprint in the raster's CRS: its measured outline, or a disc of its area."""
    shape = place.geometry
    if shape is None:
        shape = geo.disc(place.lon, place.lat, place.area_m2 or DEFAULT_AREA_M2)
    return geo.project(shape, geo.WGS84, epsg)


def _footprint(stack: FeatureStack, place: LabelledPlace) -> tuple[Ints, Floats]:
    """Return flat indices of observed pixels and the share of each that lies inside the place."""
    empty = np.empty(0, np.int64), np.empty(0)
    if not geo.is_on_earth(place.lon, place.lat):
        return empty
    shape = outline_of(place, _epsg(stack))
    height, width = stack.observed.shape
    # In pixel coordinates every cell has area 1, so shares are plain areas.
    shape = shapely.transform(shape, lambda xy: _move(xy, ~stack.geobox.affine))
    if shape.is_empty or not np.isfinite(shape.bounds).all():
        return empty
    left, right = _range(shape.bounds[0], shape.bounds[2], width)
    top, bottom = _range(shape.bounds[1], shape.bounds[3], height)
    if left >= right or top >= bottom:
        return empty
    rows, columns = (a.ravel() for a in np.mgrid[top:bottom, left:right])
    share = shapely.area(shapely.intersection(shapely.box(columns, rows, columns + 1, rows + 1), shape))
    # A plot smaller than the limit still has its fullest pixel.
    keep = (share >= min(LEAST_SHARE, share.max(initial=0.0))) & (share > 0) & stack.observed[rows, columns]
    return (rows * width + columns)[keep].astype(np.int64), share[keep]


def _range(low: float, high: float, size: int) -> tuple[int, int]:
    return max(int(np.floor(low)), 0), min(int(np.ceil(high)), size)


def _move(xy: Floats, place: Affine) -> Floats:
    turned: Floats = xy @ np.array([[place.a, place.d], [place.b, place.e]]) + (place.c, place.f)
    return turned


def _background(stack: FeatureStack, visits: list[LabelledPlace], count: int, seed: int) -> Ints:
    free = stack.observed.copy()
    pixel_m = abs(stack.geobox.affine.a)
    for place in visits:
        if not geo.is_on_earth(place.lon, place.lat):
            continue
        ((x, y),) = geo.transform([(place.lon, place.lat)], geo.WGS84, _epsg(stack))
        if not np.isfinite((x, y)).all():
            continue
        ((column, row),) = _move(np.array([[x, y]]), ~stack.geobox.affine)
        radius = np.sqrt((place.area_m2 or DEFAULT_AREA_M2) / np.pi)
        reach = int(np.ceil((KEEP_AWAY_M + radius) / pixel_m))
        r, c = int(row), int(column)
        free[max(r - reach, 0) : max(r + reach + 1, 0), max(c - reach, 0) : max(c + reach + 1, 0)] = False
    candidates = np.flatnonzero(free)
    random = np.random.default_rng(seed)
    return np.sort(random.choice(candidates, min(count, len(candidates)), replace=False))


def _epsg(stack: FeatureStack) -> int:
    """Return the EPSG code of the grid; rasters are made in the settings' ``raster_epsg``, so there is one."""
    crs = stack.geobox.crs
    code = crs.epsg if crs is not None else None
    return geo.UTM48 if code is None else int(code)
