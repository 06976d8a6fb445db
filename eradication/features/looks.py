"""The first, cheap look at every pixel: NDVI and blue of each date as two bytes.

Two bytes a date are enough to say what the season did at a pixel (:func:`eradication.features.pixel.calendar`), whether
it can be poppy at all (:mod:`eradication.features.gate`) and how it differs from its neighbours; and little enough to
be kept for the whole province, so that next week's image is added to them instead of reading the season again.
"""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from eradication.features.gate import Gate, possible
from eradication.features.pixel import (
    BLUE_STEP,
    EARLIEST,
    NDVI_LOW,
    NDVI_STEP,
    Bytes,
    Float32,
    Ints,
    calendar,
    composite,
    keep_looks,
    whitening,
)
from eradication.features.table import CALENDAR, RINGED
from eradication.raster import ZERO, Cube, Packed

LAYER_STEP = 1e-4
"""Layers are whole numbers of this."""

LEAST_SUM = 10
"""Counts of red and near infrared together; less is noise and the index unknown."""

REACH = 5
"""Pixels from the centre to the edge of the window of neighbours, 11 x 11: 50 m."""

HOLE = 1
"""See :attr:`Looks.ndvi`."""

NO_LAYER = np.int16(-32_768)

type Layers = npt.NDArray[np.int16]

