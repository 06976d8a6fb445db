"""All bands of chosen pixels, and the features that need them."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from eradication.features.looks import Dates, Looks
from eradication.features.pixel import (
    APR,
    BLUE_STEP,
    DEC,
    EARLIEST,
    GREEN_NDVI,
    NDVI_LOW,
    NDVI_STEP,
    NOV,
    Bytes,
    Flags,
    Float32,
    Ints,
    calendar,
    composite,
    keep_looks,
    median,
    of_months,
    whitening,
)
from eradication.features.table import CALENDAR, CONTEXT, INDICES, MONTHLY, NEEDED, SEASONS, SERIES
from eradication.raster import COUNTS, ZERO, Cube, Index, Packed

NIR_HELD = np.float32(0.25)
"""Petals leave near infrared as it was; cloud, haze and bare soil do not."""

_LEAST = np.float32(1e-3)
"""A smaller denominator is noise: the index is NaN there."""

_ORDER = tuple(INDICES)
_MONTHLY = np.array([_ORDER.index(name) for name in MONTHLY])
_CONTEXT = np.array([_ORDER.index(name) for name in CONTEXT])
_SEASONS = np.array(list(SEASONS.values()))
_WIDTH = len(CALENDAR) + len(SERIES)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Every look of chosen pixels."""

    pixels: Index
    """Flat indices into the window, ascending."""
    bands: Packed
    """Packed reflectance in the order of :data:`NEEDED`, shape (time, pixel, band); 0 = unknown, not there or not
    clear."""
    ndvi: Bytes
    """As :class:`Looks`, shape (time, pixel)."""
    blue: Bytes
    """Likewise."""


