"""Candidates and visits as the plain JSON of event payloads, and back."""

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication.domain import (
    Candidate,
    CandidateSource,
    Json,
    ScoreKind,
    Season,
    Visit,
)
from eradication.domain.event import iso, parse_iso
from eradication.domain.visit import CODED_FIELDS

_VISIT_FIELDS = tuple(field.name for field in dataclasses.fields(Visit))


def geojson(geometry: BaseGeometry) -> dict[str, Json]:
    """Return a WGS 84 geometry as GeoJSON, longitude first."""
    plain: dict[str, Json] = json.loads(shapely.to_geojson(geometry))
    return plain


def geometry(value: Json) -> BaseGeometry | None:
    """Read GeoJSON, or ``None`` where there is none.

    Raises:
        ValueError: it is not a usable geometry.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("geometry is not an object")
    read = shape(value)
    if read.is_empty or not read.is_valid:
        raise ValueError("geometry is empty or invalid")
    return read


def candidate_json(candidate: Candidate) -> dict[str, Json]:
    """Return a candidate as plain JSON."""
    return {
        "id": candidate.id,
        "season": candidate.season.label,
        "geometry": geojson(candidate.geometry),
        "lon": candidate.lon,
        "lat": candidate.lat,
        "score": candidate.score,
        "score_kind": candidate.score_kind.value,
        "area_m2": candidate.area_m2,
        "run": candidate.run,
        "model": candidate.model,
        "clear_observations": candidate.clear_observations,
        **({"outside": True} if candidate.outside else {}),
        **({"priority": candidate.priority} if candidate.priority is not None else {}),
        **({"sown_on": candidate.sown_on.isoformat()} if candidate.sown_on else {}),
        **({"source": candidate.source.value} if not candidate.is_scored else {}),
    }


def candidate_from(value: Mapping[str, Any]) -> Candidate:
    """Read what :func:`candidate_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, EradicationError: it is not a candidate.
    """
    outline = geometry(value["geometry"])
    if outline is None:
        raise ValueError("a candidate without outline")
    return Candidate(
        id=str(value["id"]),
        season=Season.parse(value["season"]),
        geometry=outline,
        lon=float(value["lon"]),
        lat=float(value["lat"]),
        score=float(value["score"]),
        score_kind=ScoreKind(value["score_kind"]),
        area_m2=float(value["area_m2"]),
        run=str(value["run"]),
        model=str(value["model"]),
        clear_observations=int(value["clear_observations"]),
        outside=bool(value.get("outside", False)),
        priority=None if value.get("priority") is None else float(value["priority"]),
        sown_on=date.fromisoformat(value["sown_on"]) if value.get("sown_on") else None,
        source=CandidateSource(value.get("source", CandidateSource.SATELLITE)),
    )


def visit_json(visit: Visit) -> dict[str, Json]:
    """Return a visit as plain JSON: codes as text, time as UTC ISO 8601; fields without a value are left out."""
    plain: dict[str, Json] = {}
    for name in _VISIT_FIELDS:
        value = getattr(visit, name)
        if value is None or value == "":
            continue
        if name == "visited_at":
            plain[name] = iso(value)
        elif name == "officers":
            plain[name] = list(value)
        else:
            plain[name] = value.value if name in CODED_FIELDS else value
    return plain


def visit_from(value: Mapping[str, Any]) -> Visit:
    """Read what :func:`visit_json` wrote; fields this version does not know are ignored.

    Raises:
        KeyError, TypeError, ValueError: it is not a visit.
    """
    known = {name: value[name] for name in _VISIT_FIELDS if value.get(name) is not None}
    for name, kind in CODED_FIELDS.items():
        if name in known:
            known[name] = kind(known[name])
    known["visited_at"] = parse_iso(known["visited_at"]).astimezone(UTC)
    known["officers"] = tuple(str(officer) for officer in known["officers"])
    return Visit(**known)
