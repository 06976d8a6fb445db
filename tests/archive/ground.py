"""A made-up ground that every tile of a test archive shows alike, whatever its corner and zone.

What lies at a place follows from the place alone: two tiles that overlap hold the same numbers there, so that a test
can say what a pixel must be without looking at the files.
"""

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from imagery_factory import KINDS, S2_20M, Place
from pyproj import Transformer

CELL_M = 40.0
"""Fields are squares of this side in EPSG:32648, whole 20 m pixels of every tile of that zone."""

CLOUD_M = 200.0
CLOUD_REFLECTANCE = 0.45
WATER, SOIL, VEGETATION, CLOUD, NODATA = 6, 5, 4, 9, 0
"""Scene classes of Sen2Cor."""

type Array = npt.NDArray[np.float64]


def pixel_m(band: str) -> float:
    """Return the pixel of a band as Sentinel-2 has it (no 60 m bands)."""
    return 20.0 if band in S2_20M else 10.0


@lru_cache(maxsize=64)
def _centres(place: Place, pixel: float) -> tuple[Array, Array]:
    """Return east and north of pixel centres in EPSG:32648, shape (y, x)."""
    rows, columns = round(place.rows * 10 / pixel), round(place.columns * 10 / pixel)
    x = place.east + pixel * (np.arange(columns) + 0.5)
    y = place.north - pixel * (np.arange(rows) + 0.5)
    east, north = np.meshgrid(x, y)
    if place.epsg != 32648:
        east, north = Transformer.from_crs(place.epsg, 32648, always_xy=True).transform(east, north)
    return east, north


def _chance(east: Array, north: Array, cell_m: float, seed: int) -> Array:
    """Return a number in 0…1 for the cell a position lies in: the same cell and seed, the same number."""
    x, y = (np.floor(values / cell_m).astype(np.int64).astype(np.uint64) for values in (east, north))
    mixed = x * np.uint64(0x9E3779B97F4A7C15) + y * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(seed * 2 + 1)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _kinds(place: Place, pixel: float) -> npt.NDArray[np.int64]:
    shares = np.cumsum([row["share"] for row in KINDS.values()])
    return np.searchsorted(shares / shares[-1], _chance(*_centres(place, pixel), CELL_M, 7), side="right")


def clouds(place: Place, pixel: float, day: date, share: float) -> npt.NDArray[np.bool_]:
    """Return where clouds are on a day, over about ``share`` of the ground."""
    return _chance(*_centres(place, pixel), CLOUD_M, day.toordinal()) < share


def reflectance(place: Place, band: str, day: date, cloud_share: float = 0.0) -> Array:
    """Return surface reflectance of a band on its own pixels, shape (y, x)."""
    pixel = pixel_m(band)
    levels = np.array([row[band] for row in KINDS.values()])[_kinds(place, pixel)]
    seed = 1_000 * day.toordinal() + sum(map(ord, band))
    noise = _chance(*_centres(place, pixel), pixel, seed) - 0.5
    clear = np.clip(levels * (1 + 0.3 * noise), 0.0005, 1.2)
    return np.where(clouds(place, pixel, day, cloud_share), CLOUD_REFLECTANCE + 0.1 * noise, clear)


def classes(place: Place, day: date, cloud_share: float = 0.0) -> npt.NDArray[np.uint8]:
    """Return scene classes on 20 m pixels, shape (y, x)."""
    names = list(KINDS)
    which = _kinds(place, 20.0)
    ground = np.where(which == names.index("soil"), SOIL, VEGETATION)
    ground = np.where(which == names.index("water"), WATER, ground)
    return np.where(clouds(place, 20.0, day, cloud_share), CLOUD, ground).astype(np.uint8)
