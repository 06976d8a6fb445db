"""Vietnamese first, English beside it.

Message ids are the English texts; the catalogs are plain ``.po`` files, read by Babel, so that a translator needs no
compiler. A missing translation shows the English text, and a test fails.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

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
    texts = catalog(language)
    return lambda message: texts.get(message, message)


def explain(error: EradicationError, translate: Translate) -> dict[str, str]:
    """Return what, where and what to do, in the user's language."""
    return {
        "kind": error.kind,
        "message": translate(error.message).format(**error.values),
        "where": error.where,
        "hint": translate(error.hint).format(**error.values) if error.hint else "",
    }


def number(value: float | None, language: str, decimals: int = 0) -> str:
    """Write a number as the language does (1.234,5 in Vietnamese); a dash where nothing is known."""
    if value is None:
        return "–"
    return format_decimal(value, format="#,##0." + "0" * decimals if decimals else "#,##0", locale=language)
