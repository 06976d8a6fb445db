"""Photos of a patrol: what the file says, and what is known of when and where it was taken."""

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
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Photo":
        """Read what :meth:`to_json` wrote."""
        return cls(
            sha256=str(body["sha256"]),
            copy_sha256=str(body["copy"]["sha256"]),
            name=str(body["file"]),
            taken_at=_time(body["taken_at"]),
            time_source=str(body["time_source"]),
            offset_s=body["offset_s"],
            lon=body["lon"],
            lat=body["lat"],
            position_source=str(body["position_source"]),
            error_m=body["error_m"],
            camera=str(body["camera"]),
            phash=str(body["phash"]),
            width=int(body["width"]),
            height=int(body["height"]),
            unit=str(body["unit"]),
            patrol=str(body["patrol"]),
            clock=str(body["clock"]),
            uncertainty_s=body["uncertainty_s"],
            stated_at=_time(body["stated_at"]),
        )


def _time(text: str | None) -> datetime | None:
    return parse_iso(text) if text else None
