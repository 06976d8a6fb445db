"""``evaluation.html``: how good a model is on a season it did not learn from, on one page that prints.

No place stands in it: communes bear counts only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eradication.errors import N_
from eradication.report import figure_words, model_page, words
from eradication.report.evaluation_figures import Drawings, month
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
        return f"1 : {self.number(1 / share)}" if share > 0 else "–"

    def seasons(self) -> str:
        """Write the seasons that the model learned from."""
        return ", ".join(map(self.text, self._view.answer["learned_seasons"])) or self._translate(N_("none"))

    def name(self, row: Mapping[str, Any]) -> str:
        """Write what a figure is."""
        named = self._translate(figure_words.FIGURES.get(row["name"], self.text(row["name"])))
        return f"{named} · {self.text(row['note'])}" if row["note"] else named

    def kind(self, code: str) -> str:
        """Write how a figure was obtained."""
        return self._translate(figure_words.KINDS.get(code, self.text(code)))

    def value(self, row: Mapping[str, Any]) -> str:
        """Write a figure's value; a rate that no list is long enough for was not reached."""
        if row["value"] is None:
            return self._translate(N_("not reached")) if _is_rate(row) and row["n"] else "–"
        return self._amount(row, row["value"])

    def interval(self, row: Mapping[str, Any]) -> str:
        """Write a figure's interval; one season leaves a rate without any."""
        if row["n"] == 0 or (_is_rate(row) and row["n"] == 1):
            return "–"
        low, high = row["low"], row["high"]
        return f"{self._amount(row, low)} – {'∞' if high is None else self._amount(row, high)}"

    def _amount(self, row: Mapping[str, Any], value: float) -> str:
        if _is_rate(row):
            return self.number(value)
        if row["unit"]:
            return f"{self.number(value, 2)} {row['unit']}"
        return f"{self.number(int(value * 1000 + 1e-9) / 10, 1)} %"

    def size(self, row: Mapping[str, Any]) -> str:
        """Write a range of sizes."""
        low, high = self.number(row["low_m2"]), row["high_m2"]
        return f"≥ {low}" if high is None else f"{low} – {self.number(high)}"

    def month(self, text: str) -> str:
        """Write a month."""
        return month(text, self._language)

    def commune(self, row: Mapping[str, Any]) -> str:
        """Write the name of a commune."""
        return words.clean(row["commune"] or row["commune_code"]) or self._translate(N_("outside the communes"))


def _is_rate(row: Mapping[str, Any]) -> bool:
    return bool(row["unit"] == "1/1000 km2")
