"""Where a row of a visit table was: longitude and latitude, coordinates with their system, or a GeoJSON geometry.

In Vietnamese cadastral tables X is north and Y east, the reverse of the screen's x and y. In VN-2000 and UTM the two
cannot be mistaken for one another in Vietnam (northings above 900 km lie above every easting), so such a pair is turned
and the row says so. A pair without its system is refused: VN-2000 read as WGS 84 would be 223 m off.

Metres that lead out of the surroundings of Vietnam are refused, for the system or the axes are wrong and a hectare at
the wrong place does harm in a ledger. Longitude and latitude say plainly where they are: they are taken anywhere, and
the row bears the check ``far_from_vietnam``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.errors import N_, RefusedInput
from eradication.ingest import table_cells, visit_row

COLUMNS = ("lon", "lat", "x", "y", "crs")

NORTHING_FROM_M = 900_000.0
"""Eastings of VN-2000 and UTM are below, northings of Vietnam above (8.5° N is 940 km)."""

NEAR_VIETNAM = (101.5, 7.5, 110.5, 24.0)
"""West, south, east and north of the surroundings of Vietnam in degrees; the islands far out at sea lie outside."""
DISAGREE_M = 50.0


@dataclass(frozen=True, slots=True)
class Place:
    """A position in WGS 84, an outline if there is one, and what was assumed."""

    lon: float | None
    lat: float | None
    outline: BaseGeometry | None = None
    checks: tuple[str, ...] = ()


def read(row: Mapping[str, Any], geometry: Mapping[str, Any] | None, *, grouped: bool = False) -> Place:
    """Return the place of a row, with ``lon = None`` where it states none.

    Longitude and latitude win over x and y, and both over the geometry.

    Raises:
        RefusedInput: ``bad_coordinates``, ``coordinates_implausible``, ``bad_geometry``, ``crs_missing``,
            ``missing_field``, ``bad_number``, ``ambiguous_number``.
        UnusableInput: ``unknown_crs``.
    """
    typed = _pair(row, "lon", "lat", most=180.0)
    projected = _projected(row, grouped=grouped)
    drawn = _drawn(geometry)
    stated = [place for place in (typed and Place(*typed), projected, drawn) if place is not None]
    if not stated:
        return Place(None, None)
    first = stated[0]
    assert first.lon is not None
    assert first.lat is not None
    _refuse_impossible(first.lon, first.lat)
    checks = [check for place in stated for check in place.checks]
    if any(_apart(first, other) for other in stated[1:]):
        checks.append("places_disagree")
    if not _near_vietnam(first.lon, first.lat):
        checks.append("far_from_vietnam")
    return Place(first.lon, first.lat, drawn.outline if drawn else None, tuple(checks))


def _pair(
    row: Mapping[str, Any], first: str, second: str, *, grouped: bool = False, most: float = math.inf
) -> tuple[float, float] | None:
    a = table_cells.number(row.get(first), first, grouped=grouped, most=most)
    b = table_cells.number(row.get(second), second, grouped=grouped, most=most)
    if a is None and b is None:
        return None
    if a is None or b is None:
        raise visit_row.missing(first if a is None else second)
    return a, b


def _projected(row: Mapping[str, Any], *, grouped: bool) -> Place | None:
    pair = _pair(row, "x", "y", grouped=grouped)
    if pair is None:
        return None
    system = table_cells.text(row.get("crs"))
    if not system:
        raise RefusedInput(
            "crs_missing",
            N_("x and y come without their coordinate system."),
            hint=N_("Fill the column crs, for example EPSG:9206 (VN-2000, Sơn La)."),
        )
    epsg = geo.parse_epsg(system)
    checks: tuple[str, ...] = ()
    if pair[0] > NORTHING_FROM_M > pair[1]:
        pair, checks = (pair[1], pair[0]), ("x_is_north",)
    ((lon, lat),) = geo.transform([pair], epsg, geo.WGS84)
    _refuse_impossible(lon, lat)
    if not geo.is_geographic(epsg) and not _near_vietnam(lon, lat):
        raise RefusedInput(
            "coordinates_implausible",
            N_("x {x}, y {y} in EPSG:{epsg} is far from Vietnam, at longitude {lon}, latitude {lat}."),
            hint=N_("Check the column crs (Sơn La: EPSG:9206) and which of x and y is north; both are in metres."),
            values={"x": pair[0], "y": pair[1], "epsg": epsg, "lon": round(lon, 3), "lat": round(lat, 3)},
        )
    return Place(lon, lat, None, checks)


def _near_vietnam(lon: float, lat: float) -> bool:
    west, south, east, north = NEAR_VIETNAM
    return west <= lon <= east and south <= lat <= north


def _drawn(geometry: Mapping[str, Any] | None) -> Place | None:
    if geometry is None:
        return None
    try:
        drawn = shape(dict(geometry))
        usable = not drawn.is_empty and drawn.is_valid and all(map(math.isfinite, drawn.bounds))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ShapelyError):
        usable = False
    if not usable or drawn.geom_type not in ("Point", "Polygon", "MultiPolygon"):
        raise RefusedInput(
            "bad_geometry",
            N_("The geometry is not a usable point or polygon."),
            hint=N_("A polygon must not cross itself."),
        )
    west, south, east, north = drawn.bounds
    _refuse_impossible(west, south)
    _refuse_impossible(east, north)
    lon, lat = geo.centre(drawn)
    return Place(lon, lat, drawn if drawn.geom_type != "Point" else None)


def _refuse_impossible(lon: float, lat: float) -> None:
    if not bool(geo.is_on_earth(lon, lat)) or (lon == 0.0 and lat == 0.0):
        raise RefusedInput(
            "bad_coordinates",
            N_("{lon}, {lat} is not a place that can be meant."),
            hint=N_("Longitude comes first; in Sơn La it is about 104, latitude about 21."),
            values={"lon": round(lon, 6), "lat": round(lat, 6)},
        )


def _apart(a: Place, b: Place) -> bool:
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return False
    return geo.distance_m(a.lon, a.lat, b.lon, b.lat) > DISAGREE_M
