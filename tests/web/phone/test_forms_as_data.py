"""Forms on the phone's page are the forms for ODK, their rules turned into data."""

import re

import pytest

from eradication.domain import LookAlike
from eradication.errors import RefusedInput
from eradication.pipeline.reception.phone_forms import phone_forms
from eradication.report.form_questions import FORMS
from eradication.report.form_rules import calculation, constraint, required, terms
from eradication.web import phone_shell

QUESTIONS = [question for form in FORMS.values() for question in form.questions]


def said_again(found) -> str:
    return " and ".join(f"${{{t['name']}}} {'=' if t['equal'] else '!='} '{t['word']}'" for t in found)


def test_every_relevant_expression_of_every_form_is_understood_and_says_the_same():
    expressions = {question.relevant for question in QUESTIONS}
    assert len(expressions) > 5
    for expression in expressions:
        assert said_again(terms(expression)) == expression


def test_every_required_expression_is_understood():
    for question in QUESTIONS:
        found = required(question.required)
        if question.required == "":
            assert found is None
        else:
            assert found is not None
            assert said_again(found) == ("" if question.required == "yes" else question.required)


def test_every_constraint_keeps_all_its_bounds():
    for question in QUESTIONS:
        found = constraint(question.constraint)
        numbers = re.findall(r"(?:>=|<=|>) (\d[\d.]*)", question.constraint)
        assert sorted(float(number) for number in numbers) == sorted(
            v for k, v in found.items() if k in ("least", "above", "most")
        )
        assert bool(found) is bool(question.constraint)


def test_every_calculation_names_every_answer_it_is_made_of():
    for question in QUESTIONS:
        assert set(re.findall(r"\$\{(\w+)\}", question.calculation)) == names(calculation(question.calculation))


def names(part) -> set[str]:
    if part is None:
        return set()
    inner = [names(one) for one in part.get("concat", [])]
    return {part[key] for key in ("value", "stamp") if key in part} | set(part.get("first", [])) | set().union(*inner)


@pytest.mark.parametrize(
    "expression", ["${a} > 3", "${a} = 'x' or ${b} = 'y'", "selected(${a}, 'x')", "${a} = ${b}", "true()"]
)
def test_a_rule_that_the_phone_does_not_understand_is_refused_when_forms_are_made(expression):
    with pytest.raises(RefusedInput, match="does not understand") as refused:
        terms(expression)
    assert refused.value.kind == "form_rule"
    assert refused.value.hint
    for reader in (constraint, calculation, required):
        with pytest.raises(RefusedInput):
            reader(expression)


def test_forms_speak_both_languages_and_bear_the_same_questions():
    vi, en = phone_forms("vi"), phone_forms("en")
    assert [form["id"] for form in vi] == [form.id for form in FORMS.values()]
    for one, other in zip(vi, en, strict=True):
        assert one["title"] != other["title"]
        assert [q["name"] for q in one["questions"]] == [q["name"] for q in other["questions"]]
    (look_alike,) = (q for q in vi[0]["questions"] if q["name"] == "look_alike")
    assert look_alike["choices"][0] == {"code": "mustard_greens", "label": "Rau cải"}
    assert len(look_alike["choices"]) == len(LookAlike)


def test_no_visit_needs_more_than_ten_answers():
    (visit, *_) = phone_forms("vi")
    outcomes = next(q for q in visit["questions"] if q["name"] == "outcome")["choices"]
    for outcome in outcomes:
        answered = {"outcome": outcome["code"]}

        def holds(found, answered=answered):
            return all((answered.get(t["name"], "") == t["word"]) == t["equal"] for t in found)

        asked = [
            q for q in visit["questions"] if holds(q["relevant"]) and q["required"] is not None and holds(q["required"])
        ]
        assert len(asked) <= 10, outcome


def test_the_pages_forms_hold_nothing_to_be_evaluated():
    assert b"${" not in phone_shell.forms()
