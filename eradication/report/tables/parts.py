"""What a group of tables is made of, and how its cells are written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from eradication.domain import TIMEZONE
from eradication.domain.event import parse_iso
from eradication.errors import N_
from eradication.i18n import number
from eradication.report import words
from eradication.report.beside_words import season_beside
from eradication.report.reasons import sentence
from eradication.report.view import ReportView

SHORT = 12
"""Tables of so many rows stay on one sheet of paper."""

type Values = Mapping[str, Any]


class Cell(str):
    """Text of a cell in the user's language that still knows the number or day it was written from.

    A page and a document print the text; a workbook writes the value, with a format.
    """

    __slots__ = ("decimals", "unit", "value")

    value: int | float | date
    decimals: int
    """With which a number is shown."""
    unit: str
    """Printed behind a number; where it begins with ``%`` the value is a percentage."""

    @classmethod
    def of(cls, text: str, value: float | date, decimals: int = 0, unit: str = "") -> Self:
        """Return the cell of a value as it was written."""
        cell = cls(text)
        cell.value, cell.decimals, cell.unit = value, decimals, unit
        return cell


@dataclass(frozen=True, slots=True)
class Table:
    """One table, every cell already in the user's language."""

    title: str
    """Empty = the group's own heading says it."""
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    """A line break in a cell divides what stands below one another."""
    empty: str
    """The one line that stands instead of a table without rows."""
    left: frozenset[int] = frozenset({0})
    """Columns of text; the others are figures."""
    note: str = ""
    has_total: bool = False
    """True if the last row is the sum of the others."""
    key: str = ""
    """Name that never changes, whatever the language: by it one table is chosen of all."""
    kind: str = "listing"
    """How it is laid out: ``listing``, ``figures`` (of the ledger), ``pairs`` (name, value and why), ``cards``,
    ``signs``, or a wide list that has a layout of its own (``plots``, ``checks``, ``findings``, ``runs``, ``patrols``).
    """
    codes: frozenset[int] = frozenset()
    """Columns of codes and days, which are never broken over two lines."""
    names: frozenset[int] = frozenset()
    """Columns of names, which have room for two words."""
    row_keys: Sequence[str] = ()
    """Stable name of each row, where rows have one."""
    marked: frozenset[int] = frozenset()
    """Rows that ask for a second look."""

    @property
    def hint(self) -> str:
        """Up to which width of a screen the page says that the table is wider; empty = it is narrow."""
        return {"plots": "desk", "findings": "", "listing": "narrow"}.get(self.kind, "tablet")

    @property
    def keyed(self) -> list[tuple[str, Sequence[str]]]:
        """Each row with its key."""
        return list(zip(self.row_keys, self.rows, strict=True))

    @property
    def is_short(self) -> bool:
        """Tell whether it is kept on one sheet."""
        return len(self.rows) <= SHORT


@dataclass(frozen=True, slots=True)
class Group:
    """A heading with sentences and tables."""

    title: str
    lines: Sequence[str] = ()
    tables: Sequence[Table] = ()
    key: str = ""
    """Name that never changes, whatever the language."""
    notes: Sequence[str] = ()
    """Sentences below the tables."""


class Writer:
    """Writes cells in the language of one view."""

    def __init__(self, view: ReportView) -> None:
        self.view = view
        self.language = view.language
        self.season = season_beside(view.ledger)
        """Season that coverage, bounds and precision of a period speak of; empty where the title names the season."""
        self._communes = {str(r.get("key")): str(r.get("name") or "") for r in rows(view.ledger.get("rows"))}
        self._codes = {row.episode.plot.id: row.episode.plot.code for row in view.plots} | dict(view.codes)

    def __call__(self, message: str, **values: float | str) -> str:
        """Return a message in the user's language with its values."""
        said = self.view.translate(message)
        return said.format(**values) if values else said

    def part(self, name: str) -> Values:
        """Return a part of the ledger, empty if it tells none."""
        return values(self.view.ledger.get(name))

    def of_season(self, said: str) -> str:
        """Return a name with the season it speaks of, where the report is of a period."""
        return self(N_("{said} (season {season})"), said=said, season=self.season) if self.season else said

    def headings(self, messages: Iterable[str]) -> tuple[str, ...]:
        """Return headings in the user's language."""
        return tuple(self.view.translate(message) for message in messages)

    def number(self, value: Any, decimals: int = 0, unit: str = "") -> str:
        """Write a number with its unit, a dash for none."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            return "–"
        text = number(value, self.language, decimals)
        return Cell.of(f"{text} {unit}" if unit else text, value, decimals, unit)

    def percent(self, value: Any, mark: str = "") -> str:
        """Write a percentage that is already floored."""
        return self.number(value, 1, f"% {mark}".rstrip())

    def share(self, value: Any) -> str:
        """Write a fraction of one as a percentage, floored to one decimal."""
        return self.percent(int(value * 1000 + 1e-9) / 10) if isinstance(value, int | float) else "–"

    def hectares(self, m2: Any) -> str:
        """Write m² as hectares with 4 decimals."""
        return self.number(m2 / 10_000, 4, "ha") if isinstance(m2, int | float) else "–"

    def text(self, value: Any) -> str:
        """Write text without hidden characters, a dash for none."""
        return words.clean(str(value)) or "–" if value not in (None, "") else "–"

    def day(self, when: Any) -> str:
        """Write a day, or the local day of a time, of an answer (UTC, ISO) or as it is."""
        if not when:
            return "–"
        if isinstance(when, str):
            when = date.fromisoformat(when) if len(when) == len("2026-03-14") else parse_iso(when)
        day = when.astimezone(TIMEZONE).date() if isinstance(when, datetime) else when
        return Cell.of(words.date_of(day, self.language), day)

    def reason(self, code: Any) -> str:
        """Write a reason code in words."""
        return sentence(str(code), self.language, self.view.translate) if code else ""

    def commune(self, code: Any) -> str:
        """Write the name of a commune."""
        return self.text(self._communes.get(str(code)) or code)

    def code(self, plot_id: Any) -> str:
        """Return a plot's code, empty if it has none."""
        return self._codes.get(str(plot_id or "")) or ""

    def plot(self, plot_id: Any, code: Any = "") -> str:
        """Write a plot's code, its id where it has none."""
        return self.text(code or self._codes.get(str(plot_id)) or plot_id)


def values(part: Any) -> Values:
    """Return a map as it is, anything else as an empty one."""
    return part if isinstance(part, Mapping) else {}


def rows(part: Any) -> list[Values]:
    """Return the maps of a list, nothing if it is none."""
    return [row for row in part if isinstance(row, Mapping)] if isinstance(part, list | tuple) else []
