"""Area season on season, above the effort that found it: less found may be less looked for (I7)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eradication.errors import N_
from eradication.i18n import number
from eradication.report import words
from eradication.report.charts.parts import LETTERS, LOOKS, WIDE_IN, Chart
from eradication.report.drawing import GREY, numbers
from eradication.report.tables.parts import rows
from eradication.report.view import ReportView

MOST = 8
"""Seasons that a chart has room for, the latest."""
LABELLED, LABELLED_LONG, LONG_M2 = 4, 2, 100_000
"""Seasons up to which every bar bears its value, and up to which where values are long."""
AREAS = {"detected": N_("detected"), "claimed": N_("eradicated"), "verified": N_("verified")}
"""Quantity → its word."""


def told(view: ReportView) -> Chart | None:
    """Return the chart of the latest seasons, ``None`` before the first."""
    listed = rows(view.ledger.get("by_season"))[-MOST:]
    if not listed:
        return None
    _ = view.translate
    title = _(N_("Area season on season, and the effort that found it"))
    return Chart("seasons", title, _sentences(view, listed), (WIDE_IN, 2.9), partial(_draw, view, listed))


def _sentences(view: ReportView, listed: Sequence[Mapping[str, Any]]) -> str:
    said = view.translate(N_("{season}: {areas}; patrols {km} km, {visits} cells of 1 km² × days."))
    lines = []
    for row in listed:
        known = [(name, row.get(f"{key}_m2")) for key, name in AREAS.items()]
        parts = [f"{view.translate(name)} {number(m2, view.language)} m²" for name, m2 in known if m2 is not None]
        effort = {"km": number(row.get("km"), view.language, 1), "visits": number(row.get("km2_visits"), view.language)}
        lines.append(said.format(season=words.clean(str(row.get("season"))), areas=", ".join(parts), **effort))
    return " ".join(lines)


def _draw(view: ReportView, listed: Sequence[Mapping[str, Any]], figure: Figure) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.0, 1.0))
    _areas(upper, view, listed)
    _effort(lower, view, listed)
    lower.set_xticks(range(len(listed)), [words.clean(str(row.get("season"))) for row in listed], fontsize=LETTERS)
    beside = 0.6 if len(listed) > 1 else 1.2  # one season alone is no broad wall
    lower.set_xlim(-beside, len(listed) - 1 + beside)


def _areas(axes: Axes, view: ReportView, listed: Sequence[Mapping[str, Any]]) -> None:
    at, width = np.arange(len(listed)), 0.26
    most = max(float(row.get("detected_m2") or 0) for row in listed)
    is_labelled = len(listed) <= (LABELLED if most < LONG_M2 else LABELLED_LONG)
    for place, (key, name) in enumerate(AREAS.items()):
        known = [row.get(f"{key}_m2") for row in listed]
        areas = [float(m2) if isinstance(m2, int | float) else 0.0 for m2 in known]
        colour, pattern = LOOKS[key]
        bars = axes.bar(
            at + (place - 1) * width, areas, width, color=colour, hatch=pattern, edgecolor="white", linewidth=0,
            label=view.translate(name),
        )  # fmt: skip
        if is_labelled:
            texts = [number(m2, view.language) if isinstance(m2, int | float) else "" for m2 in known]
            axes.bar_label(bars, texts, fontsize=LETTERS, padding=1)
    axes.set_ylabel("m²", fontsize=LETTERS)
    axes.margins(y=0.16)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=LETTERS)
    axes.locator_params(axis="y", nbins=5)
    numbers(axes.yaxis, view.language)
    axes.grid(visible=False, axis="x")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=LETTERS, borderaxespad=0.1)


def _effort(axes: Axes, view: ReportView, listed: Sequence[Mapping[str, Any]]) -> None:
    walked = [float(row.get("km") or 0.0) for row in listed]
    bars = axes.bar(range(len(listed)), walked, 0.5, color=GREY)
    said = view.translate(N_("{km} km · {visits} km²·days"))
    few = len(listed) <= LABELLED
    texts = [
        said.format(km=number(km, view.language), visits=number(row.get("km2_visits"), view.language))
        if few
        else number(km, view.language)
        for km, row in zip(walked, listed, strict=True)
    ]
    axes.bar_label(bars, texts, fontsize=LETTERS, padding=1)
    axes.set_ylabel(view.translate(N_("patrols, km")), fontsize=LETTERS)
    axes.margins(y=0.32)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=LETTERS)
    axes.locator_params(axis="y", nbins=3)
    numbers(axes.yaxis, view.language)
    axes.grid(visible=False, axis="x")
