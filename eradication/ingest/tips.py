"""Tables of tips → tips, row by row, and apart from each the informant; a bad row is refused, the others go on.

Required are ``tip_id``, ``received_at`` and a place: words, a commune, or a point. Nothing that is said about a row, be
it a refusal, a warning or a failure of a parser, repeats what stands in the column ``source``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from eradication.config import Settings
from eradication.domain import AdminUnit, Crop, Informant, Tip
from eradication.domain.personal import personal_marks
from eradication.domain.visit import Submission
from eradication.errors import N_, EradicationError, RefusedInput
from eradication.ingest import commune_names, sandbox, table_cells, visit_place, visit_row, visits
from eradication.ingest.formats.headers import TIP_COLUMNS, TIPS_NEED, plain
from eradication.ingest.visit_row import Row

REQUIRED = TIPS_NEED
FARTHEST_M = 50_000.0
"""A radius above this says nothing of a place."""

_ECHOING = frozenset({"unreadable_table", "parser_failed"})
"""Refusals whose reason may repeat what stands in a cell."""


@dataclass(frozen=True, slots=True)
class TipRow:
    """One row of a table: a tip, or why it was refused."""

    line: int
    tip: Tip | None
    informant: Informant
    """Who told it; kept apart from the tip, and from every answer."""
    tip_id: str = ""
    """As written, for refused rows too."""
    error: RefusedInput | None = None
    warnings: tuple[str, ...] = ()
    """What was assumed, and what should not be there; none of them refuses the row."""
    submission: Submission | None = None
    """The form it was filled in on, if it was one."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every row of a table is read with."""

    settings: Settings
    now: datetime
    """The clock, aware."""
    zone: ZoneInfo
    """Assumed for times that state none."""
    units: Sequence[AdminUnit] = field(repr=False)
    """Communes of every vintage."""
    unit: str = ""
    """Unit that received the tips whose rows name none."""


def read(path: Path, context: Context) -> list[TipRow]:
    """Read a table of tips (CSV, XLSX, GeoJSON points), one answer per row.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox.
        RefusedInput: ``empty_file``, ``unknown_format``, ``unreadable_table``, ``no_content``, ``not_a_tip_table``,
            ``column_twice`` …
    """
    try:
        table = sandbox.read(path, "visit_table", context.settings.limits)
    except RefusedInput as error:
        raise silenced(error, str(path)) from None
    return interpret(table, context, file=str(path))


def silenced(error: RefusedInput, where: str) -> RefusedInput:
    """Return a refusal that repeats nothing of the file: what a parser stumbled over may be an informant's name."""
    if error.kind not in _ECHOING:
        return error
    message = N_("The table cannot be read; its content is not repeated here, for it may name an informant.")
    hint = N_("Open the table with the program that made it and save it again as CSV or XLSX.")
    return RefusedInput(error.kind, message, where=where, hint=hint)


def interpret(table: Mapping[str, Any], context: Context, *, file: str = "") -> list[TipRow]:
    """Say of each row of a table what tip it is or why it is none.

    Args:
        table: plain data of the reader ``visit_table``.
        context: settings, clock, communes.
        file: where the table stands, for messages.

    Raises:
        RefusedInput: ``not_a_tip_table``, ``column_twice``, ``no_content``.
    """
    names = _columns(table["columns"], file)
    if not table["rows"]:
        raise visits.no_rows(file)
    unit = "feature" if table["format"] == "geojson" else "line"
    where = f"{file}: {unit}" if file else unit
    told = [f"unknown_column:{table_cells.text(name)[:40]}" for name in table["columns"] if name not in names]
    told += ["encoding_assumed:windows-1258"] if table["encoding"] == "cp1258" else []
    rows: list[TipRow] = []
    for raw in table["rows"]:
        cells = {names[name]: value for name, value in raw["cells"].items() if name in names}
        first = () if rows else tuple(told)
        rows.append(_answer(raw, Row(cells, table["delimiter"] == ";"), context, where, first))
    return rows


