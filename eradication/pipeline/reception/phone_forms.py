"""The forms of patrols as the phone's page draws them: the very questions that go to ODK, their rules as data."""

from typing import TypedDict

from eradication.domain.codes import Code
from eradication.report.form_parts import Form, Question, Words
from eradication.report.form_questions import FORMS
from eradication.report.form_rules import Constraint, Part, Term, calculation, constraint, required, terms


class Choice(TypedDict):
    """One answer to choose."""

    code: str
    label: str


class PhoneQuestion(TypedDict):
    """One question; kinds and names are those of :class:`eradication.report.form_parts.Question`."""

    name: str
    kind: str
    label: str
    hint: str
    required: list[Term] | None
    """When it must be answered: ``None`` = never, an empty list = always."""
    relevant: list[Term]
    """When it is asked: an empty list = always."""
    constraint: Constraint
    refusal: str
    """What is said where the constraint does not hold."""
    default: str
    """Empty, or ``now()``."""
    calculation: Part | None
    appearance: str
    choices: list[Choice]


class PhoneForm(TypedDict):
    """One form."""

    id: str
    title: str
    questions: list[PhoneQuestion]


def phone_forms(language: str) -> list[PhoneForm]:
    """Return every form that patrols fill in, in a language (``vi`` or ``en``).

    Raises:
        RefusedInput: ``form_rule`` if a form says something that the phone does not understand.
    """
    return [_form(form, 0 if language == "vi" else 1) for form in FORMS.values()]


def _form(form: Form, at: int) -> PhoneForm:
    return PhoneForm(id=form.id, title=form.title[at], questions=[_question(one, at) for one in form.questions])


def _question(question: Question, at: int) -> PhoneQuestion:
    def said(words: Words) -> str:
        return words[at]

    return PhoneQuestion(
        name=question.name,
        kind=question.kind,
        label=said(question.label),
        hint=said(question.hint),
        required=required(question.required),
        relevant=terms(question.relevant),
        constraint=constraint(question.constraint),
        refusal=said(question.refusal),
        default=question.default,
        calculation=calculation(question.calculation),
        appearance=question.appearance,
        choices=[Choice(code=code.value, label=_label(code, at)) for code in question.choices],
    )


def _label(code: Code, at: int) -> str:
    word = code.value.replace("_", " ") if at else code.vietnamese[0]
    return word[:1].upper() + word[1:]
