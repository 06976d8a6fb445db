"""Features of the scripts to beat: the package's table of definitions, computed with arrays of dates.

Names come from the package's table; every formula is written out here once more, so that an error or a shortcut of
the package would be seen as a difference.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from eradication.features import MONTHS
from eradication.features.table import CONTEXT, INDICES, SEASONS

if TYPE_CHECKING:
    from benchmarks.imagery.baselines import Toolkit

type Float32 = npt.NDArray[np.float32]

REACH = 5
_AWAY = np.maximum(*np.abs(np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]))
_CHESS = np.add(*np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]) % 2 == 0
RING = (_AWAY > 2) & _CHESS
"""11 x 11 without the inner 5 x 5, every second pixel."""
RING_ROWS = 64
GREEN, HELD = np.float32(0.25), np.float32(0.25)
NAN = np.float32(np.nan)
AUGUST = 8


class Described:
    """Features of one window, each computed when asked for and kept."""

    def __init__(self, times: npt.NDArray[np.datetime64], bands: dict[str, Float32], tools: "Toolkit") -> None:
        local = times + np.timedelta64(7, "h")
        years = local.astype("datetime64[Y]").astype(int) + 1970
        months = local.astype("datetime64[M]").astype(int) % 12 + 1
        first = years.min() if months[0] >= 5 else years.min() - 1
        self.month = (years - first) * 12 + months - AUGUST
        self.bands, self.tools = bands, tools
        self._dated: dict[str, Float32] = {}
        self._plain: dict[str, Float32] = {}

    def layer(self, name: str) -> Float32:
        """Return a feature; ``…_ring`` is the contrast against the ring of neighbours."""
        if not name.endswith("_ring"):
            return self.plain(name)
        values = self.plain(name.removesuffix("_ring"))
        return np.asarray(values - self._ring(values), np.float32)

    def plain(self, name: str) -> Float32:
        """Return a feature that is no contrast.

        Raises:
            KeyError: the package's table has a feature that this script does not know.
        """
        if name not in self._plain:
            self._plain.update(self._compute(name))
        return self._plain[name]

    def _compute(self, name: str) -> dict[str, Float32]:
        index, _, when = name.rpartition("_")
        if index in INDICES and when in MONTHS:
            return {name: self._median(self._index(index)[self.month == MONTHS.index(when)])}
        if index in CONTEXT and when in SEASONS:
            first, end = SEASONS[when]
            return {name: self._median(self._index(index)[(self.month >= first) & (self.month < end)])}
        if name.startswith("bloom"):
            return self._bloom()
        if name == "dry_minus_wet":
            ndvi = self._index("ndvi")
            dry, wet = (self.month >= 3) & (self.month <= 8), (self.month >= -3) & (self.month <= 2)
            return {name: self._median(ndvi[dry]) - self._median(ndvi[wet])}
        return self._calendar()

    def _median(self, values: Float32) -> Float32:
        if len(values) == 0:
            return np.full(values.shape[1:], NAN)
        return np.asarray(self.tools.nanmedian(values, 0), np.float32)

    def _index(self, name: str) -> Float32:
        if name not in self._dated:
            self._dated[name] = self._formula(name)
        return self._dated[name]

    def _formula(self, name: str) -> Float32:
        b = self.bands
        blue, green, red, nir = b["blue"], b["green"], b["red"], b["nir"]
        formulas: dict[str, Any] = {
            "ndvi": partial(_normalised, nir, red),
            "ndmi": partial(_normalised, nir, b["swir16"]),
            "nir": lambda: nir,
            "bright": lambda: (blue + green + red) / np.float32(3),
            "ndyi": partial(_normalised, green, blue),
            "ebi": partial(_enhanced_bloom, blue, green, red),
            "ndre": partial(_normalised, b["nir08"], b["rededge1"]),
            "nbr": partial(_normalised, b["nir08"], b["swir22"]),
            "ndti": partial(_normalised, b["swir16"], b["swir22"]),
        }
        values: Float32 = formulas[name]()
        return values

    def _calendar(self) -> dict[str, Float32]:
        ndvi = np.stack([self.plain(f"ndvi_{month}") for month in MONTHS])
        high, low = self.tools.nanmax, self.tools.nanmin
        bare, highest, lowest = low(ndvi[:4], 0), high(ndvi, 0), low(ndvi, 0)
        known = np.isfinite(ndvi).any(axis=0)
        at_most = np.where(np.isfinite(ndvi), ndvi, -np.inf).argmax(axis=0)
        at_least = np.where(np.isfinite(ndvi), ndvi, np.inf).argmin(axis=0)
        return {
            "bare": bare,
            "rise": high(ndvi[3:8], 0) - bare,
            "ndvi_max": highest,
            "ndvi_min": lowest,
            "ndvi_amplitude": highest - lowest,
            "ndvi_max_month": np.where(known, at_most, np.nan).astype(np.float32),
            "ndvi_min_month": np.where(known, at_least, np.nan).astype(np.float32),
            "fall": high(ndvi[4:8], 0) - low(ndvi[7:], 0),
            "fall_rate": high(ndvi[6:9] - ndvi[7:10], 0),
        }

    def _bloom(self) -> dict[str, Float32]:
        dry, late = (self.month >= 3) & (self.month <= 8), (self.month >= 4) & (self.month <= 8)
        ndvi, bright, ebi, nir = (self._index(n) for n in ("ndvi", "bright", "ebi", "nir"))
        with np.errstate(invalid="ignore", divide="ignore"):
            green = ndvi[dry] >= GREEN
            usual = {n: self._median(np.where(green, v[dry], NAN)) for n, v in (("b", bright), ("n", nir), ("e", ebi))}
            held = (ndvi[late] >= GREEN) & (np.abs(nir[late] / usual["n"] - 1) <= HELD)
        gains = np.where(held, bright[late] - usual["b"], -np.inf)
        gains = np.where(np.isnan(gains), -np.inf, gains)
        best = gains.argmax(axis=0)[None]
        gain = np.take_along_axis(gains, best, 0)[0]
        found, looked = np.isfinite(gain), np.isfinite(ndvi[late]).any(axis=0)

        def at(values: Float32) -> Float32:
            return np.take_along_axis(values[late], best, 0)[0]

        with np.errstate(invalid="ignore", divide="ignore"):
            layers = {
                "bloom": np.where(found, np.maximum(gain, 0), np.where(looked, 0.0, np.nan)),
                "bloom_month": np.where(found, self.month[late][best[0]], np.nan),
                "bloom_ndyi": np.where(found, at(self._index("ndyi")), np.nan),
                "bloom_ebi": np.where(found, at(ebi) - usual["e"], np.nan),
                "bloom_ratio": np.where(found, at(bright) / at(nir), np.nan),
            }
        return {name: values.astype(np.float32) for name, values in layers.items()}

    def _ring(self, values: Float32) -> Float32:
        """Return the median of each pixel's ring; a few rows at a time, because each pixel becomes 48."""
        padded = np.pad(values, REACH, constant_values=np.nan)
        out = np.empty_like(values)
        for top in range(0, len(values), RING_ROWS):
            rows = padded[top : top + RING_ROWS + 2 * REACH]
            around = sliding_window_view(rows, RING.shape)[..., RING]
            out[top : top + RING_ROWS] = self.tools.nanmedian(around, -1)
        return out


def _normalised(high: Float32, low: Float32) -> Float32:
    total = high + low
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(total > np.float32(1e-3), (high - low) / total, NAN)
    return np.asarray(np.clip(ratio, -1, 1), np.float32)


def _enhanced_bloom(blue: Float32, green: Float32, red: Float32) -> Float32:
    with np.errstate(divide="ignore", invalid="ignore"):
        below = green / blue * (red - blue + np.float32(1))
        seen = (blue > np.float32(1e-3)) & (below > np.float32(1e-3))
        return np.where(seen, (red + green + blue) / below, NAN).astype(np.float32)
