"""Ways on foot: how long they take, and what they never cross. All grounds here are made up."""

import math

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra
from skimage.graph import MCP_Geometric

from eradication.config.planning import Plan
from eradication.errors import UnusableInput
from eradication.routing import shortest, steps, walking
from eradication.routing.land import Covers, Land

WEST, NORTH, SIZE = 400_000.0, 2_370_000.0, 50.0
GRID = Affine(SIZE, 0, WEST, 0, -SIZE, NORTH)
SETTINGS = Plan()

few = settings(max_examples=30, deadline=None)


def at(column: float, row: float) -> tuple[float, float]:
    """Metres of the middle of a cell."""
    return WEST + SIZE * (column + 0.5), NORTH - SIZE * (row + 0.5)


def line(*cells: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*cell) for cell in cells])


def flat(rows: int = 30, columns: int = 40, **covers) -> Land:
    return walking.land(np.zeros((rows, columns)), GRID, Covers(**covers), SETTINGS)


def ms(slope: float, pace: float) -> float:
    return 6.0 / 3.6 * math.exp(-3.5 * abs(slope + 0.05)) * pace


def hours_apart(land: Land, *cells: tuple[float, float]) -> np.ndarray:
    return walking.times(land, [at(*cell) for cell in cells], math.inf)


@pytest.mark.parametrize("slope", [0.0, 0.05, 0.15, 0.25])
def test_a_plane_slope_takes_what_toblers_function_says_up_down_and_across(slope):
    heights = np.broadcast_to(slope * SIZE * np.arange(40.0), (30, 40))
    ground = walking.land(heights, GRID, Covers(), SETTINGS)
    found = hours_apart(ground, (5, 10), (25, 10), (5, 28))
    assert found[0, 1] == pytest.approx(20 * SIZE / ms(slope, 0.6), rel=1e-5)
    assert found[1, 0] == pytest.approx(20 * SIZE / ms(-slope, 0.6), rel=1e-5)
    assert found[0, 2] == pytest.approx(18 * SIZE / ms(0.0, 0.6), rel=1e-5)


def test_uphill_takes_longer_than_downhill_and_a_way_tells_both():
    heights = np.broadcast_to(0.2 * SIZE * np.arange(40.0), (30, 40))
    ground = walking.land(heights, GRID, Covers(), SETTINGS)
    points = [at(5, 10), at(25, 10)]
    up, down = walking.ways(ground, points, [(0, 1), (1, 0)])
    assert up.seconds > 1.4 * down.seconds
    assert (up.climb_m, up.descent_m) == pytest.approx((200.0, 0.0))
    assert (down.climb_m, down.descent_m) == pytest.approx((0.0, 200.0))
    assert up.length_m == pytest.approx(1000.0)
    assert up.distance_m.tolist() == sorted(up.distance_m.tolist())
    assert up.seconds == pytest.approx(walking.times(ground, points, math.inf)[0, 1])


@few
@given(st.integers(0, 10**6))
def test_on_even_ground_steps_to_neighbours_give_what_scikit_image_gives(seed):
    pace = np.random.default_rng(seed).uniform(0.2, 1.0, (14, 17)).astype(np.float32)
    ground = Land(GRID, np.zeros((14, 17), np.float32), pace)
    theirs, _ = MCP_Geometric(1.0 / pace.astype(float), fully_connected=True).find_costs([(3, 4)])
    ours = dijkstra(steps.graph(ground, steps.KING).seconds, indices=3 * 17 + 4)
    assert ours.reshape(14, 17) == pytest.approx(theirs * SIZE / ms(0.0, 1.0), rel=1e-5)


