"""What earlier years say: orchards, coffee and forest are never bare, a swidden plot is."""

import numpy as np

from eradication.compiled import loop
from eradication.features.lanes import (
    APR,
    AUG,
    EARLIEST,
    NDVI_LOW,
    NDVI_STEP,
    TILE,
    UNKNOWN,
    Bytes,
    Float32,
    Ints,
    composites,
    copy,
    fill,
    keep_looks,
    load,
    scratch,
    tiles,
)
from eradication.features.looks import Dates, Looks

BARE_NDVI = 0.5
"""A year in which no 10-day composite is below this never shows the ground."""

LEAST_PERIODS = 3
"""10-day periods with a clear look without which a year says nothing."""

UNSEEN, BARE, NEVER_BARE = 0, 1, 2

_BARE = np.int16(2 * (round((BARE_NDVI - NDVI_LOW) / NDVI_STEP) + 1))


def never_bare(looks: Looks, dates: Dates) -> Bytes:
    """Return for each pixel whether an earlier season ever showed its ground, shape (y, x).

    Returns:
        ``UNSEEN``, ``BARE`` or ``NEVER_BARE``, judged from August to April.
    """
    out = np.zeros(looks.ndvi.shape[1:], np.uint8)
    times = len(dates.days)
    if times and out.size:
        _never_bare(looks.ndvi.reshape(times, -1), looks.blue.reshape(times, -1), dates.arrays, out.reshape(-1))
    return out


@loop
def _never_bare(all_ndvi: Bytes, all_blue: Bytes, dates: tuple[Ints, Ints, Ints], out: Bytes) -> None:
    days, first, begin = dates
    times, pixels = all_ndvi.shape
    ndvi, blue, keep = tiles(times)
    greens, work = np.empty((first.size - 1, TILE), np.int16), scratch(times, first.size - 1)
    seen, low, said = np.empty(TILE, np.int16), np.empty(TILE, np.int16), np.empty(TILE, np.uint8)
    for start in range(0, pixels, TILE):
        width = min(TILE, pixels - start)
        load(all_ndvi, start, width, ndvi)
        load(all_blue, start, width, blue)
        keep_looks(blue, days, keep)
        composites(ndvi, keep, first, work, greens)
        fill(seen, np.int16(0))
        fill(low, UNKNOWN)
        for p in range(begin[AUG + EARLIEST], begin[APR + EARLIEST + 1]):
            for lane in range(TILE):
                seen[lane] += np.int16(1) if greens[p, lane] != UNKNOWN else np.int16(0)
                low[lane] = min(low[lane], greens[p, lane])
        for lane in range(TILE):
            answer = np.uint8(NEVER_BARE) if low[lane] >= _BARE else np.uint8(BARE)
            said[lane] = answer if seen[lane] >= LEAST_PERIODS else np.uint8(UNSEEN)
        copy(said, out[start : start + width])


def permanence(years: list[Bytes], pixels: Ints) -> Float32:
    """Return the share of earlier years in which chosen pixels never showed their ground.

    Args:
        years: from :func:`never_bare`, one map a year.
        pixels: flat indices.

    Returns:
        Shape (pixel,), 0…1; NaN where no earlier year says anything.
    """
    said = np.stack([year.ravel()[pixels] for year in years]) if years else np.zeros((0, len(pixels)), np.uint8)
    return _share(said, NEVER_BARE)


def bare_share(years: list[Bytes]) -> Float32:
    """Return the share of earlier years in which each pixel showed its ground, as an old swidden does.

    Args:
        years: from :func:`never_bare`, at least one.

    Returns:
        Shape (y, x), 0…1; NaN where no earlier year says anything.
    """
    return _share(np.stack(years), BARE)


def _share(said: Bytes, what: int) -> Float32:
    known = (said != UNSEEN).sum(axis=0, dtype=np.float32)
    known[known == 0] = np.nan
    share: Float32 = (said == what).sum(axis=0, dtype=np.float32) / known
    return share
