"""Sheets of paper: a page for each place that can be read, measured on and returned."""

import csv
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report import samples

from eradication import geo
from eradication.domain import LookAlike, Outcome, State
from eradication.domain.event import SIMULATED
from eradication.i18n import translator
from eradication.ingest import table_cells
from eradication.report import grid_lines, paper, sheets
from eradication.report.grid_lines import Sheet
from eradication.report.sheet_map import MapPanel, fitting_scale
from eradication.report.view import Harvest, PlotRow

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
CURVE = {"ndvi": [0.7, 0.5, 0.3, 0.6, 0.7, 0.5, 0.4, None, 0.35, 0.4]}


def row(serial=3, state=State.CANDIDATE, commune="Xã Vân Hồ", **changes):
    harvest = Harvest(date(2026, 2, 20), date(2026, 4, 11), date(2026, 2, 1), "sowing")
    return PlotRow(samples.episode(serial, state, **changes), commune, simulated=True, harvest=harvest)


LONG = "Xã Chiềng Sơn Mường Lạn Nậm Mằn Tân Xuân Phiêng Cằm"
ROWS = (row(3), row(4, lon=104.7112, commune=LONG), row(905, State.DETECTED, lat=20.7914, area_m2=48_000.0))


def view(language="vi", rows=ROWS, **changes):
    pages = [
        sheets.PlotSheet(r, f"{r.episode.plot.code}-P0000{i}", [o for o in rows if o is not r], CURVE if i else {})
        for i, r in enumerate(rows)
    ]
    told = sheets.SheetsView(
        unit="BĐBP-LÓNG-SẬP-01",
        season=samples.SEASON,
        printed=date(2026, 2, 1),
        sheets=pages,
        communes=(samples.commune(west=104.712), samples.commune("Xã Song Khủa", 104.572)),
        scale=5000,
        simulated=True,
        language=language,
        translate=translator(language),
    )
    return replace(told, **changes)


@cache
def content(language="vi"):
    """The sheets as a PDF, made once."""
    return sheets.render(view(language))


def read(language, tmp_path, *options):
    """What pdftotext reads."""
    file = tmp_path / "sheets.pdf"
    file.write_bytes(content(language))
    command = ["pdftotext", *options, file, "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def pages_of(language, tmp_path):
    return read(language, tmp_path, "-layout").split("\f")[:-1]


@pytest.mark.slow
@poppler
@pytest.mark.parametrize("language", ["vi", pytest.param("en", marks=pytest.mark.slow)])
def test_there_is_a_page_for_each_place_with_what_must_be_read_on_it(language, tmp_path):
    told = view(language)
    pages = pages_of(language, tmp_path)
    assert len(pages) == 3
    for page, sheet in zip(pages, told.sheets, strict=True):
        r, plot = sheet.row, sheet.row.episode.plot
        plain = " ".join(page.split())
        east, north = r.vn2000
        grouped = [f"{metres:,.1f}".replace(",", " ") for metres in (east, north)]
        for text in (
            plot.code,
            plot.id,
            sheet.number,
            told.unit,
            *grouped,
            f"{r.lonlat[1]:.6f}",
            "EPSG:9206",
            "1:5 000",
        ):
            assert text in plain
        assert ("20/02/2026 – 11/04/2026" if language == "vi" else "2026-02-20 – 2026-04-11") in plain
        assert ("19 · Căn cứ: ngày gieo" if language == "vi" else "19 · Told by: sowing day") in plain
        assert SIMULATED.upper() in plain
        assert "20°47" in plain


@poppler
def test_a_vietnamese_page_has_the_words_of_every_box_with_their_letters(tmp_path):
    page = pages_of("vi", tmp_path)[0]
    for letter, code in [*zip("ABCDEFGH", LookAlike, strict=True), *zip("ABCDEFGH", Outcome, strict=True)]:
        assert re.search(rf"{letter} +{re.escape(code.vietnamese[0])}", page), code


@pytest.mark.slow
@poppler
def test_only_a_place_that_nobody_confirmed_is_to_be_checked(tmp_path):
    pages = pages_of("en", tmp_path)
    assert ["to be checked, not a finding" in page for page in pages] == [True, True, False]
    assert ["no imagery of this place" in " ".join(page.split()) for page in pages] == [True, False, False]


@poppler
@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_word_lies_on_another_or_off_the_page(language, tmp_path):
    root = ElementTree.fromstring(read(language, tmp_path, "-bbox"))
    for page in root.findall(".//{*}page"):
        boxes = [tuple(float(w.get(k)) for k in ("xMin", "yMin", "xMax", "yMax")) for w in page.findall("{*}word")]
        assert len(boxes) > 150
        x0, y0, x1, y1 = np.array(boxes).T
        assert x0.min() > 25
        assert x1.max() < 595.3 - 25
        assert y1.max() < 841.9 - 20
        wide = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
        # Boxes are as high as the font's tallest letters and reach into the line above.
        high = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0) - 2.5
        upright = (y1 - y0) > (x1 - x0) * 1.5
        over = (wide > 0.5) & (high > 0) & ~np.eye(len(boxes), dtype=bool) & ~upright & ~upright[:, None]
        words = [w.text for w in page.findall("{*}word")]
        assert [(words[i], words[j]) for i, j in np.argwhere(over)] == []


@pytest.mark.slow
def test_the_same_view_gives_the_same_bytes():
    one = view(rows=ROWS[:1])
    assert sheets.render(one) == sheets.render(one)
    assert b"CreationDate" not in content()


@pytest.mark.slow
def test_letters_are_embedded():
    assert b"DejaVuSans" in content()
    assert b"/FontFile2" in content()


