"""Places with known cover → places to learn from: tables of labels that are no visits.

An analyst who digitised plots on fine images, or was given a survey, has outlines or points with a label and no visit
behind them. Columns: ``label`` (opium_poppy, or the code of a look-alike), a place (``lon, lat``, or ``x, y, crs``, or
the geometry of the file), and, where known, ``area_m2``, ``provenance`` and ``label_id``. A label that does not say
where it comes from counts as assumed, the weakest kind.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Settings
from eradication.domain.codes import Crop, LookAlike, Provenance, fold, unknown_code
from eradication.domain.model import LabelledPlace
from eradication.errors import N_, EradicationError, RefusedInput
from eradication.ingest import boundaries, sandbox, visit_place, visit_row
from eradication.ingest.visit_row import Row

COLUMNS = ("label", "label_id", "provenance", "area_m2", *visit_place.COLUMNS)
LEAST_AREA_M2 = 10.0
"""A place is hardly smaller: 1.200 is more likely 1 200 as it is written in Vietnam. Visits are only marked for it."""
_LAYERS = (b"SQLite format 3\0", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row of a table: a place, or why it was refused."""

    line: int
    """Line of the file, the header counted; in layers the number of the feature."""
    place: LabelledPlace | None
    error: RefusedInput | None = None


def is_table_of_labels(path: Path, settings: Settings) -> bool:
    """Tell whether a file is for :func:`read`: a layer, or a table with ``label`` and without ``outcome``.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox.
        RefusedInput: ``unknown_format``, ``unreadable_table``; ``not_a_label_table`` where it is not for visits either.
    """
    if path.is_file() and _is_layer(path):
        return True
    columns = {_name(c) for c in sandbox.read(path, "visit_table", settings.limits)["columns"]}
    if not columns & {"label", "outcome", "visit_id"} and columns:
        said = N_("The file has neither the column label, as labels have, nor visit_id and outcome, as visits have.")
        raise _no_table("not_a_label_table", said, path)
    return "label" in columns and "outcome" not in columns


def _is_layer(path: Path) -> bool:
    """Tell a GeoPackage or a zipped Shapefile; a spreadsheet is a ZIP as well."""
    with path.open("rb") as file:
        head = file.read(16)
    return head.startswith(_LAYERS) and path.suffix.lower() not in (".xlsx", ".xlsm")


def read(path: Path, settings: Settings) -> list[LabelRow]:
    """Read labels (CSV, XLSX, GeoJSON, GeoPackage, zipped Shapefile), one answer per row.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox.
        RefusedInput: ``no_content``, ``not_a_label_table``, ``crs_needed``, ``unknown_format`` …
    """
    table = _layer(path, settings) if _is_layer(path) else _table(path, settings)
    if not table:
        raise _no_table("no_content", N_("There is no row in the file."), path)
    if not any("label" in row.cells for _, row, _ in table):
        raise _no_table("not_a_label_table", N_("The column label is missing."), path)
    seen: set[str] = set()
    return [_answer(line, row, geometry, path, seen) for line, row, geometry in table]


def _no_table(kind: str, message: str, path: Path) -> RefusedInput:
    """Return the refusal of a whole file; its hint names the columns."""
    columns = {"columns": ", ".join(COLUMNS)}
    return RefusedInput(kind, message, where=str(path), hint=N_("Columns of labels: {columns}."), values=columns)


type _Rows = list[tuple[int, Row, Mapping[str, Any] | None]]


def _table(path: Path, settings: Settings) -> _Rows:
    told = sandbox.read(path, "visit_table", settings.limits)
    grouped = told["delimiter"] == ";"
    return [
        (int(raw["line"]), Row({_name(k): v for k, v in raw["cells"].items()}, grouped), raw["geometry"])
        for raw in told["rows"]
    ]


def _layer(path: Path, settings: Settings) -> _Rows:
    columns, shapes = boundaries.layer(path, settings, [_folded(c) for c in COLUMNS])
    named = {next((c for c in COLUMNS if _folded(c) == _folded(name)), name): v for name, v in columns.items()}
    rows: _Rows = []
    for number, shape in enumerate(shapes):
        cells = {name: values[number] for name, values in named.items()}
        rows.append((number + 1, Row(cells, grouped=False), None if shape is None else shapely.geometry.mapping(shape)))
    return rows


def _name(written: str) -> str:
    return re.sub(r"[\s-]+", "_", fold(written))


def _folded(name: str) -> str:
    """Return a column's name as readers of layers compare it."""
    return re.sub(r"[^a-z0-9]", "", fold(name))


def _answer(line: int, row: Row, geometry: Mapping[str, Any] | None, path: Path, seen: set[str]) -> LabelRow:
    try:
        place = _place(line, row, geometry, path)
        if place.plot in seen:
            raise RefusedInput(
                "duplicate_label_id",
                N_("Another row bears the label_id {name} already."),
                hint=N_("Give every place an id of its own, or leave the column empty."),
                values={"name": row.text("label_id")},
            )
        seen.add(place.plot)
        return LabelRow(line, place)
    except EradicationError as error:
        where = f"{path.name}: {line}"
        return LabelRow(
            line, None, RefusedInput(error.kind, error.message, where=where, hint=error.hint, values=error.values)
        )


def _place(line: int, row: Row, geometry: Mapping[str, Any] | None, path: Path) -> LabelledPlace:
    look_alike = _look_alike(row)
    place = visit_place.read(row.cells, geometry, grouped=row.grouped)
    if place.lon is None or place.lat is None:
        raise RefusedInput(
            "no_place", N_("The row names no place."), hint=N_("Draw the place, or give lon and lat, or x, y and crs.")
        )
    return LabelledPlace(
        plot=f"label/{path.name}/{row.text('label_id') or f'line {line}'}",
        positive=look_alike is None,
        lon=place.lon,
        lat=place.lat,
        area_m2=_area_m2(row, place.outline),
        geometry=place.outline,
        look_alike=look_alike or "",
        provenance=row.code("provenance", Provenance) or Provenance.ASSUMED,
    )


def _look_alike(row: Row) -> str | None:
    """Return what stood there instead of poppy, ``None`` for poppy.

    Raises:
        RefusedInput: ``missing_field``, ``unknown_code``.
    """
    written = row.text("label")
    if not written:
        raise visit_row.missing("label")
    if fold(written) in {fold(word) for word in (Crop.OPIUM_POPPY.value, *Crop.OPIUM_POPPY.vietnamese)}:
        return None
    for code in LookAlike:
        if fold(written) in {fold(word) for word in (code.value, *code.vietnamese)}:
            return code.value
    raise unknown_code(written, "label", [Crop.OPIUM_POPPY, *LookAlike])


def _area_m2(row: Row, outline: BaseGeometry | None) -> float | None:
    area = row.number("area_m2", LEAST_AREA_M2)
    if area is not None and not 0.0 < area <= visit_row.MOST_AREA_M2:
        raise visit_row.bad_area(row)
    return geo.area_m2(outline) if area is None and outline is not None else area
