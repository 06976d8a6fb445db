"""What the checks of a season's destructions need to know, gathered from events, photos and walks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from math import hypot
from typing import Any

from shapely import STRtree

from eradication import checks, geo
from eradication.domain import AreaMethod, CandidateSource, Episode, EventKind, Outcome, Plot, Season, Visit
from eradication.domain.codes import fold
from eradication.history import History, areas
from eradication.history.facts import Fact
from eradication.pipeline import photos, projection, remembered
from eradication.pipeline.walked_round import Rounds
from eradication.pipeline.workspace import Workspace

_WALKED = frozenset({AreaMethod.GPS_TRACK, AreaMethod.GPS_VERTICES})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a season."""

    workspace: Workspace
    season: Season
    as_of: datetime | None
    now: datetime
    told: History
    facts: Mapping[tuple[tuple[str, str, str], str], Fact]
    """Rows as they were handed in, by their key and plot; those of a plot divided since as its parts have them."""
    visits: Sequence[Visit]
    """Rows of the season with the plot's id, in order of time."""
    episodes: Mapping[str, Episode]
    """By plot id."""
    rounds: Rounds

    @classmethod
    def of(cls, workspace: Workspace, season: Season, as_of: datetime | None, told: History | None = None) -> "Known":
        """Gather what is recorded until ``as_of``; ``told`` is the replay of it, if there is one already."""
        walks = workspace.store.events(as_of=as_of, kinds=[EventKind.PATROL_RECORDED])
        now = as_of or datetime.now(UTC)
        told = told or projection.replayed(workspace, as_of=as_of)
        rows = [f for f in remembered.read(workspace, now).facts.counted if f.visit is not None]
        facts = {(f.visit.key, told.names.get(fold(f.plot_id), f.plot_id)): f for f in rows if f.visit is not None}
        visits = [visit for visit in told.recorded if told.season_of(visit) == season]
        episodes = {e.plot.id: e for e in told.episodes if e.season == season}
        rounds = Rounds.of(walks, season, workspace.settings.identity.min_iou)
        return cls(workspace, season, as_of, now, told, facts, visits, episodes, rounds)

    def rows(self) -> list[checks.Eradication]:
        """Return every destruction with what the checks need."""
        wanted = [v for v in self.visits if v.outcome is Outcome.ERADICATED and v.plot_id in self.episodes]
        of_plot: dict[str, list[Visit]] = {}
        for visit in self.visits:
            of_plot.setdefault(visit.plot_id, []).append(visit)
        outlines = self._outlines()
        minutes = _minutes(wanted)
        shown = photos.shown(self.workspace, self.told, self.as_of)
        commune_at = projection.locator(self.workspace)
        approximate = any(unit.approximate for unit in projection.units_on(self.workspace))
        estimates = _estimates(self.told, self.season)
        codes = {plot.id: plot.code or plot.id for plot in self.told.plots}
        walks = {
            plot_id: self._walked(self.episodes[plot_id].plot, outlines) for plot_id in {v.plot_id for v in wanted}
        }
        near = _Near(outlines, codes)
        of_photos = _photos(shown)
        return [
            replace(
                self._row(visit, of_plot[visit.plot_id]),
                walked=walks[visit.plot_id],
                neighbours=near.of(visit.plot_id, walks[visit.plot_id]),
                estimate_m2=estimates.get(visit.plot_id),
                minutes_elsewhere=tuple(sorted(codes[p] for p in _elsewhere(minutes.get(_number(visit), {}), visit))),
                photos=of_photos.get(("/".join(visit.key), visit.plot_id), checks.Photos()),
                ground=_ground(self._fact(visit).visit or visit, walks[visit.plot_id], commune_at, approximate),
            )
            for visit in wanted
        ]

    def _fact(self, visit: Visit) -> Fact:
        return self.facts[visit.key, visit.plot_id]

    def _row(self, visit: Visit, of_plot: Sequence[Visit]) -> checks.Eradication:
        episode, fact = self.episodes[visit.plot_id], self._fact(visit)
        settings = self.workspace.settings.identity
        seen_from_above = episode.plot.source is CandidateSource.SATELLITE and not episode.plot.measured
        sigma = settings.satellite_sigma_m if seen_from_above else settings.patrol_sigma_m
        return checks.Eradication(
            visit=fact.visit or visit,
            recorded_at=fact.corrected[0] if fact.corrected else fact.recorded_at,
            plot=episode.plot,
            klass=episode.klass,
            area_m2=episode.area_m2,
            area_se_m2=_stated_error(visit, episode),
            error_m=max(settings.min_distance_m, 2.0 * hypot(settings.patrol_sigma_m, sigma)),
            detected_at=episode.detected_at,
            verified_at=_verification(visit, of_plot),
        )

    def _outlines(self) -> dict[str, checks.Walked]:
        """Return plot id → the outline measured last in the season."""
        found = {}
        for visit in self.visits:
            outline = self._fact(visit).outline
            if outline is not None:
                measured = areas.Measurement(geo.area_m2(outline), AreaMethod.GPS_TRACK, outline)
                se = areas.standard_error_m2(measured)
                found[visit.plot_id] = checks.Walked(outline, measured.area_m2, se, 0, "/".join(visit.key))
        return found

    def _walked(self, plot: Plot, outlines: Mapping[str, checks.Walked]) -> checks.Walked | None:
        """Return the walk round a plot: of a patrol, whose track says how good it was, else the outline of a row."""
        own = outlines.get(plot.id)
        return self.rounds.round(own.outline if own else plot.geometry) or own


