"""The only place that knows coordinate systems, geodesic measures and grids.

Store and exchange: WGS 84 (EPSG:4326, longitude first). Rasters and metres: WGS 84 / UTM 48N (EPSG:32648). Official
output: VN-2000 / TM-3 104-00 (EPSG:9206). VN-2000 differs from WGS 84 by about 223 m, so "no CRS given" is never
read as WGS 84 silently.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError
from pyproj.transformer import AreaOfInterest, TransformerGroup
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from eradication.errors import N_, UnusableInput

WGS84 = 4326
UTM48 = 32648
VN2000_SON_LA = 9206

GEOD = Geod(ellps="WGS84")

type Floats = npt.NDArray[np.float64]

_VN2000_AREA = AreaOfInterest(102.1, 8.3, 109.6, 23.4)


@lru_cache(maxsize=32)
def transformer(source: int, target: int) -> Transformer:
    """Return the best transformation between two EPSG codes, x or longitude first.

    VN-2000 ↔ WGS 84 goes by "VN-2000 to WGS 84 (2)" (EPSG:6960, 1 m), the most accurate one that needs no grid. A
    datum that Vietnam does not use has only a "ballpark" (100 m off in Europe) there, so PROJ chooses by place instead.

    Raises:
        UnusableInput: ``unknown_crs``.
    """
    for code in (source, target):
        try:
            CRS.from_epsg(code)
        except CRSError:
            raise UnusableInput(
                "unknown_crs",
                N_("EPSG:{code} is not a known coordinate system."),
                hint=N_("Sơn La uses EPSG:9206 (VN-2000), EPSG:4326 (WGS 84) and EPSG:32648 (UTM 48N)."),
                values={"code": code},
            ) from None
    group = TransformerGroup(source, target, always_xy=True, area_of_interest=_VN2000_AREA)
    if all("Ballpark" in found.description for found in group.transformers):
        return Transformer.from_crs(source, target, always_xy=True)
    return min(group.transformers, key=lambda t: t.accuracy if t.accuracy >= 0 else 1e9)


def parse_epsg(text: str) -> int:
    """Read ``EPSG:9206``, ``epsg:9206`` or ``9206``.

    Raises:
        UnusableInput: ``unknown_crs``.
    """
    digits = text.strip().upper().removeprefix("EPSG:")
    if not digits.isdecimal():
        raise UnusableInput(
            "unknown_crs",
            N_("'{text}' is not an EPSG code."),
            hint=N_("Write for example EPSG:9206."),
            values={"text": text},
        )
    return int(digits)


def epsg_of(text: str) -> int | None:
    """Return the EPSG code of a CRS given as ``EPSG:…``, ``OGC:CRS84`` or WKT, or ``None`` if it answers to none.

    Longitude comes first whatever the authority says, so ``OGC:CRS84`` is EPSG:4326 here. A definition that only
    resembles an EPSG one answers to none: its shift might be another (see the 0.77 m trap of VN-2000).
    """
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        return None
    return WGS84 if crs.to_authority() == ("OGC", "CRS84") else crs.to_epsg()


def transform(xy: Sequence[tuple[float, float]], source: int, target: int) -> list[tuple[float, float]]:
    """Convert points; order is longitude, latitude or east, north on both sides. Unreachable points become ``inf``."""
    if not xy:
        return []
    points = np.asarray(xy, float)
    x, y = transformer(source, target).transform(points[:, 0], points[:, 1])
    return list(zip(x.tolist(), y.tolist(), strict=True))


def project(geometry: BaseGeometry, source: int, target: int) -> BaseGeometry:
    """Return ``geometry`` in another CRS."""
    change = transformer(source, target)

    def move(xy: Floats) -> Floats:
        return np.column_stack(change.transform(xy[:, 0], xy[:, 1]))

    moved: BaseGeometry = shapely.transform(geometry, move)
    return moved


def area_m2(geometry: BaseGeometry) -> float:
    """Return the planimetric geodesic area in m² of a WGS 84 geometry (Karney 2013, by PROJ); holes subtract."""
    area, _ = GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))
    return abs(float(area))


def length_m(lon: npt.ArrayLike, lat: npt.ArrayLike) -> float:
    """Return the geodesic length in metres of a WGS 84 line."""
    return float(np.sum(steps_m(lon, lat)))


def steps_m(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
    """Return the geodesic distance in metres between consecutive WGS 84 points, shape ``(n - 1,)``."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    if lon.size < 2:
        return np.zeros(0)
    _, _, distance = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(distance, float)


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return the geodesic distance in metres between two WGS 84 points."""
    return float(GEOD.inv(lon1, lat1, lon2, lat2)[2])


def disc(lon: float, lat: float, area: float) -> BaseGeometry:
    """Return a polygon (WGS 84) of ``area`` m² round a point: the stand-in for a plot known only by a point."""
    bearings = np.linspace(0.0, 360.0, 33)[:-1]
    # A regular 32-gon of radius r holds 16·r²·sin(2π/32).
    radius = np.sqrt(area / (16.0 * np.sin(np.pi / 16.0)))
    n = len(bearings)
    ring_lon, ring_lat, _ = GEOD.fwd(np.full(n, lon), np.full(n, lat), bearings, np.full(n, radius))
    return shapely.Polygon(np.column_stack([ring_lon, ring_lat]))


def around(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """Return west, south, east, north (degrees WGS 84) of a square that holds all within so many metres of a point."""
    high = metres / 110_500.0  # the shortest degree of latitude, so the square is never too small
    wide = high / max(0.01, math.cos(math.radians(abs(lat) + high)))
    return lon - wide, lat - high, lon + wide, lat + high


def rounded(geometry: BaseGeometry) -> BaseGeometry:
    """Return a WGS 84 geometry with coordinates rounded to 1e-7 degrees (about 1 cm), so that its text is stable."""
    exact: BaseGeometry = shapely.transform(geometry, lambda xy: np.round(xy, 7))
    return exact


def rounded_all(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the same of many geometries."""
    exact: npt.NDArray[np.object_] = shapely.transform(geometries, lambda xy: np.round(xy, 7))
    return exact


def centre(geometry: BaseGeometry) -> tuple[float, float]:
    """Return longitude and latitude of the centroid of a WGS 84 geometry."""
    point: Point = geometry.centroid
    return point.x, point.y


def is_near_utm48(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell where metres of EPSG:32648 mean anything: within 10° of its central meridian, away from the poles."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    near: npt.NDArray[np.bool_] = (np.abs(lon - 105.0) <= 10.0) & (np.abs(lat) <= 84.0)
    return near


def is_on_earth(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell which coordinates are finite and within ±180°, ±90°."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    with np.errstate(invalid="ignore"):
        good: npt.NDArray[np.bool_] = (
            np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
        )
    return good


def describe_operation(source: int, target: int) -> dict[str, Any]:
    """Return name and accuracy in metres of the transformation :func:`transform` uses."""
    used = transformer(source, target)
    return {"operation": used.description, "accuracy_m": used.accuracy if used.accuracy >= 0 else None}


def is_projected(epsg: int) -> bool:
    """Tell whether a CRS is known and measures in metres on a plane."""
    try:
        return bool(CRS.from_epsg(epsg).is_projected)
    except CRSError:
        return False


def is_geographic(epsg: int) -> bool:
    """Tell whether a CRS measures in degrees."""
    return bool(CRS.from_epsg(epsg).is_geographic)
