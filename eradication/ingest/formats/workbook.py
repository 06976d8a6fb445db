"""XLSX workbooks → rows of cells, as they stand in the first sheet that holds any. Used only in the worker."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import zipped

BOUNDS = zipped.Bounds(entries=500, total_bytes=200 * 1024 * 1024, ratio=200)
PART = "xl/workbook.xml"
"""What makes a ZIP a workbook."""


def rows(path: Path, most: int, most_columns: int) -> list[tuple[int, Sequence[Any]]]:
    """Return the rows that hold something, each with its number in the sheet; none for an empty workbook.

    Args:
        path: the workbook.
        most: rows beyond this number are not looked at.
        most_columns: columns beyond this number are not looked at.

    Raises:
        RefusedInput: ``unknown_format`` if it is no workbook, ``bad_archive``, ``unreadable_table``.
    """
    _examine(path)
    import openpyxl  # other formats ask this module what a workbook is, and need not wait for the library
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        # As an open file: by its path the library judges the name, which may be wrong.
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            for sheet in book.worksheets:
                found = [
                    (line, row)
                    for line, row in enumerate(sheet.iter_rows(values_only=True, max_col=most_columns), start=1)
                    if line <= most and any(value not in (None, "") for value in row)
                ]
                if found:
                    return found
    except (InvalidFileException, KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
        raise RefusedInput(
            "unreadable_table",
            N_("The table cannot be read: {error}."),
            hint=N_("Open the table with the program that made it and save it again as CSV or XLSX."),
            values={"error": str(error)[:200]},
        ) from None
    return []


def _examine(path: Path) -> None:
    """Refuse an archive that is not a workbook, unpacks to too much, or holds a DOCTYPE."""
    with zipped.opened(path, BOUNDS) as archive:
        if PART not in archive.names:
            hint = N_("Save the table as XLSX with a spreadsheet program, or as CSV.")
            raise RefusedInput("unknown_format", N_("This ZIP file is no workbook."), hint=hint)
        for name in archive.names:
            if b"<!DOCTYPE" in archive.read(name)[:4096].replace(b"\x00", b"").upper():
                raise zipped.bad_archive(N_("The workbook holds a document type definition."))
