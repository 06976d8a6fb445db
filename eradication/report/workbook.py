"""A report as a workbook: one sheet for each of its tables, every plot, and the events that its figures rest on.

The tables are those of the page. Numbers are numbers and days are days, so that they can be sorted and added; whatever
people wrote stays text. There is no formula in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from math import ceil, inf

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from eradication.domain.event import SIMULATED
from eradication.errors import N_
from eradication.report import periods, spreadsheet, tables, words, workbook_words
from eradication.report.spreadsheet import Value, put
from eradication.report.tables import Cell, Group, Table, Writer
from eradication.report.view import ReportView

HEADER_ROW = 4
"""Of the headings; above it the title, what the report is of, and an empty row."""
ROWS_OF_A_SHEET = spreadsheet.MOST_ROWS - 100
NARROWEST, WIDEST, MOMENT, LOOKED_AT = 10, 48, 21, 400
"""Letters of a column's width, the most of one whose cells stay on one line, and rows by which it is chosen."""
LINE_HEIGHT, MOST_LINES = 15.0, 25
SAID_WIDTH = 90.0
"""Letters that sentences below a table have at the least."""
"""Points of a line, and lines of a row; Excel allows 409 points."""

_LETTERS = "Calibri"
_BOLD, _TITLE = Font(_LETTERS, 11, bold=True), Font(_LETTERS, 14, bold=True)
_NOTE, _MARK = Font(_LETTERS, 11, italic=True, color="FF55534B"), Font(_LETTERS, 11, bold=True, color="FF7A1F5C")
_LINK = Font(_LETTERS, 11, color="FF0072B2", underline="single")
_FILL = PatternFill("solid", fgColor="FFF1F0EB")
_LINE = Border(bottom=Side(style="thin", color="FF55534B"))
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_CODE, _RIGHT = Alignment(vertical="top"), Alignment(vertical="top", horizontal="right")


@dataclass(frozen=True, slots=True)
class _Page:
    """One sheet to be: a table, or a part of a very long one."""

    name: str
    group: Group
    table: Table
    title: str
    rows: Sequence[Sequence[str]]
    is_last: bool
    """Of its table: the notes follow."""


def render(view: ReportView) -> bytes:
    """Return the report as XLSX; the same view gives the same bytes.

    Events are listed where the view tells them (:attr:`.ReportView.events`).
    """
    write = Writer(view)
    book = Workbook()
    front = book.active
    front.title = spreadsheet.sheet_name(write(workbook_words.FRONT), ())
    pages = list(_pages(view, write, [front.title]))
    _front(front, view, write, pages)
    for one in pages:
        _sheet(book.create_sheet(one.name), one, write, view)
    book.properties.creator = "eradication"
    book.properties.title = f"{periods.heading(view)} · {words.clean(view.province)}"
    book.properties.language = {"vi": "vi-VN", "en": "en-US"}[view.language]
    return spreadsheet.packed(book, view.as_of)


def _pages(view: ReportView, write: Writer, taken: list[str]) -> Iterator[_Page]:
    """Yield the sheets in the order of the report, a table longer than a sheet on several."""
    for group in tables.all_of(view, whole=True):
        for table in group.tables:
            parts = list(batched(table.rows, ROWS_OF_A_SHEET)) or [()]
            title = " · ".join(filter(None, (group.title, table.title)))
            for number, rows in enumerate(parts, start=1):
                name = spreadsheet.sheet_name(write(workbook_words.NAMES[table.key]), taken)
                taken.append(name)
                yield _Page(name, group, table, title, rows, number == len(parts))


