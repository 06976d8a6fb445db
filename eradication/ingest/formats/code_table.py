"""Reader of tables that say what the codes of declared crops mean: CSV. Runs only in the worker of the sandbox."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eradication.errors import N_, RefusedInput

if TYPE_CHECKING:
    from eradication.domain import Json

_MOST_ROWS = 100_000


def read(path: Path, options: "dict[str, Json]") -> dict[str, Any]:
    """Return ``columns`` (names) and ``rows`` (column → text) of a table with commas, semicolons or tabs.

    Args:
        path: the file, in a folder of its own.
        options: none are known.

    Raises:
        RefusedInput: ``unreadable_table``.
    """
    text = _decoded(path.read_bytes())
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="", restkey=None))
    except csv.Error as error:
        raise _unreadable(error) from None
    if len(rows) > _MOST_ROWS:
        raise _unreadable(f"> {_MOST_ROWS}")
    plain = [{name: cell for name, cell in row.items() if name is not None} for row in rows]
    return {"columns": list(plain[0]) if plain else [], "rows": plain}


def _decoded(data: bytes) -> str:
    """Return the text: UTF-8 with or without a mark, else the code page of western spreadsheets."""
    if b"\x00" in data:
        raise _unreadable("NUL")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _unreadable(error: object) -> RefusedInput:
    message = N_("The table cannot be read: {error}.")
    hint = N_("Save the table of crop codes again as CSV in UTF-8.")
    return RefusedInput("unreadable_table", message, hint=hint, values={"error": str(error)[:200]})
