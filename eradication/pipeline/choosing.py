"""Lists of candidates to visit, each a draw on record; and what the visits that were drawn say of the scores."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eradication import planning
from eradication.domain import (
    TIMEZONE,
    Candidate,
    Episode,
    EventKind,
    Json,
    Outcome,
    ScoreKind,
    Season,
    SelectionMode,
    State,
)
from eradication.domain.event import canonical, iso
from eradication.domain.model import POSITIVE, Calibration
from eradication.errors import N_, UnusableInput
from eradication.history import History
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.planning import LEAST_RANDOM_SHARE, Open, Shares, Stop, Why

OPEN = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)
"""States in which nobody has seen the place."""
LEAST_DRAWN, LEAST_EACH = 50, 10
"""Visits drawn at random, and confirmed and rejected ones among them, from which a score may be called probability."""
COLUMNS = (
    *("order", "plot_id", "code", "lon", "lat", "area_m2", "commune", "class", "score", "outside", "why"),
    *("selection_mode", "inclusion_prob", "draw", "simulated"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a list is wanted for."""

    season: Season
    visits: int
    random_share: float = LEAST_RANDOM_SHARE
    seed: int = 0
    day: datetime | None = None
    """From when it holds, aware; ``None`` = now. Visits before it, or recorded before the list was, do not count."""
    model: str = ""
    """Whose candidates, with or without the version; empty = those of the newest search."""


def choose(workspace: Workspace, wish: Wish, out: Path | None = None) -> dict[str, Any]:
    """Choose which candidates of a season to visit, and put the draw on record.

    Args:
        workspace: its open candidates are the frame.
        wish: season, number of visits, share drawn at random, seed.
        out: CSV file to write as well.

    Raises:
        UnusableInput: ``no_candidates``, ``bad_share``.
    """
    told = projection.replayed(workspace)
    mine = [e for e in told.episodes if e.season == wish.season and e.score is not None]
    unvisited = [e for e in mine if e.state in _unseen(wish)]
    model = wish.model or _newest_model(workspace, wish.season)
    frame = {e.plot.id: e for e in unvisited if model in (e.model, e.model.partition("/")[0])}
    if not frame:
        raise _nothing_open(wish, mine, model if unvisited else "")
    options = [Open(name, _priority(e), e.outside) for name, e in frame.items()]
    unsure = min(workspace.settings.learning.uncertain_share, max(1 - wish.random_share, 0.0))
    shares = Shares(wish.random_share, unsure)
    stops = planning.choose(options, wish.visits, shares, workspace.settings.candidates.seed, wish.seed)
    body = _record(wish, shares, frame, stops) | {"model": model}
    communes = projection.names(workspace)
    rows = [_stop(frame[s.plot_id], s, communes) for s in stops]
    listed = {"draw": body["draw"], "simulated": projection.is_simulated(workspace)}
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if out is not None:
            _write(out, [row | listed for row in rows])
        if not projection.already(workspace, EventKind.VISITS_CHOSEN, body):
            transaction.append(EventKind.VISITS_CHOSEN, wish.day or datetime.now(UTC), body)
    others = len(unvisited) - len(frame)
    return body | {"stops": rows, "other_models": others, "simulated": projection.is_simulated(workspace)}


def _newest_model(workspace: Workspace, season: Season) -> str:
    """Return which model searched a season last: scores of two models do not compare."""
    runs = workspace.store.events(kinds=[EventKind.RUN_FINISHED])
    mine = [event for event in runs if event.payload["season"] == season.label]
    return str(max(mine, key=lambda event: event.recorded_at).payload["model"]) if mine else ""


