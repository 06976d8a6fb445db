"""Features of the scripts to beat: the package's table of definitions, computed with arrays of dates.

Names come from the package's table; every formula is written out here once more, so that an error or a shortcut of
the package would be seen as a difference. Steps that are part of a definition are kept: values of a 10-day period are
one look (their median), NDVI of a look is rounded to 0.005 and blue to 0.002.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from eradication.features import MONTHS
from eradication.features.table import CONTEXT, INDICES, PHASED, PHASES, SEASONS

if TYPE_CHECKING:
    from benchmarks.imagery.baselines import Toolkit

type Float32 = npt.NDArray[np.float32]
type Ints = npt.NDArray[np.int64]

REACH = 5
_AWAY = np.maximum(*np.abs(np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]))
_CHESS = np.add(*np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]) % 2 == 0
RING = (_AWAY > 2) & _CHESS
"""11 x 11 without the inner 5 x 5, every second pixel."""
RING_ROWS = 64
GREEN, HELD = np.float32(0.25), np.float32(0.25)
NAN = np.float32(np.nan)
NOV, DEC, APR = 3, 4, 8
SOWN = range(15, 146, 5)
CURVE_DAYS = (-45, -35, -10, 20, 45, 70, 90, 110, 130, 150, 170, 200, 205)
CURVE = (0.26, 0.1, 0.0, 0.05, 0.35, 0.85, 1.0, 0.8, 0.75, 0.5, 0.15, 0.1, 0.1)
LEAST_LOOKS = 5
"""NDVI of a crop after its day of sowing, as a share of the way from bare ground to the closed canopy."""


def blue_steps(blue: Float32) -> Float32:
    """Return blue in steps of 0.002, cut at 0 and 254."""
    return np.clip(np.rint(blue * np.float32(500)), 0, 254)


class Described:
    """Features of one window, each computed when asked for and kept."""

    def __init__(self, times: npt.NDArray[np.datetime64], bands: dict[str, Float32], tools: "Toolkit") -> None:
        self.tools = tools
        self._day = _days(times)
        self.first, self.month = _periods(times)
        ndvi = _normalised(bands["nir"], bands["red"])
        steps = np.clip(np.rint((ndvi + np.float32(0.2)) * np.float32(200)), 0, 254)
        # In double precision: 0.25, from which a look is green, must come out as exactly that.
        self.ndvi = self._by_period((steps.astype(np.float64) * 0.005 - 0.2).astype(np.float32))
        self.blue = self._by_period(blue_steps(bands["blue"]) * np.float32(0.002))
        self._looks = bands
        self._bands: dict[str, Float32] = {}
        self._dated: dict[str, Float32] = {}
        self._plain: dict[str, Float32] = {}

    def layer(self, name: str) -> Float32:
        """Return a feature; ``…_ring`` is the contrast against the ring of neighbours, ``…_texture`` how uneven."""
        if name.endswith("_ring"):
            values = self.plain(name.removesuffix("_ring"))
            return np.asarray(values - self._ring(values), np.float32)
        if name.endswith("_texture"):
            return _texture(self.plain(name.removesuffix("_texture")))
        return self.plain(name)

    def plain(self, name: str) -> Float32:
        """Return a feature that needs no neighbours.

        Raises:
            KeyError: the package's table has a feature that this script does not know.
        """
        if name not in self._plain:
            self._plain.update(self._compute(name))
        return self._plain[name]

    def _compute(self, name: str) -> dict[str, Float32]:
        if name.startswith("sown_") or "_at_" in name:
            return self._phases()
        index, _, when = name.rpartition("_")
        if index == "ndvi" and when in MONTHS:
            return {name: self._median(self.ndvi, MONTHS.index(when), MONTHS.index(when))}
        if index in CONTEXT and when in SEASONS:
            return {name: self._median(self._index(index), *SEASONS[when])}
        if index in INDICES and when in MONTHS:
            return {name: self._median(self._index(index), MONTHS.index(when), MONTHS.index(when))}
        if name.startswith("bloom"):
            return self._bloom()
        if name == "whitening":
            return {name: self._whitening()}
        if name == "permanence":  # the sets hold one season
            return {name: np.full(self.ndvi.shape[1:], NAN)}
        return self._calendar()

    def _by_period(self, looks: Float32) -> Float32:
        """Return the median of each 10-day period's looks, shape (period, y, x)."""
        out = np.empty((len(self.first), *looks.shape[1:]), np.float32)
        for number, (begin, end) in enumerate(zip(self.first, [*self.first[1:], len(looks)], strict=True)):
            out[number] = looks[begin] if end - begin == 1 else self.tools.nanmedian(looks[begin:end], 0)
        return out

    def _median(self, values: Float32, first: int, last: int) -> Float32:
        """Return the median over the periods of months ``first`` to ``last``, August = 0."""
        chosen = values[(self.month >= first) & (self.month <= last)]
        if len(chosen) == 0:
            return np.full(values.shape[1:], NAN)
        return chosen[0] if len(chosen) == 1 else np.asarray(self.tools.nanmedian(chosen, 0), np.float32)

    def _band(self, name: str) -> Float32:
        if name not in self._bands:
            self._bands[name] = self._by_period(self._looks[name])
        return self._bands[name]

    def _index(self, name: str) -> Float32:
        if name not in self._dated:
            self._dated[name] = self._formula(name, self._band)
        return self._dated[name]

    def _formula(self, name: str, band: Callable[[str], Float32]) -> Float32:
        formulas: dict[str, Any] = {
            "ndvi": lambda: _normalised(band("nir"), band("red")),
            "ndmi": lambda: _normalised(band("nir"), band("swir16")),
            "nir": partial(band, "nir"),
            "bright": lambda: (band("blue") + band("green") + band("red")) / np.float32(3),
            "ndyi": lambda: _normalised(band("green"), band("blue")),
            "ebi": lambda: _enhanced_bloom(band("blue"), band("green"), band("red")),
            "ndre": lambda: _normalised(band("nir08"), band("rededge1")),
            "nbr": lambda: _normalised(band("nir08"), band("swir22")),
            "ndti": lambda: _normalised(band("swir16"), band("swir22")),
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
            "dry_minus_wet": self._median(self.ndvi, 3, 8) - self._median(self.ndvi, -3, 2),
            "fall": high(ndvi[4:8], 0) - low(ndvi[7:], 0),
            "fall_rate": high(ndvi[6:9] - ndvi[7:10], 0),
        }

    def _within(self, first: int, last: int) -> npt.NDArray[np.bool_]:
        return (self.month >= first) & (self.month <= last)

    def _whitening(self) -> Float32:
        dry, late = self._within(NOV, APR), self._within(DEC, APR)
        with np.errstate(invalid="ignore"):
            usual = self.tools.nanmedian(np.where(self.ndvi[dry] >= GREEN, self.blue[dry], NAN), 0)
            gain = np.where(self.ndvi[late] >= GREEN, self.blue[late] - usual, np.float32(0))
        gain = np.where(np.isnan(self.ndvi[late]), NAN, gain)
        return np.asarray(np.fmax(self.tools.nanmax(gain, 0), np.where(np.isnan(gain).all(axis=0), NAN, 0)), np.float32)

    def _bloom(self) -> dict[str, Float32]:
        dry, late = self._within(NOV, APR), self._within(DEC, APR)
        ndvi, bright, ebi, nir = (self._index(n) for n in ("ndvi", "bright", "ebi", "nir"))
        with np.errstate(invalid="ignore", divide="ignore"):
            green = ndvi[dry] >= GREEN
            usual = {
                n: self.tools.nanmedian(np.where(green, v[dry], NAN), 0)
                for n, v in (("b", bright), ("n", nir), ("e", ebi))
            }
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

    def _phases(self) -> dict[str, Float32]:
        """Return the sowing day whose curve fits the looks best, its fit, and means of indices in windows after it."""
        formulas = {name: partial(self._formula, name, self._looks.__getitem__) for name in PHASED}
        shape = self.ndvi.shape[1:]
        looks = {name: formula().reshape(len(self._day), -1) for name, formula in formulas.items()}
        out = _fitted(looks["ndvi"], self._day)
        since = self._day[:, None] - out["sown_day"]
        for phase, (first, last) in PHASES.items():
            inside = (since >= first) & (since <= last)
            for name, values in looks.items():
                there = inside & np.isfinite(values)
                total = np.where(there, values, 0).sum(axis=0)
                with np.errstate(invalid="ignore"):
                    out[f"{name}_at_{phase}"] = total / np.where(there.any(axis=0), there.sum(axis=0), np.nan)
        return {name: values.reshape(shape).astype(np.float32) for name, values in out.items()}

    def _ring(self, values: Float32) -> Float32:
        """Return the median of each pixel's ring; a few rows at a time, because each pixel becomes 48."""
        padded = np.pad(values, REACH, constant_values=np.nan)
        out = np.empty_like(values)
        for top in range(0, len(values), RING_ROWS):
            rows = padded[top : top + RING_ROWS + 2 * REACH]
            around = sliding_window_view(rows, RING.shape)[..., RING]
            out[top : top + RING_ROWS] = self.tools.nanmedian(around, -1)
        return out


