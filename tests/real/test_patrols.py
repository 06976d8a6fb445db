"""Real patrol files: what public GPS libraries and ranger systems collected."""

import csv
import hashlib
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from eradication import effort, geo
from eradication.config import Settings
from eradication.domain import PatrolFile
from eradication.ingest import patrols
from eradication.pipeline.journal import patrol_summary

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GOLDEN = Path(__file__).parents[1] / "golden" / "gpx_corpus.csv"
OTHERS = GOLDEN.with_name("other_corpus.csv")
FOLDERS = ("gpxgo", "gpxpy", "togeojson")


def read(path):
    return patrols.read(path, timezone="Asia/Ho_Chi_Minh", settings=Settings(), now=NOW)


def row(name: str, file: PatrolFile) -> dict[str, str]:
    """What the golden table holds of one file."""
    numbers = {
        "patrols": len(file.patrols),
        "fixes": sum(p.total for p in file.patrols),
        "kept": sum(p.kept for p in file.patrols),
        "waypoints": sum(len(p.waypoints) for p in file.patrols),
    }
    return {"name": name, "status": file.status, "reason": file.reason, **{k: str(v) for k, v in numbers.items()}}


def points(path: Path) -> Counter:
    """Count the points of a GPX file by another parser."""
    return Counter(element.tag.rpartition("}")[2] for element in ET.parse(path).iter())


@pytest.fixture(scope="module")
def gpx(shared_data):
    paths = [p for folder in FOLDERS for p in sorted((shared_data / "gps" / folder).glob("*.gpx"))]
    return {f"{p.parent.name}/{p.name}": (p, read(p)) for p in paths}


def test_the_corpus_is_the_one_the_counts_speak_of(gpx):
    assert len(gpx) == 59
    assert len({file.sha256 for _, file in gpx.values()}) == 54


def test_every_gpx_goes_through_and_every_fix_is_accounted_for(gpx):
    for name, (path, file) in gpx.items():
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        for patrol in file.patrols:
            assert patrol.kept + sum(patrol.marked.values()) == patrol.total, name
            assert patrol.kept == sum(int(s.kept.sum()) for s in patrol.segments), name


def test_no_point_of_any_gpx_is_lost(gpx):
    for name, (path, file) in gpx.items():
        counted = points(path)
        assert sum(p.total for p in file.patrols) == counted["trkpt"] + counted["rtept"], name
        assert sum(len(p.waypoints) for p in file.patrols) == counted["wpt"], name


def test_the_distinct_files_fall_into_the_known_kinds(gpx):
    distinct = {file.sha256: (path, file) for path, file in gpx.values()}
    kinds = Counter()
    for path, file in distinct.values():
        counted = points(path)
        if counted["trkpt"]:
            walked = [p for p in file.patrols if p.kind == "track"]
            timed = any(np.isfinite(s.time_s).any() for p in walked for s in p.segments)
            kinds["track" if timed else "track without times"] += 1
            assert file.status == "accepted"
        elif counted["rtept"]:
            kinds["route"] += 1
            assert {p.kind for p in file.patrols} == {"route"}
        elif counted["wpt"]:
            kinds["waypoints"] += 1
            assert file.status == "accepted"
        else:
            kinds["nothing"] += 1
            assert (file.status, file.reason) == ("refused", "no_content")
    assert kinds == {"track": 32, "track without times": 7, "route": 2, "waypoints": 8, "nothing": 5}


def test_tracks_without_times_have_length_but_no_effort(gpx):
    file = gpx["gpxpy/track-with-extremes.gpx"][1]
    (patrol,) = file.patrols
    assert (patrol.start, patrol.end, patrol.hours, patrol.cells) == (None, None, 0.0, {})
    assert patrol.length_km == pytest.approx(1.306, abs=0.001)


