"""The features again, slowly and plainly, from the words of the table: what the compiled code is held against.

One pixel at a time, in double precision, lists instead of arrays. NDVI and blue are taken in whole steps as the first
look keeps them (0.005 and 0.002), so that limits are met exactly.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from eradication.features import MONTHS
from eradication.features.gate import BLOOM_NDVI, SOWN, WINDOWS, Thresholds
from eradication.features.table import PHASED, PHASES

NAN = math.nan
NDVI_STEP, NDVI_LOW, BLUE_STEP = 0.005, -0.2, 0.002
JUMP_STEPS, JUMP_DAYS = 40, 60
GREEN = 0.25
CLOSE = 1e-6
"""Nearer to a limit than this, single and double precision may decide differently."""

AUG, SEP, OCT, NOV, DEC, JAN, FEB, MAR, APR, MAY = range(10)
MAY_BEFORE = -3


@dataclass
class Pixel:
    """The looks of one pixel, in order of time."""

    when: Sequence[datetime]
    """Local time."""
    ndvi: Sequence[int]
    """Bytes: 0 = unknown, else 1 + steps above -0.2."""
    blue: Sequence[int]
    """Bytes: 0 = no clear look, else 1 + steps above 0."""
    bands: Mapping[str, Sequence[float]]
    """Reflectance of each look, NaN where unknown; bands that do not exist are absent."""
    start_year: int
    unsure: set[str] = field(default_factory=set)
    """Features for which a value lies so near to a limit that rounding decides."""


def median(values: Iterable[float]) -> float:
    known = sorted(v for v in values if not math.isnan(v))
    return float(np.median(known)) if known else NAN


def lowest(values: Iterable[float]) -> float:
    return min((v for v in values if not math.isnan(v)), default=NAN)


def highest(values: Iterable[float]) -> float:
    return max((v for v in values if not math.isnan(v)), default=NAN)


def month_of(pixel: Pixel, when: datetime) -> int:
    """Months after August of the season's first year."""
    return 12 * (when.year - pixel.start_year) + when.month - 8


def kept(pixel: Pixel) -> list[int]:
    """Clear looks that are no missed cloud: not much brighter than the clear looks just before and after."""
    clear = [t for t, blue in enumerate(pixel.blue) if blue]
    days = [when.toordinal() for when in pixel.when]
    out = []
    for place, t in enumerate(clear):
        near = [clear[p] for p in (place - 1, place + 1) if 0 <= p < len(clear)]
        near = [n for n in near if abs(days[n] - days[t]) <= JUMP_DAYS]
        if not near or pixel.blue[t] - max(pixel.blue[n] for n in near) <= JUMP_STEPS:
            out.append(t)
    return out


type Composites = dict[tuple[int, int], float]
"""(month, third of it) → median of its kept looks, NaN where none is known."""


