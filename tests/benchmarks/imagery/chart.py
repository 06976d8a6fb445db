"""A plain line chart as SVG: points that were measured, and the straight line through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, MARGIN = 460, 320, 60


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram."""

    title: str
    across: str
    up: str
    x: Sequence[float]
    y: Sequence[float]
    fit: bool
    """Draw the least-squares line and say how well it holds."""


def straightness(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Return slope, intercept and R² of the least-squares line; R² is 1 where ``y`` does not vary."""
    slope, intercept = np.polyfit(x, y, 1)
    rest = np.asarray(y) - (slope * np.asarray(x) + intercept)
    varied = float(np.var(y))
    return float(slope), float(intercept), 1.0 - float(np.var(rest)) / varied if varied > 0 else 1.0


def write(path: Path, title: str, panels: Sequence[Panel]) -> None:
    """Write panels in rows of two under a title."""
    rows = -(-len(panels) // 2)
    wide, high = 2 * WIDTH, rows * HEIGHT + 40
    drawn = [
        f'<g transform="translate({(k % 2) * WIDTH},{40 + (k // 2) * HEIGHT})">{_panel(p)}</g>'
        for k, p in enumerate(panels)
    ]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">'
        f'<rect width="{wide}" height="{high}" fill="white"/>'
        f'<text x="20" y="25" font-size="15">{escape(title)}</text>{"".join(drawn)}</svg>\n',
        encoding="utf-8",
    )


def _panel(panel: Panel) -> str:
    most_x, most_y = max(panel.x) * 1.08, max(panel.y) * 1.15 or 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        across = MARGIN + x / most_x * (WIDTH - 1.5 * MARGIN)
        return across, HEIGHT - MARGIN - y / most_y * (HEIGHT - 2 * MARGIN)

    left, floor = at(0, 0)
    right, top = at(most_x, most_y)
    parts = [
        f'<text x="{MARGIN}" y="35" font-weight="bold">{escape(panel.title)}</text>',
        f'<path d="M{left:.1f},{top:.1f}V{floor:.1f}H{right:.1f}" fill="none" stroke="black"/>',
        f'<text x="{right:.1f}" y="{floor + 35:.1f}" text-anchor="end">{escape(panel.across)}</text>',
        f'<text x="{left - 45:.1f}" y="{top - 8:.1f}">{escape(panel.up)}</text>',
    ]
    if panel.fit and len(panel.x) > 1:
        slope, intercept, r2 = straightness(panel.x, panel.y)
        (x1, y1), (x2, y2) = at(0, max(intercept, 0)), at(max(panel.x), slope * max(panel.x) + intercept)
        parts.append(f'<path d="M{x1:.1f},{y1:.1f}L{x2:.1f},{y2:.1f}" stroke="#888" stroke-dasharray="5 4"/>')
        said = f"y = {slope:.3g} x + {intercept:.3g}, R² = {r2:.4f}"
        parts.append(f'<text x="{left + 10:.1f}" y="{top + 12:.1f}" fill="#555">{said}</text>')
    for x, y in zip(panel.x, panel.y, strict=True):
        px, py = at(x, y)
        parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="#1f5fa8"/>')
        parts.append(f'<text x="{px:.1f}" y="{py - 8:.1f}" text-anchor="middle">{y:.3g}</text>')
        parts.append(f'<text x="{px:.1f}" y="{floor + 16:.1f}" text-anchor="middle">{x:.3g}</text>')
    return "".join(parts)
