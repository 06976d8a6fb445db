"""``explanation.html``: one candidate's season beside those of known classes, and what its score rests on.

It bears the plot's code and no coordinates.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eradication.report import feature_words, model_page
from eradication.report.drawing import GREEN, GREY, RED, numbers, svg
from eradication.report.evaluation_figures import folded
from eradication.report.model_page import AnswerView, Show
from eradication.report.season_curves import SeasonCurves


def render(view: AnswerView) -> str:
    """Return the explanation as one HTML page without any outside reference; the same view gives the same bytes."""
    plots = {"raises": raises(view), "curves": curves(view)}
    plots = {name: drawn for name, drawn in plots.items() if drawn}
    return model_page.render("explanation.html", view, _Show(view), plots)


def curves(view: AnswerView) -> str:
    """Return a place's season beside those of known classes as one SVG element, empty where no month is known."""
    told, _ = view.answer, view.translate
    if not told["curve"]:
        return ""
    drawn = SeasonCurves(told["envelopes"], told["months"], told["curve"], view.language, _)
    return svg(drawn.draw, drawn.size_in, "curves", _("Its season beside known classes"))


def raises(view: AnswerView) -> str:
    """Return what the score rests on as one SVG element."""
    return svg(_Drawings(view).raises, (7.3, 2.6), "raises", view.translate("What raises the score"))


class _Show(Show):
    def place(self) -> str:
        """Write the code of the place."""
        return self.text(self._view.answer["code"] or self._view.answer["candidate"])

    def feature(self, code: str) -> str:
        """Write what a feature is."""
        return feature_words.feature(code, self._view.translate)


class _Drawings:
    def __init__(self, view: AnswerView) -> None:
        self._answer, self._language, self.translate = view.answer, view.language, view.translate

    def raises(self, figure: Figure) -> None:
        """Draw how much each family, and each of the foremost single features, raises the score."""
        _, (left, right) = self.translate, figure.subplots(1, 2)
        families = self._answer["families"]
        names = [feature_words.family(row["name"], _) for row in families]
        self._bars(left, names, families, _("families of features"))
        names = [feature_words.feature(row["name"], _) for row in self._answer["features"]]
        self._bars(right, names, self._answer["features"], _("single features"))

    def _bars(self, axes: Axes, names: Sequence[str], rows: Sequence[Mapping[str, Any]], title: str) -> None:
        at = np.arange(len(rows))[::-1]
        raised = [row["raises"] for row in rows]
        axes.barh(at, raised, color=[GREEN if value >= 0 else RED for value in raised], height=0.62)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_yticks(at, [folded(name) for name in names], fontsize=7, linespacing=0.95)
        axes.set_xlabel(self.translate("evidence, log-odds of the score"), loc="right")
        axes.set_title(title)
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=4)
        numbers(axes.xaxis, self._language, 1)
