"""What closed periods say today: the figures that later entries changed, was and now, and because of which entries.

Of a unit only its own figures are told: what it answered for when the period was stated last, replayed as of then,
beside what it answers for now. What other units did shows in neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eradication import ledger as books
from eradication.domain import Event, EventKind, Period
from eradication.domain.event import iso
from eradication.ledger import Entry, Side
from eradication.pipeline import journal
from eradication.pipeline.accounts import Question, Teller, wording
from eradication.pipeline.workspace import Workspace

CHANGING = (
    EventKind.CANDIDATE_PROPOSED,
    EventKind.PLOT_DISMISSED,
    EventKind.PLOT_ASSIGNED,
    EventKind.DECISION_WITHDRAWN,
    EventKind.VISIT_RECORDED,
    EventKind.VISIT_CORRECTED,
    EventKind.PLOTS_MERGED,
    EventKind.PLOTS_HELD_APART,
    EventKind.PLOT_SPLIT,
    EventKind.IMAGE_READ,
    EventKind.UNITS_RECORDED,
)
"""Events that can change the figures of a period."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A period and the event that closed it."""

    period: Period
    event: Event


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures are asked for, and as known when."""

    unit: str = ""
    """Only what this unit answers for; empty = the whole province."""
    until: datetime | None = None
    """As known then, before a close that was recorded then; ``None`` = now."""


def restated(workspace: Workspace, closed: Closed, closings: Sequence[Closed], asked: Asked) -> dict[str, Any] | None:
    """Return what has changed of a closed period since it was last stated, or ``None`` if nothing has.

    Args:
        workspace: whose store.
        closed: the period.
        closings: every close that counts, oldest first; a later one may have stated the period anew.
        asked: of whom and as known when.
    """
    at, stated = _last_statement(closed, closings, asked.until)
    told = _Books.of(workspace, closed.period, asked.unit, asked.until)
    before: _Books | None = None
    if asked.unit:
        before = _Books.of(workspace, closed.period, asked.unit, at)
        stated = before.figures
    changed = books.differences(stated, told.figures)
    if not changed:
        return None
    before = before or _Books.of(workspace, closed.period, asked.unit, at)
    return {
        "period": closed.period.id,
        "stated_at": iso(at),
        "differences": changed,
        "because": _because(workspace, closed.period, (at, asked.until), before, told),
        "figures": told.figures,
    }


def earlier(workspace: Workspace, period: Period, closings: Sequence[Closed], asked: Asked) -> list[dict[str, Any]]:
    """Return the restatements of the periods that were closed before ``period``, as they stood when asked."""
    told = []
    for closed in closings:
        known = asked.until is None or closed.event.recorded_at < asked.until
        changed = restated(workspace, closed, closings, asked) if closed.period < period and known else None
        if changed is not None:
            told.append(changed | {"restated_in": period.id})
    return told


def _last_statement(
    closed: Closed, closings: Sequence[Closed], until: datetime | None
) -> tuple[datetime, dict[str, Any]]:
    """Return when and how a period was last stated: in its own close, or in a later one that restated it."""
    at, figures = closed.event.recorded_at, books.figures(closed.event.payload["figures"]["cumulative"])
    for other in closings:
        if until is not None and other.event.recorded_at >= until:
            continue
        for row in other.event.payload["restatements"]:
            if row["period"] == closed.period.id:
                at, figures = other.event.recorded_at, row["figures"]
    return at, figures


@dataclass(frozen=True, slots=True)
class _Books:
    """A period's cumulative books as known at a moment."""

    figures: dict[str, Any]
    entries: dict[tuple[str, str], Entry]
    """Plot and season → what counted."""
    names: dict[str, str]
    """Any id of a plot → the id it goes by."""

    @classmethod
    def of(cls, workspace: Workspace, period: Period, unit: str, as_of: datetime | None) -> "_Books":
        question = Question(None, as_of=as_of, vintage=period.last_day, period=period, unit=unit)
        teller = Teller(workspace, question)
        _, entries, before = teller.told()
        answer = books.account(
            entries,
            question.scope,
            as_of=as_of or datetime.now(UTC),
            before=before,
            wording=wording(workspace, question),
        )
        chosen = {entry.key: entry for entry in question.scope.chosen(entries, before)}
        names = {name: plot.id for plot in teller.replay.plots for name in (plot.id, *plot.aliases)}
        return cls(books.figures(answer), chosen, names)


def _counted(entry: Entry | None) -> tuple[object, ...]:
    """Return what of an entry can change a figure that is restated."""
    if entry is None or entry.detected_at is None or entry.side is not Side.INSIDE:
        return ()
    areas = (entry.detected_m2, entry.claimed_m2, entry.verified_m2, entry.plants)
    return *areas, sorted(entry.communes.items()), entry.unit


def _because(
    workspace: Workspace,
    period: Period,
    between: tuple[datetime, datetime | None],
    before: _Books,
    now: _Books,
) -> list[dict[str, Any]]:
    """Return the events entered since the last statement that speak of the plots whose figures are others now."""
    known = workspace.store.events(kinds=CHANGING)
    by_key = {event.key: event for event in known}
    moved = {
        key[0]
        for key in {*before.entries, *now.entries}
        if _counted(before.entries.get(key)) != _counted(now.entries.get(key))
    }
    codes = {entry.plot_id: entry.code for told in (before, now) for entry in told.entries.values()}
    rows = []
    since, until = between
    for event in known:
        if not since < event.recorded_at <= (until or event.recorded_at):
            continue
        if event.kind is EventKind.UNITS_RECORDED and moved:
            # A table of units tells when units began and ended, whenever it is taken in.
            rows.append(journal.of_event(event) | {"code": ""})
            continue
        corrected = journal.corrected_by(event, by_key)
        # The row that a correction answers may stand at another plot and time.
        told_of = [one for one in (event, corrected) if one is not None]
        if min(one.happened_at for one in told_of) > period.last:
            continue
        named = {name for one in told_of for name in journal.plots_named(one)}
        plots = {*named, *(told.names[name] for told in (before, now) for name in named if name in told.names)}
        if plots & moved and not _counts_alike(event, known):
            code = next((codes[plot] for plot in sorted(plots & moved) if plot in codes), "")
            rows.append(journal.of_event(event, corrected) | {"code": code})
    return rows


_UNCOUNTED = frozenset(
    "selection_mode inclusion_prob look_alike stage count_method destroyed_by method minutes_type minutes_no "
    "photo_before photo_after not_reached_reason note".split()
)
"""What a visit says besides what is counted."""


def _counts_alike(event: Event, events: Sequence[Event]) -> bool:
    """Tell whether a correction leaves what is counted as the row, or the correction before it, had it."""
    if event.kind is not EventKind.VISIT_CORRECTED:
        return False
    row = event.payload["corrects"]
    place = (event.recorded_at, *event.key)
    earlier = [
        other
        for other in events
        if list(other.key) == row
        or (
            (other.kind is EventKind.VISIT_CORRECTED and other.payload["corrects"] == row)
            and (other.recorded_at, *other.key) < place
        )
    ]
    last = max(earlier, key=lambda other: (other.recorded_at, *other.key), default=None)
    return last is not None and _countable(last) == _countable(event)


def _countable(event: Event) -> tuple[object, ...]:
    visit = event.payload["visit"]
    said = {k: v for k, v in visit.items() if k not in _UNCOUNTED | {"plot_id"}} if isinstance(visit, dict) else None
    return said, event.payload["plot_id"], event.payload.get("geometry")
