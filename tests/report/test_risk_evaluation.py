"""What the page on the risk surface says, read from its file."""

import re
from html import unescape
from typing import Any

import numpy as np
import pytest

from eradication.i18n import translator
from eradication.report.risk_evaluation import RiskEvaluationView, render
from eradication.risk import deciles, reliability


def part(seed: int, finds_each: float) -> dict[str, Any]:
    """A part of an answer, told of cells drawn at random."""
    rng = np.random.default_rng(seed)
    risk, p = rng.normal(size=4000), np.where(rng.random(4000) < 0.3, rng.uniform(0.02, 0.5, 4000), 0.0)
    expected = finds_each * np.exp(risk - 0.5)
    finds, mine = rng.poisson(expected * p).astype(float), p > 0
    near = deciles.nearness(rng.uniform(0, 9000, 4000))
    own = deciles.membership(risk, risk[mine]), deciles.membership(near, near[mine])
    told = deciles.Searched(*own, p[mine], finds[mine], expected[mine], rng.integers(0, 30, 4000)[mine])
    return deciles.capture(told) | {"reliability": reliability.reliability(told.p * told.expected, told.finds)}


def answer(finds_each: float = 0.3, **changes: Any) -> dict[str, Any]:
    units = [{"unit": "<b>bp01</b>", "finds": 7, "searched_cells": 90, "searched_p": 9.0}]
    season = {"season": "2025-2026", "learned_seasons": ["2024-2025"], "basis": "fitted"}
    counted = {"finds": 81, "communes": 20, "searched_cells": 1212}
    return {
        "season": None,
        "least_finds": deciles.LEAST_FINDS,
        "heaviest": deciles.HEAVIEST,
        "seasons": [season | counted | {"finds_without_track": 4}],
        "held_out_seasons": part(1, finds_each),
        "held_out_units": part(2, 0.0) | {"units": units},
        "simulated": True,
    } | changes


def shown(language: str = "en", **changes: Any) -> str:
    return render(RiskEvaluationView(answer(**changes), language, translator(language), "Sơn La"))


def words_of(html: str) -> str:
    bare = re.sub(r"<(style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


@pytest.fixture(scope="module")
def page() -> str:
    return shown()


def test_the_page_says_what_it_rests_on_what_it_cannot_tell_and_that_it_is_simulated(page):
    said = words_of(page)
    assert "SIMULATED" in said
    assert "never from names, ethnicity, households or anything about persons" in said
    assert "what lies elsewhere it cannot tell" in said
    assert "weights fitted to finds · 2024-2025" in said


def test_figures_of_the_answer_stand_on_the_page_floored(page):
    top = answer()["held_out_seasons"]["top"][0]
    floored = int(top["captured"]["value"] * 1000 + 1e-9) / 10
    assert f"{floored} %" in words_of(page)
    finds, cells = (f"{top[name]:.1f}" for name in ("finds", "cells"))
    assert f"{top['deciles']} {finds} {cells} {floored} % (" in words_of(page)
    assert "2025-2026 81 1 212 4" in words_of(page).replace("\u202f", " ").replace("\xa0", " ").replace(",", " ")
    assert page.count("<svg") == 2  # the second part has nothing to draw


def test_too_few_finds_are_said_and_no_share_is_told(page):
    said = words_of(page).split("Units told by what others found")[1]
    assert "Too few finds for a share: 0, and 10 are needed." in said
    assert "%" not in said.split("By season")[0]


def test_the_page_has_no_script_no_address_no_style_attribute_and_what_people_typed_is_text(page):
    assert "<script" not in page
    assert not re.search(r"https?://|\sstyle=", page)
    assert "<b>bp01" not in page


def test_the_same_answer_gives_the_same_bytes(page):
    assert shown() == page
