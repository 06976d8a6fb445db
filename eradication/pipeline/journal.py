"""How domain values are written into events: plain JSON, the same everywhere, nothing that cannot be replayed."""

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from eradication import geo
from eradication.domain import Event, EventKind, Json, Patrol, PatrolFile, Perimeter, Tip
from eradication.domain.event import SIMULATED, iso
from eradication.domain.visit import Submission
from eradication.history import Followed, payload
from eradication.ingest.boundaries import BoundaryFile


def plain(value: Any) -> Json:
    """Return ``value`` (a dataclass field's) as JSON."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def of_patrol(patrol: Patrol, file: PatrolFile) -> dict[str, Json]:
    """Return the payload of ``patrol_recorded``; the fixes themselves go into the track table."""
    return {
        "patrol": patrol_summary(patrol),
        "simulated": is_simulated(patrol),
        "sha256": file.sha256,
        "file": file.path.rsplit("/", 1)[-1],
        "format": file.format,
        "facts": plain(file.facts),
    }


def is_simulated(patrol: Patrol) -> bool:
    """Tell whether a patrol says of itself that it was never walked."""
    return any(SIMULATED in text for text in (patrol.name, *(point.note for point in patrol.waypoints)))


def patrol_summary(patrol: Patrol) -> dict[str, Json]:
    """Return what the ledger needs to know of a patrol: when, how long, how far, which cells, how many fixes."""
    return {
        "id": patrol.id,
        "walk": patrol.walk,
        "unit": patrol.unit,
        "name": patrol.name,
        "kind": patrol.kind,
        "start": iso(patrol.start) if patrol.start else None,
        "end": iso(patrol.end) if patrol.end else None,
        "length_km": round(patrol.length_km, 4),
        "hours": round(patrol.hours, 4),
        "total": patrol.total,
        "kept": patrol.kept,
        "marked": plain(patrol.marked),
        "waypoints": len(patrol.waypoints),
        "cells": plain(patrol.cells),
        "perimeters": [_perimeter(one) for one in patrol.perimeters],
    }


def _perimeter(one: Perimeter) -> dict[str, Json]:
    """Return a walked boundary: what was measured, and its outline for comparing it with another walk."""
    tenths = ("area_m2", "area_se_m2", "perimeter_m", "gap_m")
    return {
        **{name: round(getattr(one, name), 1) for name in tenths},
        "sigma_m": round(one.sigma_m, 2),
        "laps": one.laps,
        "laps_differ_pct": None if one.laps_differ_pct is None else round(one.laps_differ_pct, 1),
        "crossings": one.crossings,
        "outline": payload.geojson(geo.rounded(one.polygon)),
    }


def of_boundaries(found: BoundaryFile, sha256: str, valid_from: date, valid_to: date | None) -> dict[str, Json]:
    """Return the payload of ``boundaries_imported``; the polygons themselves go into the table of units."""
    return {
        "sha256": sha256,
        "file": found.name,
        "valid_from": valid_from.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
        "units": len(found.units),
        "warnings": plain([dataclasses.asdict(warning) for warning in found.warnings]),
    }


def of_candidate(followed: Followed, code: str) -> dict[str, Json]:
    """Return the payload of ``candidate_proposed``."""
    return {
        "candidate": payload.candidate_json(followed.candidate),
        "plot_id": followed.plot_id,
        "founding": followed.founding,
        "code": code,
        "ambiguous_with": list(followed.ambiguous_with),
    }


def of_tip(tip: Tip) -> dict[str, Json]:
    """Return a tip as plain JSON; fields without a value are left out, and its source is no field of it."""
    values = {item.name: getattr(tip, item.name) for item in dataclasses.fields(tip)}
    return {name: plain(value) for name, value in values.items() if value not in (None, "")}


def of_submission(form: Submission) -> dict[str, Json]:
    """Return what an event says of the form it was filled in on; files found with it are originals of the event."""
    told: dict[str, Json] = {
        "form": {"form": form.form, "version": form.version, "instance_id": form.instance_id},
    }
    found: list[Json] = [{"file": name, "sha256": sha256} for name, sha256 in form.attachments if sha256]
    return told | ({"attachments": found} if found else {})


def of_event(event: Event, corrected: Event | None = None) -> dict[str, Any]:
    """Return what answers say of an event: when it was, what it is about, and who says so.

    Args:
        event: the event.
        corrected: the event that it corrects: whoever strikes a row out says no more than which.
    """
    visit = event.payload.get("visit")
    struck_out = event.kind is EventKind.VISIT_CORRECTED and visit is None
    if struck_out and corrected is not None:
        visit = corrected.payload["visit"]
    visit = visit if isinstance(visit, dict) else {}
    return {
        "origin": event.origin,
        "number": event.number,
        "kind": str(event.kind),
        "happened_at": iso(event.happened_at),
        "recorded_at": iso(event.recorded_at),
        "plot": str(event.payload.get("plot_id", "")),
        "unit": str(visit.get("unit") or event.payload.get("unit", "")),
        "outcome": str(visit.get("outcome", "")),
        "visit_id": str(visit.get("visit_id", "")),
        "struck_out": struck_out,
        "reason": str(event.payload.get("reason", "")),
        "hash": event.hash,
    }


def corrected_by(event: Event, events: Mapping[tuple[str, int], Event]) -> Event | None:
    """Return the event that a correction answers, of ``events`` by their key; ``None`` of any other event."""
    if event.kind is not EventKind.VISIT_CORRECTED:
        return None
    origin, number = event.payload["corrects"]
    return events.get((str(origin), int(number)))


def plots_named(event: Event) -> set[str]:
    """Return the ids of the plots an event is about; a decision is about several."""
    payload = event.payload
    parts = (str(part["plot_id"]) for part in payload.get("parts", ()))
    return {str(payload.get("plot_id", "")), *map(str, payload.get("names", ())), *parts, *_merged(event)}


def _merged(event: Event) -> list[str]:
    decided = event.kind in (EventKind.PLOTS_MERGED, EventKind.PLOTS_HELD_APART)
    return [str(plot) for plot in event.payload["plots"]] if decided else []
