"""Rules of forms as data: when a question is asked or needed, what an answer must hold, what is computed.

Forms are written for ODK with expressions. A page that evaluated them would need a language of its own, and one that
ran them would run code from a table. What forms really say is little: comparisons with a word, joined by *and*; bounds,
a pattern, a time not yet come; and four ways to make a value. Anything else is refused when forms are made.
"""

import re
from typing import NotRequired, TypedDict

from eradication.errors import N_, RefusedInput

_TERM = re.compile(r"\$\{(?P<name>\w+)\} (?P<sign>!?=) '(?P<word>\w*)'")
_BOUND = re.compile(r"\. (?P<sign>>=|>|<=) (?P<number>\d+(?:\.\d+)?)")
_PATTERN = re.compile(r"regex\(\., '(?P<pattern>[^']*)'\)")
_TEXT = re.compile(r"'(?P<text>[^']*)'")
_VALUE = re.compile(r"\$\{(?P<name>\w+)\}")
_STAMP = re.compile(r"format-date-time\(\$\{(?P<name>\w+)\}, '%Y%m%d-%H%M%S'\)")
_RANDOM = re.compile(r"once\(substr\(uuid\(\), 0, (?P<length>\d+)\)\)")
_FIRST = re.compile(r"coalesce\(\$\{(\w+)\}, \$\{(\w+)\}\)")
_CONCAT = re.compile(r"concat\((?P<parts>.*)\)")


class Term(TypedDict):
    """One comparison; a list of them holds if each does."""

    name: str
    """Question whose answer is compared; of a question that is not asked, the answer is empty."""
    word: str
    equal: bool
    """True: the answer is the word; False: it is another."""


class Constraint(TypedDict, total=False):
    """What an answer must hold, all of it; an empty answer is not judged."""

    least: float
    above: float
    most: float
    pattern: str
    past: bool


class Part(TypedDict):
    """A way to make a value; one of these is set."""

    text: NotRequired[str]
    value: NotRequired[str]
    """Answer to this question."""
    stamp: NotRequired[str]
    """Time of this question as ``YYYYmmdd-HHMMSS`` on the phone's clock."""
    random: NotRequired[int]
    """So many random hexadecimal digits, drawn once."""
    first: NotRequired[list[str]]
    """The first answer of these that is not empty."""
    concat: NotRequired[list["Part"]]


def terms(expression: str) -> list[Term]:
    """Return a condition as data; an empty one always holds.

    Raises:
        RefusedInput: ``form_rule`` if it says something that the phone does not understand.
    """
    found = []
    for part in expression.split(" and ") if expression else []:
        term = _TERM.fullmatch(part) or _refuse(expression)
        found.append(Term(name=term["name"], word=term["word"], equal=term["sign"] == "="))
    return found


def required(expression: str) -> list[Term] | None:
    """Return when an answer is needed; ``None``: never.

    Raises:
        RefusedInput: ``form_rule``.
    """
    return None if not expression else [] if expression == "yes" else terms(expression)


def constraint(expression: str) -> Constraint:
    """Return what an answer must hold, as data.

    Raises:
        RefusedInput: ``form_rule``.
    """
    rules = Constraint()
    if pattern := _PATTERN.fullmatch(expression):
        return Constraint(pattern=pattern["pattern"])
    for part in expression.split(" and ") if expression else []:
        if part == ". <= now()":
            rules["past"] = True
            continue
        bound = _BOUND.fullmatch(part) or _refuse(expression)
        number = float(bound["number"])
        match bound["sign"]:
            case ">=":
                rules["least"] = number
            case ">":
                rules["above"] = number
            case _:
                rules["most"] = number
    return rules


def calculation(expression: str) -> Part | None:
    """Return how a value is made, as data; ``None``: by nobody.

    Raises:
        RefusedInput: ``form_rule``.
    """
    if not expression:
        return None
    if joined := _CONCAT.fullmatch(expression):
        return Part(concat=[_part(part, expression) for part in re.split(r", (?=[$'f])(?!'%)", joined["parts"])])
    return _part(expression, expression)


def _part(text: str, whole: str) -> Part:
    if found := _TEXT.fullmatch(text):
        return Part(text=found["text"])
    if found := _VALUE.fullmatch(text):
        return Part(value=found["name"])
    if found := _STAMP.fullmatch(text):
        return Part(stamp=found["name"])
    if found := _RANDOM.fullmatch(text):
        return Part(random=int(found["length"]))
    found = _FIRST.fullmatch(text) or _refuse(whole)
    return Part(first=[found[1], found[2]])


def _refuse(expression: str) -> re.Match[str]:
    raise RefusedInput(
        "form_rule",
        N_("The phone does not understand a rule of a form: {rule}"),
        hint=N_(
            "Write it as comparisons with a word joined by `and`, or teach it to eradication/report/form_rules.py."
        ),
        values={"rule": expression},
    )
