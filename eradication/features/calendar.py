"""The season of a tile of pixels by its NDVI and blue: ten months, and what the crop does with them."""

import numpy as np
import numpy.typing as npt

from eradication.compiled import loop, part
from eradication.features.lanes import (
    APR,
    AUG,
    BLUE_STEP,
    DEC,
    EARLIEST,
    FEB,
    GREEN_NDVI,
    MAR,
    MAY,
    NDVI_LOW,
    NDVI_STEP,
    NOV,
    TILE,
    UNKNOWN,
    Bytes,
    Float32,
    Ints,
    Shorts,
    composites,
    copy,
    doubled_median,
    fill,
    keep_looks,
    of_periods,
    scratch,
)

NUMBERS = 21
"""Of a pixel, in the order of :data:`eradication.features.table.CALENDAR`."""

_MONTHS = 10

type Floats = npt.NDArray[np.float64]
BARE, RISE, HIGHEST, LOWEST, AMPLITUDE, HIGHEST_MONTH, LOWEST_MONTH, DRY_MINUS_WET, FALL, FALL_RATE = range(10, 20)
WHITENING = 20

_ZERO = np.int16(0)
_GREEN = np.int16(2 * (round((GREEN_NDVI - NDVI_LOW) / NDVI_STEP) + 1))
_LEVELS = (*range(_MONTHS), HIGHEST, LOWEST, BARE)

SCALE = np.full(NUMBERS, NDVI_STEP / 4)
"""Step of each number."""
SCALE[[HIGHEST_MONTH, LOWEST_MONTH]] = 1
SCALE[WHITENING] = BLUE_STEP / 4
OFFSET = np.zeros(NUMBERS)
"""Value of each number 0."""
OFFSET[list(_LEVELS)] = NDVI_LOW - NDVI_STEP


@part
def season(ndvi: Bytes, blue: Bytes, keep: Bytes, dates: tuple[Ints, Ints, Ints], out: Shorts) -> None:
    """Set ``out`` to the numbers of each pixel, :data:`UNKNOWN` where nothing is known.

    Args:
        ndvi: bytes, 0 = unknown, shape (time, TILE).
        blue: likewise.
        keep: scratch for the looks worth keeping, shape (time, TILE).
        dates: :attr:`eradication.features.looks.Dates.arrays`.
        out: shape (NUMBERS, TILE); value = OFFSET + SCALE · number.
    """
    days, first, begin = dates
    periods = first.size - 1
    work = scratch(days.size, periods)
    keep_looks(blue, days, keep)
    greens, whites = np.empty((periods, TILE), np.int16), np.empty((periods, TILE), np.int16)
    composites(ndvi, keep, first, work, greens)
    composites(blue, keep, first, work, whites)
    for m in range(_MONTHS):
        of_periods(greens, begin[m + EARLIEST], begin[m + EARLIEST + 1], work, out[m])
    _extremes(out)
    halves = np.empty((2, TILE), np.int16)
    of_periods(greens, begin[NOV + EARLIEST], begin[APR + EARLIEST + 1], work, halves[0])
    of_periods(greens, begin[0], begin[NOV + EARLIEST], work, halves[1])
    for lane in range(TILE):
        out[DRY_MINUS_WET, lane] = _less(halves[0, lane], halves[1, lane])
    _whitening(greens, whites, begin, work, out[WHITENING])


@part
def _less(a: np.int16, b: np.int16) -> np.int16:
    difference = np.int16(a - b)
    return difference if (a != UNKNOWN) & (b != UNKNOWN) else UNKNOWN


@part
def _lowest(rows: Shorts, start: int, last: int, out: Shorts) -> None:
    copy(rows[start], out)
    for m in range(start + 1, last + 1):
        for lane in range(TILE):
            out[lane] = min(out[lane], rows[m, lane])


