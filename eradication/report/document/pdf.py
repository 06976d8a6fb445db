"""Blocks → PDF, by ReportLab: the same content and the same measures as the DOCX."""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
)

from eradication.report.document import layout, letters
from eradication.report.document import pdf_tables as tables
from eradication.report.document.blocks import (
    Block,
    Document,
    Grid,
    Letterhead,
    Look,
    NewSheet,
    Paragraph,
    Rule,
    Signature,
)

UPRIGHT, ON_ITS_SIDE = "upright", "on its side"
_BEGINNING_PT = 110.0
"""Room for the title of a table, its headings and its first rows."""


def render(document: Document, when: datetime, language: str) -> bytes:
    """Return a document as a PDF file; the same document gives the same bytes.

    Args:
        document: what it says.
        when: time for the file's properties, aware.
        language: of the text, for those who have it read aloud.

    Raises:
        StorageFailed: ``assets_missing``.
    """
    letters.ready()
    stream = io.BytesIO()
    paper = _Paper(stream, document, when, language)
    paper.build(list(_flow(document.blocks)))
    return stream.getvalue()


class _Paper(BaseDocTemplate):  # type: ignore[misc]
    """Sheets upright and on their side, each with its number and its foot."""

    def __init__(self, stream: io.BytesIO, document: Document, when: datetime, language: str) -> None:
        facts = {"title": document.title, "author": document.author, "invariant": 1, "pageCompression": 1}
        super().__init__(stream, pagesize=A4, lang=language, **facts)
        self._foot, self._when = document.foot, when
        self.addPageTemplates(
            [
                PageTemplate(UPRIGHT, [_frame(*A4)], self._edge, pagesize=A4),
                PageTemplate(ON_ITS_SIDE, [_frame(*landscape(A4))], self._edge, pagesize=landscape(A4)),
            ]
        )

    def _edge(self, canvas: Canvas, _paper: BaseDocTemplate) -> None:
        """Write the number above, not on the first sheet, and the line at the foot."""
        wide, high = canvas._pagesize
        if canvas.getPageNumber() == 1:
            canvas.setDateFormatter(lambda *_: f"D:{self._when.astimezone(UTC):%Y%m%d%H%M%S}Z")
        else:
            line = high - layout.NUMBER_MM * mm - layout.BODY_PT * 0.7
            _centred(canvas, wide / 2, line, str(canvas.getPageNumber()), layout.BODY_PT)
        _centred(canvas, wide / 2, layout.FOOT_MM * mm, self._foot, layout.SMALL_PT)


def _centred(canvas: Canvas, middle: float, y: float, text: str, size_pt: float) -> None:
    """Write one line round ``middle``, in points."""
    x = middle - letters.line_pt(text, size_pt, letters.FAMILY) / 2
    for name, part in letters.runs(text, letters.FAMILY):
        canvas.setFont(name, size_pt)
        canvas.drawString(x, y, part)
        x += canvas.stringWidth(part, name, size_pt)


def _frame(wide: float, high: float) -> Frame:
    left, bottom = layout.LEFT_MM * mm, layout.BOTTOM_MM * mm
    sides = wide - left - layout.RIGHT_MM * mm, high - bottom - layout.TOP_MM * mm
    return Frame(left, bottom, *sides, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


def _flow(blocks: Sequence[Block]) -> Iterator[Flowable]:
    room = _room(on_its_side=False)
    group: list[Flowable] = []  # what stays on one sheet: titles with what follows, the last block with the signature
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if isinstance(block, NewSheet):
            room = _room(on_its_side=block.landscape)
            yield NextPageTemplate(ON_ITS_SIDE if block.landscape else UPRIGHT)
            yield PageBreak()
            continue
        group += _drawn(block, room)
        if not (_stays(block) or isinstance(following, Signature) or _is_said_of(following, block)):
            yield from _kept(group, long=isinstance(block, Grid) and not block.whole)
            group = []


def _drawn(block: Block, room: float) -> list[Flowable]:
    """Return what draws a block."""
    match block:
        case Paragraph():
            return [tables.lines(block.text, layout.STYLES[block.look])]
        case Rule():
            return [tables.rule(layout.rule_mm(block.text, room))]
        case Grid():
            return tables.grid(block, room)
        case Letterhead():
            return tables.letterhead(block, room)
        case Signature():
            return tables.signature(block, room)
        case NewSheet():
            return []


def _stays(block: Block) -> bool:
    return isinstance(block, Paragraph) and layout.STYLES[block.look].keep


def _is_said_of(following: Block | None, block: Block) -> bool:
    """Tell whether a note speaks of the short table above it: it is not left to the next sheet alone."""
    is_note = isinstance(following, Paragraph) and following.look is Look.NOTE
    return is_note and isinstance(block, Grid) and block.whole


def _kept(group: list[Flowable], *, long: bool) -> Iterator[Flowable]:
    """Yield a group so that it stays on one sheet; a long table only begins on that of its title."""
    if long:
        yield CondPageBreak(_BEGINNING_PT)
        yield from group
    elif len(group) > 1:
        yield KeepTogether(group)
    else:
        yield from group


def _room(*, on_its_side: bool) -> float:
    """Return the width between the margins, in mm."""
    return (layout.HEIGHT_MM if on_its_side else layout.WIDTH_MM) - layout.LEFT_MM - layout.RIGHT_MM
