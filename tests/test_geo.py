"""Coordinate systems, geodesic measures and the two silent traps of VN-2000."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Polygon, box

from eradication import geo
from eradication.errors import UnusableInput

CHECK = {
    4326: (103.905, 21.327),
    9206: (489_949.46, 2_359_155.77),
    3405: (386_247.24, 2_358_840.92),
    32648: (386_442.54, 2_358_733.00),
}
"""One place in Sơn La in four coordinate systems."""

sonla_lon = st.floats(103.1, 105.1, allow_nan=False)
sonla_lat = st.floats(20.5, 22.1, allow_nan=False)


def metres_between(a: tuple[float, float], b: tuple[float, float], epsg: int) -> float:
    if epsg == geo.WGS84:
        return geo.distance_m(*a, *b)
    return math.dist(a, b)


@pytest.mark.parametrize("source", CHECK)
@pytest.mark.parametrize("target", CHECK)
def test_T29_the_fixed_point_comes_out_within_5_cm_from_every_system_to_every_other(source, target):
    [found] = geo.transform([CHECK[source]], source, target)
    assert metres_between(found, CHECK[target], target) < 0.05


def test_T29_vn2000_read_as_wgs84_would_be_223_m_off():
    east, north = CHECK[3405]
    assert math.dist((east, north), CHECK[32648]) == pytest.approx(223, abs=1)


def test_T29_rotations_with_the_wrong_sign_would_be_77_cm_off():
    vn2000 = "+proj=tmerc +lat_0=0 +lon_0=104 +k=0.9999 +x_0=500000 +ellps=WGS84 +units=m +towgs84={}"
    shift = "-191.90441429,-39.30318279,-111.45032835,{},{},{},0.252906278"
    lon, lat = CHECK[4326]

    def by(*rotations: float) -> tuple[float, float]:
        change = Transformer.from_crs("EPSG:4326", vn2000.format(shift.format(*rotations)), always_xy=True)
        return change.transform(lon, lat)

    [ours] = geo.transform([(lon, lat)], 4326, 9206)
    # EPSG:6960 publishes a coordinate frame rotation; +towgs84 wants position vectors: the opposite signs.
    published = (-0.00928836, 0.01975479, -0.00427372)
    assert math.dist(by(*(-r for r in published)), ours) < 0.05
    assert math.dist(by(*published), ours) == pytest.approx(0.77, abs=0.05)


def test_the_transformation_between_vn2000_and_wgs84_is_the_one_of_one_metre():
    used = geo.describe_operation(4326, 9206)
    assert used["accuracy_m"] == 1.0
    assert "VN-2000 to WGS 84 (2)" in used["operation"]


@pytest.mark.parametrize(
    ("epsg", "lon", "lat"),
    [(31287, 14.5, 48.3), (5514, 15.5, 49.5), (8353, 19.0, 48.7), (28992, 5.5, 52.2), (3794, 15.0, 46.0)],
    ids=["Austria", "Czechia", "Slovakia", "Netherlands", "Slovenia"],
)
def test_national_systems_of_europe_are_not_off_by_the_datum(epsg, lon, lat):
    # PROJ's own choice for the place; the "ballpark" one is 95 to 137 m off here, but exact for a datum like WGS 84.
    east, north = Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    [found] = geo.transform([(east, north)], epsg, 4326)
    assert geo.distance_m(*found, lon, lat) < 5


def test_the_origin_of_the_dutch_grid_is_the_tower_of_amersfoort():
    [found] = geo.transform([(155_000.0, 463_000.0)], 28992, 4326)
    assert geo.distance_m(*found, 5.387206, 52.155174) < 1.5


@given(sonla_lon, sonla_lat, st.sampled_from([9206, 3405, 32648]))
def test_there_and_back_again_is_the_same_place(lon, lat, epsg):
    there = geo.transform([(lon, lat)], geo.WGS84, epsg)
    [back] = geo.transform(there, epsg, geo.WGS84)
    assert geo.distance_m(lon, lat, *back) < 0.005


@given(sonla_lon, sonla_lat)
def test_the_way_over_utm_agrees_with_the_straight_one(lon, lat):
    [straight] = geo.transform([(lon, lat)], geo.WGS84, 9206)
    [over] = geo.transform(geo.transform([(lon, lat)], geo.WGS84, 32648), 32648, 9206)
    assert math.dist(straight, over) < 0.005


@given(st.lists(st.tuples(sonla_lon, sonla_lat), max_size=5))
def test_as_many_points_come_back_as_went_in(points):
    found = geo.transform(points, 4326, 32648)
    assert len(found) == len(points)
    assert all(isinstance(x, float) and isinstance(y, float) for x, y in found)


def test_a_point_that_cannot_be_reached_becomes_infinite_not_wrong():
    [(x, y)] = geo.transform([(103.9, 95.0)], 4326, 32648)
    assert math.isinf(x)
    assert math.isinf(y)


@pytest.mark.parametrize("code", [1, 99999])
def test_an_unknown_system_is_refused(code):
    with pytest.raises(UnusableInput) as refusal:
        geo.transform([(0.0, 0.0)], code, 4326)
    assert refusal.value.kind == "unknown_crs"
    assert str(code) in str(refusal.value)


@pytest.mark.parametrize("text", ["EPSG:9206", "epsg:9206", " 9206 "])
def test_a_code_is_read_however_it_is_written(text):
    assert geo.parse_epsg(text) == 9206


@pytest.mark.parametrize("text", ["", "VN-2000", "EPSG:", "EPSG:-1", "9206.0", "٩٢٠٦x"])
def test_what_is_no_code_is_refused(text):
    with pytest.raises(UnusableInput) as refusal:
        geo.parse_epsg(text)
    assert refusal.value.kind == "unknown_crs"


def test_a_system_given_by_name_or_text_is_known_by_its_code():
    vn2000 = 'PROJCS["mine",GEOGCS["VN-2000",DATUM["x",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    vn2000 += 'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["central_meridian",104],'
    vn2000 += 'PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],UNIT["metre",1]]'
    assert geo.epsg_of("EPSG:9206") == 9206
    assert geo.epsg_of("OGC:CRS84") == 4326
    assert geo.epsg_of(vn2000) is None
    assert geo.epsg_of("nonsense") is None


def test_an_empty_list_needs_no_system():
    assert geo.transform([], 4326, 32648) == []


def test_area_of_a_one_degree_square_at_the_equator_is_the_published_one():
    # Karney's geodesic area of the 1° × 1° cell north of the equator on WGS 84.
    assert geo.area_m2(box(0, 0, 1, 1)) == pytest.approx(12_308_778_361.469, rel=1e-9)


def test_area_of_an_eighth_of_the_ellipsoid():
    assert geo.area_m2(Polygon([(0, 0), (90, 0), (0, 90)])) * 8 == pytest.approx(510_065_621_724_089, rel=1e-9)


@pytest.mark.parametrize("lat", [20.5, 21.3, 22.1])
def test_area_of_a_hectare_laid_out_in_metres_is_a_hectare(lat):
    corners = [(103.9, lat)]
    for bearing in (0.0, 90.0, 180.0):
        lon2, lat2, _ = geo.GEOD.fwd(*corners[-1], bearing, 100.0)
        corners.append((lon2, lat2))
    assert geo.area_m2(Polygon(corners)) == pytest.approx(10_000, abs=0.1)


def test_area_does_not_depend_on_the_direction_of_the_ring_and_holes_subtract():
    outer, hole = box(103.9, 21.3, 104.0, 21.4), box(103.94, 21.34, 103.96, 21.36)
    ring = list(outer.exterior.coords)
    assert geo.area_m2(Polygon(ring)) == geo.area_m2(Polygon(ring[::-1]))
    both = [Polygon(ring, [list(hole.exterior.coords)[::step]]) for step in (1, -1)]
    wanted = geo.area_m2(outer) - geo.area_m2(hole)
    assert [geo.area_m2(p) for p in both] == pytest.approx([wanted, wanted], rel=1e-12)


def test_area_of_parts_is_the_sum_of_the_parts():
    parts = [box(103.9, 21.3, 103.95, 21.35), box(104.0, 21.3, 104.1, 21.4)]
    assert geo.area_m2(MultiPolygon(parts)) == pytest.approx(sum(map(geo.area_m2, parts)), rel=1e-12)


@given(sonla_lon, sonla_lat, st.floats(15, 50_000))
def test_a_disc_has_the_area_it_was_asked_for_and_lies_round_its_point(lon, lat, area):
    disc = geo.disc(lon, lat, area)
    assert geo.area_m2(disc) == pytest.approx(area, rel=1e-4)
    assert geo.distance_m(lon, lat, *geo.centre(disc)) < 0.01
    assert disc.is_valid


@given(st.lists(st.tuples(sonla_lon, sonla_lat), min_size=2, max_size=6))
def test_a_line_is_as_long_as_its_steps_and_as_long_backwards(points):
    lon, lat = (np.array(v) for v in zip(*points, strict=True))
    steps = geo.steps_m(lon, lat)
    assert steps.shape == (len(points) - 1,)
    assert geo.length_m(lon, lat) == pytest.approx(steps.sum())
    assert geo.length_m(lon[::-1], lat[::-1]) == pytest.approx(geo.length_m(lon, lat), abs=1e-6)


def test_a_line_of_one_point_has_no_length():
    assert geo.length_m([103.9], [21.3]) == 0.0
    assert geo.steps_m([], []).size == 0


def test_a_degree_of_latitude_in_son_la_is_110_7_km():
    assert geo.distance_m(104, 21, 104, 22) == pytest.approx(110_723, abs=5)


@given(sonla_lon, sonla_lat, st.floats(50, 2000))
def test_a_projected_outline_comes_back_where_it_was(lon, lat, area):
    disc = geo.disc(lon, lat, area)
    back = geo.project(geo.project(disc, 4326, 32648), 32648, 4326)
    assert shapely.hausdorff_distance(disc, back) < 1e-8


def test_projecting_keeps_holes_and_parts():
    shape = MultiPolygon([box(103.9, 21.3, 104, 21.4) - box(103.94, 21.34, 103.96, 21.36), box(104.2, 21, 104.3, 21.1)])
    moved = geo.project(shape, 4326, 9206)
    assert [len(p.interiors) for p in moved.geoms] == [1, 0]
    assert moved.area == pytest.approx(geo.area_m2(shape), rel=1e-3)


@given(st.floats(), st.floats())
def test_only_finite_degrees_are_on_earth(lon, lat):
    expected = math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
    assert bool(geo.is_on_earth(lon, lat)) == expected


@given(sonla_lon, sonla_lat)
def test_rounding_moves_no_point_by_more_than_a_centimetre(lon, lat):
    disc = geo.disc(lon, lat, 300.0)
    small = geo.rounded(disc)
    assume(small.is_valid)
    moved = [geo.distance_m(*a, *b) for a, b in zip(disc.exterior.coords, small.exterior.coords, strict=True)]
    assert max(moved) < 0.01
    assert geo.rounded(small).equals_exact(small, 0.0)
