"""What was not known when a plan was made stands on everything of it that is taken along."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from xml.etree import ElementTree

import geopandas
import pytest
from report import planned, samples

from eradication.domain.plan_gaps import LAYERS, STAND_INS, sentences
from eradication.i18n import translator
from eradication.report import plan_facts, plan_files, plan_sheet, plan_words
from eradication.report.field_package import PackageView

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
NAMES = {"g": "http://www.topografix.com/GPX/1/1"}
NOTHING_NAMED = {"not_known": sorted(LAYERS), "approximate_boundaries": True, "hazards": []}


def first_page(tmp_path, record, language="en"):
    file = tmp_path / "plan.pdf"
    file.write_bytes(plan_sheet.render(record, planned.ground(record, hazards=()), language=language))
    command = ["pdftotext", "-layout", "-l", "1", file, "-"]
    return " ".join(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.split())


def test_layers_are_told_apart_by_what_their_lack_does():
    crossed, slower, edge = sentences([*LAYERS], True, translator("en"))
    assert all(name in crossed for name in ("areas of danger", "border line", "rivers", "may lead across"))
    assert all(name in slower for name in ("forest", "tracks", "roads", "times on foot"))
    assert edge == STAND_INS
    assert sentences([], False, translator("en")) == []
    assert "mud" in sentences(["mud"], False, translator("en"))[0]


@pytest.mark.slow
@poppler
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_first_page_says_what_nobody_named_and_that_its_edge_is_not_the_border(language, tmp_path):
    page = first_page(tmp_path, planned.plan(4, **NOTHING_NAMED), language)
    for said in sentences([*LAYERS], True, translator(language)):
        assert all(word in page for word in said.split())
        assert said[:40] in page


@pytest.mark.slow
@poppler
def test_a_file_without_areas_is_not_told_like_a_file_that_nobody_named(tmp_path):
    unnamed = plan_words.keeps_out_of(plan_facts.of(planned.plan(3, **NOTHING_NAMED)), translator("en"))
    empty = plan_words.keeps_out_of(plan_facts.of(planned.plan(3, hazards=[], not_known=[])), translator("en"))
    assert unnamed != empty
    assert unnamed in first_page(tmp_path, planned.plan(3, **NOTHING_NAMED))
    page = first_page(tmp_path, planned.plan(3, hazards=[], not_known=[]))
    assert empty in page
    assert "Nobody has named" not in page
    assert "not the legal border" not in page


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_route_for_handhelds_says_it_in_its_description(language):
    data = plan_files.gpx(planned.plan(3, **NOTHING_NAMED), language=language)
    told = ElementTree.fromstring(data).findtext("g:metadata/g:desc", "", NAMES)
    assert all(said.rstrip(".") in told for said in sentences([*LAYERS], True, translator(language)))
    known = plan_files.gpx(planned.plan(3), language=language).decode()
    assert translator(language)(STAND_INS).rstrip(".") not in known


def test_the_package_says_it_of_the_stops_and_of_the_way(tmp_path):
    record = planned.plan(3, **NOTHING_NAMED)
    view = PackageView("BP01", samples.SEASON, [], [samples.commune()], True, "en", translator("en"))
    path = tmp_path / "plan.gpkg"
    path.write_bytes(plan_files.package(record, view, planned.ground(record, hazards=())))
    whole = " ".join(sentences([*LAYERS], True, translator("en")))
    assert geopandas.read_file(path, layer="way")["not_known"].tolist() == [whole]
    with closing(sqlite3.connect(path)) as database:
        rows = dict(database.execute("SELECT table_name, description FROM gpkg_contents").fetchall())
    assert all(whole in rows[layer] for layer in ("stops", "way"))


def test_what_makes_an_area_dangerous_is_said_before_its_name():
    told = [{"kind": "mine", "name": "Bãi Cũ"}, {"kind": "flood", "name": "flood"}, {"kind": "other", "name": "bees"}]
    said = plan_words.keeps_out_of(plan_facts.of(planned.plan(3, dangers=told)), translator("en"))
    assert said == "mines: Bãi Cũ, floods, other danger: bees"
    older = plan_words.keeps_out_of(plan_facts.of(planned.plan(3, hazards=["Bãi Cũ"])), translator("en"))
    assert older == "Bãi Cũ"
