"""The catalogs: every text that people see exists in Vietnamese, with the same places to fill in."""

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import eradication
from eradication.i18n import number, translator

PACKAGE = Path(eradication.__file__).parent
METHODS = [("**.py", "python"), ("report/templates/**", "jinja2")]
KEYWORDS = {"_": None, "N_": None}


def written() -> dict[str, list[str]]:
    """Message id → where it stands in the source."""
    found: dict[str, list[str]] = {}
    for file, line, message, _, _ in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        if isinstance(message, str) and message:
            found.setdefault(message, []).append(f"{file}:{line}")
    return found


@pytest.fixture(scope="module")
def vietnamese() -> Catalog:
    with (PACKAGE / "locale" / "vi" / "eradication.po").open("rb") as stream:
        return read_po(stream, locale="vi")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_message_has_a_vietnamese_text(vietnamese):
    texts = {m.id: m.string for m in vietnamese if m.id}
    missing = {message: where for message, where in written().items() if not texts.get(message)}
    assert missing == {}
    assert not any(m.fuzzy for m in vietnamese if m.id)


def test_the_catalog_holds_nothing_that_is_no_longer_said(vietnamese):
    assert {m.id for m in vietnamese if m.id} - set(written()) == set()


def test_translations_fill_in_the_same_values(vietnamese):
    wrong = [m.id for m in vietnamese if m.id and fields(str(m.id)) != fields(str(m.string))]
    assert wrong == []


def test_english_is_the_message_itself_and_numbers_follow_the_language():
    assert translator("en")("Error") == "Error"
    assert number(1234.5, "vi", 1) == "1.234,5"
    assert number(1234.5, "en", 1) == "1,234.5"
    assert number(None, "vi") == "–"
