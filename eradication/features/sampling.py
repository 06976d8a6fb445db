"""From visited places to pixels to learn from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain.model import LabelledPlace, Samples
from eradication.raster import PIXEL_M, FeatureStack, Float32, Index

DEFAULT_AREA_M2 = 100.0
"""Footprint where nobody stated an area: one pixel, smaller than the median plot."""
LEAST_SHARE = 0.2
"""Pixels with less of their area inside the footprint say too little about it."""
BACKGROUND_WEIGHT = 0.5
BACKGROUND_BLOCK_PX = 25
"""Background is grouped in blocks of 250 m, so that neighbours fall on one side of a split."""
KEEP_AWAY_M = 30.0
"""Background is not drawn this close to a visited place."""

type Floats = npt.NDArray[np.float64]

DRAWN = 12
"""Background pixels drawn for each that is wanted: some lie under cloud, and the gate lets one in five through."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which pixels of a grid to learn from, chosen before anything is read."""

    labels: npt.NDArray[np.int8]
    """1 poppy, 0 rejected, of each place."""
    keys: npt.NDArray[np.str_]
    """Plot key of each place."""
    pixel: Index
    """Flat indices of the places' pixels."""
    place: npt.NDArray[np.int32]
    """Index of the place of each."""
    communes: npt.NDArray[np.str_]
    """Code of the commune of each place."""
    look_alikes: npt.NDArray[np.str_]
    """Code of what each rejected place was instead."""
    share: Floats
    """Share of each inside its place."""
    trust: Floats
    """Weight of each place's label."""
    free: Index
    """Flat indices of background, in random order: more than wanted, for some are not observed or ruled out."""
    background: int
    """Background pixels wanted."""

    @property
    def labelled(self) -> Index:
        """Flat indices of the places' pixels, ascending, each once."""
        return np.unique(self.pixel)

    @property
    def pixels(self) -> Index:
        """All flat indices, ascending, each once."""
        return np.unique(np.concatenate([self.pixel, self.free]))

    def among(self, possible: npt.NDArray[np.bool_]) -> "Choice":
        """Return the choice with as much background as wanted, of what may be poppy.

        Patrols are never sent to what the gate rules out, so it would only teach what needs no model.

        Args:
            possible: of each pixel of ``free``, in its order.
        """
        return replace(self, free=self.free[possible][: self.background])


def choose(grid: GeoBox, visits: Iterable[LabelledPlace], *, background: int = 20_000, seed: int = 0) -> Choice:
    """Choose the pixels of visited places and draw background.

    Args:
        grid: of the imagery.
        visits: one entry per plot, see :func:`eradication.domain.model.places`.
        background: pixels drawn at random of what the gate lets through; not visited is not negative, so they carry
            label -1 and a weight below 1.
        seed: of the draw.

    Returns:
        The choice; places outside the grid contribute nothing.
    """
    visits = list(visits)
    shares = [_footprint(grid, place) for place in visits]
    return Choice(
        labels=np.array([int(v.positive) for v in visits], np.int8),
        keys=np.array([v.plot for v in visits] or [""], dtype=np.str_),
        communes=np.array([v.commune for v in visits] or [""], dtype=np.str_),
        look_alikes=np.array([v.look_alike for v in visits] or [""], dtype=np.str_),
        pixel=np.concatenate([s[0] for s in shares] or [np.empty(0, np.int64)]),
        place=np.concatenate(
            [np.full(len(s[0]), i, np.int32) for i, s in enumerate(shares)] or [np.empty(0, np.int32)]
        ),
        share=np.concatenate([s[1] for s in shares] or [np.empty(0)]),
        trust=np.array([v.weight for v in visits], float),
        free=_background(grid, visits, background, seed),
        background=background,
    )


def sample(
    stack: FeatureStack,
    choice: Choice,
    *,
    background_weight: float = BACKGROUND_WEIGHT,
    shifted: Sequence[FeatureStack] = (),
) -> Samples:
    """Return the chosen pixels with their features; those that were not observed are left out.

    Args:
        stack: describes the chosen pixels.
        choice: from :func:`choose`.
        background_weight: of a pixel nobody visited.
        shifted: describe the places' pixels as if the season had come earlier or later.
    """
    at = np.searchsorted(stack.pixels, choice.pixel)
    kept = _held(stack, choice.pixel)
    possible = _held(stack, choice.free)
    if stack.ruled_out.size:
        possible &= ~stack.ruled_out.ravel()[choice.free]
    free = np.sort(choice.among(possible).free)
    place = choice.place[kept]
    rows = np.concatenate([at[kept], np.searchsorted(stack.pixels, free)])
    blocks = _block_names(stack, free, int(stack.geobox.shape[1]))
    return Samples(
        names=stack.names,
        x=np.ascontiguousarray(stack.x[rows]),
        y=np.concatenate([choice.labels[place], np.full(len(free), -1, np.int8)]),
        weight=np.concatenate([choice.share[kept] * choice.trust[place], np.full(len(free), background_weight)]),
        group=np.concatenate([choice.keys[place], blocks]),
        place=np.concatenate([place, np.full(len(free), -1, np.int32)]),
        season=np.full(len(rows), stack.season.label),
        commune=np.concatenate([choice.communes[place], np.full(len(free), "")]),
        xy=_centres(stack.geobox, np.concatenate([choice.pixel[kept], free])),
        share=np.concatenate([choice.share[kept], np.full(len(free), np.nan)]),
        missing=stack.missing,
        look_alike=np.concatenate([choice.look_alikes[place], np.full(len(free), "")]),
        shifted=_copies(shifted, choice.pixel[kept], len(free)),
    )


