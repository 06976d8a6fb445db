"""Tables of fixes, CSV and XLSX: one row a fix; rows with one patrol id are one patrol, in the order of their times.

A table of events (with a column ``event_type``) gives waypoints only, see :mod:`.parquet`.

Separator (comma, semicolon, tab, bar), decimal comma and encoding are found out; times are ISO 8601 or day first, as
Vietnam writes them (``14/02/2026 07:30:05``).
"""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import workbook, zipped
from eradication.ingest.formats.columns import Columns, number
from eradication.ingest.formats.headers import crs_needed, find_columns, holds_events, refuse_visits

_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_CLOCK_FIRST = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?)[ ,]+(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})")

_MOST_COLUMNS = 200

type Row = tuple[float, float, float, float, float, float]


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a table; see :meth:`Columns.plain` for the result. ``options["epsg"]`` is the CRS the user stated.

    Raises:
        RefusedInput: ``columns_missing``, ``crs_needed``, ``mixed_crs``, ``malformed_csv``, ``too_many_points``,
            ``is_a_visit_table``.
    """
    columns = Columns("csv", options)
    rows, separator = _book(path, options) if _is_book(path) else _text_rows(path, columns)
    header = next(rows, [])
    refuse_visits(header)
    found, events = find_columns(header), holds_events(header)
    columns.epsg = 0 if "lon" not in found else 4326
    groups: dict[str, list[Row]] = {}
    stated: set[str] = set()
    for cells in rows:
        cell = {meaning: cells[i].strip() if i < len(cells) else "" for meaning, i in found.items()}
        stated.add(cell.get("crs", "").upper().removeprefix("EPSG:"))
        groups.setdefault(cell.get("event" if events else "patrol", ""), []).append(_row(cell, separator, columns))
    _choose_crs(columns, stated, options.get("epsg"))
    for name, group in groups.items():
        _add_events(columns, name, group) if events else _add_fixes(columns, name, group)
    return columns.plain()


def _is_book(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4).startswith(zipped.MAGIC)


def _book(path: Path, options: dict[str, Any]) -> tuple[Iterator[list[str]], str]:
    """Return a workbook's rows as texts; numbers are written with a point, whatever the country."""
    found = workbook.rows(path, int(options["points"]) + 2, _MOST_COLUMNS)
    return ([_cell(value) for value in row] for _, row in found), ","


def _cell(value: Any) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return "" if value is None else value.isoformat() if isinstance(value, date | time) else str(value)


def _text_rows(path: Path, columns: Columns) -> tuple[Iterator[list[str]], str]:
    text = _decoded(path.read_bytes(), columns)
    first, _, below = text.partition("\n")
    if first.strip().lower().startswith("sep="):  # Excel's own hint
        text, first = below, below.partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    return _rows(text, separator), separator


def _add_events(columns: Columns, name: str, events: list[Row]) -> None:
    for lon, lat, _, time_s, *_ in events:
        columns.add_waypoint(lon, lat, time_s, name)
        columns.count("events_as_waypoints")


def _add_fixes(columns: Columns, name: str, fixes: list[Row]) -> None:
    columns.begin_track(name)
    columns.begin_segment()
    for fix in _in_order(fixes, columns):
        columns.add_fix(*fix)


def _decoded(raw: bytes, columns: Columns) -> str:
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1258", "latin-1")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "utf-8-sig":
            columns.facts["encoding"] = encoding
        return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    raise RefusedInput(
        "malformed_csv",
        N_("The text of the table cannot be read: unknown encoding."),
        hint=N_("Save it again as CSV in UTF-8."),
    )


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(text.split("\n"), delimiter=separator)
    try:
        yield from (row for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        raise RefusedInput(
            "malformed_csv",
            N_("The table cannot be read: {reason}."),
            where=f"line {reader.line_num}",
            hint=N_("Save it again as CSV in UTF-8."),
            values={"reason": error},
        ) from None


def _row(cell: dict[str, str], separator: str, columns: Columns) -> Row:
    def value(*meanings: str) -> float:
        text = next((cell[m] for m in meanings if m in cell), "")
        return number(text if separator == "," else text.replace(",", "."))

    time_s = columns.time(_iso(_time_text(cell)))
    lon, lat = (value("lon"), value("lat")) if "lon" in cell else (value("x"), value("y"))
    return lon, lat, value("ele"), time_s, value("accuracy"), value("hdop")


def _time_text(cell: dict[str, str]) -> str:
    if "date" not in cell:
        return cell.get("time", "")
    return f"{cell['date']} {cell.get('clock') or cell.get('time', '')}".strip()


def _iso(text: str) -> str:
    swapped = _CLOCK_FIRST.fullmatch(text)
    found = _DAY_FIRST.fullmatch(f"{swapped[2]} {swapped[1]}" if swapped else text)
    if not found:
        return text
    day, month, year, hour, minute, second = (part or "0" for part in found.groups())
    return f"{year}-{int(month):02}-{int(day):02}T{int(hour):02}:{minute:0>2}:{second:0>2}"


def _choose_crs(columns: Columns, stated: set[str], option: int | None) -> None:
    """The table's own statement wins, then the user's; degrees are WGS 84 by default, metres are never guessed."""
    stated.discard("")
    if len(stated) > 1:
        hint = N_("Hand in one table for each coordinate system.")
        values = {"codes": ", ".join(sorted(stated)[:5])}
        raise RefusedInput("mixed_crs", N_("The table mixes coordinate systems: {codes}."), hint=hint, values=values)
    own = stated.pop() if stated else ""
    if own and not own.isdecimal():
        hint = N_("Write for example EPSG:9206.")
        raise RefusedInput("unknown_crs", N_("'{text}' is not an EPSG code."), hint=hint, values={"text": own[:40]})
    columns.epsg = int(own) if own else option or columns.epsg
    if not columns.epsg:
        raise crs_needed()
    if not own and not option:
        columns.facts["crs_assumed"] = "EPSG:4326"


def _in_order(fixes: list[Row], columns: Columns) -> list[Row]:
    """Rows of a table have no order of their own: where all bear times, the times order them."""
    times = [fix[3] for fix in fixes]
    if any(t != t for t in times) or times == sorted(times):
        return fixes
    columns.facts["sorted_by_time"] = True
    return sorted(fixes, key=lambda fix: fix[3])
