"""What a dossier shows, put together: pictures, curve, checks, photos and events of a plot in one season."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from eradication.domain import Episode, Event, EventKind, Outcome, Season, Visit
from eradication.errors import N_
from eradication.history import History
from eradication.i18n import Translate, translator
from eradication.pipeline import checking, chips, dossier_photos, journal, outputs, plot_answers, projection
from eradication.pipeline import season_curves as curves_of
from eradication.pipeline.question import Question
from eradication.pipeline.workspace import Workspace
from eradication.progress import Stage
from eradication.report import event_words

if TYPE_CHECKING:
    from eradication.report.dossier import DossierView, Entry, Phase

_AROUND_DEGREES = 0.05
"""Places farther away from one are on no map of it."""
_BY_PROGRAM = (EventKind.CANDIDATE_PROPOSED, EventKind.VISITS_CHOSEN, EventKind.RECHECKS_DRAWN)
_NOT = (None, None)

type Key = tuple[str, str]
"""Plot and season."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What dossiers rest on."""

    workspace: Workspace
    told: History
    events: Sequence[Event]
    """Those that were replayed."""
    question: Question
    """When and with which boundaries."""
    stage: Stage


@dataclass(frozen=True, slots=True)
class Manner:
    """How dossiers are written."""

    language: str
    photos: bool
    curves: bool
    scale: int
    """0 = the usual one."""

    @property
    def translate(self) -> Translate:
        """Message id → text."""
        return translator(self.language)


def views(ground: Ground, episodes: Sequence[Episode], manner: Manner) -> "list[DossierView]":
    """Return what each page shows; what is read of a whole season is read once."""
    workspace, as_of = ground.workspace, ground.question.as_of
    pairs = chips.of_episodes(workspace, episodes, ground.stage)
    curves = _curves(ground, episodes) if manner.curves else None
    shots = dossier_photos.of_episodes(workspace, ground.told, episodes, as_of, manner.photos)
    checks = _checks(ground, episodes, manner)
    common = {
        "province": workspace.settings.workspace.province,
        "communes": projection.units_on(workspace, ground.question.vintage, as_of),
        "simulated": projection.is_simulated(workspace),
    }
    found = []
    for episode in episodes:
        key = episode.plot.id, episode.season.label
        told = {"pair": pairs[key], "shots": shots[key], "checks": checks.get(key, [])}
        told["curve"] = None if curves is None else curves.get(key, {})
        found.append(_view(ground, episode, manner, common | told))
    return found


def _view(ground: Ground, episode: Episode, manner: Manner, told: Mapping[str, Any]) -> "DossierView":
    from eradication.report import dossier

    visits = _visits(ground.told, episode)
    entries, elsewhere, until = _entries(ground, episode, manner)
    row, *neighbours = outputs.rows_of(ground.workspace, [episode, *_around(ground.told, episode)])
    return dossier.DossierView(
        row=row,
        neighbours=neighbours,
        phases=_phases(episode, manner.translate),
        phases_read=episode.sown_on is not None,
        crop=next((v.crop for v in reversed(visits) if v.crop), None),
        plants_by=next((v.count_method for v in reversed(visits) if v.plant_count is not None), None),
        destroyed=next(((v.method, v.destroyed_by) for v in reversed(visits) if v.outcome is Outcome.ERADICATED), _NOT),
        minutes=[(v.minutes_type, v.minutes_no) for v in visits if v.minutes_no.strip()],
        with_photos=manner.photos,
        entries=entries,
        elsewhere=elsewhere,
        told_until=until,
        scale=manner.scale or dossier.DEFAULT_SCALE,
        language=manner.language,
        translate=manner.translate,
        **told,
    )


def _curves(ground: Ground, episodes: Sequence[Episode]) -> dict[Key, Any]:
    """Return the season of each place where its imagery is here; a season at a time, for a plot has several."""
    found: dict[Key, Any] = {}
    for season in sorted({e.season for e in episodes}):
        mine = [e for e in episodes if e.season == season]
        curves = curves_of.of_plots(ground.workspace, mine, ground.stage)
        found |= {(plot_id, season.label): curve for plot_id, curve in curves.items()}
    return found


