"""Which unit holds a point, and which units a day has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import shapely

from eradication import geo
from eradication.domain import AdminUnit

WITHIN_M = 2000.0
"""A point outside every outline belongs to the nearest one up to this distance."""

type Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a point lies."""

    code: str
    """Code of the unit, or empty: abroad, or unknown."""
    distance_m: float | None
    """0 inside; how far the nearest unit is, up to the limit; ``None`` beyond it."""


def place(
    points: Sequence[tuple[float, float]], units: Sequence[AdminUnit], within_m: float = WITHIN_M
) -> list[Placed]:
    """Return the unit of each point (longitude, latitude, WGS 84): the one that holds it, else the nearest.

    Where outlines overlap the official one wins, then the lowest code; so it is where two are equally near.

    Args:
        points: degrees.
        units: of one vintage.
        within_m: a point farther from every outline has no unit.
    """
    drawn = sorted((u for u in units if u.geometry is not None), key=lambda u: (u.approximate, u.code))
    outlines: Objects = np.array([u.geometry for u in drawn], dtype=object)
    flat: Objects = np.array([geo.project(shape, geo.WGS84, geo.UTM48) for shape in outlines], dtype=object)
    trees = shapely.STRtree(outlines), shapely.STRtree(flat)
    return [_placed(lon, lat, drawn, trees, within_m) for lon, lat in points]


def vintage_on(units: Sequence[AdminUnit], day: date) -> list[AdminUnit]:
    """Return the units of one day by code, each piece of ground once: stand-ins only where no official outline is.

    Two lists may be known for one day, with other codes: an old map and a list of names. A stand-in whose centre lies
    in an official outline of another code is the same ground again, so it is left out.
    """
    valid = sorted((u for u in units if u.valid_on(day)), key=lambda u: (u.approximate, u.source))
    best: dict[str, AdminUnit] = {}
    for unit in valid:
        best.setdefault(unit.code, unit)
    official = [u.geometry for u in best.values() if not u.approximate and u.geometry is not None]
    tree = shapely.STRtree(official)
    kept = [
        unit
        for unit in best.values()
        if not unit.approximate or not tree.query(shapely.Point(unit.lon, unit.lat), predicate="intersects").size
    ]
    return sorted(kept, key=lambda unit: unit.code)


def _placed(
    lon: float,
    lat: float,
    units: Sequence[AdminUnit],
    trees: tuple[shapely.STRtree, shapely.STRtree],
    within_m: float,
) -> Placed:
    holding = trees[0].query(shapely.Point(lon, lat), predicate="intersects")
    if holding.size:
        return Placed(units[int(holding.min())].code, 0.0)
    if not units or not bool(geo.is_near_utm48(lon, lat)):
        return Placed("", None)
    ((x, y),) = geo.transform([(lon, lat)], geo.WGS84, geo.UTM48)
    nearest, metres = trees[1].query_nearest(shapely.Point(x, y), max_distance=within_m, return_distance=True)
    if not nearest.size:
        return Placed("", None)
    return Placed(units[int(nearest.min())].code, round(float(metres.min()), 1))
