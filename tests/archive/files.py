"""Small Sentinel-2 archives on disk: real COGs, described as Earth Search, Planetary Computer and Copernicus do.

A :class:`Product` is one tile of one overflight in one processing; what its pixels must be follows from
:mod:`archive.ground`, so every test has its oracle. What an archive *says* of the offset since baseline 04.00 and what
its pixels *hold* are set apart, because in the wild they differ: items of Earth Search state the flag wrongly in both
directions, and keep ``raster:bands`` offset −0.1 on files it was subtracted from.
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from archive import ground
from imagery_factory import Item, Place

from eradication.raster import BANDS

NUMBERS = dict(
    zip(
        (*BANDS, "scl"),
        ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12", "SCL"),
        strict=True,
    )
)
"""Names of this project → Sentinel-2's own."""

type Said = Literal["truth", "shifted", "raw", "nothing"]


@dataclass(frozen=True)
class Convention:
    """How one archive names bands and describes an item."""

    collection: str
    names: dict[str, str]
    """Band → asset key."""
    product_id: Callable[["Product"], str]
    properties: Callable[["Product"], dict[str, Any]]
    asset: Callable[["Product", str], dict[str, Any]]
    """More fields of a band's asset."""
    checksums: bool = False
    """Assets carry ``file:size`` and ``file:checksum`` (MD5 as a multihash)."""


@dataclass(frozen=True)
class Tile:
    """A tile of the MGRS grid, much smaller than life."""

    name: str
    """``48QUJ``"""
    place: Place


WEST = Tile("48QUJ", Place(386_400, 2_358_800, 64, 64))
EAST = Tile("48QVJ", Place(386_840, 2_358_700, 64, 64))
"""Overlaps :data:`WEST` by 20 columns, 10 rows lower."""
ABROAD = Tile("47QRD", Place(1_009_560, 2_366_300, 64, 64, 32647))
"""Of zone 47, over ground of the other two. (Real tiles of that zone end further west; the mathematics is the same.)"""
TILES = (WEST, EAST, ABROAD)


@dataclass(frozen=True)
class Product:
    """One tile of one overflight, processed once."""

    when: str
    """``2026-01-05T03:40:11Z``"""
    tile: Tile = WEST
    archive: Convention = field(default_factory=lambda: EARTH_SEARCH)
    baseline: str = "05.11"
    shifted: bool = False
    """The archive has subtracted the 1000 counts that baselines ≥ 04.00 add."""
    says: Said = "truth"
    """What the item says of it; Planetary Computer has no words for it, only the baseline."""
    platform: str = "sentinel-2a"
    cloud_share: float = 0.0
    bands: tuple[str, ...] = (*BANDS, "scl")
    gap_columns: int = 0
    """10 m columns at the eastern edge that the swath did not reach: nodata in every band; even."""
    block: int = 128
    """Blocks of the files in pixels; the COG driver knows none below 128."""

    @property
    def id(self) -> str:
        return self.archive.product_id(self)

    @property
    def day(self) -> date:
        return self.time.date()

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.when).astimezone(UTC)

    @property
    def is_new(self) -> bool:
        """Is it of the baselines that add 1000 counts?"""
        return self.baseline >= "04.00"

    @property
    def stored_offset(self) -> float:
        """What the pixels hold too much, as reflectance."""
        return 0.1 if self.is_new and not self.shifted else 0.0

    @property
    def said_shifted(self) -> bool | None:
        if self.says == "nothing":
            return None
        return self.shifted if self.says == "truth" else self.says == "shifted"

    def reflectance(self, band: str) -> npt.NDArray[np.float64]:
        """Return what every pixel of a band must be, NaN beyond the swath, before counts are rounded to 0.0001."""
        values = ground.reflectance(self.tile.place, band, self.day, self.cloud_share)
        values[:, self._swath(band) :] = np.nan
        return values

    def counts(self, band: str) -> npt.NDArray[Any]:
        """Return what the file of a band holds: uint16, or uint8 scene classes; 0 beyond the swath."""
        if band == "scl":
            classes = ground.classes(self.tile.place, self.day, self.cloud_share)
            classes[:, self._swath(band) :] = ground.NODATA
            return classes
        values = np.round((self.reflectance(band) + self.stored_offset) * 10_000)
        return np.nan_to_num(np.clip(values, 1, 65_535), nan=0).astype(np.uint16)

    def _swath(self, band: str) -> int:
        return round((self.tile.place.columns - self.gap_columns) * 10 / ground.pixel_m(band))

    def item(self) -> Item:
        """Return it ready to be written."""
        return Item(
            self.id,
            self.when,
            {band: self.counts(band) for band in self.bands},
            self.tile.place,
            properties=self.archive.properties(self),
            names={band: self.archive.names[band] for band in self.bands},
            pixel_m={band: ground.pixel_m(band) for band in self.bands},
            extra={band: self._place_of(band) | self.archive.asset(self, band) for band in self.bands},
            collection=self.archive.collection,
            block=self.block,
            cog=True,
        )

    def _place_of(self, band: str) -> dict[str, Any]:
        pixel = ground.pixel_m(band)
        place = self.tile.place
        return {
            "type": "image/tiff; application=geotiff; profile=cloud-optimized",
            "gsd": int(pixel),
            "proj:shape": [round(place.rows * 10 / pixel), round(place.columns * 10 / pixel)],
            "proj:transform": list(place.transform(pixel))[:6],
        }

    def stamp(self) -> str:
        return f"{self.time:%Y%m%dT%H%M%S}"


