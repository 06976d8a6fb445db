"""Official documents: measures of Decree 30/2020, values that stay text, the same bytes, signs on the first page."""

import dataclasses
import io
import shutil
import subprocess
import zipfile
from datetime import date

import docx as office
import pytest
from docx.oxml.ns import qn
from report.cheats import CHEATS, FIGURES, honest, view
from report.papers import LETTER, as_docx, as_pdf, by_libreoffice, page_text, squeezed, with_every_sign
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import SimpleDocTemplate

from eradication.i18n import translator
from eradication.report.document import layout, letters, pdf, pdf_tables
from eradication.report.document.blocks import Grid, Look, Paragraph
from eradication.report.document.letters import width_mm
from eradication.report.signs import SENTENCES

HOSTILE = "{{ 7*7 }} {% for x in y %} <w:br/> <b>đậm</b> &lt;&amp; =HYPERLINK(1) ${x} \x00\x1b\u202ez"
SHOWN = HOSTILE.replace("\x00\x1b\u202e", "")


@pytest.fixture(scope="module")
def paper():
    return office.Document(io.BytesIO(as_docx(view(honest(), "vi"))))


def texts(paper) -> list[str]:
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return [*(paragraph.text for paragraph in paper.paragraphs), *cells]


def test_margins_and_paper_are_those_of_the_decree(paper):
    first = paper.sections[0]
    assert (first.page_width.mm, first.page_height.mm) == pytest.approx((210, 297), abs=0.1)
    for section in paper.sections:
        assert 19.9 < section.top_margin.mm < 25.1
        assert 19.9 < section.bottom_margin.mm < 25.1
        assert 29.9 < section.left_margin.mm < 35.1
        assert 14.9 < section.right_margin.mm < 20.1
    assert [s.page_width > s.page_height for s in paper.sections] == [False, True, True]


def test_letters_are_times_new_roman_of_13_or_14_points(paper):
    normal = paper.styles["Normal"]
    fonts = normal.element.rPr.rFonts
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}
    body = [p for p in paper.paragraphs if p.paragraph_format.first_line_indent and not p.runs[0].italic]
    assert len(body) > 10
    sizes = {p.runs[0].font.size.pt for p in body}
    assert sizes == {13.0}
    assert {run.font.name for p in paper.paragraphs for run in p.runs} == {None}, "none has letters of its own"


def test_the_page_number_is_a_field_in_the_middle_of_the_top_margin_and_hidden_on_the_first_page(paper):
    first, *others = paper.sections
    assert first.different_first_page_header_footer
    assert not any(section.different_first_page_header_footer for section in others)
    field = first.header.paragraphs[0]
    assert [code.text for code in field._p.iter(qn("w:instrText"))] == ["PAGE"]
    assert field.alignment.name == "CENTER"
    assert not first.first_page_header.paragraphs[0]._p.findall(f".//{qn('w:instrText')}")
    assert all(section.header.is_linked_to_previous for section in others)
    assert first.header_distance < first.top_margin


def test_letterhead_title_signature_and_recipients_stand_where_the_decree_puts_them(paper):
    head, *_, signed = [table for table in paper.tables if table.style.name == "Normal Table"]
    left, right = head.rows[0].cells
    assert [p.text for p in left.paragraphs][:2] == ["ỦY BAN NHÂN DÂN TỈNH SƠN LA", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"]
    assert not left.paragraphs[0].runs[0].bold
    assert left.paragraphs[1].runs[0].bold
    assert [p.text for p in right.paragraphs][:2] == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
    ]
    number, dated = (cell.paragraphs[0] for cell in head.rows[1].cells)
    assert number.text == "Số: …………/BC-SNNMT"
    assert (dated.text, dated.runs[0].italic) == ("Sơn La, ngày 05 tháng 02 năm 2027", True)
    titles = [p.text for p in paper.paragraphs if p.alignment is not None and p.alignment.name == "CENTER" and p.text]
    assert titles[1] == "BÁO CÁO"
    recipients, who = signed.rows[0].cells
    assert recipients.text.splitlines() == [
        "Nơi nhận:",
        "- UBND tỉnh (báo cáo);",
        "- Công an tỉnh;",
        "- Lưu: VT, SNNMT.",
    ]
    assert [line for line in who.text.splitlines() if line] == ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"]


