"""How the communes stand, as an SVG file: what remains, what is done, and where too little was seen to say anything.

What the fills mean is a file of its own, which stays as large as text while the drawing fits the width there is.

Told apart by pattern as well as by colour, so that a black-and-white print and any eye tell the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import shapely
from shapely.geometry.base import BaseGeometry

from eradication.errors import N_
from eradication.i18n import Translate, number

WIDTH, MARGIN, LINE = 760, 12, 20
_LEGEND_WIDTH = 330
_SMALL = "@media (max-width: 480px) { text { display: none } }"
"""On a telephone figures would be too small to read; the table beside the drawing tells them."""
_TOLERANCE_DEG = 0.002
"""Outlines are simplified to about 200 m: the drawing is some 800 pixels wide."""
REMAINS, DONE, NOTHING, UNSEEN = "remains", "done", "nothing", "unseen"
WORDS = {
    REMAINS: N_("found, and something remains"),
    DONE: N_("found, all of it verified"),
    NOTHING: N_("nothing found, and the ground was seen"),
    UNSEEN: N_("too little was seen to say anything"),
}
_FILLS = {REMAINS: "url(#remains)", DONE: "#56b4e9", NOTHING: "#ffffff", UNSEEN: "url(#unseen)"}
_PATTERNS = (
    '<pattern id="remains" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="8" height="8" fill="#e69f00"/><path d="M0 0v8" stroke="#7a3b00" stroke-width="4"/></pattern>'
    '<pattern id="unseen" width="8" height="8" patternUnits="userSpaceOnUse">'
    '<rect width="8" height="8" fill="#e4e2da"/><circle cx="4" cy="4" r="1.4" fill="#55544f"/></pattern>'
)


@dataclass(frozen=True, slots=True)
class Commune:
    """One commune."""

    name: str
    outline: BaseGeometry
    """WGS 84."""
    verdict: str
    """Key of :data:`WORDS`."""
    remaining_m2: float
    detected_m2: float


def render(communes: Sequence[Commune], title: str, language: str, translate: Translate) -> str:
    """Return the file."""
    west, south, east, north = shapely.total_bounds([one.outline for one in communes]) if communes else (0, 0, 1, 1)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)
    height = round((north - south) * scale) + 2 * MARGIN
    where = _Where(west, north, squeeze * scale, scale)
    shapes = "".join(_shape(one, where, language, translate) for one in communes)
    labels = "".join(_label(one, where, language) for one in communes if one.remaining_m2)
    return _file(WIDTH, height, title, f"<style>{_SMALL}</style>{shapes}{labels}")


def legend(translate: Translate) -> str:
    """Return what the fills mean."""
    rows = []
    for row, (verdict, words) in enumerate(WORDS.items()):
        y = LINE * row + 3
        rows.append(
            f'<rect x="1" y="{y}" width="26" height="14" fill="{_FILLS[verdict]}" stroke="#55544f"/>'
            f'<text x="36" y="{y + 12}">{escape(translate(words))}</text>'
        )
    return _file(_LEGEND_WIDTH, LINE * len(WORDS), translate(N_("Legend")), "".join(rows))


def _file(width: int, height: int, title: str, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="13" fill="#1d1d1b"><title>{escape(title)}</title><defs>{_PATTERNS}</defs>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{content}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Where:
    west: float
    north: float
    across: float
    down: float

    def of(self, lon: float, lat: float) -> str:
        return f"{MARGIN + (lon - self.west) * self.across:.1f},{MARGIN + (self.north - lat) * self.down:.1f}"


def _shape(one: Commune, where: _Where, language: str, translate: Translate) -> str:
    simple = one.outline.simplify(_TOLERANCE_DEG)
    rings = [
        ring
        for part in shapely.get_parts(simple)
        if part.geom_type == "Polygon" and not part.is_empty
        for ring in (part.exterior, *part.interiors)
    ]
    path = "".join("M" + "L".join(where.of(x, y) for x, y, *_ in ring.coords) + "Z" for ring in rings)
    said = translate(N_("{name}: {verdict}; found {found} m², remaining {remaining} m²")).format(
        name=one.name,
        verdict=translate(WORDS[one.verdict]),
        found=number(one.detected_m2, language),
        remaining=number(one.remaining_m2, language),
    )
    return (
        f'<path d="{path}" fill="{_FILLS[one.verdict]}" fill-rule="evenodd" stroke="#55544f" stroke-width="0.8">'
        f"<title>{escape(said)}</title></path>"
    )


def _label(one: Commune, where: _Where, language: str) -> str:
    point = one.outline.representative_point()
    x, y = where.of(point.x, point.y).split(",")
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-weight="bold" stroke="#fff" stroke-width="4" '
        f'paint-order="stroke">{escape(number(one.remaining_m2, language))} m²</text>'
    )