_RINGED = np.array([[f.name for f in CALENDAR].index(name) for name in RINGED])


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """When the looks were, in the terms that features are defined by."""

    days: Ints
    """Day number of each look, ascending."""
    period: Ints
    """Number of the 10-day period of each look, from 0: only periods with a look are counted."""
    month: Ints
    """Months after August of the season's first year, of each period: May before it is -3, May after it 9."""

    @property
    def begin(self) -> Ints:
        """First period of each month from May to the May after the next, shape (14,): the next one's is the end."""
        return np.searchsorted(self.month, np.arange(-EARLIEST, 11))

    @property
    def arrays(self) -> tuple[Ints, Ints, Ints]:
        """Days, period of each look, first period of each month."""
        return self.days, self.period, self.begin

    @classmethod
    def of(cls, times: npt.NDArray[np.datetime64], start_year: int) -> "Dates":
        """Return the dates of UTC acquisition times, shape (time,), ascending."""
        # Local time is UTC+7; a pass at 03:30 UTC never changes its day by it, but a pass near midnight UTC would.
        local = (times + np.timedelta64(7, "h")).astype("datetime64[D]")
        months = local.astype("datetime64[M]")
        third = np.minimum((local - months).astype(np.int64) // 10, 2)
        after = months.astype(np.int64) - np.datetime64(f"{start_year}-08", "M").astype(np.int64)
        _, first, period = np.unique(after * 3 + third, return_index=True, return_inverse=True)
        return cls(local.astype(np.int64), period.astype(np.int64), after[first])


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """NDVI and blue of every date and pixel of a window."""

    ndvi: Bytes
    """Shape (time, y, x); 0 = unknown, else 1 + steps of 0.005 above -0.2. Without a clear look: 1 = a hole, the
    scene class is clear but a file could not be read."""
    blue: Bytes
    """Shape (time, y, x); 0 = no clear look, else 1 + steps of 0.002; 1 everywhere if there is no blue band."""


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What the first look found at every pixel of a window."""

    clear: Bytes
    """Clear looks, missed clouds left out, at most 255, shape (y, x)."""
    holes: Bytes
    """Looks lost to files that could not be read, at most 255, shape (y, x)."""
    possible: npt.NDArray[np.bool_]
    """Pixels that could be poppy: not ruled out, shape (y, x)."""
    layers: Layers
    """Features of :data:`RINGED` in steps of 1e-4, shape (layer, y, x); -32 768 = unknown."""


def look(cube: Cube) -> Looks:
    """Take the first look: bands ``red``, ``nir`` and ``blue`` of ``cube`` as far as they exist."""
    shape = cube.clear.shape
    ndvi, blue = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    absent = np.zeros((0, 0, 0), np.uint16)
    bands = [cube.bands.get(name, absent) for name in ("red", "nir", "blue")]
    fine = [band if band.shape == shape or not band.size else _repeated(band, shape) for band in bands]
    if any(band.size for band in fine) and shape[0]:
        _look(fine[0], fine[1], fine[2], cube.clear, (ndvi, blue))
        if cube.scl_masked:
            ndvi[(blue == 0) & (cube.clear != 0)] = HOLE
    return Looks(ndvi, blue)


def _repeated(band: Packed, shape: tuple[int, ...]) -> Packed:
    return band.repeat(2, axis=1).repeat(2, axis=2)[:, : shape[1], : shape[2]]


@numba.njit(nogil=True, cache=True)
def _look(red: Packed, nir: Packed, blue: Packed, clear: Bytes, out: tuple[Bytes, Bytes]) -> None:
    ndvi_out, blue_out = out
    times, rows, columns = clear.shape
    has_blue, has_ndvi = blue.size > 0, red.size > 0 and nir.size > 0
    for t in range(times):
        for i in range(rows):
            for j in range(columns):
                if clear[t, i, j] == 0 or (has_blue and blue[t, i, j] == 0):
                    continue
                if (red.size > 0 and red[t, i, j] == 0) or (nir.size > 0 and nir[t, i, j] == 0):
                    continue
                blue_out[t, i, j] = _blue_byte(blue[t, i, j]) if has_blue else 1
                if has_ndvi:
                    ndvi_out[t, i, j] = _ndvi_byte(red[t, i, j], nir[t, i, j])


@numba.njit(nogil=True, cache=True)
def _blue_byte(packed: int) -> np.uint8:
    step = (np.float32(packed) - np.float32(ZERO)) * np.float32(1e-4 / BLUE_STEP)
    return np.uint8(min(max(round(step), 0), 254) + 1)


@numba.njit(nogil=True, cache=True)
def _ndvi_byte(red: int, nir: int) -> np.uint8:
    r, n = np.float32(red) - np.float32(ZERO), np.float32(nir) - np.float32(ZERO)
    if r + n <= np.float32(LEAST_SUM):
        return np.uint8(0)
    step = ((n - r) / (n + r) - np.float32(NDVI_LOW)) * np.float32(1.0 / NDVI_STEP)
    return np.uint8(min(max(round(step), 0), 254) + 1)


def survey(looks: Looks, dates: Dates, gate: Gate) -> Survey:
    """Count clear looks, rule out what cannot be poppy, and lay out what neighbours are compared by.

    Layers are laid out only where a pixel that was not ruled out, of this window or the next, can see them.
    """
    _, rows, columns = looks.ndvi.shape
    clear, holes = np.zeros((rows, columns), np.uint8), np.zeros((rows, columns), np.uint8)
    able = np.zeros((rows, columns), np.bool_)
    layers = np.full((len(RINGED), rows, columns), NO_LAYER, np.int16)
    both = (looks.ndvi, looks.blue)
    if looks.ndvi.shape[0]:
        _rule_out(both, dates.days, (gate.numbers, gate.spans), (clear, holes, able))
        _lay_out(both, dates.arrays, _RINGED, _in_sight(able), layers)
    return Survey(clear, holes, able, layers)


def _in_sight(able: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which pixels lie within :data:`REACH` of one that was not ruled out, or of the window's edge."""
    near: npt.NDArray[np.bool_] = ndimage.maximum_filter(able, 2 * REACH + 1)
    for edge in (near[:REACH], near[-REACH:], near[:, :REACH], near[:, -REACH:]):
        edge[...] = True
    return near


def kept(looks: Looks, dates: Dates) -> npt.NDArray[np.bool_]:
    """Return which looks are kept, shape (time, y, x): clear ones that are no missed cloud."""
    out = np.zeros(looks.blue.shape, np.bool_)
    if len(dates.days):
        _kept(looks.blue, dates.days, out)
    return out


@numba.njit(nogil=True, cache=True)
def _kept(blue: Bytes, days: Ints, out: npt.NDArray[np.bool_]) -> None:
    times, rows, columns = blue.shape
    keep, after, one = np.empty(times, np.bool_), np.empty(times, np.int64), np.empty(times, np.uint8)
    for i in range(rows):
        for j in range(columns):
            for t in range(times):
                one[t] = blue[t, i, j]
            keep_looks(one, days, after, keep)
            for t in range(times):
                out[t, i, j] = keep[t]


@numba.njit(nogil=True, cache=True)
def _rule_out(
    looks: tuple[Bytes, Bytes],
    days: Ints,
    gate: tuple[Float32, Ints],
    found: tuple[Bytes, Bytes, npt.NDArray[np.bool_]],
) -> None:
    (ndvi, blue), (clear, holes, able) = looks, found
    times, rows, columns = ndvi.shape
    keep, after = np.empty(times, np.bool_), np.empty(times, np.int64)
    one_ndvi, one_blue = np.empty(times, np.uint8), np.empty(times, np.uint8)
    sums = np.empty((4, times + 1), np.float32)
    for i in range(rows):
        for j in range(columns):
            for t in range(times):
                one_ndvi[t], one_blue[t] = ndvi[t, i, j], blue[t, i, j]
                if one_blue[t] == 0 and one_ndvi[t] == HOLE and holes[i, j] < 255:
                    holes[i, j] += 1
            clear[i, j] = min(keep_looks(one_blue, days, after, keep), 255)
            able[i, j] = clear[i, j] != 0 and possible((one_ndvi, one_blue), keep, gate, sums)


@numba.njit(nogil=True, cache=True)
def _lay_out(
    looks: tuple[Bytes, Bytes],
    dates: tuple[Ints, Ints, Ints],
    ringed: Ints,
    wanted: npt.NDArray[np.bool_],
    layers: Layers,
) -> None:
    (ndvi, blue), (days, period, begin) = looks, dates
    times, rows, columns = ndvi.shape
    periods = period[-1] + 1
    keep, after = np.empty(times, np.bool_), np.empty(times, np.int64)
    one_ndvi, one_blue = np.empty(times, np.uint8), np.empty(times, np.uint8)
    greens, whites = np.empty(periods, np.float32), np.empty(periods, np.float32)
    scratch, out = np.empty(times, np.float32), np.empty(21, np.float32)
    for i in range(rows):
        for j in range(columns):
            if not wanted[i, j]:
                continue
            for t in range(times):
                one_ndvi[t], one_blue[t] = ndvi[t, i, j], blue[t, i, j]
            if keep_looks(one_blue, days, after, keep) == 0:
                continue
            composite(one_ndvi, keep, period, NDVI_LOW, NDVI_STEP, (scratch, greens))
            composite(one_blue, keep, period, 0.0, BLUE_STEP, (scratch, whites))
            calendar(greens, begin, scratch, out)
            out[20] = whitening(greens, whites, begin, scratch)
            for k in range(ringed.size):
                value = out[ringed[k]]
                if not np.isnan(value):
                    layers[k, i, j] = np.int16(round(value / LAYER_STEP))
