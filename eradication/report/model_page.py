"""What the pages on models and samples have in common: an answer of the program, without any outside reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eradication.errors import N_
from eradication.i18n import Translate, number
from eradication.report import assets, feature_words, words
from eradication.report.page import environment
from eradication.report.safe import policy


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a page shows."""

    answer: Mapping[str, Any]
    """As ``--json`` writes it."""
    language: str
    translate: Translate


class Show:
    """How a template writes values."""

    def __init__(self, view: AnswerView) -> None:
        """Write in the view's language."""
        self._view = view

    def text(self, value: Any) -> str:
        """Write a plain text, cleaned."""
        return words.clean(str(value)) if value not in (None, "") else "–"

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Write a number, a dash for none."""
        return number(value, self._view.language, decimals)

    def model(self) -> str:
        """Write which model it is about."""
        answer = self._view.answer
        named = f"{answer['name']}/{answer['version']}"
        return self.text(named) if answer["version"] else self._view.translate(N_("the rule score"))

    def land(self, code: str) -> str:
        """Write a class of land."""
        return feature_words.land(code, self._view.language, self._view.translate)


def render(template: str, view: AnswerView, show: Show, plots: Mapping[str, str]) -> str:
    """Return a page; the same view gives the same bytes.

    Args:
        template: extends ``model_page.html``.
        view: what it shows.
        show: how it writes values.
        plots: SVG elements by name.
    """
    style = assets.own("page.css") + assets.own("plots.css")
    return (
        environment()
        .get_template(template)
        .render(
            _=view.translate,
            answer=view.answer,
            show=show,
            language=view.language,
            plots=plots,
            style=style,
            policy=policy(scripts=[], styles=[style]),
        )
    )
