"""From the events to what is shown: one replay, then layers anyone can open in QGIS."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from eradication import history
from eradication.domain import TIMEZONE, AdminUnit, Episode, Event, EventKind, Json, Season, Visit
from eradication.domain.event import iso
from eradication.domain.model import RULES
from eradication.geo import centre
from eradication.ingest import boundaries, dividing
from eradication.pipeline import journal, kept, remembered
from eradication.pipeline.once import once
from eradication.pipeline.workspace import Workspace
from eradication.store import Transaction

if TYPE_CHECKING:
    import numpy.typing as npt

    type Times = npt.NDArray[np.datetime64]


def replayed(
    workspace: Workspace,
    *,
    as_of: datetime | None = None,
    vintage: date | None = None,
    events: Sequence[Event] | None = None,
    happened_until: datetime | None = None,
) -> history.History:
    """Return every plot, episode and visit as the events recorded until ``as_of`` (default: now) tell them.

    Args:
        workspace: whose store, settings and boundaries are used.
        as_of: cut on ``recorded_at``.
        vintage: boundaries valid on this day.
        events: what to replay instead of the store's events, e.g. those a transaction sees.
        happened_until: the state of things at an earlier moment, as known at ``as_of``.
    """
    now = as_of or datetime.now(UTC)
    if events is None:
        known = workspace.store.units(as_of=as_of)
        return remembered.settled(workspace, now, known, day_of(vintage, as_of)).at(now, happened_until)
    return history.replay(
        events,
        as_of=now,
        locate=locator(workspace, vintage, as_of),
        settings=workspace.settings,
        happened_until=happened_until,
    )


def recorded(workspace: Workspace, as_of: datetime | None = None) -> list[Visit]:
    """Return the visits that a replay of what was recorded until ``as_of`` (default: now) tells, without the rest."""
    now, known = as_of or datetime.now(UTC), workspace.store.units(as_of=as_of)
    return remembered.settled(workspace, now, known, day_of(None, as_of)).recorded()


def day_of(vintage: date | None, as_of: datetime | None) -> date:
    """Return the day whose boundaries are meant: ``vintage``, else the day things are told of, else today."""
    return vintage or (as_of or datetime.now(UTC)).astimezone(TIMEZONE).date()


def locator(
    workspace: Workspace, vintage: date | None = None, as_of: datetime | None = None
) -> Callable[[float, float], str]:
    """Return the function that finds a point's commune code in the boundaries of ``vintage`` (default: today's)."""
    return boundaries.locator(workspace.store.units(as_of=as_of), day_of(vintage, as_of))


def units_on(workspace: Workspace, day: date | None = None, as_of: datetime | None = None) -> list[AdminUnit]:
    """Return the communes valid on ``day``, one per code; approximate outlines end where an official one begins."""
    wanted = day_of(day, as_of)
    return dividing.without_official(_best(workspace.store.units(as_of=as_of), wanted))


def _best(known: Sequence[AdminUnit], day: date) -> list[AdminUnit]:
    valid = sorted((u for u in known if u.valid_on(day)), key=lambda u: (u.approximate, u.source))
    best: dict[str, AdminUnit] = {}
    for unit in valid:
        best.setdefault(unit.code, unit)
    return [best[code] for code in sorted(best)]


def names(workspace: Workspace, day: date | None = None, as_of: datetime | None = None) -> dict[str, str]:
    """Return commune code → name."""
    return names_of(workspace.store.units(as_of=as_of), day_of(day, as_of))


def names_of(units: Sequence[AdminUnit], day: date) -> dict[str, str]:
    """Return commune code → name, of the communes valid on ``day``."""
    return {unit.code: unit.name for unit in _best(units, day)}


def already(workspace: Workspace, kind: EventKind, payload: dict[str, Json]) -> bool:
    """Tell whether an event of this kind with this very payload was recorded before."""
    return any(dict(event.payload) == payload for event in workspace.store.events(kinds=[kind]))


def is_simulated(workspace: Workspace, as_of: datetime | None = None) -> bool:
    """Tell whether anything in the workspace is simulated: then every output says so, for it may rest on that."""
    if workspace.simulated:
        return True
    told = kept.simulated(workspace) if as_of is None else None
    if told is not None:
        return told
    return once(workspace, ("simulated", as_of), lambda: _says_simulated(workspace, as_of))


def _says_simulated(workspace: Workspace, as_of: datetime | None) -> bool:
    known = remembered.simulated(workspace, as_of or datetime.now(UTC))
    kinds = [kind for kind in kept.WITH_ORIGIN_STATED if known is None or kind not in history.KINDS]
    return bool(known) or any(map(kept.says_simulated, workspace.store.events(kinds=kinds, as_of=as_of)))


def refresh(workspace: Workspace, transaction: Transaction, now: datetime | None = None) -> history.History:
    """Bring the layers and what is kept of the replay up to date, inside the transaction that appended events.

    Args:
        workspace: whose settings and boundaries.
        transaction: whose events are replayed.
        now: as of when; ``None`` = by the clock.

    Returns:
        The history of the plots that new events concern, or of all.
    """
    from eradication.pipeline import refreshing  # which knows this module

    return refreshing.refresh(workspace, transaction, now or datetime.now(UTC))


def layer_row(episode: Episode, communes: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of the layer ``plots``: with all that lists of plots tell, which read the layer alone."""
    lon, lat = centre(episode.plot.geometry)
    return plot_row(episode, communes) | {
        "first_seen_utc": iso(episode.first_seen),
        "sown_on": episode.sown_on.isoformat() if episode.sown_on else None,
        "stage": episode.stage_seen[0] if episode.stage_seen else None,
        "stage_at": iso(episode.stage_seen[1]) if episode.stage_seen else None,
        "class_estimated": int(episode.detected_at is None),
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        "units": concerned_text(episode.units),
    }


