"""Every accepted format becomes patrols; what cannot be understood as a whole is refused with a reason."""

import io
import json
from datetime import UTC, datetime

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eradication import geo
from eradication.config import Limits, Settings
from eradication.errors import UnusableInput
from eradication.ingest import patrols

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GPX = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>'


@pytest.fixture
def read(tmp_path):
    def call(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return patrols.read(path, **{"timezone": "Asia/Ho_Chi_Minh", "settings": Settings(), "now": NOW} | options)

    return call


def point(minute, tag="trkpt", extra=""):
    return (
        f'<{tag} lat="{21 + minute * 0.0004}" lon="104"><ele>900</ele>'
        f"<time>2026-02-10T01:{minute:02}:00Z</time>{extra}</{tag}>"
    )


def segment(*minutes):
    return "<trkseg>" + "".join(point(m) for m in minutes) + "</trkseg>"


def test_a_gpx_track_is_a_patrol_with_its_length_times_and_cells(read):
    file = read("a.gpx", GPX.format(f"<trk><name>Tuyến 1</name>{segment(*range(10))}</trk>"), unit="BP1")
    (patrol,) = file.patrols
    assert (file.status, file.format, file.reason) == ("accepted", "gpx", "")
    assert (patrol.name, patrol.unit, patrol.kind, patrol.total, patrol.kept) == ("Tuyến 1", "BP1", "track", 10, 10)
    assert patrol.start == datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
    assert patrol.length_km == pytest.approx(9 * 0.0004 * 110.7, rel=1e-2)
    assert patrol.hours == pytest.approx(0.15)
    assert list(patrol.cells) == ["2026-02-10"]
    assert patrol.segments[0].ele_m[0] == 900.0


def test_each_trk_is_a_patrol_each_rte_a_route_and_waypoints_go_with_the_first(read):
    body = (
        '<wpt lat="21" lon="104"><time>2026-02-10T01:00:00+07:00</time><name>Lán</name><cmt>cũ</cmt></wpt>'
        f"<rte>{point(0, 'rtept')}{point(5, 'rtept')}</rte><trk/>"
        f"<trk>{segment(0, 1)}{segment()}{segment(2, 3)}</trk><trk>{segment(9)}</trk>"
    )
    file = read("a.gpx", GPX.format(body))
    assert [p.kind for p in file.patrols] == ["route", "track", "track"]
    assert [len(p.segments) for p in file.patrols] == [1, 2, 1]
    assert [len(p.waypoints) for p in file.patrols] == [1, 0, 0]
    route = file.patrols[0]
    assert (route.hours, route.start, route.cells) == (0.0, None, {})
    assert route.length_km > 0.2
    (waypoint,) = route.waypoints
    assert (waypoint.name, waypoint.note, waypoint.time) == ("Lán", "cũ", datetime(2026, 2, 9, 18, tzinfo=UTC))


def test_the_same_bytes_give_the_same_ids_under_any_name_and_other_bytes_others(read):
    body = GPX.format(f"<trk>{segment(0, 1)}</trk><trk>{segment(2, 3)}</trk>")
    one, two, other = read("a.gpx", body), read("b.gpx", body), read("c.gpx", body + "\n")
    assert [p.id for p in one.patrols] == [p.id for p in two.patrols]
    assert len({p.id for f in (one, other) for p in f.patrols}) == 4


def test_a_file_with_waypoints_only_is_a_patrol_of_waypoints(read):
    file = read("a.gpx", GPX.format('<wpt lat="21" lon="104"/><wpt lat="91" lon="104"/>'))
    assert [len(p.waypoints) for p in file.patrols] == [1]
    assert file.facts["bad_waypoints"] == 1


@pytest.mark.parametrize(
    "body", ["", "<trk/>", "<trk><trkseg/></trk>", "<rte/>", "<metadata><time>x</time></metadata>"]
)
def test_nothing_in_it_is_no_content(read, body):
    file = read("a.gpx", GPX.format(body))
    assert (file.status, file.reason) == ("refused", "no_content")
    assert "no fix" in file.message


def test_times_without_a_zone_are_taken_in_the_stated_one_and_it_is_said(read):
    body = GPX.format(f"<trk>{segment(0, 1).replace('Z<', '<')}</trk>")
    file = read("a.gpx", body)
    assert file.patrols[0].start == datetime(2026, 2, 9, 18, tzinfo=UTC)
    assert (file.facts["timezone_assumed"], file.facts["naive_times"]) == ("Asia/Ho_Chi_Minh", 2)
    assert read("b.gpx", body, timezone="UTC").patrols[0].start == datetime(2026, 2, 10, 1, tzinfo=UTC)


def test_unreadable_times_are_counted_and_the_fix_stays(read):
    file = read("a.gpx", GPX.format(f"<trk>{segment(0, 1).replace('01:01:00Z', 'noon')}</trk>"))
    assert (file.patrols[0].kept, file.facts["unreadable_times"]) == (2, 1)


def test_dilution_and_a_stated_accuracy_in_extensions_are_read_and_others_skipped(read):
    extra = '<hdop>1.5</hdop><extensions><x:TPX xmlns:x="u"><x:hAcc>7.5</x:hAcc><x:ele>1</x:ele></x:TPX></extensions>'
    file = read("a.gpx", GPX.format(f"<trk><trkseg>{point(0, extra=extra)}</trkseg></trk>"))
    (piece,) = file.patrols[0].segments
    assert (piece.hdop[0], piece.accuracy_m[0], piece.ele_m[0]) == (1.5, 7.5, 900.0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1258"])
def test_gpx_in_other_encodings_keeps_its_names(read, encoding):
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>' + GPX.format(f"<trk><name>Café</name>{segment(0)}</trk>")
    assert read("a.gpx", text.encode(encoding)).patrols[0].name == "Café"


def test_gpx_without_namespace_or_with_a_prefix_is_read(read):
    assert read("a.gpx", f"<gpx><trk>{segment(0)}</trk></gpx>").status == "accepted"
    prefixed = f"<gpx><trk>{segment(0)}</trk></gpx>".replace("</", "</g:").replace("<", "<g:").replace("<g:/g:", "</g:")
    file = read("b.gpx", prefixed.replace("<g:gpx>", '<g:gpx xmlns:g="u">'))
    assert file.patrols[0].total == 1


def test_names_are_nfc_on_one_line_without_direction_characters(read):
    name = "Mo\u0302\u0323c\n Cha\u0302u\u202egnp.exe"
    assert read("a.gpx", GPX.format(f"<trk><name>{name}</name>{segment(0)}</trk>")).patrols[0].name == "Mộc Châugnp.exe"


def test_kml_lines_points_and_timed_tracks_are_read(read):
    kml = (
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>'
        "<Placemark><name>Đường</name><LineString><coordinates>104,21,5 104.001,21,6\n104.002,21</coordinates>"
        "</LineString></Placemark><Placemark><name>Lán</name><TimeStamp><when>2026-02-10T01:00:00Z</when></TimeStamp>"
        "<Point><coordinates>104,21</coordinates></Point></Placemark>"
        "<Placemark><gx:Track><when>2026-02-10T01:00:00Z</when><when>2026-02-10T01:01:00Z</when>"
        "<gx:coord>104 21 900</gx:coord><gx:coord>104 21.0005 900</gx:coord></gx:Track></Placemark>"
        "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>1,1 2,2 3,3</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon></Placemark></Document></kml>"
    )
    file = read("a.kml", kml)
    assert [(p.name, p.total, len(p.waypoints)) for p in file.patrols] == [("Đường", 3, 1), ("", 2, 0)]
    assert file.patrols[0].start is None
    assert file.patrols[1].hours == pytest.approx(1 / 60)
    assert file.facts["left_out_Polygon"] == 1


def test_geojson_lines_with_times_and_points_are_read(read):
    times = ["2026-02-10T01:00:00Z", "2026-02-10T01:01:00Z"]
    features = [
        {"type": "Feature", "properties": {"name": "A", "coordTimes": times},
         "geometry": {"type": "LineString", "coordinates": [[104, 21, 900], [104, 21.0005]]}},
        {"type": "Feature", "properties": {"coordTimes": [times, []]},
         "geometry": {"type": "MultiLineString", "coordinates": [[[104, 21], [104, 21.0005]], [[104, 22]]]}},
        {"type": "Feature", "properties": {"name": "Lán", "time": times[0]},
         "geometry": {"type": "Point", "coordinates": [104, 21]}},
        {"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": []}},
        {"type": "Feature", "properties": None, "geometry": None},
    ]  # fmt: skip
    file = read("a.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    assert [(p.name, p.total, len(p.waypoints)) for p in file.patrols] == [("A", 2, 1), ("", 3, 0)]
    assert file.patrols[0].hours == pytest.approx(1 / 60)
    assert np.isnan(file.patrols[1].segments[-1].time_s[-1])
    assert file.facts["left_out_Polygon"] == 1


def test_an_old_geojson_in_vn2000_is_placed_223_m_from_where_wgs84_would_put_it(read):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9206"}}
    line = {"type": "LineString", "coordinates": [[489949.46, 2359155.77], [489960.0, 2359155.77]]}
    file = read("a.geojson", json.dumps({"type": "Feature", "crs": crs, "properties": {}, "geometry": line}))
    piece = file.patrols[0].segments[0]
    assert geo.distance_m(piece.lon[0], piece.lat[0], 103.905, 21.327) < 0.05
    assert file.facts["crs"] == "EPSG:9206"


def test_a_csv_in_degrees_is_read_with_english_and_vietnamese_headers(read):
    english = "lon,lat,time,hdop\n104,21,2026-02-10T01:00:00Z,1\n104,21.0004,2026-02-10T01:01:00Z,1\n"
    vietnamese = (
        "Kinh độ;Vĩ độ;Ngày;Giờ;Sai số\n104,0;21,0;10/02/2026;08:00:00;3,5\n104,0;21,0004;10/02/2026;08:01;3,5\n"
    )
    for file in (read("a.csv", english), read("b.csv", vietnamese), read("c.csv", vietnamese.encode("utf-16"))):
        (patrol,) = file.patrols
        assert (patrol.total, patrol.kept) == (2, 2)
        assert patrol.start == datetime(2026, 2, 10, 1, tzinfo=UTC)
        assert file.facts["crs_assumed"] == "EPSG:4326"


def test_a_csv_in_metres_states_its_crs_or_is_refused(read):
    table = "x,y,time\n489949.46,2359155.77,2026-02-10T01:00:00Z\n"
    refused = read("a.csv", table)
    assert (refused.status, refused.reason) == ("refused", "crs_needed")
    assert "EPSG:9206" in refused.facts["refusal"]["hint"]
    stated = "x,y,crs\n489949.46,2359155.77,EPSG:9206\n"
    swapped = "X,Y\n2359155.77,489949.46\n"
    for file in (read("b.csv", table, epsg=9206), read("c.csv", stated), read("d.csv", swapped, epsg=9206)):
        piece = file.patrols[0].segments[0]
        assert geo.distance_m(piece.lon[0], piece.lat[0], 103.905, 21.327) < 0.05
    assert file.facts["x_is_north"] is True


def test_csv_rows_are_grouped_by_patrol_and_ordered_by_time(read):
    rows = ["B,104,21.0004,2026-02-10T01:01:00Z", "A,104,21,2026-02-10T01:00:00Z", "B,104,21,2026-02-10T01:00:00Z"]
    file = read("a.csv", "\n".join(["patrol_id,lon,lat,time", *rows]))
    assert [(p.name, p.total, p.kept) for p in file.patrols] == [("B", 2, 2), ("A", 1, 1)]
    assert file.facts["sorted_by_time"] is True


def test_csv_cells_that_are_no_coordinates_are_marked_not_dropped(read):
    file = read("a.csv", "lon,lat\n104,21\nabc,21\n1_04,21\n,\n104\n")
    assert file.patrols[0].marked == {"bad_coordinates": 3}
    assert file.patrols[0].total == 4  # a row of nothing but separators is no row


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("a,b,c\n1,2,3\n", "columns_missing"),
        ("x,y,crs\n1,2,EPSG:9206\n1,2,EPSG:4326\n", "mixed_crs"),
        ("x,y,crs\n1,2,VN2000\n", "unknown_crs"),
        ("x,y,crs\n1,2,EPSG:999999\n", "unknown_crs"),
        ("lon,lat\n", "no_content"),
    ],
)
def test_tables_that_cannot_be_placed_are_refused(read, table, reason):
    file = read("a.csv", table)
    assert file.reason == reason
    assert "a.csv" in file.facts["refusal"]["where"]
    assert file.facts["refusal"]["hint"]


