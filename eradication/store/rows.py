"""Values as rows of their tables."""

from eradication.domain.event import iso
from eradication.store import tracks
from eradication.store.contract import PatrolRecord, Row


def of_layer(row: Row, place: str) -> Row:
    """Return a row as its table has it; without ``place`` the table has no geometry."""
    told = {name: value for name, value in row.items() if name != "geometry"}
    return told | {place: row["geometry"]} if place else told


def of_segment(patrol_id: str, segment: int, packed: bytes) -> Row:
    """Return the row of a track segment."""
    fixes = tracks.unpack(packed)
    return {
        "geom": tracks.line(fixes),
        "patrol_id": patrol_id,
        "segment": segment,
        "fixes": len(fixes),
        "kept": int(fixes.kept.sum()),
        "packed": packed,
    }


def of_waypoints(record: PatrolRecord) -> list[Row]:
    """Return the rows of a patrol's waypoints."""
    return [
        {
            "geom": tracks.point(waypoint),
            "patrol_id": record.patrol_id,
            "position": position,
            "lon": waypoint.lon,
            "lat": waypoint.lat,
            "time": None if waypoint.time is None else iso(waypoint.time),
            "name": waypoint.name,
            "note": waypoint.note,
        }
        for position, waypoint in enumerate(record.waypoints)
    ]
