"""Track segments as bytes: every column of every fix, exactly, also what no map can draw.

Version 1 of the packing: ``b"FIX1"``, the number of fixes as uint32, then the zlib stream of the little-endian columns
one after another: lon, lat (float64, degrees), ele_m (float32), time_s (float64), accuracy_m, hdop (float32), mark
(uint8). NaN payloads survive.
"""

import hashlib
import json
import struct
import zlib
from dataclasses import replace
from datetime import datetime

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eradication.domain import MARKS, Fixes, Patrol, Waypoint
from eradication.domain.event import iso
from eradication.geo import is_on_earth
from eradication.store.contract import PatrolRecord
from eradication.store.geometry import line_zm

_HEAD = struct.Struct("<4sI")
_MAGIC = b"FIX1"
_COLUMNS = (
    ("lon", "<f8"),
    ("lat", "<f8"),
    ("ele_m", "<f4"),
    ("time_s", "<f8"),
    ("accuracy_m", "<f4"),
    ("hdop", "<f4"),
    ("mark", "u1"),
)
_FIX_BYTES = sum(np.dtype(kind).itemsize for _, kind in _COLUMNS)
MAX_FIXES = 20_000_000
"""More fixes than this in one segment are taken for damage."""


def pack(fixes: Fixes) -> bytes:
    """Return a segment as bytes."""
    columns = b"".join(np.ascontiguousarray(getattr(fixes, name), kind).tobytes() for name, kind in _COLUMNS)
    return _HEAD.pack(_MAGIC, len(fixes)) + zlib.compress(
        columns, 1
    )  # higher levels take three times as long and save nothing


def unpack(packed: bytes) -> Fixes:
    """Read what :func:`pack` wrote.

    Raises:
        ValueError: it is damaged or of another version.
    """
    n, columns = _columns(packed)
    values, offset = {}, 0
    for name, kind in _COLUMNS:
        column = np.frombuffer(columns, kind, n, offset)
        values[name] = column.astype(column.dtype.newbyteorder("="))
        offset += column.nbytes
    if values["mark"].size and values["mark"].max() >= len(MARKS):
        raise ValueError("a packed segment bears an unknown mark")
    return Fixes(
        lon=values["lon"],
        lat=values["lat"],
        ele_m=values["ele_m"],
        time_s=values["time_s"],
        accuracy_m=values["accuracy_m"],
        hdop=values["hdop"],
        mark=values["mark"],
    )


def _columns(packed: bytes) -> tuple[int, bytes]:
    if len(packed) < _HEAD.size:
        raise ValueError("a packed segment is cut short")
    magic, n = _HEAD.unpack_from(packed)
    if magic != _MAGIC or n > MAX_FIXES:
        raise ValueError("a packed segment of an unknown version")
    stream = zlib.decompressobj()
    try:
        # One byte more than expected is asked for, so that a longer stream shows and none is unpacked whole.
        columns = stream.decompress(packed[_HEAD.size :], n * _FIX_BYTES + 1)
    except zlib.error as error:
        raise ValueError(f"a packed segment is damaged: {error}") from error
    if len(columns) != n * _FIX_BYTES or not stream.eof or stream.unused_data:
        raise ValueError("a packed segment has the wrong length")
    return n, columns


def line(fixes: Fixes) -> BaseGeometry | None:
    """Return the drawable fixes as LineStringZM (Z metres, M seconds since 1970); ``None`` if fewer than two."""
    drawable = is_on_earth(fixes.lon, fixes.lat)
    return line_zm(np.column_stack([fixes.lon, fixes.lat, fixes.ele_m, fixes.time_s]).astype(float)[drawable])


def point(waypoint: Waypoint) -> BaseGeometry | None:
    """Return a waypoint's place, ``None`` if it is nowhere on Earth."""
    if not is_on_earth(waypoint.lon, waypoint.lat):
        return None
    return shapely.Point(waypoint.lon, waypoint.lat)


def crosses(fixes: Fixes, box: BaseGeometry) -> bool:
    """Tell whether the drawable line crosses ``box``."""
    drawn = line(fixes)
    return drawn is not None and bool(shapely.intersects(drawn, box))


def record(patrol: Patrol, recorded_at: datetime) -> PatrolRecord:
    """Return what is kept of ``patrol`` besides its event."""
    return PatrolRecord(
        patrol_id=patrol.id,
        unit=patrol.unit,
        name=patrol.name,
        kind=patrol.kind,
        segments=tuple(pack(segment) for segment in patrol.segments),
        waypoints=patrol.waypoints,
        recorded_at=recorded_at,
    )


def emptied(kept: PatrolRecord) -> PatrolRecord:
    """Return what is kept of a patrol whose track was thinned."""
    return replace(kept, segments=(), waypoints=())


def wins(record: PatrolRecord, kept: PatrolRecord) -> bool:
    """Tell whether a version of a patrol takes the place of the one that is kept, whatever came first.

    One without fixes and waypoints comes from a store where they were thinned, and says nothing of what they were.
    """
    told, known = (bool(one.segments or one.waypoints) for one in (record, kept))
    return content(record) < content(kept) if told == known else told


def waypoint_row(waypoint: Waypoint) -> list[str | None]:
    """Return a waypoint as texts; numbers in a spelling that keeps NaN and every digit."""
    time = None if waypoint.time is None else iso(waypoint.time)
    return [repr(float(waypoint.lon)), repr(float(waypoint.lat)), time, waypoint.name, waypoint.note]


def content(kept: PatrolRecord) -> str:
    """Return the hash that tells two versions of one patrol apart; it does not depend on the compression.

    Raises:
        ValueError: a segment is damaged.
    """
    digest = hashlib.sha256(json.dumps([kept.patrol_id, kept.unit, kept.name, kept.kind]).encode())
    for packed in kept.segments:
        digest.update(hashlib.sha256(_columns(packed)[1]).digest())
    digest.update(json.dumps([waypoint_row(w) for w in kept.waypoints]).encode())
    return digest.hexdigest()
