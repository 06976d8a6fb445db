"""Indices of a tile's composites, and what is made of them over months: medians, and the bloom."""

import numpy as np
import numpy.typing as npt

from eradication.compiled import part
from eradication.features.lanes import (
    APR,
    DEC,
    EARLIEST,
    GREEN_NDVI,
    NOV,
    TILE,
    Bytes,
    Float32,
    Ints,
    Shorts,
    copy,
    fill,
    middles,
    sort,
)
from eradication.features.table import CONTEXT, INDICES, MONTHLY, NEEDED, SEASONS
from eradication.raster import COUNTS, ZERO

NIR_HELD = np.float32(0.25)
"""Petals leave near infrared as it was; cloud, haze and bare soil do not."""

_LEAST = np.float32(1e-3)
"""A smaller denominator is noise: the index is NaN there."""

_ORDER = tuple(INDICES)
_MONTHLY = np.array([_ORDER.index(name) for name in MONTHLY])
_CONTEXT = np.array([_ORDER.index(name) for name in CONTEXT])
_SEASONS = np.array(list(SEASONS.values()))
_BLUE, _GREEN, _RED, _EDGE, _NIR, _NIR08, _SWIR16, _SWIR22 = range(len(NEEDED))
_NDVI, _NDMI, _OWN_NIR, _BRIGHT, _NDYI, _EBI, _NDRE, _NBR, _NDTI = range(len(INDICES))
_NAN, _INF, _NOTHING, _ONE = np.float32(np.nan), np.float32(np.inf), np.float32(0), np.float32(1)
_GREEN_NDVI, _HALF = np.float32(GREEN_NDVI), np.float32(0.5)
_ZERO16, _ONE16, _TOP = np.int16(0), np.int16(1), np.uint16(65_535)
_SCALE = np.float32(1 / COUNTS)

type Packed = npt.NDArray[np.uint16]
type Work = tuple[Float32, Shorts, Float32]
"""Scratch rows, how many of them are known, and two more rows."""


@part
def counts_composites(
    packed: Packed, keep: Bytes, first: Ints, work: tuple[Packed, Shorts, Packed], out: Float32
) -> None:
    """Set ``out`` to reflectance: the median of the kept looks of each 10-day period, NaN where there is none.

    Args:
        packed: one band, 0 = unknown, shape (time, TILE).
        keep: looks worth keeping, likewise.
        first: first look of each period, then the number of looks.
        work: scratch.
        out: shape (period, TILE).
    """
    rows, known, pair = work
    for p in range(first.size - 1):
        count = first[p + 1] - first[p]
        fill(known, _ZERO16)
        for k in range(count):
            _take(packed[first[p] + k], keep[first[p] + k], rows[k], known)
        sort(rows, count)
        middles(rows, count, known, pair[0], pair[1])
        _unpack(pair[0], pair[1], known, out[p])


@part
def reflectance(packed: Packed, keep: Bytes, out: Float32) -> None:
    """Set ``out`` to the reflectance of the kept looks, NaN where there is none, shape (time, TILE) all three."""
    for t in range(len(packed)):
        _unpack_look(packed[t], keep[t], out[t])


@part
def _unpack_look(packed: Packed, keep: Bytes, out: Float32) -> None:
    for lane in range(TILE):
        counts = packed[lane]
        value = (np.float32(counts) - np.float32(ZERO)) * _SCALE
        out[lane] = value if (counts != 0) & (keep[lane] != 0) else _NAN


@part
def _take(packed: Packed, keep: Bytes, row: Packed, known: Shorts) -> None:
    for lane in range(TILE):
        value = packed[lane]
        there = (value != 0) & (keep[lane] != 0)
        row[lane] = value if there else _TOP
        known[lane] = np.int16(known[lane] + (_ONE16 if there else _ZERO16))


@part
def _unpack(low: Packed, high: Packed, known: Shorts, out: Float32) -> None:
    for lane in range(TILE):
        value = ((np.float32(low[lane]) + np.float32(high[lane])) * _HALF - np.float32(ZERO)) * _SCALE
        out[lane] = value if known[lane] != _ZERO16 else _NAN


