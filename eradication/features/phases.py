"""The season of a tile of pixels told from the day on which its crop was sown, not from the calendar.

A field sown in September and one sown in January go through the same weeks, three months apart. So a curve of what a
sown crop's NDVI does (bare, rise, bloom, fall) is laid over the pixel's looks for each of a row of sowing
days, and the day on which it fits best is where the pixel's own clock starts. What the indices were in the windows of
that clock means the same in an early season and a late one, and in any field of them.
"""

import numpy as np
import numpy.typing as npt

from eradication.compiled import part
from eradication.features.lanes import TILE, Bytes, Float32, Ints, fill
from eradication.features.table import PHASED, PHASES

type Floats = npt.NDArray[np.float64]

SOWN: Ints = np.arange(15, 146, 5)
"""Days after 1 September on which the crop may have been sown: 16 September to 24 January."""

CURVE_DAYS = (-45, -35, -10, 20, 45, 70, 90, 110, 130, 150, 170, 200, 205)
CURVE = (0.26, 0.1, 0.0, 0.05, 0.35, 0.85, 1.0, 0.8, 0.75, 0.5, 0.15, 0.1, 0.1)
"""Days after sowing, and share of the way from bare ground to the closed canopy: cleared, emerging, growing, a bloom
that dims NDVI, capsules, dry. Drawn from the calendar of stages on record, not fitted to any series."""

LEAST_LOOKS = 5
"""Kept looks under the curve without which a sowing day is not considered."""

NUMBERS = 4
"""Numbers that the fit itself gives."""

_WINDOWS = np.array(list(PHASES.values()))
_NDVI = PHASED.index("ndvi")
_SPREAD = 1e-3
_NAN, _NOTHING, _ONE = np.float32(np.nan), np.float32(0), np.float32(1)
_BEGIN, _END = CURVE_DAYS[0], CURVE_DAYS[-1]
_CURVE: Floats = np.interp(np.arange(_BEGIN, _END + 1), CURVE_DAYS, CURVE)
_LEAST_RISE = np.float32(0.05)


@part
def phases(looks: Float32, when: Ints, out: Float32) -> None:
    """Set ``out`` to the columns of :data:`eradication.features.table.PHASE`.

    Args:
        looks: indices of PHASED of each kept look, shape (index, time, TILE), NaN elsewhere. Composites would move
            looks by up to five days.
        when: day of each look, from 1 September.
        out: shape (column, TILE).
    """
    best = np.full((4, TILE), np.inf)
    sums = np.empty((6, TILE))
    for h in range(SOWN.size):
        fill(sums.reshape(-1), 0.0)
        for p in range(when.size):
            day = when[p] - SOWN[h]
            if _BEGIN <= day <= _END:
                _add(looks[_NDVI, p], sums[0], sums[1], sums[2])
                _add_products(looks[_NDVI, p], _CURVE[day - _BEGIN], sums[3], sums[4], sums[5])
        _better(sums, float(SOWN[h]), best)
    for lane in range(TILE):
        known = best[0, lane] < np.inf
        misfit, rise = np.float32(np.sqrt(best[0, lane])), np.float32(best[1, lane])
        out[0, lane] = np.float32(best[2, lane]) if known else _NAN
        out[1, lane] = misfit if known else _NAN
        out[2, lane] = rise if known else _NAN
        out[3, lane] = misfit / max(rise, _LEAST_RISE) if known else _NAN
    _windows(looks, when, out[0], out[NUMBERS:])


@part
def _add(values: Float32, count: Floats, total: Floats, squares: Floats) -> None:
    for lane in range(TILE):
        value = float(values[lane])
        there = value == value
        value = value if there else 0.0
        count[lane] += 1.0 if there else 0.0
        total[lane] += value
        squares[lane] += value * value


@part
def _add_products(values: Float32, share: float, curve: Floats, curve_squares: Floats, both: Floats) -> None:
    for lane in range(TILE):
        value = float(values[lane])
        there = value == value
        own = share if there else 0.0
        value = value if there else 0.0
        curve[lane] += own
        curve_squares[lane] += own * own
        both[lane] += own * value


@part
def _better(sums: Floats, sown: float, best: Floats) -> None:
    """Fit level and rise by least squares, no rise below 0, and keep what leaves the least mean square."""
    for lane in range(TILE):
        n, y, yy = sums[0, lane], sums[1, lane], sums[2, lane]
        t, tt, ty = sums[3, lane], sums[4, lane], sums[5, lane]
        spread = n * tt - t * t
        enough = (n >= LEAST_LOOKS) & (spread > _SPREAD)
        rise = max((n * ty - t * y) / spread, 0.0) if enough else 0.0
        level = (y - rise * t) / n if enough else 0.0
        left = yy - 2 * level * y - 2 * rise * ty + n * level * level + 2 * level * rise * t + rise * rise * tt
        left = max(left, 0.0) / n if enough else np.inf
        better = left < best[0, lane]
        best[1, lane] = rise if better else best[1, lane]
        best[2, lane] = sown if better else best[2, lane]
        best[0, lane] = left if better else best[0, lane]


@part
def _windows(looks: Float32, when: Ints, sown: Float32, out: Float32) -> None:
    """Set ``out`` to the mean of each index in each window after ``sown``, NaN where no look is in it."""
    inside = np.empty((when.size, TILE), np.uint8)
    total, count = np.empty(TILE, np.float32), np.empty(TILE, np.float32)
    for w in range(_WINDOWS.shape[0]):
        first, last = _WINDOWS[w, 0], _WINDOWS[w, 1]
        for p in range(when.size):
            _mark(np.float32(when[p]), sown, np.float32(first), np.float32(last), inside[p])
        for k in range(looks.shape[0]):
            fill(total, _NOTHING)
            fill(count, _NOTHING)
            for p in range(when.size):
                # Whatever the day of sowing, a look so early or late is in no window.
                if SOWN[0] + first <= when[p] <= SOWN[-1] + last:
                    _add_inside(looks[k, p], inside[p], total, count)
            _divide(total, count, out[k * _WINDOWS.shape[0] + w])


@part
def _mark(when: np.float32, sown: Float32, first: np.float32, last: np.float32, inside: Bytes) -> None:
    for lane in range(TILE):
        day = when - sown[lane]
        # Comparisons with NaN are false: without a day of sowing there are no windows.
        inside[lane] = np.uint8(1) if (day >= first) & (day <= last) else np.uint8(0)


@part
def _add_inside(values: Float32, inside: Bytes, total: Float32, count: Float32) -> None:
    for lane in range(TILE):
        value = values[lane]
        there = (value == value) & (inside[lane] != 0)
        total[lane] += value if there else _NOTHING
        count[lane] += _ONE if there else _NOTHING


@part
def _divide(total: Float32, count: Float32, out: Float32) -> None:
    for lane in range(TILE):
        mean = total[lane] / count[lane]
        out[lane] = mean if count[lane] > _NOTHING else _NAN
