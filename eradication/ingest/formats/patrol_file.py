"""The reader of patrol files of every format: tells the format, then reads it. Runs in the worker only."""

import importlib
from pathlib import Path
from typing import Any

from eradication.errors import RefusedInput
from eradication.ingest.formats import headers, sniff

_MODULES = {"gpx": "gpx", "kml": "kml", "geojson": "geojson", "csv": "table", "parquet": "parquet"}


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a patrol file.

    Args:
        path: the file; its suffix is the original's.
        options: ``timezone``, ``points`` and, for tables, ``epsg``.

    Returns:
        See :meth:`eradication.ingest.formats.columns.Columns.plain`.

    Raises:
        RefusedInput: whatever makes it unreadable, with a reason.
    """
    try:
        form = sniff.tell(path)
    except RefusedInput:
        _refuse_workbook_of_visits(path)
        raise
    module = importlib.import_module(f"eradication.ingest.formats.{_MODULES[form]}")
    plain: dict[str, Any] = module.read(path, options)
    return plain


def _refuse_workbook_of_visits(path: Path) -> None:
    """No workbook is a patrol, but one of visits gets a better answer than that."""
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return
    from eradication.ingest.formats import visit_table

    try:
        columns = visit_table.read(path, {})["columns"]
    except RefusedInput:
        return
    headers.refuse_visits(columns)