@part
def indices(band: Float32, out: Float32) -> None:
    """Set ``out`` to the indices of composites, in the order of :data:`INDICES`.

    Args:
        band: composites of the bands, in the order of :data:`NEEDED`, shape (band, period · TILE).
        out: shape (index, period · TILE).
    """
    _ratio(band[_NIR], band[_RED], out[_NDVI])
    _ratio(band[_NIR], band[_SWIR16], out[_NDMI])
    copy(band[_NIR], out[_OWN_NIR])
    _mean(band[_BLUE], band[_GREEN], band[_RED], out[_BRIGHT])
    _ratio(band[_GREEN], band[_BLUE], out[_NDYI])
    _ebi(band[_BLUE], band[_GREEN], band[_RED], out[_EBI])
    _ratio(band[_NIR08], band[_EDGE], out[_NDRE])
    _ratio(band[_NIR08], band[_SWIR22], out[_NBR])
    _ratio(band[_SWIR16], band[_SWIR22], out[_NDTI])


@part
def look_indices(band: Float32, out: Float32) -> None:
    """Set ``out`` to the indices of single looks, in the order of :data:`eradication.features.table.PHASED`.

    Args:
        band: reflectance in the order of :data:`NEEDED`; bands that no such index needs are not read.
        out: shape (index, time · TILE).
    """
    _ratio(band[_NIR], band[_RED], out[0])
    _mean(band[_BLUE], band[_GREEN], band[_RED], out[1])
    _ratio(band[_GREEN], band[_BLUE], out[2])
    _ratio(band[_NIR], band[_SWIR16], out[3])
    copy(band[_NIR], out[4])


@part
def _ratio(high: Float32, low: Float32, out: Float32) -> None:
    """Set ``out`` to (high - low) / (high + low), kept in -1…1; NaN where the sum is hardly above 0."""
    for n in range(out.size):
        total = high[n] + low[n]
        value = (high[n] - low[n]) / total
        value = _ONE if value > _ONE else value
        value = -_ONE if value < -_ONE else value
        out[n] = value if total > _LEAST else _NAN


@part
def _mean(blue: Float32, green: Float32, red: Float32, out: Float32) -> None:
    for n in range(out.size):
        out[n] = (blue[n] + green[n] + red[n]) / np.float32(3)


@part
def _ebi(blue: Float32, green: Float32, red: Float32, out: Float32) -> None:
    for n in range(out.size):
        below = (green[n] / blue[n]) * (red[n] - blue[n] + _ONE)
        value = (red[n] + green[n] + blue[n]) / below
        out[n] = value if (blue[n] > _LEAST) & (below > _LEAST) else _NAN


@part
def months(dated: Float32, begin: Ints, work: Work, out: Float32) -> None:
    """Set ``out`` to the columns of SERIES.

    Args:
        dated: indices of composites, shape (index, period, TILE).
        begin: first period of each month from May, see :attr:`eradication.features.looks.Dates.begin`.
        work: scratch.
        out: shape (column, TILE).
    """
    place = 0
    for k in range(_MONTHLY.size):
        for m in range(10):
            _median(dated[_MONTHLY[k]], begin[m + EARLIEST], begin[m + EARLIEST + 1], work, out[place])
            place += 1
    _bloom(dated, begin, work, out[place : place + 5])
    place += 5
    for k in range(_CONTEXT.size):
        for s in range(_SEASONS.shape[0]):
            start, end = begin[_SEASONS[s, 0] + EARLIEST], begin[_SEASONS[s, 1] + EARLIEST + 1]
            _median(dated[_CONTEXT[k]], start, end, work, out[place])
            place += 1


@part
def _median(values: Float32, start: int, end: int, work: Work, out: Float32) -> None:
    """Set ``out`` to the median of the known of rows ``start`` to ``end`` (exclusive), NaN where none is."""
    rows, known, _ = work
    fill(known, _ZERO16)
    for p in range(start, end):
        _note(values[p], rows[p - start], known)
    _finish(end - start, work, out)


@part
def _note(values: Float32, row: Float32, known: Shorts) -> None:
    for lane in range(TILE):
        value = values[lane]
        there = value == value
        row[lane] = value if there else _INF
        known[lane] = np.int16(known[lane] + (_ONE16 if there else _ZERO16))


