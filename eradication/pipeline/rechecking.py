"""Re-checks of destroyed plots of class C, drawn at random; and how far all re-checks of a season have come."""

import dataclasses
import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from eradication import planning
from eradication.domain import Detectability, Episode, Event, EventKind, Json, Outcome, Season, State, Visit
from eradication.domain.event import canonical, iso
from eradication.errors import N_, UnusableInput
from eradication.history import History
from eradication.history.independence import parties
from eradication.ledger import Side
from eradication.pipeline import projection, units
from eradication.pipeline.counting import shared
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.undetected.rechecks import LEAST_SHARE, Recheck, Required, rechecks

__all__ = ["LEAST_SHARE", "Wish", "draw", "draws", "of_season", "show"]

_FINDING = (Outcome.DETECTED, Outcome.ERADICATED)
"""Whoever did this may not verify."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of ``rechecks draw``."""

    season: Season
    share: float = LEAST_SHARE
    seed: int = 0
    unit: str = ""
    """Code of the unit that will be sent: plots it detected or destroyed are left out. Empty = any other unit."""


def draw(workspace: Workspace, wish: Wish) -> dict[str, Any]:
    """Draw destroyed plots of class C that no draw could take so far, each with the same chance; put it on record.

    Asked again without any further destruction, it tells the draw it made before. What is destroyed later needs a
    further draw.

    Raises:
        UnusableInput: ``bad_share``, ``nothing_to_recheck``, ``unknown_unit``.
    """
    # A mistyped code would lead a unit to its own plots.
    wish = dataclasses.replace(wish, unit=units.on_record(workspace, wish.unit))
    if not LEAST_SHARE <= wish.share <= 1:
        raise UnusableInput(
            "bad_share",
            N_("A share of {share} % of the plots cannot be drawn for re-checks."),
            hint=N_("At least {least} % must be drawn, and at most 100 %."),
            values={"share": round(100 * wish.share, 2), "least": round(100 * LEAST_SHARE)},
        )
    told = projection.replayed(workspace)
    events = draws(workspace, wish.season)
    frame = _frame(told, wish, events, _abroad(workspace, told, wish.season, None))
    same = [event for event in events if _asked(wish).items() <= _wished(workspace, event).items()]
    if frame:
        body: dict[str, Any] = _drawn(wish, frame)
        with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
            transaction.append(EventKind.RECHECKS_DRAWN, datetime.now(UTC), body)
    elif same:
        body = dict(same[-1].payload)
    else:
        raise UnusableInput(
            "nothing_to_recheck",
            N_("No destroyed plot of class C of season {season} waits for a draw."),
            hint=N_("`eradication rechecks show` tells what was drawn; plots of classes A and B are all re-checked."),
            values={"season": wish.season.label},
        )
    names = {e.plot.id: e for e in told.episodes if e.season == wish.season}
    stops = [_stop(told, names, stop) for stop in body["stops"]]
    return body | {"stops": stops, "simulated": projection.is_simulated(workspace)}


def _asked(wish: Wish) -> dict[str, Json]:
    return {"season": wish.season.label, "share": wish.share, "seed": wish.seed, "unit": wish.unit}


def _wished(workspace: Workspace, event: Event) -> dict[str, Any]:
    """Return what a draw was asked, its unit as it is on record, however it was typed then."""
    return {**event.payload, "unit": units.spelling(workspace, str(event.payload["unit"]))}


def _abroad(workspace: Workspace, told: History, season: Season, as_of: datetime | None) -> frozenset[str]:
    """Return the ids of a season's plots beyond the border, or so near it that nobody can say: they enter no total."""
    mine = [episode for episode in told.episodes if episode.season == season]
    counting = shared(workspace, workspace.store.units(as_of=as_of), projection.day_of(None, as_of))
    return frozenset(entry.plot_id for entry in counting.entries(mine) if entry.side is not Side.INSIDE)


