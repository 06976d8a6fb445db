"""The union of strips on squares of 5 m is that of buffered lines."""

import numpy as np
import pytest
import shapely
import ways
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from eradication.effort import strips


def stamped(lines, half_m=30.0, widths=None):
    return strips.stamp(lines, widths or ways.widths(half_m))


@pytest.mark.parametrize("half_m", [10.0, 30.0, 60.0])
def test_area_length_and_time_of_a_winding_walk_are_those_of_its_line(half_m):
    rng = np.random.default_rng(7)
    areas, lengths = [], []
    for _ in range(20):
        lines = ways.line(np.cumsum(rng.normal((3, 2), 6, (400, 2)), axis=0) + ways.CORNER + rng.uniform(0, 250, 2))
        found, drawn = stamped(lines, half_m), shapely.LineString(lines.xy)
        areas.append(found.area_m2.sum() / drawn.buffer(half_m, 64).area)
        lengths.append(found.walked_m.sum() / drawn.length)
        assert found.seconds.sum() == pytest.approx(lines.moving_s.sum())
    assert np.abs(np.array(areas) - 1).max() < 0.015
    assert np.mean(areas) == pytest.approx(1, abs=0.003)
    np.testing.assert_allclose(lengths, 1)


@examples(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-600, 600), st.floats(-600, 600)), min_size=1, max_size=8),
    st.floats(5, 60),
    st.integers(0, 10**6),
)
def test_a_square_is_seen_exactly_if_its_middle_lies_within_reach(points, half_m, seed):
    lines = ways.line(np.array(points) + ways.CORNER)
    found = stamped(lines, half_m)
    drawn = shapely.LineString(lines.xy) if len(points) > 1 else shapely.Point(lines.xy[0])
    column, row = strips.corner(found.cell)
    cell = np.random.default_rng(seed).integers(len(found.cell), size=40)
    y, x = np.random.default_rng(seed + 1).integers(strips.ROWS, size=(2, 40))
    seen = (found.bits[cell, y] >> x.astype(np.uint64)) & np.uint64(1)
    east = column[cell] * strips.SUBCELL_M + (x + 0.5) * strips.SQUARE_M
    north = row[cell] * strips.SUBCELL_M + (y + 0.5) * strips.SQUARE_M
    away = shapely.distance(drawn, shapely.points(east, north))
    clear = np.abs(away - half_m) > 1e-6
    np.testing.assert_array_equal(seen[clear] == 1, away[clear] <= half_m)


def test_what_lies_within_reach_is_never_outside_the_cells_that_are_kept():
    lines = ways.way([(10.0, 10.0), (490.0, 240.0)])
    found, drawn = stamped(lines), shapely.LineString(lines.xy)
    near = {
        (e, n)
        for e in range(1540, 1550)
        for n in range(9428, 9436)
        if drawn.distance(shapely.box(e * 250, n * 250, (e + 1) * 250, (n + 1) * 250)) < 26
    }
    assert near <= set(zip(*(part.tolist() for part in strips.corner(found.cell)), strict=True))


def test_lines_that_are_not_joined_leave_the_ground_between_them_unseen():
    apart = ways.join([ways.way([(0, 20), (50, 20)]), ways.way([(200, 20), (249, 20)])])
    assert stamped(apart, 10.0).area_m2.sum() == pytest.approx(2 * (50 * 20 + 314), rel=0.06)
    assert stamped(apart, 10.0).walked_m.sum() == pytest.approx(99)


def test_long_steps_fall_to_the_cells_they_cross():
    found = stamped(ways.line(np.array([(0.0, 125.0), (190.0, 125.0), (380.0, 125.0)]) + ways.CORNER))
    by_cell = dict(zip(found.cell.tolist(), found.walked_m.tolist(), strict=True))
    own, next_one = (int(strips.number(386_000 + x, 2_358_125)) for x in (10, 260))
    assert by_cell[own] == pytest.approx(250, abs=13)
    assert by_cell[next_one] == pytest.approx(130, abs=13)


def test_each_cell_is_seen_as_far_as_its_own_cover_allows():
    forest = np.array([int(strips.number(386_300, 2_358_100))])
    widths = strips.Widths(30.0, forest, np.array([10.0]))
    found = stamped(ways.way([(0, 125), (499, 125)]), widths=widths)
    area = dict(zip(found.cell.tolist(), found.area_m2.tolist(), strict=True))
    assert area[int(strips.number(386_100, 2_358_100))] == pytest.approx(250 * 60, rel=0.01)
    assert area[int(forest[0])] == pytest.approx(250 * 20, rel=0.01)
    assert widths.widest_m == 30.0


def test_nothing_walked_is_nothing_seen():
    found = stamped(ways.join([]))
    assert (len(found.cell), found.area_m2.sum()) == (0, 0.0)
