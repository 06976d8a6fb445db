"""The figures of the evaluation page, drawn from the answer of ``evaluate``."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eradication.domain.plot import CLASS_A_MIN_M2, CLASS_B_MIN_M2
from eradication.i18n import Translate, number
from eradication.report import feature_words
from eradication.report.drawing import BLUE, GREEN, GREY, INK, ORANGE, RED, numbers, shares, svg

SMALLEST_M2, LARGEST_M2 = 40.0, 6000.0
"""Where the sizes below 100 m² and from 2 000 m² are drawn to."""
AT_RECALL = (0.5, 0.7, 0.85)
PANELS = 3
"""Features side by side."""

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawings:
    """Draws what one answer holds, in one language."""

    answer: Mapping[str, Any]
    language: str
    translate: Translate

    def all(self) -> dict[str, str]:
        """Return every figure that the answer has values for, by name."""
        _, tall = self.translate, 1.7 * self._rows()
        figures = {
            "visits": (self._visits, (3.6, 2.5), _("Plots found by number of visits"), "recall_by_visits"),
            "froc": (self._froc, (3.6, 2.5), _("Plots found by number of false candidates"), "froc"),
            "size": (self._size, (3.6, 2.5), _("Plots found by size"), "by_size"),
            "month": (self._month, (3.6, 2.5), _("Visited candidates that were poppy, by month"), "by_month"),
            "importance": (self._importance, (7.3, 3.6), _("What the score rests on"), "importance"),
            "dependence": (self._dependence, (7.3, tall), _("How the score changes with a feature"), "dependence"),
        }
        return {
            name: svg(draw, size, name, label)
            for name, (draw, size, label, field) in figures.items()
            if self.answer.get(field)
        }

    def _visits(self, figure: Figure) -> None:
        _, axes = self.translate, figure.subplots()
        rows = self.answer["recall_by_visits"]
        visits = [row["visits"] for row in rows]
        low, high, value = (np.array([_or_nan(row[key]) for row in rows]) for key in ("low", "high", "value"))
        axes.fill_between(visits, low, high, step="post", color=BLUE, alpha=0.15, linewidth=0)
        axes.step(visits, value, where="post", color=BLUE)
        budget = self.answer["visits"]
        axes.axvline(budget, color=RED, linewidth=1.0, linestyle=(0, (4, 2)))
        told = _("{n} visits").format(n=number(budget, self.language))
        left = budget > 0.5 * max(visits)
        axes.annotate(
            told, (budget, 0.02), (-3 if left else 3, 0), textcoords="offset points", ha="right" if left else "left"
        )
        axes.set(xlabel=_("visits, best candidates first"), ylabel=_("found, class A and B"), xlim=(0, max(visits)))
        shares(axes, self.language)
        numbers(axes.xaxis, self.language)

    def _froc(self, figure: Figure) -> None:
        _, axes = self.translate, figure.subplots()
        rows = self.answer["froc"]
        false, recall = ([row[key] for row in rows] for key in ("false_per_1000_km2", "recall"))
        axes.step([0.0, *false], [0.0, *recall], where="post", color=GREEN)
        for at in AT_RECALL:
            axes.axhline(at, color=GREY, linewidth=0.7, linestyle=(0, (2, 2)))
            reached = next((f for f, r in zip(false, recall, strict=True) if r >= at), None)
            if reached is not None:
                axes.plot([reached], [at], "o", color=RED, markersize=4, clip_on=False)
        axes.set(xlabel=_("false candidates per 1,000 km²"), ylabel=_("found, class A and B"))
        axes.set_xlim(0, max([*false, 1e-9]))
        axes.locator_params(axis="x", nbins=5)
        shares(axes, self.language)
        numbers(axes.xaxis, self.language)

    def _size(self, figure: Figure) -> None:
        _, axes = self.translate, figure.subplots()
        axes.set_xscale("log")
        for row in self.answer["by_size"]:
            low, high = max(row["low_m2"], SMALLEST_M2), row["high_m2"] or LARGEST_M2
            if row["value"] is not None:
                axes.hlines(row["value"], low, high, color=BLUE, linewidth=2.4)
                _interval(axes, np.sqrt(low * high), row, BLUE)
            _count(axes, np.sqrt(low * high), row["n"], self.language)
        for limit, klass in ((CLASS_B_MIN_M2, "B"), (CLASS_A_MIN_M2, "A")):
            axes.axvline(limit, color=RED, linewidth=1.0, linestyle=(0, (4, 2)))
            axes.annotate(f"{klass} →", (limit, 0.0), (3, 3), textcoords="offset points", color=RED)
        axes.set(xlabel=_("size of the plot, m²"), ylabel=_("found"), xlim=(SMALLEST_M2, LARGEST_M2))
        axes.set_xticks([50, 100, 200, 350, 600, 1000, 2000, 5000])
        axes.tick_params(axis="x", labelsize=7)
        axes.tick_params(axis="x", which="minor", length=0)
        shares(axes, self.language, 1.06)
        numbers(axes.xaxis, self.language)

    def _month(self, figure: Figure) -> None:
        _, axes = self.translate, figure.subplots()
        rows = self.answer["by_month"]
        for at, row in enumerate(rows):
            axes.plot([at], [row["value"]], "s", color=ORANGE, markersize=5)
            _interval(axes, at, row, ORANGE)
            _count(axes, at, row["n"], self.language)
        axes.set_xticks(range(len(rows)), [month(row["month"], self.language) for row in rows])
        axes.set(xlabel=_("month of the visit"), ylabel=_("were poppy"), xlim=(-0.6, len(rows) - 0.4))
        axes.grid(visible=False, axis="x")
        shares(axes, self.language, 1.06)

    def _importance(self, figure: Figure) -> None:
        _ = self.translate
        told = self.answer["importance"]
        left, right = figure.subplots(1, 2)
        names = [feature_words.family(row["name"], _) for row in told["families"]]
        self._bars(left, names, told["families"], _("families of features"), BLUE)
        names = [feature_words.feature(row["name"], _) for row in told["features"]]
        self._bars(right, names, told["features"], _("single features"), GREEN)

    def _bars(self, axes: Axes, names: Sequence[str], rows: Sequence[Row], title: str, colour: str) -> None:
        at = np.arange(len(rows))[::-1]
        drop, low, high = (np.array([_or_nan(row[key]) for row in rows]) for key in ("drop", "low", "high"))
        axes.barh(at, drop, color=colour, height=0.62)
        axes.hlines(at, low, high, color=INK, linewidth=0.9)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_yticks(at, [folded(name) for name in names], fontsize=7, linespacing=0.95)
        axes.set_xlabel(self.translate("loss of average precision"), loc="right")
        axes.set_title(title)
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=4)
        numbers(axes.xaxis, self.language, 2)

    def _rows(self) -> int:
        """Return how many rows of panels the features fill."""
        return max(1, -(-len(self.answer.get("dependence", ())) // PANELS))

    def _dependence(self, figure: Figure) -> None:
        _ = self.translate
        rows = self.answer["dependence"]
        grid = figure.subplots(self._rows(), PANELS, sharey=True, squeeze=False).ravel()
        most = max(_or_nan(value) for row in rows for value in (*row["poppy"], *row["background"]))
        for axes, row in zip(grid, rows, strict=False):
            values = [_or_nan(value) for value in row["values"]]
            axes.plot(values, [_or_nan(v) for v in row["poppy"]], "o-", color=RED, markersize=2.5, linewidth=1.2)
            axes.plot(values, [_or_nan(v) for v in row["background"]], "o-", color=GREY, markersize=2.5, linewidth=1.2)
            axes.set_title(folded(feature_words.feature(row["name"], _)), fontsize=7, fontweight="normal")
            axes.set_ylim(0, (most if np.isfinite(most) and most > 0 else 1.0) * 1.08)
            axes.tick_params(labelsize=7)
            axes.locator_params(axis="x", nbins=4)
            numbers(axes.xaxis, self.language, 2)
            numbers(axes.yaxis, self.language, 1)
        for axes in grid[len(rows) :]:
            axes.set_axis_off()
        grid[0].legend([_("plots with poppy"), _("background")], fontsize=6.5, loc="best")


def month(text: str, language: str) -> str:
    """Write ``2025-02`` as people do; a dash where the month is not known."""
    return "–" if not text else f"{text[5:]}/{text[:4]}" if language == "vi" else text


def _interval(axes: Axes, x: float, row: Row, colour: str) -> None:
    axes.vlines(x, row["low"], row["high"], color=colour, linewidth=1.1)
    axes.plot([x, x], [row["low"], row["high"]], "_", color=colour, markersize=6)


def _count(axes: Axes, x: float, n: int, language: str) -> None:
    axes.annotate(f"n={number(n, language)}", (x, 1.02), ha="center", va="bottom", fontsize=6.5, annotation_clip=False)


def folded(text: str, width: int = 34) -> str:
    """Break a name into at most two lines."""
    return "\n".join(textwrap.wrap(text, width, max_lines=2, placeholder=" …"))


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
