"""Figures as inline SVG that a page with a strict Content-Security-Policy shows and a printer prints.

Matplotlib is loaded here only; it takes a second. Letters are drawn as outlines, so that Vietnamese looks the same on
every computer, and no date is written, so that the same values give the same bytes. What matplotlib writes as style
attributes, which the policy forbids, becomes attributes of SVG itself.
"""

import io
import re
import warnings
from collections.abc import Callable
from xml.etree import ElementTree

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from eradication.i18n import brief, number

INK, GREY, BLUE, ORANGE, GREEN, RED = "#1d1d1b", "#8a887f", "#0072b2", "#e69f00", "#009e73", "#d55e00"
SKY = "#56b4e9"
"""Colours that people with any colour sight tell apart (Okabe and Ito 2008), and two for lines and letters."""

STYLE = {
    "svg.hashsalt": "eradication",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e4e2da",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.6,
    "hatch.linewidth": 0.7,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.constrained_layout.use": True,
}

_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_HREF = "{http://www.w3.org/1999/xlink}href"


def svg(draw: Callable[[Figure], None], size_in: tuple[float, float], name: str, label: str) -> str:
    """Return a figure as one SVG element for an HTML page.

    Args:
        draw: puts axes and lines into the empty figure.
        size_in: width and height in inches; on the page it is as wide as there is room.
        name: of the figure, different from others of the page: the ids in it begin with it.
        label: what it shows, for those who cannot see it.
    """
    stream = io.StringIO()
    with matplotlib.style.context(["default", STYLE]), warnings.catch_warnings():
        # A letter that the font does not have is drawn as a box; nobody is warned of it on a page.
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=size_in)
        FigureCanvasSVG(figure)
        draw(figure)
        figure.savefig(stream, format="svg", transparent=True, metadata=_NO_METADATA)
    return _inline(stream.getvalue(), name, label)


def png(draw: Callable[[Figure], None], size_in: tuple[float, float], dots_per_inch: int) -> bytes:
    """Return a figure as a PNG on white; see :func:`svg`. No date and no name of a program is written into it."""
    stream = io.BytesIO()
    with matplotlib.style.context(["default", STYLE]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=size_in, facecolor="white")
        FigureCanvasAgg(figure)
        draw(figure)
        figure.savefig(stream, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return stream.getvalue()


def _inline(text: str, name: str, label: str) -> str:
    """Return an SVG file as an element of HTML: no style, no metadata, no id that another figure may have."""
    root = ElementTree.fromstring(text)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("}metadata") or child.tag.endswith("}style"):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for declared in filter(None, element.attrib.pop("style", "").split(";")):
            key, _, value = declared.partition(":")
            element.set(key.strip(), value.strip())
        if _HREF in element.attrib:
            element.set("href", element.attrib.pop(_HREF))
    _rename(root, name)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {"role": "img", "aria-label": label, "class": "plot", "stroke-linejoin": "round"}
    return ElementTree.tostring(root, encoding="unicode")


def _rename(root: ElementTree.Element, name: str) -> None:
    """Keep only ids that something refers to, each with ``name`` before it."""
    wanted = {element.get("href", "").removeprefix("#") for element in root.iter()}
    values = [value for element in root.iter() for value in element.attrib.values()]
    wanted |= {found for value in values for found in _REFERENCE.findall(value)}
    for element in root.iter():
        own = element.attrib.pop("id", None)
        if own in wanted:
            element.set("id", f"{name}-{own}")
        for key, value in list(element.attrib.items()):
            if key == "href":
                element.set(key, f"#{name}-{value.removeprefix('#')}")
            elif "url(#" in value:
                element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))


def numbers(axis: Axis, language: str, decimals: int | None = 0, factor: float = 1.0, unit: str = "") -> None:
    """Write the numbers of an axis as the language does, times ``factor``, with a unit.

    ``decimals`` of ``None`` are as many as each number needs: 0,01 and 10 on one axis.
    """

    def said(value: float, _: object) -> str:
        told = value * factor
        return (brief(told, language) if decimals is None else number(told, language, decimals)) + unit

    axis.set_major_formatter(FuncFormatter(said))
    axis.set_minor_formatter(NullFormatter())


def shares(axes: Axes, language: str, most: float = 1.0) -> None:
    """Let the upright axis of ``axes`` go from 0 to a share, in percent."""
    axes.set_ylim(0, most * 1.03)
    numbers(axes.yaxis, language, 0, 100.0, " %")