def test_the_line_below_the_motto_is_as_long_as_the_motto(paper):
    right = paper.tables[0].rows[0].cells[1]
    rule = right.paragraphs[2]
    assert rule._p.find(f".//{qn('w:pBdr')}") is not None
    form = rule.paragraph_format
    wide = right.width.mm - 2 * layout.CELL_MM - form.left_indent.mm - form.right_indent.mm
    assert wide == pytest.approx(width_mm("Độc lập - Tự do - Hạnh phúc", 13, bold=True), abs=0.5)


def test_headings_of_tables_come_again_and_no_row_is_broken(paper):
    grids = [table for table in paper.tables if table.style.name == "Table Grid"]
    with_headings = [t for t in grids if t.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None]
    assert len(with_headings) >= 5
    assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for table in grids for row in table.rows)
    for table in grids:
        wide = sum(column.width.mm for column in table.columns)
        assert wide == pytest.approx(165, abs=1) or wide == pytest.approx(252, abs=1)


def test_percentages_stand_beside_what_was_looked_at(paper):
    first = paper.tables[1]
    told = {cells[n].text: cells[n + 1].text for cells in (row.cells for row in first.rows) for n in (0, 2)}
    assert "Tỷ lệ triệt phá/phát hiện" in told
    assert told["Quan sát được: vệ tinh · tuần tra · không bên nào"] == "90,0\u00a0% · 40,0\u00a0% · 5,0\u00a0%"
    assert any("Chưa phát hiện" in name for name in told)
    assert "Điểm nghi vấn chưa ai đến kiểm tra" in told


def test_the_table_by_commune_has_a_total_with_its_standard_error(paper):
    grid = next(t for t in paper.tables if t.rows[0].cells[0].text == "Xã" and len(t.columns) == 11)
    headings, total = ([cell.text for cell in grid.rows[n].cells] for n in (0, -1))
    assert headings[3] == "Sai số chuẩn, m²"
    ledger = view(honest(), "vi").ledger["total"]
    assert (total[0], total[3]) == ("Tổng cộng", str(round(ledger["detected_se_m2"])))
    assert ledger["detected_se_m2"] > 1


def test_names_stay_text_t22(tmp_path):
    told = view(honest(), "vi")
    row = {"key": "04048", "name": f"Xã {HOSTILE}"}
    ledger = dict(told.ledger) | {"rows": [dict(told.ledger["rows"][0]) | row]}
    told = dataclasses.replace(told, ledger=ledger, simulated=False)
    given = {"issuer": f"Sở {HOSTILE}", "bases": (f"Luật {HOSTILE}",), "remarks": (f"Nhận xét {HOSTILE}",)}
    letter = dataclasses.replace(LETTER, recipients=(f"Nhận {HOSTILE}",), signatory=f"Ký {HOSTILE}", **given)
    shown = squeezed(SHOWN)
    everything = [squeezed(text) for text in texts(office.Document(io.BytesIO(as_docx(told, letter))))]
    for place in ("Xã", "Luật", "Nhậnxét", "-Nhận", "Ký"):
        assert any(f"{place}{shown}" in text for text in everything), place
    assert any(f"SỞ{shown.upper()}" in text for text in everything)
    file = tmp_path / "report.pdf"
    file.write_bytes(as_pdf(told, letter))
    printed = page_text(file, 1, 9)
    for place in ("Xã", "Luật", "Nhậnxét", "-Nhận", "Ký"):
        assert f"{place}{shown}" in printed, place


@pytest.mark.parametrize("render", [as_docx, as_pdf])
def test_the_same_view_gives_the_same_bytes(render):
    told = view(CHEATS["same_day_pair"](), "vi")
    assert render(told) == render(told)


