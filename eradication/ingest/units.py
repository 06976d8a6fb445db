"""Tables of responsible units → dated units, row by row, with what contradicts the other rows refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from eradication.config import Settings
from eradication.domain import TIMEZONE, AdminUnit, ResponsibleUnit, UnitKind
from eradication.errors import N_, RefusedInput
from eradication.ingest import commune_names, office_table, table_cells, visit_row
from eradication.ingest.office_table import Answer, Line
from eradication.ingest.visit_row import Row

COLUMNS: office_table.Columns = {
    "code": ("code", "ma", "madonvi"),
    "name": ("name", "ten", "tendonvi"),
    "kind": ("kind", "loai", "loaidonvi"),
    "parent": ("parent", "captren", "donvicaptren", "macaptren"),
    "valid_from": ("validfrom", "tungay", "hieuluctu", "ngaythanhlap"),
    "valid_to": ("validto", "denngay", "hieulucden", "ngayketthuc"),
    "successor": ("successor", "kethua", "donvikethua", "makethua"),
    "letterhead_parent": ("letterheadparent", "coquanchuquan"),
    "letterhead": ("letterhead", "coquanbanhanh"),
    "symbol": ("symbol", "kyhieu", "viettat"),
    "place": ("place", "diadanh"),
    "reports": ("reports", "baocao", "phaibaocao"),
    "communes": ("communes", "xa", "cacxa", "maxa", "diaban"),
}
REQUIRED = ("code", "name", "kind", "valid_from")

type Key = tuple[str, date]
type Spans = dict[str, list[tuple[int, ResponsibleUnit]]]
type Answers = list[Answer[ResponsibleUnit]]


@dataclass(frozen=True, slots=True)
class Context:
    """What every row of a table is read with."""

    communes: Sequence[AdminUnit]
    """Of every vintage."""
    today: date
    """On which a commune's name is meant, where the unit still exists."""
    known: Sequence[ResponsibleUnit] = ()
    """Units recorded so far; a row with the code and first day of one of them stands in its place."""
    zone: ZoneInfo = TIMEZONE


def read(path: Path, settings: Settings, context: Context) -> Answers:
    """Read a table of units, one answer per row.

    Args:
        path: CSV or XLSX.
        settings: ``limits`` are used.
        context: communes, the day, what is on record.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox.
        RefusedInput: what :func:`eradication.ingest.office_table.read` raises, ``not_a_unit_table``.
    """
    return interpret(office_table.read(path, COLUMNS, settings), context, str(path))


def interpret(lines: Sequence[Line], context: Context, file: str = "") -> Answers:
    """Say of each row what unit it is, or why it is refused.

    Raises:
        RefusedInput: ``not_a_unit_table``.
    """
    if not {"code", "valid_from"} <= {name for line in lines for name in line.row.cells}:
        raise RefusedInput(
            "not_a_unit_table",
            N_("The columns code and valid_from are missing."),
            where=file,
            hint=N_("The first line names the columns: {columns}."),
            values={"columns": ", ".join(COLUMNS)},
        )
    answers = [office_table.answered(line, lambda row: _unit(row, context)) for line in lines]
    places = {line.number: line.where for line in lines}
    return _consistent(answers, {(u.code, u.valid_from): u for u in context.known}, places)


def _unit(row: Row, context: Context) -> tuple[ResponsibleUnit, tuple[str, ...]]:
    for name in REQUIRED:
        if not row.text(name):
            raise visit_row.missing(name)
    first = table_cells.day(row.cells["valid_from"], context.zone, "valid_from")
    last = table_cells.day(row.cells["valid_to"], context.zone, "valid_to") if row.text("valid_to") else None
    if last is not None and last < first:
        raise RefusedInput(
            "bad_dates",
            N_("The last day lies before the first."),
            hint=N_("Check valid_from and valid_to; leave valid_to empty while the unit exists."),
        )
    written = row.cells.get("communes")
    parts = written if isinstance(written, list) else re.split(r"[;|]", row.text("communes"))
    codes = [
        commune_names.find(_padded(text), context.communes, last or max(first, context.today))[0]
        for part in parts
        if (text := str(part).strip())
    ]
    reports = office_table.yes_no(row, "reports")
    texts = {name: row.text(name) for name in ("code", "name", "parent", "successor")}
    letters = {name: row.text(name) for name in ("letterhead_parent", "letterhead", "symbol", "place")}
    unit = ResponsibleUnit(
        **texts,
        **letters,
        kind=row.code("kind", UnitKind),
        valid_from=first,
        valid_to=last,
        reports=bool(reports),
        communes=tuple(dict.fromkeys(codes)),
    )
    return unit, () if unit.letterhead else ("letterhead_is_name",)


