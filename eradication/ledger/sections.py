"""What stands beside the rows: candidates nobody visited, late entries, kinds of planting, overlaps, plots abroad."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from eradication.domain import State
from eradication.ledger.arithmetic import apportion, whole
from eradication.ledger.entries import UNVISITED, Entry, Side

_COUNTS = ("open", "expired", "dismissed_unvisited", "harvested_undetected")


def unvisited(
    entries: Sequence[Entry], until: datetime, answering: Callable[[str], str], late_days: float
) -> dict[str, Any]:
    """Return I13: candidates nobody went to see, or only when they were cut, by unit too, and what was entered late."""
    by_unit: dict[str, list[Entry]] = {}
    for entry in entries:
        by_unit.setdefault(answering(entry.unit) if entry.unit else "", []).append(entry)
    counted = {unit: _unseen(mine, until) for unit, mine in sorted(by_unit.items())}
    told = {unit: one for unit, one in counted.items() if any(one[name] for name in _COUNTS)}
    visited = [entry for entry in entries if entry.course.latest_entry_days or entry.course.visited_at]
    late = [entry.course.latest_entry_days for entry in visited if entry.course.latest_entry_days >= late_days]
    return _unseen(entries, until) | {
        "by_unit": told,
        "late_entries": len(late),
        "late_entry_median_days": round(median(late), 1) if late else None,
        "detected_after_destroyed": sum(_is_backwards(entry) for entry in entries),
    }


def _unseen(entries: Iterable[Entry], until: datetime) -> dict[str, Any]:
    mine = list(entries)
    waiting = [entry for entry in mine if entry.state in UNVISITED]
    expired = [entry for entry in mine if entry.state is State.EXPIRED]
    dismissed = [entry for entry in mine if entry.state is State.DISMISSED]
    lost = [entry for entry in mine if entry.is_lost]
    days = [max(0, (until - entry.first_seen).days) for entry in waiting]
    return {
        "open": len(waiting),
        "expired": len(expired),
        "dismissed_unvisited": len(dismissed),
        "oldest_days": max(days, default=None),
        "estimated_m2": sum(whole(entry.area_m2) for entry in (*waiting, *expired, *dismissed)),
        "harvested_undetected": len(lost),
        "harvested_m2": sum(whole(entry.area_m2) for entry in lost),
    }


def _is_backwards(entry: Entry) -> bool:
    """Tell whether the detection was entered after the first destruction, as if to make it fit."""
    detection, destruction = entry.course.detection_recorded_at, entry.course.destruction_recorded_at
    return detection is not None and destruction is not None and detection > destruction


def planted(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return plots and m² sown anew and sown again, how many new ones may have moved, how many were destroyed twice."""
    found = [entry for entry in entries if entry.detected_at is not None]
    kinds = {
        kind: {
            "plots": sum(entry.planting == kind for entry in found),
            "m2": sum(entry.detected_m2 for entry in found if entry.planting == kind),
        }
        for kind in ("new", "replanted", "unknown")
    }
    moved = [{"plot": e.plot_id, "code": e.code, "from": e.moved_from} for e in found if e.moved_from]
    return kinds | {"moved": moved, "destroyed_twice": sum(entry.destructions > 1 for entry in found)}


def overlapping(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return each pair of measured outlines that overlap, once, with both units; also where only one is asked about.

    ``m2`` is the ground they have in common, ``less_m2`` how much less the later plot counts here for it: its stated
    area may be another than that of its outline, and ground of three is taken off once.
    """
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    less = _less(entries)
    for entry in entries:
        for overlap in entry.overlaps:
            own = {"plot": entry.plot_id, "code": entry.code, "unit": entry.unit}
            other = {"plot": overlap.other, "code": overlap.other_code, "unit": overlap.other_unit}
            first, second = (other, own) if overlap.counted_there else (own, other)
            key = first["plot"], second["plot"], entry.season.label
            rows[key] = {
                "plots": [first["plot"], second["plot"]],
                "codes": [first["code"], second["code"]],
                "units": [first["unit"], second["unit"]],
                "m2": overlap.m2,
                "less_m2": less.get(key, 0),
                "counted_with": first["plot"],
            }
    return [rows[key] for key in sorted(rows)]


def _less(entries: Iterable[Entry]) -> dict[tuple[str, ...], int]:
    """Return the plot that counts the ground, the other one and season → whole m² that the other counts less."""
    told: dict[tuple[str, ...], int] = {}
    for entry in entries:
        shares = {one.other: one.share for one in entry.overlaps if one.counted_there}
        for first, m2 in apportion(entry.overlap_m2, shares).items():
            told[first, entry.plot_id, entry.season.label] = m2
    return told


def abroad(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what lies outside every commune, and what lies so near the line that nobody can say: never in totals."""
    told = {}
    for side in (Side.OUTSIDE, Side.UNCLEAR):
        mine = [entry for entry in entries if entry.side is side]
        found = [entry for entry in mine if entry.detected_at is not None]
        told[side.value] = {
            "candidates": sum(entry.state in UNVISITED for entry in mine),
            "plots": len(found),
            **{
                name: sum(getattr(entry, name) for entry in mine)
                for name in ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2")
            },
            "joint": [
                {"plot": e.plot_id, "code": e.code, "unit": e.unit, "claimed_m2": e.claimed_m2}
                for e in found
                if e.claimed_m2 and e.course.destroyed_by == "joint"
            ],
            "listed": [
                {
                    "plot": e.plot_id,
                    "code": e.code,
                    "unit": e.unit,
                    "state": e.state.value,
                    "detected_m2": e.detected_m2,
                }
                for e in found
            ],
        }
    return told
