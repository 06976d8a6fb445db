"""Which asset of a STAC item is which band, as data.

Archives name the same band differently: ``red`` (Earth Search), ``B04`` (Planetary Computer, Sentinel Hub),
``B04_10m`` (Copernicus Data Space), ``S2-L2A-B04`` (openEO). The name tables below are all this package knows of it; a
new archive is a new row. What a band *means* is the key of :data:`eradication.raster.BANDS`.
"""

import re
from dataclasses import dataclass
from typing import Any

import pystac

from eradication.raster import BANDS

SCL = "scl"

SENTINEL2_NAMES: dict[str, str] = {
    "B02": "blue",
    "B03": "green",
    "B04": "red",
    "B05": "rededge1",
    "B06": "rededge2",
    "B07": "rededge3",
    "B08": "nir",
    "B8A": "nir08",
    "B11": "swir16",
    "B12": "swir22",
    "SCL": SCL,
}
"""Numbers of Sentinel-2's bands; never applied to other instruments, whose B05 is another colour."""

COMMON_NAMES: dict[str, str] = {
    **{name: name for name in (*BANDS, SCL)},
    "rededge071": "rededge1",
    "rededge075": "rededge2",
    "rededge078": "rededge3",
}
"""Asset keys and common names of the STAC electro-optical extension; its bare ``rededge`` is three bands and no use."""

NOT_DATA = frozenset({"visual", "overview", "thumbnail", "metadata"})
"""Roles of assets whose pixels are pictures or text."""

_OTHER_INSTRUMENT = re.compile(r"landsat|^L[COTE]0\d_|HLS\.?L30|modis|planetscope|^G\d+-LPCLOUD", re.IGNORECASE)
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


def resolve(item: pystac.Item) -> dict[str, BandAsset]:
    """Return the bands of an item by their canonical names, the finest asset of each."""
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


def _is_other_instrument(item: pystac.Item) -> bool:
    words = [item.id, item.collection_id or ""]
    words += [str(item.properties.get(name, "")) for name in ("platform", "constellation", "instruments")]
    return any(_OTHER_INSTRUMENT.search(word) for word in words)


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
    common = _COMMON.match(name)
    if common and common[1] in COMMON_NAMES:
        return COMMON_NAMES[common[1]]
    number = _NUMBERED.match(name)
    if number and numbered:
        text = number[1].upper()
        return SENTINEL2_NAMES.get(text if text in SENTINEL2_NAMES or len(text) > 2 else f"B0{text[1]}")
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
    )


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
