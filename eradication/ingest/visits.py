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
    Outcome,
    Visit,
)
from eradication.domain.codes import fold
from eradication.domain.visit import CODED_FIELDS, Submission
from eradication.errors import N_, EradicationError, RefusedInput, UnusableInput
from eradication.ingest import sandbox, table_cells, visit_place, visit_row
from eradication.ingest.visit_checks import checks
from eradication.ingest.visit_row import Row

__all__ = ["COLUMNS", "REQUIRED", "VisitRow", "checks", "interpret", "read"]

TEXTS = ("minutes_no", "photo_before", "photo_after", "note")
CODES = {field: kind for field, kind in CODED_FIELDS.items() if field != "outcome"}
REQUIRED = ("visit_id", "visited_at", "unit", "officers", "outcome")
_NEEDED = frozenset({"visit_id", "outcome"})
COLUMNS = frozenset(
    {*REQUIRED, *CODES, *TEXTS, *visit_place.COLUMNS}
    | {"plot_id", "inclusion_prob", "area_m2", "plant_count", "destroyed_fraction"}
)


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
    submission: Submission | None = None
    """The form it was filled in on, if it was one."""

    @property
    def reason(self) -> str:
        """Reason code of the refusal, or empty."""
        return self.error.kind if self.error else ""

    @property
    def message(self) -> str:
        """The refusal in plain English, or empty."""
        return str(self.error) if self.error else ""


def read(
    path: Path, *, settings: Settings, now: datetime, timezone: str, earlier: Mapping[str, Any] | None = None
) -> list[VisitRow]:
    """Read a table of visits (CSV, XLSX, GeoJSON, GeoPackage), one answer per row.

    Args:
        path: the file; it is parsed in the sandbox.
        settings: limits, and how far ahead of the clock a visit may lie.
        now: the clock, aware.
        timezone: IANA name of the zone assumed for times that state none.
        earlier: of a correction, column → what the visit says so far; see :func:`interpret`.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox, ``unknown_timezone``.
        RefusedInput: ``empty_file``, ``unknown_format``, ``unreadable_table``, ``no_content``, ``not_a_visit_table``,
            ``column_twice`` …
    """
    zone = zone_of(timezone)
    table = sandbox.read(path, "visit_table", settings.limits)
    return interpret(table, settings=settings, now=now, zone=zone, file=str(path), earlier=earlier)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        UnusableInput: ``unknown_timezone``.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnusableInput(
            "unknown_timezone",
            N_("'{name}' is not a time zone."),
            where="timezone",
            hint=N_("Write for example Asia/Ho_Chi_Minh."),
            values={"name": name},
        ) from None


def interpret(
    table: Mapping[str, Any],
    *,
    settings: Settings,
    now: datetime,
    zone: ZoneInfo,
    file: str = "",
    earlier: Mapping[str, Any] | None = None,
) -> list[VisitRow]:
    """Say of each row of a table what visit it is or why it is none.

    Args:
        table: plain data of the reader ``visit_table``.
        settings: how far ahead of the clock a visit may lie.
        now: the clock, aware.
        zone: assumed for times that state none.
        file: where the table stands, for messages.
        earlier: of a correction, column → what the visit says so far. A column that the table does not have keeps
            its value; one that stands there empty has none any more.

    Raises:
        RefusedInput: ``not_a_visit_table``, ``column_twice``, ``no_content``.
    """
    names = _columns(table["columns"], file, needed=frozenset() if earlier else _NEEDED)
    if not table["rows"]:
        raise no_rows(file) if _NEEDED <= set(names.values()) else _nothing_stated(file)
    if earlier:
        table = {**table, "rows": [_completed(raw, names, earlier) for raw in table["rows"]]}
        names = names | {name: name for name in earlier if name not in names.values()}
    unit = "feature" if table["format"] in ("geojson", "gpkg") else "line"
    where = f"{file}: {unit}" if file else unit
    latest = now + timedelta(hours=settings.cleaning.future_h)
    rows = [_answer(raw, names, table["delimiter"] == ";", zone, latest, where) for raw in table["rows"]]
    return _with_file_checks(rows, table, names)