def _stated_error(visit: Visit, episode: Episode) -> float:
    if visit.area_m2 is None:
        return 0.0 if episode.area_method in _WALKED else episode.area_se_m2
    method = visit.area_method or AreaMethod.ESTIMATE
    return 0.0 if method in _WALKED else areas.standard_error_m2(areas.Measurement(visit.area_m2, method))


def _verification(visit: Visit, rows: Iterable[Visit]) -> datetime | None:
    """Return the verification that speaks of a destruction: the first after it; one before all destruction is odd.

    ``rows`` are all those of its plot.
    """
    rows = list(rows)
    destroyed = [v.visited_at for v in rows if v.outcome is Outcome.ERADICATED]
    checked = sorted(v.visited_at for v in rows if v.outcome is Outcome.VERIFIED)
    early = [when for when in checked if when < min(destroyed)]
    return next(iter([*early, *(when for when in checked if when >= visit.visited_at)]), None)


def _number(visit: Visit) -> tuple[str, str, str]:
    kind = visit.minutes_type.value if visit.minutes_type else ""
    return fold(visit.unit), kind, fold(visit.minutes_no)


def _minutes(visits: Iterable[Visit]) -> dict[tuple[str, str, str], dict[tuple[str, str, str], set[str]]]:
    """Return unit, kind and number of minutes → the rows that name it, each with its plots."""
    found: dict[tuple[str, str, str], dict[tuple[str, str, str], set[str]]] = {}
    for visit in visits:
        if visit.minutes_no.strip():
            found.setdefault(_number(visit), {}).setdefault(visit.key, set()).add(visit.plot_id)
    return found


def _elsewhere(rows: Mapping[tuple[str, str, str], set[str]], visit: Visit) -> set[str]:
    """Return the plots that minutes stand for in rows that do not speak of the visit's own plot."""
    return {plot_id for plots in rows.values() if visit.plot_id not in plots for plot_id in plots}


def _estimates(told: History, season: Season) -> dict[str, float]:
    rows = (row for row in told.candidates if row["season"] == season.label and row["score"] is not None)
    return {row["plot_id"]: float(row["area_m2"]) for row in rows}


class _Near:
    """The measured outlines of a season."""

    def __init__(self, outlines: Mapping[str, checks.Walked], codes: Mapping[str, str]) -> None:
        self._plots = sorted(outlines)
        self._told = [checks.Neighbour(codes[p], outlines[p].outline, outlines[p].se_m2) for p in self._plots]
        self._tree = STRtree([one.outline for one in self._told])

    def of(self, plot_id: str, walked: checks.Walked | None) -> list[checks.Neighbour]:
        """Return those of other plots whose bounds meet the walked ones: no other can have ground in common."""
        found = () if walked is None else sorted(self._tree.query(walked.outline).tolist())
        return [self._told[number] for number in found if self._plots[number] != plot_id]


def _ground(visit: Visit, walked: checks.Walked | None, commune_at: Any, approximate: bool) -> checks.Ground:
    place = (visit.lon, visit.lat) if visit.lon is not None and visit.lat is not None else None
    place = place or (geo.centre(walked.outline) if walked else None)
    return checks.Ground(commune_at(*place) if place else "", approximate)


def _photos(shown: photos.Shown) -> dict[tuple[str, str], checks.Photos]:
    """Return visit and plot → its photos; a row speaks of several plots where one was divided since."""
    links = sorted((k for k in shown.links if k.role in ("before", "after")), key=lambda k: (k.visit, k.plot_id))
    found: dict[tuple[str, str], checks.Photos] = {}
    signs: dict[tuple[str, str], list[checks.PhotoSign]] = {}
    for check in shown.checks:
        signs.setdefault((check.visit, check.plot_id), []).append(checks.PhotoSign(check.code, check.role, check.value))
    times = {sha: one.photo.taken_at for sha, one in shown.kept.items()}
    for key, group in groupby(links, key=lambda link: (link.visit, link.plot_id)):
        own = list(group)
        taken = {r: tuple(t for k in own if k.role == r and (t := times[k.photo])) for r in ("before", "after")}
        found[key] = checks.Photos(
            len({k.photo for k in own}), taken["before"], taken["after"], tuple(signs.get(key, ()))
        )
    return {key: checks.Photos(signs=tuple(of)) for key, of in signs.items()} | found
