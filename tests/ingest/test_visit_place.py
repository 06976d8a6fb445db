"""Where a row of a visit table was."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication import geo
from eradication.config import Settings
from eradication.errors import RefusedInput
from eradication.ingest import visit_place, visits
from eradication.ingest.formats import visit_table

NOW = datetime(2027, 3, 1, tzinfo=UTC)
HEADER = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method"
GOOD = "v1,104.61,20.85,2027-02-10T08:30:00+07:00,BP-1,S1 S2,detected,320,tape"


@pytest.fixture
def read(tmp_path: Path):
    """Read a table from its text."""

    def reader(content, name="visits.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        table = visit_table.read(path, {})
        return visits.interpret(table, settings=Settings(), now=NOW, zone=ZoneInfo("Asia/Ho_Chi_Minh"))

    return reader


@pytest.fixture
def row(read):
    """Read the good row with some cells changed or added."""

    def reader(**changed):
        record = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changed
        cells = ",".join(f'"{"" if value is None else value}"' for value in record.values())
        (answer,) = read(f"{','.join(record)}\n{cells}\n")
        return answer

    return reader


def test_geojson_points_and_polygons(read):
    properties = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    properties = {k: v for k, v in properties.items() if k not in ("lon", "lat")} | {"officers": ["S1", "S2"]}
    ring = [[104.61, 20.85], [104.6102, 20.85], [104.6102, 20.8502], [104.61, 20.8502], [104.61, 20.85]]
    bow = [[104.61, 20.85], [104.6102, 20.8502], [104.6102, 20.85], [104.61, 20.8502], [104.61, 20.85]]
    geometries = [
        {"type": "Point", "coordinates": [104.61, 20.85]},
        {"type": "Polygon", "coordinates": [ring]},
        {"type": "Polygon", "coordinates": [bow]},
        {"type": "LineString", "coordinates": ring},
        None,
        {"type": "Point", "coordinates": ["a"]},
    ]
    features = [{"type": "Feature", "properties": properties, "geometry": g} for g in geometries]
    answers = read(json.dumps({"type": "FeatureCollection", "features": features}), name="visits.geojson")
    assert [a.reason for a in answers] == ["", "", "bad_geometry", "bad_geometry", "no_place", "bad_geometry"]
    assert [a.line for a in answers] == [1, 2, 3, 4, 5, 6]
    assert (answers[0].visit.lon, answers[0].outline) == (104.61, None)
    assert answers[1].outline.area > 0
    assert answers[1].visit.officers == ("S1", "S2")


X, Y, LON, LAT = 489_949.46, 2_359_155.77, 103.905, 21.327


@pytest.mark.parametrize(("x", "y", "crs"), [(X, Y, "EPSG:9206"), (386_247.24, 2_358_840.92, "3405")])
def test_coordinates_in_VN_2000_are_converted(row, x, y, crs):
    visit = row(lon=None, lat=None, x=x, y=y, crs=crs).visit
    assert geo.distance_m(visit.lon, visit.lat, LON, LAT) < 0.05


def test_in_a_cadastral_table_X_is_north_and_the_row_says_that_it_was_turned(row):
    answer = row(lon=None, lat=None, x=Y, y=X, crs="EPSG:9206")
    assert geo.distance_m(answer.visit.lon, answer.visit.lat, LON, LAT) < 0.05
    assert "x_is_north" in answer.checks
    assert "x_is_north" not in row(lon=None, lat=None, x=X, y=Y, crs="EPSG:9206").checks


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [(2_358_733.0, 386_442.54, "EPSG:32648"), (2_358_840.92, 386_247.24, "EPSG:3405"), (Y, X, "EPSG:9206")],
)
def test_swapped_axes_are_turned_in_every_system_of_metres(row, x, y, crs):
    answer = row(lon=None, lat=None, x=x, y=y, crs=crs)
    assert geo.distance_m(answer.visit.lon, answer.visit.lat, LON, LAT) < 0.05
    assert "x_is_north" in answer.checks
    assert "far_from_vietnam" not in answer.checks


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [
        (X, Y, "EPSG:32750"),  # the southern hemisphere's zone
        (X, Y, "EPSG:32631"),  # a zone in Africa
        (X / 1000, Y / 1000, "EPSG:9206"),  # kilometres for metres
        (X, Y - 2_000_000, "EPSG:9206"),  # a digit of the northing lost
        (X + 900_000, Y, "EPSG:9206"),  # an easting with a digit too many
        (104.6, 20.85, "EPSG:9206"),  # degrees in the columns for metres
    ],
)
def test_metres_that_lead_out_of_vietnam_are_refused_with_a_word_on_system_and_axes(row, x, y, crs):
    answer = row(lon=None, lat=None, x=x, y=y, crs=crs)
    assert (answer.reason, answer.visit) == ("coordinates_implausible", None)
    assert "crs" in answer.error.hint
    assert crs in answer.message


def test_two_places_in_one_row_that_disagree_are_marked(row):
    assert "places_disagree" in row(x=X, y=Y, crs="EPSG:9206").checks
    assert "places_disagree" not in row(lon=LON, lat=LAT, x=X, y=Y, crs="EPSG:9206").checks


@pytest.mark.parametrize(("lon", "lat"), [("2.35", "48.86"), ("101.4", "20"), ("110.6", "20"), ("105", "24.1")])
def test_a_place_in_degrees_far_from_Vietnam_is_taken_and_marked(row, lon, lat):
    answer = row(lon=lon, lat=lat)
    assert "far_from_vietnam" in answer.checks
    assert answer.visit.lon == float(lon)


def test_every_corner_of_the_province_is_near(row):
    for lon, lat in (("103.2", "20.5"), ("105.1", "22.1"), ("103.2", "22.1"), ("105.1", "20.5")):
        assert "far_from_vietnam" not in row(lon=lon, lat=lat).checks


def test_a_plot_is_a_place(row):
    assert row(lon=None, lat=None, plot_id="VH-27-001").visit.plot_id == "VH-27-001"


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)


@given(
    st.recursive(anything, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=8)
)
def test_any_geometry_is_a_place_or_refused(coordinates):
    kinds = set()
    for kind in ("Point", "Polygon", "MultiPolygon"):
        try:
            place = visit_place.read({}, {"type": kind, "coordinates": coordinates})
        except RefusedInput as refused:
            kinds.add(refused.kind)
        else:
            assert geo.is_on_earth(place.lon, place.lat)
    assert kinds <= {"bad_geometry", "bad_coordinates"}
