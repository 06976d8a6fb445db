"""The report as a workbook: the tables of the page, text that stays text, the same bytes whenever it is written."""

import csv
import io
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from report import samples
from report.test_tables import period

from eradication.i18n import translator
from eradication.report import spreadsheet, tables, workbook, workbook_words
from eradication.report.view import EventRow, ReportView

SOFFICE = os.environ.get("SOFFICE") or shutil.which("soffice")
FORMULA = '=cmd|" /C calc"!A1'
WHEN = datetime(2026, 2, 5, 2, 30, 7, tzinfo=UTC)


def event(**more: object) -> EventRow:
    told = EventRow(
        happened_at=WHEN,
        recorded_at=WHEN,
        kind="visit_recorded",
        outcome="eradicated",
        struck_out=False,
        plots=("VH-25-001",),
        unit="BP-CK",
        visit="17",
        area_m2=720.0,
        fraction=0.9999,
        minutes_no="12/BB",
        officers=("cb-1", "cb-2"),
        origin="o-0123456789abcdef0123",
        number=7,
        hash="f" * 64,
    )
    return replace(told, **more)


def full(**changes: object) -> ReportView:
    told = {"ledger": samples.full_ledger(), "events": (event(),), "language": "vi", "translate": translator("vi")}
    return samples.report_view(**(told | changes))


def opened(view: ReportView) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook.render(view)))


def sheet(book: openpyxl.Workbook, view: ReportView, key: str) -> list[tuple[object, ...]]:
    """Headings and rows of a table's sheet."""
    rows = book[view.translate(workbook_words.NAMES[key])].iter_rows(min_row=workbook.HEADER_ROW, values_only=True)
    return list(rows)