def _frame(told: History, wish: Wish, events: Sequence[Event], abroad: Collection[str]) -> list[Episode]:
    """Return the destroyed plots of class C on this side that were in the frame of no draw, by id."""
    taken = {_plot(told, name) for event in events for name in event.payload["plots"]}
    own, followed = [f"unit:{wish.unit.casefold()}"], told.successions
    now = told.as_of
    return [
        e
        for e in told.episodes
        if e.season == wish.season
        and e.klass is Detectability.C
        and e.state is State.ERADICATED
        and e.plot.id not in taken
        and e.plot.id not in abroad
        and not (wish.unit and followed.shared(own, e.parties, now))
    ]


def _drawn(wish: Wish, frame: Sequence[Episode]) -> dict[str, Json]:
    ids = [episode.plot.id for episode in frame]
    count = math.ceil(wish.share * len(ids) - 1e-9)
    # The same seed on other plots is another draw.
    seed = int.from_bytes(hashlib.sha256(canonical([wish.seed, [*ids]])).digest()[:8])
    chosen, odds = planning.draw(np.ones(len(ids)), count, seed)
    stops: list[Json] = [{"plot_id": ids[k], "inclusion_prob": round(float(odds[k]), 12)} for k in chosen]
    body: dict[str, Json] = {"frame": "class_c", **_asked(wish), "N": len(ids), "n": count}
    body |= {"plots": [*ids], "stops": stops}
    return {"draw": hashlib.sha256(canonical(body)).hexdigest()[:16]} | body


def draws(workspace: Workspace, season: Season, as_of: datetime | None = None) -> list[Event]:
    """Return the draws of re-checks of a season recorded until ``as_of`` (default: now), in the order of recording."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RECHECKS_DRAWN])
    mine = [event for event in events if event.payload["season"] == season.label]
    return sorted(mine, key=lambda event: (event.recorded_at, *event.key))


def _plot(told: History, name: str) -> str:
    plot = told.plot(name)
    return name if plot is None else plot.id


def _stop(told: History, episodes: Mapping[str, Episode], stop: Mapping[str, Any]) -> dict[str, Any]:
    """Return a drawn plot with what a person needs to send somebody, and to send somebody else."""
    episode = episodes.get(_plot(told, str(stop["plot_id"])))
    if episode is None:
        return {**stop, "code": "", "lon": None, "lat": None, "not_by": [], "eradicated_at": None}
    point = episode.plot.geometry.centroid
    own = [party.removeprefix("unit:") for party in episode.parties if party.startswith("unit:")]
    today = projection.day_of(None, told.as_of)
    units = sorted({code.upper() for unit in own for code in told.successions.line(unit, today)})
    return {
        **stop,
        "code": episode.plot.code,
        "commune_code": episode.plot.commune_code,
        "lon": round(point.x, 6),
        "lat": round(point.y, 6),
        "not_by": units,
        "eradicated_at": iso(episode.eradicated_at) if episode.eradicated_at else None,
    }


def show(workspace: Workspace, season: Season, as_of: datetime | None = None) -> dict[str, Any]:
    """Return the answer of ``rechecks show``: what :func:`of_season` says, and every drawn plot with its re-check."""
    told = projection.replayed(workspace, as_of=as_of)
    simulated = projection.is_simulated(workspace)
    events = draws(workspace, season, as_of)
    episodes = {e.plot.id: e for e in told.episodes if e.season == season}
    drawn = _rechecks(told, events, season, simulated=simulated)
    stops = [
        _stop(told, episodes, stop) | {"draw": event.payload["draw"], "live": drawn[_plot(told, stop["plot_id"])].live}
        for event in events
        for stop in event.payload["stops"]
    ]
    block = _block(told, events, season, drawn, _abroad(workspace, told, season, as_of))
    return block | {"stops": stops, "simulated": simulated}


def of_season(
    workspace: Workspace,
    season: Season,
    as_of: datetime | None = None,
    told: History | None = None,
    *,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return how far re-checks of a season have come, and what those drawn at random say.

    Args:
        workspace: whose draws and visits.
        season: the season.
        as_of: cut on ``recorded_at``; ``None`` = now.
        told: the replay as of then, if it is at hand.
        only: ids of one unit's plots: these are counted, and nothing is said of what was not drawn, for draws are of
            the whole province. ``None`` = all plots.
    """
    told = told or projection.replayed(workspace, as_of=as_of)
    events = draws(workspace, season, as_of)
    drawn = _rechecks(told, events, season, simulated=projection.is_simulated(workspace)) if events else {}
    return _block(told, events, season, drawn, _abroad(workspace, told, season, as_of), only)


