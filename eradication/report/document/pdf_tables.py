"""Paragraphs and tables of a PDF. ReportLab reads markup in paragraphs, so every value is escaped on its way in."""

from collections.abc import Iterator, Sequence
from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, LongTable, Paragraph, Spacer, Table

from eradication.report.document import layout
from eradication.report.document.blocks import Grid, Letterhead, Signature
from eradication.report.document.layout import Style
from eradication.report.document.letters import face, runs, width_mm
from eradication.report.document.pdf_long import Heights, of_rows

_ALIGN = {"left": TA_LEFT, "right": TA_RIGHT, "center": TA_CENTER, "justify": TA_JUSTIFY}
_LEADING = 1.15
"""Height of a line over the size of its letters, as Word sets Times New Roman."""
_THIN_PT = 0.5


def lines(text: str, style: Style) -> Paragraph:
    """Return a paragraph; markup in ``text`` is shown as it is written."""
    form = _form(style)
    return Paragraph("".join(_marked_up(layout.unbroken(text), form.fontName)), form)


@cache
def _form(style: Style) -> ParagraphStyle:
    edge = {"borderWidth": _THIN_PT, "borderColor": colors.black, "borderPadding": 2} if style.framed else {}
    return ParagraphStyle(
        "",
        fontName=face(bold=style.bold, italic=style.italic),
        fontSize=style.size_pt,
        leading=style.size_pt * _LEADING,
        alignment=_ALIGN[style.align],
        firstLineIndent=style.indent_mm * mm,
        spaceBefore=style.before_pt,
        spaceAfter=style.after_pt + (4 if style.framed else 0),
        splitLongWords=1,
        **edge,
    )


def _marked_up(text: str, name: str) -> Iterator[str]:
    """Yield text as markup that names another face wherever the paragraph's own lacks the letters."""
    for own, part in runs(text, name):
        # A line break in a cell parts what stands below one another.
        shown = escape(part).replace("\n", "<br/>")
        yield shown if own == name else f'<font face="{own}">{shown}</font>'


def grid(block: Grid, room_mm: float) -> list[Flowable]:
    """Return a table of figures; its headings come again on each sheet, and no row is broken."""
    total = sum(block.widths)
    widths = [room_mm * mm * width / total for width in block.widths]
    bold = frozenset(block.bold)

    def cells(number: int) -> list[Flowable]:
        aligned = ("left" if column in block.left else "right" for column in range(len(block.rows[number])))
        told = zip(block.rows[number], aligned, strict=True)
        return [_cell(text, block.size_pt, align, bold=number in bold) for text, align in told]

    head = [[_cell(text, block.size_pt, "center", bold=True) for text in block.headings]] if block.headings else []

    def made(rows: Sequence[list[Flowable]], heights: Heights | None) -> LongTable:
        table = LongTable([*head, *rows], widths, heights, repeatRows=len(head), splitByRow=1)
        table.setStyle(
            [
                ("GRID", (0, 0), (-1, -1), _THIN_PT, colors.black),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                *_padding(0.8),
            ]
        )
        return table

    return [of_rows(len(block.rows), cells, made, whole=block.whole), Spacer(1, 4)]


def letterhead(block: Letterhead, room_mm: float) -> list[Flowable]:
    """Return the head of the first page."""
    widths = [room_mm * layout.HEAD_SHARE, room_mm * (1 - layout.HEAD_SHARE)]
    inner = [width - 2 * layout.CELL_MM for width in widths]
    upper = Style(12.0, align="center", after_pt=0.0)
    heavy = Style(12.0, bold=True, align="center", after_pt=0.0)
    motto = Style(13.0, bold=True, align="center", after_pt=0.0)
    below = Style(13.0, align="center", after_pt=0.0)
    short = layout.rule_mm(block.issuer, inner[0], 12)
    long = min(width_mm(block.motto, 13, bold=True), inner[1])
    left = [lines(block.parent, upper), lines(block.issuer, heavy), rule(short)]
    right = [lines(block.nation, heavy), lines(block.motto, motto), rule(long)]
    dated = Style(13.0, italic=True, align="center", after_pt=0.0)
    rows = [[left, right], [lines(block.number, below), lines(block.dated, dated)]]
    return [_bare(rows, widths), Spacer(1, 8)]


def signature(block: Signature, room_mm: float) -> list[Flowable]:
    """Return the end of the body: recipients at the left, whoever signs at the right, with room for hand and seal."""
    small = Style(11.0, align="left", after_pt=0.0)
    label = lines(block.label, Style(12.0, bold=True, italic=True, align="left", after_pt=0.0))
    heavy = Style(13.0, bold=True, align="center", after_pt=0.0)
    head = [lines(line, heavy) for line in (block.on_behalf, block.title) if line]
    left = [Spacer(1, 6), label, *(lines(name, small) for name in block.recipients)]
    right = [Spacer(1, 6), *head, Spacer(1, 72), lines(block.name, heavy)]
    return [_bare([[left, right]], [room_mm * 0.48, room_mm * 0.52])]


def rule(long_mm: float) -> Flowable:
    """Return a line of ``long_mm`` in the middle."""
    return _Line(long_mm * mm)


class _Line(Flowable):  # type: ignore[misc]
    """A line in the middle of the room there is, in a cell too."""

    def __init__(self, long: float) -> None:
        super().__init__()
        self._long, self._room = long, 0.0

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        """Take all of the width, and 6 points of the height."""
        self._room = room
        return room, 6.0

    def draw(self) -> None:
        """Draw it a little below what stands above."""
        self.canv.setLineWidth(0.75)
        left = (self._room - self._long) / 2
        self.canv.line(left, 4.0, left + self._long, 4.0)


def _bare(rows: Sequence[Sequence[object]], widths_mm: Sequence[float]) -> Table:
    table = Table(rows, [width * mm for width in widths_mm])
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(0.0)])
    return table


def _padding(above_mm: float) -> list[tuple[object, ...]]:
    area = (0, 0), (-1, -1)
    beside = [(f"{side}PADDING", *area, layout.CELL_MM * mm) for side in ("LEFT", "RIGHT")]
    return [*beside, *((f"{side}PADDING", *area, above_mm) for side in ("TOP", "BOTTOM"))]


def _cell(text: str, size_pt: float, align: str, *, bold: bool) -> Paragraph:
    return lines(text, Style(size_pt, bold=bold, align=align, after_pt=0.0))
