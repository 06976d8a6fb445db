"""Cells of hand-kept tables: numbers, times and texts as people type them, read only where they are unambiguous."""

import math
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from eradication.errors import N_, RefusedInput

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_VIETNAMESE = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")
_ENGLISH = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+")
_DOTTED = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?:[ T,]+([0-9]{1,2})[:hg]([0-9]{2})(?::([0-9]{2}))?)?"
)

# Marks of direction and joining, which make two texts that look alike differ.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x061C, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
)

_MARKED = ("'=", "'+", "'-", "'@")
"""A text that our own tables mark as one, so that no spreadsheet takes it for a formula."""

EXCEL_EPOCH = datetime(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)
"""1954 … 2119: numbers outside are not dates."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def text(value: Any) -> str:
    """Return a cell as NFC text without invisible marks and control characters; whole numbers without ``.0``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    clean = unicodedata.normalize("NFC", str(value)).translate(_INVISIBLE)
    seen = "".join(c if c.isprintable() else " " for c in clean).strip()
    return seen[1:] if seen.startswith(_MARKED) else seen


def number(
    value: Any, field: str, *, grouped: bool = False, least: float = 0.0, most: float = math.inf
) -> float | None:
    """Read a number: a dot is the decimal sign; ``1.234,5``, ``12,5`` and ``1.234.567`` have one meaning and are taken.

    Args:
        value: the cell.
        field: its column, for the message.
        grouped: the file writes decimals with commas, so that ``1.234`` may mean 1 234.
        least: a smaller value is hardly meant: where it is, ``1.200`` m² may be 1 200.
        most: the largest value that can be meant; it tells decimals from thousands in ``104,612`` degrees.

    Returns:
        The number, or ``None`` for an empty cell.

    Raises:
        RefusedInput: ``bad_number``, ``ambiguous_number``.
    """
    if isinstance(value, bool):
        raise _bad_number(value, field)
    if isinstance(value, (int, float)):
        return _finite(float(value), value, field)
    written = re.sub(r"[\s\u00a0\u202f]", "", text(value)).replace("−", "-")
    if not written:
        return None
    small = bool(_GROUP.fullmatch(written)) and abs(float(written.replace(",", "."))) < least
    doubtful = bool(_GROUP.fullmatch(written)) and ("," in written or grouped or small)
    if doubtful and abs(float(re.sub("[.,]", "", written))) <= most:
        raise RefusedInput(
            "ambiguous_number",
            N_("'{text}' in {field} can mean two numbers."),
            hint=N_("Write it without separators of thousands and with a dot for decimals."),
            values={"text": written, "field": field},
        )
    return _finite(_read_number(written, field), value, field)


def _read_number(written: str, field: str) -> float:
    if _PLAIN.fullmatch(written):
        return float(written)
    if _VIETNAMESE.fullmatch(written):
        return float(written.replace(".", "").replace(",", "."))
    if _ENGLISH.fullmatch(written):
        return float(written.replace(",", ""))
    if _DOTTED.fullmatch(written):
        return float(written.replace(".", ""))
    if _COMMA.fullmatch(written):
        return float(written.replace(",", "."))
    raise _bad_number(written, field)


def _finite(value: float, written: Any, field: str) -> float:
    if not math.isfinite(value):
        raise _bad_number(written, field)
    return value


def _bad_number(written: Any, field: str) -> RefusedInput:
    return RefusedInput(
        "bad_number",
        N_("'{text}' in {field} is not a number."),
        hint=N_("Write digits only, with a dot for decimals and without a unit."),
        values={"text": text(written), "field": field},
    )


def moment(value: Any, zone: ZoneInfo, field: str = "visited_at") -> tuple[datetime, tuple[str, ...]]:
    """Read a time: ISO 8601, ``31/12/2026 08:30`` (day first, as written in Vietnam) or an Excel day number.

    Returns:
        The time in UTC, and what was assumed: ``timezone_assumed``, ``date_only``, ``day_before_month``,
        ``excel_day_number``.

    Raises:
        RefusedInput: ``bad_time``.
    """
    read, assumed = _read_moment(value)
    if read is None:
        raise RefusedInput(
            "bad_time",
            N_("'{text}' in {field} is not a time."),
            hint=N_("Write for example 2027-02-10T08:30:00+07:00."),
            values={"text": text(value), "field": field},
        )
    if read.tzinfo is None:
        read, assumed = read.replace(tzinfo=zone), (*assumed, "timezone_assumed")
    try:
        when = read.astimezone(UTC)
    except OverflowError:
        when = datetime.min.replace(tzinfo=UTC)
    if when < EARLIEST:
        raise RefusedInput(
            "bad_time",
            N_("The time {text} is too long ago to be right."),
            hint=N_("Write for example 2027-02-10T08:30:00+07:00."),
            values={"text": text(value)},
        )
    return when, assumed


def day(value: Any, zone: ZoneInfo, field: str) -> date:
    """Read a day of any year, as :func:`moment` reads times; of a time with a zone, the day it was in ``zone``.

    Raises:
        RefusedInput: ``bad_date``.
    """
    read, _ = _read_moment(value)
    if read is None:
        raise RefusedInput(
            "bad_date",
            N_("'{text}' in {field} is not a day."),
            hint=N_("Write it as YYYY-MM-DD or DD/MM/YYYY."),
            values={"text": text(value), "field": field},
        )
    return (read if read.tzinfo is None else read.astimezone(zone)).date()


def _read_moment(value: Any) -> tuple[datetime | None, tuple[str, ...]]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _excel_day(float(value))
    written = re.sub(r"^([0-9]{4})/([0-9]{2})/([0-9]{2})\b", r"\1-\2-\3", text(value))  # as GDAL writes moments
    if re.fullmatch(r"[0-9]{5}([.,][0-9]+)?", written):
        return _excel_day(float(written.replace(",", ".")))
    try:
        if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
            return datetime.fromisoformat(written), ("date_only",) if len(written) == 10 else ()
        if match := _DAY_FIRST.fullmatch(written):
            day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
            assumed = ("day_before_month",) if match.group(4) else ("day_before_month", "date_only")
            return datetime(year, month, day, hour, minute, second), assumed
    except ValueError:
        pass
    return None, ()


def _excel_day(days: float) -> tuple[datetime | None, tuple[str, ...]]:
    if not math.isfinite(days) or int(days) not in _EXCEL_DAYS:
        return None, ()
    whole = EXCEL_EPOCH + timedelta(seconds=round(days * 86_400))
    return whole, ("excel_day_number",)