@few
@given(st.integers(0, 10**6), st.floats(200, 4000))
def test_the_compiled_search_gives_exactly_what_scipys_dijkstra_gives(seed, limit):
    rng = np.random.default_rng(seed)
    pace = np.where(rng.random((14, 17)) < 0.15, 0.0, rng.uniform(0.1, 1.0, (14, 17))).astype(np.float32)
    seconds = steps.graph(Land(GRID, rng.normal(0, 12, (14, 17)).astype(np.float32), pace)).seconds
    sources, targets = rng.integers(0, pace.size, 3), rng.integers(0, pace.size, 40).astype(np.int32)
    theirs = dijkstra(seconds, indices=sources, limit=limit)[:, targets]
    assert (shortest.between(seconds, sources, targets, [limit] * 3) == theirs).all()


def test_with_knights_moves_a_way_over_even_ground_is_within_3_percent_of_the_straight_one():
    ground = flat()
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.uniform(WEST, WEST + 2000, 40), rng.uniform(NORTH - 1500, NORTH, 40)])
    straight = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) / ms(0.0, 0.6)
    found = walking.times(ground, points, math.inf)
    far = straight > 600
    assert far.any()
    assert (found >= straight - 1e-6).all()
    # The ends lie off the middles of cells, up to 35 m each.
    assert (found[far] <= 1.03 * straight[far] + 4 * 36 / ms(0.0, 0.6)).all()


def test_forest_slows_down_and_a_track_through_it_gives_the_whole_pace():
    forest = shapely.box(*at(-2, 40), *at(60, -2))
    (slow,) = hours_apart(flat(forest=forest), (5, 10), (25, 10))[:1, 1]
    (quick,) = hours_apart(flat(forest=forest, tracks=line((0, 10), (39, 10))), (5, 10), (25, 10))[:1, 1]
    assert slow == pytest.approx(1000 / ms(0, 0.36))
    assert quick == pytest.approx(1000 / ms(0, 1.0))


@few
@given(st.lists(st.floats(2, 27), min_size=2, max_size=12), st.booleans())
def test_nothing_leaks_through_a_river_however_it_winds(rows, as_area):
    columns = np.linspace(-5, 45, len(rows))
    river = line(*zip(columns, rows, strict=True))
    water = river.buffer(3.0) if as_area else river
    ground = flat(rivers=water)
    south = shapely.Polygon([*river.coords, at(45, 60), at(-5, 60)])
    cells = [(c, r) for c in range(0, 40, 9) for r in range(0, 30, 7)]
    points = np.array([at(*cell) for cell in cells])
    away = shapely.distance(shapely.points(points), water) > 1.0
    below = shapely.contains_xy(south, points)
    found = walking.times(ground, points[away], math.inf)
    assert np.isinf(found[np.ix_(below[away], ~below[away])]).all()
    assert np.isinf(found[np.ix_(~below[away], below[away])]).all()


@few
@given(st.lists(st.tuples(st.floats(1, 38), st.floats(1, 28)), min_size=3, max_size=8), st.data())
def test_no_way_touches_an_area_to_keep_out_of(corners, data):
    area = shapely.MultiPoint([at(*cell) for cell in corners]).convex_hull.buffer(data.draw(st.sampled_from([0.5, 60])))
    ground = flat(keep_out=(area,), roads=line((0, 3), (39, 26)))
    points = np.array([at(c, r) for c, r in ((1, 1), (38, 1), (1, 28), (38, 28), (20, 15))])
    found = walking.times(ground, points, math.inf)
    pairs = [(a, b) for a in range(5) for b in range(5) if a != b and np.isfinite(found[a, b])]
    for way in walking.ways(ground, points, pairs):
        assert not shapely.LineString(way.xy).intersects(area)
    for n, inside in enumerate(shapely.contains_xy(area, points)):
        if inside:
            assert np.isinf(np.delete(found[n], n)).all()


