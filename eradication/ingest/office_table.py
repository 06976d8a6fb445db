"""Tables the office keeps, of units and of facts: named columns, one answer for each row.

Which columns there are is told by whoever reads; headings are understood in English and Vietnamese, with or without
diacritics. A row that cannot be right is refused where it is read, the others go on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication.config import Settings
from eradication.domain.codes import fold
from eradication.errors import N_, EradicationError, RefusedInput
from eradication.ingest import sandbox, table_cells, visits
from eradication.ingest.formats.headers import plain, refuse_tips
from eradication.ingest.visit_row import Row

type Columns = Mapping[str, Sequence[str]]
"""Column → how it may be headed, as :func:`eradication.ingest.formats.headers.plain` writes it."""

_YES = ("yes", "y", "true", "1", "x", "co")
_NO = ("no", "n", "false", "0", "khong")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    number: int
    """Line of the file, the header counted; of a file of shapes, the number of the feature."""
    row: Row
    geometry: Mapping[str, Any] | None
    """GeoJSON in WGS 84, where the file has shapes."""
    where: str
    told: tuple[str, ...]
    """What concerns the whole file; it stands with its first row."""
    extra: bool
    """It has more cells than the header."""


@dataclass(frozen=True, slots=True)
class Answer[T]:
    """What one row says, or why it was refused."""

    line: int
    value: T | None
    error: RefusedInput | None
    warnings: tuple[str, ...]


def read(path: Path, columns: Columns, settings: Settings) -> list[Line]:
    """Read a table (CSV, XLSX, GeoJSON) in the sandbox.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox.
        RefusedInput: ``empty_file``, ``unknown_format``, ``unreadable_table``, ``no_content``, ``no_known_column``,
            ``column_twice``, ``is_a_tip_table`` …
    """
    return lines(sandbox.read(path, "visit_table", settings.limits), columns, str(path))


def lines(table: Mapping[str, Any], columns: Columns, file: str = "") -> list[Line]:
    """Return the rows of what the reader ``visit_table`` returned, their columns under their names.

    Raises:
        RefusedInput: ``no_content``, ``no_known_column``, ``column_twice``, ``is_a_tip_table``.
    """
    refuse_tips(table["columns"])  # its informants would be carried into every bundle
    names = named(table["columns"], columns, file)
    if not table["rows"]:
        raise visits.no_rows(file)
    told = [f"unknown_column:{table_cells.text(name)[:40]}" for name in table["columns"] if name not in names]
    told += ["encoding_assumed:windows-1258"] if table["encoding"] == "cp1258" else []
    unit = "feature" if table["format"] in ("geojson", "gpkg") else "line"
    where = f"{file}: {unit}" if file else unit
    found: list[Line] = []
    for raw in table["rows"]:
        cells = {names[name]: value for name, value in raw["cells"].items() if name in names}
        row = Row(cells, table["delimiter"] == ";")
        first = () if found else tuple(told)
        number = int(raw["line"])
        found.append(Line(number, row, raw["geometry"], f"{where} {number}", first, bool(raw["extra"])))
    return found


def named(written: Sequence[str], columns: Columns, file: str) -> dict[str, str]:
    """Return heading as written → column, for those that are understood.

    Raises:
        RefusedInput: ``no_known_column``, ``column_twice``.
    """
    by_word = {word: name for name, words in columns.items() for word in words}
    names = {heading: by_word[plain(heading)] for heading in written if plain(heading) in by_word}
    if not names:
        raise RefusedInput(
            "no_known_column",
            N_("No column of the table is understood."),
            where=file,
            hint=N_("The first line names the columns: {columns}."),
            values={"columns": ", ".join(columns)},
        )
    known = [by_word[plain(heading)] for heading in written if plain(heading) in by_word]
    for name in known:
        if known.count(name) > 1:
            raise visits.column_twice(name, file)
    return names


def answered[T](line: Line, say: Callable[[Row], tuple[T, tuple[str, ...]]]) -> Answer[T]:
    """Return what ``say`` makes of a row with its warnings, or its refusal with the row's place."""
    try:
        if line.extra:
            raise visits.too_many_cells()
        value, warnings = say(line.row)
    except EradicationError as error:
        return Answer(line.number, None, at(line.where, error), line.told)
    return Answer(line.number, value, None, (*line.told, *warnings))


def at(where: str, error: EradicationError) -> RefusedInput:
    """Return an error as the refusal of the row that stands there."""
    return RefusedInput(error.kind, error.message, where=where, hint=error.hint, values=error.values)


def yes_no(row: Row, field: str) -> bool | None:
    """Return whether a cell says yes (``yes, có, x, 1``) or no, ``None`` where it is empty.

    Raises:
        RefusedInput: ``not_yes_or_no``.
    """
    written = fold(row.text(field))
    if not written:
        return None
    if written in _YES or written in _NO:
        return written in _YES
    raise RefusedInput(
        "not_yes_or_no",
        N_("'{text}' in {field} is neither yes nor no."),
        hint=N_("Write yes or no (có, không)."),
        values={"text": row.text(field)[:60], "field": field},
    )


def whole(row: Row, field: str, most: float = 1e12) -> int | None:
    """Return a cell as a whole number from 0 on, ``None`` where it is empty.

    Raises:
        RefusedInput: ``bad_number``, ``ambiguous_number``.
    """
    value = row.number(field)
    if value is None:
        return None
    if value < 0 or value > most or not value.is_integer():
        raise RefusedInput(
            "bad_number",
            N_("'{text}' in {field} is not a whole number from 0 to {most}."),
            hint=N_("Write a whole number without a unit, or leave the cell empty."),
            values={"text": row.text(field), "field": field, "most": f"{most:.0f}"},
        )
    return int(value)


def area_m2(row: Row, field: str) -> int | None:
    """Return a cell as whole m², ``None`` where it is empty; decimals are rounded half up.

    Raises:
        RefusedInput: ``bad_number``, ``ambiguous_number``, ``bad_total``.
    """
    value = row.number(field)
    if value is None:
        return None
    if not 0 <= value <= MOST_M2:
        raise RefusedInput(
            "bad_total",
            N_("{text} m² in {field} cannot be right."),
            hint=N_("Give square metres from 0 to {most}; one hectare is 10000."),
            values={"text": row.text(field), "field": field, "most": f"{MOST_M2:.0f}"},
        )
    return int(value + 0.5)


MOST_M2 = 2e10
"""More than the province."""
