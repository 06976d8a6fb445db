"""``samples.html``: what a model would learn from, to be looked at before it does.

Places bear their plot's key and no coordinates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eradication.domain.codes import Provenance
from eradication.i18n import Translate, number
from eradication.report import assets, figure_words, words
from eradication.report.drawing import svg
from eradication.report.page import environment
from eradication.report.safe import policy
from eradication.report.season_curves import SeasonCurves


@dataclass(frozen=True, slots=True)
class SamplesView:
    """Everything ``samples.html`` shows."""

    answer: Mapping[str, Any]
    """The answer of ``eradication --json samples check``."""
    language: str
    translate: Translate


def render(view: SamplesView) -> str:
    """Return the check as one HTML page without any outside reference; the same view gives the same bytes."""
    style, _ = assets.own("page.css") + assets.own("plots.css"), view.translate
    empty: dict[str, list[float | None]] = {index: [] for index in view.answer["indices"]}
    curves = SeasonCurves(view.answer["envelopes"], view.answer["months"], empty, view.language, _)
    shown = svg(curves.draw, curves.size_in, "curves", _("Seasons of the classes")) if curves.classes else ""
    return (
        environment()
        .get_template("samples.html")
        .render(
            _=_,
            answer=view.answer,
            show=_Show(view),
            language=view.language,
            curves=shown,
            style=style,
            policy=policy(scripts=[], styles=[style]),
        )
    )


class _Show:
    """How the template writes values."""

    def __init__(self, view: SamplesView) -> None:
        self._view = view

    def text(self, value: Any) -> str:
        """Write a plain text, cleaned."""
        return words.clean(str(value)) if value not in (None, "") else "–"

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Write a number, a dash for none."""
        return number(value, self._view.language, decimals)

    def land(self, code: str) -> str:
        """Write a class of land."""
        return figure_words.land(code, self._view.language, self._view.translate)

    def provenance(self, code: str) -> str:
        """Write where labels come from."""
        return words.word(Provenance(code), self._view.language)

    def refusal(self, row: Mapping[str, Any]) -> str:
        """Write why a row was not taken."""
        return self.text(self._view.translate(row["message"]).format(**row["values"]))