def _front(sheet: Worksheet, view: ReportView, write: Writer, pages: Sequence[_Page]) -> None:
    """Write the first sheet: what the report is of, what the sheets hold, and what figures and columns mean."""
    _ = view.translate
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 96
    sheet.column_dimensions["C"].width = 10
    lines: list[tuple[str, str]] = [
        (_("Province"), view.province),
        (_("Unit"), view.unit or _("the whole province")),
        (_("From – to"), periods.days(view)),
        (_("As of"), words.moment(view.as_of, view.language)),
        (_("Of candidates"), _("Candidates are to be checked; they are not findings and accuse nobody.")),
    ]
    if view.approximate_boundaries:
        said = _("Commune outlines are approximate, so is which commune a plot near a border is counted in.")
        lines.append((_("Commune outlines"), said))
    put(sheet["A1"], periods.heading(view)).font = _TITLE
    if view.simulated:
        put(sheet["A2"], _("SIMULATED – no real place, person or finding")).font = _MARK
    row = _listed(sheet, HEADER_ROW, (), lines)
    row = _contents(sheet, row + 1, write, pages)
    epsg = next((one.official_epsg for one in view.plots), None)
    told = {"epsg": str(epsg or 9206)}
    meanings = [(_(name), _(meaning).format(**told)) for name, meaning in workbook_words.MEANINGS]
    row = _listed(sheet, row + 1, (_("Figure or column"), _("What it means")), meanings)
    said = _("Cells hold values, no formulas; your program shows separators of numbers as it is set.")
    put(sheet.cell(row + 1, 1), said).font = _NOTE
    _set_up(sheet, view, write(workbook_words.FRONT))


def _listed(sheet: Worksheet, row: int, headings: Sequence[str], lines: Sequence[tuple[str, str]]) -> int:
    """Write names with what is said of them from a row on; return the row after the last."""
    if headings:
        _headings(sheet, row, headings)
        row += 1
    for name, said in lines:
        put(sheet.cell(row, 1), name).alignment = _WRAPPED
        if not headings:
            sheet.cell(row, 1).font = _BOLD
        put(sheet.cell(row, 2), said).alignment = _WRAPPED
        row += 1
    return row


def _contents(sheet: Worksheet, row: int, write: Writer, pages: Sequence[_Page]) -> int:
    """Write which sheet holds what, with a link to each; return the row after the last."""
    _headings(sheet, row, write.headings((N_("Sheet"), N_("What it holds"), N_("Rows"))))
    for one in pages:
        row += 1
        cell = put(sheet.cell(row, 1), one.name)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{one.name.replace(chr(39), chr(39) * 2)}'!A1")
        cell.font = _LINK
        put(sheet.cell(row, 2), one.title).alignment = _WRAPPED
        _value(sheet.cell(row, 3), write.number(len(one.rows)), write.language)
    return row + 1


def _headings(sheet: Worksheet, row: int, headings: Sequence[str]) -> None:
    for column, heading in enumerate(headings, start=1):
        cell = put(sheet.cell(row, column), heading)
        cell.font, cell.fill, cell.border, cell.alignment = _BOLD, _FILL, _LINE, _WRAPPED


def _sheet(sheet: Worksheet, one: _Page, write: Writer, view: ReportView) -> None:
    """Write one table: title, what the report is of, headings, rows, and below them what else is said."""
    table = one.table
    put(sheet["A1"], one.title).font = _TITLE
    of = [periods.heading(view), words.clean(view.province), f"{view.translate('as of')} {_as_of(view)}"]
    put(sheet["A2"], " · ".join(of)).font = _NOTE
    if view.simulated:
        put(sheet["A3"], view.translate("SIMULATED – no real place, person or finding")).font = _MARK
    widths = _widths(table, one.rows)
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    _headings(sheet, HEADER_ROW, table.headings)
    sheet.row_dimensions[HEADER_ROW].height = _height(table.headings, [width - 1 for width in widths])
    _rows(sheet, one, widths, view.language)
    row, last = HEADER_ROW + len(one.rows), get_column_letter(len(table.headings))
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{max(row, HEADER_ROW + 1)}"
    if not one.rows:
        row += 1
        put(sheet.cell(row, 1), table.empty).font = _NOTE
    _said_below(sheet, row + 2, one, widths)
    _set_up(sheet, view, one.title)
    sheet.freeze_panes = f"B{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"


