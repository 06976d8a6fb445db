"""How high blocks come out, estimated from the widths of their letters: the first page must not be overfull."""

from collections.abc import Iterable
from math import ceil

from eradication.report.document import layout
from eradication.report.document.blocks import Block, Grid, Letterhead, Paragraph
from eradication.report.document.letters import width_mm

PAGE_PT = (layout.HEIGHT_MM - layout.TOP_MM - layout.BOTTOM_MM) * 72 / 25.4
ROOM_MM = layout.WIDTH_MM - layout.LEFT_MM - layout.RIGHT_MM
_LEADING = 1.15
_RAGGED = 1.06
"""A line is never filled to its end: words are not broken."""
_CELL_PT, _RULE_PT, _BELOW_PT = 2.5, 8.0, 6.0


def height_pt(blocks: Iterable[Block]) -> float:
    """Return how high blocks come out on an upright sheet, in points; rather too high than too low."""
    return sum(_height(block) for block in blocks)


def line_count(text: str, wide_mm: float, size_pt: float, *, bold: bool = False, indent_mm: float = 0.0) -> int:
    """Return on how many lines a text is set."""
    return max(1, ceil((indent_mm + _RAGGED * width_mm(text, size_pt, bold=bold)) / wide_mm))


def _height(block: Block) -> float:
    if isinstance(block, Paragraph):
        style = layout.STYLES[block.look]
        count = line_count(block.text, ROOM_MM, style.size_pt, bold=style.bold, indent_mm=style.indent_mm)
        frame = 6.0 if style.framed else 0.0
        return count * style.size_pt * _LEADING + style.before_pt + style.after_pt + frame
    if isinstance(block, Grid):
        return sum(_row(block, number) for number in range(len(block.rows))) + _BELOW_PT
    if isinstance(block, Letterhead):
        return _letterhead(block)
    return _RULE_PT


def _row(block: Grid, number: int) -> float:
    total = sum(block.widths)
    wide = [ROOM_MM * width / total - 2 * layout.CELL_MM for width in block.widths]
    bold = number in block.bold
    cells = zip(block.rows[number], wide, strict=True)
    count = max(line_count(text, room, block.size_pt, bold=bold) for text, room in cells)
    return count * block.size_pt * _LEADING + _CELL_PT


def _letterhead(block: Letterhead) -> float:
    left = ROOM_MM * layout.HEAD_SHARE - 2 * layout.CELL_MM
    upper = line_count(block.parent, left, 12.0) + line_count(block.issuer, left, 12.0, bold=True)
    return (max(upper, 2) * 12.0 + 13.0) * _LEADING + 2 * _RULE_PT + _BELOW_PT
