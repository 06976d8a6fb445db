"""Blocks → DOCX, by python-docx: values are put in as text, so braces and markup in a name stay what they are."""

import io
import zipfile
from datetime import datetime

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.section import Section
from docx.shared import Mm

from eradication.report.document import docx_parts as parts
from eradication.report.document import docx_tables as tables
from eradication.report.document import layout
from eradication.report.document.blocks import Block, Document, Grid, Letterhead, NewSheet, Paragraph, Rule, Signature

_EPOCH = (1980, 1, 1, 0, 0, 0)


def render(document: Document, when: datetime, language: str) -> bytes:
    """Return a document as a DOCX file; the same document gives the same bytes.

    Args:
        document: what it says.
        when: time for the file's properties, aware.
        language: of the text, for spelling checkers.
    """
    paper = docx.Document()
    parts.set_letters(paper, "vi-VN" if language == "vi" else "en-GB")
    _set_properties(paper, document, when)
    _set_sheet(paper.sections[0], document.foot, first=True)
    for block in document.blocks:
        _put(paper, block, document)
    stream = io.BytesIO()
    paper.save(stream)
    return _dated(stream.getvalue())


def _put(paper: "docx.document.Document", block: Block, document: Document) -> None:
    wide = parts.room_mm(paper.sections[-1])
    match block:
        case Paragraph():
            parts.fill(paper.add_paragraph(), block.text, layout.STYLES[block.look])
        case Rule():
            parts.rule(paper.add_paragraph(), wide, layout.rule_mm(block.text, wide))
        case Grid():
            tables.grid(paper, block, wide)
        case Letterhead():
            tables.letterhead(paper, block, wide)
        case Signature():
            tables.signature(paper, block, wide)
        case NewSheet():
            _set_sheet(paper.add_section(WD_SECTION.NEW_PAGE), document.foot, landscape=block.landscape)


def _set_sheet(section: Section, foot: str, *, landscape: bool = False, first: bool = False) -> None:
    """Set paper, margins, page number and foot; the number is hidden on the first sheet alone."""
    sides = (layout.HEIGHT_MM, layout.WIDTH_MM) if landscape else (layout.WIDTH_MM, layout.HEIGHT_MM)
    section.page_width, section.page_height = (Mm(side) for side in sides)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.top_margin, section.bottom_margin = Mm(layout.TOP_MM), Mm(layout.BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(layout.LEFT_MM), Mm(layout.RIGHT_MM)
    section.header_distance, section.footer_distance = Mm(layout.NUMBER_MM), Mm(layout.FOOT_MM)
    section.different_first_page_header_footer = first
    if first:
        parts.page_number(section.header.paragraphs[0])
        for footer in (section.footer, section.first_page_footer):
            parts.fill(footer.paragraphs[0], foot, layout.Style(layout.SMALL_PT, align="center", after_pt=0.0))


def _set_properties(paper: "docx.document.Document", document: Document, when: datetime) -> None:
    facts = paper.core_properties
    facts.title, facts.author, facts.last_modified_by = document.title[:255], document.author[:255], ""
    facts.comments, facts.keywords, facts.revision = "", "", 1
    facts.created = facts.modified = when.replace(tzinfo=None, microsecond=0)


def _dated(content: bytes) -> bytes:
    """Return the archive with one time for all of its members, which else bear the moment of writing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()
