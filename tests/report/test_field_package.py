"""The package for phones: places to check, a form in the user's words that stores codes, layers to fill."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from xml.etree import ElementTree

import geopandas
import pytest
from report import samples

from eradication.domain import LookAlike, Outcome, State
from eradication.domain.event import SIMULATED
from eradication.domain.visit import CODED_FIELDS
from eradication.i18n import translator
from eradication.ingest.visits import COLUMNS
from eradication.report import field_form, field_package, qml
from eradication.report.view import PlotRow


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A package of two open places and one that was found."""
    told = [(1, State.CANDIDATE), (2, State.ASSIGNED), (3, State.DETECTED)]
    rows = [PlotRow(samples.episode(serial, state), "Xã Vân Hồ", simulated=True) for serial, state in told]
    view = field_package.PackageView("BP-'CK", samples.SEASON, rows, [samples.commune()], True, "vi", translator("vi"))
    path = tmp_path_factory.mktemp("package") / "bp.gpkg"
    path.write_bytes(field_package.pack(view))
    return path


@pytest.fixture(scope="module")
def styles(package):
    with closing(sqlite3.connect(package)) as database:
        rows = database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1").fetchall()
    return {name: ElementTree.fromstring(style) for name, style in rows}


def test_candidates_bear_code_class_and_that_nothing_is_concluded(package):
    found = geopandas.read_file(package, layer="candidates")
    assert list(found["code"]) == ["VH-25-001", "VH-25-002", "VH-25-003"]
    assert list(found["class"]) == ["B?", "B?", "B"]
    assert [bool(said) for said in found["caption"].fillna("")] == [True, True, False]
    assert set(found["simulated"]) == {SIMULATED}
    assert found.crs.to_epsg() == 4326
    assert (found.geometry.geom_type == "MultiPolygon").all()


def test_visits_have_the_columns_of_a_visit_table_and_are_empty(package):
    assert set(field_form.ALIASES) == COLUMNS - {"lon", "lat", "x", "y", "crs"}
    with closing(sqlite3.connect(package)) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(visits)")]
        assert names == ["fid", "geom", *field_form.ALIASES]
        assert database.execute("SELECT count(*) FROM visits").fetchone() == (0,)
        tracks = database.execute("SELECT z, m FROM gpkg_geometry_columns WHERE table_name = 'tracks'").fetchone()
        assert tracks == (1, 1)


def test_the_form_shows_words_and_stores_codes(styles):
    for field, codes in CODED_FIELDS.items():
        widget = styles["visits"].find(f".//field[@name='{field}']/editWidget")
        options = [option.find("Option") for option in widget.findall(".//Option[@type='List']/Option")]
        choices = {o.get("value"): o.get("name") for o in options if not o.get("value").startswith("{")}
        assert choices == {code.value: code.vietnamese[0] for code in codes}
    assert LookAlike.PLUM_BLOSSOM.vietnamese[0] == "mận, mơ"


def test_photos_are_taken_with_the_camera_and_kept_beside_the_package(styles):
    for field in ("photo_before", "photo_after"):
        widget = styles["visits"].find(f".//field[@name='{field}']/editWidget")
        assert widget.get("type") == "ExternalResource"
        told = {o.get("name"): o.get("value") for o in widget.findall("./config/Option/Option")}
        assert (told["DocumentViewer"], told["RelativeStorage"]) == ("1", "1")


def test_number_time_and_unit_are_filled_in_and_a_quote_cannot_end_the_text(styles):
    told = {d.get("field"): d.get("expression") for d in styles["visits"].findall("./defaults/default")}
    assert told["visit_id"] == "uuid('WithoutBraces')"
    assert "now()" in told["visited_at"]
    assert told["unit"] == "'BP-''CK'"
    assert told["note"] == f"'{SIMULATED}'"
    assert qml.quoted("a\\' or 1") == "'a\\\\'' or 1'"


def test_what_must_be_filled_in_is_demanded_and_what_should_be_only_warned_of(styles):
    rows = {c.get("field"): c for c in styles["visits"].findall("./constraints/constraint")}
    demanded = {name for name, c in rows.items() if c.get("notnull_strength") == "1"}
    assert demanded == {"visit_id", "visited_at", "unit", "officers", "outcome"}
    assert {name for name, c in rows.items() if c.get("exp_strength") == "2"} >= {"area_m2", "look_alike"}
    assert {c.get("exp_strength") for c in rows.values()} <= {"0", "2"}


def test_a_place_is_chosen_by_its_code(styles):
    options = styles["visits"].findall(".//field[@name='plot_id']/editWidget//Option[@type='List']/Option/Option")
    assert {o.get("name"): o.get("value") for o in options}["VH-25-002"] == "plot-0002"


def test_every_layer_says_for_whom_it_is_and_that_it_is_simulated(package):
    with closing(sqlite3.connect(package)) as database:
        said = dict(database.execute("SELECT table_name, description FROM gpkg_contents").fetchall())
    for layer in ("candidates", "visits", "tracks"):
        assert "BP-'CK" in said[layer]
        assert SIMULATED in said[layer]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not installed")
def test_gdal_finds_four_layers_and_lines_with_measures(package):
    told = subprocess.run(["ogrinfo", package], check=True, capture_output=True, text=True, timeout=60).stdout
    for layer in ("candidates (Multi Polygon)", "visits (Point)", "tracks (3D Measured Line String)", "communes"):
        assert layer in told
    assert len(Outcome) == 8