def _copies(shifted: Sequence[FeatureStack], pixels: Index, background: int) -> Float32:
    """Return features of labelled pixels in each stack, NaN where it does not hold one and for background."""
    if not shifted:
        return np.empty((0, 0, 0), np.float32)
    out = np.full((len(shifted), len(pixels) + background, len(shifted[0].names)), np.nan, np.float32)
    for number, stack in enumerate(shifted):
        held = np.flatnonzero(_held(stack, pixels))
        out[number, held] = stack.x[np.searchsorted(stack.pixels, pixels[held])]
    return out


def _centres(grid: GeoBox, pixels: Index) -> Floats:
    """Return the centres of flat indices in the grid's CRS, shape (pixel, 2)."""
    width = int(grid.shape[1])
    middle: Floats = np.column_stack([pixels % width, pixels // width]).astype(np.float64) + 0.5
    return _move(middle, grid.affine)


def _held(stack: FeatureStack, pixels: Index) -> npt.NDArray[np.bool_]:
    """Tell which flat indices the stack describes."""
    if not len(stack.pixels):
        return np.zeros(len(pixels), bool)
    at = np.minimum(np.searchsorted(stack.pixels, pixels), len(stack.pixels) - 1)
    held: npt.NDArray[np.bool_] = stack.pixels[at] == pixels
    return held


def _block_names(stack: FeatureStack, free: Index, width: int) -> npt.NDArray[np.str_]:
    row, column = free // width // BACKGROUND_BLOCK_PX, free % width // BACKGROUND_BLOCK_PX
    return np.array([f"background/{stack.season}/{r}/{c}" for r, c in zip(row, column, strict=True)], dtype=np.str_)


def outline_of(place: LabelledPlace, epsg: int) -> BaseGeometry:
    """Return the place's footprint in the raster's CRS: its measured outline, or a disc of its area."""
    shape = place.geometry
    if shape is None:
        shape = geo.disc(place.lon, place.lat, place.area_m2 or DEFAULT_AREA_M2)
    return geo.project(shape, geo.WGS84, epsg)


def _footprint(grid: GeoBox, place: LabelledPlace) -> tuple[Index, Floats]:
    """Return flat indices of pixels and the share of each that lies inside the place."""
    empty = np.empty(0, np.int64), np.empty(0)
    if not geo.is_on_earth(place.lon, place.lat):
        return empty
    shape = outline_of(place, _epsg(grid))
    height, width = (int(n) for n in grid.shape)
    # In pixel coordinates every cell has area 1, so shares are plain areas.
    shape = shapely.transform(shape, lambda xy: _move(xy, ~grid.affine))
    if shape.is_empty or not np.isfinite(shape.bounds).all():
        return empty
    left, right = _range(shape.bounds[0], shape.bounds[2], width)
    top, bottom = _range(shape.bounds[1], shape.bounds[3], height)
    if left >= right or top >= bottom:
        return empty
    rows, columns = (a.ravel() for a in np.mgrid[top:bottom, left:right])
    share = shapely.area(shapely.intersection(shapely.box(columns, rows, columns + 1, rows + 1), shape))
    # A plot smaller than the limit still has its fullest pixel.
    keep = (share >= min(LEAST_SHARE, share.max(initial=0.0))) & (share > 0)
    return (rows * width + columns)[keep].astype(np.int64), share[keep]


def _range(low: float, high: float, size: int) -> tuple[int, int]:
    return max(int(np.floor(low)), 0), min(int(np.ceil(high)), size)


def _move(xy: Floats, place: Affine) -> Floats:
    turned: Floats = xy @ np.array([[place.a, place.d], [place.b, place.e]]) + (place.c, place.f)
    return turned


def _background(grid: GeoBox, visits: list[LabelledPlace], count: int, seed: int) -> Index:
    """Draw pixels away from visits, in random order: :data:`DRAWN` times as many as wanted where there are so many."""
    random = np.random.default_rng(seed)
    height, width = (int(n) for n in grid.shape)
    size = height * width
    if size <= 2 * DRAWN * count:
        drawn = random.permutation(size)
    else:
        drawn = random.integers(size, size=2 * DRAWN * count)
        drawn = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    near = np.zeros(len(drawn), bool)
    rows, columns = drawn // width, drawn % width
    for place in visits:
        at = _pixel(grid, place)
        if at is not None:
            reach = int(np.ceil((KEEP_AWAY_M + np.sqrt((place.area_m2 or DEFAULT_AREA_M2) / np.pi)) / PIXEL_M))
            near |= (np.abs(rows - at[0]) <= reach) & (np.abs(columns - at[1]) <= reach)
    return drawn[~near][: DRAWN * count].astype(np.int64)


def _pixel(grid: GeoBox, place: LabelledPlace) -> tuple[int, int] | None:
    """Return row and column of a place, which may lie outside the grid."""
    if not geo.is_on_earth(place.lon, place.lat):
        return None
    ((x, y),) = geo.transform([(place.lon, place.lat)], geo.WGS84, _epsg(grid))
    if not np.isfinite((x, y)).all():
        return None
    ((column, row),) = _move(np.array([[x, y]]), ~grid.affine)
    return int(np.floor(row)), int(np.floor(column))


def _epsg(grid: GeoBox) -> int:
    """Return the EPSG code of the grid; rasters are made in the settings' ``raster_epsg``, so there is one."""
    code = grid.crs.epsg if grid.crs is not None else None
    return geo.UTM48 if code is None else int(code)
