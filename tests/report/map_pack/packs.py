"""Invented ground for packs: hills, ways, a danger and places, of whose heights and positions everything is known."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Point, box

from eradication import geo
from eradication.report.chips import Chip
from eradication.report.map_pack import hillshade, mercator
from eradication.report.map_pack.view import Feature, PackView
from eradication.report.plan_ground import Heights

WEST, SOUTH = 104.72, 20.78
CENTRE = (104.75, 20.8)
PLOT = box(104.7503, 20.8001, 104.7509, 20.8006)
"""About 62 × 55 m."""


def bounds(side_deg: float = 0.06) -> tuple[float, float, float, float]:
    """A square of ground."""
    return WEST, SOUTH, round(WEST + side_deg, 6), round(SOUTH + side_deg * 0.8, 6)


def grid(of: tuple[float, float, float, float], heights: Any) -> Heights:
    """Heights on the pixels a pack wants; ``heights`` takes columns and rows of longitudes and latitudes."""
    window = hillshade.window(of)
    place = window.transform
    rows, columns = np.mgrid[0 : window.shape[0], 0 : window.shape[1]]
    x, y = place.c + place.a * (columns + 0.5), place.f + place.e * (rows + 0.5)
    lon, lat = geo.transformer(mercator.EPSG, geo.WGS84).transform(x, y)
    return Heights(np.asarray(heights(lon, lat), np.float32), tuple(place)[:6], mercator.EPSG)


def hills(lon: Any, lat: Any) -> Any:
    """Valleys and ridges as steep as those of Sơn La, from 400 to 1600 m, with the noise of a model of 30 m."""
    x, y = (lon - WEST) * 104_000, (lat - SOUTH) * 111_000
    total = np.full(np.shape(x), 900.0)
    rng = np.random.default_rng(5)
    for length_m in (9000, 5200, 2900, 1600, 800, 400):
        for _ in range(3):
            angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
            along = x * np.cos(angle) + y * np.sin(angle)
            total = total + 0.02 * length_m * np.sin(2 * np.pi * along / length_m + phase)
    return total + np.random.default_rng(6).normal(0, 1.0, np.shape(x))


def place(code: str, shape: Any, klass: str = "A") -> tuple[Feature, Feature]:
    """Outline and middle of a place."""
    told = {"plot_id": f"id-{code}", "code": code, "class": klass, "state": "candidate", "score": 0.8, "area_m2": 3400}
    return Feature(shape, told), Feature(Point(geo.centre(shape)), told)


def picture(shape: Any, seed: int = 0) -> Chip:
    """A picture of 400 m round a place, in green and brown patches."""
    east, north = geo.centre(geo.project(shape, geo.WGS84, geo.UTM48))
    patches = np.random.default_rng(seed).integers(0, 2, (8, 8)).repeat(5, axis=0).repeat(5, axis=1)
    rgb = np.where(patches[..., None] == 1, (70, 110, 60), (120, 100, 75)).astype(np.uint8)
    rgb[17:23, 17:23] = (200, 190, 205)
    when = datetime(2026, 2, 1, tzinfo=UTC)
    west, top = round((east - 200) / 10) * 10, round((north + 200) / 10) * 10
    return Chip(rgb, when, "invented", geo.UTM48, float(west), float(top), 400.0, simulated=True)


def view(side_deg: float = 0.06, places: int = 3, **changed: Any) -> PackView:
    """A whole pack."""
    of = bounds(side_deg)
    west, south, east, north = of
    rng = np.random.default_rng(7)
    spots = [PLOT]
    for lon, lat in rng.uniform((west + 0.01, south + 0.01), (east - 0.01, north - 0.01), (places - 1, 2)):
        spots.append(Point(lon, lat).buffer(0.0003, quad_segs=2))
    pairs = [place(f"VH-26-{n:03}", spot) for n, spot in enumerate(spots, start=1)]
    walk = np.cumsum(rng.normal(0, 0.0006, (400, 2)), axis=0) * (1, 0.8) + CENTRE
    inside = box(*of)
    road = LineString([(west, south + 0.012), (west + 0.02, south + 0.016), (east, south + 0.034)])
    danger = Point(CENTRE[0] + 0.006, CENTRE[1] + 0.004).buffer(0.003)
    named = {"code": "04048", "name": "Xã Vân Hồ", "approximate": 0}
    kinds = dict.fromkeys(("valid_from", "valid_to"), "")
    layers = {
        "roads": [Feature(road)],
        "tracks": [Feature(part) for part in shapely.get_parts(LineString(walk) & inside)],
        "rivers": [Feature(LineString([(west + 0.01, south), (west + 0.02, south + 0.02), (west + 0.024, north)]))],
        "hazards": [Feature(danger, {"kind": "mine", "name": "", "label_vi": "bom mìn", "label_en": "mines", **kinds})],
        "communes": [Feature(LineString([(east - 0.012, south), (east - 0.015, north)]), named)],
        "commune_names": [Feature(Point(CENTRE[0] - 0.012, CENTRE[1] - 0.006), named)],
        "candidates": [one for one, _ in pairs],
        "candidate_points": [one for _, one in pairs],
    }
    facts: dict[str, Any] = {
        "unit": "BP01", "season": "2025-2026", "bounds": of, "heights": grid(of, hills), "layers": layers,
        "pictures": [picture(spot, n) for n, spot in enumerate(spots)], "simulated": True,
        "attribution": "mô phỏng / simulated",
    }  # fmt: skip
    return PackView(**(facts | changed))