_OF_THE_WHOLE = ("needed", "live_share", "low", "high", "small_met", "met", "least_share")


def _block(
    told: History,
    events: Sequence[Event],
    season: Season,
    drawn: Mapping[str, Recheck],
    abroad: Collection[str],
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """Count what has to be re-checked; a plot abroad that an older draw took is still listed, and counts nowhere."""
    everything = {*drawn, *(e.plot.id for e in told.episodes if e.season == season)}
    mine = (everything if only is None else set(only)) - set(abroad)
    required, waiting = _required(told, events, season, mine)
    found = rechecks([one for name, one in drawn.items() if name in mine], required)
    plain = dataclasses.asdict(found) | dataclasses.asdict(required)
    for name in ("live_share", "low", "high"):
        plain[name] = None if plain[name] is None else round(plain[name], 4)
    block = (
        {"season": season.label}
        | plain
        | {
            "draws": [{name: event.payload[name] for name in ("draw", "unit", "N", "n", "seed")} for event in events],
            "waiting": waiting,
            "verified_undrawn": _verified_undrawn(told, season, drawn, mine),
            "least_share": LEAST_SHARE,
            "met": found.large_met and found.small_met and not waiting,
        }
    )
    return block if only is None else block | dict.fromkeys(_OF_THE_WHOLE) | {"draws": []}


def _required(told: History, events: Sequence[Event], season: Season, only: Collection[str]) -> tuple[Required, int]:
    """Return what has to be re-checked, and how many destroyed plots of class C no draw could take so far."""
    mine = [e for e in told.episodes if e.season == season and e.eradicated_at is not None and e.plot.id in only]
    large = [e for e in mine if e.klass is not Detectability.C]
    verified = sum(e.state is State.VERIFIED for e in large)
    framed = {_plot(told, name) for event in events for name in event.payload["plots"]}
    small = {e.plot.id: e for e in mine if e.klass is Detectability.C}
    waiting = [name for name, e in small.items() if name not in framed and e.state is State.ERADICATED]
    return Required(len(large), verified, len(framed & set(small)) + len(waiting)), len(waiting)


def _verified_undrawn(told: History, season: Season, drawn: Mapping[str, Recheck], only: Collection[str]) -> int:
    """Return how many plots of class C were verified by visits that no draw asked for: they speak of no other plot."""
    small = [e for e in told.episodes if e.season == season and e.klass is Detectability.C and e.plot.id in only]
    checked = {name for name, one in drawn.items() if one.live is not None}
    return sum(e.state is State.VERIFIED and e.plot.id not in checked for e in small)


def _rechecks(told: History, events: Sequence[Event], season: Season, *, simulated: bool) -> dict[str, Recheck]:
    """Return the drawn plots by id; the first verification or regrowth after its draw is a plot's re-check."""
    visits: dict[str, list[Visit]] = {}
    finders: dict[str, set[str]] = {}
    for visit in (v for v in told.recorded if told.season_of(v) == season):
        people = parties(visit)
        if visit.outcome in _FINDING:
            finders.setdefault(visit.plot_id, set()).update(people)
        elif visit.outcome is Outcome.REGROWN or (
            visit.outcome is Outcome.VERIFIED
            and not told.successions.shared(people, finders.get(visit.plot_id, ()), visit.visited_at)
        ):
            visits.setdefault(visit.plot_id, []).append(visit)
    out: dict[str, Recheck] = {}
    for event in events:
        for stop in event.payload["stops"]:
            name = _plot(told, str(stop["plot_id"]))
            # A simulated season is over before anything can be drawn from it.
            after = [v for v in visits.get(name, ()) if simulated or v.visited_at >= event.recorded_at]
            live = None if not after else after[0].outcome is Outcome.REGROWN
            out.setdefault(name, Recheck(name, float(stop["inclusion_prob"]), live))
    return out
