"""A package that comes back: the layer of visits is read, whatever lies beside it."""

import sqlite3
import struct
import uuid
from contextlib import closing

import geopandas
import pytest
import shapely
from shapely.geometry import Point, box

from eradication.errors import RefusedInput
from eradication.ingest.formats import patrol_file, visit_package, visit_table
from eradication.ingest.formats.visit_table import read

OPTIONS = {"timezone": "Asia/Ho_Chi_Minh", "points": 1000, "epsg": None}


def package(path, visits=(), crs=4326, track=False, name="visits"):
    """A package as QField leaves it: places, visits and perhaps a track."""
    rows = [{"visit_id": str(uuid.uuid4()), "outcome": "rejected", "photo_before": None} | row for row in visits]
    if rows:
        places = geopandas.GeoSeries([row.pop("at", Point(104.7, 20.8)) for row in rows], crs=4326).to_crs(crs)
        geopandas.GeoDataFrame(rows, geometry=places).to_file(path, layer=name, driver="GPKG")
    outline = geopandas.GeoDataFrame({"code": ["VH-27-001"]}, geometry=[box(104, 20, 105, 21)], crs=4326)
    outline.to_file(path, layer="candidates", driver="GPKG")
    if track:
        line = shapely.LineString([(104.7 + 1e-4 * i, 20.8) for i in range(5)])
        geopandas.GeoDataFrame({"name": ["đi"]}, geometry=[line], crs=4326).to_file(path, layer="tracks", driver="GPKG")
    return path


def test_rows_bear_their_numbers_cells_and_places_and_photos_lose_their_folder(tmp_path):
    visits = [{"photo_before": "DCIM/2027/JPEG_1.jpg", "unit": "BP01"}, {"photo_before": "C:\\DCIM\\b.jpg"}, {}]
    found = read(package(tmp_path / "a.gpkg", visits, name="lượt kiểm tra"), {})
    assert [row["line"] for row in found["rows"]] == [1, 2, 3]
    assert [row["cells"]["photo_before"] for row in found["rows"]] == ["JPEG_1.jpg", "b.jpg", None]
    assert found["rows"][0]["geometry"] == {"type": "Point", "coordinates": (104.7, 20.8)}
    assert found["format"] == "gpkg"
    assert set(found["columns"]) == {"visit_id", "outcome", "photo_before", "unit"}


def test_a_layer_in_official_coordinates_is_brought_to_degrees(tmp_path):
    [row] = read(package(tmp_path / "a.gpkg", [{"at": Point(103.905, 21.327)}], crs=9206), {})["rows"]
    # GDAL may take another transformation than ours: metres are what matters here.
    assert row["geometry"]["coordinates"] == pytest.approx((103.905, 21.327), abs=3e-5)


def test_a_visit_without_a_place_is_a_row_too(tmp_path):
    [row] = read(package(tmp_path / "a.gpkg", [{"at": Point()}]), {})["rows"]
    assert row["geometry"] is None


@pytest.mark.parametrize(("visits", "reason"), [([], "not_a_visit_table")])
def test_a_package_without_visits_is_refused_with_its_reason(visits, reason, tmp_path):
    with pytest.raises(RefusedInput) as refused:
        read(package(tmp_path / "a.gpkg", visits), {})
    assert refused.value.kind == reason


def test_an_empty_layer_of_visits_and_too_many_rows_are_refused(tmp_path):
    path = package(tmp_path / "a.gpkg", [{}, {}])
    with pytest.raises(RefusedInput) as refused:
        visit_package.read(path, 1)
    assert refused.value.kind == "too_many_rows"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript("DROP TRIGGER IF EXISTS rtree_visits_geom_delete; DELETE FROM visits;")
    with pytest.raises(RefusedInput) as refused:
        read(path, {})
    assert refused.value.kind == "no_content"


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE visits SET geom = x'00'",
        "UPDATE visits SET geom = 'text'",
        "DROP TABLE gpkg_contents",
        "UPDATE gpkg_geometry_columns SET srs_id = 99999",
        'ALTER TABLE visits RENAME TO "vi\'sits"',
    ],
)
def test_a_damaged_package_is_refused_or_read_and_never_breaks_down(spoil, tmp_path):
    path = package(tmp_path / "a.gpkg", [{}])
    with closing(sqlite3.connect(path)) as database, database:
        drop = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (trigger,) in database.execute(drop).fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("PRAGMA legacy_alter_table = ON")
        database.executescript(spoil)
    with pytest.raises(RefusedInput) as refused:
        read(path, {})
    assert refused.value.hint


def test_bytes_after_the_mark_of_sqlite_that_are_no_database_are_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(visit_table.PACKAGE + struct.pack("<40I", *range(40)))
    with pytest.raises(RefusedInput) as refused:
        read(path, {})
    assert refused.value.kind == "unreadable_format"


def test_patrols_take_the_track_and_neither_visits_nor_candidates(tmp_path):
    found = patrol_file.read(package(tmp_path / "a.gpkg", [{}, {}], track=True), OPTIONS)
    assert [track["name"] for track in found["tracks"]] == ["đi"]
    assert found["waypoints"] == []
    assert found["facts"] == {"left_out_Polygon": 1, "left_out_visits": 2}


def test_a_package_of_visits_alone_is_sent_where_visits_go(tmp_path):
    with pytest.raises(RefusedInput) as refused:
        patrol_file.read(package(tmp_path / "a.gpkg", [{}]), OPTIONS)
    assert refused.value.kind == "is_a_visit_table"
