"""The reader of patrol files of every format: tells the format, then reads it. Runs in the worker only."""

import importlib
from pathlib import Path
from typing import Any

from eradication.ingest.formats import sniff

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
    module = importlib.import_module(f"eradication.ingest.formats.{_MODULES[sniff.tell(path)]}")
    plain: dict[str, Any] = module.read(path, options)
    return plain
