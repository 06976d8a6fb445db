"""Submissions as JSON: OData of ODK Central, the interface of KoboToolbox, GeoJSON. Used in the worker only."""

import json
from pathlib import Path
from typing import Any

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import visit_table

_MOST = 100_000
_DEEPEST = 20


def read(path: Path) -> dict[str, Any]:
    """Return a table; nested groups become columns with slashes, geometries stay as they are.

    Raises:
        RefusedInput: ``unreadable_table``, ``unknown_format``, ``no_content``, ``too_many_rows``.
    """
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    try:
        value = json.loads(text, parse_constant=visit_table.no_constant)
    except (ValueError, RecursionError):
        message = N_("The file is not well-formed JSON.")
        raise RefusedInput("unreadable_table", message, hint=N_("Export it again from the form server.")) from None
    if isinstance(value, dict) and value.get("type") in ("FeatureCollection", "Feature"):
        return visit_table.read(path, {})
    records = _records(value)
    if len(records) > _MOST:
        raise visit_table.too_many_rows()
    rows: list[dict[str, Any]] = []
    for number, record in enumerate(records, start=1):
        cells: dict[str, Any] = {}
        _flatten(record, "", cells, 0)
        rows.append({"line": number, "cells": cells, "extra": False, "geometry": None})
    columns = list(dict.fromkeys(name for row in rows for name in row["cells"]))
    return {"format": "json", "delimiter": "", "encoding": "utf-8", "columns": columns, "rows": rows}


def _records(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        value = next((value[name] for name in ("value", "results") if isinstance(value.get(name), list)), [value])
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        message, hint = N_("The JSON file holds no submissions."), N_("Export it again from the form server.")
        raise RefusedInput("unknown_format", message, hint=hint)
    if not value:
        message, hint = N_("There is no row in the file."), N_("Export it again from the form server.")
        raise RefusedInput("no_content", message, hint=hint)
    return value


def _flatten(record: dict[str, Any], above: str, cells: dict[str, Any], depth: int) -> None:
    for name, value in record.items():
        column = f"{above}{name}"
        if isinstance(value, dict) and "coordinates" not in value:
            if depth < _DEEPEST:
                _flatten(value, f"{column}/", cells, depth + 1)
        elif isinstance(value, list):
            plain = [part for part in value if isinstance(part, (str, int, float)) and not isinstance(part, bool)]
            if plain and len(plain) == len(value):
                cells.setdefault(column, plain)
        else:
            cells.setdefault(column, value)
