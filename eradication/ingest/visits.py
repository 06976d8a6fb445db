"""Visit tables → visits, row by row: a bad row is refused with its line and reason, the others go on.

The columns are those of the visit form. ``visit_id``, a place (``plot_id``, or ``lon, lat``, or ``x, y, crs``),
``visited_at, unit, officers, outcome`` and, for a detection, ``area_m2, area_method`` are required; whatever else is
missing is a failed form check. Codes are taken in English or Vietnamese. Nothing is guessed silently: what was assumed
stands in the row's ``checks``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shapely.geometry.base import BaseGeometry

from eradication.config import Settings
from eradication.domain import (
    AreaMethod,
    CountMethod,
    Crop,
    DestroyedBy,
    DestructionMethod,
    LookAlike,
    MinutesType,
    NotReachedReason,
    Outcome,
    SelectionMode,
    Stage,
    Visit,
    parse_code,
)
from eradication.domain.codes import Code, fold
from eradication.errors import N_, EradicationError, RefusedInput, UnusableInput
from eradication.ingest import sandbox, table_cells, visit_place
from eradication.ingest.visit_checks import checks

__all__ = ["COLUMNS", "REQUIRED", "VisitRow", "checks", "interpret", "read"]

TEXTS = ("minutes_no", "photo_before", "photo_after", "note")
CODES: Mapping[str, type[Code]] = {
    "selection_mode": SelectionMode,
    "crop": Crop,
    "look_alike": LookAlike,
    "stage": Stage,
    "area_method": AreaMethod,
    "count_method": CountMethod,
    "destroyed_by": DestroyedBy,
    "method": DestructionMethod,
    "minutes_type": MinutesType,
    "not_reached_reason": NotReachedReason,
}
REQUIRED = ("visit_id", "visited_at", "unit", "officers", "outcome")
COLUMNS = frozenset(
    {*REQUIRED, *CODES, *TEXTS, *visit_place.COLUMNS}
    | {"plot_id", "inclusion_prob", "area_m2", "plant_count", "destroyed_fraction"}
)

MOST_AREA_M2 = 1e7


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One row of a table: a visit, or why it was refused."""

    line: int
    """Line of the file, the header counted; in GeoJSON the number of the feature."""
    visit: Visit | None
    visit_id: str = ""
    """As written, for refused rows too."""
    outcome: str = ""
    """As written, or the code if it could be read."""
    error: RefusedInput | None = None
    """Why it was refused: template and values, for translation."""
    checks: tuple[str, ...] = ()
    """Failed form checks and what was assumed; none of them refuses the row."""
    outline: BaseGeometry | None = None
    """Measured outline in WGS 84, if the row brought a polygon."""

    @property
    def reason(self) -> str:
        """Reason code of the refusal, or empty."""
        return self.error.kind if self.error else ""

    @property
    def message(self) -> str:
        """The refusal in plain English, or empty."""
        return str(self.error) if self.error else ""


@dataclass(frozen=True, slots=True)
class _Row:
    """Cells of one row by column, and how the file writes numbers."""

    cells: Mapping[str, Any]
    grouped: bool

    def text(self, field: str) -> str:
        return table_cells.text(self.cells.get(field))

    def number(self, field: str) -> float | None:
        return table_cells.number(self.cells.get(field), field, grouped=self.grouped)

    def code(self, field: str, kind: type[Code]) -> Any:
        written = self.text(field)
        return parse_code(kind, written) if written else None


