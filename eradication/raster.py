"""What flows between the imagery steps: cube → features → scores, all on one grid.

A province-season does not fit into memory, so each value speaks of one :class:`Window` of the grid, or of chosen pixels
of it. ``geobox`` carries CRS, transform and shape as one value, so that a raster cannot lose its place. What is unknown
stays unknown: 0 in packed reflectance, NaN in features and scores; nothing is ever imputed.

**Packed reflectance** is what a cube holds: unsigned 16-bit numbers, ``value = reflectance · 10 000 + 1 000``, 0 for
unknown. That is the number that Sentinel-2 L2A stores since processing baseline 04.00, so the usual archive costs
nothing to convert, negative reflectance survives, and 20 m bands stay at 20 m.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine
from odc.geo.geobox import GeoBox

from eradication.domain import ScoreKind, Season

BANDS: tuple[str, ...] = (
    "blue",
    "green",
    "red",
    "rededge1",
    "rededge2",
    "rededge3",
    "nir",
    "nir08",
    "swir16",
    "swir22",
)
"""Names of reflectance bands, those of Earth Search's Sentinel-2 L2A assets."""


PIXEL_M = 10.0
"""Side of a pixel of the grid."""

COUNTS = 10_000
"""Packed counts per unit of reflectance."""

ZERO = 1_000
"""Packed reflectance 0."""

UNKNOWN = 0
"""Packed value where nothing is known."""

CLEAR, SUSPECT = 1, 2
"""Values of :attr:`Cube.clear`; 0 = not to be used."""

type Float32 = npt.NDArray[np.float32]
type Packed = npt.NDArray[np.uint16]
type Bytes = npt.NDArray[np.uint8]
type Index = npt.NDArray[np.int64]


def pack(reflectance: npt.ArrayLike) -> Packed:
    """Return packed reflectance, rounded to 1e-4; NaN becomes 0, what lies outside the range its nearest end."""
    values = np.asarray(reflectance, np.float64) * COUNTS + ZERO
    with np.errstate(invalid="ignore"):
        packed = np.where(np.isfinite(values), np.clip(np.rint(values), 1, 65_535), UNKNOWN)
    return packed.astype(np.uint16)


def unpack(packed: Packed) -> Float32:
    """Return reflectance, NaN where unknown."""
    values = (packed.astype(np.float32) - np.float32(ZERO)) * np.float32(1 / COUNTS)
    values[packed == UNKNOWN] = np.nan
    return values


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a grid, in pixels."""

    top: int
    left: int
    rows: int
    columns: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns as slices of an array of the whole grid."""
        return slice(self.top, self.top + self.rows), slice(self.left, self.left + self.columns)

    def holds(self, rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Tell which pixels, by their rows and columns in the whole grid, lie in the window."""
        inside: npt.NDArray[np.bool_] = (rows >= self.top) & (rows < self.top + self.rows)
        return inside & (columns >= self.left) & (columns < self.left + self.columns)

    def of(self, grid: GeoBox) -> GeoBox:
        """Return the part of ``grid`` (north-up); it may begin and end outside of it."""
        a, _, c, _, e, f = tuple(grid.affine)[:6]
        return GeoBox((self.rows, self.columns), Affine(a, 0, c + a * self.left, 0, e, f + e * self.top), grid.crs)


def whole(grid: GeoBox) -> Window:
    """Return the window that is all of ``grid``."""
    return Window(0, 0, int(grid.shape[0]), int(grid.shape[1]))


@dataclass(frozen=True, slots=True)
class SceneFailure:
    """An item or asset that could not be used, and why."""

    id: str
    asset: str
    """Asset name, or ``*`` for the whole item."""
    reason: str
    """Stable code: ``missing_asset``, ``unreadable``, ``offset_contradicted``, ``no_offset_rule`` …"""
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Surface reflectance of one season over one window."""

    season: Season
    times: npt.NDArray[np.datetime64]
    """UTC acquisition times, shape (time,), ascending, one per pass (tiles of one pass are fused)."""
    bands: dict[str, Packed]
    """Packed reflectance, shape (time, y, x), or (time, ⌈y/2⌉, ⌈x/2⌉) for a band kept at 20 m. Not masked. Only bands
    that exist: missing ones are absent, never invented."""
    clear: Bytes
    """Which looks may be used, shape (time, y, x): 0 = masked by a scene class, outside the area or every image, 1 =
    clear, 2 = clear but doubtful (scene class 2 or 7: in winter often a shaded slope)."""
    geobox: GeoBox
    """10 m grid of the window."""
    scl_masked: bool
    """False if no scene classification was there: then only nodata is masked and the map must say so."""
    used: tuple[str, ...]
    """Ids of the items used."""
    failed: tuple[SceneFailure, ...]
    simulated: bool
    """True if any item says it is simulated."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Baselines, offsets applied and their rule, per item."""

    @property
    def suspect(self) -> npt.NDArray[np.bool_]:
        """Looks that are clear but doubtful, shape (time, y, x)."""
        doubtful: npt.NDArray[np.bool_] = self.clear == SUSPECT
        return doubtful

    def reflectance(self, band: str) -> Float32:
        """Return one band on the 10 m grid, shape (time, y, x), NaN where masked, missing or outside."""
        values, (rows, columns) = self.bands[band], self.clear.shape[1:]
        if values.shape[1:] != (rows, columns):
            values = values.repeat(2, axis=1).repeat(2, axis=2)[:, :rows, :columns]
        out = unpack(values)
        out[self.clear == 0] = np.nan
        return out


@dataclass(frozen=True, slots=True, eq=False)
class FeatureStack:
    """Named features of chosen pixels of a window."""

    season: Season
    names: tuple[str, ...]
    pixels: Index
    """Flat indices (row · width + column) into the window, ascending, shape (pixel,)."""
    x: Float32
    """Shape (pixel, feature), NaN where not observed."""
    geobox: GeoBox
    """10 m grid of the window."""
    clear_observations: Bytes
    """Clear looks per pixel in the season, at most 255, shape (y, x)."""
    observed: npt.NDArray[np.bool_]
    """Pixels with enough clear looks to be scored, shape (y, x)."""
    ruled_out: npt.NDArray[np.bool_]
    """Observed pixels that cannot be poppy, shape (y, x): no features were computed, their score is 0."""
    missing: tuple[str, ...] = ()
    """Features and rule terms dropped because a band they need is missing."""

    def layer(self, name: str) -> Float32:
        """Return one feature as a map, shape (y, x), NaN where no features were computed."""
        out = np.full(self.observed.shape, np.nan, np.float32)
        out.ravel()[self.pixels] = self.x[:, self.names.index(name)]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class ScoreMap:
    """Scores on a grid that may be larger than memory: only the pixels that can join a candidate are held."""

    season: Season
    kind: ScoreKind
    model: str
    """``rules`` or ``<name>/<version>``."""
    geobox: GeoBox
    pixels: Index
    """Flat indices of scored pixels, ascending, shape (pixel,)."""
    score: Float32
    """0…1, shape (pixel,)."""
    clear_observations: Bytes
    """Clear looks of these pixels, shape (pixel,)."""
    outside: npt.NDArray[np.bool_]
    """Of pixels that can start a candidate, which are unlike everything the model has learned; shape (pixel,)."""
    observed: int
    """Pixels that were seen often enough to be scored, whatever their score."""
    missing: tuple[str, ...] = ()
