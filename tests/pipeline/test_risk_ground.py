"""What the ground is like, measured by hand on 128 cells; what is kept is used only while all it rests on stays."""

import json

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from risk_world import COLUMNS, ROWS, SOUTH_M, WEST_M, at, drawn, named, small, square
from shapely.geometry import GeometryCollection, LineString, MultiLineString, Point, Polygon, box, mapping

from eradication.effort.ground import Box
from eradication.errors import UnusableInput
from eradication.pipeline.risk import ground, nearness
from eradication.pipeline.workspace import created, settings_for


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        yield workspace


def of(found, name):
    """A measure as rows from the south and columns from the west."""
    return found.raw[name].reshape(ROWS, COLUMNS)


def plane(path, epsg=32648):
    """A slope that rises by 1 m in 5 m to the east."""
    step = 10.0
    west, north = WEST_M - 1000, SOUTH_M + 3000
    heights = (1000.0 + 0.2 * (np.arange(600) + 0.5) * step)[None, :].repeat(400, axis=0).astype(np.float32)
    kind = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": f"EPSG:{epsg}"}
    with rasterio.open(
        path, "w", width=600, height=400, transform=rasterio.Affine(step, 0, west, 0, -step, north), **kind
    ) as target:
        target.write(heights, 1)


def test_without_any_file_there_are_cells_with_their_commune_and_nothing_is_known_of_them(office):
    found = ground.of_workspace(office)
    assert len(found.cells) == COLUMNS * ROWS
    assert (np.diff(found.cells) > 0).all()
    assert found.commune.reshape(ROWS, COLUMNS).tolist() == [[0] * 8 + [1] * 8] * ROWS
    assert [unit.code for unit in found.units] == ["04001", "04002"]
    assert set(found.raw) == set(ground.NAMES)
    assert all(values is None for values in found.raw.values())


def test_a_plane_has_its_slope_its_aspect_its_light_and_its_roughness(office):
    plane(office.folder / "dem.tif")
    found = ground.of_workspace(named(office, terrain_dem="dem.tif"))
    middles = 1000.0 + 0.2 * (1000.0 + 250.0 * (np.arange(COLUMNS) + 0.5))
    assert of(found, "elevation_m") == pytest.approx(np.tile(middles, (ROWS, 1)), abs=0.2)
    assert of(found, "slope_deg") == pytest.approx(np.degrees(np.arctan(0.2)), abs=0.01)
    assert of(found, "aspect_deg") == pytest.approx(270.0, abs=0.1)  # it faces west, downhill
    assert of(found, "roughness_m") == pytest.approx(0.2 * np.std([-100, -50, 0, 50, 100]), rel=0.01)
    # 10:30 on 15 January: the sun stands in the south-east, so a slope to the west gets less than level ground.
    assert 0.4 < of(found, "sun_january")[0, 0] < 0.6


@pytest.mark.slow
def test_distances_are_from_the_middle_of_a_cell_to_points_lines_and_areas(office):
    drawn(office.folder / "villages.geojson", [Point(at(2.5, 3.5))])
    drawn(office.folder / "roads.gpkg", [LineString([at(5.0, -4.0), at(5.0, 12.0)])])
    drawn(office.folder / "rivers.gpkg", [Polygon([at(8, 0), at(10, 0), at(10, 8), at(8, 8)])])
    names = {"distances_village": "villages.geojson", "distances_road": "roads.gpkg", "plan_rivers": "rivers.gpkg"}
    found = ground.of_workspace(named(office, **names))
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    by_hand = 250.0 * np.hypot(columns - 2, rows - 3)
    assert of(found, "village_m") == pytest.approx(by_hand, abs=0.5)
    # A straight line in degrees bends by less than 2 m over 4 km against one in metres.
    assert of(found, "road_m") == pytest.approx(250.0 * np.abs(columns + 0.5 - 5.0), abs=2.0)
    assert of(found, "river_m") == pytest.approx(
        250.0 * np.maximum(np.maximum(7.5 - columns, columns - 9.5), 0), abs=2.0
    )
    assert found.raw["border_m"] is None
    assert found.raw["track_m"] is None


def test_compartments_of_one_forest_have_no_edge_between_them_and_shares_are_of_area(office):
    parts = [square(WEST_M + 500.0 * n, SOUTH_M - 2500.0, 500.0) for n in range(4)]
    parts = [Polygon([at(2 * n, -4), at(2 * n + 2, -4), at(2 * n + 2, 12), at(2 * n, 12)]) for n in range(3)]
    drawn(office.folder / "forest.gpkg", parts)
    drawn(office.folder / "karst.geojson", [Polygon([at(0, 0), at(0.4, 0), at(0.4, 1), at(0, 1)])])
    found = ground.of_workspace(named(office, effort_forest="forest.gpkg", risk_karst="karst.geojson"))
    share, edge = of(found, "forest_share"), of(found, "forest_edge_m")
    assert share[:, :6] == pytest.approx(1.0, abs=0.11)
    assert share[:, 6:] == pytest.approx(0.0, abs=0.11)
    # The only edges are at the first column and after the sixth one; what is further in is further from them.
    inside = [125, 375, 625, 625, 375, 125]
    assert edge[4, :6] == pytest.approx(inside, abs=26)
    assert edge[4, 6:] == pytest.approx(125 + 250 * np.arange(10), abs=26)
    assert of(found, "karst")[0, 0] == pytest.approx(0.4)
    assert of(found, "karst").sum() == pytest.approx(0.4)


