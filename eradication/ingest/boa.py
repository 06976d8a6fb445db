"""From stored numbers to surface reflectance, with the offset of Sentinel-2 applied exactly once.

Since processing baseline 04.00 (25 January 2022) Sentinel-2 L2A numbers carry an offset of +1000: reflectance is
(DN − 1000) / 10000. Some archives have subtracted it already, and some of their flags are wrong: both errors shift
every index of that date and look like bloom or bareness. So the rule comes from the item's metadata in a fixed order
(:func:`calibrate`), and the pixels may overrule it (:func:`judge_pixels`): an item that contradicts itself is not used.

The pixel test chooses its vegetation by what an additive error cannot change: the scene class, which was computed
before the offset was added, and *differences* of bands. NDVI would be biased by the very error that is looked for.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pystac

from eradication import sources
from eradication.config import Imagery
from eradication.ingest.bands import BandAsset
from eradication.sources import Profile, Reflectance

MIN_PIXELS = 150
"""Fewer pixels of vegetation say nothing."""

GREEN_DIFFERENCE = 0.15
"""NIR − red of leaves, at least; bare soil, water, shade and cloud have less."""

DENSE_DIFFERENCE = 0.20
"""NIR − red of a dense canopy, at least."""

MOIST_DIFFERENCE = 0.05
"""NIR − SWIR 1.6 µm of a dense green canopy, at least; dry grass and stubble are negative."""

DARKEST_PERCENTILE = 5.0

MAX_MEDIAN = 1.5
"""Not even cloud is brighter in the median; floating-point counts without a stated scale are."""

type Float32 = npt.NDArray[np.float32]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibration:
    """reflectance = DN · scale + offset."""

    scale: float
    offset: float
    rule: str
    """Which statement decided: a property's name, ``raster:bands``, ``baseline``, ``product name``, ``reflectance``,
    ``profile``."""


@dataclass(frozen=True, slots=True)
class PixelTest:
    """What the pixels say about the offset."""

    verdict: str
    """``agrees``, ``untested``, ``applied_twice``, ``not_applied`` or ``not_reflectance``."""
    detail: str

    @property
    def contradicts(self) -> bool:
        """True if the item must not be used."""
        return self.verdict not in ("agrees", "untested")


def baseline(item: pystac.Item) -> tuple[tuple[int, int] | None, str]:
    """Return the processing baseline, ``(4, 0)`` for ``04.00``, and where it was found."""
    for name in ("s2:processing_baseline", "processing:version", "sentinel:processing_baseline"):
        stated = re.fullmatch(r"[Nv]?(\d{1,2})\.?(\d{2})", str(item.properties.get(name, "")).strip())
        if stated:
            return (int(stated[1]), int(stated[2])), "baseline"
    for text in (str(item.properties.get("s2:product_uri", "")), item.id):
        named = re.search(r"_N(\d{2})(\d{2})_", text)
        if named:
            return (int(named[1]), int(named[2])), "product name"
    return None, ""


def calibrate(item: pystac.Item, asset: BandAsset, dtype: str, profile: Profile | None = None) -> Calibration | None:
    """Return how one band's numbers become reflectance, or ``None`` if nothing says so.

    The profile gives the order of the statements; for an unknown archive: its own flag, the band's stated offset, the
    processing baseline, a stated scale or floating-point reflectance. A flag ``false`` means "nothing subtracted";
    before baseline 04.00 there is nothing to subtract.
    """
    how = (profile or sources.shipped()[sources.ANY]).reflectance
    is_float = np.dtype(dtype).kind == "f"
    scale = asset.scale if asset.scale is not None else (1.0 if is_float else how.scale)
    for statement in how.offset_from:
        decided = _decide(statement, item, asset, how, is_float)
        if decided is not None:
            return Calibration(scale, *decided)
    return None


def _decide(
    statement: str, item: pystac.Item, asset: BandAsset, how: Reflectance, is_float: bool
) -> tuple[float, str] | None:
    """Return the offset one statement gives and the rule's name, or ``None`` if it says nothing here."""
    version, where = baseline(item)
    if statement == "raster:bands":
        return None if asset.offset is None else (asset.offset, statement)
    if statement == "baseline":
        if version is None or (is_float and asset.scale is None):
            return None
        return (how.offset if version >= (4, 0) else 0.0), where
    if statement == "stated":
        named = "reflectance" if is_float else "raster:bands"
        return (0.0, named) if asset.scale is not None or is_float else None
    if statement == "profile":
        return how.offset, statement
    applied = item.properties.get(statement)
    if not isinstance(applied, bool):
        return None
    old = version is not None and version < (4, 0)
    return 0.0 if applied or old else how.offset, statement


