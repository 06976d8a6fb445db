"""Conditions on rows of a layer, as plain values: told to a database with every value bound, or held against a row.

Whoever builds one names columns of the layer and nothing else; what is not one of them is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

from eradication.errors import N_, UnusableInput

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
)

type Value = str | float | int
type Where = Compare | Among | Like | Missing | Every | Either | Not


@dataclass(frozen=True, slots=True)
class Compare:
    """A column beside a value; nothing that is not known compares."""

    column: str
    operator: str
    """Key of :data:`OPERATORS`."""
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """A column has one of some values."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """A text fits a pattern of ``%`` (anything) and ``_`` (one letter)."""

    column: str
    pattern: str
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A column holds nothing."""

    column: str


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold; of none that is so."""

    parts: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """One of these holds; of none it is not so."""

    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    part: Where


def clause(where: Where, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    """Return the condition for a database; ``columns`` are those that may be asked by.

    What compares with nothing is neither so nor not so to a database: such rows are not returned, like those of which
    it is not so. Only what is turned round has to be settled first; all else stays as an index has it.

    Raises:
        UnusableInput: ``unknown_column``.
    """
    match where:
        case Every(parts):
            return and_(true(), *(clause(part, columns) for part in parts))
        case Either(parts):
            return or_(false(), *(clause(part, columns) for part in parts))
        case Not(part):
            return not_(func.coalesce(clause(part, columns), false()))
    if where.column not in columns:
        raise unknown(where.column)
    column = columns[where.column]
    match where:
        case Compare(_, operator, value):
            return cast(ColumnElement[bool], OPERATORS[operator](column, value))
        case Among(_, values):
            return column.in_(values)
        case Like(_, pattern, True):
            return func.lower(column).like(pattern.lower(), escape="\\")
        case Like(_, pattern, _):
            return column.like(pattern, escape="\\")
        case Missing():
            return column.is_(None)


def holds(where: Where, row: Mapping[str, Any]) -> bool:
    """Tell whether a row fulfils a condition.

    Raises:
        UnusableInput: ``unknown_column``.
    """
    match where:
        case Every(parts):
            return all(holds(part, row) for part in parts)
        case Either(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
    if where.column not in row:
        raise unknown(where.column)
    value = row[where.column]
    match where:
        case Missing():
            return value is None
        case Compare(_, operator, wanted):
            return value is not None and bool(OPERATORS[operator](value, wanted))
        case Among(_, values):
            return value is not None and value in values
        case Like(_, pattern, ignore_case):
            flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
            return value is not None and re.fullmatch(_regex(pattern), str(value), flags) is not None


def _regex(pattern: str) -> str:
    out = []
    letters = iter(pattern)
    for letter in letters:
        if letter == "\\":
            out.append(re.escape(next(letters, "")))
        else:
            out.append({"%": ".*", "_": "."}.get(letter) or re.escape(letter))
    return "".join(out)


def unknown(column: str) -> UnusableInput:
    """Return the refusal of a name that is no column."""
    return UnusableInput(
        "unknown_column",
        N_("There is no property '{name}'."),
        hint=N_("The description of the collection lists its properties."),
        values={"name": column[:60]},
    )


__all__ = ["Among", "Compare", "Either", "Every", "Like", "Missing", "Not", "Value", "Where", "clause", "holds"]