@few
@given(st.integers(1, 28), st.integers(1, 28), st.booleans())
def test_nothing_leaks_through_cells_that_are_not_walked_on_joined_by_their_corners_only(left, right, turned):
    pace = np.ones((30, 40), np.float32)
    # Every column once: where the wall goes up or down by one, cells touch by a corner.
    rows = np.round(np.interp(np.arange(40), [0, 13 + abs(left - right), 39], [left, right, right])).astype(int)
    steep = np.abs(np.diff(rows)).max() > 1
    for column, row in enumerate(rows):
        pace[row, column] = 0
        if steep and column:
            pace[slice(*sorted((row, rows[column - 1]))), column] = 0
    if turned:
        pace = pace.T.copy()
    ground = Land(GRID, np.zeros(pace.shape, np.float32), pace)
    ends = [at(0, 29), at(0, 0)] if turned is False else [at(29, 0), at(0, 0)]
    assert np.isinf(walking.times(ground, ends, math.inf)[0, 1])


def test_a_river_is_crossed_where_a_road_crosses_it_and_only_there():
    river = line((-3, 15.3), (50, 15.3))
    assert np.isinf(hours_apart(flat(rivers=river), (10, 5), (10, 25))[0, 1])
    bridge = line((30, 5), (30.2, 25))
    ground = flat(rivers=river, roads=bridge)
    points = [at(10, 5), at(10, 25)]
    there, back = walking.ways(ground, points, [(0, 1), (1, 0)])
    for way in (there, back):
        crossing = shapely.LineString(way.xy).intersection(river)
        assert crossing.geom_type == "Point"
        assert crossing.distance(bridge) < 1e-6
        assert len(way.heights_m) == len(way.xy) == len(way.distance_m)


def test_a_road_that_runs_along_a_river_in_the_same_cells_is_no_bridge():
    river = line((-3, 15.3), (50, 15.3))
    ground = flat(rivers=river, roads=line((-3, 15.1), (50, 15.1)), tracks=line((5, 3), (5, 15.25)))
    assert not ground.bridges
    assert np.isinf(hours_apart(ground, (10, 5), (10, 25))[0, 1])


def test_a_bridge_over_broad_water_whose_road_comes_in_pieces_leads_across():
    water = shapely.box(*at(-3, 18), *at(50, 12))
    pieces = shapely.MultiLineString([line((20, 2), (20, 14)), line((20, 14), (20, 27))])
    found = hours_apart(flat(rivers=water, roads=pieces), (20, 5), (20, 25))
    assert found[0, 1] == pytest.approx(1000 / ms(0, 1.0), rel=0.1)
    assert np.isinf(hours_apart(flat(rivers=water, roads=line((20, 2), (20, 14))), (20, 5), (20, 25))[0, 1])


@pytest.mark.parametrize("wide_m", [2.0, 80.0])
def test_a_bridge_in_an_area_to_keep_out_of_is_not_used(wide_m):
    # The narrow one is a border along the river: both banks may be walked on, the bridge may not.
    river, road = line((-3, 15.3), (50, 15.3)), line((30, 5), (30, 25))
    barred = river.buffer(wide_m)
    assert np.isfinite(hours_apart(flat(rivers=river, roads=road), (10, 5), (10, 25))[0, 1])
    assert np.isinf(hours_apart(flat(rivers=river, roads=road, keep_out=(barred,)), (10, 5), (10, 25))[0, 1])


def test_ground_that_is_too_steep_is_passed_only_on_a_track():
    heights = np.where(np.arange(40) < 20, 0.0, 200.0) * np.ones((30, 1))
    cliff = walking.land(heights, GRID, Covers(), SETTINGS)
    assert np.isinf(hours_apart(cliff, (10, 10), (30, 10))[0, 1])
    track = walking.land(heights, GRID, Covers(tracks=line((0, 10), (39, 10))), SETTINGS)
    found = hours_apart(track, (10, 10), (30, 10))
    assert np.isfinite(found).all()


def test_where_no_height_is_known_nobody_walks():
    heights = np.zeros((30, 40))
    heights[:, 20] = np.nan
    ground = walking.land(heights, GRID, Covers(), SETTINGS)
    assert np.isinf(hours_apart(ground, (10, 10), (30, 10))[0, 1])