def _columns(written: Sequence[str], file: str) -> dict[str, str]:
    """Return column as written → its name, for those that are understood."""
    by_word = {word: name for name, words in TIP_COLUMNS.items() for word in words}
    names = {heading: by_word[plain(heading)] for heading in written if plain(heading) in by_word}
    found = [by_word[plain(heading)] for heading in written if plain(heading) in by_word]
    if not set(REQUIRED) <= set(found):
        raise RefusedInput(
            "not_a_tip_table",
            N_("The columns tip_id and received_at are missing."),
            where=file,
            hint=N_("The first line names the columns: {columns} (Vietnamese: mã tin, ngày nhận, …)."),
            values={"columns": ", ".join(TIP_COLUMNS)},
        )
    for name in found:
        if found.count(name) > 1:
            raise visits.column_twice(name, file)
    return names


def _answer(raw: Mapping[str, Any], row: Row, context: Context, where: str, told: tuple[str, ...]) -> TipRow:
    line, informant = int(raw["line"]), Informant(row.text("source"))
    try:
        if raw["extra"]:
            raise visits.too_many_cells()
        tip, warnings = _tip(row, raw["geometry"], context)
    except EradicationError as error:
        refusal = RefusedInput(error.kind, error.message, where=f"{where} {line}", hint=error.hint, values=error.values)
        return TipRow(line, None, informant, row.text("tip_id"), refusal, told)
    return TipRow(line, tip, informant, tip.tip_id, None, (*told, *warnings))


def _tip(row: Row, geometry: Mapping[str, Any] | None, context: Context) -> tuple[Tip, tuple[str, ...]]:
    for name in REQUIRED:
        if not row.text(name):
            raise visit_row.missing(name)
    received_at, warnings = table_cells.moment(row.cells["received_at"], context.zone, "received_at")
    if received_at > context.now + timedelta(hours=context.settings.cleaning.future_h):
        raise RefusedInput(
            "future_time",
            N_("The tip was received in the future."),
            hint=N_("Check the date and the clock of the computer."),
        )
    point = visit_place.read(row.cells, geometry, grouped=row.grouped)
    commune, said = _commune(row, received_at, context)
    if point.lon is None and not commune and not row.text("place"):
        raise RefusedInput(
            "no_place",
            N_("The row names no place."),
            hint=N_("Give place in words, or commune, or lon and lat, or x, y and crs."),
        )
    radius, assumed = _radius(row, point, context)
    tip = Tip(
        tip_id=row.text("tip_id"),
        unit=row.text("unit") or context.unit,
        received_at=received_at,
        place=row.text("place"),
        commune_code=commune,
        lon=point.lon,
        lat=point.lat,
        radius_m=radius,
        crop=row.code("crop", Crop),
        mailbox=row.text("mailbox"),
        note=row.text("note"),
    )
    return tip, (*warnings, *point.checks, *said, *assumed, *_checks(tip))


def _commune(row: Row, received_at: datetime, context: Context) -> tuple[str, tuple[str, ...]]:
    written = row.text("commune")
    if written.isascii() and written.isdecimal():
        written = written.zfill(5)  # spreadsheets drop leading zeros
    day = received_at.astimezone(context.zone).date()
    return commune_names.find(written, context.units, day) if written else ("", ())


def _radius(row: Row, point: visit_place.Place, context: Context) -> tuple[float | None, tuple[str, ...]]:
    radius = row.number("radius_m")
    if radius is not None and not 0.0 < radius <= FARTHEST_M:
        raise RefusedInput(
            "bad_radius",
            N_("A radius of {text} m cannot be right."),
            hint=N_("Give radius_m in metres, above 0 and at most {most}, or leave it empty."),
            values={"text": row.text("radius_m"), "most": f"{FARTHEST_M:.0f}"},
        )
    if point.lon is None or radius is not None:
        return (radius if point.lon is not None else None), ()
    return context.settings.tips.radius_m, ("radius_assumed",)


def _checks(tip: Tip) -> list[str]:
    wanted = {
        "unit_missing": not tip.unit,
        "note_may_name_a_person": bool(personal_marks(tip.note)),
        "place_may_name_a_person": bool(personal_marks(tip.place)),
    }
    return [code for code, is_so in wanted.items() if is_so]
