"""What an event names and where its places lie: by these two events are known to concern one another.

Whatever cannot be read names nothing but that, and lies nowhere.
"""

from collections.abc import Iterator, Mapping
from math import cos, pi, radians, sqrt
from types import MappingProxyType
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry import shape

from eradication.domain.event import Event, EventKind
from eradication.domain.visit import DEFAULT_AREA_M2

METRES_PER_DEGREE = 111_320.0
SLACK = 1.3
"""Reaches are taken longer than a replay takes them: too many events do no harm."""

ANSWERING: Mapping[EventKind, str] = MappingProxyType(
    {EventKind.VISIT_CORRECTED: "corrects", EventKind.DECISION_WITHDRAWN: "withdraws"}
)
"""Events that answer another → where they name it."""

type Box = tuple[float, float, float, float]
"""West, south, east, north in degrees (WGS 84)."""


def words(event: Event) -> Iterator[tuple[Any, ...]]:
    """Give what an event names, each after what it is; two events that give one word concern one another."""
    payload: Mapping[str, Any] = event.payload
    yield "event", *event.key
    try:
        if isinstance(payload.get(ANSWERING.get(event.kind, "")), list):
            yield "event", *payload[ANSWERING[event.kind]]
        if "plot_id" in payload:
            yield "plot", str(payload["plot_id"])
        for other in (*(payload.get("ambiguous_with") or ()), *payload.get("plots", ()), *payload.get("names", ())):
            yield "plot", str(other)
        for part in payload.get("parts", ()):
            yield "plot", str(part["plot_id"])
            yield "code", str(part["code"])
        if payload.get("reading"):
            yield from _of_reading(payload)
        if payload.get("code"):
            yield "code", str(payload["code"])
        if payload.get("candidate") is not None:
            yield from _of_candidate(str(payload["candidate"]["id"]))
        if payload.get("visit") is not None:
            yield "visit", str(payload["visit"]["unit"]), str(payload["visit"]["visit_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        yield ("odd",)


def _of_reading(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A version of a reading concerns the first one; its id is that of the candidate that it proposes."""
    yield "reading", str(payload["reading"])
    yield "reading", str(payload.get("corrects") or payload["reading"])
    yield from _of_candidate(str(payload["reading"]))


def _of_candidate(name: str) -> Iterator[tuple[str, str]]:
    """Pieces of a candidate that was cut bear its name and their number."""
    yield "candidate", name
    whole, slash, number = name.rpartition("/")
    if slash and number.isdecimal():
        yield "candidate", whole


def boxes(event: Event) -> Iterator[Box]:
    """Give the bounds of every outline or disc an event states; of one that cannot be read there are none."""
    payload: Mapping[str, Any] = event.payload
    try:
        drawn = [payload.get("geometry"), payload.get("outline"), (payload.get("candidate") or {}).get("geometry")]
        drawn += [part["geometry"] for part in payload.get("parts", ())]
        for one in drawn:
            if one is not None:
                yield _bounds(one)
        visit = payload.get("visit") or {}
        if visit.get("lon") is not None and visit.get("lat") is not None:
            yield _disc(float(visit["lon"]), float(visit["lat"]), float(visit.get("area_m2") or DEFAULT_AREA_M2))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ShapelyError):
        return


def _bounds(drawn: Mapping[str, Any]) -> Box:
    if drawn["type"] != "Polygon":
        west, south, east, north = shape(dict(drawn)).bounds
        return west, south, east, north
    lons, lats = zip(*((point[0], point[1]) for point in drawn["coordinates"][0]), strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _disc(lon: float, lat: float, area_m2: float) -> Box:
    high = SLACK * sqrt(area_m2 / pi) / METRES_PER_DEGREE
    wide = high / max(0.01, cos(radians(abs(lat))))
    return lon - wide, lat - high, lon + wide, lat + high
