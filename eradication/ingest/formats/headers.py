"""Which column of a table is what, by its header in English or Vietnamese, with or without diacritics."""

import re
import unicodedata
from collections.abc import Iterable

from eradication.domain.codes import fold
from eradication.errors import N_, RefusedInput

MEANINGS = {
    "lon": ("lon", "lng", "long", "longitude", "kinhdo"),
    "lat": ("lat", "latitude", "vido"),
    "x": ("x", "east", "easting", "e", "dong", "toadox", "xm"),
    "y": ("y", "north", "northing", "n", "bac", "toadoy", "ym"),
    "crs": ("crs", "epsg", "srid", "hetoado"),
    "time": ("time", "timestamp", "datetime", "fixtime", "recordedat", "thoigian", "thoidiem", "ngaygio"),
    "date": ("date", "ngay"),
    "clock": ("clock", "timeofday", "gio"),
    "ele": ("ele", "elevation", "alt", "altitude", "z", "docao", "caodo"),
    "accuracy": ("accuracy", "acc", "hacc", "accuracym", "dochinhxac", "saiso"),
    "hdop": ("hdop",),
    "patrol": ("patrol", "patrolid", "track", "trackid", "tuantra", "matuantra", "chuyen", "chuyentuantra", "machuyen"),
    "flagged": ("junkstatus", "junk"),
    "event": ("eventtype", "eventtypedisplay", "loaisukien"),
}
TIP_COLUMNS = {
    "tip_id": ("tipid", "matin", "matinbao", "sotin", "sohieutin"),
    "received_at": ("receivedat", "ngaynhan", "ngaygionhan", "thoigiannhan", "thoidiemnhan", "ngaynhantin"),
    "unit": ("unit", "donvi", "donvinhan", "donvitiepnhan"),
    "place": ("place", "noi", "diadiem", "vitri", "diachi"),
    "commune": ("commune", "communecode", "xa", "phuong", "xaphuong", "maxa", "tenxa"),
    **{name: MEANINGS[name] for name in ("lon", "lat", "x", "y", "crs")},
    "radius_m": ("radiusm", "radius", "bankinh", "bankinhm"),
    "crop": ("crop", "cay", "caytrong", "loaicay"),
    "note": ("note", "text", "noidung", "noidungtin", "ghichu"),
    "mailbox": ("mailbox", "homthu", "ban", "tieukhu", "todanpho", "bantieukhutodanpho"),
    "source": (
        "source",
        "nguon",
        "nguontin",
        "nguoibao",
        "nguoibaotin",
        "nguoitogiac",
        "nguoicungcap",
        "informant",
    ),
}
"""Column → how it may be headed, in English or Vietnamese, as :func:`plain` writes it."""
TIPS_NEED = ("tip_id", "received_at")
"""Columns of every table of tips."""
_FIXES = ("fixtime", "junkstatus")
"""Columns that only a table of fixes has."""


def find_columns(headers: list[str]) -> dict[str, int]:
    """Return meaning → position for the headers that are understood; the first of two alike wins.

    Raises:
        RefusedInput: ``columns_missing``: there is no pair of coordinates.
    """
    by_word = {word: meaning for meaning, words in MEANINGS.items() for word in words}
    found: dict[str, int] = {}
    for position, header in enumerate(headers):
        meaning = by_word.get(plain(header))
        if meaning:
            found.setdefault(meaning, position)
    if not ({"lon", "lat"} <= found.keys() or {"x", "y"} <= found.keys()):
        raise RefusedInput(
            "columns_missing",
            N_("The table has no coordinates; its columns are: {columns}."),
            where="line 1",
            hint=N_("Name the columns lon, lat, or x, y and state their EPSG code (Vietnamese: kinh độ, vĩ độ)."),
            values={"columns": ", ".join(header.strip()[:30] for header in headers[:20])},
        )
    return found


def holds_events(headers: list[str]) -> bool:
    """Tell whether a table lists events (EarthRanger's incidents) and not fixes: places to note, no way walked."""
    named = {plain(header) for header in headers}
    return not named.isdisjoint(MEANINGS["event"]) and named.isdisjoint(_FIXES)


def holds_visits(headers: Iterable[str]) -> bool:
    """Tell whether columns are those of visits."""
    names = {re.sub(r"[\s-]+", "_", fold(header.strip(' "'))) for header in headers}
    return names >= {"visit_id", "outcome"}


def refuse_visits(headers: Iterable[str]) -> None:
    """Say where a table of visits or tips belongs, which has places and times too, but no way walked between its rows.

    Raises:
        RefusedInput: ``is_a_visit_table``, ``is_a_tip_table``.
    """
    headers = list(headers)
    refuse_tips(headers)
    if holds_visits(headers):
        raise RefusedInput(
            "is_a_visit_table",
            N_("This is a table of visits, not of fixes: it has the columns visit_id and outcome."),
            hint=N_("Hand it in with: eradication visits import FILE"),
        )


def refuse_tips(headers: Iterable[str]) -> None:
    """Say where a table of tips belongs: taken for one of fixes, it would carry its informants into every bundle.

    Raises:
        RefusedInput: ``is_a_tip_table``.
    """
    names = {plain(header) for header in headers}
    if all(not names.isdisjoint(TIP_COLUMNS[column]) for column in TIPS_NEED):
        raise RefusedInput(
            "is_a_tip_table",
            N_("This is a table of tips, not of fixes."),
            hint=N_("Hand it in with: eradication tips import FILE"),
        )


def crs_needed() -> RefusedInput:
    """Return the refusal of plane coordinates without a coordinate system; it is never guessed."""
    return RefusedInput(
        "crs_needed",
        N_("The table gives x and y, but not their coordinate system."),
        hint=N_("State it, for example --crs EPSG:9206 (VN-2000, Sơn La) or --crs EPSG:32648 (UTM 48N)."),
    )


def plain(header: str) -> str:
    """Return a header in lower case, ASCII letters and digits only: ``Kinh độ`` and ``kinh_do`` are one."""
    letters = unicodedata.normalize("NFD", header.strip().lower().replace("đ", "d"))
    return "".join(c for c in letters if c.isascii() and c.isalnum())