def test_the_same_view_gives_the_same_bytes_and_no_time_of_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = workbook.render(full())
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    assert workbook.render(full()) == first
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert {member.date_time for member in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = file.read("docProps/core.xml").decode()
    assert re.findall(r">(\d{4}-[^<]*Z)<", core) == ["2026-06-01T01:30:00Z"] * 2


def test_every_table_of_the_report_has_its_sheet_with_the_same_rows() -> None:
    answer = {"season": "2025-2026", "communes": [], "villages": []}
    view = full(period=period(), by_unit=samples.report_view().by_class, criterion=answer)
    book = opened(view)
    told = {table.key: table for group in tables.all_of(view, whole=True) for table in group.tables}
    assert len(book.sheetnames) == 1 + len(told)
    assert set(workbook_words.NAMES) - set(told) == {"forced"}
    for key, table in told.items():
        heading, *rows = sheet(book, view, key)
        assert list(heading[: len(table.headings)]) == list(table.headings), key
        shown = rows[: len(table.rows)]
        assert [[str(cell) for cell in row if type(cell) is str] for row in shown] == [
            [str(cell) for cell in row if not isinstance(cell, tables.Cell) and cell] for row in table.rows
        ], key
        if not table.rows:
            assert rows[0][0] == table.empty


def test_numbers_are_numbers_percentages_as_they_were_floored_and_days_are_days() -> None:
    ledger = samples.full_ledger()
    ledger["total"] |= {"detected_se_m2": 73}
    view = full(ledger=ledger)
    book = opened(view)
    communes = book[view.translate("By commune")]
    total = [cell for cell in communes[workbook.HEADER_ROW + 3] if cell.value is not None]
    assert [cell.value for cell in total[1:7]] == [6110, 8340, 73, 7900, 6120, 2220]
    assert {cell.data_type for cell in total[1:]} == {"n"}
    assert total[-2].value == 0.947
    assert total[-2].number_format == "[$-42A]0.0 %"
    assert total[1].number_format == "[$-42A]#,##0"
    _, row, *_ = sheet(book, view, "events")
    assert row[0] == datetime(2026, 2, 5, 9, 30, 7)
    assert row[8:10] == (720, 0.999), "a share is floored, never rounded up to the whole"
    assert row[14] == 7
    _, overdue, *_ = sheet(book, view, "overdue")
    assert overdue[4] == datetime(2026, 2, 1)
    assert book[view.translate("Overdue")].cell(workbook.HEADER_ROW + 1, 5).number_format == "[$-42A]dd/mm/yyyy"


def test_all_plots_are_annexed_with_east_and_north_apart() -> None:
    view = full(plots=samples.crowd(150))
    rows = sheet(opened(view), view, "plots_annex")[1:151]
    assert len({row[0] for row in rows}) == 150
    by_code = {row.episode.plot.code: row.vn2000 for row in view.plots}
    assert all(row[7:9] == pytest.approx(by_code[row[0]], abs=0.006) for row in rows)
    assert all(400_000 < row[7] < 700_000 and 2_200_000 < row[8] < 2_500_000 for row in rows)


def test_the_first_sheet_says_what_it_is_of_and_links_to_every_other() -> None:
    view = full()
    book = opened(view)
    front = book.worksheets[0]
    said = [str(cell.value) for row in front.iter_rows() for cell in row if cell.value is not None]
    for text in ("Báo cáo niên vụ 2025-2026", "MÔ PHỎNG", "01/06/2026 08:30 (UTC+07:00)", "EPSG:9206", "SHA-256"):
        assert any(text in line for line in said), text
    places = {cell.hyperlink.location for row in front.iter_rows() for cell in row if cell.hyperlink}
    assert places == {f"'{name}'!A1" for name in book.sheetnames[1:]}
    assert all("MÔ PHỎNG" in str(one["A3"].value) for one in book.worksheets[1:])


def test_sheets_print_on_a4_across_with_their_headings_on_every_page() -> None:
    for one in opened(full()).worksheets[1:]:
        assert (one.page_setup.orientation, int(one.page_setup.paperSize)) == ("landscape", 9)
        assert (one.page_setup.fitToWidth, one.page_setup.fitToHeight) == (1, 0)
        assert one.print_title_rows == "$4:$4"
        assert one.freeze_panes == "B5"
        assert one.auto_filter.ref.startswith("A4:")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_names_of_sheets_fit_and_differ(language: str) -> None:
    names = [translator(language)(name) for name in (workbook_words.FRONT, *workbook_words.NAMES.values())]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(spreadsheet.sheet_name(name, ()) == name for name in names)


def test_T9_a_user_s_formula_is_text_wherever_it_stands() -> None:
    row = samples.plots(1)[0]
    plot = replace(row.episode.plot, code=FORMULA)
    view = full(
        plots=(replace(row, commune=FORMULA, episode=replace(row.episode, plot=plot, unit=FORMULA)),),
        province=FORMULA,
        unit=FORMULA,
        by_class=({"key": FORMULA, "name": FORMULA},),
        patrols=(replace(samples.report_view().patrols[0], unit=FORMULA, name=FORMULA, marked={FORMULA: 1}),),
        events=(event(unit=FORMULA, visit=FORMULA, minutes_no=FORMULA, officers=(FORMULA,), plots=(FORMULA,)),),
        warnings=(FORMULA,),
    )
    cells = [cell for one in opened(view).worksheets for row in one.iter_rows() for cell in row if cell.value]
    assert sum(FORMULA in str(cell.value) for cell in cells) > 15
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith("="))


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_T9_a_text_that_begins_like_a_formula_stays_one_when_it_is_edited(sign: str) -> None:
    assert spreadsheet.put(openpyxl.Workbook().active.cell(1, 1), f"{sign}1").quotePrefix


@pytest.mark.slow
@given(st.text(alphabet=st.characters(codec="utf-16-le", exclude_categories=["Cs"]), max_size=40))
@example("=1+1")
@example("\x00\x1b[31m\u202e=HYPERLINK()")
@example("_x0041_\ud800".encode("utf-16-le", "replace").decode("utf-16-le"))
@example("#N/A")
@example("@SUM(A1)\r\n+1")
@example("2026-02-05")
@example("007")
def test_T9_any_text_comes_back_as_text_without_what_nobody_sees(text: str) -> None:
    book = openpyxl.Workbook()
    spreadsheet.put(book.active["A1"], text)
    cell = openpyxl.load_workbook(io.BytesIO(spreadsheet.packed(book, WHEN))).active["A1"]
    expected = "\n".join(" ".join(line.split()) for line in map(spreadsheet.clean, text.split("\n")))
    assert unescape(cell.value or "") == expected
    assert cell.value is None or cell.data_type == "s"


