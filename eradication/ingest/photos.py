"""Photos → what they say of themselves, and a copy without EXIF: read in the sandbox, judged here.

Call :func:`read`. When and where a photo was taken is told by others too, see
:mod:`eradication.ingest.photo_clock` and :mod:`eradication.ingest.photo_track`.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from eradication.config import Settings
from eradication.domain import Json, PhotoFacts
from eradication.errors import N_, UnusableInput
from eradication.ingest import sandbox

EARLIEST = datetime(2000, 1, 2, tzinfo=UTC)
"""An earlier time is that of a clock that was never set."""
_ROLLOVER = timedelta(weeks=1024)


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises:
        UnusableInput: ``unknown_timezone``.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = N_("Write for example Asia/Ho_Chi_Minh.")
        message = N_("'{name}' is no known time zone.")
        raise UnusableInput("unknown_timezone", message, where="timezone", hint=hint, values={"name": name}) from None


def read(path: Path, *, timezone: ZoneInfo, settings: Settings, now: datetime) -> tuple[PhotoFacts, bytes]:
    """Read one photo.

    Args:
        path: JPEG, PNG, WEBP or HEIC.
        timezone: of a camera's clock that states none.
        settings: limits, and how large the copy is.
        now: our clock, aware; times from satellites that lie ahead of it are left out.

    Returns:
        What it says, and the copy as JPEG bytes.

    Raises:
        UnusableInput: ``no_such_file`` and others of the sandbox.
        RefusedInput: see :func:`eradication.ingest.formats.photo.read`, and those of the sandbox.
        StorageFailed: no room to copy the file to.
    """
    sha256 = sandbox.digest(path)
    wish = settings.photos
    options: dict[str, Json] = {"megapixels": wish.megapixels, "side_px": wish.side_px, "quality": wish.quality}
    raw: dict[str, Any] = sandbox.read(path, "photo", settings.limits, options=options)
    stated, assumed = _stated(raw, timezone)
    notes = list(raw["notes"])
    gps = _satellites(raw, stated, now + timedelta(hours=settings.cleaning.future_h), notes)
    facts = PhotoFacts(
        sha256=sha256,
        format=str(raw["format"]),
        width=int(raw["width"]),
        height=int(raw["height"]),
        phash=str(raw["phash"]),
        stated_at=stated,
        zone_assumed=assumed,
        gps_at=gps,
        lon=raw.get("lon"),
        lat=raw.get("lat"),
        accuracy_m=raw.get("accuracy_m"),
        ele_m=raw.get("ele_m"),
        direction_deg=raw.get("direction_deg"),
        make=str(raw.get("make", "")),
        model=str(raw.get("model", "")),
        camera=str(raw.get("camera", "")),
        simulated=bool(raw.get("simulated")),
        notes=tuple(notes),
    )
    return facts, bytes(raw["copy"])


def _stated(raw: dict[str, Any], timezone: ZoneInfo) -> tuple[datetime | None, bool]:
    """Return the time on the camera's clock as UTC, and whether its zone was assumed."""
    if "stated_at" not in raw:
        return None, False
    naive = datetime.fromisoformat(raw["stated_at"])
    try:
        if "utc_offset_s" in raw:
            return naive.replace(tzinfo=UTC) - timedelta(seconds=raw["utc_offset_s"]), False
        return naive.replace(tzinfo=timezone).astimezone(UTC), True
    except OverflowError:  # the first or the last day there is
        return None, False


def _satellites(raw: dict[str, Any], stated: datetime | None, latest: datetime, notes: list[str]) -> datetime | None:
    """Return the time from satellites, unless the receiver's week counter has rolled over or it lies ahead."""
    if "gps_at" not in raw:
        return None
    when = datetime.fromisoformat(raw["gps_at"])
    if stated is not None and abs(stated - when - _ROLLOVER) < timedelta(days=2):
        notes.append("gps_week_rollover")
        return None
    if not EARLIEST <= when <= latest:
        notes.append("implausible_gps_time")
        return None
    return when
