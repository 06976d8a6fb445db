"""The chip's ground as a height model beside the imagery: a cloud-optimised GeoTIFF and its STAC item."""

from pathlib import Path

import numpy as np
import pystac
import rasterio
import shapely

from eradication import geo
from eradication.simulation.recipe import LABEL
from eradication.simulation.world import World

NODATA = -9999.0
NAME = "dem"


def write(world: World, folder: Path) -> Path:
    """Write ``dem.tif`` (heights in metres on the 10 m grid, without error) and ``dem.json``; return the item's path.

    Args:
        world: what to show.
        folder: created if absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    heights = world.terrain.elevation_m.astype(np.float32)
    with rasterio.open(
        folder / f"{NAME}.tif",
        "w",
        driver="COG",
        height=heights.shape[0],
        width=heights.shape[1],
        count=1,
        dtype="float32",
        crs=f"EPSG:{geo.UTM48}",
        transform=world.geobox.affine,
        nodata=NODATA,
        compress="deflate",
        predictor="3",
        blocksize=256,
        overviews="none",
    ) as target:
        target.write(heights, 1)
    path = folder / f"{NAME}.json"
    _item(world, path).save_object(include_self_link=False, dest_href=str(path))
    return path


def _item(world: World, path: Path) -> pystac.Item:
    west, north = world.corner
    side = abs(world.geobox.affine.a) * world.recipe.size_px
    square = shapely.box(west, north - side, west + side, north)
    outline = shapely.orient_polygons(geo.project(square, geo.UTM48, geo.WGS84))
    begin, _ = world.recipe.season.imagery_window
    properties = {
        "title": f"Heights, {LABEL}",
        "description": LABEL,
        "eradication:simulated": True,
        "proj:code": f"EPSG:{geo.UTM48}",
    }
    item = pystac.Item(NAME, shapely.geometry.mapping(outline), list(outline.bounds), begin, properties)
    asset = pystac.Asset(
        f"./{NAME}.tif",
        title=f"Heights in metres, {LABEL}",
        media_type=pystac.MediaType.COG,
        roles=["data", "elevation"],
    )
    item.add_asset("data", asset)
    item.set_self_href(str(path))
    return item
