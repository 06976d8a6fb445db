"""Tables of facts → facts, row by row: targets, baselines, commitments, mailboxes, villages, units' own figures.

One table for each kind, or a column ``kind``. Tables come as CSV or XLSX, what has a place also as GeoJSON, conversions
as GeoPackage too. What each kind needs is told in :mod:`eradication.ingest.fact_rows`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from eradication.config import Settings
from eradication.domain import Fact, FactKind, Json, parse_code
from eradication.domain.codes import fold
from eradication.domain.personal import personal_marks
from eradication.errors import N_, RefusedInput
from eradication.ingest import boundaries, office_table, visit_row
from eradication.ingest.fact_rows import READERS, SOURCED, Context
from eradication.ingest.formats.headers import MEANINGS
from eradication.ingest.office_table import Answer, Line
from eradication.ingest.visit_row import Row

__all__ = ["COLUMNS", "Context", "FactRow", "interpret", "read"]

COLUMNS: office_table.Columns = {
    "kind": ("kind", "loai", "loaisolieu"),
    "unit": ("unit", "donvi", "madonvi"),
    "commune": ("commune", "communecode", "xa", "maxa", "tenxa", "phuong", "xaphuong"),
    "village": ("village", "villagename", "name", "ten", "ban", "tenban", "tieukhu", "todanpho", "bantieukhutodanpho"),
    "village_kind": ("villagekind", "loaiban"),
    "year": ("year", "nam"),
    "season": ("season", "nienvu"),
    "period": ("period", "ky", "kybaocao"),
    "target_m2": ("targetm2", "chitieu", "chitieum2"),
    "target_pct": ("targetpct", "chitieutyle", "chitieuphantram"),
    "area_m2": ("aream2", "dientich", "dientichm2"),
    "plants": ("plants", "plantcount", "socay"),
    "vintage": ("vintage", "vintagedate", "mocranhgioi", "ngayranhgioi"),
    "households": ("households", "soho", "tongsoho"),
    "signed": ("signed", "sohoky", "sohodaky", "sohokycamket", "sohodakycamket"),
    "has_mailbox": ("hasmailbox", "mailbox", "homthu", "cohomthu"),
    "date": ("date", "dated", "ngay", "ngaybanhanh", "tinhdenngay"),
    **{name: MEANINGS[name] for name in ("lon", "lat", "x", "y", "crs")},
    "detected_m2": ("detectedm2", "phathien", "phathienm2"),
    "claimed_m2": ("claimedm2", "trietpha", "datrietpha", "datrietpham2", "trietxoam2"),
    "verified_m2": ("verifiedm2", "phuctra", "daphuctra", "daphuctram2"),
    "plots": ("plots", "sodiem", "sodiemtrong"),
    "reported_on": ("reportedon", "ngaybaocao"),
    "crop": ("crop", "cay", "caytrong", "loaicay"),
    "converted_on": ("convertedon", "ngaychuyendoi"),
    "conversion_id": ("conversionid", "id", "machuyendoi"),
    "plot": ("plot", "plotid", "diemtrong", "madiemtrong"),
    "case_ref": ("caseref", "mavuviec"),
    "source": ("source", "nguon", "nguonsolieu", "vanban", "cancu"),
    "note": ("note", "ghichu"),
    "withdrawn": ("withdrawn", "huy", "huybo"),
}
"""Column → how it may be headed; all kinds share them."""

_LIST = ("village", *map(fold, FactKind.VILLAGE.vietnamese))
"""What a column ``kind`` may say of the list of villages itself."""
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class FactRow(Answer[Fact]):
    """One row of a table: a fact, or why it was refused."""

    kind: str = ""
    """Kind as far as it could be told."""


def read(path: Path, settings: Settings, context: Context, kind: FactKind | None = None) -> list[FactRow]:
    """Read a table of facts, one answer per row.

    Args:
        path: CSV, XLSX, GeoJSON; GeoPackage for conversions.
        settings: ``limits`` are used.
        context: communes, the day, units on record.
        kind: of every row; ``None`` = the column ``kind`` says it.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox.
        RefusedInput: what :func:`eradication.ingest.office_table.read` raises, ``kind_missing``, ``crs_needed``.
    """
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE:
                return interpret(_package(path, settings), context, kind or FactKind.CONVERSION, str(path))
    return interpret(office_table.read(path, COLUMNS, settings), context, kind, str(path))


def interpret(lines: Sequence[Line], context: Context, kind: FactKind | None = None, file: str = "") -> list[FactRow]:
    """Say of each row what fact it is, or why it is refused.

    Raises:
        RefusedInput: ``kind_missing``: neither option nor column says what kind of facts they are.
    """
    if kind is None and all("kind" not in line.row.cells for line in lines):
        raise RefusedInput(
            "kind_missing",
            N_("The table does not say what kind of facts it holds."),
            where=file,
            hint=N_("Add a column kind, or name it with --kind: {kinds}."),
            values={"kinds": ", ".join(FactKind)},
        )
    return [_answer(line, context, kind) for line in lines]


def _answer(line: Line, context: Context, kind: FactKind | None) -> FactRow:
    told = kind.value if kind else line.row.text("kind")
    found = office_table.answered(line, lambda row: _fact(row, line.geometry, context, kind))
    if found.value is not None:
        told = found.value.kind.value
    return FactRow(found.line, found.value, found.error, found.warnings, told)


def _fact(row: Row, geometry: Any, context: Context, given: FactKind | None) -> tuple[Fact, tuple[str, ...]]:
    written = row.text("kind")
    if given is None and not written:
        raise visit_row.missing("kind")
    # A list of villages heads with "kind" what a village is called.
    stated = parse_code(FactKind, written, "kind") if written and given is not FactKind.VILLAGE else given
    kind = given or stated
    assert kind is not None
    if stated is not kind:
        raise RefusedInput(
            "kind_differs",
            N_("The row is of kind {stated}, not {kind}."),
            hint=N_("Leave --kind out where the column kind says it."),
            values={"stated": str(stated), "kind": str(kind)},
        )
    if kind is FactKind.VILLAGE and written and not row.text("village_kind") and fold(written) not in _LIST:
        row = Row({**row.cells, "village_kind": row.cells["kind"]}, row.grouped)
    if kind in SOURCED and not row.text("source"):
        raise visit_row.missing("source")
    values, warnings = READERS[kind](row, geometry, context)
    texts = {name: row.text(name) for name in ("source", "note")}
    kept: dict[str, Json] = {**values, **{name: text for name, text in texts.items() if text}}
    if office_table.yes_no(row, "withdrawn"):
        kept["withdrawn"] = True
    personal = (f"{name}_may_name_a_person" for name, text in texts.items() if personal_marks(text))
    return Fact(kind, kept), (*warnings, *personal)


def _package(path: Path, settings: Settings) -> list[Line]:
    """Return the features of a GeoPackage's first layer as rows."""
    words = [word for column in COLUMNS.values() for word in column]
    columns, shapes = boundaries.layer(path, settings, words)
    names = office_table.named(list(columns), COLUMNS, str(path)) if columns else {}
    found = []
    for index, shape in enumerate(shapes):
        cells = {name: columns[heading][index] for heading, name in names.items()}
        drawn = None if shape is None else json.loads(shapely.to_geojson(shape))
        number = index + 1
        found.append(Line(number, Row(cells, grouped=False), drawn, f"{path}: feature {number}", (), extra=False))
    return found