VISITS = (
    "visit_id,lon,lat,visited_at,unit,officers,outcome\n"
    "v1,104.61,20.85,2026-02-10T08:30:00+07:00,BP-1,S1;S2,detected\n"
    "v2,104.62,20.86,2026-02-10T09:30:00+07:00,BP-1,S1;S2,rejected\n"
)


def workbook(text):
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.active.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def features(text):
    header, *lines = (line.split(",") for line in text.splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": r, "geometry": {"type": "Point", "coordinates": [104.61, 20.85]}}
                for r in rows
            ],
        }
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.csv", VISITS),
        ("v.csv", "sep=,\n" + VISITS),
        ("v.csv", VISITS.replace(",", "|")),
        ("v.csv", VISITS.replace("visit_id", '"Visit ID"').replace("outcome", '"OUTCOME"')),
        ("v.xlsx", workbook(VISITS)),
        ("v.csv", workbook(VISITS)),
        ("v.geojson", features(VISITS)),
    ],
)
def test_a_table_of_visits_is_no_patrol_and_the_answer_says_where_it_belongs(read, name, content):
    file = read(name, content)
    assert (file.status, file.reason) == ("refused", "is_a_visit_table")
    assert "visits import" in file.facts["refusal"]["hint"]


def test_a_workbook_without_places_is_refused_with_its_columns(read):
    file = read("v.xlsx", workbook("a,b\n1,2\n"))
    assert (file.reason, "a, b" in file.message) == ("columns_missing", True)


