"""Medians that skip what is not observed: over dates, and over the ring of neighbours."""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

type Float32 = npt.NDArray[np.float32]

REACH = 5
"""Pixels from the centre to the edge of the 11 x 11 window: 50 m."""

_AWAY = np.maximum(*np.abs(np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]))
# Every second pixel in checkerboard order: neighbours are so alike that the median barely moves, at half the cost.
_RING = (_AWAY > 2) & (np.add(*np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]) % 2 == 0)
_ROWS = 32


def median_of_dates(values: Float32) -> Float32:
    """Return the median over axis 0 of (date, y, x), NaN where no date was observed; shape (y, x)."""
    if values.shape[0] == 0:
        return np.full(values.shape[1:], np.nan, np.float32)
    if values.shape[0] == 1:
        only: Float32 = values[0]
        return only
    return _median_of_last(np.ascontiguousarray(np.moveaxis(values, 0, -1)))


def ring_median(values: Float32) -> Float32:
    """Return for each pixel of (y, x) the median of its ring, 30 to 50 m away; outside the map counts as unobserved."""
    padded = np.pad(values, REACH, constant_values=np.nan)
    out = np.empty_like(values)
    side = 2 * REACH + 1
    for top in range(0, values.shape[0], _ROWS):
        bottom = min(top + _ROWS, values.shape[0])
        around = sliding_window_view(padded[top : bottom + 2 * REACH], (side, side))[..., _RING]
        out[top:bottom] = _median_of_last(around)
    return out


def _median_of_last(values: Float32) -> Float32:
    """Median over the last axis; sorts ``values`` in place (NaN goes last), several times faster than nanmedian."""
    values.sort(axis=-1)
    count = np.isfinite(values).sum(axis=-1)[..., None]
    low = np.take_along_axis(values, np.maximum((count - 1) // 2, 0), -1)
    high = np.take_along_axis(values, np.minimum(count // 2, values.shape[-1] - 1), -1)
    middle: Float32 = ((low + high) * np.float32(0.5))[..., 0]
    # With nothing observed both picks are NaN already; with an odd count both are the same value.
    return middle
