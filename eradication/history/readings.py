"""Readings of fine images (≤ 10 cm) as facts: what two people saw apart from one another is *detected*.

The first reader draws an outline: the place becomes a candidate. The second is shown a square that holds the place
somewhere, without outline and verdict. Both say poppy: the plot was detected when the image was taken, its area that of
the outline, or the mean of both. They disagree: it stays a candidate, and is listed for a person. Of several second
readings the first recorded by another person counts; who cannot tell has not read. Who read may not verify.

A reader of another unit who sees on an image taken after a destruction that no plant is left *verifies* it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import (
    AreaMethod,
    Candidate,
    CandidateSource,
    Crop,
    Event,
    Outcome,
    ScoreKind,
    Season,
    Visit,
)
from eradication.domain.codes import ReadVerdict
from eradication.history.facts import Fact, Facts, select
from eradication.history.findings import Finding
from eradication.history.reading_lines import Line, Reading, Withdrawal, heard, second_of
from eradication.history.states import Trigger

POPPY = ReadVerdict.OPIUM_POPPY


def selected(events: Iterable[Event], as_of: datetime) -> Facts:
    """Return the facts as of ``as_of`` (:func:`eradication.history.facts.select`), those of readings among them."""
    known = list(events)
    facts = select(known, as_of)
    found, places, findings = _facts(event for event in known if event.recorded_at <= as_of)
    counted = sorted([*facts.counted, *found], key=lambda fact: fact.order)
    return replace(facts, counted=counted, findings=[*facts.findings, *findings], places=places)


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


def _facts(events: Iterable[Event]) -> tuple[list[Fact], list[Fact], list[Finding]]:
    """Return what counts, the places of what was withdrawn, and what a person should look at."""
    said = heard(events)
    cleared: dict[str, Fact] = {}
    for reading in said.cleared:
        # The first recorded of one reading: the same may be handed in on two laptops.
        cleared.setdefault(reading.id, _cleared(reading))
    facts, places = list(cleared.values()), []
    findings = [
        Finding("unreadable_event", type(error).__name__, str(event.payload.get("plot_id") or ""), "", event.key)
        for event, error in said.unreadable
    ]
    findings += [_odd("target_unknown", withdrawal, withdrawal.id) for withdrawal in said.idle]
    for line in said.lines.values():
        told, odd = _of_line(line)
        facts, findings = facts + told, findings + odd
        places += [_proposed(r, r) for r in line.former if r.is_first and r.founding]
    return facts, places, findings


def _of_line(line: Line) -> tuple[list[Fact], list[Finding]]:
    """Return what the readings of one place tell."""
    findings = [_odd("not_the_reader", r, r.id) for r in line.strange]
    current = line.current
    if line.root is None:
        findings += [_odd("target_unknown", r, r.id) for r in line.seconds]
    if current is None or line.root is None:
        return [], findings
    # Like a corrected visit, it stands where and when the first version was recorded.
    place = replace(current, key=line.root.key, recorded_at=line.root.recorded_at)
    again = [r for r in line.versions if r.id == current.id and r.key not in (current.key, line.root.key)]
    told, odd = _of_version(current, [place, *again], line.of(current))
    return told, findings + odd


def _of_version(
    first: Reading, places: Sequence[Reading], seconds: Sequence[Reading]
) -> tuple[list[Fact], list[Finding]]:
    findings = [_odd("same_reader", r, first.id) for r in seconds if r.person == first.person]
    facts = [_proposed(r, r) for r in places if r.verdict is POPPY]
    second = second_of(first, seconds)
    if second is None or {first.verdict, second.verdict} == {ReadVerdict.NOT}:
        return facts, findings
    if first.verdict is POPPY and second.verdict is POPPY and _meet(first, second):
        return [*facts, _detected(first, second)], findings
    if not facts:
        facts = [_proposed(places[0], second)]
    return facts, [*findings, _odd("readers_disagree", second, first.id)]


def _meet(first: Reading, second: Reading) -> bool:
    """Tell whether two readers mean the same plants, as far as the second drew any."""
    if first.outline is None or second.outline is None:
        return True
    return bool(first.outline.intersection(second.outline).area > 0)


def _odd(reason: str, about: Reading | Withdrawal, what: str) -> Finding:
    kind = reason if reason == "readers_disagree" else "out_of_place"
    return Finding(kind, reason, about.plot_id, Season.of(about.taken_at).label, about.key, what)


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


def _cleared(reading: Reading) -> Fact:
    visit = clearance(reading.id, reading.plot_id, reading.unit, reading.reviewer, reading.taken_at)
    return Fact(
        key=reading.key,
        happened_at=reading.taken_at,
        recorded_at=reading.recorded_at,
        trigger=Trigger.VERIFIED,
        plot_id=reading.plot_id,
        season=Season.of(reading.taken_at),
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