def test_excels_line_about_the_separator_is_no_header(read):
    (patrol,) = read("a.csv", "sep=;\ntime;lon;lat\n2026-02-10T01:00:00Z;104;21\n").patrols
    assert patrol.total == 1


def ranger_table(**columns):
    base = {
        "patrol_id": ["p", "p", "q", "p"],
        "fixtime": pa.array([1770685260, 1770685200, 1770685200, 1770685260], pa.timestamp("s", tz="UTC")),
        "lon": [104.0, 104.0, 104.1, 104.0],
        "lat": [21.0004, 21.0, 21.0, 21.0004],
        "junk_status": [False, False, True, False],
    }
    return pa.table(base | columns)


def test_a_parquet_table_keeps_junk_as_a_mark_and_repeats_as_duplicates(read, tmp_path):
    pq.write_table(ranger_table(), tmp_path / "t.parquet")
    file = read("a.parquet", (tmp_path / "t.parquet").read_bytes())
    assert [(p.total, p.marked) for p in file.patrols] == [(3, {"duplicate": 1}), (1, {"flagged_by_source": 1})]


def test_a_parquet_table_of_events_gives_waypoints_and_no_way_between_them(read, tmp_path):
    kinds = ["snare", "camp", "camp", "snare"]
    table = ranger_table(event_type=kinds).rename_columns({"fixtime": "time"}).drop_columns(["junk_status"])
    pq.write_table(table, tmp_path / "t.parquet")
    file = read("a.parquet", (tmp_path / "t.parquet").read_bytes())
    (patrol,) = file.patrols
    assert (patrol.total, patrol.length_km, patrol.hours, patrol.start, patrol.cells) == (0, 0.0, 0.0, None, {})
    assert [w.name for w in patrol.waypoints] == kinds
    assert patrol.waypoints[1].time == datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
    assert file.facts["events_as_waypoints"] == 4


