"""A plan for handhelds and telephones: read without loss, filled in by itself, never taken for a walk."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import geopandas
import numpy as np
import pytest
from report import planned, samples
from shapely.geometry import Point

from eradication import geo
from eradication.domain import SelectionMode, State
from eradication.domain.event import SIMULATED
from eradication.i18n import translator
from eradication.ingest.formats import geopackage, gpx
from eradication.report import field_stops, plan_facts, plan_files
from eradication.report.field_package import PackageView
from eradication.report.view import PlotRow

OPTIONS = {"points": 100_000, "epsg": None, "timezone": "Asia/Ho_Chi_Minh"}
NAMES = {"g": "http://www.topografix.com/GPX/1/1", "k": "http://www.opengis.net/kml/2.2"}


@cache
def record(count=40):
    return planned.plan(count)


@pytest.fixture(scope="module")
def gpx_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("gpx") / "plan.gpx"
    path.write_bytes(plan_files.gpx(record(), planned.ground(record()), language="vi"))
    return path


def points(path, tag):
    found = ElementTree.parse(path).findall(f".//g:{tag}", NAMES)
    return [(float(p.get("lon")), float(p.get("lat"))) for p in found]


def test_names_fit_old_receivers_and_are_told_apart(gpx_file):
    root = ElementTree.parse(gpx_file).getroot()
    names = [w.findtext("g:name", "", NAMES) for w in root.findall("g:wpt", NAMES)]
    assert len(names) == len(set(names)) == 1 + 40 + 2
    assert names[:4] == ["POST", "01 VH27001", "02 VH27002", "03 O"]
    for element in (*root.findall("g:wpt", NAMES), *root.findall(".//g:rtept", NAMES)):
        name, comment = element.findtext("g:name", "", NAMES), element.findtext("g:cmt", "", NAMES)
        assert 0 < len(name) <= plan_files.LONGEST_NAME
        assert (name + comment).isascii()
        assert len(comment) <= plan_files.LONGEST_COMMENT
    for line in ("rte", "trk"):
        assert root.findtext(f"g:{line}/g:name", "", NAMES) == "BP01 2811"
    assert len(root.findall(".//g:rtept", NAMES)) == 42 <= plan_files.MOST_ROUTE


def test_long_and_strange_codes_are_cut_to_what_tells_them_apart():
    plan = plan_facts.of(record(3), {"plot-0001": "Đ-27-1234-đặc", "plot-0002": "X"})
    assert plan_files.names(plan) == ["01 271234D"[:3] + "1234DAC"[-7:], "02 X", "03 O"]


def test_the_route_goes_from_the_post_over_every_stop_in_order_and_back(gpx_file):
    route = points(gpx_file, "rtept")
    stops = [(s["lon"], s["lat"]) for s in record()["stops"]]
    post = tuple(record()["post"])
    assert np.allclose(route, [post, *stops, post], atol=1e-7)


def test_the_way_has_heights_and_no_times_and_is_said_to_be_planned(gpx_file):
    root = ElementTree.parse(gpx_file).getroot()
    assert not list(root.iter("{http://www.topografix.com/GPX/1/1}time"))
    assert root.findtext("g:trk/g:type", "", NAMES) == plan_files.PLANNED
    heights = [p.findtext("g:ele", "", NAMES) for p in root.findall(".//g:trkpt", NAMES)]
    assert 300 < len(heights) <= plan_files.MOST_TRACK
    assert all(heights)


def test_a_thinned_way_keeps_its_ends_and_stays_where_it_was():
    way = plan_facts.of(record()).way
    thin = plan_files.thinned(way, 100)
    assert len(thin) <= 100 < len(way)
    assert (thin[[0, -1]] == way[[0, -1]]).all()
    assert plan_files.thinned(way[:50], 100) is not None
    assert (plan_files.thinned(way[:50], 100) == way[:50]).all()


def test_the_metadata_say_whose_it_is_until_when_and_that_it_is_simulated(gpx_file):
    told = ElementTree.parse(gpx_file).findtext("g:metadata/g:desc", "", NAMES)
    for text in ("BP01", "30/11/2026 00:00", SIMULATED):
        assert text in told
    assert SIMULATED not in plan_files.gpx(record(3), language="vi").decode()


def test_nothing_of_others_and_no_tip_is_in_it(gpx_file):
    text = gpx_file.read_text(encoding="utf-8")
    assert not [canary for canary in planned.CANARIES if canary in text]
    assert ">tip<" not in text


def test_the_same_plan_gives_the_same_bytes(gpx_file):
    assert plan_files.gpx(record(), planned.ground(record()), language="vi") == gpx_file.read_bytes()


@pytest.mark.skipif(shutil.which("gpsbabel") is None, reason="gpsbabel is not installed")
def test_gpsbabel_reads_it_and_turns_it_into_kml_and_back_without_losing_a_point(gpx_file, tmp_path):
    kml, back = tmp_path / "plan.kml", tmp_path / "back.gpx"
    convert = ["gpsbabel", "-r", "-t", "-w", "-i", "gpx", "-f", str(gpx_file), "-o"]
    subprocess.run([*convert, "kml,points=0", "-F", str(kml)], check=True, capture_output=True, timeout=60)
    subprocess.run([*convert, "gpx", "-F", str(back)], check=True, capture_output=True, timeout=60)
    for tag in ("wpt", "rtept", "trkpt"):
        assert np.allclose(points(back, tag), points(gpx_file, tag), atol=1e-6)
    root = ElementTree.parse(kml).getroot()
    lines = [e.text.split() for e in root.iter("{http://www.opengis.net/kml/2.2}coordinates") if e.text]
    assert sorted(len(line) for line in lines)[-2:] == [42, len(points(gpx_file, "trkpt"))]
    placed = np.array([[float(v) for v in line[0].split(",")[:2]] for line in lines if len(line) == 1])
    marked = np.array(points(gpx_file, "wpt"))
    assert np.abs(marked[:, None] - placed[None]).max(axis=2).min(axis=1).max() < 1e-6


def test_taken_in_as_a_patrol_it_has_no_times_so_nobody_walked_it(gpx_file):
    told = gpx.read(gpx_file, OPTIONS)
    assert [track["kind"] for track in told["tracks"]] == ["route", "track"]
    assert np.isnan(np.asarray(told["columns"]["time_s"], float)).all()


# The package


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    told = record(12)
    rows = [
        PlotRow(samples.episode(n, State.CANDIDATE, lon=s["lon"], lat=s["lat"]), "Xã Vân Hồ", simulated=True)
        for n, s in enumerate(told["stops"], start=1)
        if s["kind"] == "plot"
    ]
    view = PackageView("BP01", samples.SEASON, rows, [samples.commune()], True, "vi", translator("vi"))
    path = tmp_path_factory.mktemp("package") / "plan.gpkg"
    path.write_bytes(plan_files.package(told, view, planned.ground(told)))
    return path


def test_stops_stand_in_order_with_mode_and_probability_plots_and_cells_alike(package):
    found = geopandas.read_file(package, layer="stops")
    stops = record(12)["stops"]
    assert list(found["order"]) == list(range(1, 13))
    assert list(found["kind"]) == [s["kind"] for s in stops]
    assert list(found["selection_mode"]) == [s["selection_mode"] for s in stops]
    assert np.allclose(found["inclusion_prob"], [s["inclusion_prob"] for s in stops])
    assert [p or c for p, c in zip(found["plot_id"].fillna(""), found["cell"], strict=True)] == [
        s.get("plot") or s["cell"] for s in stops
    ]
    assert all(shape.contains(Point(s["lon"], s["lat"])) for shape, s in zip(found.geometry, stops, strict=True))
    area = [geo.area_m2(shape) for shape, s in zip(found.geometry, stops, strict=True) if s["kind"] == "cell"]
    assert area == pytest.approx([62_500] * len(area), rel=0.002)
    assert set(found["unit"]) == {"BP01"}
    assert set(found["simulated"]) == {SIMULATED}


def form_of(package):
    with closing(sqlite3.connect(package)) as database:
        [(style,)] = database.execute("SELECT styleQML FROM layer_styles WHERE f_table_name = 'visits'").fetchall()
    return ElementTree.fromstring(style)


def test_the_form_fills_in_why_a_stop_is_visited_and_plots_are_chosen_in_order(package):
    form = form_of(package)
    told = {d.get("field"): d for d in form.findall("./defaults/default")}
    stops = record(12)["stops"]
    for field in ("selection_mode", "inclusion_prob"):
        assert told[field].get("applyOnUpdate") == "1"
        expression = told[field].get("expression")
        assert expression.count(" then ") == len(stops)
        assert expression.endswith(f'else "{field}" end')
        assert expression.count("intersects($geometry") == sum(s["kind"] == "cell" for s in stops)
    assert told["visited_at"].get("applyOnUpdate") == "0"
    for stop in stops:
        if stop["kind"] == "plot":
            assert f"when \"plot_id\" = '{stop['plot']}' then '{stop['selection_mode']}'" in told["selection_mode"].get(
                "expression"
            )
            odds = told["inclusion_prob"].get("expression").split(f"'{stop['plot']}' then ")[1].split()[0]
            assert float(odds) == stop["inclusion_prob"]
    options = form.findall(".//field[@name='plot_id']/editWidget//Option[@type='List']/Option/Option")
    assert [o.get("name") for o in options][1:3] == ["1. VH-27-001", "2. VH-27-002"]


def test_a_quote_cannot_end_the_expression():
    plan = plan_facts.of(record(3))
    hostile = replace(plan.stops[0], place="x' or 1 --")
    assert "'x'' or 1 --'" in field_stops.defaults([hostile])["selection_mode"]


def test_modes_are_codes_that_the_import_of_visits_takes(package):
    found = geopandas.read_file(package, layer="stops")
    assert set(found["selection_mode"]) <= {mode.value for mode in SelectionMode}


def test_a_package_that_comes_back_unwalked_holds_no_walk_and_no_mark(package):
    told = geopackage.read(package, OPTIONS)
    assert told["tracks"] == []
    assert not told["waypoints"]


def test_nothing_of_others_is_in_the_package(package):
    data = package.read_bytes()
    assert not [canary for canary in planned.CANARIES if canary.encode() in data]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not installed")
def test_gdal_finds_stops_way_and_hazards_and_the_order(package):
    told = subprocess.run(["ogrinfo", package], check=True, capture_output=True, text=True, timeout=60).stdout
    for layer in (
        "stops (Multi Polygon)",
        "way (Multi Polygon)",
        "hazards (Multi Polygon)",
        "visits (Point)",
        "tracks",
    ):
        assert layer in told
    rows = subprocess.run(
        ["ogrinfo", "-al", "-geom=NO", package, "stops"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert rows.count("order (Integer64) = ") == 12
    assert "code (String) = VH-27-001" in rows
    assert rows.index("order (Integer64) = 1\n") < rows.index("order (Integer64) = 2\n")
