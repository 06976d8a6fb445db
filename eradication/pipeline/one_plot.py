"""The history of one plot, from the events that have to do with it: a page of one does not read those of all others.

What is kept of the last replay says where the plot lies and what lies near; the store finds the events that mention
these, and what they mention in turn. They are replayed, and the outcome is compared with what is kept: where it
differs, or where too much hangs together, there is no answer, and the caller replays everything.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eradication import history
from eradication.domain import Event, EventKind, Season
from eradication.domain.event import canonical
from eradication.geo import around
from eradication.history.concerned import ANSWERING, reach_m, words
from eradication.pipeline import kept, projection
from eradication.pipeline.workspace import Workspace
from eradication.store import Row, Slice
from eradication.store.where import Compare, Either, Like

MOST_EVENTS, ROUNDS = 2_000, 6
"""Where more hangs together, everything is replayed."""
_MENTIONED = frozenset(EventKind) - {EventKind.PLOTS_VIEWED, EventKind.EXPORTED}
"""Who looked at what is no part of a history, and is long."""
_COMPARED = ("season", "code", "state", "class", "area_m2", "area_method", "detected_m2", "claimed_m2", "verified_m2",
             "plant_count", "commune_code", "units", "aliases", "first_seen_utc", "score", "source")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What was found of one plot."""

    told: history.History
    """Of this plot and of those around."""
    events: Sequence[Event]
    """All that mention it, of every kind but looks and exports, in canonical order; others besides."""


def part(workspace: Workspace, wanted: str, now: datetime | None = None) -> Part | None:
    """Return what there is of a plot by its id, code or alias; ``None`` = replay everything."""
    now = now or datetime.now(UTC)
    marker = kept.marker_of(workspace)
    rows = _rows(workspace, wanted) if marker is not None else []
    if marker is None or not rows or not kept.holds(workspace, marker, now):
        return None
    found = _found(workspace, rows)
    if found is None:
        return None
    known = [event for event in found if event.kind in history.KINDS]
    names = {name for row in rows for name in (row["plot_id"], *row["aliases"].split(","))} - {""}
    own = {event.key for event in known if names & {word[1] for word in words(event) if word[0] == "plot"}}
    some = history.concerned(known, own, workspace.settings, MOST_EVENTS)
    if some is None:
        return None
    told = history.replay(
        some.events,
        as_of=now,
        locate=projection.locator(workspace),
        settings=workspace.settings,
        earliest=Season.parse(marker["earliest"]) if marker["earliest"] else None,
    )
    return Part(told, found) if _agrees(workspace, told, rows, now) else None


def _rows(workspace: Workspace, wanted: str) -> list[Row]:
    """Return the kept rows of the one plot of a name; none if there is none, or more than one."""
    if not wanted:
        return []
    named = Either((Compare("plot_id", "=", wanted), Compare("code", "=", wanted), Like("aliases", f"%{wanted}%")))
    page = workspace.store.page(Slice("plots", named, limit=100))
    rows = [row for row in page.rows if wanted in (row["plot_id"], row["code"], *row["aliases"].split(","))]
    ids = {row["plot_id"] for row in rows}
    if len(ids) != 1 or page.total > 100:
        return []
    return workspace.store.layer("plots", only={"plot_id": ids})


def _found(workspace: Workspace, rows: Sequence[Row]) -> list[Event] | None:
    """Return the events that mention a plot or what lies near it, and what those mention; ``None`` = too many."""
    store, sought = workspace.store, set(_near(workspace, rows))
    tables = store.events(kinds=[EventKind.UNITS_RECORDED])
    answers = store.events(kinds=list(ANSWERING))
    found: dict[tuple[str, int], Event] = {event.key: event for event in tables}
    fresh = sought
    for _ in range(ROUNDS):
        came = [event for event in store.mentioning(sorted(fresh), _MENTIONED) if event.key not in found]
        keys = {*found, *(event.key for event in came)}
        came += [one for one in answers if one.key not in keys and _answered(one) in keys]
        found |= {event.key: event for event in came}
        if len(found) > MOST_EVENTS:
            return None
        fresh = {text for event in came for text in _texts(event)} - sought
        if not fresh:
            complete = all(_answered(one) in found for one in found.values() if _answered(one))
            return sorted(found.values(), key=lambda event: event.order) if complete else None
        sought |= fresh
    return None


def _answered(event: Event) -> tuple[str, int] | None:
    """Return the key of the event that another one corrects or takes back."""
    named = event.payload.get(ANSWERING.get(event.kind, ""))
    return (str(named[0]), int(str(named[1]))) if isinstance(named, list) and len(named) == 2 else None


def _near(workspace: Workspace, rows: Sequence[Row]) -> Iterator[str]:
    """Give texts that events of a plot, and of what lies within reach of it, hold."""
    for row in rows:
        west, south, east, north = row["geometry"].bounds
        reach = 2.0 * reach_m(workspace.settings)
        corners = [around(west, south, reach), around(east, north, reach)]
        box = (corners[0][0], corners[0][1], corners[1][2], corners[1][3])
        for name in ("plots", "candidates", "visits"):
            for other in workspace.store.layer(name, bbox=box):
                yield from _said(other)
        yield from _said(row)


def _said(row: Row) -> Iterator[str]:
    names = [row.get("plot_id"), row.get("code"), *str(row.get("aliases") or "").split(",")]
    yield from map(_quoted, filter(None, names))


def _texts(event: Event) -> Iterator[str]:
    """Give the texts by which other events that concern this one are found."""
    for kind, *told in words(event):
        if kind == "visit":
            yield f'"visit_id":{_quoted(told[-1])}'
        elif kind == "candidate":
            yield _quoted(told[0])
            yield f"{_quoted(told[0])[:-1]}/"  # pieces of one that was cut
        elif kind in ("plot", "code", "reading"):
            yield _quoted(told[0])


def _quoted(text: Any) -> str:
    return canonical(str(text)).decode()


def _agrees(workspace: Workspace, told: history.History, rows: Iterable[Row], now: datetime) -> bool:
    """Tell whether a history tells of a plot what is kept of it."""
    kept_rows = [kept.standing(row, now) for row in rows]
    plot_id, communes = kept_rows[0]["plot_id"], projection.names(workspace)
    mine = [projection.layer_row(one, communes) for one in told.episodes if one.plot.id == plot_id]
    if sorted(map(_compared, mine)) != sorted(map(_compared, kept_rows)):
        return False
    bodies = (json.loads(row["body"]) for row in workspace.store.layer(kept.TABLE, only={"part": (kept.FINDING,)}))
    known = [one for one in (kept.finding_from(*body) for body in bodies) if one.plot_id == plot_id]
    return set(known) == {one for one in told.findings if one.plot_id == plot_id}


def _compared(row: Row) -> str:
    return json.dumps([row[name] for name in _COMPARED], default=str)
