"""The history of one plot, from the events that have to do with it: a page of one does not read those of all others.

Events that name the plot are found, and what hangs together with them (:mod:`.together`). They are replayed, and the
outcome is compared with what is kept of the last replay: where it differs, or where too much hangs together, there is
no answer, and the caller replays everything.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from eradication import history
from eradication.domain import Event, EventKind, Season
from eradication.domain.concerning import words
from eradication.pipeline import kept, projection, together
from eradication.pipeline.workspace import Workspace
from eradication.store import Row, Slice
from eradication.store.where import Compare, Either, Like

MOST_EVENTS = 2_000
"""Where more hangs together, everything is replayed."""
_COMPARED = ("season", "code", "state", "class", "area_m2", "area_method", "detected_m2", "claimed_m2", "verified_m2",
             "plant_count", "commune_code", "units", "aliases", "first_seen_utc", "score", "source")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What was found of one plot."""

    told: history.History
    """Of this plot and of those around."""
    events: Sequence[Event]
    """All that name it, of every kind but looks and exports, in canonical order; others besides."""
    until: Callable[[datetime], history.History]
    """Tells the same as it was at an earlier moment, as known now."""


def part(workspace: Workspace, wanted: str, now: datetime | None = None) -> Part | None:
    """Return what there is of a plot by its id, code or alias; ``None`` = replay everything."""
    now = now or datetime.now(UTC)
    marker = kept.marker_of(workspace)
    rows = _rows(workspace, wanted) if marker is not None else []
    if marker is None or not rows or not kept.holds(workspace, marker, now):
        return None
    names = {name for row in rows for name in (row["plot_id"], *row["aliases"].split(","))} - {""}
    own = [event for event in workspace.store.naming(names, history.KINDS) if names & _plots(event)]
    some = together.with_all(workspace.store, own, workspace.settings, MOST_EVENTS)
    if some is None:
        return None
    replayed = partial(
        history.replay,
        some.events,
        as_of=now,
        locate=projection.locator(workspace),
        settings=workspace.settings,
        earliest=Season.parse(marker["earliest"]) if marker["earliest"] else None,
    )
    told = replayed()
    if not _agrees(workspace, told, rows, now):
        return None
    beside = workspace.store.naming(some.plot_ids | names, list(EventKind))
    events = {event.key: event for event in (*some.events, *beside)}
    in_order = sorted(events.values(), key=lambda event: event.order)
    return Part(told, in_order, lambda moment: replayed(happened_until=moment))


def _plots(event: Event) -> set[str]:
    return {str(word[1]) for word in words(event) if word[0] == "plot"}


def _rows(workspace: Workspace, wanted: str) -> list[Row]:
    """Return the kept rows of the one plot of a name; none if there is none, or more than one."""
    if not wanted:
        return []
    if by_id := workspace.store.layer("plots", only={"plot_id": [wanted]}):
        return by_id
    named = Either((Compare("plot_id", "=", wanted), Compare("code", "=", wanted), Like("aliases", f"%{wanted}%")))
    page = workspace.store.page(Slice("plots", named, limit=100))
    rows = [row for row in page.rows if wanted in (row["plot_id"], row["code"], *row["aliases"].split(","))]
    ids = {row["plot_id"] for row in rows}
    if len(ids) != 1 or page.total > 100:
        return []
    return workspace.store.layer("plots", only={"plot_id": ids})


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
