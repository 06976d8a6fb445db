"""Vietnamese first, English beside it.

Message ids are the English texts; the catalogs are plain ``.po`` files, read by Babel, so that a translator needs no
compiler. A missing translation shows the English text, and a test fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import floor
from string import Formatter
from typing import Any

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from eradication.errors import EradicationError

LANGUAGES = ("vi", "en")

type Translate = Callable[[str], str]


@cache
def catalog(language: str) -> Mapping[str, str]:
    """Return message id → text of ``language``; empty for English, whose texts are the ids."""
    if language == "en":
        return {}
    with (files("eradication") / "locale" / language / "eradication.po").open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream, locale=language) if m.id and m.string}


def translator(language: str) -> Translate:
    """Return the function that translates message ids to ``language``."""
    return _Translator(language, catalog(language))


@dataclass(frozen=True, slots=True, eq=False)
class _Translator:
    language: str
    texts: Mapping[str, str]

    def __call__(self, message: str) -> str:
        return self.texts.get(message, message)


def explain(error: EradicationError, translate: Translate) -> dict[str, str]:
    """Return what, where and what to do, in the user's language; fractions are written as the language does."""
    fill = _Filled(translate.language if isinstance(translate, _Translator) else "en")
    return {
        "kind": error.kind,
        "message": fill.format(translate(error.message), **error.values),
        "where": error.where,
        "hint": fill.format(translate(error.hint), **error.values) if error.hint else "",
    }


class _Filled(Formatter):
    """Fills a template; a fraction is written with the language's own signs, with as many decimals as it is given."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return one value as text."""
        text: str = format(value, format_spec)
        whole, _, decimals = text.partition(".")
        if not isinstance(value, float) or not (whole.removeprefix("-") + decimals).isdecimal():
            return text
        return number(float(text), self._language, 0 if decimals == "0" and not format_spec else len(decimals))


def number(value: float | None, language: str, decimals: int = 0) -> str:
    """Write a number as the language does (1.234,5 in Vietnamese); a dash where nothing is known."""
    if value is None:
        return "–"
    return format_decimal(value, format="#,##0." + "0" * decimals if decimals else "#,##0", locale=language)


def floored(share: float, language: str) -> str:
    """Write a share as percent without its sign, floored to 0.1: 0.0628 is 6.2, −0.0628 is −6.3."""
    # 0.29 · 1000 is 289.99…: what was a whole tenth of a percent stays one.
    return number(floor(round(1000 * share, 6)) / 10, language, 1)


def brief(value: float | None, language: str) -> str:
    """Write a chance or a mark of an axis with three figures that count: ``0,0145``, ``1``; a dash for none."""
    return "–" if value is None else format_decimal(value, format="@##", locale=language)
