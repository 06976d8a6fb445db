"""All bands of chosen pixels, and the features that need them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.compiled import loop
from eradication.features.calendar import NUMBERS, as_features, season
from eradication.features.indices import counts_composites, indices, look_indices, months, reflectance
from eradication.features.lanes import TILE, UNKNOWN, Bytes, Float32, Ints, Shorts, copy, load, tiles
from eradication.features.looks import Dates, Looks
from eradication.features.phases import phases
from eradication.features.table import INDICES, NEEDED, PHASE, PHASED, SERIES
from eradication.raster import Cube, Index, Packed

_INDICES, _SERIES, _PHASED = len(INDICES), len(SERIES), len(PHASED)
_OF_LOOKS = np.array([any(band in INDICES[name][1] for name in PHASED) for band in NEEDED])


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Every look of chosen pixels."""

    pixels: Index
    """Flat indices into the window, ascending."""
    bands: Packed
    """Packed reflectance in the order of :data:`NEEDED`, shape (time, band, pixel); 0 = unknown, not there or not
    clear."""
    ndvi: Bytes
    """As :class:`Looks`, shape (time, pixel)."""
    blue: Bytes
    """Likewise."""


def gather(cube: Cube, looks: Looks, pixels: Index) -> Series:
    """Take the looks of ``pixels`` out of a window."""
    times, rows, width = cube.clear.shape
    bands = np.zeros((times, len(NEEDED), len(pixels)), np.uint16)
    ndvi, blue = (np.empty((times, len(pixels)), np.uint8) for _ in range(2))
    _take(looks.ndvi.reshape(times, rows * width), pixels, ndvi)
    _take(looks.blue.reshape(times, rows * width), pixels, blue)
    for number, name in enumerate(NEEDED):
        if name in cube.bands:
            values = cube.bands[name]
            step = 1 if values.shape[1:] == (rows, width) else 2
            at = pixels if step == 1 else pixels // width // 2 * values.shape[2] + pixels % width // 2
            _gather(values.reshape(times, values.shape[1] * values.shape[2]), at, blue, bands[:, number])
    return Series(pixels, bands, ndvi, blue)


@loop
def _take(looks: Bytes, pixels: Index, out: Bytes) -> None:
    for t in range(len(looks)):
        layer, target = looks[t], out[t]
        for k in range(pixels.size):
            target[k] = layer[pixels[k]]


@loop
def _gather(values: Packed, pixels: Index, clear: Bytes, out: npt.NDArray[np.uint16]) -> None:
    """Set ``out`` to the values at each pixel, where its look is clear."""
    for t in range(len(values)):
        layer, seen, target = values[t], clear[t], out[t]
        for k in range(pixels.size):
            value = layer[pixels[k]]
            target[k] = value if seen[k] != 0 else np.uint16(0)


def describe_series(series: Series, dates: Dates) -> Float32:
    """Return the features of CALENDAR, SERIES and :data:`PHASE` of each pixel, shape (feature, pixel)."""
    numbers = np.full((NUMBERS, len(series.pixels)), UNKNOWN, np.int16)
    rest = np.full((len(SERIES) + len(PHASE), len(series.pixels)), np.nan, np.float32)
    if len(dates.days):
        _describe(
            series.bands, (series.ndvi, series.blue), (*dates.arrays, dates.days - dates.september), (numbers, rest)
        )
    return np.concatenate([as_features(numbers), rest])


@loop
def _describe(
    packed: Packed, looks: tuple[Bytes, Bytes], dates: tuple[Ints, Ints, Ints, Ints], out: tuple[Shorts, Float32]
) -> None:
    """Describe one tile after the other."""
    (all_ndvi, all_blue), (numbers, rest) = looks, out
    times, bands, pixels = packed.shape
    days, first, begin, when = dates
    periods = first.size - 1
    ndvi, blue, keep = tiles(times)
    one, band = np.zeros((times, TILE), np.uint16), np.empty((bands, periods * TILE), np.float32)
    dated = np.empty((_INDICES, periods * TILE), np.float32)
    look, looked = np.empty((bands, times * TILE), np.float32), np.empty((_PHASED, times * TILE), np.float32)
    tile, columns = np.empty((NUMBERS, TILE), np.int16), np.empty((len(rest), TILE), np.float32)
    known = np.empty(TILE, np.int16)
    work = np.empty((periods, TILE), np.float32), known, np.empty((2, TILE), np.float32)
    counts = np.empty((times, TILE), np.uint16), known, np.empty((2, TILE), np.uint16)
    for start in range(0, pixels, TILE):
        width = min(TILE, pixels - start)
        load(all_ndvi, start, width, ndvi)
        load(all_blue, start, width, blue)
        season(ndvi, blue, keep, (days, first, begin), tile)
        for b in range(bands):
            load(packed[:, b], start, width, one)
            counts_composites(one, keep, first, counts, band[b].reshape((periods, TILE)))
            if _OF_LOOKS[b]:
                reflectance(one, keep, look[b].reshape((times, TILE)))
        indices(band, dated)
        months(dated.reshape((_INDICES, periods, TILE)), begin, work, columns)
        look_indices(look, looked)
        phases(looked.reshape((_PHASED, times, TILE)), when, columns[_SERIES:])
        for k in range(NUMBERS):
            copy(tile[k], numbers[k, start : start + width])
        for k in range(len(rest)):
            copy(columns[k], rest[k, start : start + width])