def concerned_text(units: Sequence[str]) -> str:
    """Return units as a layer has them, each between commas: ``,bp01,ca02,``; empty = nobody's business yet."""
    return f",{','.join(units)}," if units else ""


def plot_row(episode: Episode, communes: Mapping[str, str]) -> dict[str, Any]:
    """Return an episode as a row of the layer ``plots`` and of every export."""
    plot = episode.plot
    return {
        "geometry": plot.geometry,
        "plot_id": plot.id,
        "code": plot.code,
        "season": episode.season.label,
        "state": str(episode.state),
        "class": str(episode.klass),
        "score": episode.score,
        "score_kind": str(episode.score_kind) if episode.score_kind else None,
        "outside": int(episode.outside),
        "area_m2": round(episode.area_m2, 1),
        "area_method": str(episode.area_method),
        "area_se_m2": round(episode.area_se_m2, 1),
        "detected_m2": episode.detected_m2,
        "claimed_m2": episode.claimed_m2,
        "verified_m2": episode.verified_m2,
        "plant_count": episode.plant_count,
        "commune_code": plot.commune_code,
        "commune": communes.get(plot.commune_code, ""),
        "source": str(plot.source),
        "first_seen": iso(episode.first_seen),
        "run": episode.run,
        "model": episode.model,
        "aliases": ",".join(plot.aliases),
    }


def in_season(episodes: list[Episode], season: Season | None) -> list[Episode]:
    """Return the episodes of ``season``, or all of them."""
    return [episode for episode in episodes if season is None or episode.season == season]


def propose(workspace: Workspace, transaction: Transaction, known: Sequence[history.Followed], times: "Times") -> int:
    """Append the candidates that were not proposed before, and return how many are new places.

    An outline that moved is proposed anew and joins its plot, and so is one whose day of sowing later images moved;
    only one that founds a plot is a new place.
    """
    events = workspace.store.events(kinds=[EventKind.CANDIDATE_PROPOSED])
    before = {event.payload["candidate"]["id"]: event.payload["candidate"].get("sown_on") for event in events}
    moved_days = workspace.settings.harvest.sown_moved_days
    taken = history.codes(replayed(workspace).plots)
    commune_at, communes = locator(workspace), names(workspace)
    seen_at = last_look(times)
    fresh = [f for f in known if f.candidate.id not in before or _is_moved(f, before[f.candidate.id], moved_days)]
    for followed in fresh:
        code = ""
        if followed.founding:
            commune = communes.get(commune_at(followed.candidate.lon, followed.candidate.lat), "")
            code = history.next_code(commune, followed.candidate.season, taken)
            taken.add(code)
        transaction.append(EventKind.CANDIDATE_PROPOSED, seen_at, journal.of_candidate(followed, code))
    return sum(followed.founding for followed in fresh)


def _is_moved(followed: history.Followed, before: str | None, least_days: int) -> bool:
    """Tell whether images now say another day of sowing than the candidate on record, or the first one."""
    now = followed.candidate.sown_on
    return now is not None and (before is None or abs((now - date.fromisoformat(before)).days) >= least_days)


def promoted(workspace: Workspace) -> str:
    """Return the label of the model in use, ``rules`` if none was ever promoted."""
    events = workspace.store.events(kinds=[EventKind.MODEL_PROMOTED])
    newest = max(events, key=lambda event: (event.happened_at, event.payload["model_hash"]), default=None)
    return RULES if newest is None else f"{newest.payload['name']}/{newest.payload['version']}"


def noon(day: date) -> datetime:
    """Return noon of a local day, UTC: when something happened of which only the day is known."""
    return datetime.combine(day, time(12), TIMEZONE).astimezone(UTC)


def finish_run(workspace: Workspace, transaction: Transaction, answer: dict[str, Any], times: "Times") -> None:
    """Record the run itself, once."""
    events = workspace.store.events(kinds=[EventKind.RUN_FINISHED])
    if not any(event.payload["run"] == answer["run"] for event in events):
        transaction.append(EventKind.RUN_FINISHED, last_look(times), answer)


def last_look(times: "Times") -> datetime:
    """Return the time of the newest image, UTC: a run says nothing later than that."""
    return moment(times.max())


def moment(time: np.datetime64) -> datetime:
    """Return a UTC time as Python's."""
    return datetime.fromtimestamp(int(time.astype("datetime64[s]").astype(int)), UTC)


def past_finds(workspace: Workspace, season: Season) -> list[BaseGeometry]:
    """Return the outlines (WGS 84) of plots where poppy was found in a season before ``season``."""
    before = [e for e in replayed(workspace).episodes if e.season.start_year < season.start_year and e.detected_m2]
    return [episode.plot.geometry for episode in before]


def findings(told: Sequence[history.Finding], season: Season | None) -> list[dict[str, Any]]:
    """Return what had no effect or waits for a person, as plain records."""
    chosen = (f for f in told if season is None or f.season in ("", season.label))
    return [dataclasses.asdict(finding) for finding in chosen]
