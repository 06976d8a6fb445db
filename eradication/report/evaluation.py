"""``evaluation.html``: how good a model is on a season it did not learn from, on one page that prints.

No place stands in it: communes bear counts only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from eradication.errors import N_
from eradication.report import figure_words, model_page, words
from eradication.report.evaluation_figures import Drawings, month
from eradication.report.figure_words import Row
from eradication.report.model_page import AnswerView, Show

_NOTES: Mapping[str, str] = {
    "unvisited_count_as_false": N_("A candidate nobody visited counts as false: the true precision is not lower."),
    "only_found_plots_are_known": N_("Plots nobody found are not sought: the true share found may be lower."),
}


@dataclass(frozen=True, slots=True)
class EvaluationView(AnswerView):
    """What ``evaluation.html`` shows: the answer of ``evaluate``."""

    province: str


def render(view: EvaluationView) -> str:
    """Return the evaluation as one HTML page without any outside reference; the same view gives the same bytes."""
    plots = Drawings(view.answer, view.language, view.translate).all()
    return model_page.render("evaluation.html", view, _Show(view), plots)


class _Show(Show):
    def __init__(self, view: EvaluationView) -> None:
        super().__init__(view)
        self._language, self._translate = view.language, view.translate
        self.province = words.clean(view.province)
        self.notes = [view.translate(_NOTES[code]) for code in view.answer["notes"] if code in _NOTES]

    def one_in(self, share: float) -> str:
        """Write a prevalence as one in so many."""
        return figure_words.one_in(share, self._language)

    def seasons(self) -> str:
        """Write the seasons that the model learned from."""
        return ", ".join(map(self.text, self._view.answer["learned_seasons"])) or self._translate(N_("none"))

    def name(self, row: Row) -> str:
        """Write what a figure is."""
        return figure_words.name(row, self._translate)

    def kind(self, row: Row) -> str:
        """Write how a figure was obtained."""
        return figure_words.kind(row, self._translate)

    def value(self, row: Row) -> str:
        """Write a figure's value."""
        return figure_words.value(row, self._language, self._translate)

    def interval(self, row: Row) -> str:
        """Write a figure's interval."""
        return figure_words.interval(row, self._language)

    def size(self, row: Row) -> str:
        """Write a range of sizes."""
        low, high = self.number(row["low_m2"]), row["high_m2"]
        return f"≥ {low}" if high is None else f"{low} – {self.number(high)}"

    def month(self, text: str) -> str:
        """Write a month."""
        return month(text, self._language)

    def commune(self, row: Row) -> str:
        """Write the name of a commune."""
        return words.clean(row["commune"] or row["commune_code"]) or self._translate(N_("outside the communes"))
