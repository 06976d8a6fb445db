"""The catalogs: every text that people see exists in Vietnamese, with the same places to fill in."""

import re
import unicodedata
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from eradication.errors import UnusableInput
from eradication.i18n import brief, explain, floored, number, translator
from eradication.locale.refresh import VIETNAMESE, read, refreshed, written


@pytest.fixture(scope="module")
def vietnamese() -> Catalog:
    with VIETNAMESE.open("rb") as stream:
        return read_po(stream, locale="vi")


@pytest.fixture(scope="module")
def said() -> dict[str, list[str]]:
    return written()


def fields(text: str) -> set[tuple[str, str | None, str | None]]:
    """Places to fill in, each with how its value is written."""
    return {(name, form, how) for _, name, form, how in Formatter().parse(text) if name is not None}


def commands(text: str) -> list[str]:
    return re.findall(r"`[^`]*`", text)


def test_every_message_has_a_vietnamese_text(vietnamese, said):
    texts = {m.id: m.string for m in vietnamese if m.id}
    missing = {message: where for message, where in said.items() if not texts.get(message)}
    assert missing == {}
    assert not any(m.fuzzy for m in vietnamese if m.id)


def test_the_catalog_holds_nothing_that_is_no_longer_said(vietnamese, said):
    assert {m.id for m in vietnamese if m.id} - set(said) == set()


def test_translations_fill_in_the_same_values(vietnamese):
    wrong = [m.id for m in vietnamese if m.id and fields(str(m.id)) != fields(str(m.string))]
    assert wrong == []


def test_commands_are_quoted_as_they_are_typed():
    assert [message for message, text in read().items() if commands(message) != commands(text)] == []


def test_letters_are_composed():
    assert [text for text in read().values() if text != unicodedata.normalize("NFC", text)] == []


def test_the_catalog_is_written_as_the_refresher_writes_it():
    assert VIETNAMESE.read_bytes() == refreshed(read())


def test_the_header_names_nobody_and_is_not_fuzzy(vietnamese):
    header = VIETNAMESE.read_text(encoding="utf-8").split("\n\n")[0]
    assert re.findall(r"EMAIL|FULL NAME|ORGANIZATION|YEAR|VERSION\b|fuzzy", header) == []
    assert not vietnamese.fuzzy
    assert "Project-Id-Version: eradication\\n" in header


def test_refreshing_keeps_a_text_and_drops_what_is_no_longer_said(said):
    message = min(said)
    catalog = refreshed({message: "câu đã dịch", "No source says this.": "thừa"}).decode()
    assert 'msgstr "câu đã dịch"' in catalog
    assert "No source says this." not in catalog


def test_a_message_named_only_in_a_call_is_found_too(said):
    assert any("shell.py" in where for where in said["Error"])


def test_english_is_the_message_itself_and_numbers_follow_the_language():
    assert translator("en")("Error") == "Error"
    assert translator("vi")("Error") == "Lỗi"
    assert number(1234.5, "vi", 1) == "1.234,5"
    assert number(1234.5, "en", 1) == "1,234.5"
    assert number(None, "vi") == "–"


def test_fractions_of_a_refusal_are_written_as_the_language_does_and_names_are_not():
    values = {"km": 1084.2, "name": "1.5", "count": 2026, "size": 0.5}
    error = UnusableInput("x", "{km} km, {name}, {count}, {size:.2f}", values=values)
    assert explain(error, translator("vi"))["message"] == "1.084,2 km, 1.5, 2026, 0,50"
    assert explain(error, translator("en"))["message"] == "1,084.2 km, 1.5, 2026, 0.50"
    assert explain(UnusableInput("x", "{h}", values={"h": 8.0}), translator("vi"))["message"] == "8"
    assert explain(UnusableInput("x", "{h}", values={"h": float("inf")}), translator("vi"))["message"] == "inf"


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [(1.0, "1", "1"), (0.0145, "0,0145", "0.0145"), (0.00026549, "0,000265", "0.000265"), (10.0, "10", "10")],
)
def test_chances_are_written_without_powers_of_ten_and_without_empty_decimals(value, vi, en):
    assert (brief(value, "vi"), brief(value, "en")) == (vi, en)
    assert brief(None, "vi") == "–"


def test_shares_are_floored_to_a_tenth_of_a_percent_and_whole_tenths_stay():
    shares = (0.0, 0.0628, 0.29, 0.57, 0.9999, 1.0, -0.0628, -0.05)
    assert [floored(share, "en") for share in shares] == ["0.0", "6.2", "29.0", "57.0", "99.9", "100.0", "-6.3", "-5.0"]
    assert floored(0.0628, "vi") == "6,2"