def _uri(product: Product) -> str:
    satellite = "S" + product.platform[-2:].upper()
    number = product.baseline.replace(".", "")
    return f"{satellite}_MSIL2A_{product.stamp()}_N{number}_R018_T{product.tile.name}_{product.time:%Y%m%d}T101500"


def _common(product: Product) -> dict[str, Any]:
    tile = product.tile.name
    classes = product.counts("scl")
    return {
        "platform": product.platform,
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "created": f"{product.time:%Y-%m-%dT18:00:00Z}",
        "eo:cloud_cover": round(100 * float((classes == ground.CLOUD).mean()), 2),
        "grid:code": f"MGRS-{tile}",
        "sat:relative_orbit": 18,
    }


def _earth_search_id(product: Product) -> str:
    return f"S{product.platform[-2:].upper()}_{product.tile.name}_{product.time:%Y%m%d}_0_L2A"


def _earth_search(product: Product) -> dict[str, Any]:
    tile = product.tile.name
    said = product.said_shifted
    return _common(product) | {
        "proj:epsg": product.tile.place.epsg,
        "mgrs:utm_zone": int(tile[:2]),
        "mgrs:latitude_band": tile[2],
        "mgrs:grid_square": tile[3:],
        "s2:product_type": "S2MSI2A",
        "s2:processing_baseline": product.baseline,
        "s2:product_uri": f"{_uri(product)}.SAFE",
        "s2:nodata_pixel_percentage": round(100 * float((product.counts("scl") == 0).mean()), 2),
        **({} if said is None else {"earthsearch:boa_offset_applied": said}),
    }


def _earth_search_asset(product: Product, band: str) -> dict[str, Any]:
    if band == "scl":
        return {"raster:bands": [{"nodata": 0, "data_type": "uint8", "spatial_resolution": 20}]}
    stated: dict[str, Any] = {"nodata": 0, "data_type": "uint16", "bits_per_sample": 15, "scale": 0.0001}
    stated["spatial_resolution"] = int(ground.pixel_m(band))
    if product.says != "nothing":
        # As in the archive: −0.1 since 04.00, also where the flag says that it was subtracted.
        stated["offset"] = -0.1 if product.is_new else 0
    return {"raster:bands": [stated], "eo:bands": [{"name": NUMBERS[band], "common_name": band}]}


def _collection_1(product: Product) -> dict[str, Any]:
    kept = _earth_search(product)
    kept.pop("earthsearch:boa_offset_applied", None)
    return kept


def _collection_1_asset(product: Product, band: str) -> dict[str, Any]:
    asset = _earth_search_asset(product, band)
    if band != "scl" and product.said_shifted is not None:
        asset["raster:bands"][0]["offset"] = -0.1 if product.is_new and not product.said_shifted else 0
    return asset


def _planetary(product: Product) -> dict[str, Any]:
    return _common(product) | {
        "platform": product.platform.capitalize().replace("2a", "2A").replace("2b", "2B"),
        "constellation": "Sentinel 2",
        "proj:epsg": product.tile.place.epsg,
        "s2:mgrs_tile": product.tile.name,
        "s2:product_type": "S2MSI2A",
        "s2:processing_baseline": product.baseline,
        "s2:product_uri": f"{_uri(product)}.SAFE",
        "s2:generation_time": f"{product.time:%Y-%m-%dT10:15:00.000Z}",
    }


def _planetary_asset(product: Product, band: str) -> dict[str, Any]:
    number = NUMBERS[band]
    return {"title": f"Band {number}", **({} if band == "scl" else {"eo:bands": [{"name": number}]})}


def _copernicus(product: Product) -> dict[str, Any]:
    return _common(product) | {
        "processing:version": product.baseline,
        "processing:level": "L2",
        "product:type": "S2MSI2A",
        "sat:orbit_state": "descending",
        "view:sun_elevation": 41.5,
        "view:sun_azimuth": 152.0,
    }


def _copernicus_asset(product: Product, band: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"proj:code": f"EPSG:{product.tile.place.epsg}", "nodata": 0}
    fields["data_type"] = "uint8" if band == "scl" else "uint16"
    if band == "scl":
        return fields
    fields |= {"bands": [{"name": NUMBERS[band], "eo:common_name": band}], "raster:scale": 0.0001}
    if product.said_shifted is not None:
        fields["raster:offset"] = -0.1 if product.is_new and not product.said_shifted else 0
    return fields


