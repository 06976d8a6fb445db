"""The replay: a set of events and a time in, everything the shells show out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shapely.geometry import Point

from eradication.config import Settings
from eradication.domain import Episode, Event, EventKind, Plot, Season, Visit
from eradication.domain.codes import fold as folded
from eradication.domain.succession import NO_SUCCESSIONS, Successions, successions
from eradication.geo import centre
from eradication.history import decisions as _decisions
from eradication.history import facts as _facts
from eradication.history import late_checks, parting, readings
from eradication.history import places as _places
from eradication.history.facts import Fact, Facts
from eradication.history.findings import Finding, Key, listed
from eradication.history.recurrence import compared

KINDS: frozenset[EventKind] = frozenset(
    (*_facts.KINDS, *_decisions.KINDS, EventKind.IMAGE_READ, EventKind.UNITS_RECORDED)
)
"""Events of other kinds play no part in a replay: whoever keeps what it told need not ask for them."""


@dataclass(frozen=True, slots=True)
class History:
    """What the events recorded until ``as_of`` tell; the same for any order in which they arrived."""

    as_of: datetime
    """The cut on recording, or the earlier cut on happening."""
    episodes: list[Episode]
    """One per plot and season, by plot id and season."""
    plots: list[Plot]
    """By id."""
    recorded: list[Visit]
    """Visit rows that count, in order of time, with the plot's id and a position filled in."""
    visits: list[dict[str, Any]]
    """Rows of the layer ``visits``: those that count and those in conflict."""
    candidates: list[dict[str, Any]]
    """Rows of the layer ``candidates``."""
    findings: list[Finding]
    """Rows without effect and why, conflicts, ambiguous places, double codes."""
    successions: Successions = NO_SUCCESSIONS
    """Which unit followed which."""
    names: dict[str, str] = field(default_factory=dict)
    """Any id or code ever used, folded → the id of its plot; a code that two plots bear is absent."""

    late: dict[tuple[tuple[str, str, str], str], Season] = field(default_factory=dict)
    """Key and plot of a visit after 31 August that belongs to the season before → that season."""

    def season_of(self, visit: Visit) -> Season:
        """Return the season to which a visit of :attr:`recorded` belongs."""
        return self.late.get((visit.key, visit.plot_id)) or Season.of(visit.visited_at)

    @property
    def names_of_plots(self) -> frozenset[str]:
        """Ids of all plots."""
        return frozenset(plot.id for plot in self.plots)

    def knows(self, name: str) -> bool:
        """Tell whether ``name`` is the id, the code or an alias of a plot."""
        return folded(name) in self.names

    def plot(self, name: str) -> Plot | None:
        """Return the plot by id, code or alias."""
        plot_id = self.names.get(folded(name))
        return next((plot for plot in self.plots if plot.id == plot_id), None)

    def episode(self, name: str, season: Season) -> Episode | None:
        """Return a plot's episode by id, code or alias."""
        plot_id = self.names.get(folded(name))
        return next((e for e in self.episodes if e.plot.id == plot_id and e.season == season), None)


def replay(
    events: Iterable[Event],
    *,
    as_of: datetime,
    locate: Callable[[float, float], str],
    settings: Settings,
    happened_until: datetime | None = None,
    earliest: Season | None = None,
) -> History:
    """Tell the history of all plots. Pure: depends on the set of events, not on their order.

    Args:
        events: any kinds, any order; an event given twice counts once.
        as_of: aware; only what was recorded until then counts, and seasons that ended before it are over.
        locate: longitude, latitude (WGS 84) → commune code, empty outside every commune.
        settings: thresholds in ``settings.identity``.
        happened_until: aware; what happened after it plays no part in episodes, visits and candidates, although it is
            recorded: the state of things at an earlier moment as known today. Which ids are one place, and where it
            lies, is still told by everything recorded.
        earliest: the first season on record where only some events are given (:mod:`eradication.history.concerned`).
    """
    known = [event for event in events if event.recorded_at <= as_of and event.kind in KINDS]
    facts, decided = parting.divide(readings.selected(known, as_of), _decisions.read(known))
    followed = successions(known)
    places = _places.settle(facts, decided, locate, settings)
    if happened_until is not None:
        facts, as_of = facts.until(happened_until), min(as_of, happened_until)
    findings = facts.findings + places.findings
    groups: dict[tuple[str, Season], list[Fact]] = {}
    for fact in facts.counted:
        plot_id = places.names.get(fact.plot_id)
        if plot_id is None:
            findings.append(
                Finding("unknown_plot", "founding_event_missing", fact.plot_id, fact.season.label, fact.key)
            )
        else:
            groups.setdefault((plot_id, fact.season), []).append(fact)
    told = late_checks.folded(places.plots, groups, as_of, followed)
    belongs = {id(dated): fact for dated, fact in told.moved}
    facts = replace(facts, counted=[belongs.get(id(fact), fact) for fact in facts.counted])
    return History(
        as_of=as_of,
        episodes=compared(told.episodes, settings, earliest),
        plots=[places.plots[plot_id] for plot_id in sorted(places.plots)],
        recorded=[_resolved(fact.visit, fact, places) for fact in facts.counted if fact.visit is not None],
        visits=_visit_rows(facts, places),
        candidates=_candidate_rows(facts.counted, places),
        findings=listed(_coded([*findings, *told.findings], places)),
        successions=followed,
        names=_all_names(places),
        late={
            (fact.visit.key, places.names[fact.plot_id]): fact.season
            for _, fact in told.moved
            if fact.visit is not None
        },
    )


