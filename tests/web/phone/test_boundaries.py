"""The area a phone shows while one walks is the area the project computes from the same walk."""

import random

import numpy as np
import pytest
import shapely
from pyproj import Geod

from eradication.config import Perimeters
from eradication.domain import Fixes
from eradication.ingest import perimeter

GEOD = Geod(ellps="WGS84")
MEASURE = """async (walks) => {
  const { areaOf, measure, crossings, RULES } = await import("/static/phone/boundary.js");
  return { rules: RULES, found: walks.map(({ fixes, canopy }) => {
    const ring = fixes.map(({ lon, lat }) => [lon, lat]);
    return { ...areaOf(ring), crossed: crossings(ring), measured: measure(fixes, canopy) };
  }) };
}"""


def star(draw: random.Random) -> list[dict[str, float]]:
    """A ring round a point somewhere on Earth, seen whole from there: it does not cross itself."""
    lon, lat = draw.uniform(-179, 179), draw.uniform(-75, 75)
    count, size = draw.randint(8, 120), draw.uniform(4, 80)
    turns = np.sort([2 * np.pi * (k + draw.uniform(0.1, 0.9)) / count for k in range(count)])
    east = [size * draw.uniform(0.6, 1.0) * np.cos(turn) for turn in turns]
    north = [size * draw.uniform(0.6, 1.0) * np.sin(turn) for turn in turns]
    accuracy = draw.uniform(1, 25)
    return [
        {"lon": lon + e / (111_320 * np.cos(np.radians(lat))), "lat": lat + n / 110_600, "accuracy": accuracy}
        for e, n in zip(east, north, strict=True)
    ]


def walked(fixes: list[dict[str, float]]) -> Fixes:
    count = len(fixes)
    lon, lat, accuracy = (np.array([fix[name] for fix in fixes]) for name in ("lon", "lat", "accuracy"))
    blank = np.full(count, np.nan, np.float32)
    return Fixes(
        lon, lat, blank, 1.8e9 + np.arange(count), accuracy.astype(np.float32), blank, np.zeros(count, np.uint8)
    )


@pytest.mark.slow
def test_areas_and_perimeters_are_those_of_proj_for_random_rings(page):
    draw = random.Random(9)
    walks = [{"fixes": star(draw), "canopy": False} for _ in range(120)]
    found = page.evaluate(MEASURE, walks)["found"]
    for walk, seen in zip(walks, found, strict=True):
        lon, lat = ([fix[name] for fix in walk["fixes"]] for name in ("lon", "lat"))
        area, around = GEOD.polygon_area_perimeter(lon, lat)
        assert seen["area_m2"] == pytest.approx(abs(area), abs=1e-3)
        assert seen["perimeter_m"] == pytest.approx(around, abs=1e-6)
        ring = shapely.LinearRing(np.column_stack([lon, lat]))
        assert (seen["crossed"] == 0) is ring.is_simple


@pytest.mark.slow
def test_area_and_error_are_those_of_an_imported_walk(page):
    draw = random.Random(4)
    walks = [{"fixes": star(draw), "canopy": draw.random() < 0.5} for _ in range(200)]
    told = page.evaluate(MEASURE, walks)
    settings, compared = Perimeters(), 0
    for name in ("close_m", "least_m2", "least_roundness", "open_sigma_m", "canopy_sigma_m", "differ_pct"):
        assert told["rules"][name] == getattr(settings, name)
    assert (told["rules"]["cv_factor"], told["rules"]["radius_68"]) == (perimeter.CV_FACTOR, perimeter.RADIUS_68)
    for walk, seen in zip(walks, told["found"], strict=True):
        ours = perimeter.measure(walked(walk["fixes"]), settings, canopy=walk["canopy"])
        if ours is None or ours.laps != 1 or ours.crossings or not seen["measured"]["closed"]:
            continue
        compared += 1
        assert seen["measured"]["area_m2"] == pytest.approx(ours.area_m2, rel=1e-6)
        assert seen["measured"]["area_se_m2"] == pytest.approx(ours.area_se_m2, rel=1e-5)
        assert seen["measured"]["usable"] is True
    assert compared > 30


@pytest.mark.slow
def test_a_walk_that_crosses_itself_or_does_not_come_back_is_not_used(page):
    eight = [(0, 0), (20, 20), (20, 0), (0, 20), (-5, 10), (-4, 5), (-2, 1)]
    strip = [(k * 10, 0) for k in range(8)]
    walks = [
        {
            "fixes": [{"lon": 104 + e / 104_000, "lat": 21 + n / 110_600, "accuracy": 4} for e, n in points],
            "canopy": False,
        }
        for points in (eight, strip)
    ]
    crossed, open_ended = (one["measured"] for one in page.evaluate(MEASURE, walks)["found"])
    assert crossed["crossings"] == 1
    assert crossed["usable"] is False
    assert open_ended["closed"] is False


@pytest.mark.slow
def test_two_rounds_that_differ_by_more_than_a_fifth_want_a_third(page):
    compare = """async (areas) => {
      const { compare } = await import('/static/phone/boundary.js');
      return compare(...areas.map((area_m2) => ({ area_m2, area_se_m2: 30 })));
    }"""
    assert page.evaluate(compare, [400, 330])["again"] is False
    seen = page.evaluate(compare, [400, 320])
    assert seen["again"] is True
    assert seen["area_m2"] == 360
    assert seen["area_se_m2"] == pytest.approx(21.2, abs=0.05)
