"""Which unit followed which, and which names are one unit, as the tables of units on record tell."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from eradication.domain.codes import fold
from eradication.domain.event import Event, EventKind
from eradication.domain.season import TIMEZONE

_DAY = timedelta(days=1)
UNIT = "unit:"
"""Begins the name of a unit among the parties of a visit."""
_LIKE_LATIN = str.maketrans("авекмнорстхαβεηικμνορτχ", "abekmhopctxabehikmnoptx")
"""Cyrillic and Greek letters whose capitals look like Latin ones → these. Unit codes are Latin: a letter that only
looks like the one in the code must not make another unit of it."""


@dataclass(frozen=True, slots=True)
class Successions:
    """Which unit followed which, as the tables of units on record tell."""

    followed: Mapping[str, tuple[tuple[date, str], ...]]
    """Unit → last day of a span of its life and the unit that followed; codes in one comparable form."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Code or name of every unit on record, or both together → its code, all in one comparable form; what two bear is
    absent."""
    written: Mapping[str, str] = field(default_factory=dict)
    """Code in the comparable form → as it stands in the tables."""

    def code(self, unit: str) -> str:
        """Return the code on record of a unit that is named by code, by name or by both, empty if it is not on record.

        ``BP01``, ``bp-01``, ``Đồn A``, ``Đồn A (BP01)``, ``BP01 - Đồn A`` and ``BP01/đội 1`` are one unit.
        """
        return self.written.get(self._read(unit), "")

    def knows(self, unit: str) -> bool:
        """Tell whether a unit is on record, by code or name; where no table of units is, nobody can tell."""
        return not self.codes or bool(self._read(unit))

    def _read(self, unit: str) -> str:
        """Return the code, in the comparable form, of what names a unit; empty if none is named, or two are."""
        exact = self.codes.get(alike(unit), "")
        if exact or not self.codes:
            return exact
        text = fold(unit)
        ends = [at for at, letter in enumerate(text) if not letter.isalnum() and self._is_code(text[:at])]
        before, _, last = text.removesuffix(")").rpartition("(") if text.endswith(")") else (text, "", "")
        said = [(text[: ends[-1]], text[ends[-1] :])] if ends else []
        said += [(last, before)] if self._is_code(last) else []
        # Words beside the code that are a unit of their own name another one: then nobody can say which is meant.
        found = {self.codes[alike(word)] for word, _ in said}
        found |= {self.codes[alike(rest)] for _, rest in said if _is_telling(rest) and alike(rest) in self.codes}
        return found.pop() if len(found) == 1 else ""

    def _is_code(self, text: str) -> bool:
        return alike(text) in self.written and _is_telling(text)

    def line(self, unit: str, day: date) -> frozenset[str]:
        """Return a unit and every unit that had followed it by ``day``."""
        found: set[str] = set()
        edge = {self._read(unit) or alike(unit)}
        while edge:
            found |= edge
            edge = {after for code in edge for last, after in self.followed.get(code, ()) if last < day} - found
        return frozenset(found)

    def comparable(self, unit: str) -> str:
        """Return the code, in the comparable form, of what names a unit, or the name itself in that form."""
        return self._read(unit) or alike(unit)

    def heirs(self, unit: str) -> dict[str, date]:
        """Return who answers for what ``unit`` did, in the comparable form, and from which day on: itself always."""
        found: dict[str, date] = {}
        edge = {self.comparable(unit): date.min} if self.comparable(unit) else {}
        while edge:
            found |= edge
            later: dict[str, date] = {}
            for code, since in edge.items():
                for last, after in self.followed.get(code, ()):
                    begins = max(since, min(last, date.max - _DAY) + _DAY)
                    if begins < min(found.get(after, date.max), later.get(after, date.max)):
                        later[after] = begins
            edge = later
        return found

    def shared(self, one: Collection[str], other: Collection[str], moment: datetime) -> bool:
        """Tell whether two groups of parties have an officer in common, or a unit and its like at a moment."""
        if set(one) & set(other):
            return True
        day = moment.astimezone(TIMEZONE).date()
        return bool(self._lines(one, day) & self._lines(other, day))

    def _lines(self, group: Iterable[str], day: date) -> set[str]:
        units = [party.removeprefix(UNIT) for party in group if party.startswith(UNIT)]
        return {code for unit in units for code in self.line(unit, day)}


NO_SUCCESSIONS = Successions({})


def successions(events: Iterable[Event]) -> Successions:
    """Return what the tables of units among ``events`` tell; of one span of a unit the row recorded last counts.

    A row that cannot be read tells nothing; whoever takes tables in has refused it before.
    """
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    known = {event.key: event for event in events if event.kind is EventKind.UNITS_RECORDED}
    for event in sorted(known.values(), key=lambda e: (e.recorded_at, *e.key)):
        for row in _rows(event):
            rows[alike(str(row.get("code", ""))), str(row.get("valid_from", ""))] = row
    followed: dict[str, list[tuple[date, str]]] = {}
    for (code, _), row in sorted(rows.items()):
        after, last = alike(_text(row, "successor")), _day(row.get("valid_to"))
        if after and last is not None:
            followed.setdefault(code, []).append((last, after))
    # A successor may stand in no row of its own; else its own row spells it.
    spelt = [_text(row, name) for name in ("successor", "code") for row in rows.values()]
    written = {alike(code): code for code in spelt}
    return Successions({code: tuple(sorted(spans)) for code, spans in followed.items()}, _codes(rows), written)


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def _codes(rows: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, str]:
    bearers: dict[str, set[str]] = {}
    for (code, _), row in rows.items():
        if name := alike(_text(row, "name")):
            for said in (name, name + code, code + name):
                bearers.setdefault(said, set()).add(code)
    names = {said: next(iter(codes)) for said, codes in bearers.items() if len(codes) == 1}
    successors = {alike(_text(row, "successor")) for row in rows.values()} - {""}
    return names | {code: code for code in (*successors, *(code for code, _ in rows))}


def _rows(event: Event) -> list[Mapping[str, Any]]:
    rows = event.payload.get("rows")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


@lru_cache(maxsize=10_000)  # a province has dozens of units, and a replay asks for millions
def alike(unit: str) -> str:
    """Return what is left of a code or name however it is typed: letters without marks and digits, ``bp01``."""
    return "".join(letter for letter in fold(unit).translate(_LIKE_LATIN) if letter.isalnum())


def _is_telling(text: str) -> bool:
    """Tell whether a code can be told among other words: a number or a single letter stands in many of them."""
    code = alike(text)
    return len(code) > 1 and any(letter.isalpha() for letter in code)
