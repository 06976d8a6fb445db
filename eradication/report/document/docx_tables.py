"""Tables of a DOCX: figures in a grid, and the two tables without lines that hold letterhead and signature."""

import re
from collections.abc import Sequence
from copy import deepcopy

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.table import CT_Row
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row

from eradication.report.document import docx_parts as parts
from eradication.report.document import layout
from eradication.report.document.blocks import Grid, Letterhead, Signature
from eradication.report.document.layout import Style
from eradication.report.document.letters import width_mm

_TEXT = qn("w:t")
_BREAKS = re.compile(r"[\t\n\r]")


def grid(paper: Document, block: Grid, room: float) -> None:
    """Draw a table of figures; its headings come again on each sheet, and no row is broken.

    A row is filled in once for each look, and copied: filling in thousands takes python-docx minutes.
    """
    widths = [room * width / sum(block.widths) for width in block.widths]
    table = _table(paper, 1, widths, style="Table Grid")
    made = table.rows[0]
    kinds = {_kind(block, number) for number in range(len(block.rows))}
    blanks = {kind: _blank(table, block, *kind) for kind in kinds}
    if block.headings:
        _prepare(made._tr, is_heading=True)
        style = Style(block.size_pt, bold=True, align="center", after_pt=0.0, keep=True)
        for cell, text in zip(made.cells, block.headings, strict=True):
            parts.fill(cell.paragraphs[0], text, style)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    else:
        table._tbl.remove(made._tr)
    for number, line in enumerate(block.rows):
        table._tbl.append(_filled(blanks[_kind(block, number)], line))
    _space(paper)


def _kind(block: Grid, number: int) -> tuple[bool, bool]:
    """Return whether a row is bold, and whether it stays with the next one."""
    return number in block.bold, block.whole and number < len(block.rows) - 1


def _blank(table: Table, block: Grid, bold: bool, keep: bool) -> CT_Row:
    """Return a row to be copied, with one letter in each cell."""
    row = _Row(deepcopy(table.rows[0]._tr), table)
    _prepare(row._tr, is_heading=False)
    for column, cell in enumerate(row.cells):
        align = "left" if column in block.left else "right"
        parts.fill(cell.paragraphs[0], "x", Style(block.size_pt, bold=bold, align=align, after_pt=0.0, keep=keep))
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return row._tr


def _filled(blank: CT_Row, line: Sequence[str]) -> CT_Row:
    """Return a copy of a row with a line of text; cells of several lines get breaks."""
    row: CT_Row = deepcopy(blank)
    for run, text in zip(row.iter(qn("w:r")), map(layout.unbroken, line), strict=True):
        if text and text == text.strip() and not _BREAKS.search(text):
            run.find(_TEXT).text = text  # as the next line would, in a tenth of the time
        else:
            run.text = text
    return row


def letterhead(paper: Document, block: Letterhead, room: float) -> None:
    """Draw the head of the first page: bodies and number at the left, nation and date at the right."""
    widths = [room * layout.HEAD_SHARE, room * (1 - layout.HEAD_SHARE)]
    table = _table(paper, 2, widths)
    left, right = table.rows[0].cells
    inner = [width - 2 * layout.CELL_MM for width in widths]
    upper = Style(12.0, align="center", after_pt=0.0)
    heavy = Style(12.0, bold=True, align="center", after_pt=0.0)
    _lines(left, [(block.parent, upper), (block.issuer, heavy)])
    parts.rule(left.add_paragraph(), inner[0], layout.rule_mm(block.issuer, inner[0], 12))
    motto = Style(13.0, bold=True, align="center", after_pt=0.0)
    _lines(right, [(block.nation, heavy), (block.motto, motto)])
    parts.rule(right.add_paragraph(), inner[1], min(width_mm(block.motto, 13, bold=True), inner[1]))
    left, right = table.rows[1].cells
    _lines(left, [(block.number, Style(13.0, align="center", after_pt=0.0))])
    _lines(right, [(block.dated, Style(13.0, italic=True, align="center", after_pt=0.0))])
    _space(paper)


def signature(paper: Document, block: Signature, room: float) -> None:
    """Draw the end of the body: recipients at the left, whoever signs at the right, with room for hand and seal."""
    _keep_with_next(paper)
    table = _table(paper, 1, [room * 0.48, room * 0.52])
    _prepare(table.rows[0]._tr, is_heading=False)
    left, right = table.rows[0].cells
    small = Style(11.0, align="left", after_pt=0.0)
    label = (block.label, Style(12.0, bold=True, italic=True, align="left", before_pt=6.0, after_pt=0.0))
    _lines(left, [label, *((name, small) for name in block.recipients)])
    heavy = Style(13.0, bold=True, align="center", before_pt=0.0, after_pt=0.0)
    head = [(line, heavy) for line in (block.on_behalf, block.title) if line]
    _lines(right, [("", Style(4.0, after_pt=0.0)), *head])
    signed = right.add_paragraph()
    parts.fill(signed, block.name, Style(13.0, bold=True, align="center", before_pt=72.0, after_pt=0.0))


def _table(paper: Document, rows: int, widths: Sequence[float], style: str = "Normal Table") -> Table:
    table: Table = paper.add_table(rows, len(widths), style)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _set_cell_margins(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    # Word takes the width of the columns, LibreOffice that of the cells.
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    return table


def _set_cell_margins(table: Table) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), str(Mm(layout.CELL_MM).twips))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    table._tbl.tblPr.append(margins)


def _prepare(row: CT_Row, is_heading: bool) -> None:
    properties = row.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_heading:
        properties.append(OxmlElement("w:tblHeader"))


def _lines(cell: _Cell, lines: Sequence[tuple[str, Style]]) -> None:
    for number, (text, style) in enumerate(lines):
        parts.fill(cell.paragraphs[0] if number == 0 else cell.add_paragraph(), text, style)


def _keep_with_next(paper: Document) -> None:
    """Keep the last paragraph of the body with what follows: nobody signs a sheet that says nothing."""
    last = [p for p in paper.paragraphs if p.text]
    if last:
        last[-1].paragraph_format.keep_with_next = True


def _space(paper: Document) -> None:
    """Part a table from what follows: Word joins two tables that touch."""
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.line_spacing = Pt(4)
