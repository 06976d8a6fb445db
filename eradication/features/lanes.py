"""What the looks of a tile of pixels say, in compiled code: medians, looks worth keeping, composites.

Every step is done for all pixels of a tile before the next, without a branch that depends on a pixel, so that the
compiler makes vector instructions of it: arrays have the pixel as their last axis, its *lane*. Numbers of the first
look stay whole: medians of bytes are kept as their double (of two middle values), medians of those as four times.

Three habits matter more than they seem. Rows of one array that are read and written in one step are the business of a
small function: in a loop over rows the compiler cannot tell them apart, and takes one lane at a time. Small integers
are cast back after each operation, as Numba makes 64-bit numbers of sums, of which a vector holds a quarter. And what a
choice chooses from is loaded before it, and never what the target holds: else it becomes a masked store, which some
processors do one lane at a time.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.compiled import part

TILE = 256
"""Pixels that go through a step together: many enough to outweigh a step's own cost, few enough for the caches."""

NDVI_LOW, NDVI_STEP = -0.2, 0.005
"""NDVI = NDVI_LOW + (byte - 1) · NDVI_STEP: -0.2 to 1.07; water lies lower and is cut off."""

BLUE_STEP = 0.002
"""Reflectance in blue = (byte - 1) · BLUE_STEP: 0 to 0.51; brighter is cloud."""

MISSED_CLOUD_JUMP = 0.08
"""Reflectance in blue by which a missed cloud stands out. Bare soil and petals in a 10 m pixel change it by less."""

MISSED_CLOUD_DAYS = 60
"""Looks further apart than this are not compared."""

_JUMP = np.int16(round(MISSED_CLOUD_JUMP / BLUE_STEP))
_DAYS = np.int16(MISSED_CLOUD_DAYS)
_ZERO, _ONE = np.int16(0), np.int16(1)

GREEN_NDVI = 0.25
"""A date is green from here: bare soil lies below 0.2, petals pull a flowering canopy down to about 0.3."""

UNKNOWN = np.int16(32_767)
"""Higher than every known number, so that sorting puts it last and a minimum passes it over."""

AUG, NOV, DEC, FEB, MAR, APR, MAY = 0, 3, 4, 6, 7, 8, 9
"""Months after August of the season's first year; May before it is -3."""

EARLIEST = 3
"""Months from the first of the season's images, May, to August."""

type Bytes = npt.NDArray[np.uint8]
type Float32 = npt.NDArray[np.float32]
type Ints = npt.NDArray[np.int64]
type Lanes = npt.NDArray[Any]
"""One number a pixel of the tile, shape (TILE,); or rows of such, shape (n, TILE)."""
type Shorts = npt.NDArray[np.int16]


@part
def fill(row: Lanes, value: Any) -> None:
    """Set every number of a row; Numba takes a third of a second to compile each ``row[:] = value``."""
    for k in range(row.size):
        row[k] = value


@part
def copy(source: Lanes, target: Lanes) -> None:
    """Set ``target`` to the first numbers of ``source``, as many as it has."""
    for k in range(target.size):
        target[k] = source[k]


@part
def exchange(rows: Lanes, i: int, j: int) -> None:
    """Put the lower of two rows first, in every lane."""
    for lane in range(TILE):
        a, b = rows[i, lane], rows[j, lane]
        rows[i, lane] = a if a < b else b
        rows[j, lane] = b if a < b else a


@part
def sort(rows: Lanes, count: int) -> None:
    """Sort the first ``count`` rows in every lane, lowest first (merge exchange: Knuth, volume 3, algorithm 5.2.2M)."""
    top = 1
    while 2 * top < count:
        top *= 2
    p = top if count > 1 else 0
    while p > 0:
        q, r, d = top, 0, p
        while True:
            for i in range(count - d):
                if i & p == r:
                    exchange(rows, i, i + d)
            if q == p:
                break
            d, q, r = q - p, q // 2, p
        p //= 2


@part
def middles(rows: Lanes, count: int, known: Shorts, low: Lanes, high: Lanes) -> None:
    """Set ``low`` and ``high`` to the two middle values of the first ``known`` of ``count`` sorted rows.

    They are the same value for an odd number, and 0 where nothing is known.
    """
    nothing = rows.dtype.type(0)
    fill(low, nothing)
    fill(high, nothing)
    for k in range(count):
        # One row is the lower of 2k + 1 or 2k + 2 values, and the upper of 2k or 2k + 1: added to 0 once.
        least, odd, most = np.int16(2 * k), np.int16(2 * k + 1), np.int16(2 * k + 2)
        for lane in range(TILE):
            lower = (known[lane] >= odd) & (known[lane] <= most)
            upper = (known[lane] >= least) & (known[lane] <= odd) & (known[lane] > _ZERO)
            value = rows[k, lane]
            low[lane] += value if lower else nothing
            high[lane] += value if upper else nothing


@part
def count_known(rows: Shorts, count: int, known: Shorts) -> None:
    """Set ``known`` to how many of ``count`` rows are not :data:`UNKNOWN`."""
    fill(known, _ZERO)
    for k in range(count):
        for lane in range(TILE):
            known[lane] = np.int16(known[lane] + (_ONE if rows[k, lane] != UNKNOWN else _ZERO))


