"""From events to facts: which events count as of a time, with which content.

1. Only events recorded until the cut count.
2. The very same row handed in again, on whatever laptop, is a duplicate.
3. The latest correction of a row replaces its content or strikes it out.
4. A visit row is known by (unit, visit_id, outcome). Of rows with one key the one a person corrected last counts, else
   the first recorded; other content is a conflict: listed, without effect.

Everything here is a function of the *set* of events; the order in which they arrive plays no part.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication.domain import Candidate, Event, EventKind, Json, Season, Visit
from eradication.domain.event import canonical
from eradication.errors import EradicationError
from eradication.history import withdrawn
from eradication.history.findings import Finding, Key
from eradication.history.identity import Footprint, footprint_of_candidate, footprint_of_visit
from eradication.history.payload import candidate_from, geometry, visit_from, visit_json
from eradication.history.states import Trigger

KINDS = (
    EventKind.CANDIDATE_PROPOSED,
    *withdrawn.DECIDING,
    *withdrawn.KINDS,
    EventKind.VISIT_RECORDED,
    EventKind.VISIT_CORRECTED,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as it counts."""

    key: Key
    happened_at: datetime
    recorded_at: datetime
    trigger: Trigger
    plot_id: str
    """As the origin placed it; :mod:`eradication.history.places` resolves it."""
    season: Season
    founding: bool = False
    code: str = ""
    ambiguous_with: tuple[str, ...] = ()
    candidate: Candidate | None = None
    visit: Visit | None = None
    outline: BaseGeometry | None = None
    """Measured outline of a visit, WGS 84."""
    unit: str = ""
    parties: frozenset[str] = frozenset()
    """Who took part besides those whom the visit names, as :func:`eradication.history.episodes.parties` writes them."""
    checks: tuple[str, ...] = ()
    forced: str = ""
    """Why a verification was taken although the verifier was not independent; empty = it was not forced."""
    reason: str = ""
    """Of a dismissal."""
    by: str = ""
    """Code of the person who dismissed or assigned, where stated."""
    redated_from: datetime | None = None
    """When the visit was first said to have been, if a correction speaks of it."""
    corrected: tuple[datetime, str, int] | None = None
    """When and by which event it was last corrected."""

    @property
    def order(self) -> tuple[datetime, int, datetime, str, int]:
        """The one order of replay; what happened at one instant stands in the order of the state machine.

        The state before the instant may put regrowth first (:func:`eradication.history.states.of_one_instant`).
        """
        return self.happened_at, self.trigger.rank, self.recorded_at, *self.key

    @property
    def footprint(self) -> Footprint | None:
        """Place of the fact, or ``None`` if it states none."""
        if self.candidate is not None:
            return replace(footprint_of_candidate(self.candidate), id=self.plot_id)
        if self.visit is None:
            return None
        place = footprint_of_visit(self.visit, self.outline)
        return place and replace(place, id=self.plot_id)


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts, and what does not."""

    counted: list[Fact]
    """In the order of replay."""
    duplicates: list[tuple[Fact, Fact]]
    """(the row again, the row that counts)."""
    conflicts: list[tuple[Fact, Fact]]
    """(the row without effect, the row that counts)."""
    findings: list[Finding]
    places: list[Fact] = field(default_factory=list)
    """Founders that were withdrawn: they only say where a plot lies that others speak of without a place."""

    def until(self, moment: datetime) -> "Facts":
        """Return the facts without those that happened after ``moment``; which rows count is not judged anew."""
        return replace(
            self,
            counted=[fact for fact in self.counted if fact.happened_at <= moment],
            conflicts=[(fact, first) for fact, first in self.conflicts if fact.happened_at <= moment],
        )


def select(events: Iterable[Event], as_of: datetime) -> Facts:
    """Return the facts as of ``as_of``, each event once, however often and in whatever order it is given."""
    known = withdrawn.without({event.key: event for event in events if event.recorded_at <= as_of})
    findings: list[Finding] = []
    corrections = _corrections(known, findings)
    facts: list[Fact] = []
    duplicates: list[tuple[Fact, Fact]] = []
    for first, again in _same_rows(known):
        spoken = [corrections[event.key] for event in (first, *again) if event.key in corrections]
        fact = _read(first, max(spoken, key=_recording, default=None), findings)
        if fact is not None:
            facts.append(fact)
            copies = (_read(event, None, findings) for event in again)
            duplicates += [(copy, fact) for copy in copies if copy is not None]
    facts.sort(key=lambda fact: fact.order)
    alike, conflicts = _rivals(facts)
    idle = {fact.key for fact, _ in (*alike, *conflicts)}
    findings += [_conflict(fact, first) for fact, first in conflicts]
    return Facts([fact for fact in facts if fact.key not in idle], duplicates + alike, conflicts, findings)


def _recording(event: Event) -> tuple[datetime, str, int]:
    return event.recorded_at, *event.key


def _same_rows(known: Mapping[Key, Event]) -> list[tuple[Event, list[Event]]]:
    """Group the events that hand in the very same row; the first recorded stands for all.

    What a person corrects in one of them is corrected in all: it is one form that was imported on several laptops.
    """
    ordered = sorted(known.values(), key=_recording)
    # Rows of which one name stands once are like no other row; few are left whose whole text has to be compared.
    names = Counter(_name(event) for event in ordered if event.kind is EventKind.VISIT_RECORDED)
    groups: dict[bytes | Key, list[Event]] = {}
    for event in ordered:
        alone = event.kind is not EventKind.VISIT_RECORDED or names[_name(event)] == 1
        said: Json = None if alone else [event.payload.get("visit"), event.payload.get("geometry")]
        groups.setdefault(event.key if alone else canonical(said), []).append(event)
    return [(group[0], group[1:]) for group in groups.values()]


def _name(event: Event) -> object:
    """Return what is alike in rows that are alike, and nearly always differs in others."""
    visit = event.payload.get("visit")
    named = visit.get("visit_id") if isinstance(visit, dict) else None
    return named if isinstance(named, str) else None


def _rivals(facts: Iterable[Fact]) -> tuple[list[tuple[Fact, Fact]], list[tuple[Fact, Fact]]]:
    """Return rows that became alike by correction, and rows in conflict, each with the row of that key that counts."""
    alike: list[tuple[Fact, Fact]] = []
    conflicts: list[tuple[Fact, Fact]] = []
    for group in _rows_by_key(facts).values():
        counting = min(group, key=_precedence)
        for fact in group:
            if fact is not counting:
                (alike if _content(fact) == _content(counting) else conflicts).append((fact, counting))
    return alike, conflicts


def _corrections(known: Mapping[Key, Event], findings: list[Finding]) -> dict[Key, Event]:
    """Return root event → its latest correction; a correction of a correction is one of the root."""
    latest: dict[Key, Event] = {}
    for event in (e for e in sorted(known.values(), key=_recording) if e.kind is EventKind.VISIT_CORRECTED):
        root = _root(event, known)
        if root is None:
            plot_id = str(event.payload.get("plot_id") or "")
            findings.append(Finding("correction_without_target", "target_unknown", plot_id, "", event.key))
        else:
            latest[root] = event
    return latest


def _root(event: Event, known: Mapping[Key, Event]) -> Key | None:
    seen: set[Key] = set()
    current: Event | None = event
    while current is not None and current.kind is EventKind.VISIT_CORRECTED and current.key not in seen:
        seen.add(current.key)
        target = current.payload.get("corrects")
        if not (isinstance(target, list) and len(target) == 2 and isinstance(target[1], int)):
            return None
        current = known.get((str(target[0]), target[1]))
    return current.key if current is not None and current.kind is EventKind.VISIT_RECORDED else None


def _read(event: Event, correction: Event | None, findings: list[Finding]) -> Fact | None:
    try:
        if event.kind is EventKind.CANDIDATE_PROPOSED:
            return _of_candidate(event)
        if event.kind in withdrawn.DECIDING:
            return _of_decision(event)
        if event.kind is EventKind.VISIT_RECORDED:
            return _of_visit(event, correction)
    except (KeyError, TypeError, ValueError, AttributeError, EradicationError) as error:
        plot_id = str(event.payload.get("plot_id") or "")
        findings.append(Finding("unreadable_event", type(error).__name__, plot_id, "", event.key))
    return None


def _of_candidate(event: Event) -> Fact:
    payload: Mapping[str, Any] = event.payload
    candidate = candidate_from(payload["candidate"])
    return Fact(
        key=event.key,
        happened_at=event.happened_at,
        recorded_at=event.recorded_at,
        trigger=Trigger.PROPOSED,
        plot_id=str(payload["plot_id"]),
        season=candidate.season,
        founding=bool(payload.get("founding")),
        code=str(payload.get("code") or ""),
        ambiguous_with=tuple(payload.get("ambiguous_with") or ()),
        candidate=candidate,
    )


def _of_decision(event: Event) -> Fact:
    payload: Mapping[str, Any] = event.payload
    dismissed = event.kind is EventKind.PLOT_DISMISSED
    return Fact(
        key=event.key,
        happened_at=event.happened_at,
        recorded_at=event.recorded_at,
        trigger=Trigger.DISMISSED if dismissed else Trigger.ASSIGNED,
        plot_id=str(payload["plot_id"]),
        season=Season.parse(payload["season"]),
        unit="" if dismissed else str(payload["unit"]),
        reason=str(payload.get("reason") or ""),
        by=str(payload.get("by") or ""),
    )


def _of_visit(event: Event, correction: Event | None) -> Fact | None:
    payload: Mapping[str, Any] = event.payload
    if correction is not None:
        if correction.payload["visit"] is None:
            return None
        # What a correction does not say (founding, code, outline) stays as it was recorded.
        payload = {**payload, **correction.payload}
    visit = visit_from(payload["visit"])
    return Fact(
        key=event.key,
        happened_at=visit.visited_at,
        recorded_at=event.recorded_at,
        trigger=Trigger.of(visit.outcome),
        plot_id=str(payload["plot_id"]),
        season=Season.of(visit.visited_at),
        founding=bool(payload.get("founding")),
        code=str(payload.get("code") or ""),
        ambiguous_with=tuple(payload.get("ambiguous_with") or ()),
        visit=visit,
        outline=geometry(payload.get("geometry")),
        unit=visit.unit,
        checks=tuple(payload.get("checks") or ()),
        forced=str(payload.get("forced") or ""),
        redated_from=event.happened_at if correction else None,
        corrected=(correction.recorded_at, *correction.key) if correction else None,
    )


def _rows_by_key(facts: Iterable[Fact]) -> dict[tuple[str, str, str], list[Fact]]:
    rows: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        if fact.visit is not None:
            rows.setdefault(fact.visit.key, []).append(fact)
    return rows


def _precedence(fact: Fact) -> tuple[float, datetime, str, int]:
    """Order rows of one key: corrected last first, then by the time of recording."""
    corrected = -(fact.corrected[0] - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() if fact.corrected else 0.0
    return corrected, fact.recorded_at, *fact.key


def _content(fact: Fact) -> object:
    """Return what a person said, without where the machine placed it."""
    return fact.visit and visit_json(fact.visit), fact.outline and fact.outline.wkb


def _conflict(fact: Fact, first: Fact) -> Finding:
    row = "/".join(fact.visit.key) if fact.visit else ""
    return Finding("conflict", "other_content", first.plot_id, fact.season.label, fact.key, row)
