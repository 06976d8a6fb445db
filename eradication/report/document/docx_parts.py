"""What python-docx leaves to its callers: fields, borders, fonts of all scripts."""

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from eradication.report.document import layout
from eradication.report.document.layout import Style

FONT = "Times New Roman"
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}


def set_letters(paper: Document, language: str) -> None:
    """Set the letters of the whole document, for every script, and its language."""
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(layout.BODY_PT)
    properties = normal.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    properties.append(_element("w:lang", val=language))
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    normal.paragraph_format.line_spacing = 1.0


def room_mm(section: Section) -> float:
    """Return the width between the margins, in mm."""
    sides = (section.page_width, section.left_margin, section.right_margin)
    page, left, right = (side.mm if side is not None else 0.0 for side in sides)
    return float(page - left - right)


def fill(paragraph: Paragraph, text: str, style: Style) -> None:
    """Put text into an empty paragraph."""
    run = paragraph.add_run(layout.unbroken(text))
    run.bold, run.italic, run.font.size = style.bold, style.italic, Pt(style.size_pt)
    form = paragraph.paragraph_format
    form.alignment = _ALIGN[style.align]
    form.space_before, form.space_after = Pt(style.before_pt), Pt(style.after_pt)
    form.keep_with_next = style.keep
    if style.indent_mm:
        form.first_line_indent = Mm(style.indent_mm)
    if style.framed:
        border(paragraph, "top", "left", "bottom", "right")


def border(paragraph: Paragraph, *sides: str) -> None:
    """Draw lines round a paragraph."""
    box = OxmlElement("w:pBdr")
    for side in sides:
        box.append(_element(f"w:{side}", val="single", sz="6", space="1", color="auto"))
    properties = paragraph._p.get_or_add_pPr()
    # The order of these elements is prescribed; Word refuses a file that has another.
    properties.insert_element_before(
        box, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def rule(paragraph: Paragraph, room_mm: float, long_mm: float) -> None:
    """Make an empty paragraph a line of ``long_mm`` in the middle of ``room_mm``."""
    border(paragraph, "top")
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm(max(0.0, (room_mm - long_mm) / 2))
    form.space_before, form.space_after, form.line_spacing = Pt(1), Pt(0), Pt(4)


def page_number(paragraph: Paragraph) -> None:
    """Put the number of the page in the middle."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("text", "2"), ("end", "")):
        run = paragraph.add_run(text if kind == "text" else "")
        run.font.size = Pt(layout.BODY_PT)
        if kind in ("begin", "separate", "end"):
            run._r.append(_element("w:fldChar", fldCharType=kind))
        elif text == "PAGE":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


def _element(name: str, **attributes: str) -> BaseOxmlElement:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element