def composites(pixel: Pixel, values: Sequence[float]) -> Composites:
    found: dict[tuple[int, int], list[float]] = {}
    for t in kept(pixel):
        when = pixel.when[t]
        found.setdefault((month_of(pixel, when), min((when.day - 1) // 10, 2)), []).append(values[t])
    return {period: median(found[period]) for period in sorted(found)}


def within(values: Composites, first: int, last: int) -> list[float]:
    return [value for (month, _), value in values.items() if first <= month <= last]


def ndvi_of(pixel: Pixel) -> Composites:
    return composites(pixel, [NDVI_LOW + (b - 1) * NDVI_STEP if b else NAN for b in pixel.ndvi])


def is_green(pixel: Pixel, ndvi: float, *features: str) -> bool:
    if abs(ndvi - GREEN) < CLOSE:
        pixel.unsure |= set(features)
    return ndvi >= GREEN - CLOSE / 10


def calendar(pixel: Pixel) -> dict[str, float]:
    """NDVI of the months and what the crop does with it."""
    ndvi = ndvi_of(pixel)
    months = [median(within(ndvi, m, m)) for m in range(10)]
    out = {f"ndvi_{name}": months[m] for m, name in enumerate(MONTHS)}
    out["bare"] = lowest(months[AUG : NOV + 1])
    out["rise"] = highest(months[NOV : MAR + 1]) - out["bare"]
    out["ndvi_max"], out["ndvi_min"] = highest(months), lowest(months)
    out["ndvi_amplitude"] = out["ndvi_max"] - out["ndvi_min"]
    for name in ("ndvi_max", "ndvi_min"):
        met = [m for m in range(10) if abs(months[m] - out[name]) < CLOSE]
        out[f"{name}_month"] = float(met[0]) if met else NAN
        if len({months[m] for m in met}) > 1:
            pixel.unsure.add(f"{name}_month")
    out["dry_minus_wet"] = median(within(ndvi, NOV, APR)) - median(within(ndvi, MAY_BEFORE, OCT))
    out["fall"] = highest(months[DEC : MAR + 1]) - lowest(months[MAR : MAY + 1])
    out["fall_rate"] = highest(months[m] - months[m + 1] for m in (FEB, MAR, APR))
    out["whitening"] = whitening(pixel, ndvi)
    return out


def whitening(pixel: Pixel, ndvi: Composites) -> float:
    blue = composites(pixel, [(b - 1) * BLUE_STEP if b else NAN for b in pixel.blue])
    green = [p for p in ndvi if NOV <= p[0] <= APR and is_green(pixel, ndvi[p], "whitening")]
    looked = [p for p in ndvi if DEC <= p[0] <= APR and not math.isnan(ndvi[p])]
    if not looked:
        return NAN
    usual = median(blue[p] for p in green)
    return max([0.0, *(blue[p] - usual for p in green if p in looked)])


def ratio(high: float, low: float) -> float:
    total = high + low
    return max(-1.0, min(1.0, (high - low) / total)) if total > 1e-3 else NAN


def ebi(blue: float, green: float, red: float) -> float:
    if not blue > 1e-3:
        return NAN
    below = green / blue * (red - blue + 1)
    return (red + green + blue) / below if below > 1e-3 else NAN


def indices(band: Mapping[str, float]) -> dict[str, float]:
    """Indices of one 10-day composite."""
    b = {name: band.get(name, NAN) for name in BANDS}
    return {
        "ndvi": ratio(b["nir"], b["red"]),
        "ndmi": ratio(b["nir"], b["swir16"]),
        "nir": b["nir"],
        "bright": (b["blue"] + b["green"] + b["red"]) / 3,
        "ndyi": ratio(b["green"], b["blue"]),
        "ebi": ebi(b["blue"], b["green"], b["red"]),
        "ndre": ratio(b["nir08"], b["rededge1"]),
        "nbr": ratio(b["nir08"], b["swir22"]),
        "ndti": ratio(b["swir16"], b["swir22"]),
    }


BANDS = ("blue", "green", "red", "rededge1", "nir", "nir08", "swir16", "swir22")


def series(pixel: Pixel) -> dict[str, float]:
    """Monthly medians of the other indices, the bloom, and context of three months."""
    band = {name: composites(pixel, values) for name, values in pixel.bands.items()}
    periods = sorted(next(iter(band.values()), {}))
    dated = {period: indices({name: values[period] for name, values in band.items()}) for period in periods}
    index = {name: {period: dated[period][name] for period in periods} for name in indices({})}
    out = {
        f"{name}_{month}": median(within(index[name], m, m))
        for name in ("ndmi", "nir", "bright", "ndyi", "ebi")
        for m, month in enumerate(MONTHS)
    }
    for name in ("ndre", "nbr", "ndti"):
        for season, (first, last) in {"autumn": (AUG, OCT), "winter": (NOV, JAN), "spring": (FEB, APR)}.items():
            out[f"{name}_{season}"] = median(within(index[name], first, last))
    return out | bloom(pixel, index) | phases(pixel)


BLOOM = ("bloom", "bloom_month", "bloom_ndyi", "bloom_ebi", "bloom_ratio")


def bloom(pixel: Pixel, index: Mapping[str, Composites]) -> dict[str, float]:
    """The composite of strongest visible brightening while near infrared holds."""
    ndvi, nir, bright = index["ndvi"], index["nir"], index["bright"]
    green = [p for p in ndvi if NOV <= p[0] <= APR and is_green(pixel, ndvi[p], *BLOOM)]
    usual = {name: median(index[name][p] for p in green) for name in ("nir", "bright", "ebi")}
    looked = [p for p in ndvi if DEC <= p[0] <= APR and not math.isnan(ndvi[p])]
    if not looked:
        return dict.fromkeys(BLOOM, NAN)
    gain = {}
    for p in looked:
        change = abs(nir[p] / usual["nir"] - 1) if p in green else NAN
        if abs(change - 0.25) < CLOSE:
            pixel.unsure |= set(BLOOM)
        if change <= 0.25 and not math.isnan(bright[p] - usual["bright"]):
            gain[p] = bright[p] - usual["bright"]
    if not gain:
        return dict.fromkeys(BLOOM, NAN) | {"bloom": 0.0}
    best = max(gain, key=lambda p: gain[p])
    if sorted(gain.values())[-2:-1] > [gain[best] - CLOSE]:
        pixel.unsure |= set(BLOOM)
    return {
        "bloom": max(gain[best], 0.0),
        "bloom_month": float(best[0]),
        "bloom_ndyi": index["ndyi"][best],
        "bloom_ebi": index["ebi"][best] - usual["ebi"],
        "bloom_ratio": bright[best] / nir[best],
    }


def phases(pixel: Pixel) -> dict[str, float]:
    """The sowing day whose curve fits NDVI best, and means in windows after it."""
    start = date(pixel.start_year, 9, 1).toordinal()
    looks = [
        (pixel.when[t].toordinal() - start, indices({name: values[t] for name, values in pixel.bands.items()}))
        for t in kept(pixel)
    ]
    fits = {sown: fit([(day - sown, index["ndvi"]) for day, index in looks]) for sown in range(15, 146, 5)}
    possible = {sown: found for sown, found in fits.items() if found is not None}
    out = dict.fromkeys(("sown_day", "sown_misfit", "sown_rise", "sown_misfit_share"), NAN)
    sown = min(possible, key=lambda sown: possible[sown][0]) if possible else NAN
    if possible:
        left, rise = possible[sown]
        out = {"sown_day": sown, "sown_misfit": math.sqrt(left), "sown_rise": rise}
        out["sown_misfit_share"] = out["sown_misfit"] / max(rise, 0.05)
    for name in PHASED:
        for phase, (first, last) in PHASES.items():
            inside = [index[name] for day, index in looks if first <= day - sown <= last]
            out[f"{name}_at_{phase}"] = mean(v for v in inside if not math.isnan(v))
    if any(out["sown_misfit"] ** 2 + CLOSE > left for day, (left, _) in possible.items() if day != sown):
        pixel.unsure |= set(out)
    if out["sown_misfit"] < 1e-3:
        pixel.unsure |= {"sown_misfit", "sown_misfit_share"}
    return out


CURVE = {
    -45: 0.26, -35: 0.1, -10: 0, 20: 0.05, 45: 0.35, 70: 0.85, 90: 1, 110: 0.8, 130: 0.75, 150: 0.5, 170: 0.15,
    200: 0.1, 205: 0.1,
}  # fmt: skip


def fit(looks: Sequence[tuple[int, float]]) -> tuple[float, float] | None:
    """Return mean square and height of the curve laid over NDVI by least squares; ``None`` with too few looks.

    Args:
        looks: day after sowing, and NDVI.
    """
    pairs = [(day, v) for day, v in looks if not math.isnan(v) and -45 <= day <= 205]
    if len(pairs) < 5:
        return None
    curve = np.interp([day for day, _ in pairs], list(CURVE), list(CURVE.values()))
    seen = np.array([v for _, v in pairs])
    if len(seen) ** 2 * curve.var() <= 1e-3:
        return None
    rise = max(float(np.mean((curve - curve.mean()) * (seen - seen.mean())) / curve.var()), 0.0)
    left = seen - seen.mean() - rise * (curve - curve.mean())
    return float(np.mean(left**2)), rise


def days_of(pixel: Pixel) -> list[int]:
    """Days after 1 September of the season's first year."""
    return [when.toordinal() - date(pixel.start_year, 9, 1).toordinal() for when in pixel.when]


def could_be_poppy(pixel: Pixel, rules: Thresholds, newest_day: int) -> bool:
    """Whether on some day of sowing a field could have been sown that the pixel's looks do not contradict.

    Args:
        pixel: its looks.
        rules: what contradicts.
        newest_day: of any look of the season, after 1 September: a field whose canopy window begins later cannot be
            seen yet.
    """
    begun = [sown for sown in SOWN if sown + WINDOWS["canopy"][0] <= newest_day]
    return bool(kept(pixel)) and (not begun or any(is_open(pixel, rules, sown) for sown in begun))


def is_open(pixel: Pixel, rules: Thresholds, sown: int) -> bool:
    days, good = days_of(pixel), kept(pixel)

    clear = [days[t] for t, blue in enumerate(pixel.blue) if blue]

    def looks(window: str) -> list[int]:
        first, last = (sown + day for day in WINDOWS[window])
        return [t for t in good if first <= days[t] <= last and max(clear) > last]

    def ndvi(window: str) -> float:
        return mean(NDVI_LOW + (pixel.ndvi[t] - 1) * NDVI_STEP for t in looks(window) if pixel.ndvi[t])

    canopy, fallen = ndvi("canopy"), ndvi("fallen")
    contradictions = [ndvi("cleared") - rules.bare, ndvi("sown") - rules.bare, rules.green - canopy]
    contradictions += [BLOOM_NDVI - ndvi("bloom"), fallen - rules.fallen, fallen - canopy]
    if any(abs(c) < 1e-5 for c in contradictions):
        pixel.unsure.add("gate")
    return not any(c > 0 for c in contradictions)


def mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known) if known else NAN


def texture(layer: np.ndarray, row: int, column: int) -> float:
    """Standard deviation over 3 x 3 pixels, of which five must be known."""
    near = layer[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    known = near[np.isfinite(near)]
    return float(np.std(known)) if known.size >= 5 else NAN


def shows_ground(pixel: Pixel) -> bool | None:
    """Whether a season from August to April ever showed the ground: NDVI below 0.5; ``None`` if it was hardly seen."""
    seen = [v for v in within(ndvi_of(pixel), AUG, APR) if not math.isnan(v)]
    if any(abs(v - 0.5) < CLOSE for v in seen):
        pixel.unsure.add("permanence")
    return None if len(seen) < 3 else min(seen) < 0.5


def ring(layer: np.ndarray, row: int, column: int) -> float:
    """A value minus the median of its ring, 30 to 50 m away; every second pixel of it, like one colour of a chessboard.

    Args:
        layer: whole steps as floats, NaN where unknown, shape (y, x); outside nothing is known.
        row, column: of the pixel.
    """
    around = [
        layer[row + i, column + j]
        for i in range(-5, 6)
        for j in range(-5, 6)
        if max(abs(i), abs(j)) > 2
        and (i + j) % 2 == 0
        and 0 <= row + i < layer.shape[0]
        and 0 <= column + j < layer.shape[1]
    ]
    return float(layer[row, column]) - median(around)


def local(times: np.ndarray) -> list[datetime]:
    """Local time of UTC times."""
    return [time + timedelta(hours=7) for time in times.astype("datetime64[s]").astype(datetime)]