def gather(cube: Cube, looks: Looks, pixels: Index) -> Series:
    """Take the looks of ``pixels`` out of a window."""
    times, _, width = cube.clear.shape
    bands = np.zeros((times, len(pixels), len(NEEDED)), np.uint16)
    rows, columns = pixels // width, pixels % width
    for number, name in enumerate(NEEDED):
        if name in cube.bands:
            values = cube.bands[name]
            step = 1 if values.shape[1:] == cube.clear.shape[1:] else 2
            _gather(values, rows // step, columns // step, (looks.blue, rows, columns), bands[:, :, number])
    return Series(pixels, bands, looks.ndvi[:, rows, columns], looks.blue[:, rows, columns])


@numba.njit(nogil=True, cache=True)
def _gather(
    values: Packed, rows: Index, columns: Index, clear: tuple[Bytes, Index, Index], out: npt.NDArray[np.uint16]
) -> None:
    """Set ``out`` to the values at each pixel, where its look is clear."""
    looks, look_rows, look_columns = clear
    for t in range(values.shape[0]):
        layer, seen, target = values[t], looks[t], out[t]
        for k in range(rows.size):
            if seen[look_rows[k], look_columns[k]] != 0:
                target[k] = layer[rows[k], columns[k]]


def describe_series(series: Series, dates: Dates) -> Float32:
    """Return the columns of :data:`CALENDAR` and :data:`SERIES` of each pixel, shape (pixel, feature)."""
    x = np.full((len(series.pixels), _WIDTH), np.nan, np.float32)
    if len(dates.days):
        _describe(series.bands, (series.ndvi, series.blue), dates.arrays, x)
    return x


@numba.njit(nogil=True, cache=True)
def _describe(bands: Packed, looks: tuple[Bytes, Bytes], dates: tuple[Ints, Ints, Ints], x: Float32) -> None:
    (ndvi, blue), (days, period, begin) = looks, dates
    times, periods = days.size, period[-1] + 1
    keep, after = np.empty(times, np.bool_), np.empty(times, np.int64)
    greens, whites = np.empty(periods, np.float32), np.empty(periods, np.float32)
    scratch = np.empty(max(times, periods), np.float32)
    dated, band = np.empty((9, periods), np.float32), np.empty((bands.shape[2], periods), np.float32)
    one_ndvi, one_blue, one_band = np.empty(times, np.uint8), np.empty(times, np.uint8), np.empty(times, np.uint16)
    for k in range(x.shape[0]):
        for t in range(times):
            one_ndvi[t], one_blue[t] = ndvi[t, k], blue[t, k]
        if keep_looks(one_blue, days, after, keep) == 0:
            continue
        composite(one_ndvi, keep, period, NDVI_LOW, NDVI_STEP, (scratch, greens))
        composite(one_blue, keep, period, 0.0, BLUE_STEP, (scratch, whites))
        calendar(greens, begin, scratch, x[k])
        x[k, 20] = whitening(greens, whites, begin, scratch)
        for b in range(bands.shape[2]):
            for t in range(times):
                one_band[t] = bands[t, k, b]
            _composite_counts(one_band, keep, period, (scratch, band[b]))
        for p in range(periods):
            _indices(band[:, p], dated[:, p])
        _monthly(dated, begin, scratch, x[k, 21:])


@numba.njit(nogil=True, cache=True)
def _composite_counts(values: Packed, keep: Flags, period: Ints, into: tuple[Float32, Float32]) -> None:
    """Set the second of ``into`` to reflectance: the median of a period's kept looks."""
    scratch, out = into
    t = 0
    for p in range(out.size):
        count = 0
        while t < values.size and period[t] == p:
            if keep[t] and values[t] != 0:
                scratch[count] = (np.float32(values[t]) - np.float32(ZERO)) * np.float32(1.0 / COUNTS)
                count += 1
            t += 1
        out[p] = median(scratch, count)


@numba.njit(nogil=True, cache=True)
def _ratio(high: np.float32, low: np.float32) -> np.float32:
    """Return (high - low) / (high + low), kept in -1…1; NaN where the sum is hardly above 0."""
    total = high + low
    if not total > _LEAST:
        return np.float32(np.nan)
    return min(max((high - low) / total, np.float32(-1)), np.float32(1))


@numba.njit(nogil=True, cache=True)
def _indices(band: Float32, out: Float32) -> None:
    """Set ``out`` to the indices of one composite, in the order of :data:`INDICES`."""
    blue, green, red, edge = band[0], band[1], band[2], band[3]
    nir, nir08, swir16, swir22 = band[4], band[5], band[6], band[7]
    out[0] = _ratio(nir, red)
    out[1] = _ratio(nir, swir16)
    out[2] = nir
    out[3] = (blue + green + red) / np.float32(3)
    out[4] = _ratio(green, blue)
    below = (green / blue) * (red - blue + np.float32(1)) if blue > _LEAST else np.float32(np.nan)
    out[5] = (red + green + blue) / below if below > _LEAST else np.float32(np.nan)
    out[6] = _ratio(nir08, edge)
    out[7] = _ratio(nir08, swir22)
    out[8] = _ratio(swir16, swir22)


@numba.njit(nogil=True, cache=True)
def _monthly(dated: Float32, begin: Ints, scratch: Float32, out: Float32) -> None:
    """Set ``out`` to the columns of :data:`SERIES`."""
    place = 0
    for k in range(_MONTHLY.size):
        for m in range(10):
            out[place] = of_months(dated[_MONTHLY[k]], begin, m, m, scratch)
            place += 1
    _bloom(dated, begin, scratch, out[place : place + 5])
    place += 5
    for k in range(_CONTEXT.size):
        for season in range(_SEASONS.shape[0]):
            out[place] = of_months(dated[_CONTEXT[k]], begin, _SEASONS[season, 0], _SEASONS[season, 1], scratch)
            place += 1


@numba.njit(nogil=True, cache=True)
def _usual(values: Float32, ndvi: Float32, begin: Ints, scratch: Float32) -> np.float32:
    """Return the median over green composites of November to April."""
    count = 0
    for p in range(begin[NOV + EARLIEST], begin[APR + EARLIEST + 1]):
        if ndvi[p] >= GREEN_NDVI and not np.isnan(values[p]):
            scratch[count] = values[p]
            count += 1
    return median(scratch, count)


@numba.njit(nogil=True, cache=True)
def _bloom(dated: Float32, begin: Ints, scratch: Float32, out: Float32) -> None:
    """Find the composite of strongest visible brightening with near infrared held; where none is, the gain is 0."""
    ndvi, nir, bright, ndyi, ebi = dated[0], dated[2], dated[3], dated[4], dated[5]
    usual_bright, usual_nir = _usual(bright, ndvi, begin, scratch), _usual(nir, ndvi, begin, scratch)
    best, gain, looked = -1, np.float32(0), False
    for p in range(begin[DEC + EARLIEST], begin[APR + EARLIEST + 1]):
        if np.isnan(ndvi[p]):
            continue
        looked = True
        held = ndvi[p] >= GREEN_NDVI and abs(nir[p] / usual_nir - np.float32(1)) <= NIR_HELD
        more = bright[p] - usual_bright
        # A file of green that could not be read leaves the brightness of its date unknown: no reason to stop looking.
        if held and not np.isnan(more) and (best < 0 or more > gain):
            best, gain = p, more
    if looked and bright.size:
        out[0] = np.float32(0)
    if best >= 0:
        out[0] = max(gain, np.float32(0))
        month = DEC
        while begin[month + EARLIEST + 1] <= best:
            month += 1
        out[1] = np.float32(month)
        out[2] = ndyi[best]
        out[3] = ebi[best] - _usual(ebi, ndvi, begin, scratch)
        out[4] = bright[best] / nir[best]