@part
def _finish(count: int, work: Work, out: Float32) -> None:
    rows, known, pair = work
    sort(rows, count)
    middles(rows, count, known, pair[0], pair[1])
    for lane in range(TILE):
        value = (pair[0, lane] + pair[1, lane]) * _HALF
        out[lane] = value if known[lane] != _ZERO16 else _NAN


@part
def _usual(values: Float32, ndvi: Float32, begin: Ints, work: Work, out: Float32) -> None:
    """Set ``out`` to the median over green composites of November to April."""
    rows, known, _ = work
    start, end = begin[NOV + EARLIEST], begin[APR + EARLIEST + 1]
    fill(known, _ZERO16)
    for p in range(start, end):
        _note_green(values[p], ndvi[p], rows[p - start], known)
    _finish(end - start, work, out)


@part
def _note_green(values: Float32, ndvi: Float32, row: Float32, known: Shorts) -> None:
    for lane in range(TILE):
        value = values[lane]
        there = (value == value) & (ndvi[lane] >= _GREEN_NDVI)
        row[lane] = value if there else _INF
        known[lane] = np.int16(known[lane] + (_ONE16 if there else _ZERO16))


@part
def _bloom(dated: Float32, begin: Ints, work: Work, out: Float32) -> None:
    """Find the composite of strongest visible brightening with near infrared held; where none is, the gain is 0."""
    usual = np.empty((3, TILE), np.float32)
    ndvi = dated[_NDVI]
    _usual(dated[_BRIGHT], ndvi, begin, work, usual[0])
    _usual(dated[_OWN_NIR], ndvi, begin, work, usual[1])
    _usual(dated[_EBI], ndvi, begin, work, usual[2])
    # Gain, month, NDYI, EBI and ratio at the best composite so far, in two sets of rows that take turns.
    best = np.empty((2, 5, TILE), np.float32)
    fill(best[0, 0], -_INF)
    for k in range(1, 5):
        fill(best[0, k], _NAN)
    looked = np.zeros(TILE, np.uint8)
    turn, month = 0, DEC
    for p in range(begin[DEC + EARLIEST], begin[APR + EARLIEST + 1]):
        while begin[month + EARLIEST + 1] <= p:
            month += 1
        _compare(dated[:, p], usual, np.float32(month), best[turn], best[1 - turn])
        for lane in range(TILE):
            looked[lane] |= np.uint8(1) if ndvi[p, lane] == ndvi[p, lane] else np.uint8(0)
        turn = 1 - turn
    for lane in range(TILE):
        gain = max(best[turn, 0, lane], _NOTHING)
        out[0, lane] = gain if looked[lane] != 0 else _NAN
    for k in range(1, 5):
        copy(best[turn, k], out[k])


@part
def _compare(at: Float32, usual: Float32, month: np.float32, old: Float32, new: Float32) -> None:
    """Set ``new`` to what a composite says where it brightens more than the ``old`` best, else to that."""
    better = np.empty(TILE, np.uint8)
    for lane in range(TILE):
        more = at[_BRIGHT, lane] - usual[0, lane]
        held = abs(at[_OWN_NIR, lane] / usual[1, lane] - _ONE) <= NIR_HELD
        # Comparisons with NaN are false: a date whose green could not be read brightens nothing.
        green = at[_NDVI, lane] >= _GREEN_NDVI
        better[lane] = np.uint8(1) if held & green & (more > old[0, lane]) else np.uint8(0)
    for lane in range(TILE):
        more, gain = at[_BRIGHT, lane] - usual[0, lane], old[0, lane]
        new[0, lane] = more if better[lane] != 0 else gain
    for lane in range(TILE):
        was = old[1, lane]
        new[1, lane] = month if better[lane] != 0 else was
    _choose(better, at[_NDYI], old[2], new[2])
    for lane in range(TILE):
        more, was = at[_EBI, lane] - usual[2, lane], old[3, lane]
        new[3, lane] = more if better[lane] != 0 else was
    for lane in range(TILE):
        share, was = at[_BRIGHT, lane] / at[_OWN_NIR, lane], old[4, lane]
        new[4, lane] = share if better[lane] != 0 else was


@part
def _choose(better: Bytes, value: Float32, old: Float32, new: Float32) -> None:
    for lane in range(TILE):
        this, was = value[lane], old[lane]
        new[lane] = this if better[lane] != 0 else was
