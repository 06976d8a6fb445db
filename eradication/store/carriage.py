"""Rows as lines of JSON, the form in which they travel from store to store."""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from eradication.domain import AdminUnit, Event, Lineage, Waypoint
from eradication.domain.event import canonical, iso, parse_iso
from eradication.store import chain, places, tracks
from eradication.store.contract import PatrolRecord
from eradication.store.geometry import decode, encode


def lines(rows: Iterable[Any]) -> bytes:
    """Return each row as one line of canonical JSON."""
    return b"".join(canonical(row) + b"\n" for row in rows)


def read_lines[T](content: bytes, read: Callable[[Any], T]) -> list[T]:
    """Read what :func:`lines` wrote.

    Raises:
        ValueError: a line is not what it should be.
    """
    try:
        return [read(json.loads(line)) for line in content.splitlines()]
    except (TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"a row is damaged: {error}") from error


def event_out(event: Event) -> dict[str, object]:
    """Return an event as JSON; the payload stays the text that was hashed."""
    return chain.to_row(event)


def event_in(row: dict[str, Any]) -> Event:
    """Read an event, strictly."""
    return chain.from_row(row)


def patrol_out(record: PatrolRecord) -> dict[str, object]:
    """Return a patrol as JSON."""
    return {
        "patrol_id": record.patrol_id,
        "unit": record.unit,
        "name": record.name,
        "kind": record.kind,
        "recorded_at": iso(record.recorded_at),
        "segments": [base64.b64encode(packed).decode() for packed in record.segments],
        "waypoints": [tracks.waypoint_row(waypoint) for waypoint in record.waypoints],
    }


def patrol_in(row: dict[str, Any]) -> PatrolRecord:
    """Read a patrol; every segment is unpacked once to see that it is whole."""
    record = PatrolRecord(
        patrol_id=_text(row["patrol_id"]),
        unit=_text(row["unit"]),
        name=_text(row["name"]),
        kind=_text(row["kind"]),
        segments=tuple(base64.b64decode(packed, validate=True) for packed in row["segments"]),
        waypoints=tuple(_waypoint(*waypoint) for waypoint in row["waypoints"]),
        recorded_at=_when(row),
    )
    for packed in record.segments:
        tracks.unpack(packed)
    return record


def _waypoint(lon: str, lat: str, time: str | None, name: str, note: str) -> Waypoint:
    when = None if time is None else parse_iso(time)
    return Waypoint(float(lon), float(lat), when, _text(name), _text(note))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def _when(row: dict[str, Any]) -> datetime:
    when = parse_iso(row["recorded_at"])
    if when.tzinfo is None:
        raise ValueError("a time without zone")
    return when


def unit_out(unit: AdminUnit, recorded_at: datetime) -> dict[str, object]:
    """Return a unit as JSON."""
    row = places.unit_row(unit, recorded_at)
    outline = row["geom"]
    row["geom"] = None if outline is None else base64.b64encode(encode(outline)).decode()
    row["lon"], row["lat"] = repr(row["lon"]), repr(row["lat"])
    return row


def unit_in(row: dict[str, Any]) -> tuple[AdminUnit, datetime]:
    """Read a unit."""
    for name in ("code", "name", "source"):
        _text(row[name])
    outline = row["geom"] and decode(base64.b64decode(row["geom"], validate=True))
    unit = places.unit_from({**row, "geom": outline, "lon": float(row["lon"]), "lat": float(row["lat"])})
    if unit.area_km2 is not None:
        float(unit.area_km2)
    return unit, _when(row)


def change_out(change: Lineage, recorded_at: datetime) -> dict[str, object]:
    """Return a change of units as JSON."""
    return places.lineage_row(change, recorded_at)


def change_in(row: dict[str, Any]) -> tuple[Lineage, datetime]:
    """Read a change of units."""
    for name in ("old_code", "old_name", "new_code"):
        _text(row[name])
    return places.lineage_from(row), _when(row)
