"""What devices write beside GPX itself is counted, and used where it says how good a position is."""

from datetime import UTC, datetime

import numpy as np
import pytest

from eradication.config import Settings
from eradication.ingest import patrols, sandbox, wire
from eradication.ingest.formats import gpx

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GARMIN = (
    "<extensions><gpxtpx:TrackPointExtension><gpxtpx:atemp>21</gpxtpx:atemp><gpxtpx:hr>90</gpxtpx:hr>"
    "<gpxtpx:speed>1.1</gpxtpx:speed></gpxtpx:TrackPointExtension></extensions>"
)


@pytest.fixture
def read(tmp_path, monkeypatch):
    def here(path, reader, limits, *, options):
        """What a worker answers, without starting one."""
        return wire.decode(b"".join(wire.encode({"value": gpx.read(path, options)})))["value"]

    monkeypatch.setattr(sandbox, "read", here)

    def call(body, creator="eTrex 32x"):
        path = tmp_path / "a.gpx"
        spaces = "".join(f' xmlns:{prefix}="urn:{prefix}"' for prefix in ("gpxtpx", "gpxx", "osmand", "opentracks"))
        path.write_text(f'<gpx version="1.1" creator="{creator}"{spaces}>{body}</gpx>', encoding="utf-8")
        return patrols.read(path, timezone="Asia/Ho_Chi_Minh", settings=Settings(), now=NOW)

    return call


def track(*extras, head=""):
    points = "".join(
        f'<trkpt lat="{21 + k * 4e-4}" lon="104"><time>2026-02-10T01:{k:02}:00Z</time>{extra}</trkpt>'
        for k, extra in enumerate(extras)
    )
    return f"<trk>{head}<trkseg>{points}</trkseg></trk>"


def test_the_answer_tells_which_extensions_the_file_had_and_how_often(read):
    head = (
        "<extensions><gpxx:TrackExtension><gpxx:DisplayColor>Red</gpxx:DisplayColor></gpxx:TrackExtension></extensions>"
    )
    file = read(track(GARMIN, GARMIN, "", head=head))
    assert file.facts["extensions"] == {"atemp": 2, "hr": 2, "speed": 2, "DisplayColor": 1}


def test_a_file_without_extensions_says_nothing_of_them(read):
    assert "extensions" not in read(track("", "<hdop>1.2</hdop>")).facts


@pytest.mark.parametrize(
    "extra",
    [
        "<extensions><osmand:accuracy>8.5</osmand:accuracy></extensions>",
        "<extensions><accuracy>8.5</accuracy></extensions>",
        "<extensions><gpxtpx:TrackPointExtension><opentracks:accuracy_horizontal>8.5</opentracks:accuracy_horizontal>"
        "</gpxtpx:TrackPointExtension></extensions>",
        "<extensions><hAcc>8.5</hAcc><vAcc>90</vAcc></extensions>",
    ],
)
def test_a_stated_accuracy_in_metres_is_used(read, extra):
    (patrol,) = read(track(extra, extra.replace("8.5", "60"), "")).patrols
    fixes = patrol.segments[0]
    np.testing.assert_array_equal(fixes.accuracy_m, [8.5, 60, np.nan])
    assert patrol.marked == {"poor_accuracy": 1}


@pytest.mark.parametrize("creator", ["OsmAnd 4.9.10", "OsmAnd~", "Locus Map, Android"])
def test_programs_that_write_metres_into_hdop_are_read_as_they_mean_it(read, creator):
    file = read(track("<hdop>8</hdop>", "<hdop>12</hdop>", "<hdop>40</hdop>"), creator)
    (patrol,) = file.patrols
    np.testing.assert_array_equal(patrol.segments[0].accuracy_m, [8, 12, 40])
    assert np.isnan(patrol.segments[0].hdop).all()
    assert patrol.marked == {"poor_accuracy": 1}
    assert file.facts["hdop_is_accuracy"] is True


def test_the_hdop_of_a_receiver_stays_a_dilution(read):
    file = read(track("<hdop>8</hdop>", "<hdop>1</hdop>"))
    assert file.patrols[0].marked == {"poor_dilution": 1}
    assert "hdop_is_accuracy" not in file.facts


def test_proximity_and_categories_of_a_garmin_waypoint_go_into_its_note_and_its_address_does_not(read):
    inner = (
        "<gpxx:Proximity>50.4</gpxx:Proximity><gpxx:Categories><gpxx:Category>Lán</gpxx:Category>"
        "<gpxx:Category>Nguồn nước</gpxx:Category></gpxx:Categories><gpxx:PhoneNumber>0912</gpxx:PhoneNumber>"
    )
    wrapped = f"<extensions><gpxx:WaypointExtension>{inner}</gpxx:WaypointExtension></extensions>"
    file = read(f'<wpt lat="21" lon="104"><name>A1</name><desc>cũ</desc>{wrapped}</wpt>')
    (waypoint,) = file.patrols[0].waypoints
    assert (waypoint.name, waypoint.note) == ("A1", "cũ [Lán, Nguồn nước] (≤ 50 m)")
    assert file.facts["extensions"] == {"Category": 2, "PhoneNumber": 1, "Proximity": 1}


def test_a_file_with_thousands_of_names_tells_only_the_first(read):
    many = "".join(f"<x{k}>1</x{k}>" for k in range(2000))
    file = read(track(f"<extensions>{many}</extensions>"))
    assert file.status == "accepted"
    assert 0 < len(file.facts["extensions"]) <= 60
