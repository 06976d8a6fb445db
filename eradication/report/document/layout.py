"""Measures of the page by Decree 30/2020, Annex I, for both renderers: millimetres and points."""

import re
from dataclasses import dataclass

from eradication.report.document.blocks import Look
from eradication.report.document.letters import width_mm

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 20.0, 20.0, 30.0, 15.0
"""The decree allows 20–25 above and below, 30–35 at the left, 15–20 at the right."""
NUMBER_MM = 10.0
"""From the upper edge to the page number, which stands in the middle and not on the first page."""
FOOT_MM = 9.0
INDENT_MM = 10.0
BODY_PT = 13.0
SMALL_PT = 8.0
HEAD_SHARE = 0.43
"""Part of the width that the left column of the letterhead takes; the nation's name needs the greater one."""
CELL_MM = 1.2
"""Room at the left and right of what stands in a cell."""


_UNIT = re.compile(r"(?<=\d) (?=(?:%|m²|ha|km)(?!\w))|(?<=[\d²]) (?=±)|(?<=±) (?=\d)")


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph is set."""

    size_pt: float = BODY_PT
    bold: bool = False
    italic: bool = False
    align: str = "justify"
    indent_mm: float = 0.0
    before_pt: float = 0.0
    after_pt: float = 4.0
    keep: bool = False
    """Stays on one sheet with what follows."""
    framed: bool = False


STYLES = {
    Look.BODY: Style(indent_mm=INDENT_MM),
    Look.BASIS: Style(italic=True, indent_mm=INDENT_MM, after_pt=2.0),
    Look.HEADING: Style(bold=True, align="left", indent_mm=INDENT_MM, before_pt=6.0, keep=True),
    Look.SUBHEADING: Style(bold=True, align="left", before_pt=3.0, after_pt=2.0, keep=True),
    Look.TITLE: Style(14.0, bold=True, align="center", after_pt=2.0, keep=True),
    Look.DETAIL: Style(11.0, after_pt=3.0),
    Look.NOTE: Style(10.0, italic=True, align="left", before_pt=1.0, after_pt=3.0),
    Look.MARK: Style(11.0, bold=True, align="center", before_pt=2.0, after_pt=3.0, framed=True),
}
"""By Annex I: text 13–14 points, first lines set in by 10 or 12.7 mm, at least 6 points between paragraphs advised."""


def unbroken(text: str) -> str:
    """Return text whose figures are not parted from their units at the end of a line."""
    return _UNIT.sub("\u00a0", text)


def rule_mm(text: str, room_mm: float, size_pt: float = 14.0) -> float:
    """Return the length of the line below a bold title: a third to a half of what the title takes."""
    return min(width_mm(text, size_pt, bold=True), room_mm) / 2.5