def _padded(code: str) -> str:
    return code.zfill(5) if code.isascii() and code.isdecimal() else code  # spreadsheets drop leading zeros


def _consistent(answers: Answers, known: Mapping[Key, ResponsibleUnit], places: Mapping[int, str]) -> Answers:
    """Refuse, one by one, rows that contradict what would stand with them; then say what is odd about the others."""
    told = list(answers)
    refused = True
    while refused:  # a refusal may leave another row without its successor
        refused = False
        standing = _standing(told, known)
        for index, answer in enumerate(told):
            fault = None if answer.value is None else _fault(index, answer.value, standing)
            if fault is not None:
                told[index] = replace(answer, value=None, error=office_table.at(places[answer.line], fault))
                standing, refused = _standing(told, known), True
    return [_warned(answer, standing) for answer in told]


def _standing(answers: Answers, known: Mapping[Key, ResponsibleUnit]) -> Spans:
    """Return code → its spans with the index of the row that tells of each, -1 for what is on record."""
    here = {(a.value.code, a.value.valid_from) for a in answers if a.value is not None}
    spans: Spans = {}
    for key, unit in known.items():
        if key not in here:
            spans.setdefault(unit.code, []).append((-1, unit))
    for index, answer in enumerate(answers):
        if answer.value is not None:
            spans.setdefault(answer.value.code, []).append((index, answer.value))
    return {code: sorted(found, key=lambda span: (span[1].valid_from, span[0])) for code, found in spans.items()}


def _fault(index: int, unit: ResponsibleUnit, standing: Spans) -> RefusedInput | None:
    if unit.successor and unit.successor not in standing:
        return RefusedInput(
            "unknown_successor",
            N_("The successor '{code}' is no unit, neither here nor on record."),
            hint=N_("Add a row for it, or leave successor empty."),
            values={"code": unit.successor},
        )
    if any(at < index and _overlap(unit, other) for at, other in standing[unit.code]):
        return RefusedInput(
            "unit_twice",
            N_("Two rows of unit {code} are in force on the same day."),
            hint=N_("End the earlier one with valid_to the day before the later one begins."),
            values={"code": unit.code},
        )
    if _succeeds_itself(unit, standing) or _above_itself(unit, standing):
        return RefusedInput(
            "unit_cycle",
            N_("Unit {code} would follow, or stand above, itself."),
            hint=N_("Check successor and parent of the units it names."),
            values={"code": unit.code},
        )
    return None


def _overlap(one: ResponsibleUnit, other: ResponsibleUnit) -> bool:
    ends = one.valid_to or date.max, other.valid_to or date.max
    return one.valid_from <= ends[1] and other.valid_from <= ends[0]


def _next(unit: ResponsibleUnit, standing: Spans) -> ResponsibleUnit | None:
    """Return the span of the successor that holds the day after the unit's last, else its latest span."""
    spans = [span for _, span in standing.get(unit.successor, ())] if unit.successor else []
    after = (unit.valid_to or date.max - timedelta(days=1)) + timedelta(days=1)
    return next((u for u in spans if u.valid_on(after)), spans[-1] if spans else None)


def _succeeds_itself(unit: ResponsibleUnit, standing: Spans) -> bool:
    seen: set[Key] = set()
    at: ResponsibleUnit | None = unit
    while at is not None and (at.code, at.valid_from) not in seen:
        seen.add((at.code, at.valid_from))
        at = _next(at, standing)
    return at is not None and (at.code, at.valid_from) == (unit.code, unit.valid_from)


def _above_itself(unit: ResponsibleUnit, standing: Spans) -> bool:
    """Tell whether the units above it, as they are when it begins or come to be, lead back to it."""
    seen: set[str] = set()
    at = unit.parent
    while at and at not in seen:
        if at == unit.code:
            return True
        seen.add(at)
        spans = [span for _, span in standing.get(at, ())]
        holding = next((u for u in spans if u.valid_on(unit.valid_from)), spans[-1] if spans else None)
        at = holding.parent if holding is not None else ""
    return False


def _warned(answer: Answer[ResponsibleUnit], standing: Spans) -> Answer[ResponsibleUnit]:
    unit = answer.value
    if unit is None:
        return answer
    follows = _next(unit, standing)
    after = unit.valid_to + timedelta(days=1) if unit.valid_to else None
    wanted = {
        "unknown_parent": bool(unit.parent) and unit.parent not in standing,
        "successor_without_end": bool(unit.successor) and unit.valid_to is None,
        "successor_begins_early": follows is not None and after is not None and follows.valid_from < after,
        "successor_not_there": follows is not None and after is not None and not follows.valid_on(after),
        "ends_without_successor": unit.valid_to is not None and not unit.successor,
    }
    return replace(answer, warnings=(*answer.warnings, *(code for code, is_so in wanted.items() if is_so)))