def judge_pixels(bands: dict[str, Float32], vegetation: Mask | None, settings: Imagery) -> PixelTest:
    """Judge the offset by the reflectance it gave.

    Args:
        bands: calibrated reflectance by name, equal shapes, NaN where masked; ``red`` and ``nir`` are needed,
            ``swir16`` and ``swir22`` too to see that an offset was not applied.
        vegetation: scene class "vegetation", or ``None`` without scene classes.
        settings: thresholds ``negative_share`` and ``dark_forest_red``.
    """
    for name, values in bands.items():
        seen = values[np.isfinite(values)]
        if seen.size and float(np.median(seen)) > MAX_MEDIAN:
            return PixelTest("not_reflectance", f"median {name} is {np.median(seen):.1f}")
    red, nir = bands.get("red"), bands.get("nir", bands.get("nir08"))
    if red is None or nir is None:
        return PixelTest("untested", "no red or near infrared")
    with np.errstate(invalid="ignore"):
        leaves = nir - red > GREEN_DIFFERENCE
        if vegetation is not None:
            leaves &= vegetation
        too_low = _too_low(red, leaves, settings)
        return too_low or _too_bright(bands, leaves & (nir - red > DENSE_DIFFERENCE), nir, settings)


def _too_low(red: Float32, leaves: Mask, settings: Imagery) -> PixelTest | None:
    seen = red[np.isfinite(red)]
    if seen.size >= MIN_PIXELS and float(np.median(seen)) < -0.02:
        return PixelTest("applied_twice", f"median red is {np.median(seen):.3f}")
    if leaves.sum() < MIN_PIXELS:
        return None
    share = float((red[leaves] < 0).mean())
    if share > settings.negative_share:
        return PixelTest("applied_twice", f"{share:.0%} of clear vegetation is below 0 in red")
    return None


def _too_bright(bands: dict[str, Float32], dense: Mask, nir: Float32, settings: Imagery) -> PixelTest:
    """A dense moist canopy is dark in red, and in SWIR 2.2 µm; haze brightens the first but hardly the second.

    Without SWIR a hazy meadow cannot be told from a forest that is too bright, so nothing is said: real series of red
    and near infrared alone had clear dates with a darkest red of 0.14.
    """
    swir16 = bands.get("swir16")
    if swir16 is None or "swir22" not in bands:
        return PixelTest("untested", "no short-wave infrared")
    dense &= nir - swir16 > MOIST_DIFFERENCE
    if dense.sum() < MIN_PIXELS:
        return PixelTest("untested", f"{int(dense.sum())} pixels of dense vegetation")
    darkest = {
        name: float(np.nanpercentile(bands[name][dense], DARKEST_PERCENTILE))
        for name in ("red", "swir22")
        if np.isfinite(bands[name][dense]).any()
    }
    detail = ", ".join(f"darkest {name} {value:.3f}" for name, value in darkest.items())
    if all(value > settings.dark_forest_red for value in darkest.values()):
        return PixelTest("not_applied", f"dense vegetation is too bright: {detail}")
    return PixelTest("agrees", detail)


def describe(calibrations: dict[str, Calibration], item: pystac.Item) -> dict[str, Any]:
    """Return what was applied to an item, for the record: plain values."""
    version, _ = baseline(item)
    offsets = {c.offset for c in calibrations.values()}
    return {
        "baseline": f"{version[0]:02d}.{version[1]:02d}" if version else None,
        "scale": _one({c.scale for c in calibrations.values()}),
        "offset": _one(offsets),
        "rule": ", ".join(sorted({c.rule for c in calibrations.values()})),
    }


def _one(values: set[float]) -> float | list[float]:
    return next(iter(values)) if len(values) == 1 else sorted(values)
