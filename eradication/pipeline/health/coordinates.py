"""Check of the libraries that turn coordinates: they agree with the check point of VN-2000, and with one another.

pyproj, rasterio and pyogrio each bring their own PROJ and its database; PROJ_DATA and PROJ_LIB, which other programs
set, lead some of them astray. A wrong transformation is no error to them: places are then 200 m off.
"""

import os
from collections.abc import Callable, Mapping
from math import hypot

import pyproj
import rasterio
import shapely
from pyproj.exceptions import ProjError
from rasterio.errors import RasterioError
from rasterio.warp import transform

from eradication import geo
from eradication.errors import N_, EradicationError
from eradication.pipeline.health.finding import Finding, fail, ok, warn

LON, LAT = 103.905, 21.327
EAST_M, NORTH_M = 489949.46, 2359155.77
"""The check point in VN-2000 / TM-3 104-00 (EPSG:9206)."""
MOST_OFF_M = 0.05

VARIABLES = ("PROJ_DATA", "PROJ_LIB", "PROJ_NETWORK", "GDAL_DATA", "GDAL_DRIVER_PATH")
"""Settings of other programs that change what these libraries do."""

_WARPED = (
    '<OGRVRTDataSource><OGRVRTWarpedLayer><OGRVRTLayer name="p"><SrcDataSource>{{"type":"FeatureCollection","name":"p",'
    '"features":[{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}]}}'
    "</SrcDataSource><SrcLayer>p</SrcLayer><LayerSRS>EPSG:4326</LayerSRS></OGRVRTLayer>"
    "<TargetSRS>EPSG:9206</TargetSRS></OGRVRTWarpedLayer></OGRVRTDataSource>"
)

type Point = tuple[float, float]


def _by_pyproj() -> Point:
    east, north = geo.transform([(LON, LAT)], geo.WGS84, geo.VN2000_SON_LA)[0]
    return float(east), float(north)


def _by_rasterio() -> Point:
    east, north = transform("EPSG:4326", "EPSG:9206", [LON], [LAT])
    return float(east[0]), float(north[0])


def _by_pyogrio() -> Point:
    import pyogrio  # brings GeoPandas, for which a server that is not asked for its health need not wait

    _, _, geometries, _ = pyogrio.raw.read(_WARPED.format(lon=LON, lat=LAT))
    point = shapely.from_wkb(geometries[0])
    return float(point.x), float(point.y)


WAYS: Mapping[str, Callable[[], Point]] = {"pyproj": _by_pyproj, "rasterio": _by_rasterio, "pyogrio": _by_pyogrio}
_REFUSALS = (EradicationError, ProjError, RasterioError, ValueError, RuntimeError)


def projections(ways: Mapping[str, Callable[[], Point]] = WAYS) -> Finding:
    """Do all libraries meet the check point?"""
    off = {name: _off_m(way) for name, way in ways.items()}
    wrong = [name for name, metres in off.items() if metres is None or not metres < MOST_OFF_M]
    astray = [name for name in VARIABLES if os.environ.get(name)]
    values = _versions() | {
        "off": f"{max((metres for metres in off.values() if metres is not None), default=0.0):.3f}",
        "wrong": ", ".join(wrong),
        "set": " ".join(astray),
    }
    if wrong and astray:
        advice = N_("Another program's settings lead it astray. Run: unset {set}; and take them out of the profile.")
        return fail(N_("The VN-2000 check point is missed by: {wrong}; set here: {set}."), values, advice)
    if wrong:
        advice = N_("PROJ is not the one that was installed with this program; install it anew with `make setup`.")
        return fail(N_("The VN-2000 check point is missed by: {wrong}."), values, advice)
    if astray:
        advice = N_("All agree today. Before another program's update changes that, run: unset {set}")
        return warn(N_("VN-2000 check point is met within {off} m, but set here: {set}."), values, advice)
    return ok(
        N_("VN-2000 check point is met within {off} m by PROJ {pyproj}, {rasterio} and GDAL {gdal}, {ogr}."), values
    )


def _off_m(way: Callable[[], Point]) -> float | None:
    """Return how far a library is off the check point, metres; ``None`` if it cannot transform at all."""
    try:
        east, north = way()
    except _REFUSALS:
        return None
    return hypot(east - EAST_M, north - NORTH_M)


def _versions() -> dict[str, object]:
    import pyogrio

    return {
        "pyproj": pyproj.proj_version_str,
        "rasterio": rasterio.__proj_version__,
        "gdal": rasterio.__gdal_version__,
        "ogr": ".".join(map(str, pyogrio.__gdal_version__)),
    }