def test_no_track_without_times_bridges_a_jump(gpx):
    """Its length is that of its steps of up to 200 m, counted with another parser; four cities are no walk."""
    seen = 0
    for name, (path, file) in gpx.items():
        walked = [p for p in file.patrols if p.kind == "track" and p.total]
        if any(np.isfinite(s.time_s).any() for p in walked for s in p.segments) or any(p.marked for p in walked):
            continue
        raw = [e for e in ET.parse(path).iter() if e.tag.rpartition("}")[2] == "trkseg"]
        ways = [[(float(e.get("lon")), float(e.get("lat"))) for e in s if e.get("lon")] for s in raw]
        steps = np.concatenate([np.zeros(0), *(geo.steps_m(*np.array(way).T) for way in ways if way)])
        assert sum(p.length_km for p in walked) == pytest.approx(steps[steps <= 200.0].sum() / 1000.0, abs=1e-6), name
        seen += bool(walked)
    assert seen >= 5
    assert [p.length_km for p in gpx["togeojson/gdal.gpx"][1].patrols if p.kind == "track"] == [0.0]


def test_copies_of_one_recording_by_other_programs_are_one_walk(gpx):
    """Four programs saved the seven tracks of one day; in one copy the last track has lost fixes and counts again."""
    copies = [patrol for name, (_, file) in gpx.items() for patrol in file.patrols if "gpxpy/cerknicko-jezero" in name]
    recorded = [patrol_summary(patrol) for patrol in copies]
    assert (len(recorded), len({p["walk"] for p in recorded})) == (28, 8)
    alone = effort.summarise(recorded[:7])
    assert alone.km > 1.0
    assert effort.summarise(recorded).km < 1.2 * alone.km


def test_a_planned_route_stays_whole(gpx):
    (route,) = [p for p in gpx["togeojson/gdal.gpx"][1].patrols if p.kind == "route"]
    assert (len(route.segments), route.hours, route.cells) == (1, 0.0, {})
    assert route.length_km == pytest.approx(936.7, abs=0.1)


def test_the_table_checked_by_eye_still_holds(gpx):
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        golden = list(csv.DictReader(file))
    assert [row(name, file) for name, (_, file) in gpx.items()] == golden


def test_facts_of_single_files_are_told(gpx):
    assert gpx["gpxpy/gpx1.1_with_all_fields.gpx"][1].facts["timezone_assumed"] == "Asia/Ho_Chi_Minh"
    assert gpx["togeojson/blue_hills.gpx"][1].facts["gps_week_rollover"]["weeks"] == 1024
    assert gpx["gpxpy/unicode_with_bom.gpx"][1].patrols[0].waypoints[0].name == "test"
    assert "gps_week_rollover" not in gpx["gpxpy/Mojstrovka.gpx"][1].facts


@pytest.fixture(scope="module")
def others(shared_data):
    folder = shared_data / "gps"
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".gpx")
    return {p.relative_to(folder).as_posix(): (p, read(p)) for p in paths}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fit_kml_and_tcx_go_through_and_the_table_checked_by_eye_still_holds(others):
    """38 FIT files, some of which hold no walk at all, and a converter's oddities."""
    assert Counter(path.suffix for path, _ in others.values()) == {".fit": 38, ".kml": 24, ".tcx": 3, ".gz": 1}
    for name, (path, file) in others.items():
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        for patrol in file.patrols:
            assert patrol.kept + sum(patrol.marked.values()) == patrol.total, name
    with OTHERS.open(encoding="utf-8", newline="") as file:
        golden = list(csv.DictReader(file))
    assert [row(name, file) for name, (_, file) in others.items()] == golden


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_point_of_any_kml_or_tcx_is_lost(others):
    """Counted with another parser; points without a place are told, polygons and what has no geometry left out."""
    for name, (path, file) in others.items():
        found = sum(p.total + len(p.waypoints) for p in file.patrols)
        if path.suffix == ".tcx":
            counted = points(path)
            assert found + file.facts.get("fixes_without_place", 0) == counted["Trackpoint"] + counted["CoursePoint"], (
                name
            )
        elif path.suffix == ".kml":
            assert found == kml_points(path), name


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "byte"),
    [
        ("activity-activity-filecrc", 1540),
        ("activity-filecrc", 769),
        ("activity-settings-corruptheader", 771),
        ("activity-settings-nodata", 784),
        ("activity-unexpected-eof", 768),
    ],
)
def test_a_damaged_fit_file_is_refused_with_the_byte_and_the_cause(others, name, byte):
    path, file = others[f"fitdecode/invalid/{name}.fit"]
    assert (file.status, file.reason) == ("refused", "bad_fit")
    assert file.facts["refusal"]["where"] == f"{path}: byte {byte}"
    assert f"byte {byte}" in file.message


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_receivers_that_leave_an_id_out_are_read_all_the_same(others):
    """What two receivers of one maker wrote is against the profile, and whole: 13 348 fixes would be lost."""
    told = {name: file for name, (_, file) in others.items() if "developer_data_without_id" in file.facts}
    assert {name: sum(p.total for p in file.patrols) for name, file in told.items()} == {
        "fitdecode/2019-02-17-062644-ELEMNT-297E-195-0.fit": 13_348,
        "fitdecode/invalid/elemnt-bolt-no-application-id-inside-developer-data-id.fit": 131,
    }