@part
def doubled_median(rows: Shorts, count: int, known: Shorts, pair: Shorts, out: Shorts) -> None:
    """Set ``out`` to twice the median of the known of ``count`` rows, :data:`UNKNOWN` where none is.

    Args:
        rows: sorted in place; unknown is :data:`UNKNOWN`.
        count: how many rows to use.
        known: scratch, shape (TILE,).
        pair: scratch, shape (2, TILE).
        out: shape (TILE,).
    """
    if count == 0:
        fill(out, UNKNOWN)
        return
    count_known(rows, count, known)
    sort(rows, count)
    middles(rows, count, known, pair[0], pair[1])
    for lane in range(TILE):
        both = np.int16(pair[0, lane] + pair[1, lane])
        out[lane] = both if known[lane] != _ZERO else UNKNOWN


@part
def load(looks: Lanes, start: int, width: int, out: Lanes) -> None:
    """Copy the looks of ``width`` pixels from ``start`` on into a tile, shape (time, TILE); other lanes are 0."""
    for t in range(out.shape[0]):
        # Cut first: an index into the whole could count from its end, for all the compiler knows.
        part = looks[t, start : start + width]
        for lane in range(part.size):
            out[t, lane] = part[lane]
        for lane in range(part.size, TILE):
            out[t, lane] = 0


@part
def tiles(times: int) -> tuple[Bytes, Bytes, Bytes]:
    """Return room for NDVI, for blue and for which looks are kept."""
    shape = (times, TILE)
    return np.empty(shape, np.uint8), np.empty(shape, np.uint8), np.empty(shape, np.uint8)


@part
def keep_looks(blue: Bytes, days: Ints, keep: Bytes) -> None:
    """Mark with 1 the looks worth keeping: clear ones that are no cloud which the scene classes missed, else 0.

    A missed cloud is one date much brighter in blue than the looks before and after it. What stays bright for two looks
    (cleared ground, a crop in bloom) is left alone. On three simulated seasons, where 3 to 7 % of the clear looks were
    clouds, this rule found 82 to 93 % of them and took 0.1 to 0.2 % of the good looks.

    Args:
        blue: bytes, 0 = not clear, shape (time, TILE).
        days: day numbers, ascending, shape (time,).
        keep: written, shape (time, TILE).
    """
    times = days.size
    # The nearest clear look and its day: from each date on, and, in two rows that take turns, before it.
    after, when = np.empty((times + 1, TILE), np.int16), np.empty((times + 1, TILE), np.int16)
    before, since = np.zeros((2, TILE), np.int16), np.zeros((2, TILE), np.int16)
    after[times], when[times] = _ZERO, _ZERO
    for t in range(times - 1, -1, -1):
        remember(blue, t, np.int16(days[t] - days[0]), (after, when), (t + 1, t))
    for t in range(times):
        day, old, new = np.int16(days[t] - days[0]), t & 1, (t + 1) & 1
        earliest, latest = np.int16(day - _DAYS), np.int16(day + _DAYS)
        for lane in range(TILE):
            here = np.int16(blue[t, lane])
            left, right = before[old, lane], after[t + 1, lane]
            left = left if since[old, lane] >= earliest else _ZERO
            right = right if when[t + 1, lane] <= latest else _ZERO
            brightest = max(left, right)
            highest = np.int16(brightest + _JUMP)
            highest = highest if brightest > _ZERO else UNKNOWN
            keep[t, lane] = np.uint8(1) if (here != _ZERO) & (here <= highest) else np.uint8(0)
        remember(blue, t, day, (before, since), (old, new))


@part
def remember(blue: Bytes, t: int, day: np.int16, nearest: tuple[Shorts, Shorts], rows: tuple[int, int]) -> None:
    """Set the second row of the ``nearest`` look and its day to date ``t`` where that is clear, else to the first."""
    (look, when), (old, new) = nearest, rows
    for lane in range(TILE):
        here, last, seen = np.int16(blue[t, lane]), look[old, lane], when[old, lane]
        look[new, lane] = here if here != _ZERO else last
        when[new, lane] = day if here != _ZERO else seen


@part
def composites(looks: Bytes, keep: Bytes, first: Ints, work: tuple[Shorts, Shorts, Shorts], out: Shorts) -> None:
    """Set ``out`` to twice the median byte of the kept looks of each 10-day period, shape (period, TILE).

    Args:
        looks: bytes, 0 = unknown, shape (time, TILE).
        keep: from :func:`keep_looks`.
        first: first look of each period, then the number of looks, shape (period + 1,).
        work: scratch rows, known and pair, see :func:`doubled_median`.
        out: written; :data:`UNKNOWN` where no look is kept.
    """
    rows, known, pair = work
    for p in range(first.size - 1):
        start, count = first[p], first[p + 1] - first[p]
        for k in range(count):
            for lane in range(TILE):
                byte = np.int16(looks[start + k, lane])
                rows[k, lane] = byte if (byte != _ZERO) & (keep[start + k, lane] != 0) else UNKNOWN
        if count == 1:
            for lane in range(TILE):
                twice = np.int16(2 * rows[0, lane])
                out[p, lane] = twice if rows[0, lane] != UNKNOWN else UNKNOWN
        else:
            doubled_median(rows, count, known, pair, out[p])


@part
def of_periods(halves: Shorts, start: int, end: int, work: tuple[Shorts, Shorts, Shorts], out: Shorts) -> None:
    """Set ``out`` to four times the median of composites ``start`` to ``end`` (exclusive), in bytes."""
    rows, known, pair = work
    for p in range(start, end):
        copy(halves[p], rows[p - start])
    doubled_median(rows, end - start, known, pair, out)


@part
def scratch(times: int, periods: int) -> tuple[Shorts, Shorts, Shorts]:
    """Return what :func:`composites` and :func:`of_periods` work in."""
    most = max(times, periods, 1)
    return np.empty((most, TILE), np.int16), np.empty(TILE, np.int16), np.empty((2, TILE), np.int16)
