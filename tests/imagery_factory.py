"""Write small STAC catalogs with GeoTIFFs for tests: every pixel is chosen by the test."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from pyproj import Transformer

from eradication.raster import BANDS

KINDS: dict[str, dict[str, float]] = {
    kind: dict(zip(("share", *BANDS), numbers, strict=True))
    for kind, numbers in {
        "forest": (0.60, 0.020, 0.045, 0.028, 0.070, 0.220, 0.280, 0.300, 0.310, 0.150, 0.065),
        "crop": (0.16, 0.035, 0.070, 0.050, 0.100, 0.280, 0.350, 0.380, 0.390, 0.200, 0.100),
        "soil": (0.20, 0.070, 0.100, 0.140, 0.170, 0.190, 0.210, 0.230, 0.240, 0.300, 0.250),
        "water": (0.04, 0.030, 0.030, 0.015, 0.012, 0.010, 0.009, 0.008, 0.007, 0.004, 0.003),
    }.items()
}
"""Kind of ground → its usual share, and its reflectance by band."""

S2_20M = ("rededge1", "rededge2", "rededge3", "nir08", "swir16", "swir22", "scl")


@dataclass(frozen=True)
class Place:
    """Upper left corner, 10 m size and CRS of a chip."""

    east: float = 386_400.0
    north: float = 2_358_800.0
    rows: int = 40
    columns: int = 50
    epsg: int = 32648

    def moved(self, *, columns: int = 0, rows: int = 0) -> "Place":
        """Return the place shifted by 10 m pixels, east and south."""
        return Place(self.east + 10 * columns, self.north - 10 * rows, self.rows, self.columns, self.epsg)

    def transform(self, pixel_m: float = 10.0) -> Affine:
        return Affine(pixel_m, 0, self.east, 0, -pixel_m, self.north)

    def footprint(self) -> dict[str, Any]:
        to_lonlat = Transformer.from_crs(self.epsg, 4326, always_xy=True)
        west, north, east, south = (
            self.east,
            self.north,
            self.east + 10 * self.columns,
            self.north - 10 * self.rows,
        )
        ring = [(west, north), (east, north), (east, south), (west, south), (west, north)]
        return {"type": "Polygon", "coordinates": [[list(to_lonlat.transform(x, y)) for x, y in ring]]}


@dataclass
class Item:
    """A STAC item to be written; ``bands`` hold raw numbers of shape (y, x)."""

    id: str
    when: str
    bands: dict[str, npt.NDArray[Any]]
    place: Place = field(default_factory=Place)
    properties: dict[str, Any] = field(default_factory=lambda: {"s2:processing_baseline": "03.01"})
    raster_bands: dict[str, Any] | None = None
    """``raster:bands[0]`` of every band but ``scl``."""
    names: dict[str, str] = field(default_factory=dict)
    """Asset key of a band, if it is not the band's own name."""
    pixel_m: dict[str, float] = field(default_factory=dict)
    extra: dict[str, dict[str, Any]] = field(default_factory=dict)
    """More fields of a band's asset."""
    nodata: float | None = 0
    collection: str = ""
    block: int = 16
    """Size of the files' blocks in pixels."""
    cog: bool = False
    """Cloud-optimised files with predictor and overviews, as archives keep them."""

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the GeoTIFFs into ``folder``; return the item with relative hrefs."""
        folder.mkdir(parents=True, exist_ok=True)
        assets = {}
        for band, values in self.bands.items():
            name = f"{self.id}_{band}.tif"
            self.write_tif(folder / name, values, self.pixel_m.get(band, 10.0))
            assets[self.names.get(band, band)] = self._asset(band, name)
        return {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": self.id,
            **({"collection": self.collection} if self.collection else {}),
            "geometry": self.place.footprint(),
            "bbox": _bbox(self.place.footprint()),
            "properties": {"datetime": self.when, "platform": "sentinel-2a", **self.properties},
            "links": [],
            "assets": assets,
        }

    def _asset(self, band: str, name: str) -> dict[str, Any]:
        asset: dict[str, Any] = {"href": f"./{name}", "type": "image/tiff", "roles": ["data"]}
        if self.raster_bands is not None and band != "scl":
            asset["raster:bands"] = [self.raster_bands]
        return asset | self.extra.get(band, {})

    def write_tif(self, path: Path, values: npt.NDArray[Any], pixel_m: float = 10.0) -> None:
        """Write one tiled, compressed GeoTIFF."""
        layout: dict[str, Any] = {"driver": "GTiff", "tiled": True, "blockxsize": self.block, "blockysize": self.block}
        if self.cog:
            layout = {"driver": "COG", "blocksize": self.block, "predictor": "YES", "overview_resampling": "nearest"}
        with rasterio.open(
            path,
            "w",
            **layout,
            height=values.shape[0],
            width=values.shape[1],
            count=1,
            dtype=values.dtype,
            crs=f"EPSG:{self.place.epsg}",
            transform=self.place.transform(pixel_m),
            nodata=self.nodata,
            compress="deflate",
        ) as file:
            file.write(values, 1)


def _bbox(footprint: dict[str, Any]) -> list[float]:
    ring = np.array(footprint["coordinates"][0])
    return [*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist()]


def write_catalog(folder: Path, items: Sequence[Item]) -> Path:
    """Write a catalog with one folder per item; return its ``catalog.json``."""
    links = []
    for item in items:
        path = folder / item.id / f"{item.id}.json"
        document = item.write(path.parent)
        path.write_text(json.dumps(document))
        links.append({"rel": "item", "href": f"./{item.id}/{item.id}.json"})
    return write_links(folder / "catalog.json", links)


def write_links(path: Path, links: list[dict[str, str]]) -> Path:
    """Write a catalog that only links."""
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": "test", "description": "test", "links": links}
    path.write_text(json.dumps(catalog))
    return path


def write_collection(folder: Path, items: Sequence[Item]) -> Path:
    """Write all items and files into one folder as an item collection."""
    path = folder / "items.json"
    features = [item.write(folder) for item in items]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def coded(number: int, band: int, place: Place, pixel_m: float = 10.0) -> npt.NDArray[np.uint16]:
    """Return raw numbers that tell item, band and position (counted on the band's own pixels)."""
    rows, columns = round(place.rows * 10 / pixel_m), round(place.columns * 10 / pixel_m)
    y, x = np.mgrid[:rows, :columns]
    return (1 + y * columns + x + band * 4000 + number * 17).astype(np.uint16)


def scene(
    place: Place, seed: int = 0, forest_share: float = 0.6, haze: float = 0.0
) -> dict[str, npt.NDArray[np.float64]]:
    """Return plausible surface reflectance: forest, fields, bare soil and a little water, with noise."""
    rng = np.random.default_rng(seed)
    names = ("blue", "green", "red", "nir", "swir16", "swir22")
    table = np.array([[kind[name] for name in names] for kind in KINDS.values()])
    other = 1 - forest_share
    shares = np.array([forest_share, other * 0.4, other * 0.5, other * 0.1])
    which = rng.choice(len(KINDS), size=(place.rows, place.columns), p=shares / shares.sum())
    # Haze scatters blue light more than infrared.
    added = haze * np.array([1.4, 1.2, 1.0, 0.5, 0.12, 0.06])
    bands = {}
    for number, name in enumerate(names):
        noise = 1 + 0.12 * rng.standard_normal(which.shape)
        bands[name] = np.clip(table[which, number] * noise + added[number], 0.0005, 1.2)
    bands["vegetation"] = (which < 2).astype(float)
    return bands


def raw(
    reflectance: dict[str, npt.NDArray[np.float64]], *, stored_offset: float, scl: bool = True
) -> dict[str, npt.NDArray[Any]]:
    """Return counts as an archive stores them: 10000·(reflectance + ``stored_offset``), and scene classes."""
    bands: dict[str, npt.NDArray[Any]] = {
        name: np.clip(np.round((values + stored_offset) * 10_000), 1, 65_535).astype(np.uint16)
        for name, values in reflectance.items()
        if name != "vegetation"
    }
    if scl:
        bands["scl"] = np.where(reflectance["vegetation"] > 0, 4, 5).astype(np.uint8)
    return bands
