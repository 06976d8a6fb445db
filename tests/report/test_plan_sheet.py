"""A plan on paper: every stop with its coordinates, whose it is, what it is not; the same bytes; nothing of others."""

import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from report import planned

from eradication import geo
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.domain.event import SIMULATED
from eradication.i18n import translator
from eradication.report import paper, plan_facts, plan_sheet, plan_table, plan_words, relief
from eradication.report.grid_lines import label
from eradication.report.plan_map import PlanMap, apart, arrows

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
MOST = 40
LANGUAGES = ["vi", pytest.param("en", marks=pytest.mark.slow)]
"""Only the words differ; those of the other language are laid out with the slow tests."""


@cache
def record(count=MOST):
    return planned.plan(count)


@cache
def content(language="vi", count=MOST):
    return plan_sheet.render(record(count), planned.ground(record(count)), language=language)


def pages_of(tmp_path, language, count=MOST):
    file = tmp_path / "plan.pdf"
    file.write_bytes(content(language, count))
    command = ["pdftotext", "-layout", file, "-"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return [" ".join(page.split()) for page in told.split("\f")[:-1]]


@pytest.mark.slow
@poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stop_of_the_longest_plan_is_there_with_code_grid_coordinates_and_degrees(language, tmp_path):
    pages = pages_of(tmp_path, language)
    assert len(pages) == 4
    listed = " ".join(pages[1:])
    names = planned.codes(record())
    for stop in record()["stops"]:
        [(east, north)] = geo.transform([(stop["lon"], stop["lat"])], geo.WGS84, geo.VN2000_SON_LA)
        for text in (
            names.get(stop.get("plot"), stop.get("cell")),
            f"X {label(round(north))}",
            f"Y {label(round(east))}",
        ):
            assert text in listed
        assert f"{stop['lat']:.6f}" in listed
        assert f"{stop['lon']:.6f}" in listed


@pytest.mark.slow
@poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_whose_it_is_until_when_and_that_it_is_simulated(language, tmp_path):
    told = plan_facts.of(record())
    stamp = plan_words.stamp(told, language, translator(language))
    assert "BP01" in stamp
    assert "00:00" in stamp
    for number, page in enumerate(pages_of(tmp_path, language), start=1):
        assert stamp in page
        assert stamp.upper() in page
        assert SIMULATED.upper() in page
        assert f"{number}/4" in page


@poppler
def test_the_first_page_tells_the_veto_the_accusation_it_is_not_and_when_to_report_in(tmp_path):
    page = pages_of(tmp_path, "en", 12)[0]
    for said in (plan_words.VETO, NO_ACCUSATION, NO_PERSONS):
        assert said in page
    told = plan_facts.of(record(12))
    assert [plan_words.clock(when) for when in told.check_ins][:3] == ["08:00", "10:00", "12:00"]
    assert plan_words.check_ins(told, translator("en")) in page
    assert "3 people" in page
    assert "Bãi mìn cũ, Suối lũ" in page


@pytest.mark.slow
@poppler
def test_a_box_to_tick_stands_beside_each_stop_and_chance_is_told_but_never_a_tip_nor_what_grows(tmp_path):
    pages = pages_of(tmp_path, "en")
    listed = " ".join(pages[1:])
    assert listed.count("not, code:") == listed.count("reached") == MOST
    assert len(re.findall(r"drawn at random, p = 0\.\d+", listed)) == sum(
        s.is_random for s in plan_facts.of(record()).stops
    )
    everything = " ".join(pages).lower()
    for word in ("poppy", "opium", "cannabis", "confirmed", "thuốc phiện", " tip ", "score"):
        assert word not in everything
    assert listed.count("(estimate)") == MOST


@poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_other_units_other_places_tips_or_persons_is_on_it(language, tmp_path):
    everything = " ".join(pages_of(tmp_path, language))
    assert not [canary for canary in planned.CANARIES if canary in everything]


@pytest.mark.slow
def test_the_same_plan_gives_the_same_bytes_and_another_gives_others():
    again = plan_sheet.render(record(12), planned.ground(record(12)), language="vi")
    assert again == content("vi", 12)
    other = planned.plan(12, unit="BP02")
    assert plan_sheet.render(other, planned.ground(other), language="vi") != again


@poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_in_the_font(language, tmp_path):
    told = " ".join(pages_of(tmp_path, language))
    assert paper.printable(told) == told
    assert paper.printable("a\U0001f480b") == "a?b"


@poppler
def test_unknown_letters_of_a_hazard_are_printed_as_question_marks(tmp_path):
    strange = planned.plan(3, hazards=["Mìn \U0001f480"])
    file = tmp_path / "plan.pdf"
    plan_sheet.write(strange, planned.ground(strange, hazards=()), file, language="vi")
    told = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout
    assert "Mìn ?" in told


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils are not installed")
def test_every_page_is_drawn_and_the_map_shows_ground_way_and_hazard(tmp_path):
    (tmp_path / "plan.pdf").write_bytes(content("vi", 12))
    subprocess.run(["pdftoppm", "-r", "60", "-png", tmp_path / "plan.pdf", tmp_path / "p"], check=True, timeout=60)
    drawn = [np.asarray(Image.open(path).convert("RGB"), int) for path in sorted(tmp_path.glob("p-*.png"))]
    assert len(drawn) == 2
    assert all((page.min(axis=2) < 128).mean() > 0.01 for page in drawn)
    height = drawn[0].shape[0]
    there = drawn[0][round(height * 60 / 297) : round(height * 190 / 297)]
    grey = there.mean(axis=2)
    assert 0.3 < ((grey > 150) & (grey < 250)).mean()  # the hillshade
    assert (grey < 60).mean() > 0.004  # way and stops
    assert ((there[..., 0] - there[..., 2]) > 90).sum() > 40  # hazards


@poppler
def test_a_plan_with_nothing_known_around_it_prints_too(tmp_path):
    bare = planned.plan(2)
    bare["way"] = [[lon, lat, None] for lon, lat, _ in bare["way"]]
    file = tmp_path / "plan.pdf"
    plan_sheet.write(bare, plan_sheet.SheetGround(), file, language="en")
    told = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout
    assert "No heights of this way are known." in told
    assert SIMULATED not in told
    assert "plot-0001" in told


def test_a_plan_without_a_way_or_without_stops_prints():
    none = planned.plan(2, stops=[], way=[], hazards=[])
    assert plan_sheet.render(none, plan_sheet.SheetGround(), language="vi").startswith(b"%PDF")


@pytest.mark.parametrize(
    "count",
    [
        plan_table.FIRST,
        plan_table.FIRST + 1,
        *(pytest.param(n, marks=pytest.mark.slow) for n in (1, plan_table.FIRST + plan_table.LATER)),
    ],
)
def test_as_many_pages_as_stops_need(count):
    data = content("en", count)
    wanted = 2 + (count > plan_table.FIRST)
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == wanted


@given(st.integers(1, 30), st.integers(0, 1000))
def test_everything_of_a_plan_is_on_its_map_and_way_points_lie_in_the_order_of_stops(count, seed):
    told = planned.plan(count, seed)
    plan = plan_facts.of(told)
    panel = PlanMap(plan, plan_sheet.SheetGround(), 0, 0, 180, 137)
    sheet = panel.frame.sheet
    points = [plan.post, *((s.lon, s.lat) for s in plan.stops), *map(tuple, plan.way[:, :2])]
    xy = np.array(geo.transform(points, geo.WGS84, sheet.epsg))
    assert (xy >= [sheet.west_m, sheet.south_m]).all()
    assert (xy <= [sheet.east_m, sheet.north_m]).all()
    metres = plan.metres_to()
    assert len(metres) == count
    assert metres == sorted(metres)
    assert plan.along_m[-1] == pytest.approx(told["length_m"], rel=0.005)


@given(st.lists(st.tuples(st.floats(20, 160), st.floats(20, 110)), min_size=1, max_size=40), st.booleans())
def test_marks_do_not_hide_one_another_where_there_is_room(points, crowded):
    here = np.array(points[:8] if not crowded else points)
    moved = apart(here, 4.4, np.array([[0.0, 0.0], [180.0, 137.0]]))
    assert np.allclose(moved[0], here[0])
    assert (np.hypot(*(moved - here).T) <= 15.1).all()
    if not crowded:
        away = np.hypot(*(moved[:, None] - moved[None]).transpose(2, 0, 1)) + np.eye(len(moved)) * 99
        assert away.min() >= 4.4 - 1e-9


@pytest.mark.slow
def test_outlines_are_drawn_whatever_they_are_gathered_in():
    ground = planned.ground(record(12))
    bare = replace(ground, heights_m=None)
    square = ground.communes
    nested = shapely.geometrycollections([shapely.MultiPolygon([square]), shapely.Point(0, 0)])
    drawn = [
        plan_sheet.render(record(12), replace(bare, communes=shape), language="en") for shape in (square, nested, None)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_arrows_point_the_way_it_is_walked():
    line = np.array([[0.0, 0.0], [100.0, 0.0]])
    tips = list(arrows(line, 25.0, 2.0))
    assert len(tips) == 4
    assert all(tip[0, 0] > tip[1, 0] for tip in tips)
    assert all(tip[0, 0] < tip[1, 0] for tip in arrows(line[::-1], 25.0, 2.0))


def test_heights_are_those_of_the_place_in_the_official_grid():
    ground = planned.ground(record(12))
    frame = PlanMap(plan_facts.of(record(12)), ground, 0, 0, 180, 137).frame
    east, up, found = relief.sampled(ground.heights, frame.sheet, 90, 70)
    plane = planned.WEST + np.tile(np.arange(planned.SIDE) * 50.0 + 25, (planned.SIDE, 1))
    [(x, _)] = geo.transform([(float(east[40]), float(up[30]))], frame.sheet.epsg, geo.UTM48)
    ramp = plan_sheet.SheetGround(plane, ground.transform)
    assert relief.sampled(ramp.heights, frame.sheet, 90, 70)[2][30, 40] == pytest.approx(x, abs=0.5)
    assert np.isfinite(found).mean() > 0.9
    assert relief.step_of(700) == 50


@pytest.mark.slow
@poppler
def test_stops_carried_over_are_marked_and_the_mark_is_explained(tmp_path):
    record = planned.plan(3)
    plain = _told(record, tmp_path)
    assert plan_table.CARRIED not in plain
    record["stops"][1]["carried_from"] = "0123456789abcdef"
    told = _told(record, tmp_path)
    assert told.count(plan_table.CARRIED) == 2
    assert "drawn for an earlier plan" in told


def _told(record, folder):
    plan_sheet.write(record, planned.ground(record), folder / "carried.pdf", language="en")
    return subprocess.run(
        ["pdftotext", "-layout", folder / "carried.pdf", "-"], check=True, capture_output=True
    ).stdout.decode()
