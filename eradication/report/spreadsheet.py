"""Cells of a workbook: text stays text whatever it begins with, numbers and days keep their kind.

A text that begins with ``=`` is taken for a formula by openpyxl, and by the program that opens the file; one of more
than 32 767 characters makes Excel refuse the whole file. Every cell that anybody's words go into is written here.
"""

import io
import math
import re
import zipfile
from collections.abc import Collection
from datetime import UTC, date, datetime

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.xml.functions import tostring

from eradication.report.words import FORMULA, clean

MOST_LETTERS = 32_767
"""Of one cell, as Excel counts them: letters beyond the first 65 536 of Unicode count twice."""
MOST_ROWS = 1_048_576
MOST_NAME = 31
"""Letters of the name of a sheet."""
LOCALES = {"vi": "[$-42A]", "en": "[$-409]"}
"""Language of separators and days, where the program that opens the file heeds it."""

_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_EPOCH = (1980, 1, 1, 0, 0, 0)

type Value = str | int | float | date | None


def put(cell: Cell, value: Value) -> Cell:
    """Write a value into a cell and return the cell.

    Text is freed of what nobody sees, cut where Excel's limit ends, and kept as text even where it looks like a
    formula; a number that is none (NaN, infinity) is a dash.
    """
    if isinstance(value, float) and not math.isfinite(value):
        value = "–"
    if not isinstance(value, str):
        cell.value = value
        return cell
    text = _ESCAPE.sub("_x005F_", fitted("\n".join(map(clean, value.split("\n")))))
    cell.value = text
    cell.data_type = "s"
    if text.startswith(FORMULA):
        cell.quotePrefix = True
    return cell


def fitted(text: str, most: int = MOST_LETTERS) -> str:
    """Return a text, or as much of it as a cell holds, with a sign that something was cut."""
    # What a program reads as an escape is written as one, which takes six letters more.
    if _length(text) + 6 * len(_ESCAPE.findall(text)) <= most:
        return text
    kept, room = [], most - 1
    for found in re.finditer(r"_(?=x[0-9A-Fa-f]{4}_)|.", text, re.DOTALL):
        letter = found.group()
        room -= 7 if letter == "_" and _ESCAPE.match(text, found.start()) else _length(letter)
        if room < 0:
            break
        kept.append(letter)
    return "".join(kept) + "…"


def _length(text: str) -> int:
    """Return how many letters Excel counts."""
    return len(text.encode("utf-16-le")) // 2


def sheet_name(text: str, taken: Collection[str]) -> str:
    """Return a name that a sheet may bear and that no other of ``taken`` bears, however letters are written."""
    name = _NOT_IN_NAMES.sub(" ", clean(text))
    others = {"history", *(other.casefold() for other in taken)}  # the first is Excel's own
    for count in range(1, len(others) + 2):
        end = f" ({count})" if count > 1 else ""
        cut = " ".join(_cut(name, MOST_NAME - len(end)).split()).strip("' ") or "–"
        if (cut + end).casefold() not in others:
            return cut + end
    raise AssertionError("there are more endings than names")


def _cut(text: str, most: int) -> str:
    while _length(text) > most:
        text = text[:-1]
    return text


def number_format(language: str, decimals: int = 0, unit: str = "") -> str:
    """Return the format of numbers: grouped, with decimals, and a unit that is not part of the value."""
    places = "." + "0" * decimals if decimals else ""
    if unit.startswith("%"):
        rest = unit.removeprefix("%")
        return f"{LOCALES[language]}0{places} %" + (f'"{rest}"' if rest else "")
    return f"{LOCALES[language]}#,##0{places}" + (f'" {unit}"' if unit else "")


def day_format(language: str, *, time: bool = False) -> str:
    """Return the format of days, or of moments."""
    day = "dd/mm/yyyy" if language == "vi" else "yyyy-mm-dd"
    return f"{LOCALES[language]}{day}{' hh:mm:ss' if time else ''}"


def packed(book: Workbook, made: datetime) -> bytes:
    """Return a workbook as a file: the same content gives the same bytes, whenever and wherever it is written.

    Args:
        book: the workbook.
        made: written into it as the time it was made, aware.
    """
    whole = io.BytesIO()
    book.save(whole)
    facts = book.properties
    facts.created = facts.modified = made.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    own: dict[str, bytes] = {"docProps/core.xml": tostring(facts.to_tree())}
    out = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = 3, 0o600 << 16
            new.writestr(member, own.get(name) or old.read(name))
    return out.getvalue()