@part
def _highest(rows: Shorts, start: int, last: int, out: Shorts) -> None:
    fill(out, np.int16(-1))
    for m in range(start, last + 1):
        for lane in range(TILE):
            value = rows[m, lane] if rows[m, lane] != UNKNOWN else np.int16(-1)
            out[lane] = max(out[lane], value)
    for lane in range(TILE):
        out[lane] = out[lane] if out[lane] >= 0 else UNKNOWN


@part
def _extremes(out: Shorts) -> None:
    """Set what follows from the months."""
    some = np.empty((2, TILE), np.int16)
    _lowest(out, AUG, NOV, out[BARE])
    _highest(out, NOV, MAR, out[RISE])
    _highest(out, AUG, MAY, out[HIGHEST])
    _lowest(out, AUG, MAY, out[LOWEST])
    _highest(out, DEC, MAR, some[0])
    _lowest(out, MAR, MAY, some[1])
    for lane in range(TILE):
        out[RISE, lane] = _less(out[RISE, lane], out[BARE, lane])
        out[AMPLITUDE, lane] = _less(out[HIGHEST, lane], out[LOWEST, lane])
        out[FALL, lane] = _less(some[0, lane], some[1, lane])
        out[HIGHEST_MONTH, lane] = out[LOWEST_MONTH, lane] = UNKNOWN
    for m in range(_MONTHS):
        this = np.int16(m)
        for lane in range(TILE):
            high, low = out[m, lane] == out[HIGHEST, lane], out[m, lane] == out[LOWEST, lane]
            known = out[m, lane] != UNKNOWN
            out[HIGHEST_MONTH, lane] = min(out[HIGHEST_MONTH, lane], this if known & high else UNKNOWN)
            out[LOWEST_MONTH, lane] = min(out[LOWEST_MONTH, lane], this if known & low else UNKNOWN)
    fill(some[0], np.int16(-UNKNOWN))
    for m in range(FEB, MAY):
        for lane in range(TILE):
            loss = _less(out[m, lane], out[m + 1, lane])
            some[0, lane] = max(some[0, lane], loss if loss != UNKNOWN else np.int16(-UNKNOWN))
    for lane in range(TILE):
        out[FALL_RATE, lane] = some[0, lane] if some[0, lane] != np.int16(-UNKNOWN) else UNKNOWN


@part
def _whitening(greens: Shorts, whites: Shorts, begin: Ints, work: tuple[Shorts, Shorts, Shorts], out: Shorts) -> None:
    """Set ``out`` to the highest gain of blue over its median on green dates, November to April, since December, or 0.

    Unknown if no look was clear from December to April.
    """
    rows, known, pair = work
    start, end = begin[NOV + EARLIEST], begin[APR + EARLIEST + 1]
    usual = np.empty(TILE, np.int16)
    for p in range(start, end):
        for lane in range(TILE):
            green = (greens[p, lane] >= _GREEN) & (greens[p, lane] != UNKNOWN)
            rows[p - start, lane] = whites[p, lane] if green else UNKNOWN
    doubled_median(rows, end - start, known, pair, usual)
    fill(out, np.int16(-1))
    for p in range(begin[DEC + EARLIEST], end):
        for lane in range(TILE):
            gain = np.int16(np.int16(2 * whites[p, lane]) - usual[lane])
            gain = gain if (greens[p, lane] >= _GREEN) & (gain > _ZERO) else _ZERO
            out[lane] = max(out[lane], gain if greens[p, lane] != UNKNOWN else np.int16(-1))
    for lane in range(TILE):
        out[lane] = out[lane] if out[lane] >= _ZERO else UNKNOWN


def as_features(numbers: Shorts) -> Float32:
    """Return the features of CALENDAR, shape (feature, pixel), from numbers of that shape."""
    return _as_features(numbers, SCALE, OFFSET)


@loop
def _as_features(numbers: Shorts, scale: Floats, offset: Floats) -> Float32:
    out = np.empty(numbers.shape, np.float32)
    for k in range(numbers.shape[0]):
        for n in range(numbers.shape[1]):
            value = np.float32(offset[k] + numbers[k, n] * scale[k])
            out[k, n] = value if numbers[k, n] != UNKNOWN else np.float32(np.nan)
    return out