def _nothing_open(wish: Wish, known: Sequence[Episode], model: str) -> UnusableInput:
    """Return why there is nothing to choose from; ``model`` is named where only candidates of others are open."""
    message, hint = N_("No candidate of season {season} is known."), N_("Search it first: eradication monitor")
    if known:
        message = N_("None of {count} candidates of season {season} is still to be visited.")
        hint = N_("The others were visited; new ones come with new images: eradication monitor")
    if any(e.state is State.EXPIRED for e in known):
        hint = N_("Those that nobody visited have expired with their season; --date names a day in it.")
    if model:
        message = N_("No open candidate of season {season} is of {model}.")
        hint = N_("--model names the model whose candidates are to be visited; others are open.")
    values = {"season": wish.season.label, "count": len(known), "model": model}
    return UnusableInput("no_candidates", message, hint=hint, values=values)


def _unseen(wish: Wish) -> tuple[State, ...]:
    """Return the states a list is made from; one that holds from a day in the season asks of what has expired since."""
    within = wish.day is not None and Season.of(wish.day) == wish.season
    return (*OPEN, State.EXPIRED) if within else OPEN


def _priority(episode: Episode) -> float:
    """Return the score before it was made a probability: draws of all times are compared by it."""
    return float(episode.score or 0.0) if episode.priority is None else episode.priority


def _record(wish: Wish, shares: Shares, frame: dict[str, Episode], stops: Sequence[Stop]) -> dict[str, Json]:
    rows: list[Json] = [
        {
            "plot_id": stop.plot_id,
            "selection_mode": _mode(stop).value,
            "why": stop.why.value,
            "score": stop.score,
            "model": frame[stop.plot_id].model,
            "inclusion_prob": stop.inclusion_prob,
        }
        for stop in stops
    ]
    body: dict[str, Json] = {
        "season": wish.season.label,
        "frame": "candidates",
        "candidates": len(frame),
        "visits": wish.visits,
        "random_share": shares.random,
        "uncertain_share": shares.uncertain,
        "seed": wish.seed,
        "from": None if wish.day is None else iso(wish.day),
        "stops": rows,
    }
    return {"draw": hashlib.sha256(canonical(body)).hexdigest()[:16]} | body


def _mode(stop: Stop) -> SelectionMode:
    return SelectionMode.RANDOM if stop.why is Why.RANDOM else SelectionMode.SCORE


def _stop(episode: Episode, stop: Stop, communes: dict[str, str]) -> dict[str, Any]:
    return {
        "plot_id": stop.plot_id,
        "code": episode.plot.code,
        "lon": round(episode.plot.geometry.centroid.x, 6),
        "lat": round(episode.plot.geometry.centroid.y, 6),
        "area_m2": round(episode.area_m2, 1),
        "commune": communes.get(episode.plot.commune_code, ""),
        "class": str(episode.klass),
        "score": round(stop.score, 4),
        "outside": episode.outside,
        "why": stop.why.value,
        "selection_mode": _mode(stop).value,
        "inclusion_prob": stop.inclusion_prob,
    }


