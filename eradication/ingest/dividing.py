"""How an outline is divided among communes: by area, and whole where nothing else is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from eradication.domain import AdminUnit
from eradication.geo import centre, distance_m

APPROXIMATE_M = 2_000.0
"""How far outside an approximate outline a plot may lie and still belong to its commune."""

LEAST_SHARE = 1e-4
"""A smaller share of an outline is the breadth of a drawn line."""

_METRES_PER_DEGREE = 104_000.0
"""At most, east to west, north of 20° N; what is found is measured once more."""


def asked(units: Sequence[AdminUnit], day: date) -> list[AdminUnit]:
    """Return the units whose outlines count on ``day``, official ones first, by code.

    A unit with an official outline is not asked for its approximate one.
    """
    valid = [u for u in units if u.valid_on(day) and u.geometry is not None]
    official = {u.code for u in valid if not u.approximate}
    chosen = [u for u in valid if not (u.approximate and u.code in official)]
    return sorted(chosen, key=lambda u: (u.approximate, u.code))


def without_official(units: Sequence[AdminUnit]) -> list[AdminUnit]:
    """Return units whose approximate outlines end where an official one begins: it has the ground, also on a map.

    Where only some communes have official outlines, the stand-ins of the others still reach into them.
    """
    official = [u.geometry for u in units if not u.approximate and u.geometry is not None]
    tree = shapely.STRtree(official)
    told = []
    for unit in units:
        around = tree.query(unit.geometry, predicate="intersects") if unit.approximate and unit.geometry else ()
        if len(around):
            rest = shapely.difference(unit.geometry, shapely.union_all([official[int(number)] for number in around]))
            polygons = [part for part in shapely.get_parts(rest) if part.geom_type == "Polygon" and not part.is_empty]
            unit = replace(unit, geometry=shapely.MultiPolygon(polygons) if polygons else None)
        told.append(unit)
    return told


def divider(
    units: Sequence[AdminUnit], day: date, gap_m: float
) -> Callable[[Sequence[BaseGeometry]], list[Mapping[str, float]]]:
    """Return a function from outlines (WGS 84) to the shares of communes in each: code → share, summing to 1.

    A plot belongs to the communes only if its centre lies in one, or in a gap between drawn outlines at most ``gap_m``
    from one, or ``APPROXIMATE_M`` from a stand-in; else the answer is empty: abroad, or unknown. Where outlines of
    communes overlap, the first one has the ground (:func:`asked`).
    """
    chosen = asked(units, day)
    shapes = np.array([u.geometry for u in chosen], dtype=object)
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)

    def divide(outlines: Sequence[BaseGeometry]) -> list[Mapping[str, float]]:
        told: list[Mapping[str, float]] = [{} for _ in outlines]
        drawn = np.array(outlines, dtype=object)
        within = tree.query(drawn, predicate="within")
        touched = tree.query(drawn, predicate="intersects")
        sole = dict(zip(*np.unique(touched[0], return_counts=True), strict=True)) if touched.size else {}
        for number, unit in within.T.tolist():
            if sole.get(number) == 1:
                told[number] = {chosen[unit].code: 1.0}
        by_outline: dict[int, list[int]] = {}
        for number, unit in touched.T.tolist():
            by_outline.setdefault(number, []).append(unit)
        for number, outline in enumerate(outlines):
            if not told[number]:
                told[number] = _shares(outline, sorted(by_outline.get(number, [])), chosen, tree, gap_m)
        return told

    return divide


def _shares(
    outline: BaseGeometry, touching: Sequence[int], chosen: Sequence[AdminUnit], tree: shapely.STRtree, gap_m: float
) -> Mapping[str, float]:
    lon, lat = centre(outline)
    nearest = _nearest(lon, lat, chosen, tree, gap_m)
    if nearest is None:
        return {}
    areas: dict[str, float] = {}
    rest = outline
    for unit in touching:
        shape = chosen[unit].geometry
        assert shape is not None  # only units with an outline are asked
        areas[chosen[unit].code] = areas.get(chosen[unit].code, 0.0) + shapely.intersection(rest, shape).area
        rest = shapely.difference(rest, shape)
    total = sum(areas.values())
    kept = {code: area for code, area in areas.items() if area > LEAST_SHARE * outline.area}
    if not kept or not total:
        return {chosen[nearest].code: 1.0}
    return {code: area / sum(kept.values()) for code, area in sorted(kept.items())}


def _nearest(lon: float, lat: float, chosen: Sequence[AdminUnit], tree: shapely.STRtree, gap_m: float) -> int | None:
    """Return the unit that holds a point, else the nearest one within ``gap_m``, else ``None``."""
    point = Point(lon, lat)
    hits = tree.query(point, predicate="intersects")
    if hits.size:
        return int(hits.min())
    near = []
    reach = max(gap_m, APPROXIMATE_M if any(unit.approximate for unit in chosen) else 0.0)
    for unit in tree.query_nearest(point, max_distance=reach / _METRES_PER_DEGREE * 1.2):
        nearest = chosen[int(unit)]
        assert nearest.geometry is not None
        other = nearest_points(nearest.geometry, point)[0]
        metres = distance_m(lon, lat, other.x, other.y)
        if metres <= (APPROXIMATE_M if nearest.approximate else gap_m):
            near.append((metres, int(unit)))
    return min(near)[1] if near else None
