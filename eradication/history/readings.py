"""Readings of fine images (≤ 10 cm) as facts: what two people saw apart from one another is *detected*.

The first reader draws an outline: the place becomes a candidate. The second is shown a square that holds the place
somewhere, without outline and verdict. Both say poppy: the plot was detected when the image was taken, its area that of
the outline, or the mean of both. They disagree: it stays a candidate, and is listed for a person. Of several second
readings the first recorded by another person counts; who cannot tell has not read. Who read may not verify.

A reader of another unit who sees on an image taken after a destruction that no plant is left *verifies* it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import (
    AreaMethod,
    Candidate,
    CandidateSource,
    Crop,
    Event,
    EventKind,
    Outcome,
    ScoreKind,
    Season,
    Visit,
)
from eradication.domain.codes import ReadVerdict
from eradication.domain.event import parse_iso
from eradication.errors import EradicationError
from eradication.history.facts import Fact, Facts, Finding, Key, select
from eradication.history.payload import geometry
from eradication.history.states import Trigger

POPPY = ReadVerdict.OPIUM_POPPY
PROPOSED, CONFIRMED, CLEARED = "proposed", "confirmed", "cleared"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a place by one person."""

    key: Key
    recorded_at: datetime
    id: str
    """Of the place as it was proposed; a second reading bears the same."""
    is_first: bool
    taken_at: datetime
    """When the image was taken, UTC."""
    layer: str
    layer_hash: str
    reviewer: str
    unit: str
    verdict: ReadVerdict
    outline: BaseGeometry | None
    """WGS 84; a first reading always has one."""
    plot_id: str = ""
    founding: bool = False
    code: str = ""
    ambiguous_with: tuple[str, ...] = ()

    @property
    def recording(self) -> tuple[datetime, str, int]:
        """Order in which readings were recorded."""
        return self.recorded_at, *self.key

    @property
    def person(self) -> str:
        """The reader, in one comparable form."""
        return person(self.reviewer)

    @property
    def parties(self) -> frozenset[str]:
        """Unit and reader as the independence of a verifier is judged by."""
        unit, officer = (text.strip().casefold() for text in (self.unit, self.reviewer))
        return frozenset({f"unit:{unit}", f"officer:{officer}", f"officer:{self.person}"})


def person(code: str) -> str:
    """Return the code of a person in one comparable form: NFC, without case and spaces around it."""
    return normalize("NFC", code).strip().casefold()


def read(event: Event) -> Reading:
    """Return the reading an ``image_read`` event tells of.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, EradicationError: it is something else.
    """
    payload: Any = event.payload
    first = payload["act"] == PROPOSED
    outline = geometry(payload.get("outline"))
    if first and outline is None:
        raise ValueError("a first reading without outline")
    return Reading(
        key=event.key,
        recorded_at=event.recorded_at,
        id=str(payload["reading"]),
        is_first=first,
        taken_at=parse_iso(payload["taken_at"]).astimezone(UTC),
        layer=str(payload["layer"]),
        layer_hash=str(payload["layer_hash"]),
        reviewer=str(payload["reviewer"]),
        unit=str(payload["unit"]),
        verdict=ReadVerdict(payload["verdict"]),
        outline=outline,
        plot_id=str(payload["plot_id"]),
        founding=bool(payload.get("founding")),
        code=str(payload.get("code") or ""),
        ambiguous_with=tuple(payload.get("ambiguous_with") or ()),
    )


def second_of(first: Reading, readings: Iterable[Reading]) -> Reading | None:
    """Return the second reading that counts: the first recorded one by another person who could tell."""
    others = [r for r in readings if not r.is_first and r.id == first.id and r.person != first.person]
    return min((r for r in others if r.verdict is not ReadVerdict.CANNOT_TELL), key=lambda r: r.recording, default=None)


def selected(events: Iterable[Event], as_of: datetime) -> Facts:
    """Return the facts as of ``as_of`` (:func:`eradication.history.facts.select`), those of readings among them."""
    known = list(events)
    facts = select(known, as_of)
    found, findings = _facts({e.key: e for e in known if e.recorded_at <= as_of}.values())
    counted = sorted([*facts.counted, *found], key=lambda fact: fact.order)
    return replace(facts, counted=counted, findings=[*facts.findings, *findings])


def candidate_of(reading: Reading, outline: BaseGeometry) -> Candidate:
    """Return the candidate that a reader's outline is; it has no score."""
    lon, lat = geo.centre(outline)
    return Candidate(
        id=reading.id,
        season=Season.of(reading.taken_at),
        geometry=outline,
        lon=lon,
        lat=lat,
        score=0.0,
        score_kind=ScoreKind.PRIORITY,
        area_m2=round(geo.area_m2(outline), 1),
        run="",
        model="",
        clear_observations=0,
        source=CandidateSource.UAV,
    )