def read(path: Path, *, settings: Settings, now: datetime, timezone: str) -> list[VisitRow]:
    """Read a table of visits (CSV, XLSX, GeoJSON), one answer per row.

    Args:
        path: the file; it is parsed in the sandbox.
        settings: limits, and how far ahead of the clock a visit may lie.
        now: the clock, aware.
        timezone: IANA name of the zone assumed for times that state none.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox, ``unknown_timezone``.
        RefusedInput: ``empty_file``, ``unknown_format``, ``unreadable_table``, ``no_content``, ``not_a_visit_table``,
            ``column_twice`` …
    """
    zone = _zone(timezone)
    table = sandbox.read(path, "visit_table", settings.limits)
    return interpret(table, settings=settings, now=now, zone=zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnusableInput(
            "unknown_timezone",
            N_("'{name}' is not a time zone."),
            hint=N_("Write for example Asia/Ho_Chi_Minh."),
            values={"name": name},
        ) from None


def interpret(table: Mapping[str, Any], *, settings: Settings, now: datetime, zone: ZoneInfo) -> list[VisitRow]:
    """Say of each row of a table what visit it is or why it is none.

    Args:
        table: plain data of the reader ``visit_table``.
        settings: how far ahead of the clock a visit may lie.
        now: the clock, aware.
        zone: assumed for times that state none.

    Raises:
        RefusedInput: ``not_a_visit_table``, ``column_twice``.
    """
    names = _columns(table["columns"])
    latest = now + timedelta(hours=settings.cleaning.future_h)
    rows = [_answer(raw, names, table["delimiter"] == ";", zone, latest) for raw in table["rows"]]
    return _with_file_checks(rows, table, names)


def _columns(written: Sequence[str]) -> dict[str, str]:
    """Return column as written → its name."""
    names = {name: re.sub(r"[\s-]+", "_", fold(name)) for name in written}
    if not {"visit_id", "outcome"} <= set(names.values()):
        raise RefusedInput(
            "not_a_visit_table",
            N_("The columns visit_id and outcome are missing."),
            hint=N_("The first line names the columns: {columns}."),
            values={"columns": ", ".join(REQUIRED)},
        )
    known = [names[name] for name in written if names[name] in COLUMNS]
    for name in known:
        if known.count(name) > 1:
            values = {"name": name}
            raise RefusedInput("column_twice", N_("The column {name} stands there twice."), values=values)
    return names


def _with_file_checks(rows: list[VisitRow], table: Mapping[str, Any], names: Mapping[str, str]) -> list[VisitRow]:
    """Put what concerns the whole file into the checks of its first row, where it is seen."""
    unknown = [
        f"unknown_column:{table_cells.text(name)[:40]}" for name, column in names.items() if column not in COLUMNS
    ]
    old = ["encoding_assumed:windows-1258"] if table["encoding"] == "cp1258" else []
    if not rows or not (unknown or old):
        return rows
    return [replace(rows[0], checks=(*rows[0].checks, *unknown, *old)), *rows[1:]]


def _answer(
    raw: Mapping[str, Any], names: Mapping[str, str], grouped: bool, zone: ZoneInfo, latest: datetime
) -> VisitRow:
    row = _Row({names[name]: value for name, value in raw["cells"].items()}, grouped)
    line = int(raw["line"])
    try:
        if raw["extra"]:
            raise RefusedInput(
                "too_many_cells",
                N_("The row has more cells than the header has columns."),
                hint=N_("Put texts with commas into quotes, and write decimals with a dot."),
            )
        visit, outline, assumed = _visit(row, raw["geometry"], zone, latest)
    except EradicationError as error:
        refusal = RefusedInput(error.kind, error.message, where=f"line {line}", hint=error.hint, values=error.values)
        return VisitRow(line, None, row.text("visit_id"), row.text("outcome"), refusal)
    return VisitRow(line, visit, visit.visit_id, visit.outcome.value, None, (*assumed, *checks(visit)), outline)


def _visit(
    row: _Row, geometry: Mapping[str, Any] | None, zone: ZoneInfo, latest: datetime
) -> tuple[Visit, BaseGeometry | None, tuple[str, ...]]:
    for field in REQUIRED:
        if not row.text(field):
            raise _missing(field)
    outcome: Outcome = row.code("outcome", Outcome)
    visited_at, assumed = table_cells.moment(row.cells["visited_at"], zone)
    if visited_at > latest:
        raise RefusedInput(
            "future_time",
            N_("The visit lies in the future."),
            hint=N_("Check the date and the clock of the computer."),
        )
    place = visit_place.read(row.cells, geometry, grouped=row.grouped)
    plot_id = row.text("plot_id")
    if place.lon is None and not plot_id:
        raise RefusedInput(
            "no_place",
            N_("The row names no place."),
            hint=N_("Give plot_id, or lon and lat, or x, y and crs."),
        )
    visit = Visit(
        visit_id=row.text("visit_id"),
        unit=row.text("unit"),
        officers=_officers(row.cells["officers"]),
        visited_at=visited_at,
        outcome=outcome,
        plot_id=plot_id,
        lon=place.lon,
        lat=place.lat,
        inclusion_prob=_share(row, "inclusion_prob"),
        area_m2=_area(row, outcome),
        plant_count=_count(row),
        destroyed_fraction=_share(row, "destroyed_fraction"),
        **{field: row.code(field, kind) for field, kind in CODES.items()},
        minutes_no=row.text("minutes_no"),
        photo_before=row.text("photo_before"),
        photo_after=row.text("photo_after"),
        note=row.text("note"),
    )
    return visit, place.outline, (*assumed, *place.checks)


def _missing(field: str) -> RefusedInput:
    return RefusedInput("missing_field", N_("{field} is missing."), values={"field": field})


def _officers(value: Any) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else re.split(r"[;,/|+]", table_cells.text(value))
    officers = tuple(dict.fromkeys(name for part in parts if (name := table_cells.text(part))))
    if not officers:
        raise _missing("officers")
    return officers


def _share(row: _Row, field: str) -> float | None:
    written = row.text(field)
    percent = written.endswith("%")
    value = table_cells.number(written[:-1] if percent else row.cells.get(field), field, most=100.0)
    if value is None:
        return None
    value = value / 100.0 if percent else value
    if not 0.0 <= value <= 1.0:
        kind = "bad_fraction" if field == "destroyed_fraction" else "bad_probability"
        values = {"field": field, "text": written}
        raise RefusedInput(kind, N_("{field} is {text}, but must lie between 0 and 1."), values=values)
    return value


def _area(row: _Row, outcome: Outcome) -> float | None:
    area = row.number("area_m2")
    if outcome is Outcome.DETECTED:
        for field in ("area_m2", "area_method"):
            if not row.text(field):
                raise _missing(field)
    if area is not None and not 0.0 < area <= MOST_AREA_M2:
        values = {"text": row.text("area_m2")}
        raise RefusedInput("bad_area", N_("An area of {text} m² cannot be right."), values=values)
    return area


def _count(row: _Row) -> int | None:
    count = row.number("plant_count")
    if count is None:
        return None
    if count < 0 or not count.is_integer() or count > 1e9:
        values = {"text": row.text("plant_count"), "field": "plant_count"}
        raise RefusedInput("bad_number", N_("'{text}' in {field} is not a number of plants."), values=values)
    return int(count)
