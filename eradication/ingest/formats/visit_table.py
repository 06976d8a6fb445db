"""Reader of visit tables: CSV, XLSX, GeoJSON and GeoPackage become rows of named cells. Worker of the sandbox only.

The kind of a file is told by its first bytes, not by its name. Cells are handed back as they stand in the file; what
they mean is decided outside, in :mod:`eradication.ingest.visits`.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import workbook

if TYPE_CHECKING:
    from eradication.domain import Json

PACKAGE = b"SQLite format 3\x00"
"""How a GeoPackage begins."""
_MOST_ROWS, _MOST_COLUMNS = 100_000, 200

type Cell = bool | int | float | str | list[str] | None


def read(path: Path, options: "dict[str, Json]") -> dict[str, Any]:
    """Return the rows of a table as plain data.

    Args:
        path: the file, in a folder of its own.
        options: none are known.

    Returns:
        ``format`` (``csv``, ``xlsx``, ``geojson``, ``gpkg``), ``delimiter`` (CSV, else empty), ``encoding``,
        ``columns`` and ``rows``: each with ``line`` (of the file; in GeoJSON and GeoPackage the number of the
        feature), ``cells`` (column → value), ``extra`` (cells beyond the header) and ``geometry`` (GeoJSON or
        ``None``).

    Raises:
        RefusedInput: ``unknown_format``, ``unreadable_table``, ``no_content``, ``too_many_rows``, ``bad_archive``.
    """
    data = path.read_bytes()
    if data.startswith(b"PK\x03\x04"):
        return _xlsx(path)
    if data.startswith(PACKAGE):
        from eradication.ingest.formats import visit_package  # brings libraries of geometry, which a table needs not

        return visit_package.read(path, _MOST_ROWS)
    text, encoding = _decode(data)
    opening = text.lstrip()[:1]
    if opening == "<":
        raise _unknown()
    answer = _geojson(text) if opening in ("{", "[") else _csv(text)
    return answer | {"encoding": encoding}


def _unknown() -> RefusedInput:
    return RefusedInput(
        "unknown_format",
        N_("This is not a table that is read here."),
        hint=N_("Tables come as CSV, XLSX or GeoJSON, visits as GeoPackage too; see the columns in the manual."),
    )


def _unreadable(error: object) -> RefusedInput:
    message = N_("The table cannot be read: {error}.")
    hint = N_("Open the table with the program that made it and save it again as CSV or XLSX.")
    return RefusedInput("unreadable_table", message, hint=hint, values={"error": str(error)[:200]})


def too_many_rows() -> RefusedInput:
    """Return the refusal of a table that is too long."""
    message, hint = N_("The table has more than {most} rows."), N_("Split the table and hand in the parts.")
    return RefusedInput("too_many_rows", message, hint=hint, values={"most": _MOST_ROWS})


def _decode(data: bytes) -> tuple[str, str]:
    """Return the text and its encoding: by byte order mark, else UTF-8, else the old Vietnamese code page."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = ["utf-16"]
    else:
        if b"\x00" in data:
            raise _unknown()
        order = ["utf-8-sig", "cp1258"]
    for encoding in order:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise _unknown()


def _csv(text: str) -> dict[str, Any]:
    lines = text.splitlines()
    skipped = 1 if lines and lines[0].strip().lower().startswith("sep=") else 0  # Excel's own hint
    header = next((line for line in lines[skipped:] if line.strip()), "")
    delimiter = max(",;\t|", key=header.count)
    source = io.StringIO(text, newline="")
    for _ in range(skipped):
        source.readline()
    reader = csv.reader(source, delimiter=delimiter)
    numbered: list[tuple[int, Sequence[Cell]]] = []
    started = skipped + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                numbered.append((started, cells))
            started = skipped + reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(error) from None
    return {"format": "csv", "delimiter": delimiter} | _table(numbered)


def _xlsx(path: Path) -> dict[str, Any]:
    numbered = workbook.rows(path, _MOST_ROWS + 1, _MOST_COLUMNS)
    cells = [(line, [_cell(value) for value in row]) for line, row in numbered]
    return {"format": "xlsx", "delimiter": "", "encoding": "utf-8"} | _table(cells)


def _cell(value: Any) -> Cell:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _table(numbered: Sequence[tuple[int, Sequence[Cell]]]) -> dict[str, Any]:
    if not numbered:
        raise _empty()
    if len(numbered) > _MOST_ROWS + 1:
        raise too_many_rows()
    columns = [str(cell or "").strip() for cell in numbered[0][1]]
    rows = [
        {
            "line": line,
            "cells": {name: cell for name, cell in zip(columns, cells, strict=False) if name},
            "extra": any(cell not in (None, "") for cell in cells[len(columns) :]),
            "geometry": None,
        }
        for line, cells in numbered[1:]
    ]
    return {"columns": [name for name in columns if name], "rows": rows}


def _empty() -> RefusedInput:
    hint = N_("Write one line for each record below the names of the columns.")
    return RefusedInput("no_content", N_("There is no row in the file."), hint=hint)


def _geojson(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise _unreadable(error) from None
    features = (
        value.get("features", [value] if value.get("type") == "Feature" else None) if isinstance(value, dict) else None
    )
    if not isinstance(features, list):
        raise _unknown()
    if not features:
        raise _empty()
    if len(features) > _MOST_ROWS:
        raise too_many_rows()
    _refuse_other_crs(value)
    rows = [_feature(number, feature) for number, feature in enumerate(features, start=1)]
    columns = sorted({name for row in rows for name in row["cells"]})
    return {"format": "geojson", "delimiter": "", "columns": columns, "rows": rows}


def no_constant(name: str) -> float:
    """Refuse NaN and Infinity, which are no JSON.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{name} is not JSON")


def _refuse_other_crs(value: dict[str, Any]) -> None:
    named = json.dumps(value.get("crs") or "CRS84")
    if not any(name in named for name in ("CRS84", "4326")):
        raise RefusedInput(
            "unknown_crs",
            N_("GeoJSON is in WGS 84, but this file names another coordinate system."),
            hint=N_("Export it again as EPSG:4326, or hand in a table with x, y and crs."),
        )


def _feature(number: int, feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    cells = (
        {str(name): _plain(cell) for name, cell in (properties or {}).items()} if isinstance(properties, dict) else {}
    )
    return {
        "line": number,
        "cells": cells,
        "extra": False,
        "geometry": geometry if isinstance(geometry, dict) else None,
    }


def _plain(value: Any) -> Cell:
    if isinstance(value, list):
        return [str(part) for part in _flat(value)]
    return value if value is None or isinstance(value, (bool, int, float, str)) else json.dumps(value)


def _flat(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None and not isinstance(value, (list, dict))]
