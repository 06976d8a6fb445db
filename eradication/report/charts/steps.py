"""How far plots got, from a candidate to a verified plot, and how much area of each class was detected and verified."""

from collections.abc import Mapping
from functools import partial

from matplotlib.figure import Figure

from eradication.domain import Json
from eradication.errors import N_
from eradication.i18n import number
from eradication.report import words
from eradication.report.charts.parts import SMALL_IN, Bar, Chart, height_in, lying, sentence
from eradication.report.view import ReportView


def reached(view: ReportView) -> list[Bar]:
    """Return how many plots of those in the totals got how far: proposed, visited, detected, eradicated, verified."""
    _ = view.translate
    episodes = [row.episode for row in view.plots if view.counts(row)]
    steps = [
        (_(N_("proposed or found")), len(episodes), "proposed"),
        (_(N_("visited")), sum(e.visits > 0 for e in episodes), "visited"),
        (_(N_("detected")), sum(e.detected_at is not None for e in episodes), "detected"),
        (_(N_("eradicated")), sum(e.eradicated_at is not None for e in episodes), "claimed"),
        (_(N_("verified")), sum(e.verified_at is not None for e in episodes), "verified"),
    ]
    return [Bar(label, float(count), number(count, view.language), look) for label, count, look in steps]


def areas(view: ReportView) -> list[Bar]:
    """Return detected and verified area of each detectability class."""
    _ = view.translate
    parts = (("detected_m2", _(N_("detected")), "detected"), ("verified_m2", _(N_("verified")), "verified"))
    bars = []
    for row in view.by_class:
        name = words.clean(str(row.get("key", "")))
        for field, label, look in parts:
            area = _number(row, field)
            bars.append(Bar(f"{name} {label}", area, f"{number(area, view.language)} m²", look))
    return bars


def funnel(view: ReportView) -> Chart:
    """Return the chart of :func:`reached`."""
    return _chart("funnel", view.translate(N_("Plots: how far they got")), reached(view))


def by_class(view: ReportView) -> Chart | None:
    """Return the chart of :func:`areas`, ``None`` where no class is told."""
    bars = areas(view)
    return _chart("classes", view.translate(N_("Area by class, m²")), bars) if bars else None


def _chart(key: str, title: str, bars: list[Bar]) -> Chart:
    return Chart(key, title, sentence(bars), (SMALL_IN, height_in(len(bars))), partial(_draw, bars))


def _draw(bars: list[Bar], figure: Figure) -> None:
    lying(figure.subplots(), bars)


def _number(row: Mapping[str, Json], field: str) -> float:
    value = row.get(field)
    return float(value) if isinstance(value, int | float) else 0.0
