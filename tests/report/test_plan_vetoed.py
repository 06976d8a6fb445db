"""A stop that was left out as unsafe is struck out on paper and leads nobody there; and what m² rest on is said."""

import shutil
import subprocess
from xml.etree import ElementTree

import geopandas
import numpy as np
import pytest
from report import planned, samples
from shapely.geometry import Point

from eradication.domain import State
from eradication.i18n import translator
from eradication.report import plan_facts, plan_files, plan_sheet, plan_words
from eradication.report.field_package import PackageView
from eradication.report.view import PlotRow

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
NAMES = {"g": "http://www.topografix.com/GPX/1/1"}
RECORD = planned.plan(6)
CELL = RECORD["stops"][2]["cell"]
GONE = {2, CELL}


def text_of(tmp_path, record, **more):
    file = tmp_path / "plan.pdf"
    file.write_bytes(plan_sheet.render(record, planned.ground(record), language="en", **more))
    told = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True, timeout=60)
    return [" ".join(page.split()) for page in told.stdout.split("\f")[:-1]]


def test_stops_are_named_by_number_or_by_what_they_are():
    told = plan_facts.of(RECORD, vetoed=GONE)
    assert told.vetoed == (2, 3)
    assert [stop.order for stop in told.kept] == [1, 4, 5, 6]
    whole = plan_facts.of(RECORD)
    lost = sum(stop.expected_m2 for stop in whole.stops if stop.order in (2, 3))
    assert told.expected_m2 == pytest.approx(max(whole.expected_m2 - lost, 0))


def test_the_way_has_a_gap_where_it_led_to_what_was_left_out():
    whole, told = plan_facts.of(RECORD), plan_facts.of(RECORD, vetoed=GONE)
    first, second = told.parts()
    assert len(whole.parts()) == 1
    one, four = ((s["lon"], s["lat"]) for s in (RECORD["stops"][0], RECORD["stops"][3]))
    assert np.allclose(first[0], whole.way[0])
    assert np.allclose(first[-1, :2], one, atol=1e-6)
    assert np.allclose(second[0, :2], four, atol=1e-6)
    assert np.allclose(second[-1], whole.way[-1])
    assert plan_facts.of(RECORD, vetoed=range(1, 7)).parts() == []


@pytest.mark.slow
@poppler
def test_on_paper_they_are_struck_out_and_nothing_leads_there(tmp_path):
    first, listed = text_of(tmp_path, RECORD, vetoed=GONE)
    assert listed.count(plan_words.LEFT_OUT.upper()) == 2
    assert "Left out – not safe: 2, 3" in first
    assert "4, of them" in first
    for stop in RECORD["stops"]:
        assert (f"{stop['lat']:.6f}" in listed) == (stop["order"] not in (2, 3))
    again = text_of(tmp_path, RECORD)
    assert plan_words.LEFT_OUT.upper() not in " ".join(again)


def test_handhelds_are_not_led_there():
    root = ElementTree.fromstring(plan_files.gpx(RECORD, planned.ground(RECORD), language="en", vetoed=GONE))
    marked = [w.findtext("g:name", "", NAMES)[:2] for w in root.findall("g:wpt", NAMES)]
    assert [name for name in marked if name.isdecimal()] == ["01", "04", "05", "06"]
    assert len(root.findall(".//g:rtept", NAMES)) == 4 + 2
    assert len(root.findall(".//g:trkseg", NAMES)) == 2
    assert "Left out – not safe: 2, 3" in root.findtext("g:metadata/g:desc", "", NAMES)


def test_the_package_has_them_in_no_layer(tmp_path):
    rows = [
        PlotRow(samples.episode(n, State.CANDIDATE, lon=s["lon"], lat=s["lat"]), "Xã Vân Hồ", simulated=True)
        for n, s in enumerate(RECORD["stops"], start=1)
        if s["kind"] == "plot"
    ]
    record = RECORD | {
        "stops": [s | ({"plot": rows[1].episode.plot.id} if s["order"] == 2 else {}) for s in RECORD["stops"]]
    }
    view = PackageView("BP01", samples.SEASON, rows, [samples.commune()], True, "en", translator("en"))
    path = tmp_path / "plan.gpkg"
    path.write_bytes(plan_files.package(record, view, planned.ground(record), vetoed=GONE))
    assert geopandas.read_file(path, layer="stops")["order"].tolist() == [1, 4, 5, 6]
    assert len(geopandas.read_file(path, layer="candidates")) == len(rows) - 1
    [way] = geopandas.read_file(path, layer="way").geometry
    near = [way.distance(Point(stop["lon"], stop["lat"])) < 1e-4 for stop in record["stops"]]
    assert near == [True, False, False, True, True, True]
    whole = plan_files.package(record, view, planned.ground(record))
    assert whole == plan_files.package(record, view, planned.ground(record))


@pytest.mark.parametrize(
    ("area", "basis", "said"),
    [
        (120.4, "assumed", "≈ 120 m² (assumed)"),
        (120.4, "expert", "≈ 120 m² (assumed)"),
        (0.02, "fitted", "< 1 m² (by earlier finds)"),
        (33.0, "drawn_visits", "≈ 33 m² (by earlier visits)"),
        (33.0, "", "≈ 33 m² (estimate)"),
    ],
)
def test_m2_are_said_with_what_they_rest_on_and_never_to_be_nothing(area, basis, said):
    assert plan_words.estimate(area, "en", translator("en"), basis) == said


@pytest.mark.slow
@poppler
def test_the_sheet_says_what_m2_are_and_what_the_km_leave_out(tmp_path):
    stops = [stop | {"basis": "assumed" if stop["order"] < 3 else "visits"} for stop in RECORD["stops"]]
    first, listed = text_of(tmp_path, RECORD | {"stops": stops})
    assert "2 of 6 assumed" in first
    assert "inside 2 cells not counted" in first
    assert listed.count("(assumed)") == 2
    assert "(by earlier visits)" in listed
    assert "risk surface" not in listed
    assert "the chance that a visit confirms it times its area" in listed
