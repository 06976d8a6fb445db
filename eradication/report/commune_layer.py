"""Communes as a layer of a GeoPackage."""

from collections.abc import Sequence

import geopandas
import shapely
from shapely.geometry import MultiPolygon

from eradication.domain import AdminUnit
from eradication.report import packing
from eradication.report.words import clean

COLUMNS = {"code": "string", "name": "string", "approximate": "int64"}


def frame(communes: Sequence[AdminUnit]) -> geopandas.GeoDataFrame:
    """Return the communes that have an outline, as multipolygons in WGS 84."""
    drawn = [unit for unit in communes if unit.geometry is not None]
    rows = [{"code": u.code, "name": clean(u.name), "approximate": int(u.approximate)} for u in drawn]
    parts = [[one for one in shapely.get_parts(u.geometry) if one.geom_type == "Polygon"] for u in drawn]
    return packing.frame(rows, [MultiPolygon(polygons) for polygons in parts], COLUMNS)
