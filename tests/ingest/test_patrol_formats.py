"""One walk comes in as the same walk from whatever program wrote it: GPX, KMZ, TCX, XLSX, GeoPackage, Shapefile."""

import io
import stat
import zipfile
from datetime import UTC, datetime, timedelta

import fit_factory
import numpy as np
import pyogrio
import pytest
import shapely
from walks import ELE_M, LAT, LON, MADE, MINUTES, TIMES, fit, gpkg, gpx, kml, shapefile, xlsx, zipped

from eradication import geo
from eradication.config import Settings
from eradication.ingest import patrols

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def read(tmp_path):
    def call(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content)
        return patrols.read(path, **{"timezone": "Asia/Ho_Chi_Minh", "settings": Settings(), "now": NOW} | options)

    return call


@pytest.mark.parametrize("form", MADE)
def test_one_walk_is_the_same_walk_from_every_program(read, tmp_path, form):
    name, make = MADE[form]
    file = read(name, make(tmp_path))
    (patrol,) = file.patrols
    assert (file.status, file.format, patrol.kind) == ("accepted", form, "track")
    assert (patrol.total, patrol.kept, patrol.start, patrol.end) == (MINUTES, MINUTES, TIMES[0], TIMES[-1])
    (segment,) = patrol.segments
    # FIT counts in 2^31 parts of a half turn, about a centimetre.
    np.testing.assert_allclose(segment.lon, LON, atol=1e-7)
    np.testing.assert_allclose(segment.lat, LAT, atol=1e-7)
    np.testing.assert_allclose(segment.ele_m, ELE_M, atol=0.01)
    assert patrol.length_km == pytest.approx(geo.length_m(LON, LAT) / 1000.0, abs=1e-4)
    assert patrol.name == ("" if form in ("tcx", "xlsx", "fit") else "Tuyến 1")
    assert patrol.walk == read("b.gpx", gpx()).patrols[0].walk, "counted once, whatever program saved it"


@pytest.mark.parametrize("make", [gpkg, shapefile])
@pytest.mark.parametrize("epsg", [9206, 32648])
def test_layers_come_from_the_system_they_name(read, tmp_path, make, epsg):
    file = read("a.gpkg" if make is gpkg else "a.zip", make(tmp_path, epsg))
    assert file.facts["crs"] == f"EPSG:{epsg}"
    np.testing.assert_allclose(file.patrols[0].segments[0].lon, LON, atol=1e-6)
    np.testing.assert_allclose(file.patrols[0].segments[0].lat, LAT, atol=1e-6)


def test_a_layer_without_its_system_is_asked_for_it(read, tmp_path):
    parts = zipfile.ZipFile(io.BytesIO(shapefile(tmp_path, 9206)))
    bare = zipped(**{n.replace(".", "_"): parts.read(n) for n in parts.namelist() if not n.endswith(".prj")})
    file = read("a.zip", bare)
    assert (file.status, file.reason) == ("refused", "crs_needed")
    stated = read("b.zip", bare, epsg=9206)
    np.testing.assert_allclose(stated.patrols[0].segments[0].lon, LON, atol=1e-6)


