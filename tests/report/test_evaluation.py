"""What the evaluation page and the explanation of a candidate say, read from their files."""

import re
from collections.abc import Callable
from functools import cache
from html import unescape

import pytest
from report import evaluations

from eradication.i18n import translator
from eradication.locale.refresh import written
from eradication.report import drawing
from eradication.report.evaluation import EvaluationView
from eradication.report.evaluation import render as evaluation
from eradication.report.explanation import render as explanation
from eradication.report.model_page import AnswerView


def shown(language: str = "en", translate: Callable[[str], str] | None = None, **changes: object) -> str:
    answer = evaluations.evaluation(**changes)
    return evaluation(EvaluationView(answer, language, translate or translator(language), "Sơn La"))


def explained(language: str = "en", translate: Callable[[str], str] | None = None, **changes: object) -> str:
    answer = evaluations.explanation(**changes)
    return explanation(AnswerView(answer, language, translate or translator(language)))


@cache
def made(page: Callable[[str], str], language: str = "en") -> str:
    """A page as it comes, drawn once for all tests that only read it."""
    return page(language)


def words_of(html: str) -> str:
    """What a reader of the page reads, drawings left out."""
    bare = re.sub(r"<(style|svg|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


@pytest.mark.slow
@pytest.mark.parametrize("page", [shown, explained])
@pytest.mark.parametrize("language", ["vi", pytest.param("en", marks=pytest.mark.slow)])
def test_the_same_answer_gives_the_same_bytes(page, language) -> None:
    assert page(language) == made(page, language)


@pytest.mark.parametrize("page", [shown, explained])
def test_a_page_has_no_script_no_style_attribute_no_date_and_no_address(page) -> None:
    html = made(page)
    assert "<script" not in html
    assert not re.search(r"\sstyle=", html)
    assert "script-src 'none'" in unescape(html)
    assert not re.search(r"https?://", html)
    assert "atplotlib" not in html


@pytest.mark.parametrize("page", [shown, explained])
def test_every_reference_of_a_drawing_leads_to_one_element_of_its_own(page) -> None:
    html = made(page)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 0
    referred = re.findall(r'href="#([^"]+)"', html) + re.findall(r"url\(#([^)]+)\)", html)
    assert set(referred) <= set(ids)


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every message of the sources."""
    return set(written())


@pytest.mark.parametrize("page", [shown, explained])
def test_every_text_is_one_that_the_catalog_translates(page, said) -> None:
    asked: set[str] = set()
    page(translate=lambda text: asked.add(text) or text)
    assert len(asked) > 20
    assert asked - said <= {"something_new"}


@pytest.mark.parametrize(
    ("page", "data"),
    [
        (shown, r"first/27cd7449ae74|Sơn La|Xã Vân Hồ|km²|m²|ha"),
        (explained, r"first/27cd7449ae74|VH-25-001|m²"),
    ],
)
def test_no_word_of_a_page_is_left_in_one_language(page, data) -> None:
    told = words_of(page(translate=lambda text: "«" + re.sub(r"[^\W\d_]+(?![^{]*})", "x", text) + "»"))
    left = re.findall(r"[^\W\d_]+", re.sub(data, "", re.sub(r"\bx+\b|[ABC]:", "", told)))
    assert left == []


def test_each_figure_stands_with_its_kind_its_number_and_its_interval() -> None:
    told = words_of(made(shown))
    assert "found, class A and B 75.0 % 20.0 % – 80.0 % 24 season not learned from" in told
    assert "found, class A – – 0 season not learned from" in told
    assert "hectares found per 100 visits 1.36 ha 0.90 ha – 1.90 ha 120" in told
    assert "where half is found 2,747 – 1 season" in told
    assert "where 85 % is found not reached – 1 season" in told
    assert "visits drawn at random that find a plot 5.0 % 20.0 % – 80.0 % 60 drawn at random, weighted" in told
    assert "Poppy in the searched area 1/500" in told
    assert "SIMULATED" in told
    assert "SIMULATED" not in words_of(shown(simulated=False))


def test_several_seasons_give_a_rate_an_interval_whose_end_may_be_open() -> None:
    rate = evaluations.figure("false_per_1000_km2_at_0.7", 900.0, 5, unit="1/1000 km2", low=300.0, high=None)
    assert "900 300 – ∞ 5" in words_of(shown(figures=[rate]))


def test_communes_and_months_bear_counts_and_no_place() -> None:
    told = words_of(made(shown, "vi"))
    assert "Xã Vân Hồ 8 3" in told
    assert "12/2024 50,0 % 20,0 % – 80,0 % 6" in told
    assert not re.search(r"10[2-5][.,]\d{3}|2[0-2][.,]\d{3}", told)
    assert "ngoài các xã 1 0" in told.lower()


def test_without_visits_and_without_what_the_score_rests_on_the_page_still_stands() -> None:
    answer = {k: v for k, v in evaluations.evaluation(by_month=[], by_commune=[]).items() if k != "importance"}
    del answer["dependence"]
    html = evaluation(EvaluationView(answer, "en", translator("en"), "Sơn La"))
    assert words_of(html).count("No candidate within the budget was visited.") == 2
    assert "What the score rests on" not in html
    assert html.count("<svg") == 3


def test_an_empty_list_and_the_rules_have_a_page() -> None:
    html = shown(name="rules", version="", learned_seasons=[], froc=[], recall_by_visits=[], prevalence=0.0)
    told = words_of(html)
    assert "Evaluation: the rule score" in told
    assert "Seasons learned from none" in told
    assert "Poppy in the searched area –" in told


def test_what_raises_a_score_is_told_in_words_and_numbers() -> None:
    told = words_of(made(explained))
    assert "Why this place: VH-25-001" in told
    assert "fall of greenness until May 0.55 – 1.7" in told
    assert "opium poppy 9 12 / 18" in told
    assert "accuses nobody" in told
    assert "very season" not in told
    assert "very season" in words_of(explained(notes=["learned_from_this_season"]))


def test_a_model_without_envelopes_and_a_place_without_code_are_explained() -> None:
    told = words_of(explained(envelopes={}, inside=[], code="", name="rules", version=""))
    assert "Why this place: 01f8e7861c8aaffc" in told
    assert "No model was trained" in told
    assert "<svg" in explained(curve={}, envelopes={}, inside=[])


@pytest.mark.parametrize("name", ["$x^{2}$", "<b>x</b>", "\x00\x1b", "漢字", "</svg><script>"])
def test_a_class_or_feature_of_any_name_is_drawn(name) -> None:
    envelopes = {name: evaluations.explanation()["envelopes"]["poppy"]}
    row = {"name": name, "value": 1.0, "around": 0.0, "score_without": 0.1, "raises": 1.0}
    html = explained(envelopes=envelopes, families=[row | {"features": 1}], features=[row])
    assert html.count("<svg") == html.count("</svg>") == 2
    assert "<script" not in html
    assert "<b>" not in html


@pytest.mark.slow
def test_settings_of_a_user_do_not_change_a_drawing(monkeypatch) -> None:
    before = shown()
    monkeypatch.setitem(drawing.matplotlib.rcParams, "font.size", 30.0)
    monkeypatch.setitem(drawing.matplotlib.rcParams, "axes.facecolor", "black")
    assert shown() == before
    assert drawing.matplotlib.rcParams["font.size"] == 30.0