@settings(max_examples=20)
@given(st.integers(32_700, 40_000), st.sampled_from(["a", "ệ", "𐐀", "_x000D_", "= "]))
def test_T9_a_text_longer_than_a_cell_is_cut_with_a_sign(length: int, piece: str) -> None:
    text = (piece * length)[:length]
    book = openpyxl.Workbook()
    shown = spreadsheet.put(book.active["A1"], text).value
    assert len(shown.encode("utf-16-le")) // 2 <= spreadsheet.MOST_LETTERS
    whole = unescape(shown)
    assert whole == text.strip() or (whole.endswith("…") and text.startswith(whole.removesuffix("…")))


@given(st.lists(st.text(max_size=60), min_size=1, max_size=12))
@example(["History", "history", "a" * 40, "a" * 40, "'", "[]:*?/\\", "𐐀" * 20, ""])
def test_names_of_sheets_are_taken_by_a_spreadsheet_whatever_they_are_of(texts: list[str]) -> None:
    names: list[str] = []
    for text in texts:
        names.append(spreadsheet.sheet_name(text, names))
    assert len({name.casefold() for name in names}) == len(texts)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name == name.strip("'")
        assert name.casefold() != "history"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_a_dash(value: float) -> None:
    assert spreadsheet.put(openpyxl.Workbook().active["A1"], value).value == "–"


def test_a_table_longer_than_a_sheet_goes_on_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_OF_A_SHEET", 60)
    view = full(plots=samples.crowd(150))
    book = opened(view)
    name = view.translate("All plots")
    parts = [book[one] for one in (name, f"{name} (2)", f"{name} (3)")]
    codes = [row[0] for part in parts for row in part.iter_rows(min_row=5, values_only=True)][:150]
    assert len(set(codes)) == 150


def can_calculate() -> bool:
    """Tell whether LibreOffice is here with the part that opens workbooks."""
    if SOFFICE is None:
        return False
    program = os.path.realpath(SOFFICE).rpartition("/")[0]
    return any(os.path.exists(f"{program}/{name}") for name in ("libscfiltlo.so", "libscfiltlo.dylib"))


@pytest.mark.slow
@pytest.mark.skipif(not can_calculate(), reason="LibreOffice Calc is not installed")
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_libreoffice_opens_every_sheet_as_it_was_meant(tmp_path) -> None:
    view = full(province=FORMULA)
    (tmp_path / "report.xlsx").write_bytes(workbook.render(view))
    every = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command = [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to"]
    for form in (every, "pdf"):
        subprocess.run([*command, form, "--outdir", tmp_path, tmp_path / "report.xlsx"], check=True, timeout=120)
    files = {path.stem.removeprefix("report-"): path for path in tmp_path.glob("report-*.csv")}
    assert len(files) == len(opened(view).sheetnames)
    with files[view.translate("By commune")].open(encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert FORMULA in rows[1][0]
    assert [float(cell) for cell in rows[6][1:3] + rows[6][4:7]] == [6110, 8340, 7900, 6120, 2220]
    printed = subprocess.run(["pdftotext", "-layout", tmp_path / "report.pdf", "-"], capture_output=True, check=True)
    shown = re.sub(" +", " ", printed.stdout.decode())
    assert "6.110 8.340 – 7.900 6.120 2.220 14 118.000 94,7 % 73,3 %" in shown
    assert "05/02/2026 09:30:07" in shown


def test_a_day_is_shown_as_the_language_does() -> None:
    assert tables.Writer(full()).day("2026-03-14").value == date(2026, 3, 14)