def test_points_that_say_which_track_they_belong_to_are_fixes_and_others_waypoints(read, tmp_path):
    points = np.array([shapely.to_wkb(shapely.Point(x, y)) for x, y in zip(LON, LAT, strict=True)], object)
    when = np.array([np.datetime64(t.replace(tzinfo=None), "ms") for t in TIMES])
    track = np.repeat([1, 2], MINUTES // 2)
    path = tmp_path / "points.gpkg"
    shape = {"geometry_type": "Point", "crs": "EPSG:4326", "driver": "GPKG"}
    pyogrio.raw.write(path, points, [track, when], ["track_fid", "time"], layer="track_points", **shape)
    pyogrio.raw.write(
        path, points[:3], [np.array(["Lán", "b", "c"], object)], ["name"], layer="marks", append=True, **shape
    )
    file = read("a.gpkg", path.read_bytes(), timezone="UTC")
    assert [p.total for p in file.patrols] == [MINUTES // 2, MINUTES // 2]
    assert [p.start for p in file.patrols] == [TIMES[0], TIMES[MINUTES // 2]]
    assert [w.name for w in file.patrols[0].waypoints] == ["Lán", "b", "c"]


def test_a_workbook_may_keep_day_and_time_apart_and_state_its_system(read):
    east, north = geo.transformer(geo.WGS84, 9206).transform(LON, LAT)
    local = [t + timedelta(hours=7) for t in TIMES]
    days, clocks = [datetime(t.year, t.month, t.day) for t in local], [t.time() for t in local]
    # In Vietnamese cadastral tables X is north.
    rows = zip(north.tolist(), east.tolist(), days, clocks, [9206] * MINUTES, strict=True)
    file = read("a.xlsx", xlsx(("X", "Y", "ngày", "giờ", "epsg"), list(rows)))
    assert (file.patrols[0].start, file.facts["x_is_north"]) == (TIMES[0], True)
    np.testing.assert_allclose(file.patrols[0].segments[0].lon, LON, atol=1e-6)


def test_a_pause_begins_a_segment_and_a_fix_without_a_place_is_told(read):
    rows = list(zip(LON, LAT, ELE_M, TIMES, strict=True))
    messages = [fit_factory.record(*row) for row in rows]
    messages[3:3] = [fit_factory.record(None, None, 900.0, TIMES[2])]
    messages[6:6] = [fit_factory.paused(TIMES[5])]
    file = read("a.fit", fit_factory.written(messages))
    assert [len(s) for s in file.patrols[0].segments] == [5, MINUTES - 5]
    assert file.facts["fixes_without_place"] == 1
    assert file.patrols[0].segments[0].accuracy_m[0] == 5.0


def test_a_fit_course_is_planned_and_its_points_are_waypoints(read):
    point = (fit_factory.COURSE_POINT, (0, round(21.0 * 2**31 / 180), round(104.0 * 2**31 / 180), "Suối".encode()))
    messages = [
        (fit_factory.FILE_ID, (6,)),
        *(fit_factory.record(*row) for row in zip(LON, LAT, ELE_M, TIMES, strict=True)),
        point,
    ]
    (route,) = read("a.fit", fit_factory.written(messages)).patrols
    assert (route.kind, route.total, route.hours, route.waypoints[0].name) == ("route", MINUTES, 0.0, "Suối")


@pytest.mark.parametrize(("cut", "said"), [(slice(0, -1), "cut off"), (slice(0, 60), "cut off")])
def test_a_fit_file_that_was_cut_is_refused_with_the_byte(read, cut, said):
    file = read("a.fit", fit()[cut])
    assert (file.status, file.reason) == ("refused", "bad_fit")
    assert said in file.message
    assert ": byte " in file.facts["refusal"]["where"]


def test_a_fit_file_with_a_flipped_bit_is_refused(read):
    content = bytearray(fit())
    content[-20] ^= 1
    file = read("a.fit", bytes(content))
    assert (file.status, file.reason) == ("refused", "bad_fit")
    assert f"byte {len(content) - 2}" in file.message


def test_a_tcx_course_is_planned_and_a_point_without_a_place_is_told(read):
    point = "<Trackpoint><Time>2026-02-10T01:00:00Z</Time></Trackpoint>"
    place = "<Position><LatitudeDegrees>21</LatitudeDegrees><LongitudeDegrees>104</LongitudeDegrees></Position>"
    mark = f"<CoursePoint><Name>Suối</Name>{place}</CoursePoint>"
    course = f"<Course><Name>Đường dự kiến</Name><Track>{point}<Trackpoint>{place}</Trackpoint></Track>{mark}</Course>"
    file = read("a.tcx", f"<TrainingCenterDatabase><Courses>{course}</Courses></TrainingCenterDatabase>".encode())
    (route,) = file.patrols
    assert (route.kind, route.name, route.total, route.waypoints[0].name) == ("route", "Đường dự kiến", 1, "Suối")
    assert file.facts["fixes_without_place"] == 1


def test_a_workbook_of_visits_is_sent_to_where_it_belongs(read):
    file = read("a.xlsx", xlsx(("visit_id", "outcome", "lon", "lat"), [("1", "rejected", 104.0, 21.0)]))
    assert (file.status, file.reason) == ("refused", "is_a_visit_table")


def locked():
    """Return a ZIP whose directory says that its file is encrypted."""
    data = bytearray(zipped(a_kml=kml()))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    return bytes(data)


def linked():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        link = zipfile.ZipInfo("doc.kml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return data.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        zipped(doc_kml=b" " * 60_000_000),
        zipped(**{f"a{k}_kml": b"" for k in range(600)}),
        locked(),
        linked(),
        zipped(doc_kml=kml())[:-30],
    ],
    ids=["bomb", "many", "password", "link", "cut off"],
)
def test_T6_an_archive_that_cannot_be_trusted_is_refused(read, content):
    file = read("a.kmz", content)
    assert (file.status, file.reason) == ("refused", "bad_archive")
    assert file.facts["refusal"]["hint"]


def test_T6_names_that_lead_out_of_an_archive_lead_nowhere(read, tmp_path):
    file = read("a.kmz", zipped(**{"__________etc__doc_kml": kml(), "etc": b"x"}))
    assert file.status == "accepted"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.kmz"]