def test_the_table_for_the_typist_holds_the_numbers_of_the_forms():
    told = view()
    lines = list(csv.DictReader(sheets.table(told).splitlines()))
    assert [line["visit_id"] for line in lines] == [sheet.number for sheet in told.sheets]
    assert [line["plot_id"] for line in lines] == [sheet.row.episode.plot.id for sheet in told.sheets]
    assert {(line["unit"], line["crs"], line["outcome"], line["note"]) for line in lines} == {
        (told.unit, "EPSG:9206", "", SIMULATED)
    }


def test_t7_no_spreadsheet_takes_the_table_for_the_typist_for_formulas_and_it_is_read_as_it_was_meant():
    for sign in "=+-@":
        unit = f"{sign}cmd|' /C calc'!A0"
        line, *_ = csv.DictReader(sheets.table(view(unit=unit)).splitlines())
        assert line["unit"] == f"'{unit}"
        assert table_cells.text(line["unit"]) == unit


places = st.tuples(st.floats(102.2, 105.2), st.floats(20.4, 22.2))


@given(places, st.sampled_from([1000, 2000, 5000, 10_000, 25_000]))
@settings(max_examples=60)
def test_grid_lines_lie_where_their_numbers_say(place, scale):
    sheet = Sheet.around(place, 9206, 0.113 * scale, 0.102 * scale)
    step = grid_lines.step_of(scale)
    eastings, northings = grid_lines.grid_lines(sheet, step)
    assert 0.019 <= step / scale <= 0.05
    assert len(eastings) >= 2
    assert len(northings) >= 2
    to_degrees = geo.transformer(9206, geo.WGS84)
    for east in eastings:
        assert east % step == 0
        assert sheet.west_m <= east <= sheet.east_m
        lon, lat = to_degrees.transform(east, sheet.south_m + sheet.height_m / 2)
        # By another way than that which drew it: geodesic distance from the middle of the sheet.
        away = geo.GEOD.inv(place[0], place[1], lon, lat)[2]
        drawn = abs(east - (sheet.west_m + sheet.width_m / 2))
        assert away == pytest.approx(drawn, rel=4e-4, abs=0.02)
    assert all(b - a == step for a, b in pairwise(northings))


def test_the_grid_is_that_of_the_point_whose_coordinates_are_known_in_both_systems():
    sheet = Sheet.around((103.905, 21.327), 9206, 565.0, 510.0)
    middle = sheet.west_m + 282.5, sheet.south_m + 255.0
    assert middle == pytest.approx((489_949.46, 2_359_155.77), abs=0.01)
    eastings, northings = grid_lines.grid_lines(sheet, 100)
    assert eastings == [489_700, 489_800, 489_900, 490_000, 490_100, 490_200]
    assert northings == [2_359_000, 2_359_100, 2_359_200, 2_359_300, 2_359_400][: len(northings)]
    assert grid_lines.label(2_359_100) == "2 359 100"
    from_proj = pyproj.Transformer.from_crs(4326, 9206, always_xy=True, allow_ballpark=False)
    assert from_proj.transform(103.905, 21.327) == pytest.approx(middle, abs=1.5)


@pytest.mark.parametrize(
    ("degrees", "letters", "text"),
    [
        (20.791166, ("N", "S"), "20°47.470′ N"),
        (-20.5, ("N", "S"), "20°30.000′ S"),
        (104.99999999, ("E", "W"), "105°00.000′ E"),
    ],
)
def test_degrees_are_written_with_minutes_that_never_reach_sixty(degrees, letters, text):
    assert grid_lines.degrees_minutes(degrees, letters) == text


def test_a_map_is_true_to_its_scale_and_a_large_place_gets_a_smaller_one():
    small, large = row(area_m2=700.0), row(area_m2=250_000.0)
    assert fitting_scale(small, 5000, *sheets.MAP_MM) == 5000
    assert fitting_scale(small, 7500, *sheets.MAP_MM) == 7500
    assert fitting_scale(large, 5000, *sheets.MAP_MM) == 10_000
    panel = MapPanel(small, (), (), 5000, 0.0, 0.0, *sheets.MAP_MM)
    assert panel.sheet.width_m == pytest.approx(5 * sheets.MAP_MM[0])


def test_lines_are_broken_where_they_fit_and_a_long_word_stays_whole():
    text = "Không có: máy tính này không có ảnh của điểm này."
    lines = paper.lines_of(text, 40.0, 7)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(paper.width_mm(line, 7) <= 40 for line in lines)
    assert paper.lines_of("x" * 200, 40.0, 7) == ["x" * 200]


@poppler
def test_numbers_of_the_grid_stand_on_paper_where_a_ruler_would_find_them(tmp_path):
    root = ElementTree.fromstring(read("vi", tmp_path, "-bbox"))
    words = [
        (w.text, *(float(w.get(k)) * 25.4 / 72 for k in ("xMin", "xMax", "yMin", "yMax")))
        for w in root.findall(".//{*}page")[0].findall("{*}word")
    ]
    below = [w for w in words if 138.0 < w[3] < 142.0 and w[2] < 137.0]
    pairs = list(zip(below[::2], below[1::2], strict=True))
    assert len(pairs) in (5, 6)
    to_official = pyproj.Transformer.from_crs(4326, 9206, always_xy=True)
    # The library's own choice of transformation may differ from ours by a metre, which is 0.2 mm here.
    east, _ = to_official.transform(*ROWS[0].lonlat)
    middle = 18.5 + sheets.MAP_MM[0] / 2
    for first, second in pairs:
        easting = int(first[0] + second[0])
        assert (first[1] + second[2]) / 2 == pytest.approx(middle + (easting - east) / 5, abs=0.6)
