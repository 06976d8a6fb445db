"""Entries as plain JSON and back, so that a store can keep what a replay told.

Fields are written in their order and read by their types: a field added to an entry is kept without a word here.
Whoever keeps them also keeps by which program they were written, for another one may have other fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from eradication.domain import Season
from eradication.domain.event import iso, parse_iso
from eradication.ledger.entries import Entry

type Convert = Callable[[Any], Any]

_PLAIN = (str, int, float, bool)


def to_json(entry: Entry) -> list[Any]:
    """Return an entry as plain JSON."""
    told: list[Any] = _WRITE(entry)
    return told


def from_json(values: list[Any]) -> Entry:
    """Return the entry that :func:`to_json` wrote; every value equals the one written."""
    entry: Entry = _READ(values)
    return entry


def _either(hint: Any) -> tuple[Convert | None, Convert | None]:
    """Return how a value of a type is written and read; ``None`` = as it is.

    Raises:
        TypeError: a type that nobody has said how to keep.
    """
    origin, inner = get_origin(hint), [part for part in get_args(hint) if part not in (NoneType, Ellipsis)]
    if origin is UnionType:
        write, read = _either(inner[0]) if len(inner) == 1 else (None, None)
        if len(inner) > 1 and not set(inner) <= set(_PLAIN):
            raise TypeError(f"one of {inner} cannot be kept")
        return write and _unless_none(write), read and _unless_none(read)
    if hint in _PLAIN:
        return None, None
    if origin is tuple:
        write, read = _either(inner[0])
        return _each(write, list), _each(read, tuple)
    if origin is Mapping and inner[0] is str and inner[1] in _PLAIN:
        return dict, None
    if isinstance(hint, type):
        return _of_class(hint)
    raise TypeError(f"{hint} cannot be kept")


def _of_class(hint: type) -> tuple[Convert, Convert]:
    if issubclass(hint, StrEnum):
        known = {member.value: member for member in hint}
        return str, known.__getitem__
    if issubclass(hint, datetime):
        return iso, parse_iso
    if issubclass(hint, Season):
        return _label, _Seasons().__getitem__
    if is_dataclass(hint):
        return _of_fields(hint)
    raise TypeError(f"{hint} cannot be kept")


def _of_fields(hint: type) -> tuple[Convert, Convert]:
    hints = get_type_hints(hint)
    ways = [(item.name, *_either(hints[item.name])) for item in fields(hint)]
    readers = [read for _, _, read in ways]

    def write(value: Any) -> list[Any]:
        return [way(getattr(value, name)) if way else getattr(value, name) for name, way, _ in ways]

    def read(values: list[Any]) -> Any:
        return hint(*[way(value) if way else value for way, value in zip(readers, values, strict=True)])

    return write, read


def _unless_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _each(convert: Convert | None, many: type) -> Convert:
    return many if convert is None else lambda values: many([convert(value) for value in values])


def _label(season: Season) -> str:
    return season.label


class _Seasons(dict[str, Season]):
    """Seasons by label; each is read once."""

    def __missing__(self, label: str) -> Season:
        self[label] = Season.parse(label)
        return self[label]


_WRITE, _READ = _of_fields(Entry)