def _periods(times: npt.NDArray[np.datetime64]) -> tuple[Ints, Ints]:
    """Return the first look of each 10-day period that has any, and its month, August = 0 and the May before it -3."""
    local = (times + np.timedelta64(7, "h")).astype("datetime64[D]")
    months = local.astype("datetime64[M]")
    third = np.minimum((local - months).astype(np.int64) // 10, 2)
    number = months.astype(np.int64)
    since = 1970 * 12 + number
    # A season's images begin in May: what lies before is of the year before.
    year = (since.min() - 4) // 12
    _, first = np.unique(number * 3 + third, return_index=True)
    return first, (since - (year * 12 + 7))[first]


def _days(times: npt.NDArray[np.datetime64]) -> Ints:
    """Return the day of each look, from the first 1 September of the season."""
    local = (times + np.timedelta64(7, "h")).astype("datetime64[D]")
    # A season's images begin in May.
    year = ((local[0].astype("datetime64[M]").astype(np.int64) - 4) // 12) + 1970
    return (local - np.datetime64(f"{year}-09-01", "D")).astype(np.int64)


def _fitted(ndvi: Float32, day: Ints) -> dict[str, Any]:
    """Return day, misfit, height and share of misfit of the curve that fits best, by sums over looks.

    Args:
        ndvi: of each look, shape (look, pixel).
        day: of each look.
    """
    seen = np.isfinite(ndvi)
    values = np.where(seen, ndvi, 0).astype(np.float64)
    sums: dict[str, Any] = {"left": np.full(ndvi.shape[1], np.inf)}
    sums |= {name: np.full(ndvi.shape[1], np.nan) for name in ("sown_day", "sown_rise")}
    for sown in SOWN:
        since = day - sown
        under = ((since >= CURVE_DAYS[0]) & (since <= CURVE_DAYS[-1])).astype(float)
        curve = np.interp(since, CURVE_DAYS, CURVE) * under
        n, y, yy = under @ seen, under @ values, under @ values**2
        t, tt, ty = curve @ seen, curve**2 @ seen, curve @ values
        spread = n * tt - t * t
        with np.errstate(invalid="ignore", divide="ignore"):
            rise = np.maximum((n * ty - t * y) / spread, 0)
            level = (y - rise * t) / n
            left = yy - 2 * level * y - 2 * rise * ty + n * level**2 + 2 * level * rise * t + rise**2 * tt
            left = np.where((n >= LEAST_LOOKS) & (spread > 1e-3), np.maximum(left, 0) / n, np.inf)
        better = left < sums["left"]
        for name, value in (("left", left), ("sown_day", float(sown)), ("sown_rise", rise)):
            sums[name] = np.where(better, value, sums[name])
    misfit = np.where(np.isfinite(sums["left"]), np.sqrt(sums.pop("left")), np.nan)
    return sums | {"sown_misfit": misfit, "sown_misfit_share": misfit / np.maximum(sums["sown_rise"], 0.05)}


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


def _texture(values: Float32) -> Float32:
    """Return the standard deviation over 3 x 3 pixels where five or more are known."""
    padded = np.pad(values, 1, constant_values=np.nan)
    near = [padded[i : i + values.shape[0], j : j + values.shape[1]] for i in range(3) for j in range(3)]
    count = np.sum([np.isfinite(v) for v in near], axis=0)
    total = np.sum([np.nan_to_num(v) for v in near], axis=0, dtype=np.float64)
    squares = np.sum([np.nan_to_num(v).astype(np.float64) ** 2 for v in near], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0))
    return np.where(count >= 5, spread, np.nan).astype(np.float32)
