"""Bars of the report, laid out here and drawn as inline SVG by the template."""

from collections.abc import Mapping
from dataclasses import dataclass

from eradication.domain import Json
from eradication.i18n import number
from eradication.report import words
from eradication.report.view import ReportView

WIDTH = 330
"""Length of the longest bar, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its label."""

    label: str
    value: str
    """Already in the user's language."""
    width: float
    """Length in units of the drawing, 0…:data:`WIDTH`."""
    colour: str


def funnel(view: ReportView) -> list[Bar]:
    """Return how many plots of those in the totals got how far: proposed, visited, detected, eradicated, verified."""
    _ = view.translate
    episodes = [row.episode for row in view.plots if view.counts(row)]
    steps = [
        (_("proposed or found"), len(episodes), "#e69f00"),
        (_("visited"), sum(e.visits > 0 for e in episodes), "#56b4e9"),
        (_("detected"), sum(e.detected_at is not None for e in episodes), "#d55e00"),
        (_("eradicated"), sum(e.eradicated_at is not None for e in episodes), "#0072b2"),
        (_("verified"), sum(e.verified_at is not None for e in episodes), "#009e73"),
    ]
    return _bars([(label, float(count), number(count, view.language), colour) for label, count, colour in steps])


def areas_by_class(view: ReportView) -> list[Bar]:
    """Return detected and verified area of each detectability class."""
    _ = view.translate
    values = []
    for row in view.by_class:
        name = words.clean(str(row.get("key", "")))
        for field, label, colour in (
            ("detected_m2", _("detected"), "#d55e00"),
            ("verified_m2", _("verified"), "#009e73"),
        ):
            area = _number(row, field)
            values.append((f"{name} {label}", area, f"{number(area, view.language)} m²", colour))
    return _bars(values)


def _bars(values: list[tuple[str, float, str, str]]) -> list[Bar]:
    longest = max((value for _, value, _, _ in values), default=0.0)
    return [
        Bar(label, text, round(WIDTH * value / longest, 1) if longest > 0 else 0.0, colour)
        for label, value, text, colour in values
    ]


def _number(row: Mapping[str, Json], field: str) -> float:
    value = row.get(field)
    return float(value) if isinstance(value, int | float) else 0.0
