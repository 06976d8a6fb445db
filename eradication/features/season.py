"""What the crop does over a season, one number each."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from eradication.features.table import MONTHS
from eradication.features.windows import median_of_dates

type Float32 = npt.NDArray[np.float32]
type Months = npt.NDArray[np.int64]

GREEN_NDVI = 0.25
"""A date is green from here: bare soil lies below 0.2, petals pull a flowering canopy down to about 0.3."""
NIR_HELD = 0.25
"""Petals leave near infrared as it was; cloud, haze and bare soil do not."""

_DEC, _MAR, _MAY = 4, 7, 9


def season_features(
    month: Months, bands: dict[str, Float32], dated: dict[str, Float32], monthly: dict[str, Float32]
) -> Iterator[tuple[str, Float32]]:
    """Yield (name, values of shape (y, x)) of the features that need at least red and near infrared.

    Args:
        month: months after August per date, shape (date,).
        bands: reflectance per band, shape (date, y, x).
        dated: indices per date, same shape.
        monthly: monthly medians, shape (y, x), by ``<index>_<month>``.
    """
    ndvi = np.stack([monthly[f"ndvi_{m}"] for m in MONTHS])
    yield from _calendar(ndvi)
    dry = median_of_dates(dated["ndvi"][(month >= 3) & (month <= 8)])
    wet = median_of_dates(dated["ndvi"][(month >= -3) & (month <= 2)])
    yield "dry_minus_wet", dry - wet
    if "bright" in dated:
        yield from _bloom(month, bands, dated)


def _calendar(ndvi: Float32) -> Iterator[tuple[str, Float32]]:
    """Features of the ten monthly NDVI medians, shape (10, y, x)."""
    bare = _lowest(ndvi[:4])
    yield "bare", bare
    yield "rise", _highest(ndvi[3 : _MAR + 1]) - bare
    highest, lowest = _highest(ndvi), _lowest(ndvi)
    yield "ndvi_max", highest
    yield "ndvi_min", lowest
    yield "ndvi_amplitude", highest - lowest
    seen = np.isfinite(ndvi)
    known = seen.any(axis=0)
    yield "ndvi_max_month", _month_of(np.where(seen, ndvi, -np.inf).argmax(axis=0), known)
    yield "ndvi_min_month", _month_of(np.where(seen, ndvi, np.inf).argmin(axis=0), known)
    yield "fall", _highest(ndvi[_DEC : _MAR + 1]) - _lowest(ndvi[_MAR:])
    yield "fall_rate", _highest(ndvi[_MAR - 1 : _MAY] - ndvi[_MAR : _MAY + 1])


def _bloom(month: Months, bands: dict[str, Float32], dated: dict[str, Float32]) -> Iterator[tuple[str, Float32]]:
    """Find the date of strongest visible brightening with near infrared held; where none is, the gain is 0."""
    window = (month >= _DEC) & (month <= 8)
    season = (month >= 3) & (month <= 8)
    ndvi, bright, nir = dated["ndvi"], dated["bright"], bands["nir"]
    green = ndvi[season] >= GREEN_NDVI
    usual_bright = median_of_dates(np.where(green, bright[season], np.float32(np.nan)))
    usual_nir = median_of_dates(np.where(green, nir[season], np.float32(np.nan)))
    usual_ebi = median_of_dates(np.where(green, dated["ebi"][season], np.float32(np.nan)))
    with np.errstate(invalid="ignore", divide="ignore"):
        held = (ndvi[window] >= GREEN_NDVI) & (np.abs(nir[window] / usual_nir - 1) <= NIR_HELD)
    gain = np.where(held, bright[window] - usual_bright, np.float32(-np.inf))
    looked = np.isfinite(ndvi[window]).any(axis=0)
    if not window.any():
        return
    best = gain.argmax(axis=0)[None]
    gain = np.take_along_axis(gain, best, 0)[0]
    found = np.isfinite(gain)
    yield "bloom", np.where(found, np.maximum(gain, 0), np.where(looked, 0, np.nan)).astype(np.float32)
    yield "bloom_month", _month_of(month[window][best[0]], found)
    at = {name: np.take_along_axis(dated[name][window], best, 0)[0] for name in ("ndyi", "ebi", "bright", "nir")}
    yield "bloom_ndyi", _where(found, at["ndyi"])
    yield "bloom_ebi", _where(found, at["ebi"] - usual_ebi)
    with np.errstate(invalid="ignore", divide="ignore"):
        yield "bloom_ratio", _where(found, at["bright"] / at["nir"])


def _where(known: npt.NDArray[np.bool_], values: npt.NDArray[np.floating]) -> Float32:
    return np.where(known, values, np.nan).astype(np.float32)


def _month_of(position: npt.NDArray[np.integer], known: npt.NDArray[np.bool_]) -> Float32:
    return np.where(known, position, np.nan).astype(np.float32)


def _highest(values: Float32) -> Float32:
    high: Float32 = np.fmax.reduce(values, axis=0)
    return high


def _lowest(values: Float32) -> Float32:
    low: Float32 = np.fmin.reduce(values, axis=0)
    return low
