"""``samples.html``: what a model would learn from, to be looked at before it does.

Places bear their plot's key and no coordinates.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.domain.codes import Provenance
from eradication.report import model_page, words
from eradication.report.drawing import svg
from eradication.report.model_page import AnswerView, Show
from eradication.report.season_curves import SeasonCurves


def render(view: AnswerView) -> str:
    """Return the check as one HTML page without any outside reference; the same view gives the same bytes."""
    _ = view.translate
    empty: dict[str, list[float | None]] = {index: [] for index in view.answer["indices"]}
    curves = SeasonCurves(view.answer["envelopes"], view.answer["months"], empty, view.language, _)
    shown = svg(curves.draw, curves.size_in, "curves", _("Seasons of the classes")) if curves.classes else ""
    return model_page.render("samples.html", view, _Show(view), {"curves": shown} if shown else {})


class _Show(Show):
    def provenance(self, code: str) -> str:
        """Write where labels come from."""
        return words.word(Provenance(code), self._view.language)

    def refusal(self, row: Mapping[str, Any]) -> str:
        """Write why a row was not taken."""
        said = (self._view.translate(row[part]).format(**row["values"]) for part in ("message", "hint") if row[part])
        return self.text(" ".join(said))

    def pairs(self, pairs: Sequence[Sequence[str]]) -> list[str]:
        """Write names that belong together."""
        return [" ↔ ".join(pair) for pair in pairs]