def kml_points(path: Path) -> int:
    """Count the places of lines, points and tracks of a KML file by another parser."""
    parents = {child: parent for parent in ET.parse(path).iter() for child in parent}
    count = 0
    for element, parent in parents.items():
        tag, above = element.tag.rpartition("}")[2], parent.tag.rpartition("}")[2]
        if tag == "coordinates" and above in ("LineString", "Point"):
            places = len((element.text or "").split())
            count += min(places, 1) if above == "Point" else places
        count += tag == "coord" and above == "Track"
    return count


def table(path):
    """Raw table: patrol → lon, lat, seconds in time order, by another reader."""
    rows = pq.read_table(path, columns=["patrol_id", "fixtime", "geometry"]).to_pandas()
    places = shapely.from_wkb(rows["geometry"])
    rows = rows.assign(lon=shapely.get_x(places), lat=shapely.get_y(places)).drop(columns="geometry")
    rows["seconds"] = [when.timestamp() for when in rows["fixtime"]]
    return {key: group.sort_values("seconds", kind="stable") for key, group in rows.groupby("patrol_id", sort=False)}


@pytest.mark.parametrize(
    ("name", "count", "fixes"),
    [("ecoscope_smart_patrol_observations", 18, 32_145), ("ecoscope_patrol_observations", 59, 8_621)],
)
def test_ranger_tables_come_in_as_patrols_with_lengths_and_hours(shared_data, name, count, fixes):
    path = shared_data / "patrols" / f"{name}.parquet"
    file = read(path)
    raw = table(path)
    assert (file.status, file.format, len(file.patrols)) == ("accepted", "parquet", count)
    assert sum(p.total for p in file.patrols) == fixes
    for patrol, (_, rows) in zip(file.patrols, raw.items(), strict=True):
        once = rows.drop_duplicates(["lon", "lat", "seconds"])
        whole_km = geo.length_m(once["lon"], once["lat"]) / 1000.0
        span_h = (once["seconds"].max() - once["seconds"].min()) / 3600.0
        assert patrol.total == len(rows)
        assert patrol.kept + sum(patrol.marked.values()) == patrol.total
        assert patrol.marked.get("duplicate", 0) == len(rows) - len(once)
        assert 0.0 < patrol.length_km <= whole_km
        assert 0.0 <= patrol.hours <= span_h
        if patrol.hours > 0.1:
            assert patrol.length_km / patrol.hours <= 12.0


def test_ranger_events_are_waypoints_and_no_effort(shared_data):
    """118 incidents of 46 patrols, 13 of them without a place; nobody walked from one to the next."""
    file = read(shared_data / "patrols" / "ecoscope_patrol_events.parquet")
    (patrol,) = file.patrols
    assert (file.status, patrol.total, patrol.length_km, patrol.hours) == ("accepted", 0, 0.0, 0.0)
    assert (len(patrol.waypoints), file.facts["bad_waypoints"]) == (105, 13)
    assert {w.name for w in patrol.waypoints} >= {"Poachers Camp", "Human Wildlife Contact"}


def test_ranger_patrols_on_foot_keep_most_of_their_way(shared_data):
    """EarthRanger's fixes come every ten minutes: they are no gaps, and most of the raw geodesic length is kept."""
    path = shared_data / "patrols" / "ecoscope_patrol_observations.parquet"
    whole = sum(geo.length_m(rows["lon"], rows["lat"]) for rows in table(path).values()) / 1000.0
    kept = sum(p.length_km for p in read(path).patrols)
    assert 0.55 < kept / whole < 1.0
