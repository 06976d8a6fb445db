"""The first, cheap look at every pixel: NDVI and blue of each date as two bytes.

Two bytes a date are enough to say what the season did at a pixel (:func:`eradication.features.pixel.calendar`), whether
it can be poppy at all (:mod:`eradication.features.gate`) and how it differs from its neighbours; and little enough to
be kept for the whole province, so that next week's image is added to them instead of reading the season again.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.compiled import loop, part
from eradication.domain import Season
from eradication.features.calendar import NUMBERS, SCALE, season
from eradication.features.gate import Gate, possible
from eradication.features.lanes import (
    BLUE_STEP,
    EARLIEST,
    NDVI_LOW,
    NDVI_STEP,
    TILE,
    UNKNOWN,
    Bytes,
    Ints,
    copy,
    fill,
    keep_looks,
    load,
    tiles,
)
from eradication.features.table import CALENDAR, LOOK_BANDS, RINGED
from eradication.raster import ZERO, Cube, Packed

LEAST_SUM = 10
"""Counts of red and near infrared together; less is noise and the index unknown."""

REACH = 5
"""Pixels from the centre to the edge of the window of neighbours, 11 x 11: 50 m."""

HOLE = 1
"""See :attr:`Looks.ndvi`."""

NO_LAYER = UNKNOWN
"""In layers: not known."""

type Layers = npt.NDArray[np.int16]

RINGED_ROWS = np.array([[f.name for f in CALENDAR].index(name) for name in RINGED])
LAYER_STEPS = SCALE[RINGED_ROWS]
"""What a step of each layer is worth."""


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """When the looks were, in the terms that features are defined by."""

    days: Ints
    """Day number of each look, ascending."""
    period: Ints
    """Number of the 10-day period of each look, from 0: only periods with a look are counted."""
    month: Ints
    """Months after August of the season's first year, of each period: May before it is -3, May after it 9."""
    september: int
    """Day number of the season's first 1 September."""
    flowering: tuple[int, int]
    """Day numbers of the first and of the last day on which poppy may stand in flower."""

    @property
    def in_flower(self) -> tuple[int, int]:
        """Numbers of the first look in the flowering window and of the first one after it."""
        first, last = self.flowering
        return int(np.searchsorted(self.days, first)), int(np.searchsorted(self.days, last + 1))

    @property
    def begin(self) -> Ints:
        """First period of each month from May to the May after the next, shape (14,): the next one's is the end."""
        return np.searchsorted(self.month, np.arange(-EARLIEST, 11))

    @property
    def arrays(self) -> tuple[Ints, Ints, Ints]:
        """Days; first look of each period, and the number of looks; first period of each month."""
        return self.days, np.searchsorted(self.period, np.arange(len(self.month) + 1)), self.begin

    @classmethod
    def of(cls, times: npt.NDArray[np.datetime64], start_year: int) -> "Dates":
        """Return the dates of UTC acquisition times, shape (time,), ascending."""
        # Local time is UTC+7; a pass at 03:30 UTC never changes its day by it, but a pass near midnight UTC would.
        local = (times + np.timedelta64(7, "h")).astype("datetime64[D]")
        months = local.astype("datetime64[M]")
        third = np.minimum((local - months).astype(np.int64) // 10, 2)
        after = months.astype(np.int64) - np.datetime64(f"{start_year}-08", "M").astype(np.int64)
        _, first, period = np.unique(after * 3 + third, return_index=True, return_inverse=True)
        september = int(np.datetime64(f"{start_year}-09-01", "D").astype(np.int64))
        first_day, last_day = (int(np.datetime64(d, "D").astype(np.int64)) for d in Season(start_year).flowering)
        return cls(local.astype(np.int64), period.astype(np.int64), after[first], september, (first_day, last_day))


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
    flowering: Bytes
    """Those of the clear looks that fall into the flowering window, shape (y, x)."""
    possible: npt.NDArray[np.bool_]
    """Pixels that could be poppy: not ruled out, shape (y, x)."""
    layers: Layers
    """Features of :data:`RINGED` in whole steps of :data:`LAYER_STEPS`, shape (layer, y, x), or ``UNKNOWN``."""


def look(cube: Cube) -> Looks:
    """Take the first look: bands ``red``, ``nir`` and ``blue`` of ``cube`` as far as they exist."""
    shape = cube.clear.shape
    ndvi, blue = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    bands = {name: cube.bands[name] for name in LOOK_BANDS if name in cube.bands}
    fine = {name: band if band.shape == shape else _repeated(band, shape) for name, band in bands.items()}
    if fine and blue.size:
        # A band that does not exist hides nothing: it counts as dark everywhere.
        absent = np.full(shape, ZERO, np.uint16) if len(fine) < len(LOOK_BANDS) else next(iter(fine.values()))
        red, nir, blues = (fine.get(name, absent).reshape(-1) for name in ("red", "nir", "blue"))
        hole = np.uint8(HOLE if cube.scl_masked else 0)
        _look((red, nir, blues), cube.clear.reshape(-1), hole, ndvi.reshape(-1), blue.reshape(-1))
        if not {"red", "nir"} <= fine.keys():
            ndvi[blue != 0] = 0
    return Looks(ndvi, blue)


def _repeated(band: Packed, shape: tuple[int, ...]) -> Packed:
    return np.ascontiguousarray(band.repeat(2, axis=1).repeat(2, axis=2)[:, : shape[1], : shape[2]])


@loop
def _look(bands: tuple[Packed, Packed, Packed], clear: Bytes, hole: np.uint8, ndvi: Bytes, blue: Bytes) -> None:
    red_counts, nir_counts, blue_counts = bands
    for k in range(clear.size):
        r, n, b = np.float32(red_counts[k]), np.float32(nir_counts[k]), np.float32(blue_counts[k])
        dark = np.float32(ZERO)
        seen = (clear[k] != 0) & (r != 0) & (n != 0) & (b != 0)
        lost = (clear[k] != 0) & ((r == 0) | (n == 0) | (b == 0))
        total, steps = (n - dark) + (r - dark), (b - dark) * np.float32(1e-4 / BLUE_STEP)
        level = ((n - r) / total - np.float32(NDVI_LOW)) * np.float32(1.0 / NDVI_STEP)
        green = _byte(level) if total > np.float32(LEAST_SUM) else np.uint8(0)
        green = green if seen else np.uint8(0)
        ndvi[k] = hole if lost else green
        blue[k] = _byte(steps) if seen else np.uint8(0)


@part
def _byte(steps: np.float32) -> np.uint8:
    """Return 1 + the nearest of 255 steps."""
    level = np.rint(steps)
    level = level if level > np.float32(0) else np.float32(0)
    level = level if level < np.float32(254) else np.float32(254)
    return np.uint8(np.int32(level) + np.int32(1))


def ndvi_of(bytes_: Bytes) -> npt.NDArray[np.float64]:
    """Return the NDVI that bytes of :attr:`Looks.ndvi` stand for, NaN where it is not known."""
    return np.where(bytes_ > 0, NDVI_LOW + (bytes_ - 1.0) * NDVI_STEP, np.nan)


def survey(looks: Looks, dates: Dates, gate: Gate) -> Survey:
    """Count clear looks, rule out what cannot be poppy, and lay out what neighbours are compared by."""
    times, *shape = looks.ndvi.shape
    counts = np.zeros((4, *shape), np.uint8)
    layers = np.full((len(RINGED), *shape), UNKNOWN, np.int16)
    if times and layers.size:
        both = looks.ndvi.reshape(times, -1), looks.blue.reshape(times, -1)
        found = counts.reshape(4, -1), layers.reshape(len(RINGED), -1)
        _survey(both, (dates.arrays, dates.in_flower), (gate.limits, gate.spans), RINGED_ROWS, found)
    return Survey(counts[0], counts[1], counts[3], counts[2] != 0, layers)


@loop
def _survey(
    looks: tuple[Bytes, Bytes],
    dates: tuple[tuple[Ints, Ints, Ints], tuple[int, int]],
    gate: tuple[npt.NDArray[np.int32], Ints],
    ringed: Ints,
    found: tuple[Bytes, Layers],
) -> None:
    """Survey tile after tile; ``found`` are layers, and clear looks, holes, possible pixels, looks in flower."""
    (all_ndvi, all_blue), (counts, layers), (when, in_flower) = looks, found, dates
    times, pixels = all_ndvi.shape
    ndvi, blue, keep = tiles(times)
    numbers, tile = np.empty((NUMBERS, TILE), np.int16), np.empty((4, TILE), np.uint8)
    for start in range(0, pixels, TILE):
        width = min(TILE, pixels - start)
        load(all_ndvi, start, width, ndvi)
        load(all_blue, start, width, blue)
        season(ndvi, blue, keep, when, numbers)
        _count_kept(keep, tile[0])
        _count_holes(ndvi, blue, tile[1])
        _count_kept(keep[in_flower[0] : in_flower[1]], tile[3])
        possible((ndvi, blue), keep, gate, tile[2])
        for lane in range(TILE):
            tile[2, lane] &= np.uint8(1) if tile[0, lane] != 0 else np.uint8(0)
        for k in range(4):
            copy(tile[k], counts[k, start : start + width])
        for k in range(ringed.size):
            copy(numbers[ringed[k]], layers[k, start : start + width])


@part
def _count_holes(ndvi: Bytes, blue: Bytes, out: Bytes) -> None:
    """Set ``out`` to the number of holes, at most 255."""
    fill(out, np.uint8(0))
    for t in range(len(ndvi)):
        for lane in range(TILE):
            hole = (ndvi[t, lane] == HOLE) & (blue[t, lane] == 0)
            out[lane] += np.uint8(1) if hole & (out[lane] != 255) else np.uint8(0)


@part
def _count_kept(keep: Bytes, out: Bytes) -> None:
    """Set ``out`` to the number of kept looks, at most 255."""
    fill(out, np.uint8(0))
    for t in range(len(keep)):
        for lane in range(TILE):
            out[lane] += np.uint8(1) if (keep[t, lane] != 0) & (out[lane] != 255) else np.uint8(0)


def kept(looks: Looks, dates: Dates) -> npt.NDArray[np.bool_]:
    """Return which looks are kept, shape (time, y, x): clear ones that are no missed cloud."""
    out = np.zeros(looks.blue.shape, np.uint8)
    if out.size:
        _kept(looks.blue.reshape(len(out), -1), dates.days, out.reshape(len(out), -1))
    are_kept: npt.NDArray[np.bool_] = out != 0
    return are_kept


@loop
def _kept(looks: Bytes, days: Ints, out: Bytes) -> None:
    blue, keep = np.empty((len(looks), TILE), np.uint8), np.empty((len(looks), TILE), np.uint8)
    for start in range(0, looks.shape[1], TILE):
        width = min(TILE, looks.shape[1] - start)
        load(looks, start, width, blue)
        keep_looks(blue, days, keep)
        for t in range(len(keep)):
            copy(keep[t], out[t, start : start + width])