def _write(path: Path, stops: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(stop | {"order": number} for number, stop in enumerate(stops, start=1))
    path.write_text(text.getvalue(), encoding="utf-8-sig")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A candidate that was drawn at random, and what its first visit afterwards found."""

    draw: str
    """Which list it stood on; each list is drawn from the candidates that were open then."""
    day: str
    """From which that list holds, in Vietnam, ISO."""
    plot_id: str
    season: str
    score: float
    """Priority when it was drawn."""
    model: str
    inclusion_prob: float
    found: bool | None
    """``None`` while nobody could decide."""


def drawn(workspace: Workspace, as_of: datetime | None = None, told: History | None = None) -> list[Drawn]:
    """Return every candidate drawn at random, as recorded until ``as_of``; one drawn twice counts by its first draw.

    ``told`` is the replay as of then, if it is at hand.

    A visit counts if it was made after its draw was. On real ground that is when the draw was put on record, whatever
    day was named for it; simulated seasons, which are never today, go by that day.
    """
    lists = workspace.store.events(as_of=as_of, kinds=[EventKind.VISITS_CHOSEN])
    if not lists:
        return []
    told, simulated = told or projection.replayed(workspace, as_of=as_of), projection.is_simulated(workspace)
    recorded: dict[str, datetime] = {}
    for event in workspace.store.events(as_of=as_of, kinds=[EventKind.VISIT_RECORDED]):
        recorded.setdefault("/".join(_key(event.payload["visit"])), event.recorded_at)
    aliases = {alias: plot.id for plot in told.plots for alias in plot.aliases}
    visits = sorted(told.recorded, key=lambda visit: visit.visited_at)
    out: dict[tuple[str, str], Drawn] = {}
    for event in sorted(lists, key=lambda e: e.recorded_at):
        season = str(event.payload["season"])
        since = event.happened_at if simulated else max(event.happened_at, event.recorded_at)
        for stop in event.payload["stops"]:
            name = aliases.get(stop["plot_id"], stop["plot_id"])
            if stop["selection_mode"] != SelectionMode.RANDOM or (name, season) in out:
                continue
            after = (
                v
                for v in visits
                if v.plot_id == name
                and Season.of(v.visited_at).label == season
                and v.visited_at >= since
                and recorded.get("/".join(v.key), event.recorded_at) >= event.recorded_at
                and (v.outcome in POSITIVE or v.outcome is Outcome.REJECTED)
            )
            first = next(after, None)
            found = None if first is None else first.outcome in POSITIVE
            odds, priority = float(stop["inclusion_prob"]), float(stop["score"])
            day = event.happened_at.astimezone(TIMEZONE).date().isoformat()
            model, draw = str(stop["model"]), str(event.payload["draw"])
            out[name, season] = Drawn(draw, day, name, season, priority, model, odds, found)
    return list(out.values())


def drawn_from(workspace: Workspace, season: Season, model: str) -> list[Drawn]:
    """Return what was drawn from a model's candidates of one season."""
    return [one for one in drawn(workspace) if (one.season, one.model) == (season.label, model)]


def _key(visit: dict[str, Any]) -> tuple[str, str, str]:
    return str(visit["unit"]), str(visit["visit_id"]), str(visit["outcome"])


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the scores of a model may be called probabilities."""

    confirmed: int
    rejected: int
    undecided: int
    calibration: Calibration | None
    """How a priority becomes a probability; ``None`` while too few visits were drawn."""

    @property
    def told(self) -> dict[str, Json]:
        """What an answer says of it."""
        return {
            "drawn_confirmed": self.confirmed,
            "drawn_rejected": self.rejected,
            "drawn_undecided": self.undecided,
            "least_drawn": LEAST_DRAWN,
            "least_of_each": LEAST_EACH,
            "enough": self.calibration is not None,
        }


def standing(workspace: Workspace, model: str) -> Standing:
    """Return how far visits drawn at random from a model's candidates reach, over all seasons."""
    from eradication.classify import scale  # brings scikit-learn, which takes seconds to load

    mine = [one for one in drawn(workspace) if one.model == model]
    decided = [one for one in mine if one.found is not None]
    confirmed = sum(bool(one.found) for one in decided)
    rejected, calibration = len(decided) - confirmed, None
    if len(decided) >= LEAST_DRAWN and min(confirmed, rejected) >= LEAST_EACH:
        score, found = np.array([one.score for one in decided]), np.array([bool(one.found) for one in decided])
        calibration = scale.platt(score, found, 1 / np.array([one.inclusion_prob for one in decided]))
    return Standing(confirmed, rejected, len(mine) - len(decided), calibration)


def as_probabilities(found: Sequence[Candidate], calibration: Calibration) -> list[Candidate]:
    """Return candidates whose score is the probability that a visit finds poppy; their order stays."""
    from eradication.classify import scale

    said = scale.calibrated(np.array([one.score for one in found]), calibration)
    by = f"{calibration.slope}|{calibration.offset}"
    return [
        replace(
            one,
            id=hashlib.sha256(f"{one.id}|{by}".encode()).hexdigest()[:16],
            score=float(p),
            score_kind=ScoreKind.PROBABILITY,
            priority=one.score,
        )
        for one, p in zip(found, said, strict=True)
    ]