def _facts(events: Iterable[Event]) -> tuple[list[Fact], list[Finding]]:
    readings: dict[str, list[Reading]] = {}
    findings: list[Finding] = []
    cleared: dict[str, Fact] = {}
    for event in (event for event in events if event.kind is EventKind.IMAGE_READ):
        try:
            if event.payload["act"] == CLEARED:
                _keep_first(cleared, _cleared(event))
                continue
            one = read(event)
        except (KeyError, TypeError, ValueError, AttributeError, EradicationError) as error:
            plot_id = str(event.payload.get("plot_id") or "")
            findings.append(Finding("unreadable_event", type(error).__name__, plot_id, "", event.key))
        else:
            readings.setdefault(one.id, []).append(one)
    facts = list(cleared.values())
    for group in readings.values():
        told, odd = _of_place(sorted(group, key=lambda r: r.recording))
        facts, findings = facts + told, findings + odd
    return facts, findings


def _of_place(group: Sequence[Reading]) -> tuple[list[Fact], list[Finding]]:
    """Return what the readings of one place tell, in the order in which they were recorded."""
    firsts = [r for r in group if r.is_first]
    if not firsts:
        return [], [_finding("target_unknown", r, r) for r in group]
    first = firsts[0]
    findings = [_finding("same_reader", first, r) for r in group if not r.is_first and r.person == first.person]
    facts = [_proposed(r, r) for r in firsts if r.verdict is POPPY]
    second = second_of(first, group)
    if second is None or {first.verdict, second.verdict} == {ReadVerdict.NOT}:
        return facts, findings
    if first.verdict is POPPY and second.verdict is POPPY and _meet(first, second):
        return [*facts, _detected(first, second)], findings
    if not facts:
        facts = [_proposed(first, second)]
    return facts, [*findings, _finding("readers_disagree", first, second)]


def _meet(first: Reading, second: Reading) -> bool:
    """Tell whether two readers mean the same plants, as far as the second drew any."""
    if first.outline is None or second.outline is None:
        return True
    return bool(first.outline.intersection(second.outline).area > 0)


def _finding(reason: str, first: Reading, about: Reading) -> Finding:
    kind = reason if reason == "readers_disagree" else "out_of_place"
    return Finding(kind, reason, first.plot_id, Season.of(first.taken_at).label, about.key, first.id)


def _proposed(place: Reading, by: Reading) -> Fact:
    assert place.outline is not None
    return Fact(
        key=by.key,
        happened_at=place.taken_at,
        recorded_at=by.recorded_at,
        trigger=Trigger.PROPOSED,
        plot_id=place.plot_id,
        season=Season.of(place.taken_at),
        founding=place.founding,
        code=place.code,
        ambiguous_with=place.ambiguous_with,
        candidate=candidate_of(place, place.outline),
    )


def clearance(name: str, plot_id: str, unit: str, reviewer: str, taken_at: datetime) -> Visit:
    """Return what a reader says who sees no plant left on an image: a verification when it was taken."""
    return Visit(name, unit, (reviewer,), taken_at, Outcome.VERIFIED, plot_id)


def _keep_first(cleared: dict[str, Fact], fact: Fact) -> None:
    """Keep the first recorded of one reading: the same may be handed in on two laptops."""
    assert fact.visit is not None
    before = cleared.get(fact.visit.visit_id)
    if before is None or (fact.recorded_at, *fact.key) < (before.recorded_at, *before.key):
        cleared[fact.visit.visit_id] = fact


def _cleared(event: Event) -> Fact:
    payload: Any = event.payload
    taken_at, plot_id = parse_iso(payload["taken_at"]).astimezone(UTC), str(payload["plot_id"])
    visit = clearance(str(payload["reading"]), plot_id, str(payload["unit"]), str(payload["reviewer"]), taken_at)
    return Fact(
        key=event.key,
        happened_at=taken_at,
        recorded_at=event.recorded_at,
        trigger=Trigger.VERIFIED,
        plot_id=plot_id,
        season=Season.of(taken_at),
        visit=visit,
        unit=visit.unit,
    )


def _detected(first: Reading, second: Reading) -> Fact:
    assert first.outline is not None
    drawn = [r.outline for r in (first, second) if r.outline is not None]
    lon, lat = geo.centre(first.outline)
    visit = Visit(
        visit_id=first.id,
        unit=first.unit,
        officers=(first.reviewer, second.reviewer),
        visited_at=first.taken_at,
        outcome=Outcome.DETECTED,
        plot_id=first.plot_id,
        lon=lon,
        lat=lat,
        crop=Crop.OPIUM_POPPY,
        area_m2=round(sum(map(geo.area_m2, drawn)) / len(drawn), 1),
        area_method=AreaMethod.UAV,
    )
    return Fact(
        key=second.key,
        happened_at=first.taken_at,
        recorded_at=max(first.recorded_at, second.recorded_at),
        trigger=Trigger.DETECTED,
        plot_id=first.plot_id,
        season=Season.of(first.taken_at),
        visit=visit,
        outline=first.outline,
        unit=first.unit,
        parties=first.parties | second.parties,
    )
