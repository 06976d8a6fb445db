"""What a camera wrote beside the picture: when and where, as it said it. Used only in the worker of the sandbox.

Nothing is believed further than it can be read: a value that is no number, no time or no place on Earth is left out and
noted. The serial number of a camera leaves this module only as a hash, which tells two cameras apart and no more.
"""

import hashlib
import math
import re
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from PIL import Image

from eradication.ingest.formats.columns import clean_text

MOST_BYTES = 2 * 1024 * 1024
"""A longer block of EXIF is not looked into; a camera writes some kilobytes."""

_MAIN = {"make": 0x010F, "model": 0x0110, "description": 0x010E}
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_SERIAL = 0xA431
_ORIGINAL = (0x9003, 0x9011, 0x9291)  # time, zone, fraction of a second
_DIGITIZED = (0x9004, 0x9012, 0x9292)
_LAT_REF, _LAT, _LON_REF, _LON, _ELE_REF, _ELE = 1, 2, 3, 4, 5, 6
_TIME, _DIRECTION, _DATUM, _DATE, _ERROR = 7, 17, 18, 29, 31
_WHEN = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)
UNREADABLE = (*_BROKEN, SyntaxError, OSError, EOFError, RecursionError, struct.error)
"""What reading EXIF that somebody made up may raise."""


def read(image: Image.Image) -> dict[str, Any]:
    """Return what the EXIF of a loaded image says; whatever it does not say is absent.

    Returns:
        ``stated_at`` (ISO, without zone), ``utc_offset_s``, ``gps_at`` (ISO, UTC), ``lon``, ``lat`` (degrees WGS 84),
        ``ele_m``, ``accuracy_m`` (radius), ``direction_deg``, ``make``, ``model``, ``camera``, ``simulated`` and
        ``notes``, codes of what was left out.
    """
    raw = image.info.get("exif")
    if isinstance(raw, bytes) and len(raw) > MOST_BYTES:
        return {"notes": ["exif_too_large"]}
    try:
        exif = image.getexif()
        main = dict(exif)
        detail, gps = dict(exif.get_ifd(_EXIF_IFD)), dict(exif.get_ifd(_GPS_IFD))
    except UNREADABLE:
        return {"notes": ["exif_unreadable"]}
    notes: list[str] = []
    found = {**_camera(main, detail), **_stated(detail), **_gps_time(gps), **_place(gps, notes)}
    return {**found, "notes": notes}


def _text(tags: Mapping[int, Any], tag: int, longest: int = 64) -> str:
    value = tags.get(tag)
    if isinstance(value, bytes):
        value = value[: 4 * longest].decode("utf-8", errors="replace")
    return clean_text(value)[:longest].strip() if isinstance(value, str) else ""


def _camera(main: Mapping[int, Any], detail: Mapping[int, Any]) -> dict[str, Any]:
    make, model, serial = _text(main, _MAIN["make"]), _text(main, _MAIN["model"]), _text(detail, _SERIAL)
    said = {"make": make, "model": model, "simulated": "simulated" in _text(main, _MAIN["description"], 200)}
    if not (make or model or serial):
        return said
    digest = hashlib.sha256("\n".join(("eradication camera", make, model, serial)).encode()).hexdigest()[:16]
    # Without a serial number all cameras of one model are one.
    return said | {"camera": f"c-{digest}" if serial else f"m-{digest}"}


def _stated(detail: Mapping[int, Any]) -> dict[str, Any]:
    """Return the time on the camera's clock, of the first of the two tags that can be read."""
    for time_tag, zone_tag, fraction_tag in (_ORIGINAL, _DIGITIZED):
        found = _WHEN.match(_text(detail, time_tag))
        if found is None:
            continue
        try:
            when = datetime(*map(int, found.groups()))  # type: ignore[arg-type]
        except ValueError:
            continue
        fraction = _text(detail, fraction_tag)
        if fraction.isascii() and fraction.isdigit():
            when += timedelta(seconds=float(f"0.{fraction[:6]}"))
        zone = _ZONE.fullmatch(_text(detail, zone_tag))
        told: dict[str, Any] = {"stated_at": when.isoformat()}
        if zone is not None and int(zone[2]) <= 14 and int(zone[3]) < 60:
            seconds = int(zone[2]) * 3600 + int(zone[3]) * 60
            told["utc_offset_s"] = -seconds if zone[1] == "-" else seconds
        return told
    return {}


def _gps_time(gps: Mapping[int, Any]) -> dict[str, Any]:
    parts = re.fullmatch(r"(\d{4})[:-](\d\d)[:-](\d\d)", _text(gps, _DATE))
    if parts is None:
        return {}
    try:
        hours, minutes, seconds = (float(part) for part in gps[_TIME])
        clock_s = hours * 3600 + minutes * 60 + seconds
        if not 0 <= clock_s < 86_401:  # a leap second
            return {}
        day = date(*map(int, parts.groups()))
        when = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=clock_s)
    except _BROKEN:
        return {}
    return {"gps_at": when.isoformat()}


def _place(gps: Mapping[int, Any], notes: list[str]) -> dict[str, Any]:
    if _LAT not in gps and _LON not in gps:
        return {}
    datum = _text(gps, _DATUM).upper().replace(" ", "").replace("-", "")
    if datum and "WGS84" not in datum:
        notes.append("other_datum")
        return {}
    lat = _degrees(gps, _LAT, _LAT_REF, ("N", "S"))
    lon = _degrees(gps, _LON, _LON_REF, ("E", "W"))
    # Exactly 0, 0 is what receivers write that have no fix.
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        notes.append("bad_position")
        return {}
    ele, error = _number(gps, _ELE), _number(gps, _ERROR)
    direction = _number(gps, _DIRECTION)
    if ele is not None and gps.get(_ELE_REF) in (1, b"\x01"):
        ele = -ele
    plausible = {
        "ele_m": ele if ele is not None and -500 <= ele <= 9000 else None,
        "accuracy_m": error if error is not None and 0 < error <= 10_000 else None,
        "direction_deg": direction if direction is not None and 0 <= direction <= 360 else None,
    }
    said = {name: round(value, 1) for name, value in plausible.items() if value is not None}
    return {"lon": round(lon, 7), "lat": round(lat, 7), **said}


def _degrees(gps: Mapping[int, Any], tag: int, ref_tag: int, signs: tuple[str, str]) -> float | None:
    ref = _text(gps, ref_tag).upper()[:1]
    if ref not in signs:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in gps[tag])
    except _BROKEN:
        return None
    if not all(math.isfinite(part) and part >= 0 for part in (degrees, minutes, seconds)) or max(minutes, seconds) > 60:
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if ref == signs[1] else value


def _number(gps: Mapping[int, Any], tag: int) -> float | None:
    try:
        value = float(gps[tag])
    except _BROKEN:
        return None
    return value if math.isfinite(value) else None
