"""Declared parcels of a simulated country, with the real codes of EuroCrops: nothing of it was ever grown.

A world of large plots stands in for a country where poppy is legal: its plots are declared as poppy, its fields as
what grows there. Made for tests and the notebook of the legal-poppy recipe.
"""

from pathlib import Path

import geopandas
import numpy as np
import rasterio.features
import shapely

from eradication import geo
from eradication.simulation.landscape import SUB
from eradication.simulation.recipe import LABEL
from eradication.simulation.terrain import PIXEL_M
from eradication.simulation.world import World

POPPY = ("summer_poppy", "3301060602")
HCAT: dict[str, tuple[str, str]] = {
    "mustard_greens": ("mustard", "3301210100"),
    "winter_vegetables": ("fresh_vegetables", "3301070000"),
    "ornamental_flowers": ("flowers_ornamental_plants", "3301080000"),
    "maize": ("grain_maize_corn_popcorn", "3301010600"),
    "spring_maize": ("green_silo_maize", "3301090400"),
    "rice": ("rice", "3301010700"),
    "plum_blossom": ("plums", "3303011300"),
    "grass": ("pasture_meadow_grassland_grass", "3302000000"),
    "forest": ("tree_wood_forest", "3306000000"),
}
"""Land cover of the simulator → name and code of HCAT3; other covers are not declared."""


def write_parcels(world: World, path: Path) -> Path:
    """Write the parcels as farmers of this world would declare them, a GeoPackage in EPSG:32648.

    Columns are those of EuroCrops (``EC_hcat_n``, ``EC_hcat_c``), and ``note``, which says that it is simulated.
    """
    rows = [(POPPY, world.to_utm(plot.polygon)) for plot in world.plots]
    rows += _fields(world)
    frame = geopandas.GeoDataFrame(
        {
            "EC_hcat_n": [name for (name, _), _ in rows],
            "EC_hcat_c": [code for (_, code), _ in rows],
            "note": LABEL,
        },
        geometry=[outline for _, outline in rows],
        crs=geo.UTM48,
    )
    frame.to_file(path, layer="parcels", driver="GPKG")
    return path


def _fields(world: World) -> list[tuple[tuple[str, str], shapely.Polygon]]:
    """Return the fields, poppy cut out of them, in the order of their numbers; what is cut in two are two parcels."""
    crops = world.fields.crop
    poppy = shapely.union_all([plot.polygon for plot in world.plots])
    label = world.fields.label.astype(np.int32)
    found = []
    for shape, number in rasterio.features.shapes(label):
        crop = crops[int(number)]
        if crop in HCAT:
            outline = shapely.transform(shapely.geometry.shape(shape), lambda xy: xy * (PIXEL_M / SUB))
            for part in shapely.get_parts(shapely.difference(outline, poppy)):
                found.append((int(number), (HCAT[crop], world.to_utm(part))))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]
