"""The page on samples: what would be learned from, read from its file."""

import re
from functools import cache
from html import unescape

import pytest

from eradication.classify import envelopes
from eradication.i18n import translator
from eradication.report import samples
from eradication.report.model_page import AnswerView

MONTHS = list(envelopes.MONTHS)
BAND = {part: [0.1 * k for k in range(len(MONTHS))] for part in ("p10", "p50", "p90")}
GAPS = {part: [None] * len(MONTHS) for part in ("p10", "p50", "p90")}


def answer(**changed: object) -> dict[str, object]:
    season = {
        "season": "2024-2025",
        "poppy": 7,
        "look_alike": 21,
        "provenance": {"field": 20, "photo": 8},
        "refused": [
            {
                "line": 9,
                "reason": "unknown_code",
                "message": "line {line} <b>",
                "hint": "Mend {line}",
                "values": {"line": 9},
            }
        ],
        "unseen": ["BP01/3"],
    }
    odd = {
        "contradicting": [["BP01/1", "<script>x</script>"]],
        "duplicates": [],
        "odd": ["CA01/77"],
        "pixels_on_the_edge": 12,
        "labelled_pixels": 90,
    }
    bands = {"ndvi": BAND, "bright": BAND, "ndyi": GAPS}
    classes = {
        "poppy": {"plots": 7, **bands},
        "mustard_greens": {"plots": 6, **bands},
        "background": {"plots": 40} | bands,
    }
    base = {"labels": [season], "oddities": odd, "months": MONTHS, "indices": list(envelopes.INDICES)}
    return base | {"envelopes": classes, "simulated": True} | changed


def page(language: str = "en", **changed: object) -> str:
    return samples.render(AnswerView(answer(**changed), language, translator(language)))


@cache
def made(language: str = "en") -> str:
    """The page as it comes, drawn once for all tests that only read it."""
    return page(language)


def test_counts_refusals_and_odd_places_stand_in_it():
    html = made()
    for told in ("2024-2025", "BP01/1", "CA01/77", "12 / 90", "line 9", "Mend 9", "photo 8"):
        assert told in html
    assert "SIMULATED" in html
    assert "SIMULATED" not in page(simulated=False)


def test_T7_names_are_shown_and_never_run():
    html = made()
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html
    assert "default-src 'none'" in unescape(html)
    assert not re.search(r"https?://(?!www\.w3\.org)", html)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_same_answer_is_the_same_page_in_its_language(language: str):
    assert page(language) == made(language)
    said = {"vi": ("Mẫu để học", "ảnh chụp 8"), "en": ("Samples to learn from", "photo 8")}
    assert all(word in made(language) for word in said[language])


def test_without_classes_there_is_no_figure():
    assert "<svg" in made()
    assert "<svg" not in page(envelopes={})
