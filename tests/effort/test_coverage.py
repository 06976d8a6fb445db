"""Satellite and patrols on one grid of pixels."""

import numpy as np
import pytest
import shapely
import ways

from eradication.config import Effort
from eradication.effort import coverage, ground, passed, search, strips


def test_quarters_of_pixels_are_the_squares_of_strips_north_up():
    lines = ways.way([(12.0, 230.0), (240.0, 230.0)])
    found = search.of_season(lines, ways.SEASON, ways.widths(10.0), Effort())
    block = coverage.Block(386_000.0, 2_358_250.0, (25, 25))
    quarters = coverage.patrolled(block, found.cell, found.in_flower)
    assert quarters.sum() * strips.SQUARE_M2 == pytest.approx(search.area_m2(found.in_flower).max())
    assert set(np.flatnonzero(quarters.any(axis=1)).tolist()) == {1, 2}


@pytest.mark.parametrize("shift", [(-370.0, 130.0), (40.0, -90.0), (0.0, 0.0), (300.0, 700.0)])
def test_a_block_anywhere_sees_its_part_of_the_strips(shift):
    lines = ways.way([(-300.0, 100.0), (600.0, 420.0)])
    found = search.of_season(lines, ways.SEASON, ways.widths(30.0), Effort())
    west, north = 386_000.0 + shift[0], 2_358_250.0 + shift[1]
    quarters = coverage.patrolled(coverage.Block(west, north, (70, 90)), found.cell, found.in_flower)
    strip = shapely.LineString(lines.xy).buffer(30.0, 64) & shapely.box(west, north - 700, west + 900, north)
    assert quarters.sum() * 25.0 == pytest.approx(strip.area, rel=0.02, abs=200)


def test_parts_add_up_to_the_commune():
    commune = np.array([[0, 0, 1, -1], [0, 1, 1, -1]], np.int32)
    clear = np.array([[1, 0, 1, 1], [1, 0, 0, 1]], bool)
    quarters = np.array([[4, 2, 0, 4], [0, 1, 4, 4]], np.uint8)
    parts = coverage.count(commune, clear, quarters, 3)
    np.testing.assert_allclose(parts, [[0.5, 1.0, 0.5, 1.0], [0.75, 1.0, 1.25, 0.0], [0, 0, 0, 0]])
    np.testing.assert_allclose(parts.sum(axis=1), [3, 3, 0])


def test_communes_are_drawn_where_they_lie_and_the_first_wins_where_two_overlap():
    one, two = shapely.box(386_000, 2_358_000, 386_500, 2_358_500), shapely.box(386_250, 2_358_000, 387_000, 2_358_250)
    box = ground.Box.of([one, two])
    assert (box.columns, box.rows) == (4, 2)
    np.testing.assert_array_equal(box.drawn([one, two]), [[0, 0, 1, 1], [0, 0, -1, -1]])
    assert box.cells[1, 3] == strips.number(386_800, 2_358_300)
    assert ground.Box.of([]).drawn([]).size == 0


def test_forest_narrows_the_strip_and_unknown_ground_counts_as_forest():
    forest = shapely.box(386_000, 2_358_000, 386_250, 2_358_250)
    widths = ground.widths([forest], 30.0, 10.0)
    cells = np.array([strips.number(386_100, 2_358_100), strips.number(386_300, 2_358_100)])
    assert widths.of(cells).tolist() == [10.0, 30.0]
    assert ground.widths(None, 30.0, 10.0).of(cells).tolist() == [10.0, 10.0]
    assert ground.widths([], 30.0, 10.0).of(cells).tolist() == [30.0, 30.0]


def test_who_was_passed_is_told_to_the_metre_whatever_the_pieces():
    rng = np.random.default_rng(3)
    lines = ways.join(
        ways.line(np.cumsum(rng.normal(0, 8, (n, 2)), axis=0) + ways.CORNER + rng.uniform(0, 900, 2))
        for n in (1, 2, 63, 64, 65, 129, 500)
    )
    begins = np.flatnonzero(~lines.joined)
    drawn = [shapely.LineString(xy) if len(xy) > 1 else shapely.Point(xy[0]) for xy in np.split(lines.xy, begins[1:])]
    places = shapely.buffer(shapely.points(rng.uniform(-300, 1200, (400, 2)) + ways.CORNER), rng.uniform(1, 30, 400))
    expected = np.array([min(shapely.distance(place, drawn)) <= 25.0 for place in places])
    np.testing.assert_array_equal(passed.passed(list(places), lines, 25.0), expected)
    assert 20 < expected.sum() < 380
    assert passed.passed([], lines, 25.0).size == 0
    assert not passed.passed(list(places[:2]), ways.join([]), 25.0).any()