def _visits(told: History, episode: Episode) -> list[Visit]:
    mine = (visit for visit in told.recorded if visit.plot_id == episode.plot.id)
    return [visit for visit in mine if told.season_of(visit) == episode.season]


def _checks(ground: Ground, episodes: Sequence[Episode], manner: Manner) -> dict[Key, list[dict[str, Any]]]:
    """Return the checks of destructions; images are asked where they are read anyway."""
    found: dict[Key, list[dict[str, Any]]] = {}
    one, as_of = episodes[0].plot.id if len(episodes) == 1 else "", ground.question.as_of
    for season in sorted({e.season for e in episodes if e.eradicated_at is not None}):
        rows = checking.of_season(
            *(ground.workspace, season, as_of),
            plot_id=one,
            measure=manner.curves,
            told=ground.told,
            stage=ground.stage,
        )
        for row in checking.in_words(rows, manner.language):
            found.setdefault((str(row["plot"]), season.label), []).append(row)
    return found


def _entries(ground: Ground, episode: Episode, manner: Manner) -> "tuple[list[Entry], int, datetime | None]":
    """Return the events of the season about a plot, how many are of other seasons, and the newest record."""
    from eradication.report.dossier import Entry

    about = plot_answers.events_about(ground.events, {episode.plot.id, *episode.plot.aliases})
    own = {visit.key for visit in _visits(ground.told, episode)}
    mine = [event for event in about if _season_of(event, own, episode.season) == episode.season]
    by_key = {event.key: event for event in ground.events}
    origins = {head.origin: head.label for head in ground.workspace.store.origins()}
    entries = [
        Entry(
            happened_at=event.happened_at,
            what=event_words.told(told, manner.language, manner.translate),
            unit=str(told["unit"]),
            hash=event.hash,
            origin=origins.get(event.origin) or event.origin,
            number=event.number,
            by_person=event.kind not in _BY_PROGRAM,
        )
        for event in mine
        for told in [journal.of_event(event, journal.corrected_by(event, by_key))]
    ]
    return entries, len(about) - len(mine), max((e.recorded_at for e in about), default=None)


def _season_of(event: Event, own: set[tuple[str, str, str]], season: Season) -> Season:
    """Return the season of an event; a visit after 31 August may be of the one before."""
    visit = event.payload.get("visit")
    if isinstance(visit, dict) and (visit["unit"], visit["visit_id"], visit["outcome"]) in own:
        return season
    return Season.of(event.happened_at)


def _around(told: History, episode: Episode) -> list[Episode]:
    """Return the plots near one that were found in the season."""
    west, south, east, north = episode.plot.geometry.buffer(_AROUND_DEGREES).bounds
    near = []
    for other in projection.in_season(told.episodes, episode.season):
        at = other.plot.geometry.centroid
        is_near = west <= at.x <= east and south <= at.y <= north and other.plot.id != episode.plot.id
        if is_near and other.detected_at is not None:
            near.append(other)
    return near


def _phases(episode: Episode, translate: Translate) -> "list[Phase]":
    """Return what stands on the field when: by the day of sowing that images tell, else when poppy may flower."""
    from eradication.features.table import PHASES
    from eradication.report.dossier import Phase

    sown = episode.sown_on
    if sown is None:
        return [Phase(*episode.season.flowering, translate(N_("may flower")))]
    spans = (
        ("cleared", "cleared", N_("bare")),
        ("rosette", "bud", N_("grows")),
        ("bloom", "bloom", N_("flowers")),
        ("capsule", "dry", N_("capsules")),
    )
    return [
        Phase(sown + timedelta(PHASES[first][0]), sown + timedelta(PHASES[last][1]), translate(name))
        for first, last, name in spans
    ]
