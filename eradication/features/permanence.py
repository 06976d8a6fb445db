"""What earlier years say: orchards, coffee and forest are never bare, a swidden plot is."""

import numba
import numpy as np

from eradication.features.looks import Dates, Looks
from eradication.features.pixel import (
    APR,
    AUG,
    EARLIEST,
    NDVI_LOW,
    NDVI_STEP,
    Bytes,
    Float32,
    Ints,
    composite,
    keep_looks,
)

BARE_NDVI = 0.5
"""A year in which no 10-day composite is below this never shows the ground."""

LEAST_PERIODS = 3
"""10-day periods with a clear look without which a year says nothing."""

UNKNOWN, BARE, NEVER_BARE = 0, 1, 2


def never_bare(looks: Looks, dates: Dates) -> Bytes:
    """Return for each pixel whether an earlier season ever showed its ground, shape (y, x).

    Returns:
        ``UNKNOWN``, ``BARE`` or ``NEVER_BARE``, judged from August to April.
    """
    out = np.zeros(looks.ndvi.shape[1:], np.uint8)
    if len(dates.days):
        _never_bare(looks.ndvi, looks.blue, dates.arrays, out)
    return out


@numba.njit(nogil=True, cache=True)
def _never_bare(ndvi: Bytes, blue: Bytes, dates: tuple[Ints, Ints, Ints], out: Bytes) -> None:
    days, period, begin = dates
    times, rows, columns = ndvi.shape
    keep, after = np.empty(times, np.bool_), np.empty(times, np.int64)
    one_ndvi, one_blue = np.empty(times, np.uint8), np.empty(times, np.uint8)
    greens, scratch = np.empty(period[-1] + 1, np.float32), np.empty(times, np.float32)
    for i in range(rows):
        for j in range(columns):
            for t in range(times):
                one_ndvi[t], one_blue[t] = ndvi[t, i, j], blue[t, i, j]
            if keep_looks(one_blue, days, after, keep) == 0:
                continue
            composite(one_ndvi, keep, period, NDVI_LOW, NDVI_STEP, (scratch, greens))
            seen, low = 0, np.float32(9)
            for p in range(begin[AUG + EARLIEST], begin[APR + EARLIEST + 1]):
                if not np.isnan(greens[p]):
                    seen += 1
                    low = min(low, greens[p])
            if seen >= LEAST_PERIODS:
                out[i, j] = NEVER_BARE if low >= BARE_NDVI else BARE


def permanence(years: list[Bytes], pixels: Ints) -> Float32:
    """Return the share of earlier years in which chosen pixels never showed their ground.

    Args:
        years: from :func:`never_bare`, one map a year.
        pixels: flat indices.

    Returns:
        Shape (pixel,), 0…1; NaN where no earlier year says anything.
    """
    said = np.stack([year.ravel()[pixels] for year in years]) if years else np.zeros((0, len(pixels)), np.uint8)
    known = (said != UNKNOWN).sum(axis=0)
    with np.errstate(invalid="ignore"):
        share: Float32 = ((said == NEVER_BARE).sum(axis=0) / np.where(known == 0, np.nan, known)).astype(np.float32)
    return share