def test_a_raster_of_old_swidden_is_averaged_and_its_gaps_stay_unknown(office):
    values = np.zeros((16, 32), np.float32)
    values[:, :16], values[:2, 30:] = 0.5, np.nan
    values[14:, 0] = 1.0
    place = rasterio.Affine(125.0, 0, WEST_M, 0, -125.0, SOUTH_M + 2000.0)
    kind = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:32648", "nodata": np.nan}
    with rasterio.open(office.folder / "bare.tif", "w", width=32, height=16, transform=place, **kind) as target:
        target.write(values, 1)
    share = of(ground.of_workspace(named(office, risk_swidden="bare.tif")), "swidden_share")
    assert share[0, 0] == pytest.approx(0.75)
    assert share[3, 3] == pytest.approx(0.5)
    assert share[3, 12] == pytest.approx(0.0)
    assert np.isnan(share[7, 15])


@pytest.mark.slow
def test_what_is_kept_is_used_as_long_as_files_and_communes_stay_the_same(office, monkeypatch):
    drawn(office.folder / "villages.geojson", [Point(at(0.5, 0.5))])
    desk = named(office, distances_village="villages.geojson")
    first = ground.of_workspace(desk)
    with monkeypatch.context() as patch:
        patch.setattr(ground, "_measured", lambda *_: pytest.fail("measured anew"))
        again = ground.of_workspace(desk)
    assert np.array_equal(first.raw["village_m"], again.raw["village_m"])
    drawn(office.folder / "villages.geojson", [Point(at(15.5, 7.5))])
    moved = ground.of_workspace(desk)
    assert moved.raw["village_m"][-1] == pytest.approx(0.0, abs=0.5)
    kept = sorted((office.folder / "outputs" / "risk").glob("ground-*.npz"))
    for file in kept:
        file.write_bytes(b"PK\x03\x04 damaged")
    assert np.array_equal(ground.of_workspace(desk).raw["village_m"], moved.raw["village_m"])


def test_other_communes_make_another_ground(office):
    before = ground.of_workspace(office)
    from risk_world import commune

    with office.store.transaction() as transaction:
        transaction.add_units([commune("04003", "Xã Mới", WEST_M + 4000.0, 2000.0)], [])
    after = ground.of_workspace(office)
    assert len(after.cells) == len(before.cells) + 64
    assert {unit.code for unit in after.units} == {"04001", "04002", "04003"}


def test_without_communes_it_is_said_what_to_do(tmp_path):
    with created(tmp_path / "empty", settings_for("Sơn La")) as workspace, pytest.raises(UnusableInput) as told:
        ground.of_workspace(workspace)
    assert told.value.kind == "no_outlines"
    assert "boundaries import" in str(told.value.hint)


@pytest.mark.parametrize(
    ("key", "file"), [("distances_road", "roads.gpkg"), ("risk_swidden", "bare.tif"), ("terrain_dem", "dem.tif")]
)
def test_a_file_that_is_not_there_or_is_none_is_told_with_its_place_in_the_settings(office, key, file):
    for prepare in (lambda path: None, lambda path: path.write_text("nonsense")):
        prepare(office.folder / file)
        with pytest.raises(UnusableInput) as told:
            ground.of_workspace(named(office, **{key: file}))
        assert told.value.hint
        assert file in str(told.value.where)


def test_swidden_shares_beyond_0_to_1_are_refused(office):
    place = rasterio.Affine(250.0, 0, WEST_M, 0, -250.0, SOUTH_M + 2000.0)
    kind = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:32648"}
    with rasterio.open(office.folder / "bare.tif", "w", width=16, height=8, transform=place, **kind) as target:
        target.write(np.full((8, 16), 40, np.uint8), 1)
    with pytest.raises(UnusableInput) as told:
        ground.of_workspace(named(office, risk_swidden="bare.tif"))
    assert told.value.kind == "bad_swidden"


