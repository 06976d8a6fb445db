"""One walk is one walk, whatever file it comes in; another walk is another."""

import json
import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from eradication import effort
from eradication.config import Settings
from eradication.ingest import patrols
from eradication.pipeline.journal import patrol_summary

BEGIN = datetime(2026, 2, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def read(tmp_path):
    def call(name, content, unit=""):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        file = patrols.read(path, unit=unit, timezone="UTC", settings=Settings(), now=NOW)
        assert file.status == "accepted", file.message
        return file.patrols

    return call


def way(n=400, seed=1, begin=BEGIN, shift=0.0):
    """Fixes of a winding walk with all the digits a device writes: time, longitude, latitude."""
    rng = random.Random(seed)
    lon, lat, fixes = 104.25 + shift, 21.5, []
    for k in range(n):
        lon, lat = lon + rng.uniform(1e-5, 9e-5), lat + rng.uniform(-2e-5, 6e-5)
        fixes.append((begin + timedelta(seconds=10 * k), lon, lat))
    return fixes


def gpx(fixes, digits=8, hdop="<hdop>1.2</hdop>", comment="", name="Tuyến 1"):
    points = "".join(
        f'<trkpt lat="{lat:.{digits}f}" lon="{lon:.{digits}f}"><time>{t:%Y-%m-%dT%H:%M:%SZ}</time>{hdop}</trkpt>'
        for t, lon, lat in fixes
    )
    return f"<gpx>{comment}<trk><name>{name}</name><trkseg>{points}</trkseg></trk></gpx>"


def geojson(fixes):
    times = [f"{t:%Y-%m-%dT%H:%M:%S}.000+00:00" for t, _, _ in fixes]
    line = {"type": "LineString", "coordinates": [[round(lon, 6), round(lat, 6)] for _, lon, lat in fixes]}
    return json.dumps({"type": "Feature", "properties": {"coordTimes": times}, "geometry": line})


def csv(fixes):
    rows = "".join(f"{t + timedelta(hours=7):%d/%m/%Y %H:%M:%S}+07;{lon:.6f};{lat:.6f}\n" for t, lon, lat in fixes)
    return "time;lon;lat\n" + re.sub(r"(\d\d)/(\d\d)/(\d{4}) ([\d:]+)\+07", r"\3-\2-\1T\4+07:00", rows)


COPIES = {
    "with a comment": ("b.gpx", gpx(way(), comment="<!-- sent again -->")),
    "with fewer decimals": ("b.gpx", gpx(way(), digits=6)),
    "without dilution of precision, under another name": ("b.gpx", gpx(way(), hdop="", name="Track 7")),
    "with fixes repeated": ("b.gpx", gpx([fix for fix in way() for _ in range(2)])),
    "as GeoJSON": ("b.geojson", geojson(way())),
    "as a table in local time": ("b.csv", csv(way())),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES.keys())
def test_a_copy_of_a_walk_is_the_same_walk_and_adds_no_effort(read, copy):
    (first,), (again,) = read("a.gpx", gpx(way()), "BP1"), read(*copy, "BP2")
    assert first.id != again.id
    assert first.walk == again.walk != ""
    once = effort.summarise([patrol_summary(first)])
    assert once.km > 1.0
    assert effort.summarise([patrol_summary(first), patrol_summary(again)]) == once


OTHERS = {
    "a minute later": way(begin=BEGIN + timedelta(minutes=1)),
    "100 m beside": way(shift=0.001),
    "with one fix less": way()[:-1],
    "with another way": way(seed=2),
}


@pytest.mark.parametrize("fixes", OTHERS.values(), ids=OTHERS.keys())
def test_another_walk_is_another_walk(read, fixes):
    (first,), (other,) = read("a.gpx", gpx(way())), read("b.gpx", gpx(fixes))
    assert first.walk != other.walk


def test_marks_of_single_fixes_make_no_difference(read):
    bad = gpx(way()).replace("<hdop>1.2</hdop>", "<hdop>40</hdop>", 3)
    (first,), (again,) = read("a.gpx", gpx(way())), read("b.gpx", bad)
    assert again.marked == {"poor_dilution": 3}
    assert first.walk == again.walk


def test_a_walk_without_times_and_a_route_have_no_key(read):
    (untimed,) = read("a.gpx", re.sub("<time>.*?</time>", "", gpx(way())))
    (route,) = read("b.gpx", re.sub("</?trkseg>", "", gpx(way())).replace("trkpt", "rtept").replace("trk>", "rte>"))
    assert (untimed.walk, route.kind, route.walk) == ("", "route", "")


def test_a_single_moment_tells_no_walk_from_another(read):
    def one(lat):
        point = f'<trkpt lat="{lat}" lon="104"><time>2026-02-10T01:00:00Z</time></trkpt>'
        return f'<gpx version="1.1"><trk><trkseg>{point}</trkseg></trk></gpx>'

    assert [patrol.walk for patrol in (*read("a.gpx", one(21)), *read("b.gpx", one(21)))] == ["", ""]
