"""Which finds something had foretold: when a place was proposed, when anybody could know of it, who came first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eradication.domain import (
    CandidateSource,
    Detectability,
    Episode,
    Event,
    EventKind,
    Outcome,
    Season,
    SelectionMode,
    Visit,
)
from eradication.history import History
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace
from eradication.undetected import Lists

SHOWING = (
    EventKind.PLOT_ASSIGNED,
    EventKind.FIELD_PACKAGE_WRITTEN,
    EventKind.SHEETS_PRINTED,
    EventKind.DOSSIERS_WRITTEN,
    EventKind.VISITS_CHOSEN,
    EventKind.PLAN_MADE,
)
LED = frozenset({SelectionMode.SCORE, SelectionMode.TIP, SelectionMode.FOLLOW_UP})
"""Why a place was visited, if something was known of that place before."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """When places of a season were proposed and shown, and when visits were made."""

    season: Season
    as_of: datetime | None
    simulated: bool
    """Whether things are compared by when they were recorded: simulated visits are made in a season that is over,
    before the images of its end and after the run that saw them."""
    by_satellite: dict[str, datetime]
    """Plot as its events name it → its first proposal by satellite."""
    by_anything: dict[str, datetime]
    """The same by satellite or tip."""
    shown: dict[str, datetime]
    """Plot → first time it was assigned, packed, printed or listed, for whomever."""
    recorded: dict[tuple[str, str, str], datetime]
    """Visit row → when it was first recorded; empty unless ``simulated``."""

    def moment(self, visit: Visit) -> datetime:
        """Return when a visit was made, to be compared with the times above."""
        return self.recorded.get(visit.key, visit.visited_at) if self.simulated else visit.visited_at


def of_season(workspace: Workspace, season: Season, as_of: datetime | None = None) -> Foreseen:
    """Return what was foretold of a season, by the events recorded until ``as_of`` (default: now)."""
    simulated = projection.is_simulated(workspace)
    kinds = [EventKind.CANDIDATE_PROPOSED, *SHOWING]
    if simulated:  # only then is it asked when a visit was recorded
        kinds.append(EventKind.VISIT_RECORDED)
    found = Foreseen(season, as_of, simulated, {}, {}, {}, {})
    for event in workspace.store.events(as_of=as_of, kinds=kinds):
        if event.kind is EventKind.VISIT_RECORDED:
            visit = event.payload["visit"]
            key = str(visit["unit"]), str(visit["visit_id"]), str(visit["outcome"])
            found.recorded[key] = min(event.recorded_at, found.recorded.get(key, event.recorded_at))
        elif event.kind is EventKind.CANDIDATE_PROPOSED:
            _propose(found, event)
        elif event.payload.get("season") == season.label:
            # A list made for a day in the past or the future could be seen from the earlier of the two on.
            when = event.recorded_at if simulated else min(event.recorded_at, event.happened_at)
            for plot in _named(event):
                _earliest(found.shown, plot, when)
    return found


def _propose(found: Foreseen, event: Event) -> None:
    candidate: dict[str, Any] = event.payload["candidate"]
    if candidate.get("season") != found.season.label:
        return
    when = event.recorded_at if found.simulated else max(event.recorded_at, event.happened_at)
    plot = str(event.payload["plot_id"])
    _earliest(found.by_anything, plot, when)
    if candidate.get("source", CandidateSource.SATELLITE) == CandidateSource.SATELLITE:
        _earliest(found.by_satellite, plot, when)


def _earliest(times: dict[str, datetime], plot: str, when: datetime) -> None:
    times[plot] = min(when, times.get(plot, when))


def _named(event: Event) -> list[str]:
    """Return the plots that an event shows to somebody."""
    payload = event.payload
    if event.kind is EventKind.PLOT_ASSIGNED:
        return [str(payload["plot_id"])]
    if event.kind is EventKind.VISITS_CHOSEN:
        return [str(stop["plot_id"]) for stop in payload["stops"]]
    if event.kind is EventKind.PLAN_MADE:
        stops = [*payload["stops"], *payload["open"]]
        return [str(stop["plot"]) for stop in stops if stop["kind"] == "plot"]
    return [str(plot) for plot in payload["plots"]]


def _first(times: dict[str, datetime], episode: Episode) -> datetime | None:
    """Return the earliest time under any id the plot ever bore."""
    known = [times[name] for name in (episode.plot.id, *episode.plot.aliases) if name in times]
    return min(known, default=None)


def is_foretold(episode: Episode, known: Foreseen) -> bool:
    """Tell whether a run or a tip had proposed a detected place before it was detected."""
    first = _first(known.by_anything, episode)
    if first is None:
        return False
    return known.simulated or (episode.detected_at is not None and first <= episode.detected_at)


def is_led_to(episode: Episode, found_at: datetime, mode: SelectionMode | None, known: Foreseen) -> bool:
    """Tell whether something led to the place of a find: then it says nothing of what search finds.

    That is a run or a tip that had proposed it before, a list or a plan on which it stood before, or a visit that says
    of itself that it followed a score, a tip or an earlier visit.

    Args:
        episode: of the plot in the season.
        found_at: when it was found first, see :meth:`Foreseen.moment`.
        mode: of the visit that found it.
        known: of the season.
    """
    if mode in LED:
        return True
    said = [_first(times, episode) for times in (known.by_anything, known.shown)]
    proposed, shown = said
    if proposed is not None and (known.simulated or proposed <= found_at):
        return True
    return shown is not None and shown < found_at


def lists(told: History, known: Foreseen) -> Lists:
    """Return how many detected plots of classes A and B are on the list of satellite, of patrols, on both, known.

    List 1: satellite proposed the plot before anybody visited it in the season. List 2: the first visit that detected
    it began before anybody could know of the candidate, and does not say of itself that it followed a score.
    """
    visits: dict[str, list[Visit]] = {}
    for visit in told.recorded:
        if Season.of(visit.visited_at) == known.season and visit.outcome is not Outcome.NOT_REACHED:
            visits.setdefault(visit.plot_id, []).append(visit)
    on = []
    for episode in told.episodes:
        large = episode.klass is not Detectability.C and episode.detected_at is not None
        if episode.season == known.season and large:
            mine = visits.get(episode.plot.id, [])
            on.append((_by_satellite(episode, mine, known), _by_patrol(episode, mine, known)))
    first, second = (sum(pair[n] for pair in on) for n in (0, 1))
    return Lists(first, second, sum(all(pair) for pair in on), len(on))


def _by_satellite(episode: Episode, visits: list[Visit], known: Foreseen) -> bool:
    proposed = _first(known.by_satellite, episode)
    return proposed is not None and all(proposed < known.moment(visit) for visit in visits)


def _by_patrol(episode: Episode, visits: list[Visit], known: Foreseen) -> bool:
    found = [visit for visit in visits if visit.outcome is Outcome.DETECTED]
    # Who destroyed and measured what nobody had detected has found it.
    found += [visit for visit in visits if visit.outcome is Outcome.ERADICATED and visit.area_m2]
    finding = next(iter(found), None)
    if finding is None or finding.selection_mode is SelectionMode.SCORE:
        return False
    shown = _first(known.shown, episode)
    return shown is None or known.moment(finding) < shown
