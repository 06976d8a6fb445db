"""A picture of a place as one SVG file: the pixels as they were seen, with outline, north and scale over them."""

from collections.abc import Sequence
from html import escape

from shapely.geometry.base import BaseGeometry

from eradication.i18n import Translate
from eradication.report import chips
from eradication.report.chips import Chip, Side

SIDE, FOOT = 400, 44
"""Width and height of the picture and height of the caption below it, in units of the drawing."""
_INK, _LINE = "#1d1d1b", "#ffd400"


def render(side: Side, outline: BaseGeometry, language: str, translate: Translate) -> str:
    """Return the file; where there is no picture it says why.

    Args:
        side: the picture.
        outline: of the place, WGS 84.
        language: of day and numbers.
        translate: of texts.
    """
    heading, caption = chips.heading(side, translate), chips.caption(side, language, translate)
    body = _nothing(caption) if side.chip is None else _picture(side.chip, outline, translate)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE + FOOT}" font-family="sans-serif" '
        f'font-size="13" fill="{_INK}"><title>{escape(f"{heading}: {caption}")}</title>'
        f'<rect width="{SIDE}" height="{SIDE + FOOT}" fill="#fff"/>{body}'
        f'<text x="6" y="{SIDE + 17}" font-weight="bold">{escape(heading)}</text>'
        f'<text x="6" y="{SIDE + 35}" font-size="11">{escape(_short(caption))}</text></svg>'
    )


def _short(text: str, most: int = 66) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _nothing(why: str) -> str:
    half = SIDE // 2
    return (
        f'<rect width="{SIDE}" height="{SIDE}" fill="#e4e2da"/>'
        f'<text x="{half}" y="{half}" text-anchor="middle">{escape(_short(why, 56))}</text>'
    )


def _picture(chip: Chip, outline: BaseGeometry, translate: Translate) -> str:
    lines = "".join(_ring(ring) for ring in chip.rings(outline))
    bar = SIDE * chip.bar_m / chip.side_m
    told = (
        f'<image width="{SIDE}" height="{SIDE}" href="{chip.address}" image-rendering="pixelated"/>{lines}'
        f'<g stroke="#fff" stroke-width="7"><path d="M12 {SIDE - 14}h{bar:.1f}"/></g>'
        f'<path d="M12 {SIDE - 14}h{bar:.1f}" stroke="{_INK}" stroke-width="3"/>'
        f'<text x="12" y="{SIDE - 22}" stroke="#fff" stroke-width="4" paint-order="stroke">{chip.bar_m} m</text>'
        f'<path d="M{SIDE - 20} 10l8 22l-8-6l-8 6z" fill="#fff" stroke="{_INK}"/>'
    )
    if chip.simulated:
        told += (
            f'<text x="{SIDE - 8}" y="{SIDE - 10}" text-anchor="end" font-weight="bold" stroke="#fff" stroke-width="4"'
            f' paint-order="stroke" fill="#9a3412">{escape(translate("simulated"))}</text>'
        )
    return told


def _ring(ring: Sequence[tuple[float, float]]) -> str:
    points = " ".join(f"{SIDE * x:.1f},{SIDE * y:.1f}" for x, y in ring)
    return (
        f'<polyline points="{points}" fill="none" stroke="{_INK}" stroke-width="3.5"/>'
        f'<polyline points="{points}" fill="none" stroke="{_LINE}" stroke-width="1.8"/>'
    )