def test_an_openstreetmap_extract_with_mixed_shapes_is_read(office):
    mixed = [("track", LineString([at(3, 0), at(3, 8)])), ("ford", Point(at(12.5, 4.5)))]
    features = [
        {"type": "Feature", "properties": {"highway": kind}, "geometry": mapping(shape)} for kind, shape in mixed
    ]
    (office.folder / "osm.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    track = of(ground.of_workspace(named(office, plan_tracks="osm.geojson")), "track_m")
    assert track[4, 12] == pytest.approx(0.0, abs=0.5)
    assert track[4, 3] == pytest.approx(125.0, abs=2.0)


numbers = st.integers(-30_000, 30_000).map(lambda n: n / 10)
points = st.tuples(numbers, numbers)
lines = st.lists(points, min_size=2, max_size=6, unique=True).map(LineString)
shapes = st.lists(
    st.one_of(
        lines,
        points.map(Point),
        st.lists(lines, min_size=1, max_size=3).map(MultiLineString),
        st.tuples(points, st.floats(1, 900)).map(lambda p: box(*p[0], p[0][0] + p[1], p[0][1] + p[1])),
    ),
    min_size=1,
    max_size=6,
)


@given(shapes, st.lists(points, min_size=1, max_size=12))
def test_distances_are_those_of_shapely_or_by_a_hair_more(given_shapes, asked):
    xy = np.array(asked, float)
    told = nearness.distances(xy, given_shapes)
    exact = GeometryCollection(given_shapes)
    true = np.array([Point(*p).distance(exact) for p in asked])
    assert (told >= true - 1e-6).all()
    assert (told <= true + nearness.STEP_M / 2).all()
    far = true > 100.0
    assert (told[far] <= true[far] + 1.0).all()


def test_no_shape_is_no_distance():
    assert nearness.distances(np.zeros((3, 2)), [LineString(), Polygon()]) is None
    assert nearness.to_points(np.zeros((3, 2)), np.empty((0, 2))) is None
    assert nearness.share(Box(0, 0, 2, 1), nearness.covered(Box(0, 0, 2, 1), [], 4)).tolist() == [[0.0, 0.0]]


PARTIAL = ("distances_village", "distances_road", "plan_tracks", "plan_rivers", "effort_forest", "distances_border")


@pytest.mark.slow
def test_beyond_the_box_of_a_partial_file_distances_are_unknown_but_a_border_is_not(office):
    """Everything is drawn in the third to last column of a commune 24 cells further west: only what is near knows."""
    from risk_world import commune

    with office.store.transaction() as transaction:
        transaction.add_units([commune("04003", "Xã Xa", WEST_M + 12_000.0, 2000.0)], [])
    drawn(office.folder / "part.gpkg", [Polygon([at(4, 2), at(6, 2), at(6, 6), at(4, 6)])])
    found = ground.of_workspace(named(office, **dict.fromkeys(PARTIAL, "part.gpkg")))
    x = found.middles[:, 0] - WEST_M
    near = x <= 6 * 250.0 + ground.EXTENT_M + 5.0
    assert 0 < near.sum() < len(near)
    for name in ("village_m", "road_m", "track_m", "river_m", "forest_share", "forest_edge_m"):
        assert (np.isfinite(found.raw[name]) == near).all(), name
    assert np.isfinite(found.raw["border_m"]).all()
    assert found.raw["border_m"][~near].min() > ground.EXTENT_M
    share = near.mean()
    assert found.partly == dict.fromkeys([*ground.DRAWN.values()], pytest.approx(share))


@pytest.mark.slow
def test_files_of_the_whole_ground_are_known_everywhere_and_none_is_told_as_partial(office):
    corners = [Point(*at(0, 0)), Point(*at(COLUMNS, ROWS))]
    drawn(office.folder / "whole.gpkg", [point.buffer(0.001) for point in corners])
    found = ground.of_workspace(named(office, **dict.fromkeys(PARTIAL, "whole.gpkg")))
    assert all(np.isfinite(found.raw[name]).all() for name in (*ground.NEAR, "forest_share", "forest_edge_m"))
    assert found.partly == {}


@pytest.mark.slow
def test_a_file_that_ends_far_from_every_cell_knows_nothing(office):
    drawn(office.folder / "far.gpkg", [Point(*at(120, 0)).buffer(0.001)])
    found = ground.of_workspace(named(office, distances_road="far.gpkg", effort_forest="far.gpkg"))
    assert np.isnan(found.raw["road_m"]).all()
    assert np.isnan(found.raw["forest_share"]).all()
    assert set(found.partly.values()) == {0.0}


@given(shapes, st.lists(points, min_size=1, max_size=12), st.floats(0, 2000))
def test_outside_the_box_nothing_is_nearer_than_the_margin(given_shapes, asked, margin):
    xy = np.array(asked, float)
    west, south, east, north = GeometryCollection(given_shapes).bounds
    wide = box(west - margin, south - margin, east + margin, north + margin)
    told = nearness.outside(xy, given_shapes, margin)
    assert told.tolist() == [not wide.intersects(Point(*p)) for p in asked]
    assert (nearness.distances(xy, given_shapes)[told] >= margin - 1e-6).all()
