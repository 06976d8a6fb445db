"""The season as an archive: a static STAC catalog of cloud-optimised GeoTIFFs, named as Earth Search names them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pystac
import rasterio
import shapely
from rasterio.transform import Affine

from eradication import geo
from eradication.progress import Tick, silent
from eradication.raster import BANDS
from eradication.simulation.acquisitions import Acquisition
from eradication.simulation.recipe import LABEL
from eradication.simulation.render import BANDS_10M, Scene, scene
from eradication.simulation.terrain import PIXEL_M
from eradication.simulation.world import World

COLLECTION = "sentinel-2-l2a"
COG_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"
EXTENSIONS = [
    "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "https://stac-extensions.github.io/grid/v1.1.0/schema.json",
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
]
CENTRE_UM = (0.490, 0.560, 0.665, 0.704, 0.740, 0.783, 0.842, 0.865, 1.610, 2.190)


def write(world: World, folder: Path, *, tick: Tick = silent) -> Path:
    """Write catalog, collection, items and images under ``folder``; return the path of ``catalog.json``.

    Args:
        world: what to show.
        folder: created if absent.
        tick: called after every item.
    """
    catalog = pystac.Catalog("simulated", f"{LABEL}: eradication, {world.recipe.season}", title=LABEL)
    collection = _collection(world)
    catalog.add_child(collection)
    for done, acquisition in enumerate(world.acquisitions, start=1):
        at = folder / COLLECTION / acquisition.id
        at.mkdir(parents=True, exist_ok=True)
        shot = scene(world, acquisition)
        for band in BANDS:
            write_cog(at / f"{band}.tif", shot.bands[band], world)
        write_cog(at / "scl.tif", shot.scl, world)
        collection.add_item(_item(world, shot))
        tick(done, len(world.acquisitions))
    catalog.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)
    return folder / "catalog.json"


def write_cog(path: Path, values: npt.NDArray[np.uint16] | npt.NDArray[np.uint8], world: World) -> None:
    """Write one band, shape (y, x), as a tiled, deflated GeoTIFF that is a valid COG; 0 is nodata."""
    with rasterio.open(
        path,
        "w",
        driver="COG",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs=f"EPSG:{geo.UTM48}",
        transform=_affine(world, values.shape[0]),
        nodata=0,
        compress="deflate",
        predictor="2",
        level=1,
        blocksize=256,
        overviews="none",
    ) as target:
        target.write(values, 1)


def _affine(world: World, rows: int) -> Affine:
    west, north = world.corner
    step = PIXEL_M * world.recipe.size_px / rows
    return Affine(step, 0.0, west, 0.0, -step, north)


def _footprint(world: World) -> shapely.Polygon:
    side = world.recipe.size_px * PIXEL_M
    square = world.to_utm(shapely.box(0.0, 0.0, side, side))
    return shapely.orient_polygons(geo.project(square, geo.UTM48, geo.WGS84))  # type: ignore[return-value]


def _collection(world: World) -> pystac.Collection:
    begin, end = world.recipe.season.imagery_window
    extent = pystac.Extent(
        pystac.SpatialExtent([list(_footprint(world).bounds)]), pystac.TemporalExtent([[begin, end]])
    )
    return pystac.Collection(
        COLLECTION,
        f"{LABEL}: computed reflectance of a simulated landscape; no satellite took these images.",
        extent,
        title=f"Sentinel-2 L2A, {LABEL}",
        license="CC0-1.0",
        keywords=["mô phỏng", "simulated"],
        extra_fields={"eradication:simulated": True, "eradication:recipe_seed": world.recipe.seed},
    )


def _item(world: World, shot: Scene) -> pystac.Item:
    pass_ = shot.acquisition
    outline = _footprint(world)
    item = pystac.Item(
        pass_.id,
        shapely.geometry.mapping(outline),
        list(outline.bounds),
        pass_.when,
        _properties(world, shot),
        stac_extensions=EXTENSIONS,
    )
    for k, band in enumerate(BANDS):
        item.add_asset(band, _asset(world, pass_, band, CENTRE_UM[k]))
    rows = world.recipe.size_px // 2
    item.add_asset(
        "scl",
        pystac.Asset(
            "./scl.tif",
            title=f"Scene classification, {LABEL}",
            media_type=COG_TYPE,
            roles=["data"],
            extra_fields={
                **_grid(world, rows),
                "raster:bands": [{"nodata": 0, "data_type": "uint8", "spatial_resolution": 20}],
            },
        ),
    )
    return item


def _properties(world: World, shot: Scene) -> dict[str, object]:
    pass_ = shot.acquisition
    properties: dict[str, object] = {
        "title": f"{pass_.id}, {LABEL}",
        "description": LABEL,
        "eradication:simulated": True,
        "platform": "sentinel-2a" if pass_.id.startswith("S2A") else "sentinel-2b",
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "grid:code": f"MGRS-{pass_.id.split('_')[1]}",
        "proj:code": f"EPSG:{geo.UTM48}",
        "eo:cloud_cover": shot.cloud_percent,
        "view:sun_elevation": round(90.0 - float(np.degrees(pass_.sun_zenith)), 4),
        "view:sun_azimuth": round(float(np.degrees(pass_.sun_azimuth)), 4),
        "s2:processing_baseline": pass_.baseline,
        "s2:sequence": "0",
    }
    if pass_.flag is not None:
        properties["earthsearch:boa_offset_applied"] = pass_.flag
    return properties


def _grid(world: World, rows: int) -> dict[str, object]:
    return {"proj:shape": [rows, rows], "proj:transform": list(_affine(world, rows))[:6]}


def _asset(world: World, pass_: Acquisition, band: str, centre: float) -> pystac.Asset:
    fine = band in BANDS_10M
    # As in the archive this imitates, raster:bands names the offset even where the flag says it was applied already.
    raster = {
        "nodata": 0,
        "data_type": "uint16",
        "bits_per_sample": 15,
        "spatial_resolution": 10 if fine else 20,
        "scale": 0.0001,
        "offset": -0.1 if float(pass_.baseline) >= 4.0 else 0.0,
    }
    return pystac.Asset(
        f"./{band}.tif",
        title=f"{band}, {LABEL}",
        media_type=COG_TYPE,
        roles=["data", "reflectance"],
        extra_fields={
            **_grid(world, world.recipe.size_px if fine else world.recipe.size_px // 2),
            "eo:bands": [{"name": band, "common_name": _common(band), "center_wavelength": centre}],
            "raster:bands": [raster],
        },
    )


def _common(band: str) -> str:
    return "rededge" if band.startswith("rededge") else band