def _rows(sheet: Worksheet, one: _Page, widths: Sequence[float], language: str) -> None:
    """Write the rows of a table below its headings."""
    table = one.table
    looks = [_RIGHT if n not in table.left else _CODE if n in table.codes else _WRAPPED for n in range(len(widths))]
    for number, cells in enumerate(one.rows):
        row = HEADER_ROW + 1 + number
        is_total = table.has_total and one.is_last and number == len(one.rows) - 1
        for column, text in enumerate(cells):
            cell = _value(sheet.cell(row, column + 1), text, language)
            cell.alignment = looks[column]
            if is_total or number in table.marked:
                cell.font = _BOLD
        height = _height(cells, [inf if look is _CODE else width for look, width in zip(looks, widths, strict=True)])
        if height > LINE_HEIGHT:
            sheet.row_dimensions[row].height = height


def _height(cells: Sequence[str], widths: Sequence[float]) -> float:
    """Return the height of a row in points, by the cell with the most lines."""
    lines = (
        sum(max(1, ceil(1.05 * len(line) / width)) for line in cell.split("\n"))
        for cell, width in zip(cells, widths, strict=True)
    )
    return LINE_HEIGHT * min(max(lines, default=1), MOST_LINES)


def _as_of(view: ReportView) -> str:
    return words.moment(view.as_of, view.language)


def _value(cell: SheetCell, text: str, language: str) -> SheetCell:
    """Write what a cell of a table was written from: a number, a day or a moment with its format, or its text."""
    if not isinstance(text, Cell):
        return put(cell, text)
    value: Value = text.value
    if isinstance(value, int | float):
        put(cell, round(value / 100, 6) if text.unit.startswith("%") else value)
        cell.number_format = spreadsheet.number_format(language, text.decimals, text.unit)
    else:
        put(cell, value)
        cell.number_format = spreadsheet.day_format(language, time=isinstance(value, datetime))
    return cell


def _widths(table: Table, rows: Sequence[Sequence[str]]) -> list[float]:
    """Return how wide columns are, in letters: as their longest line among the first rows, within limits."""
    widths = []
    for column, heading in enumerate(table.headings):
        longest = max((len(word) for word in heading.split()), default=0) + 4  # room for the arrow of the filter
        for row in rows[:LOOKED_AT]:
            longest = max(longest, *(len(line) + 2 for line in row[column].split("\n")))
        widest = MOMENT if column in table.codes else WIDEST
        widths.append(float(min(max(longest, NARROWEST), widest)))
    return widths


def _said_below(sheet: Worksheet, row: int, one: _Page, widths: Sequence[float]) -> None:
    """Write the sentences of a table and, below its first table, those of its group."""
    if not one.is_last:
        return
    is_first = one.table is one.group.tables[0]
    said = [*([*one.group.lines, *one.group.notes] if is_first else []), *([one.table.note] if one.table.note else [])]
    # A narrow table is continued by columns as wide as a program makes them, of about nine letters.
    more = max(0, ceil((SAID_WIDTH - sum(widths)) / 9))
    last, width = get_column_letter(len(widths) + more), sum(widths) + 8 * more
    for line in said:
        cell = put(sheet.cell(row, 1), line)
        cell.font, cell.alignment = _NOTE, _WRAPPED
        sheet.merge_cells(f"A{row}:{last}{row}")
        sheet.row_dimensions[row].height = _height([line], [width])
        row += 1


def _set_up(sheet: Worksheet, view: ReportView, title: str) -> None:
    """Let a sheet print on A4 across, as wide as the paper, with what it is of and its number on each page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    mark = f" · {SIMULATED}" if view.simulated else ""
    sheet.oddHeader.left.text = _plain(f"{periods.heading(view)}{mark}")
    sheet.oddFooter.left.text = _plain(title)
    sheet.oddFooter.right.text = "&P / &N"


def _plain(text: str) -> str:
    """Return text for a page's header, in which ``&`` begins a code and 255 letters are the most."""
    return words.clean(text).replace("&", "&&")[:120]