def test_fixes_with_an_event_beside_them_stay_a_track(read, tmp_path):
    pq.write_table(ranger_table(event_type=["", "camp", "", ""]), tmp_path / "t.parquet")
    file = read("a.parquet", (tmp_path / "t.parquet").read_bytes())
    assert [p.total for p in file.patrols] == [3, 1]


def test_a_csv_of_events_gives_waypoints_only(read):
    header = "patrol_id,event_type,time,lon,lat"
    rows = ("1,camp,2026-02-10T01:00:00Z,104,21", "1,snare,2026-02-10T02:00:00Z,104.01,21")
    (patrol,) = read("a.csv", "\n".join((header, *rows))).patrols
    assert (patrol.total, patrol.hours) == (0, 0.0)
    assert [w.name for w in patrol.waypoints] == ["camp", "snare"]


def test_a_parquet_table_without_coordinates_or_cut_short_is_refused(read, tmp_path):
    pq.write_table(ranger_table().drop_columns(["lon"]), tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    assert read("a.parquet", whole).reason == "columns_missing"
    assert read("b.parquet", whole[: len(whole) // 2]).reason == "malformed_parquet"


def test_a_truncated_gpx_is_refused_with_line_and_column_and_nothing_is_taken(read):
    whole = GPX.format(f"\n<trk>{segment(*range(9))}</trk>")
    file = read("a.gpx", whole[: len(whole) // 2])
    assert (file.status, file.reason, file.patrols) == ("refused", "malformed_xml", ())
    assert file.facts["refusal"]["values"]["line"] == 2
    assert "line 2, column" in file.facts["refusal"]["where"]


def test_too_many_points_are_refused_with_the_limit(read):
    limited = Settings(limits=Limits(points=5))
    assert read("a.gpx", GPX.format(f"<trk>{segment(*range(6))}</trk>"), settings=limited).reason == "too_many_points"
    assert read("b.gpx", GPX.format(f"<trk>{segment(*range(5))}</trk>"), settings=limited).status == "accepted"


def test_wrong_arguments_are_the_callers_fault_not_the_files(read, tmp_path):
    for options, kind in (({"timezone": "Mars/Base"}, "unknown_timezone"), ({"epsg": 999999}, "unknown_crs")):
        with pytest.raises(UnusableInput) as caught:
            read("a.gpx", GPX.format(""), **options)
        assert caught.value.kind == kind
        assert caught.value.where in ("timezone", "crs")
        assert caught.value.hint
    for path, kind in ((tmp_path / "none.gpx", "no_such_file"), (tmp_path, "is_a_directory")):
        with pytest.raises(UnusableInput) as caught:
            patrols.read(path, timezone="UTC", settings=Settings(), now=NOW)
        assert caught.value.kind == kind


def test_a_walk_far_from_the_grid_has_length_but_no_cells_and_it_is_said(read):
    file = read("a.gpx", GPX.format(f"<trk>{segment(0, 1).replace('104', '14')}</trk>"))
    assert file.patrols[0].length_km > 0.04
    assert file.patrols[0].cells == {}
    assert file.facts["outside_grid"] == 2


def test_degrees_stay_degrees_whatever_crs_is_stated_for_tables_in_metres(tmp_path):
    table = tmp_path / "do.csv"
    rows = "".join(f"2026-02-10T08:{k:02}:00+07:00,{103.905 + k * 1e-4},21.327\n" for k in range(9))
    table.write_text("thời gian,kinh độ,vĩ độ\n" + rows, encoding="utf-8")
    file = patrols.read(table, timezone="Asia/Ho_Chi_Minh", epsg=9206, settings=Settings(), now=NOW)
    (patrol,) = file.patrols
    assert file.facts["crs_not_used"] == "EPSG:9206"
    assert patrol.segments[0].lon[0] == pytest.approx(103.905)
