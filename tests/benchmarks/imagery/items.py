"""STAC items of simulated sets, named as Earth Search names its own, complete, and marked as simulated."""

import json
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from benchmarks.imagery.chips import COARSE, FINE
from benchmarks.imagery.cog import Place

from eradication import geo
from eradication.simulation import LABEL
from eradication.simulation.acquisitions import Acquisition

COLLECTION = "sentinel-2-l2a"
FILES = {
    "blue": "B02.tif",
    "green": "B03.tif",
    "red": "B04.tif",
    "rededge1": "B05.tif",
    "rededge2": "B06.tif",
    "rededge3": "B07.tif",
    "nir": "B08.tif",
    "nir08": "B8A.tif",
    "swir16": "B11.tif",
    "swir22": "B12.tif",
    "scl": "SCL.tif",
}
_EXTENSIONS = [
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in ("eo/v1.1.0", "grid/v1.1.0", "projection/v2.0.0", "raster/v1.1.0", "view/v1.0.0")
]
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def name_of(pass_: Acquisition, tile: str) -> str:
    """Return an item's id."""
    return f"{pass_.id[:3]}_{tile}_{pass_.when:%Y%m%d}_0_L2A_SIM"


def item(pass_: Acquisition, tile: str, place: Place, shape: tuple[int, int]) -> dict[str, Any]:
    """Return one item.

    Args:
        pass_: when, under which sun, with which offset.
        tile: its name in the archive's grid.
        place: of the 10 m bands.
        shape: rows and columns of the 10 m bands.
    """
    name = name_of(pass_, tile)
    outline = _outline(place, shape)
    # Tiles of one pass are taken one after the other, seconds apart.
    when = pass_.when + timedelta(seconds=14 * (tile[4] == "H"))
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": _EXTENSIONS,
        "id": name,
        "collection": COLLECTION,
        "geometry": shapely.geometry.mapping(outline),
        "bbox": list(outline.bounds),
        "properties": _properties(pass_, name, when.isoformat().replace("+00:00", "Z")),
        "links": [],
        "assets": {band: _asset(pass_, band, place, shape) for band in (*FINE, *COARSE, "scl")},
    }


def _outline(place: Place, shape: tuple[int, int]) -> shapely.Polygon:
    rows, columns = shape
    east, south = place.west + columns * place.pixel_m, place.north - rows * place.pixel_m
    box = shapely.box(place.west, south, east, place.north)
    return shapely.orient_polygons(geo.project(box, place.epsg, geo.WGS84))  # type: ignore[return-value]


def _properties(pass_: Acquisition, name: str, when: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": f"{name}, {LABEL}",
        "description": LABEL,
        "eradication:simulated": True,
        "datetime": when,
        "platform": "sentinel-2a" if name.startswith("S2A") else "sentinel-2b",
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "grid:code": f"MGRS-{name.split('_')[1]}",
        "proj:code": "EPSG:32648",
        "eo:cloud_cover": round(100.0 * pass_.cloud_share, 2),
        "view:sun_elevation": round(90.0 - float(np.degrees(pass_.sun_zenith)), 4),
        "view:sun_azimuth": round(float(np.degrees(pass_.sun_azimuth)), 4),
        "s2:processing_baseline": pass_.baseline,
        "s2:sequence": "0",
    }
    if pass_.flag is not None:
        properties["earthsearch:boa_offset_applied"] = pass_.flag
    return properties


def _asset(pass_: Acquisition, band: str, place: Place, shape: tuple[int, int]) -> dict[str, Any]:
    step = 1 if band in FINE else 2
    pixel_m = place.pixel_m * step
    raster: dict[str, Any] = {"nodata": 0, "data_type": "uint8", "spatial_resolution": pixel_m}
    if band != "scl":
        # As in the archive this imitates, the offset is named even where the flag says it was applied already.
        offset = -0.1 if float(pass_.baseline) >= 4.0 else 0.0
        raster |= {"data_type": "uint16", "bits_per_sample": 15, "scale": 0.0001, "offset": offset}
    asset: dict[str, Any] = {
        "href": f"./{FILES[band]}",
        "type": _COG,
        "title": f"{band}, {LABEL}",
        "roles": ["data"] if band == "scl" else ["data", "reflectance"],
        "proj:shape": [shape[0] // step, shape[1] // step],
        "proj:transform": [pixel_m, 0.0, place.west, 0.0, -pixel_m, place.north],
        "raster:bands": [raster],
    }
    if band != "scl":
        common = "rededge" if band.startswith("rededge") else band
        asset["eo:bands"] = [{"name": band, "common_name": common}]
    return asset


def write_catalog(folder: Path, items: Iterable[dict[str, Any]]) -> None:
    """Write a static catalog: ``catalog.json``, the collection, one file per item."""
    home = folder / COLLECTION
    links, boxes, times = [], [], []
    for one in items:
        at = home / one["id"]
        at.mkdir(parents=True, exist_ok=True)
        one["links"] = [{"rel": "collection", "href": "../collection.json", "type": "application/json"}]
        (at / f"{one['id']}.json").write_text(json.dumps(one, ensure_ascii=False), encoding="utf-8")
        links.append({"rel": "item", "href": f"./{one['id']}/{one['id']}.json", "type": "application/geo+json"})
        boxes.append(one["bbox"])
        times.append(one["properties"]["datetime"])
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    collection = {
        "type": "Collection",
        "stac_version": "1.0.0",
        "id": COLLECTION,
        "title": f"Sentinel-2 L2A, {LABEL}",
        "description": f"{LABEL}: computed reflectance of a simulated landscape; no satellite took these images.",
        "license": "CC0-1.0",
        "eradication:simulated": True,
        "extent": {
            "spatial": {"bbox": [[*low[:2].tolist(), *high[2:].tolist()]]},
            "temporal": {"interval": [[min(times), max(times)]]},
        },
        "links": links,
    }
    catalog = {
        "type": "Catalog",
        "stac_version": "1.0.0",
        "id": "simulated",
        "title": LABEL,
        "description": f"{LABEL}: imagery to measure speed on",
        "links": [{"rel": "child", "href": f"./{COLLECTION}/collection.json", "type": "application/json"}],
    }
    for path, document in ((home / "collection.json", collection), (folder / "catalog.json", catalog)):
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def write_part(folder: Path, names: Collection[str], target: Path) -> None:
    """Write an item collection, beside ``catalog.json``, of some items of a catalog that is there."""
    chosen = []
    for name in sorted(names):
        one = json.loads((folder / COLLECTION / name / f"{name}.json").read_text(encoding="utf-8"))
        for asset in one["assets"].values():
            asset["href"] = f"./{COLLECTION}/{name}/{asset['href'].removeprefix('./')}"
        one["links"] = []
        chosen.append(one)
    target.write_text(json.dumps({"type": "FeatureCollection", "features": chosen}), encoding="utf-8")
