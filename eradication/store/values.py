"""Plain values that a store takes and gives."""

from dataclasses import dataclass
from datetime import datetime

from eradication.domain import AdminUnit, Event, Lineage, Waypoint


@dataclass(frozen=True, slots=True)
class OriginHead:
    """The end of one origin's chain."""

    origin: str
    label: str
    """Name people gave the device."""
    public_key: str
    """Ed25519 public key, 64 hex digits; ``origin`` is derived from it."""
    events: int
    """Number of the last event, which is also their count."""
    head: str
    """Hash of the last event."""


@dataclass(frozen=True, slots=True)
class OriginCheck:
    """What became of checking one origin's chain."""

    origin: str
    label: str
    events: int
    """Events found."""
    ok: bool
    first_bad: int | None
    """Number of the first event that is missing or not as it was written."""
    reason: str
    """Stable code, empty if all is well: ``missing_event``, ``wrong_hash``, ``wrong_link`` …"""


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a run of foreign events."""

    added: int
    """Events appended now, those that had waited for them included."""
    known: int
    """Events that were there already."""
    pending: int
    """Events of this run that wait for those before them."""


@dataclass(frozen=True, slots=True)
class Held:
    """A foreign event that waits until the events before it arrive."""

    event: Event
    public_key: str
    label: str


@dataclass(frozen=True, slots=True)
class PatrolRecord:
    """Tracks and waypoints of one patrol as they are kept and carried."""

    patrol_id: str
    unit: str
    name: str
    kind: str
    segments: tuple[bytes, ...]
    """Packed by :func:`eradication.store.tracks.pack`."""
    waypoints: tuple[Waypoint, ...]
    recorded_at: datetime
    """The latest time at which a store recorded it; not part of the content."""


@dataclass(frozen=True, slots=True)
class Records:
    """Rows that accompany events."""

    patrols: tuple[PatrolRecord, ...] = ()
    units: tuple[tuple[AdminUnit, datetime], ...] = ()
    """With the time each was recorded."""
    lineage: tuple[tuple[Lineage, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Thinned:
    """What thinning tracks took out of the store."""

    patrols: int
    """Patrols that had fixes or waypoints here."""
    fixes: int
    bytes: int
    """Of their packed fixes."""