def _completed(raw: Mapping[str, Any], names: Mapping[str, str], earlier: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with what the visit says so far in the columns that the table does not have; a place is one."""
    present = set(names.values())
    if raw["geometry"] is not None or present & set(visit_place.COLUMNS):
        present |= set(visit_place.COLUMNS)
    kept = {name: value for name, value in earlier.items() if name not in present}
    return {**raw, "cells": {**raw["cells"], **kept}}


def _columns(written: Sequence[str], file: str, needed: frozenset[str]) -> dict[str, str]:
    """Return column as written → its name."""
    names = {name: re.sub(r"[\s-]+", "_", fold(name)) for name in written}
    if not needed <= set(names.values()):
        raise RefusedInput(
            "not_a_visit_table",
            N_("The columns visit_id and outcome are missing."),
            where=file,
            hint=N_("The first line names the columns: {columns}."),
            values={"columns": ", ".join(REQUIRED)},
        )
    known = [names[name] for name in written if names[name] in COLUMNS]
    for name in known:
        if known.count(name) > 1:
            raise column_twice(name, file)
    return names


def _nothing_stated(file: str) -> RefusedInput:
    """Return the refusal of a correction that might clear its columns, or strike the visit out: nobody can tell."""
    return RefusedInput(
        "nothing_stated",
        N_("There is no row with a value in it, so it cannot be told what is to be corrected."),
        where=file,
        hint=N_(
            "To clear values, write the visit_id beside the empty cells. To strike the visit out, hand in the columns "
            "visit_id and outcome without a row."
        ),
    )


def no_rows(file: str) -> RefusedInput:
    """Return the refusal of a table that has nothing below its header."""
    hint = N_("Write one line for each record below the names of the columns.")
    return RefusedInput("no_content", N_("There is no row in the file."), where=file, hint=hint)


def column_twice(name: str, file: str) -> RefusedInput:
    """Return the refusal of a table that has two columns of one name."""
    message = N_("The column {name} stands there twice.")
    hint = N_("Keep one of them, or give the other another name.")
    return RefusedInput("column_twice", message, where=file, hint=hint, values={"name": name})


def too_many_cells() -> RefusedInput:
    """Return the refusal of a row that is longer than the header."""
    message = N_("The row has more cells than the header has columns.")
    hint = N_("Put texts with commas into quotes, and write decimals with a dot.")
    return RefusedInput("too_many_cells", message, hint=hint)


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
    raw: Mapping[str, Any], names: Mapping[str, str], grouped: bool, zone: ZoneInfo, latest: datetime, where: str
) -> VisitRow:
    row = Row({names[name]: value for name, value in raw["cells"].items()}, grouped)
    line = int(raw["line"])
    try:
        if raw["extra"]:
            raise too_many_cells()
        visit, outline, assumed = _visit(row, raw["geometry"], zone, latest)
    except EradicationError as error:
        refusal = RefusedInput(error.kind, error.message, where=f"{where} {line}", hint=error.hint, values=error.values)
        return VisitRow(line, None, row.text("visit_id"), row.text("outcome"), refusal)
    return VisitRow(line, visit, visit.visit_id, visit.outcome.value, None, (*assumed, *checks(visit)), outline)


def _visit(
    row: Row, geometry: Mapping[str, Any] | None, zone: ZoneInfo, latest: datetime
) -> tuple[Visit, BaseGeometry | None, tuple[str, ...]]:
    for field in REQUIRED:
        if not row.text(field):
            raise visit_row.missing(field)
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
        officers=visit_row.officers(row),
        visited_at=visited_at,
        outcome=outcome,
        plot_id=plot_id,
        lon=place.lon,
        lat=place.lat,
        inclusion_prob=visit_row.share(row, "inclusion_prob"),
        area_m2=visit_row.area_m2(row, outcome),
        plant_count=visit_row.plant_count(row),
        destroyed_fraction=visit_row.share(row, "destroyed_fraction"),
        **{field: row.code(field, kind) for field, kind in CODES.items()},
        minutes_no=row.text("minutes_no"),
        photo_before=row.text("photo_before"),
        photo_after=row.text("photo_after"),
        note=row.text("note"),
    )
    return visit, place.outline, (*assumed, *place.checks)