def test_members_of_the_docx_bear_no_time_of_writing():
    with zipfile.ZipFile(io.BytesIO(as_docx(view(honest())))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_stands_on_the_first_page_of_the_document(cheat, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(as_pdf(view(CHEATS[cheat](), "en")))
    text = page_text(file)
    assert squeezed(f"▲{SENTENCES[cheat][0]}") in text
    assert squeezed(FIGURES[cheat]) in text


def crowded(language: str, season: str = ""):
    """The fullest first page: all signs marked, long names, more bases than it holds, simulated and a draft.

    With a ``season`` it is of a period, and names the season wherever it speaks of one.
    """
    told = view(honest(), language)
    names = [f"Đồn Biên phòng Chiềng Tương {number}" for number in range(9)]
    letter = dataclasses.replace(
        LETTER,
        issuer="Ban Chỉ đạo phòng, chống tội phạm, ma túy và xây dựng phong trào toàn dân bảo vệ an ninh Tổ quốc",
        bases=tuple(
            f"Luật số {n}/2026/QH15 ngày 10 tháng 12 năm 2025 của Quốc hội về phòng, chống ma túy" for n in range(9)
        ),
        draft=True,
    )
    beside = {"period": "2026-Y", "season_beside": season} if season else {}
    return dataclasses.replace(told, ledger=with_every_sign(told.ledger, names) | beside), letter


@pytest.mark.parametrize("season", ["", "2025-2026"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_all_twelve_signs_at_once_find_room_on_the_first_page(language, season, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(as_pdf(*crowded(language, season)))
    _all_signs_on_the_first_page(file, language)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_office_prints_all_twelve_signs_on_the_first_page(language, tmp_path):
    file = tmp_path / "report.docx"
    file.write_bytes(as_docx(*crowded(language)))
    _all_signs_on_the_first_page(by_libreoffice(file), language)


@pytest.mark.slow
@pytest.mark.parametrize("cheat", CHEATS)
def test_an_office_prints_a_cheat_on_the_first_page(cheat, tmp_path):
    file = tmp_path / "report.docx"
    file.write_bytes(as_docx(view(CHEATS[cheat](), "en")))
    text = page_text(by_libreoffice(file))
    assert squeezed(f"▲{SENTENCES[cheat][0]}") in text
    assert squeezed(FIGURES[cheat]) in text


def _all_signs_on_the_first_page(file, language):
    text = page_text(file)
    for title, _ in SENTENCES.values():
        assert squeezed(f"▲{translator(language)(title)}") in text
    assert squeezed(translator(language)("None of them accuses anybody; those in bold ask for a second look.")) in text


def test_more_bases_than_the_first_page_holds_are_annexed():
    told, letter = crowded("vi")
    paper = office.Document(io.BytesIO(as_docx(told, letter)))
    bases = [p.text for p in paper.paragraphs if p.text.startswith("Căn cứ")]
    assert len(bases) == 2 + 9
    assert bases[1].endswith("; và các căn cứ khác (Phụ lục 3).")
    assert bases[-1].endswith("ma túy.")
    assert "PHỤ LỤC 3: CĂN CỨ PHÁP LÝ" in texts(paper)


def test_a_draft_and_simulated_figures_say_so_on_every_page(tmp_path):
    told, letter = crowded("vi")
    file = tmp_path / "report.pdf"
    file.write_bytes(as_pdf(told, letter))
    assert squeezed("DỰ THẢO") in page_text(file)
    assert squeezed("MÔ PHỎNG") in page_text(file)
    for number in range(1, 5):
        assert squeezed("mô phỏng · dự thảo") in page_text(file, number, number)


def test_page_numbers_begin_on_the_second_page(tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(as_pdf(view(honest(), "vi"), dataclasses.replace(LETTER, day=date(2027, 11, 25))))
    assert not page_text(file).startswith("1")
    assert page_text(file, 2, 2).startswith("2")


def test_a_long_table_stands_on_sheets_as_one_laid_out_at_once_does(tmp_path, monkeypatch):
    from datetime import UTC, datetime

    from eradication.report.document import pdf, pdf_long
    from eradication.report.document.blocks import Document, Grid, Look, Paragraph

    rows = tuple((str(n), "xã " * (1 + n * n % 7), f"{n} m²") for n in range(400))
    blocks = (Paragraph("Bảng", Look.TITLE), Grid(rows, (1, 2, 1), ("a", "b", "c"), size_pt=9), Paragraph("Hết"))
    paper, when = Document("t", "a", "f", blocks), datetime(2026, 1, 1, tzinfo=UTC)
    (tmp_path / "sheets.pdf").write_bytes(pdf.render(paper, when, "vi"))
    monkeypatch.setattr(pdf_long, "AT_ONCE", 1000)
    (tmp_path / "whole.pdf").write_bytes(pdf.render(paper, when, "vi"))
    # Headings and numbers of sheets stand among the rows: what stands on another sheet is another text.
    sheets, whole = (page_text(tmp_path / f"{name}.pdf", 1, 99) for name in ("sheets", "whole"))
    assert sheets == whole
    assert sheets.count("abc") > 4


RARE = "Đội ຝິ່ນ 𖬌𖬣 🌺 中 ✓✗ ▲ Ṁ"


@pytest.fixture
def drawn(monkeypatch) -> list[tuple[TTFont, str]]:
    """Every piece of text that is drawn, with the letters it is drawn in."""
    seen: list[tuple[TTFont, str]] = []
    draw = TTFont.splitString

    def watched(font: TTFont, text: str, *more: object, **named: object) -> object:
        seen.append((font, text))
        return draw(font, text, *more, **named)

    monkeypatch.setattr(TTFont, "splitString", watched)
    return seen


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_letter_of_a_pdf_is_a_blank(drawn, language):
    told = view(honest(), language)
    rows = [row | {"visit": f"{RARE}/7/eradicated", "code": RARE} for row in told.checks] or [CHECKED]
    told = dataclasses.replace(told, checks=tuple(rows), province=RARE, unit=RARE)
    as_pdf(told, dataclasses.replace(LETTER, issuer=RARE, recipients=(RARE,), remarks=(RARE,)))
    assert len(drawn) > 100
    lacking = {letter for font, text in drawn for letter in text if ord(letter) not in font.face.charToGlyph}
    assert lacking == set()
    said = "".join(text for _, text in drawn)
    for sign in "✓✗▲ຝ□":
        assert sign in said
    assert {"Tinos", "DejaVuSans"} <= {font.fontName for font, _ in drawn}


CHECKED = {
    "code": RARE,
    "visit": f"{RARE}/7/eradicated",
    "checks": [
        {"check": "position", "status": "ok", "code": "position_inside", "message": "x"},
        {"check": "form", "status": "failed", "code": "minutes_no_missing", "message": "<b> & y"},
        {"check": "form", "status": "failed", "code": "two_officers_missing", "message": "z"},
    ],
}


def test_a_letter_of_no_face_is_a_box_and_a_joiner_is_nothing():
    assert list(letters.runs("a✓b", "Tinos-Bold")) == [
        ("Tinos-Bold", "a"),
        ("DejaVuSans-Bold", "✓"),
        ("Tinos-Bold", "b"),
    ]
    assert "".join(part for _, part in letters.runs("🌺\ufe0f中", "Tinos")) == "□□"
    assert list(letters.runs("Tiếng Việt", "Tinos")) == [("Tinos", "Tiếng Việt")]
    assert letters.width_mm("✓", 10) > 1


def test_signs_of_checks_have_ink_on_paper(tmp_path):
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    letters.ready()
    for name, text in (("signs", "✓ ✗ ຝ 🌺"), ("none", " ")):
        paper = SimpleDocTemplate(str(tmp_path / f"{name}.pdf"))
        paper.build([pdf_tables.lines(text, layout.Style())])
        command = ["pdftoppm", "-r", "30", "-gray", tmp_path / f"{name}.pdf", tmp_path / name]
        subprocess.run(command, check=True)
    ink = {name: sum(b < 200 for b in (tmp_path / f"{name}-1.pgm").read_bytes()[20:]) for name in ("signs", "none")}
    assert ink["signs"] > 20
    assert ink["none"] == 0


@pytest.mark.parametrize("rows", [20, 60])
def test_a_table_of_checks_stays_on_one_sheet_or_tells_its_headings_on_each(tmp_path, rows):
    told = view(honest(), "en")
    listed = tuple(CHECKED | {"code": f"CHK-{number:03d}", "checks": CHECKED["checks"][:1]} for number in range(rows))
    file = tmp_path / "report.pdf"
    file.write_bytes(as_pdf(dataclasses.replace(told, checks=listed)))
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    text = subprocess.run(["pdftotext", "-raw", file, "-"], check=True, capture_output=True, text=True).stdout
    with_rows = [page for page in map(squeezed, text.split("\f")) if "CHK-0" in page]
    assert (len(with_rows) == 1) == (rows == 20)
    assert all("SatelliteimagesPhotographs" in page for page in with_rows)


def test_the_note_of_a_short_table_is_kept_with_it():
    note = Paragraph("said of the table", Look.NOTE)
    table = Grid([["a", "1"]], (50, 50), whole=True)
    assert len(list(pdf._flow([Paragraph("Title", Look.SUBHEADING), table, note]))) == 1