@few
@given(st.integers(0, 10**6), st.floats(600, 4000))
def test_searching_round_trips_only_loses_nothing_that_a_round_trip_can_use(seed, limit):
    rng = np.random.default_rng(seed)
    heights = 40 * np.cumsum(rng.normal(size=(30, 40)), axis=1) / 10
    ground = walking.land(heights, GRID, Covers(), SETTINGS)
    points = np.column_stack([rng.uniform(WEST, WEST + 2000, 12), rng.uniform(NORTH - 1500, NORTH, 12)])
    whole = walking.times(ground, points, math.inf)
    part = walking.times(ground, points, limit, posts=2)
    trip = np.min([whole[p][:, None] + whole + whole[:, p][None, :] for p in (0, 1)], axis=0)
    useful = trip <= limit - 1e-6
    assert part[useful] == pytest.approx(whole[useful])
    assert (part >= whole - 1e-6).all()
    assert np.isinf(part[~np.eye(12, dtype=bool) & (whole > limit + 1e-6)]).all()


def test_places_off_the_ground_or_in_danger_are_named_and_never_reached():
    ground = flat(keep_out=(shapely.Point(at(30, 20)).buffer(200),))
    points = [at(5, 5), at(-3, 5), at(-4, 5), at(30, 20), at(20, 20), (math.nan, math.nan)]
    assert walking.reached(ground, points).tolist() == [True, True, False, False, True, False]
    found = walking.times(ground, points, math.inf)
    assert np.isfinite(found[0]).tolist() == [True, True, False, False, True, False]
    assert (np.diag(found) == 0).all()


def test_a_place_is_joined_to_the_bank_it_lies_on():
    river = line((-3, 15.3), (50, 15.3))
    ground = flat(rivers=river)
    # In the cell whose middle is on the other bank.
    south, north, here = at(10, 15.45), at(10, 15.2), at(12, 5)
    found = walking.times(ground, [here, south, north], math.inf)
    assert np.isinf(found[0, 1])
    assert np.isfinite(found[0, 2])
    assert walking.joined(ground, [here, south, north]).tolist() == [True, False, True]
    assert walking.reached(ground, [here, south, north]).all()


def test_limits_cut_off_what_takes_longer():
    ground = flat()
    whole = hours_apart(ground, (5, 10), (25, 10), (6, 10))
    cut = walking.times(ground, [at(5, 10), at(25, 10), at(6, 10)], whole[0, 1] - 1)
    assert np.isfinite(cut).tolist() == [[True, False, True], [False, True, True], [True, True, True]]


def test_a_way_that_does_not_exist_is_told():
    ground = flat(rivers=line((-3, 15.3), (50, 15.3)))
    with pytest.raises(UnusableInput) as error:
        walking.ways(ground, [at(10, 5), at(10, 25)], [(0, 1)])
    assert error.value.kind == "no_way"
    assert error.value.hint


@pytest.mark.parametrize(
    ("heights", "grid", "kind"),
    [
        (np.full((5, 5), np.nan), GRID, "no_heights"),
        (np.zeros((0, 5)), GRID, "no_heights"),
        (np.zeros((5, 5)), Affine(50, 0, WEST, 0, -40, NORTH), "grid_not_square"),
        (np.zeros((5, 5)), Affine(50, 5, WEST, 5, -50, NORTH), "grid_not_square"),
        (np.zeros((5, 5)), Affine(50, 0, WEST, 0, 50, NORTH), "grid_not_square"),
    ],
)
def test_ground_without_heights_or_on_a_crooked_grid_is_refused_with_a_hint(heights, grid, kind):
    with pytest.raises(UnusableInput) as error:
        walking.land(heights, grid, Covers(), SETTINGS)
    assert error.value.kind == kind
    assert error.value.hint
