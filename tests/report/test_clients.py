"""What other people's programs make of our files: GPSBabel and GDAL's own tools, not libraries of ours.

Ten formats of handhelds and of other programs are written by GPSBabel from our GPX and read back; what is lost on the
way is the precision of the format, which the tables hold in degrees as measured (1e-5 is a metre).
"""

import json
import shutil
import subprocess
from datetime import datetime
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from report import samples
from report.walks_out import walk
from shapely.geometry import shape

from eradication.report import exchange, tracks

GPSBABEL = shutil.which("gpsbabel")
OGR2OGR = shutil.which("ogr2ogr")
gpsbabel = pytest.mark.skipif(GPSBABEL is None, reason="gpsbabel is not installed")
gdal = pytest.mark.skipif(OGR2OGR is None, reason="ogr2ogr is not installed")

POINT_FORMATS = {
    "gpx": 1e-9, "kml": 6e-7, "unicsv": 6e-7, "geojson": 1e-9, "gdb": 5e-8, "garmin_gpi": 5e-8, "garmin_txt": 9e-6,
    "garmin_poi": 6e-6, "lowranceusr": 6e-6, "lmx": 6e-7, "tabsep": 6e-7, "humminbird": 6e-6,
}  # fmt: skip
"""GPSBabel's name of a format → degrees by which a waypoint may come back elsewhere."""
TRACK_FORMATS = {
    "gpx": 1e-9, "garmin_txt": 9e-6, "unicsv": 6e-7, "gdb": 5e-8, "gtm": 1e-6, "gtrnctr": 1e-9, "igc": 9e-6,
    "garmin_fit": 5e-8, "mapasia_tr7": 1e-6, "magellan": 9e-6,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Plots and a patrol in our formats."""
    here = tmp_path_factory.mktemp("clients")
    for form in ("gpx", "gpkg", "kml", "geojson"):
        exchange.export(samples.plots(12), here / f"plots.{form}")
        tracks.export([walk()], here / f"walks.{form}")
    return here


def converted(source, form, what, folder):
    """Let GPSBabel write ``source`` in a format and read that back as GPX; return the GPX."""
    there, back = folder / f"{source.stem}.{form}.there", folder / f"{source.stem}.{form}.back.gpx"
    for arguments in (("gpx", source, form, there), (form, there, "gpx", back)):
        read, file, written, out = map(str, arguments)
        command = [GPSBABEL, what, "-i", read, "-f", file, "-o", written, "-F", out]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    return ElementTree.parse(back).getroot()


def waypoints(root):
    places = {p.findtext("{*}name"): (float(p.get("lon")), float(p.get("lat"))) for p in root.findall(".//{*}wpt")}
    return dict(sorted(places.items()))


def moments(root):
    points = list(root.findall(".//{*}trkpt"))
    times = [datetime.fromisoformat(p.findtext("{*}time")).timestamp() for p in points]
    return np.array([(float(p.get("lon")), float(p.get("lat"))) for p in points]), np.array(times)


@gpsbabel
@pytest.mark.parametrize("form", POINT_FORMATS)
def test_plots_come_back_from_a_format_with_their_names_and_places(form, folder):
    ours = waypoints(ElementTree.parse(folder / "plots.gpx").getroot())
    theirs = waypoints(converted(folder / "plots.gpx", form, "-w", folder))
    assert len(ours) == 12
    assert list(theirs) == list(ours)
    np.testing.assert_allclose(list(theirs.values()), list(ours.values()), rtol=0, atol=POINT_FORMATS[form])


@gpsbabel
@pytest.mark.parametrize("form", TRACK_FORMATS)
def test_a_patrol_comes_back_from_a_format_with_its_places_and_times(form, folder):
    ours = moments(ElementTree.parse(folder / "walks.gpx").getroot())
    theirs = moments(converted(folder / "walks.gpx", form, "-t", folder))
    assert len(ours[0]) == 60
    np.testing.assert_allclose(theirs[0], ours[0], rtol=0, atol=TRACK_FORMATS[form])
    np.testing.assert_allclose(theirs[1], ours[1], rtol=0, atol=0.5)


def as_geojson(source, layer, folder):
    """What ogr2ogr makes of a layer."""
    out = folder / f"{source.name}.{layer}.ogr.json"
    command = [OGR2OGR, "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=9", out, source, *([layer] if layer else [])]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60)
    return json.loads(out.read_text())["features"]


@gdal
@pytest.mark.parametrize(("form", "layer"), [("gpkg", "plots"), ("geojson", ""), ("kml", "")])
def test_gdal_reads_plots_with_their_attributes_and_outlines(form, layer, folder):
    rows = samples.plots(12)
    found = as_geojson(folder / f"plots.{form}", layer, folder)
    assert len(found) == len(rows)
    for feature, row, record in zip(found, rows, exchange.records(rows), strict=True):
        told = {name: feature["properties"].get(name) for name in ("code", "state", "commune", "area_m2", "score")}
        expected = {name: record[name] for name in told}
        assert {k: str(v) for k, v in told.items()} == {k: str(v) for k, v in expected.items()}
        theirs = shape(feature["geometry"])
        polygons = shapely.MultiPolygon([p for p in shapely.get_parts(theirs) if p.geom_type == "Polygon"])
        assert polygons.hausdorff_distance(exchange.outline(row)) < 1e-7


@gdal
@pytest.mark.parametrize(
    ("form", "layer", "count"), [("gpkg", "track_points", 60), ("gpx", "track_points", 60), ("geojson", "patrols", 2)]
)
def test_gdal_reads_patrols(form, layer, count, folder):
    found = as_geojson(folder / f"walks.{form}", layer, folder)
    assert len(found) == count
    coordinates = np.concatenate([shapely.get_coordinates(shape(f["geometry"])) for f in found])
    ours = np.concatenate([np.column_stack([s.lon, s.lat]) for s in walk().segments])
    np.testing.assert_allclose(coordinates[:60], ours, rtol=0, atol=1e-7)


@gdal
def test_gdal_reads_a_patrol_in_kml_as_a_line_and_a_waypoint(folder):
    kinds = [shape(f["geometry"]).geom_type for f in as_geojson(folder / "walks.kml", "", folder)]
    assert sorted(kinds) == ["MultiLineString", "Point"]
