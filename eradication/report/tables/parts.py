"""What a group of tables is made of, and how its cells are written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eradication.domain.event import parse_iso
from eradication.i18n import number
from eradication.report import words
from eradication.report.reasons import sentence
from eradication.report.view import ReportView

SHORT = 12
"""Tables of so many rows stay on one sheet of paper."""

type Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One table, every cell already in the user's language."""

    title: str
    """Empty = the group's own heading says it."""
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str
    """The one line that stands instead of a table without rows."""
    left: frozenset[int] = frozenset({0})
    """Columns of text; the others are figures."""
    note: str = ""
    has_total: bool = False
    """True if the last row is the sum of the others."""

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


class Writer:
    """Writes cells in the language of one view."""

    def __init__(self, view: ReportView) -> None:
        self.view = view
        self.language = view.language
        self._communes = {str(r.get("key")): str(r.get("name") or "") for r in rows(view.ledger.get("rows"))}
        self._codes = {row.episode.plot.id: row.episode.plot.code for row in view.plots} | dict(view.codes)

    def __call__(self, message: str, **values: float | str) -> str:
        """Return a message in the user's language with its values."""
        said = self.view.translate(message)
        return said.format(**values) if values else said

    def part(self, name: str) -> Values:
        """Return a part of the ledger, empty if it tells none."""
        return values(self.view.ledger.get(name))

    def headings(self, messages: Iterable[str]) -> tuple[str, ...]:
        """Return headings in the user's language."""
        return tuple(self.view.translate(message) for message in messages)

    def number(self, value: Any, decimals: int = 0) -> str:
        """Write a number, a dash for none."""
        known = isinstance(value, int | float) and not isinstance(value, bool)
        return number(value, self.language, decimals) if known else "–"

    def percent(self, value: Any) -> str:
        """Write a percentage that is already floored."""
        return f"{self.number(value, 1)} %" if isinstance(value, int | float) else "–"

    def share(self, value: Any) -> str:
        """Write a fraction of one as a percentage, floored to one decimal."""
        return self.percent(int(value * 1000 + 1e-9) / 10) if isinstance(value, int | float) else "–"

    def text(self, value: Any) -> str:
        """Write text without hidden characters, a dash for none."""
        return words.clean(str(value)) or "–" if value not in (None, "") else "–"

    def day(self, text: Any) -> str:
        """Write the local day of a UTC time, or a day, of an answer."""
        if not text:
            return "–"
        if len(str(text)) == len("2026-03-14"):
            return "/".join(reversed(str(text).split("-"))) if self.language == "vi" else str(text)
        return words.day(parse_iso(str(text)), self.language)

    def reason(self, code: Any) -> str:
        """Write a reason code in words."""
        return sentence(str(code), self.language, self.view.translate) if code else ""

    def commune(self, code: Any) -> str:
        """Write the name of a commune."""
        return self.text(self._communes.get(str(code)) or code)

    def plot(self, plot_id: Any, code: Any = "") -> str:
        """Write a plot's code, its id where it has none."""
        return self.text(code or self._codes.get(str(plot_id)) or plot_id)


def values(part: Any) -> Values:
    """Return a map as it is, anything else as an empty one."""
    return part if isinstance(part, Mapping) else {}


def rows(part: Any) -> list[Values]:
    """Return the maps of a list, nothing if it is none."""
    return [row for row in part if isinstance(row, Mapping)] if isinstance(part, list | tuple) else []
