"""What an official document is made of, before anything is known of DOCX or PDF: both show the same blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Look(Enum):
    """How a paragraph looks."""

    BODY = "body"
    BASIS = "basis"
    """A legal basis: in italics."""
    HEADING = "heading"
    SUBHEADING = "subheading"
    TITLE = "title"
    """Kind and subject of the document, and titles of annexes: centred."""
    DETAIL = "detail"
    """Text of an annex."""
    NOTE = "note"
    MARK = "mark"
    """A draft, or simulated figures: said in a frame."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    text: str
    look: Look = Look.BODY


@dataclass(frozen=True, slots=True)
class Rule:
    """A line in the middle, below a title: a third to a half as long as its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """One table, every cell already in the reader's language."""

    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    """Shares of the width of the page, one a column."""
    headings: Sequence[str] = ()
    """Repeated on each sheet; none = a table of names and values."""
    left: frozenset[int] = frozenset({0})
    """Columns of text; the others are figures."""
    bold: frozenset[int] = frozenset()
    """Rows in bold letters."""
    size_pt: float = 11.0
    whole: bool = False
    """Kept on one sheet."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The two columns at the head of the first page."""

    parent: str
    issuer: str
    number: str
    nation: str
    motto: str
    dated: str


@dataclass(frozen=True, slots=True)
class Signature:
    """The two columns at the end: who gets it, who signs."""

    label: str
    recipients: Sequence[str]
    on_behalf: str
    title: str
    name: str


@dataclass(frozen=True, slots=True)
class NewSheet:
    """What follows begins on a new sheet, upright or on its side."""

    landscape: bool = False


type Block = Paragraph | Rule | Grid | Letterhead | Signature | NewSheet


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document."""

    title: str
    """For the file's properties."""
    author: str
    foot: str
    """Small line at the foot of every sheet: where the figures come from."""
    blocks: Sequence[Block]
