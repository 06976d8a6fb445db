"""How values are written for people: codes in words, dates in local time, text without hidden characters."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from eradication.domain import TIMEZONE, Episode, State
from eradication.domain.codes import Code
from eradication.domain.patrol import Z95
from eradication.i18n import number

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")
"""With any of these, also in full width, a program that opens a table may begin a formula."""
_ODD = re.compile(r"[^\w-]")
_UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Control characters, lone surrogates, unassigned ones, line and paragraph separators."""


def clean(text: str) -> str:
    """Return ``text`` NFC-normalised on one line.

    Format characters (bidirectional marks and zero-width ones, which hide or reorder what is read) are dropped, other
    unseen ones become a space.
    """
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    return " ".join("".join(" " if unicodedata.category(c) in _UNSEEN else c for c in kept).split())


def tabled(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row for a CSV table: a text that a spreadsheet would take for a formula is marked as text.

    Reading a table takes the mark away again (:func:`eradication.ingest.table_cells.text`).
    """
    return {
        name: f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
        for name, value in row.items()
    }


def in_file_name(code: str) -> str:
    """Return a code as a part of a file's name: codes may hold anything, also what would lead to another folder."""
    return _ODD.sub("-", code)


def ascii_text(text: str) -> str:
    """Return ``text`` in ASCII for handhelds: diacritics dropped, ² as 2, what remains unknown as ``?``."""
    plain = clean(text).translate({ord("đ"): "d", ord("Đ"): "D", ord("–"): "-", ord("±"): "+-"})
    letters = (c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return "".join(letters).encode("ascii", "replace").decode()


def word(code: Code | None, language: str) -> str:
    """Return the word for a code in the user's language, a dash for none."""
    if code is None:
        return "–"
    return code.vietnamese[0] if language == "vi" else code.value.replace("_", " ")


def state(episode: Episode, language: str) -> str:
    """Return the state as a reader needs it: what was destroyed only in part is not said to be destroyed."""
    course = episode.course
    if episode.state is not State.ERADICATED or course.standing_since is None or not course.destructions:
        return word(episode.state, language)
    share = f"{number(int(100 * course.destructions[-1].share + 1e-9), language)} %"
    return f"đã triệt phá một phần ({share})" if language == "vi" else f"eradicated in part ({share})"


def day(when: datetime | None, language: str) -> str:
    """Return the local day (``05/02/2026`` in Vietnamese, ISO in English), a dash for none."""
    return "–" if when is None else date_of(when.astimezone(TIMEZONE), language)


def date_of(day: date, language: str) -> str:
    """Return a day (``05/02/2026`` in Vietnamese, ISO in English)."""
    return day.strftime("%d/%m/%Y" if language == "vi" else "%Y-%m-%d")


def moment(when: datetime, language: str) -> str:
    """Return local day and minute with the zone's offset."""
    return f"{day(when, language)} {when.astimezone(TIMEZONE):%H:%M} (UTC+07:00)"


def measured_area(area_m2: float, se_m2: float, language: str) -> str:
    """Return ``720 ± 127 m² (95 %)`` of an area and its standard error, or the area alone where none was computed."""
    return with_error(area_m2, se_m2, language) + (" (95 %)" if se_m2 > 0 else "")


def with_error(area_m2: float, se_m2: float, language: str) -> str:
    """Return the same without saying that it is the error of 95 %, for a column whose head says so."""
    error = f" ± {number(round(Z95 * se_m2), language)}" if se_m2 > 0 else ""
    return f"{number(round(area_m2), language)}{error} m²"