def counted(events: Iterable[Event], as_of: datetime) -> list[Fact]:
    """Return what counts as of ``as_of``, in the order of replay; parts of divided plots have what is theirs."""
    known = [event for event in events if event.recorded_at <= as_of and event.kind in KINDS]
    return parting.divide(readings.selected(known, as_of), _decisions.read(known))[0].counted


def _coded(findings: Iterable[Finding], places: _places.Places) -> Iterable[Finding]:
    """Yield findings with the codes of their plots: what waits may be all that is known of one."""
    for finding in findings:
        plot = places.plots.get(places.names.get(finding.plot_id, finding.plot_id))
        yield finding if plot is None else replace(finding, code=plot.code)


def _all_names(places: _places.Places) -> dict[str, str]:
    codes: dict[str, set[str]] = {}
    for plot in places.plots.values():
        for name in (plot.code, *plot.aliases):
            codes.setdefault(folded(name), set()).add(plot.id)
    names = {name: min(ids) for name, ids in codes.items() if name and len(ids) == 1}
    return names | {folded(name): plot_id for name, plot_id in places.names.items()}


def _resolved(visit: Visit, fact: Fact, places: _places.Places) -> Visit:
    plot_id = places.names.get(fact.plot_id, fact.plot_id)
    plot = places.plots.get(plot_id)
    if plot is None or (visit.lon is not None and visit.lat is not None):
        return replace(visit, plot_id=plot_id)
    lon, lat = centre(plot.geometry)
    return replace(visit, plot_id=plot_id, lon=lon, lat=lat)


def _visit_rows(facts: Facts, places: _places.Places) -> list[dict[str, Any]]:
    conflicting = [fact for fact, _ in facts.conflicts]
    rows: list[dict[str, Any]] = []
    told: set[Key] = set()
    for fact in sorted((*facts.counted, *conflicting), key=lambda f: f.order):
        if fact.visit is None:
            continue
        visit = _resolved(fact.visit, fact, places)
        # A row that speaks of several parts of a divided plot stands there once for each.
        key = "/".join(visit.key) + (f"@{fact.plot_id}" if fact.key in told else "")
        told.add(fact.key)
        rows.append(
            {
                "geometry": None if visit.lon is None or visit.lat is None else Point(visit.lon, visit.lat),
                # Both rows of a conflict are kept; the one without effect is told apart by its event.
                "key": f"{key}#{fact.key[0]}:{fact.key[1]}" if fact in conflicting else key,
                "visit_id": visit.visit_id,
                "unit": visit.unit,
                "outcome": visit.outcome.value,
                "plot_id": visit.plot_id,
                "season": fact.season.label,
                "area_m2": visit.area_m2,
                "visited_at": visit.visited_at,
            }
        )
    return rows


def _candidate_rows(facts: Iterable[Fact], places: _places.Places) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for fact in facts:
        candidate = fact.candidate
        if candidate is None:
            continue
        rows[candidate.id] = {
            "geometry": candidate.geometry,
            "id": candidate.id,
            "plot_id": places.names.get(fact.plot_id, fact.plot_id),
            "season": candidate.season.label,
            "score": candidate.score if candidate.is_scored else None,
            "score_kind": candidate.score_kind.value if candidate.is_scored else None,
            "class": candidate.klass.value,
            "area_m2": candidate.area_m2,
            "lon": candidate.lon,
            "lat": candidate.lat,
            "run": candidate.run,
            "model": candidate.model,
            "outside": int(candidate.outside),
        }
    return [rows[candidate_id] for candidate_id in sorted(rows)]
