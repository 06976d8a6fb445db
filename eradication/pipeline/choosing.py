"""Lists of candidates to visit, each a draw on record."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import planning
from eradication.domain import (
    Episode,
    EventKind,
    Json,
    Season,
    SelectionMode,
    State,
)
from eradication.domain.event import canonical, iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import harvesting, projection
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.planning import LEAST_RANDOM_SHARE, Open, Shares, Stop, Why
from eradication.report.words import tabled

OPEN = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)
"""States in which nobody has seen the place."""
COLUMNS = (
    *("order", "plot_id", "code", "lon", "lat", "area_m2", "commune", "class", "score", "outside", "why"),
    *("selection_mode", "inclusion_prob", "draw", "simulated", *harvesting.COLUMNS),
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
    mine = [e for e in projection.replayed(workspace).episodes if e.season == wish.season and e.score is not None]
    unvisited = [e for e in mine if e.state in _unseen(wish)]
    model = wish.model or newest_model(workspace, wish.season)
    frame = {e.plot.id: e for e in unvisited if model in (e.model, e.model.partition("/")[0])}
    if not frame:
        raise _nothing_open(wish, mine, model if unvisited else "")
    options = [Open(name, _priority(e), e.outside) for name, e in frame.items()]
    unsure = min(workspace.settings.learning.uncertain_share, max(1 - wish.random_share, 0.0))
    shares = Shares(wish.random_share, unsure)
    stops = planning.choose(options, wish.visits, shares, workspace.settings.candidates.seed, wish.seed)
    body = _record(wish, shares, frame, stops) | {"model": model}
    communes = projection.names(workspace)
    day = harvesting.day_of(wish.day)
    clocks = harvesting.of_day(workspace, [frame[s.plot_id] for s in stops], day)
    rows = [_stop(frame[s.plot_id], s, communes) | clock for s, clock in zip(stops, clocks, strict=True)]
    listed = {"draw": body["draw"], "simulated": projection.is_simulated(workspace)}
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if out is not None:
            _write(out, [row | listed for row in rows])
        if not projection.already(workspace, EventKind.VISITS_CHOSEN, body):
            transaction.append(EventKind.VISITS_CHOSEN, wish.day or datetime.now(UTC), body)
    told = {"day": day.isoformat(), "other_models": len(unvisited) - len(frame), "simulated": listed["simulated"]}
    return body | {"stops": rows} | told


def newest_model(workspace: Workspace, season: Season) -> str:
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
    table.writerows(tabled(stop | {"order": number}) for number, stop in enumerate(stops, start=1))
    path.write_text(text.getvalue(), encoding="utf-8-sig")
