"""The events that the figures of a report rest on: when, what, of which plot, and by which hash they are found again.

Of a visit its measures are told, and never its notes, its place or who gave a tip.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eradication import history
from eradication.domain import Event, EventKind, Season
from eradication.pipeline import journal, withheld
from eradication.pipeline.accounts import Question, Teller
from eradication.pipeline.question import whose
from eradication.pipeline.workspace import Workspace
from eradication.report.view import EventRow

TABLES = frozenset({EventKind.UNITS_RECORDED, EventKind.FACTS_RECORDED, EventKind.BOUNDARIES_IMPORTED})
"""Tables of the office: what they say holds at other times than when they were taken in."""
OF_THE_PROVINCE = frozenset(
    {
        EventKind.RUN_FINISHED,
        EventKind.CELLS_DRAWN,
        EventKind.RECHECKS_DRAWN,
        EventKind.PLOTS_HANDED_OVER,
        EventKind.PERIOD_CLOSED,
        EventKind.REPORT_FILED,
    }
)
RESTED_ON = history.KINDS | TABLES | OF_THE_PROVINCE | {
    EventKind.PATROL_RECORDED,
    EventKind.PHOTO_RECORDED,
    EventKind.TIP_RECORDED,
    EventKind.TIP_ANSWERED,
}  # fmt: skip
"""Kinds of events that a figure of a report can rest on."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a report reaches."""

    plots: Collection[str]
    """Ids of the plots that its figures speak of."""
    seasons: Collection[Season]
    """Seasons in which these plots stand in its figures."""


def told(workspace: Workspace, question: Question, teller: Teller, reach: Reach) -> tuple[EventRow, ...]:
    """Return, in canonical order, the events recorded by the report's moment on which its figures rest.

    Those are the ones that speak of its plots in its seasons, what else was done in its time (walks, photos, tips,
    runs, draws), and the tables of the office. Of a unit only what it did itself, at whichever plot, what is of its
    plots, and the tables; what other units did at its plots comes last, without who, when and by which number.
    """
    known = workspace.store.events(as_of=question.as_of, kinds=RESTED_ON)
    by_key = {event.key: event for event in known}
    is_own = whose(workspace, question)
    is_in = _belongs(question, teller, reach, is_own)
    codes = {name: plot.code for plot in teller.replay.plots for name in (plot.id, *plot.aliases)}
    rows, others = [], set()
    for event in known:
        corrected = journal.corrected_by(event, by_key)
        if is_in(event) or (corrected is not None and is_in(corrected)):
            rows.append(_row(event, corrected, codes))
            if not all(is_own(unit) for unit in withheld.units_of(event, corrected)):
                others.add(event.hash)
    return withheld.of_events(rows, frozenset(others))


def _belongs(
    question: Question, teller: Teller, reach: Reach, is_own: Callable[[str], bool]
) -> Callable[[Event], bool]:
    """Return what tells whether figures rest on an event."""
    told, scope = teller.replay, question.scope
    names = {name: plot.id for plot in told.plots for name in (plot.id, *plot.aliases)}
    late = {key: season for (key, _), season in told.late.items()}
    last = None if scope.span is None else scope.span[1]

    def in_time(event: Event) -> bool:
        season = late.get(_visit_key(event)) or Season.of(event.happened_at)
        return season in reach.seasons and (last is None or event.happened_at <= last)

    def belongs(event: Event) -> bool:
        if event.kind in TABLES:
            return not question.unit or event.kind is not EventKind.FACTS_RECORDED
        if not in_time(event):
            return False
        plots = {names.get(name, name) for name in journal.plots_named(event)} - {""}
        if not plots.isdisjoint(reach.plots):
            return True
        if plots and not question.unit:
            return False
        if scope.span is not None and event.happened_at < scope.span[0]:
            return False
        return not question.unit or (event.kind not in OF_THE_PROVINCE and is_own(_unit(event)))

    return belongs


def _visit_key(event: Event) -> tuple[str, str, str]:
    visit = event.payload.get("visit")
    told: Mapping[str, Any] = visit if isinstance(visit, Mapping) else {}
    return str(told.get("unit", "")), str(told.get("visit_id", "")), str(told.get("outcome", ""))


def _unit(event: Event) -> str:
    parts: Sequence[Any] = [event.payload.get(name) for name in ("visit", "patrol", "tip")]
    named = [str(part["unit"]) for part in parts if isinstance(part, Mapping) and part.get("unit")]
    return named[0] if named else str(event.payload.get("unit") or "")


def _row(event: Event, corrected: Event | None, codes: Mapping[str, str]) -> EventRow:
    told = journal.of_event(event, corrected)
    visit = event.payload.get("visit")
    said: Mapping[str, Any] = visit if isinstance(visit, Mapping) else {}
    named = sorted(journal.plots_named(event) - {""})
    officers = said.get("officers")
    return EventRow(
        happened_at=event.happened_at,
        recorded_at=event.recorded_at,
        kind=str(event.kind),
        outcome=str(told["outcome"]),
        struck_out=bool(told["struck_out"]),
        plots=tuple(dict.fromkeys(codes.get(name) or name for name in named)),
        unit=_unit(event) or str(told["unit"]),
        visit=str(told["visit_id"]),
        area_m2=_number(said.get("area_m2")),
        fraction=_number(said.get("destroyed_fraction")),
        minutes_no=str(said.get("minutes_no") or ""),
        officers=tuple(map(str, officers)) if isinstance(officers, list | tuple) else (),
        origin=event.origin,
        number=event.number,
        hash=event.hash,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
