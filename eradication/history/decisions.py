"""What people decided about places: these are one, these are two, this one is really several.

A decision is an event like any other. It holds for everything recorded before and after it, so that laptops that were
apart end in the same places, in whatever order their events arrive; of two decisions about one pair of plots the one
recorded last stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from eradication.domain import Event, EventKind
from eradication.errors import EradicationError
from eradication.geo import centre
from eradication.history.facts import Fact, Facts, Finding, Key
from eradication.history.payload import geometry

type Pair = frozenset[str]

KINDS = (EventKind.PLOTS_MERGED, EventKind.PLOTS_HELD_APART, EventKind.PLOT_SPLIT)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the places that a plot was divided into."""

    plot_id: str
    code: str
    geometry: BaseGeometry
    """As the person drew it, WGS 84."""
    since: datetime
    """When the plot was divided."""


@dataclass(frozen=True, slots=True)
class Split:
    """A plot that is really several."""

    names: tuple[str, ...]
    """Ids that stood for the plot when it was divided."""
    parts: tuple[Part, ...]
    """The first keeps the plot's id and code."""
    key: Key


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided, as of a time."""

    together: tuple[tuple[str, str], ...] = ()
    """Pairs of ids that are one place."""
    apart: frozenset[Pair] = frozenset()
    """Pairs of ids that are two."""
    splits: tuple[Split, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def read(events: Iterable[Event]) -> Decisions:
    """Return what the events decide; they are cut to the time asked for before."""
    known = {event.key: event for event in events if event.kind in KINDS}
    pairs: dict[Pair, bool] = {}
    splits: list[Split] = []
    findings: list[Finding] = []
    for event in sorted(known.values(), key=lambda e: (e.recorded_at, *e.key)):
        try:
            if event.kind is EventKind.PLOT_SPLIT:
                splits.append(_split(event))
            else:
                pairs |= dict.fromkeys(_pairs(event), event.kind is EventKind.PLOTS_MERGED)
        except (KeyError, TypeError, ValueError, AttributeError, EradicationError) as error:
            findings.append(Finding("unreadable_event", type(error).__name__, "", "", event.key))
    together = sorted(tuple(sorted(pair)) for pair, joined in pairs.items() if joined)
    return Decisions(
        together=tuple((first, second) for first, second in together),
        apart=frozenset(pair for pair, joined in pairs.items() if not joined),
        splits=tuple(splits),
        findings=findings,
    )


def _pairs(event: Event) -> list[Pair]:
    first, *others = (str(plot_id) for plot_id in event.payload["plots"])
    if event.kind is EventKind.PLOTS_MERGED:
        return [frozenset((first, other)) for other in others if other != first]
    ids = [first, *others]
    return [frozenset((a, b)) for number, a in enumerate(ids) for b in ids[number + 1 :] if a != b]


def _split(event: Event) -> Split:
    payload: Mapping[str, Any] = event.payload
    parts = []
    for part in payload["parts"]:
        shape = geometry(part["geometry"])
        if shape is None:
            raise ValueError("a part without outline")
        parts.append(Part(str(part["plot_id"]), str(part["code"]), shape, event.happened_at))
    if len(parts) < 2:
        raise ValueError("fewer than two parts")
    return Split(tuple(str(name) for name in payload["names"]), tuple(parts), event.key)


def divide(facts: Facts, decisions: Decisions) -> Facts:
    """Return the facts with those of a divided plot given to its parts.

    What has a place goes to the part that holds its centre, else to the nearest; a candidate's outline is cut along the
    parts, each of them a candidate of its own; what concerns the plot as a whole (dismissed, assigned) holds for every
    part; a visit that states no place stays with the part that kept the id.
    """
    counted = facts.counted
    for split in decisions.splits:
        names = set(split.names)
        counted = [part for fact in counted for part in (_divided(fact, split) if fact.plot_id in names else (fact,))]
    counted = sorted(counted, key=lambda fact: (fact.order, fact.plot_id))
    return replace(facts, counted=counted, findings=facts.findings + decisions.findings)


def _divided(fact: Fact, split: Split) -> Sequence[Fact]:
    if fact.candidate is not None:
        return _cut(fact, split)
    if fact.visit is None:
        return [replace(fact, plot_id=part.plot_id) for part in split.parts]
    place = fact.footprint
    part = split.parts[0] if place is None else _nearest(Point(centre(place.geometry)), split.parts)
    return [_to(fact, part, split)]


def _to(fact: Fact, part: Part, split: Split) -> Fact:
    return replace(fact, plot_id=part.plot_id, code=fact.code if part is split.parts[0] else part.code)


def _nearest(point: Point, parts: Sequence[Part]) -> Part:
    return min(parts, key=lambda part: part.geometry.distance(point))


def _cut(fact: Fact, split: Split) -> Sequence[Fact]:
    """Cut a candidate along the parts; where it does not touch one, that part has no candidate of this run."""
    candidate = fact.candidate
    assert candidate is not None
    whole = candidate.geometry.area
    pieces = []
    for number, part in enumerate(split.parts):
        common = shapely.intersection(candidate.geometry, part.geometry)
        share = common.area / whole if whole else 0.0
        if share > 0.0:
            lon, lat = centre(common)
            cut = replace(
                candidate,
                id=f"{candidate.id}/{number + 1}",
                geometry=common,
                lon=lon,
                lat=lat,
                area_m2=candidate.area_m2 * share,
            )
            pieces.append(replace(_to(fact, part, split), candidate=cut))
    return pieces or [_to(fact, _nearest(Point(candidate.lon, candidate.lat), split.parts), split)]