EARTH_SEARCH = Convention(
    "sentinel-2-l2a", {name: name for name in (*BANDS, "scl")}, _earth_search_id, _earth_search, _earth_search_asset
)
EARTH_SEARCH_C1 = Convention(
    "sentinel-2-c1-l2a",
    {name: name for name in (*BANDS, "scl")},
    lambda p: f"S{p.platform[-2:].upper()}_T{p.tile.name}_{p.stamp()}_L2A",
    _collection_1,
    _collection_1_asset,
)
PLANETARY_COMPUTER = Convention(
    "sentinel-2-l2a", NUMBERS, lambda p: _uri(p).replace(f"_N{p.baseline.replace('.', '')}", ""), _planetary,
    _planetary_asset,
)  # fmt: skip
COPERNICUS = Convention(
    "sentinel-2-l2a",
    {band: f"{number}_{int(ground.pixel_m(band))}m" for band, number in NUMBERS.items()},
    _uri,
    _copernicus,
    _copernicus_asset,
    checksums=True,
)
ARCHIVES = {
    "earth-search": EARTH_SEARCH,
    "earth-search-c1": EARTH_SEARCH_C1,
    "planetary-computer": PLANETARY_COMPUTER,
    "copernicus": COPERNICUS,
}


@dataclass(frozen=True)
class Written:
    """An archive on disk: ``<folder>/<item id>/<files>``, and ``items.json`` with relative addresses."""

    folder: Path
    products: tuple[Product, ...]
    relative: tuple[dict[str, Any], ...]

    def documents(self, base: str = "") -> list[dict[str, Any]]:
        """Return the items with their assets under an address (``http://127.0.0.1:1234``), or as relative paths."""
        documents = copy.deepcopy(list(self.relative))
        for document in documents if base else ():
            for asset in document["assets"].values():
                asset["href"] = base.rstrip("/") + asset["href"].removeprefix(".")
        return documents

    @property
    def items(self) -> Path:
        """Path of the item collection."""
        return self.folder / "items.json"

    def path(self, product: Product, band: str) -> str:
        """Return the path of a file below the folder, with a leading slash: also its path on a server."""
        return f"/{product.id}/{product.id}_{band}.tif"

    def file(self, product: Product, band: str) -> Path:
        return self.folder / self.path(product, band)[1:]


def write_archive(folder: Path, products: Iterable[Product]) -> Written:
    """Write every product's files and the item collection."""
    products = tuple(products)
    documents = tuple(_write(folder, product) for product in products)
    text = json.dumps({"type": "FeatureCollection", "features": documents})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "items.json").write_text(text)
    return Written(folder, products, documents)


def _write(folder: Path, product: Product) -> dict[str, Any]:
    document = product.item().write(folder / product.id)
    for band in product.bands:
        asset = document["assets"][product.archive.names[band]]
        asset["href"] = f"./{product.id}/{asset['href'].removeprefix('./')}"
        if product.archive.checksums:
            content = (folder / asset["href"]).read_bytes()
            asset["file:size"] = len(content)
            asset["file:checksum"] = "d50110" + hashlib.md5(content, usedforsecurity=False).hexdigest()
    # A picture that nobody should fetch: its file does not exist.
    picture = {"href": f"./{product.id}/preview.jpg", "type": "image/jpeg", "roles": ["thumbnail"]}
    return document | {"assets": {**document["assets"], "thumbnail": picture}}


def one_pass(when: str, tiles: Sequence[Tile] = TILES, like: Product | None = None) -> list[Product]:
    """Return the tiles of one overflight, a few seconds apart."""
    first = replace(like, when=when) if like else Product(when)
    start = first.time.timestamp()
    seconds = [datetime.fromtimestamp(start + 7 * number, UTC) for number in range(len(tiles))]
    return [replace(first, tile=tile, when=f"{s:%Y-%m-%dT%H:%M:%SZ}") for tile, s in zip(tiles, seconds, strict=True)]


SEASON_DAYS = ("2025-05-14", "2025-10-16", "2025-11-05", "2025-11-15", "2026-01-14", "2026-02-13", "2026-03-15")
"""Seven overflights of season 2025-2026 with gaps of weeks."""


def season(archive: Convention = EARTH_SEARCH, tiles: Sequence[Tile] = TILES, **fields: Any) -> list[Product]:
    """Return a season of mixed processing: every third overflight old, every third raw, every third shifted.

    Planetary Computer and Copernicus never shift, so there the last third is raw too.
    """
    shifts = archive is EARTH_SEARCH
    kinds: list[dict[str, Any]] = [{"baseline": "03.01"}, {}, {"shifted": shifts}]
    products: list[Product] = []
    for number, day in enumerate(SEASON_DAYS):
        platform = "sentinel-2b" if number % 2 else "sentinel-2a"
        like = replace(Product(""), archive=archive, platform=platform, **kinds[number % 3], **fields)
        products += one_pass(f"{day}T03:40:11Z", tiles, like)
    return products
