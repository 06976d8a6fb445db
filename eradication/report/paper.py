"""A sheet of A4 on which things are put in millimetres from its upper left corner, and printed the same everywhere."""

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import matplotlib.style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from eradication.report.drawing import INK

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
_INCH_MM, _POINT_MM = 25.4, 25.4 / 72
_SMALLEST = 0.75
"""Share of its size to which a text may be made smaller; what is longer is cut."""
_STYLE = {
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "font.family": ["DejaVu Sans"],
    "text.parse_math": False,
    "text.color": INK,
    "axes.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.solid_capstyle": "butt",
}
"""Letters are embedded as TrueType, so that they can be searched and copied; DejaVu holds those of Vietnamese."""


class Paper:
    """One page."""

    def __init__(self) -> None:
        """Begin an empty page."""
        self.figure = Figure(figsize=(WIDTH_MM / _INCH_MM, HEIGHT_MM / _INCH_MM))
        FigureCanvasPdf(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, WIDTH_MM), ylim=(HEIGHT_MM, 0))
        self.axes.axis("off")
        self.axes.set_zorder(2)  # what is put on the page lies over drawings of its own

    def inset(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return axes for a drawing of its own."""
        box = (left / WIDTH_MM, 1 - (top + height) / HEIGHT_MM, width / WIDTH_MM, height / HEIGHT_MM)
        return self.figure.add_axes(box)

    def text(
        self, x: float, y: float, text: str, size: float = 8.0, *, bold: bool = False, align: str = "left",
        width: float = 0.0, grey: bool = False, white: bool = False,
    ) -> None:  # fmt: skip
        """Put a line of text on the page; ``y`` is its base line, ``width`` the room, for which it is made smaller."""
        weight = "bold" if bold else "normal"
        wide = width_mm(text, size, bold=bold)
        if width and wide > width:
            size = max(size * width / wide, size * _SMALLEST)
            text = _cut(text, width, size, bold)
        colour = "#ffffff" if white else "#666666" if grey else INK
        self.axes.text(x, y, text, fontsize=size, weight=weight, ha=align, va="baseline", color=colour)

    def upright(self, x: float, y: float, text: str, size: float) -> None:
        """Put a line of text that is read from the right on the page, its middle at ``y``."""
        self.axes.text(x, y, text, fontsize=size, rotation=90, ha="right", va="center", color=INK)

    def wrapped(self, x: float, y: float, text: str, width: float, size: float = 7.0, *, grey: bool = False) -> float:
        """Put text on as many lines as it needs; return the base line of the one that would follow."""
        for line in lines_of(text, width, size):
            self.text(x, y, line, size, grey=grey)
            y += size * _POINT_MM * 1.35
        return y

    def rule(self, x: float, y: float, to: float, thickness: float = 0.5, *, dotted: bool = False) -> None:
        """Draw a line across."""
        line = Line2D([x, to], [y, y], color=INK, linewidth=thickness)
        if dotted:
            line.set_linestyle((0, (1, 1.5)))
        self._add(line)

    def box(self, x: float, y: float, width: float, height: float, thickness: float = 0.6, fill: str = "none") -> None:
        """Draw a rectangle, its upper left corner at ``x``, ``y``."""
        self._add(Rectangle((x, y), width, height, facecolor=fill, edgecolor=INK, linewidth=thickness))

    def _add(self, artist: Artist) -> None:
        # Not as a patch or a plotted line: for each of these the axes would look anew what they have to span.
        self.axes.add_artist(artist)


def _cut(text: str, width: float, size: float, bold: bool) -> str:
    """Return text, or as much of it as has room."""
    kept = text
    while kept and width_mm(kept, size, bold=bold) > width:
        kept = kept.removesuffix("…")[:-1].rstrip() + "…" if len(kept) > 1 else ""
    return kept


def width_mm(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is on paper."""
    return _width_of_100(text, bold) * size / 100 * _POINT_MM


@lru_cache(maxsize=4096)
def _width_of_100(text: str, bold: bool) -> float:
    """Return the width in points of a line of text 100 points high."""
    properties = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    font = get_font(findfont(properties))
    font.set_size(100.0, 72.0)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64


def lines_of(text: str, width: float, size: float) -> list[str]:
    """Break text into lines no wider than ``width`` millimetres, but for words that are wider alone."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_mm(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def pdf(pages: Sequence[Callable[[Paper], None]], about: Mapping[str, str]) -> bytes:
    """Return pages as a PDF; the same pages give the same bytes, for no date is written.

    Args:
        pages: each draws one page.
        about: ``Title``, ``Subject``, ``Keywords``.
    """
    stream = io.BytesIO()
    facts = {"Creator": "eradication", "Producer": "eradication", "CreationDate": None, **about}
    with matplotlib.style.context(["default", _STYLE]), warnings.catch_warnings():
        # A letter that the font does not have is drawn as a box.
        warnings.simplefilter("ignore", UserWarning)
        with PdfPages(stream, metadata=facts) as book:
            for draw in pages:
                page = Paper()
                draw(page)
                book.savefig(page.figure)
    return stream.getvalue()


def printable(text: str) -> str:
    """Return text with ``?`` for every letter that the font does not have: it would be printed as an empty box."""
    known = _letters()
    return "".join(letter if letter == " " or ord(letter) in known else "?" for letter in text)


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    properties = (FontProperties(family="DejaVu Sans", weight=weight) for weight in ("normal", "bold"))
    first, second = (frozenset(get_font(findfont(found)).get_charmap()) for found in properties)
    return first & second
