"""Small worlds for tests, one sentence a line.

    world = World().candidate("a", at=HERE).visit("detected", HERE, area=300).visit("verified", HERE, unit="CA-2")
    world.ledger()["total"]["verified_pct"]

A world is a list of events by origins (laptops); what it tells is computed by the package alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from eradication import history, ledger
from eradication.config import Settings
from eradication.domain import (
    AreaMethod,
    Candidate,
    CandidateSource,
    Episode,
    Event,
    EventKind,
    Json,
    Outcome,
    Period,
    ScoreKind,
    Season,
    Tip,
    Visit,
)
from eradication.domain.event import GENESIS, iso
from eradication.geo import GEOD, centre, disc
from eradication.history.naming import plot_id_of
from eradication.history.payload import candidate_json, geojson, visit_json
from eradication.pipeline.journal import of_candidate
from eradication.pipeline.tips import candidate_of

SEASON = Season(2026)
START = datetime(2027, 1, 10, 2, 0, tzinfo=UTC)
LATER = datetime(2027, 4, 1, tzinfo=UTC)
HERE = (104.60, 20.80)
"""Longitude, latitude."""
SETTINGS = Settings()


def east(metres: float, of: tuple[float, float] = HERE) -> tuple[float, float]:
    """Return the point ``metres`` east of another."""
    lon, lat, _ = GEOD.fwd(of[0], of[1], 90.0, metres)
    return lon, lat


def candidate(
    name: str,
    at: tuple[float, float] = HERE,
    area: float = 400.0,
    score: float = 0.8,
    run: str = "run-1",
    *,
    sown_on: date | None = None,
) -> Candidate:
    """Return a satellite candidate of ``area`` m² round a point."""
    shape = disc(*at, area)
    return Candidate(name, SEASON, shape, at[0], at[1], score, ScoreKind.RULE, area, run, "rules", 9, sown_on=sown_on)


def visit(outcome: str, at: tuple[float, float] | None = HERE, **fields: Any) -> Visit:
    """Return a visit; a detection states 300 m² by tape unless told otherwise."""
    kind = Outcome(outcome)
    words: dict[str, Any] = {"visit_id": "v1", "unit": "BP-1", "officers": ("S1", "S2"), "visited_at": START}
    if at is not None:
        words |= {"lon": at[0], "lat": at[1]}
    if kind is Outcome.DETECTED:
        words |= {"area_m2": 300.0, "area_method": AreaMethod.TAPE}
    if kind is Outcome.VERIFIED:
        words |= {"unit": "CA-2", "officers": ("S8", "S9")}
    return Visit(outcome=kind, **(words | fields))


def locate(lon: float, lat: float) -> str:
    """Two communes, divided by a meridian; the rest is abroad."""
    if not 20.0 < lat < 22.0:
        return ""
    return "04001" if lon < 104.7 else "04002"


def divide(outlines: Sequence[BaseGeometry]) -> list[dict[str, float]]:
    """How outlines lie in the two communes: shares by area."""
    west, east_ = box(100.0, 20.0, 104.7, 22.0), box(104.7, 20.0, 110.0, 22.0)
    told = []
    for outline in outlines:
        areas = {"04001": outline.intersection(west).area, "04002": outline.intersection(east_).area}
        told.append(
            {code: area / outline.area for code, area in areas.items() if area} if locate(*centre(outline)) else {}
        )
    return told


def entries(told: history.History) -> list[ledger.Entry]:
    """What the ledger counts of a history."""
    return ledger.entries(told.episodes, divide)


class World:
    """Events so far; every method appends and returns the world."""

    def __init__(self, origin: str = "laptop-1", clock: datetime = START) -> None:
        self.events: list[Event] = []
        self.origin = origin
        self.clock = clock

    def on(self, origin: str) -> "World":
        """Go on at another laptop."""
        self.origin = origin
        return self

    def wait(self, days: float) -> "World":
        """Let time pass."""
        self.clock += timedelta(days=days)
        return self

    def append(self, kind: EventKind, payload: dict[str, Json], happened_at: datetime | None = None) -> "World":
        """Append an event of the present origin, one minute after the last."""
        self.clock += timedelta(minutes=1)
        number = 1 + sum(event.origin == self.origin for event in self.events)
        self.events.append(
            Event(
                self.origin,
                number,
                kind,
                happened_at or self.clock,
                self.clock,
                payload,
                GENESIS,
                f"{self.origin}{number}",
            )
        )
        return self

    def candidate(self, name: str, at: tuple[float, float] = HERE, **fields: Any) -> "World":
        """A run proposes a place."""
        known = self.told().plots
        (followed,) = history.follow(known, [candidate(name, at, **fields)], SETTINGS)
        code = history.next_code("Xã Vân Hồ", SEASON, [p.code for p in known]) if followed.founding else ""
        return self.append(
            EventKind.CANDIDATE_PROPOSED,
            {
                "candidate": candidate_json(followed.candidate),
                "plot_id": followed.plot_id,
                "founding": followed.founding,
                "code": code,
                "ambiguous_with": list(followed.ambiguous_with),
            },
        )

    def tip(self, name: str, at: tuple[float, float] = HERE, radius_m: float = 100.0) -> "World":
        """A tip proposes a place; whether it may is not asked here."""
        found = candidate_of(Tip(name, "BP-1", self.clock, "", "", *at, radius_m), radius_m)
        assert found is not None
        known = self.told().plots
        (followed,) = history.follow(known, [found], SETTINGS)
        code = history.next_code("Xã Vân Hồ", SEASON, [p.code for p in known]) if followed.founding else ""
        return self.append(EventKind.CANDIDATE_PROPOSED, of_candidate(followed, code))

    def visit(
        self, outcome: str, at: tuple[float, float] | None = HERE, *, outline: Any = None, **fields: Any
    ) -> "World":
        """A patrol hands in a row; without a time of its own it happened now, without an id it is a new visit."""
        words = {"visited_at": self.clock, "visit_id": f"v{len(self.events) + 1}"} | fields
        row = visit(outcome, at, **words)
        known = self.told().plots
        placement = history.place_visit(row, known, SETTINGS, outline=outline)
        code = history.next_code("Xã Vân Hồ", SEASON, [p.code for p in known]) if placement.founding else ""
        payload: dict[str, Json] = {
            "visit": visit_json(row),
            "plot_id": placement.plot_id,
            "founding": placement.founding,
            "code": code,
            "ambiguous_with": list(placement.ambiguous_with),
        }
        if outline is not None:
            payload["geometry"] = geojson(outline)
        return self.append(EventKind.VISIT_RECORDED, payload, row.visited_at)

    def correct(self, which: int, row: Visit | None) -> "World":
        """Correct (or strike out, with ``None``) the event at index ``which``."""
        wrong = self.events[which]
        payload: dict[str, Json] = {
            "corrects": [wrong.origin, wrong.number],
            "reason": "typing error",
            "visit": None if row is None else visit_json(row),
            "plot_id": wrong.payload["plot_id"],
        }
        return self.append(EventKind.VISIT_CORRECTED, payload, wrong.happened_at)

    def read(
        self,
        name: str,
        at: tuple[float, float] = HERE,
        *,
        verdict: str = "opium_poppy",
        reviewer: str = "R1",
        area: float = 300.0,
        taken_at: datetime = START,
    ) -> "World":
        """A first reader outlines a place on a fine image."""
        outline = disc(*at, area)
        known = self.told().plots
        found = replace(candidate(name, at, area=area), geometry=outline, source=CandidateSource.UAV)
        (followed,) = history.follow(known, [found], SETTINGS)
        body = self._reading(name, verdict, reviewer, taken_at) | {"act": "proposed", "outline": geojson(outline)}
        code = history.next_code("Xã Vân Hồ", SEASON, [p.code for p in known]) if followed.founding else ""
        body |= {"plot_id": followed.plot_id, "founding": followed.founding, "code": code, "ambiguous_with": []}
        return self.append(EventKind.IMAGE_READ, body, taken_at)

    def reread(
        self, name: str, verdict: str = "opium_poppy", reviewer: str = "R2", *, outline: Any = None, unit: str = "U2"
    ) -> "World":
        """A second reader looks at the same place."""
        first = next(e for e in self.events if e.payload.get("reading") == name and e.payload["act"] == "proposed")
        body = self._reading(name, verdict, reviewer, first.happened_at, unit)
        body |= {"act": "confirmed", "plot_id": first.payload["plot_id"]}
        if outline is not None:
            body["outline"] = geojson(outline)
        return self.append(EventKind.IMAGE_READ, body, first.happened_at)

    def clear(self, name: str, days: float = 30.0, *, unit: str = "CA", reviewer: str = "S8") -> "World":
        """A reader sees on a later image that nothing is left on the plot that a reading founded."""
        taken_at = START + timedelta(days=days)
        body = self._reading(f"{name}-{days}-{reviewer}", "not", reviewer, taken_at, unit)
        return self.append(EventKind.IMAGE_READ, body | {"act": "cleared", "plot_id": plot_id_of(name)}, taken_at)

    def _reading(self, name: str, verdict: str, reviewer: str, taken_at: datetime, unit: str = "U1") -> dict[str, Json]:
        layer: dict[str, Json] = {"layer": "uav", "layer_hash": "0" * 64, "taken_at": iso(taken_at)}
        return layer | {"reading": name, "verdict": verdict, "reviewer": reviewer, "unit": unit}

    def dismiss(self, name: str) -> "World":
        """The department dismisses the plot that a candidate founded."""
        return self.append(
            EventKind.PLOT_DISMISSED, {"plot_id": plot_id_of(name), "season": SEASON.label, "reason": "orchard"}
        )

    def assign(self, name: str, unit: str = "BP-1") -> "World":
        """The department assigns the plot that a candidate founded."""
        return self.append(EventKind.PLOT_ASSIGNED, {"plot_id": plot_id_of(name), "season": SEASON.label, "unit": unit})

    def told(
        self,
        as_of: datetime | None = None,
        events: Iterable[Event] | None = None,
        until: datetime | None = None,
    ) -> history.History:
        """Replay; by default everything, in the order of appending, as of now."""
        chosen = self.events if events is None else events
        return history.replay(chosen, as_of=as_of or self.clock, locate=locate, settings=SETTINGS, happened_until=until)

    def ledger(
        self,
        as_of: datetime | None = None,
        events: Iterable[Event] | None = None,
        *,
        year: int | None = None,
        period: Period | None = None,
        by: str = "commune",
        **beside: Any,
    ) -> dict[str, Any]:
        """The ledger of the season, or of a ``year`` or ``period`` as it found and left things."""
        scope = ledger.Scope(None if year or period else SEASON, year, period)
        told, before = self.told(as_of, events), []
        cut = told.as_of
        if scope.span is not None:
            first, last = scope.span
            told = self.told(as_of, events, until=last)
            before = entries(self.told(as_of, events, until=first - timedelta(microseconds=1)))
        names = {"04001": "Xã Vân Hồ", "04002": "Xã Tô Múa"}
        wording = ledger.Wording(by, names)
        beyond = ledger.Beside(**beside)
        return ledger.account(entries(told), scope, as_of=cut, before=before, wording=wording, beside=beyond)

    @property
    def total(self) -> dict[str, Any]:
        """The ledger's total."""
        total: dict[str, Any] = self.ledger()["total"]
        return total

    @property
    def only(self) -> Episode:
        """The one episode there is."""
        (episode,) = self.told().episodes
        return episode

    @property
    def states(self) -> list[str]:
        """States of all episodes, sorted."""
        return sorted(str(episode.state) for episode in self.told().episodes)

    @property
    def reasons(self) -> list[str]:
        """Reason codes of all findings."""
        return [finding.reason for finding in self.told().findings]
