"""Photos of a patrol: what the file says, and what is known of when and where it was taken."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eradication.domain.event import iso, parse_iso

TIME_SOURCES = ("gps", "corrected", "camera", "none")
"""Where the time of a photo comes from: satellites; the camera's clock, corrected; that clock as it is; nowhere."""

POSITION_SOURCES = ("exif", "track", "none")
"""Where its place comes from: the photo itself; the patrol's track at that time; nowhere."""


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What the file of a photo says itself."""

    sha256: str
    """Of the original, byte for byte."""
    format: str
    width: int
    """Pixels, upright."""
    height: int
    phash: str
    """64-bit fingerprint of the picture, 16 hex digits."""
    stated_at: datetime | None = None
    """On the camera's clock, UTC after taking off the zone it states or is assumed to be in."""
    zone_assumed: bool = False
    """The camera stated no zone."""
    gps_at: datetime | None = None
    """From satellites, UTC."""
    lon: float | None = None
    """Degrees WGS 84, as the photo states it."""
    lat: float | None = None
    accuracy_m: float | None = None
    """Radius, as the photo states it."""
    ele_m: float | None = None
    direction_deg: float | None = None
    """Where the camera looked, clockwise from north."""
    make: str = ""
    model: str = ""
    camera: str = ""
    """``c-…`` tells one camera, ``m-…`` only its model; empty = nothing is stated. Never a serial number."""
    simulated: bool = False
    notes: tuple[str, ...] = ()
    """Codes of what was left out: ``bad_position``, ``exif_unreadable`` …"""

    def to_json(self) -> dict[str, Any]:
        """Return what a :class:`Photo` does not hold itself, as part of its event."""
        return {
            "format": self.format,
            "zone_assumed": self.zone_assumed,
            "gps_at": iso(self.gps_at) if self.gps_at else None,
            "lon": self.lon,
            "lat": self.lat,
            "accuracy_m": self.accuracy_m,
            "ele_m": self.ele_m,
            "direction_deg": self.direction_deg,
            "make": self.make,
            "model": self.model,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo as it is recorded."""

    sha256: str
    copy_sha256: str
    """Of the copy without EXIF, the only one shown to others."""
    name: str
    """Base name of the file as it was handed in."""
    taken_at: datetime | None
    """UTC, the clock of the camera corrected."""
    time_source: str
    """One of :data:`TIME_SOURCES`."""
    offset_s: float | None
    """Seconds by which the camera's clock was ahead; taken off ``stated_at``."""
    lon: float | None
    """Degrees WGS 84."""
    lat: float | None
    position_source: str
    """One of :data:`POSITION_SOURCES`."""
    error_m: float | None
    """Radius within which it was taken, two times out of three."""
    camera: str
    phash: str
    width: int
    height: int
    unit: str
    patrol: str
    """Id of the patrol it belongs to, or empty."""
    clock: str = ""
    """How ``offset_s`` is known, see :mod:`eradication.ingest.photo_clock`."""
    uncertainty_s: float | None = None
    stated_at: datetime | None = None
    track_m: float | None = None
    """Metres between the place that the photo states and the patrol's track at that time, where both are known."""

    def to_json(self) -> dict[str, Any]:
        """Return it as the payload of ``photo_recorded``; both files stand under ``sha256`` and travel with it."""
        return {
            "sha256": self.sha256,
            "copy": {"sha256": self.copy_sha256},
            "file": self.name,
            "stated_at": iso(self.stated_at) if self.stated_at else None,
            "taken_at": iso(self.taken_at) if self.taken_at else None,
            "time_source": self.time_source,
            "offset_s": self.offset_s,
            "clock": self.clock,
            "uncertainty_s": self.uncertainty_s,
            "lon": self.lon,
            "lat": self.lat,
            "position_source": self.position_source,
            "error_m": self.error_m,
            "camera": self.camera,
            "phash": self.phash,
            "width": self.width,
            "height": self.height,
            "unit": self.unit,
            "patrol": self.patrol,
            "track_m": self.track_m,
        }

    def facts(self, says: Mapping[str, Any], *, simulated: bool) -> PhotoFacts:
        """Return what the file says itself, from this and what :meth:`PhotoFacts.to_json` wrote beside it.

        Raises:
            ValueError, KeyError, TypeError: it is something else.
        """
        return PhotoFacts(
            sha256=self.sha256,
            format=str(says["format"]),
            width=self.width,
            height=self.height,
            phash=self.phash,
            stated_at=self.stated_at,
            zone_assumed=bool(says["zone_assumed"]),
            gps_at=_time(says["gps_at"]),
            lon=_number(says["lon"]),
            lat=_number(says["lat"]),
            accuracy_m=_number(says["accuracy_m"]),
            ele_m=_number(says["ele_m"]),
            direction_deg=_number(says["direction_deg"]),
            make=str(says["make"]),
            model=str(says["model"]),
            camera=self.camera,
            simulated=simulated,
            notes=tuple(str(note) for note in says["notes"]),
        )

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Photo":
        """Read what :meth:`to_json` wrote, of this device or another one.

        Raises:
            ValueError, KeyError, TypeError: it is something else.
        """
        return cls(
            sha256=_hex(body["sha256"], 64),
            copy_sha256=_hex(body["copy"]["sha256"], 64),
            name=str(body["file"]),
            taken_at=_time(body["taken_at"]),
            time_source=_one_of(TIME_SOURCES, body["time_source"]),
            offset_s=_number(body["offset_s"]),
            lon=_number(body["lon"]),
            lat=_number(body["lat"]),
            position_source=_one_of(POSITION_SOURCES, body["position_source"]),
            error_m=_number(body["error_m"]),
            camera=str(body["camera"]),
            phash=_hex(body["phash"], 16),
            width=int(body["width"]),
            height=int(body["height"]),
            unit=str(body["unit"]),
            patrol=str(body["patrol"]),
            clock=str(body["clock"]),
            uncertainty_s=_number(body["uncertainty_s"]),
            stated_at=_time(body["stated_at"]),
            track_m=_number(body["track_m"]),
        )


def _time(text: str | None) -> datetime | None:
    when = parse_iso(text) if text else None
    if when is not None and when.tzinfo is None:
        raise ValueError("a time without zone")
    return when


def _number(value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{value!r} is no number")


def _hex(value: object, digits: int) -> str:
    if isinstance(value, str) and re.fullmatch(rf"[0-9a-f]{{{digits}}}", value):
        return value
    raise ValueError(f"{value!r} is no hash")


def _one_of(known: tuple[str, ...], value: object) -> str:
    if value in known:
        return str(value)
    raise ValueError(f"{value!r} is none of {known}")
