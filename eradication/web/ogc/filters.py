"""CQL2, as a library has parsed it, becomes a condition on rows: properties that are told and plain values, no more.

Functions, sums, and what compares two properties are refused, and so is what is deeper or wider than anybody writes by
hand. Places are asked for by ``bbox``.
"""

from typing import Any

from pygeofilter import ast

from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception.features import (
    Among,
    Compare,
    Either,
    Every,
    Like,
    Missing,
    Not,
    Value,
    Where,
)

DEEPEST, MOST_PARTS, MOST_VALUES = 12, 100, 500
_OPERATORS = {
    ast.Equal: "=",
    ast.NotEqual: "<>",
    ast.LessThan: "<",
    ast.LessEqual: "<=",
    ast.GreaterThan: ">",
    ast.GreaterEqual: ">=",
}


def condition(tree: Any, known: dict[str, str]) -> Where:
    """Return the condition that a parsed filter tells.

    Args:
        tree: as pygeofilter parsed it.
        known: property → its type.

    Raises:
        UnusableInput: ``bad_filter``, ``unknown_column``.
    """
    return _Reader(known).read(tree, 0)


class _Reader:
    def __init__(self, known: dict[str, str]) -> None:
        self._known, self._parts = known, 0

    def read(self, node: Any, depth: int) -> Where:
        self._parts += 1
        if depth > DEEPEST or self._parts > MOST_PARTS:
            raise bad_filter()
        match node:
            case ast.And():
                return Every((self.read(node.lhs, depth + 1), self.read(node.rhs, depth + 1)))
            case ast.Or():
                return Either((self.read(node.lhs, depth + 1), self.read(node.rhs, depth + 1)))
            case ast.Not():
                return Not(self.read(node.sub_node, depth + 1))
            case ast.Comparison() if type(node) in _OPERATORS:
                name = self._name(node.lhs)
                return Compare(name, _OPERATORS[type(node)], self._value(name, node.rhs))
        return self._predicate(node)

    def _predicate(self, node: Any) -> Where:
        match node:
            case ast.Between():
                name = self._name(node.lhs)
                low, high = (self._value(name, value) for value in (node.low, node.high))
                return self._turned(Every((Compare(name, ">=", low), Compare(name, "<=", high))), node.not_)
            case ast.In():
                name = self._name(node.lhs)
                if len(node.sub_nodes) > MOST_VALUES:
                    raise bad_filter()
                return self._turned(Among(name, tuple(self._value(name, one) for one in node.sub_nodes)), node.not_)
            case ast.Like():
                return self._turned(self._like(node), node.not_)
            case ast.IsNull():
                return self._turned(Missing(self._name(node.lhs)), node.not_)
        raise bad_filter()

    def _like(self, node: Any) -> Where:
        name, pattern = self._name(node.lhs), node.pattern
        if self._known[name] not in ("string", "date-time") or not isinstance(pattern, str) or len(pattern) > 200:
            raise bad_filter()
        return Like(name, pattern, bool(node.nocase))

    @staticmethod
    def _turned(where: Where, is_not: bool) -> Where:
        return Not(where) if is_not else where

    def _name(self, node: Any) -> str:
        name = node.name if isinstance(node, ast.Attribute) else None
        if not isinstance(name, str) or name not in self._known:
            raise unknown(str(name))
        return name

    def _value(self, name: str, value: Any) -> Value:
        is_text = self._known[name] in ("string", "date-time")
        if is_text and isinstance(value, str) and len(value) <= 200:
            return value
        if not is_text and isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53:
            return value
        raise bad_filter()


def unknown(name: str) -> UnusableInput:
    """Return the refusal of a name that is no property."""
    return UnusableInput(
        "unknown_column",
        N_("There is no property '{name}'."),
        hint=N_("The description of the collection lists its properties."),
        values={"name": name[:60]},
    )


def bad_filter() -> UnusableInput:
    """Return the refusal of a filter that is not understood here."""
    return UnusableInput(
        "bad_filter",
        N_("This filter is not understood."),
        where="filter",
        hint=N_("Compare properties with plain values, e.g. state = 'detected' AND area_m2 > 500; places by bbox."),
    )
