"""Patrols as files: every fix with its mark, units as codes, and our own reader finds in them what was written."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from report.walks_out import fixes, walk

from eradication import geo
from eradication.domain.event import SIMULATED
from eradication.errors import UnusableInput
from eradication.ingest import same_walk
from eradication.ingest.formats import patrol_file
from eradication.report import tracks

FORMS = ("gpx", "gpkg", "kml", "geojson")
OPTIONS = {"timezone": "Asia/Ho_Chi_Minh", "points": 10_000, "epsg": None}


def read_back(path):
    """Columns, segments and waypoints as the reader of patrols finds them."""
    found = patrol_file.read(path, OPTIONS)
    return found, {name: np.array(values) for name, values in found["columns"].items()}


@pytest.mark.parametrize("form", FORMS)
def test_every_fix_stands_in_its_place_and_time_in_the_file(form, tmp_path):
    path = tmp_path / f"out.{form}"
    told = walk()
    tracks.export([told, walk("khác", "CA02", segments=(fixes(5),))], path)
    found, columns = read_back(path)
    written = [s for w in (told, walk(segments=(fixes(5),))) for s in w.segments]
    for name in ("lon", "lat", "time_s"):
        np.testing.assert_allclose(columns[name], np.concatenate([getattr(s, name) for s in written]), atol=6e-8)
    assert [track["name"] for track in found["tracks"]] == ["Chuyến 7", "khác"]
    assert [stop - start for _, start, stop in found["segments"]] == [40, 20, 5]
    [(lon, lat, time_s, name, note), _] = found["waypoints"]
    assert (lon, lat, name, note) == (104.712, 20.791, "Lán canh nương", "có người đi rừng")
    assert time_s == tracks.datetime(2026, 2, 10, 1, 5, tzinfo=tracks.UTC).timestamp()


@pytest.mark.parametrize("form", FORMS)
def test_a_walk_is_recognised_as_the_same_whatever_the_format(form, tmp_path):
    path = tmp_path / f"out.{form}"
    tracks.export([walk()], path)
    _, columns = read_back(path)
    zeros = np.zeros(len(columns["lon"]), np.uint8)
    again = fixes(len(zeros), mark=zeros, **{n: columns[n] for n in ("lon", "lat", "time_s")})
    assert same_walk.key([again]) == same_walk.key(walk().segments)


def test_a_marked_fix_bears_its_reason_and_gpx_its_accuracy(tmp_path):
    tracks.export([walk()], tmp_path / "a.gpx")
    root = ElementTree.parse(tmp_path / "a.gpx").getroot()
    points = list(root.findall(".//{*}trkpt"))
    marks = {i: p.findtext("{*}extensions/{*}mark") for i, p in enumerate(points)}
    assert {i: mark for i, mark in marks.items() if mark} == {12: "spike", 30: "stationary"}
    assert [p.tag.split("}")[1] for p in points[0]] == ["ele", "time", "hdop", "extensions"]
    assert (points[0].findtext("{*}hdop"), points[0].findtext("{*}extensions/{*}accuracy")) == ("0.9", "4.5")
    assert root.findtext("{*}trk/{*}extensions/{*}unit") == "BP01"
    features = _features(tmp_path)
    assert features[0]["properties"]["mark"][0][12] == "spike"


def _features(folder):
    tracks.export([walk()], folder / "a.geojson")
    return json.loads((folder / "a.geojson").read_text())["features"]


def test_a_fix_without_a_place_is_counted_and_not_written(tmp_path):
    lon = np.array([104.7, np.nan, 999.0, 104.7003])
    one = walk(segments=(fixes(4, lon=lon),), waypoints=())
    assert one.placeless == 2
    for form in FORMS:
        tracks.export([one], tmp_path / f"a.{form}")
        assert len(read_back(tmp_path / f"a.{form}")[1]["lon"]) == 2


@pytest.mark.parametrize("form", FORMS)
def test_a_track_without_times_and_a_route_can_be_written(form, tmp_path):
    nothing = np.full(6, np.nan)
    bare = {"ele_m": nothing.astype(np.float32), "hdop": nothing.astype(np.float32)}
    timeless = walk("không giờ", segments=(fixes(6, time_s=nothing, **bare),), waypoints=())
    route = walk("dự kiến", kind="route", segments=(fixes(3, time_s=np.full(3, np.nan)),), waypoints=())
    path = tmp_path / f"a.{form}"
    tracks.export([timeless, route], path)
    found, columns = read_back(path)
    assert len(columns["lon"]) == 9
    assert not np.isfinite(columns["time_s"]).any()
    kinds = {"gpx": ["route", "track"], "gpkg": ["route", "track"]}.get(form, ["track", "track"])
    assert sorted(track["kind"] for track in found["tracks"]) == kinds


@pytest.mark.parametrize("form", FORMS)
def test_a_simulated_walk_is_called_simulated(form, tmp_path):
    tracks.export([walk(simulated=True)], tmp_path / f"a.{form}")
    assert SIMULATED.encode() in (tmp_path / f"a.{form}").read_bytes()


def test_seconds_keep_their_decimals():
    assert tracks.moment(1_770_685_200.25) == "2026-02-10T01:00:00.25Z"
    assert tracks.moment(1_770_685_200.0) == "2026-02-10T01:00:00Z"
    assert tracks.moment(float("nan")) == ""


def test_a_format_may_be_named_and_an_unknown_one_is_refused(tmp_path):
    tracks.export([walk()], tmp_path / "a.dat", "gpx")
    assert b"<trkpt" in (tmp_path / "a.dat").read_bytes()
    with pytest.raises(UnusableInput, match=r"as '\.fit'"):
        tracks.export([walk()], tmp_path / "a.fit")
    with pytest.raises(UnusableInput, match="no folder"):
        tracks.export([walk()], tmp_path / "none" / "a.gpx")


def test_the_line_of_a_patrol_holds_only_fixes_that_count(tmp_path):
    import geopandas

    tracks.export([walk()], tmp_path / "a.gpkg")
    lines = geopandas.read_file(tmp_path / "a.gpkg", layer="tracks")
    assert sum(len(part.coords) for part in lines.geometry[0].geoms) == 58
    assert geo.area_m2(lines.geometry[0].envelope) > 0
    points = geopandas.read_file(tmp_path / "a.gpkg", layer="track_points")
    assert (points["mark"].fillna("") != "").sum() == 2
