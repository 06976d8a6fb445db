"""Which asset of a STAC item is which band, as data.

Archives name the same band differently: ``red`` (Earth Search), ``B04`` (Planetary Computer, Sentinel Hub),
``B04_10m`` (Copernicus Data Space), ``S2-L2A-B04`` (openEO). A source's profile names its assets; other items are read
by the general names of :func:`eradication.sources.names`. What a band *means* is the key of
:data:`eradication.raster.BANDS`.
"""

import re
from dataclasses import dataclass
from typing import Any

import pystac

from eradication import sources
from eradication.raster import BANDS
from eradication.sources import Profile

SCL = "scl"

NOT_DATA = frozenset({"visual", "overview", "thumbnail", "metadata"})
"""Roles of assets whose pixels are pictures or text."""

_NUMBERED = re.compile(r"^(?:S2[-_]?(?:L2A)?[-_])?(B\d{1,2}A?|SCL)(?:[-_](\d+)m)?$", re.IGNORECASE)
_COMMON = re.compile(r"^([a-z]+\d*)(?:_(\d+)m)?$")


@dataclass(frozen=True, slots=True)
class BandAsset:
    """One band as an item declares it; everything but ``band``, ``key`` and ``href`` may be unknown."""

    band: str
    """A name of :data:`eradication.raster.BANDS`, or ``scl``."""
    key: str
    href: str
    index: int = 1
    """Band number inside the file, from 1."""
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None
    epsg: int | None = None
    shape: tuple[int, int] | None = None
    """Rows, columns."""
    transform: tuple[float, ...] | None = None
    """First six numbers of the affine transform, row-major."""
    lost: tuple[str, str] | None = None
    """Reason and detail, if it was to be fetched from an archive and could not be."""


def resolve(item: pystac.Item, profile: Profile | None = None) -> dict[str, BandAsset]:
    """Return the bands of an item by their canonical names.

    Args:
        item: any STAC item.
        profile: if it names assets, they and no others are the bands; else the finest asset of each general name is.
    """
    if profile is not None and profile.bands:
        return _named(item, profile)
    numbered = not _is_other_instrument(item)
    best: dict[str, tuple[tuple[int, float, int], BandAsset]] = {}
    for order, (key, asset) in enumerate(item.assets.items()):
        if NOT_DATA & set(asset.roles or ()) or key in NOT_DATA:
            continue
        for number, (band, rank, ground_m) in enumerate(_names(key, asset, numbered), start=1):
            if band is None:
                continue
            place = (rank, ground_m, order)
            if band not in best or place < best[band][0]:
                best[band] = (place, _describe(item, key, asset, band, number))
    return {band: best[band][1] for band in (*BANDS, SCL) if band in best}


def _named(item: pystac.Item, profile: Profile) -> dict[str, BandAsset]:
    found: dict[str, BandAsset] = {}
    for band in (*BANDS, SCL):
        place = next((place for place in profile.bands.get(band, ()) if place.key in item.assets), None)
        if place is not None:
            found[band] = _describe(item, place.key, item.assets[place.key], band, place.index)
    return found


def _is_other_instrument(item: pystac.Item) -> bool:
    words = [item.id, item.collection_id or ""]
    words += [str(item.properties.get(name, "")) for name in ("platform", "constellation", "instruments")]
    return any(sources.names().other_instruments.search(word) for word in words)


def _names(key: str, asset: pystac.Asset, numbered: bool) -> list[tuple[str | None, int, float]]:
    """Return (band, rank, ground resolution) for each band of a file; the key outranks what is said inside."""
    declared = _list(asset, "eo:bands") or _list(asset, "bands")
    ground_m = _ground_m(key, asset)
    named = _by_name(key, numbered)
    if named is not None and len(declared) <= 1:
        return [(named, 0, ground_m)]
    found: list[tuple[str | None, int, float]] = []
    for entry in declared:
        names = [entry.get("common_name"), entry.get("eo:common_name"), entry.get("name")]
        bands = (_by_name(str(name), numbered) for name in names if name)
        found.append((next((band for band in bands if band), None), 1 + (len(declared) > 1), ground_m))
    return found


def _by_name(name: str, numbered: bool) -> str | None:
    known = sources.names()
    common = _COMMON.match(name)
    if common and common[1] in known.common:
        return known.common[common[1]]
    number = _NUMBERED.match(name)
    if number and numbered:
        text = number[1].upper()
        return known.sentinel2.get(text if text in known.sentinel2 or len(text) > 2 else f"B0{text[1]}")
    return None


def _ground_m(key: str, asset: pystac.Asset) -> float:
    raster = _list(asset, "raster:bands")
    stated = asset.extra_fields.get("gsd") or (raster[0].get("spatial_resolution") if raster else None)
    suffix = re.search(r"_(\d+)m$", key)
    return _number(stated) or (float(suffix[1]) if suffix else 10.0)


def _describe(item: pystac.Item, key: str, asset: pystac.Asset, band: str, index: int) -> BandAsset:
    extra = asset.extra_fields
    entries = _list(asset, "raster:bands") or _list(asset, "bands")
    entry = entries[index - 1] if len(entries) >= index else {}

    def stated(name: str) -> float | None:
        values = (source.get(f) for source in (entry, extra) for f in (name, f"raster:{name}"))
        return next((n for n in map(_number, values) if n is not None), None)

    code = extra.get("proj:code") or item.properties.get("proj:code") or ""
    epsg = _number(str(code).removeprefix("EPSG:") or extra.get("proj:epsg") or item.properties.get("proj:epsg"))
    shape, transform = _numbers(extra.get("proj:shape"), 2), _numbers(extra.get("proj:transform"), 6)
    return BandAsset(
        band,
        key,
        asset.href,
        index,
        stated("scale"),
        stated("offset"),
        stated("nodata"),
        int(epsg) if epsg else None,
        (int(shape[0]), int(shape[1])) if shape else None,
        tuple(transform[:6]) if transform else None,
        _lost(extra),
    )


def _lost(extra: dict[str, Any]) -> tuple[str, str] | None:
    told = extra.get("eradication:fetch")
    if not isinstance(told, dict) or told.get("status") != "failed":
        return None
    return str(told.get("reason") or "not_fetched"), str(told.get("detail") or "")


def _list(asset: pystac.Asset, name: str) -> list[dict[str, Any]]:
    value = asset.extra_fields.get(name)
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    """Read a number; archives also write ``"nan"`` and numbers as text."""
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _numbers(value: Any, least: int) -> list[float] | None:
    read = [_number(v) for v in value] if isinstance(value, list) else []
    numbers = [n for n in read if n is not None]
    return numbers if len(numbers) == len(read) >= least else None
