"""Decisions of people about candidates become events: dismissed, assigned, taken back; about places :mod:`.placing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eradication import history
from eradication.domain import TIMEZONE, DismissalReason, Event, EventKind, Json, Season, State
from eradication.errors import N_, CheckFailed
from eradication.history import withdrawn
from eradication.pipeline import clashes, journal, one_plot, projection, units
from eradication.pipeline.workspace import Workspace, disk_errors_explained

DISMISSIBLE = (State.CANDIDATE,)
ASSIGNABLE = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)
TAKEN_BACK = (*withdrawn.DECIDING, EventKind.UAV_ASKED)
"""What can be taken back."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of which season's plots, by whom and when."""

    season: Season
    by: str = ""
    """Code of the person who decides."""
    day: datetime | None = None
    """When it was decided; ``None`` = now."""
    seen: str | None = None
    """The last event about the one place that whoever decides has seen (:mod:`.clashes`); ``None`` = whatever came."""

    @property
    def at(self) -> datetime:
        """The time of the decision."""
        return self.day or datetime.now(UTC)


def dismiss(workspace: Workspace, names: Sequence[str], reason: DismissalReason, decision: Decision) -> dict[str, Any]:
    """Dismiss candidates without a visit; the ledger counts them beside what was visited."""
    body: dict[str, Json] = {"reason": reason.value}
    return _decide(workspace, names, EventKind.PLOT_DISMISSED, body, decision)


def assign(workspace: Workspace, names: Sequence[str], unit: str, decision: Decision) -> dict[str, Any]:
    """Give candidates to a unit, which is to check them."""
    return _decide(workspace, names, EventKind.PLOT_ASSIGNED, {"unit": units.spelling(workspace, unit)}, decision)


def ask_uav(workspace: Workspace, name: str, decision: Decision) -> dict[str, Any]:
    """Ask that a drone looks at a candidate before anybody decides; it stays a candidate."""
    return _decide(workspace, [name], EventKind.UAV_ASKED, {}, decision)


def _decide(
    workspace: Workspace, names: Sequence[str], kind: EventKind, body: dict[str, Json], decision: Decision
) -> dict[str, Any]:
    heads = {head.origin: head.events for head in workspace.store.origins()}
    names = list(dict.fromkeys(names))
    told, today = _known(workspace, names, decision)
    if kind is EventKind.UAV_ASKED:
        rows = [_judged(told, name, decision.season, DISMISSIBLE, None) for name in names]
    elif kind is EventKind.PLOT_DISMISSED:
        rows = [_judged(told, name, decision.season, DISMISSIBLE, State.DISMISSED) for name in names]
    else:
        rows = [_judged(told, name, decision.season, ASSIGNABLE, State.ASSIGNED, str(body["unit"])) for name in names]
    rows = [row | _since(today, row["name"], decision) if row["reason"] == "no_season" else row for row in rows]
    known = set().union(*(_names(told, row["plot"]) for row in rows))
    _check_seen(clashes.spoken(workspace.store, known), known, decision)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        # What came between the replay and the lock.
        _check_seen(workspace.store.later(heads, clashes.SPEAKING), known, decision)
        for row in rows:
            if row["status"] == "accepted":
                said = {"plot_id": row["plot"], "season": decision.season.label, "by": decision.by, **body}
                transaction.append(kind, decision.at, said)
        projection.refresh(workspace, transaction)
    unit_known = kind is not EventKind.PLOT_ASSIGNED or told.successions.knows(str(body["unit"]))
    return {"plots": rows, "season": decision.season.label, **body, "unit_known": unit_known}


def _known(workspace: Workspace, names: Sequence[str], decision: Decision) -> tuple[history.History, history.History]:
    """Return how things stood when it was decided, and how they stand today; of one plot from its own events alone."""
    part = one_plot.part(workspace, names[0]) if len(names) == 1 else None
    if part is not None:
        return part.told if decision.day is None else part.until(decision.at), part.told
    told = projection.replayed(workspace, happened_until=decision.at)
    return told, told if decision.day is None else projection.replayed(workspace)


def _check_seen(events: Sequence[Event], names: set[str], decision: Decision) -> None:
    if decision.seen is not None:
        clashes.check(events, names, decision.seen)


def _names(told: history.History, plot_id: str) -> set[str]:
    plot = told.plot(plot_id)
    return set() if plot is None else {plot.id, *plot.aliases}


def take_back(workspace: Workspace, name: str, decision: Decision, reason: str = "") -> dict[str, Any]:
    """Take back the last decision about a candidate of a season; what was decided before it stands again.

    Raises:
        CheckFailed: ``decided_meanwhile``; ``nothing_to_take_back``: nobody decided, or somebody was there since.
    """
    heads = {head.origin: head.events for head in workspace.store.origins()}
    told, _ = _known(workspace, [name], decision)
    row = _judged(told, name, decision.season, (State.CANDIDATE, State.DISMISSED, State.ASSIGNED), None)
    known = _names(told, row["plot"])
    events = clashes.spoken(workspace.store, known)
    _check_seen(events, known, decision)
    last = _standing_decision(events, known, decision.season) if row["status"] == "accepted" else None
    if last is None:
        raise CheckFailed(
            "nothing_to_take_back",
            N_("There is no decision about this place that could be taken back."),
            hint=N_("What a visit found stands; correct the visit if it is wrong."),
            where=name,
        )
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        _check_seen(workspace.store.later(heads, clashes.SPEAKING), known, decision)
        said: dict[str, Json] = {"plot_id": row["plot"], "season": decision.season.label, "by": decision.by}
        said |= {"withdraws": [last.origin, last.number], "reason": reason}
        transaction.append(EventKind.DECISION_WITHDRAWN, decision.at, said)
        projection.refresh(workspace, transaction)
    after = _known(workspace, [row["plot"]], decision)[0].episode(row["plot"], decision.season)
    return row | {"withdrew": str(last.kind), "state": str(after.state) if after else "", "season": said["season"]}


def _standing_decision(events: Sequence[Event], names: set[str], season: Season) -> Event | None:
    gone = {withdrawn.target(event) for event in events if event.kind in withdrawn.KINDS}
    mine = [
        event
        for event in events
        if event.kind in TAKEN_BACK
        and event.key not in gone
        and event.payload["season"] == season.label
        and names & journal.plots_named(event)
    ]
    return max(mine, key=lambda event: event.order, default=None)


def _judged(
    told: history.History, name: str, season: Season, allowed: Sequence[State], done: State | None, unit: str = ""
) -> dict[str, Any]:
    """Return whether a plot is in a state that the decision may change; a person's finding stands above it.

    Args:
        told: how things stood when it was decided.
        name: of the plot.
        season: of the decision.
        allowed: states that it may change.
        done: the state it leads to; deciding the same again changes nothing. ``None`` = it leads to none.
        unit: to which it is given.
    """
    episode = told.episode(name, season)
    row = {"name": name, "plot": episode.plot.id if episode else "", "state": str(episode.state) if episode else ""}
    if episode is None:
        known = told.knows(name)
        reason = "no_season" if known else "no_such_plot"
        return row | {"status": "refused", "reason": reason, "message": NO_SEASON if known else NO_PLOT}
    if episode.state is done and episode.unit == unit:
        return row | {"status": "duplicate", "reason": "same_content", "message": ""}
    if episode.state not in allowed:
        return row | {"status": "refused", "reason": f"is_{episode.state}", "message": NOT_OPEN}
    return row | {"status": "accepted", "reason": "", "message": ""}


def _since(today: history.History, name: str, decision: Decision) -> dict[str, Any]:
    """Return why nothing is known of a plot on the day of a decision, if something is known by now."""
    episode = today.episode(name, decision.season)
    if episode is None or episode.first_seen <= decision.at:
        return {}
    first = episode.first_seen.astimezone(TIMEZONE).date().isoformat()
    values = {"day": decision.at.astimezone(TIMEZONE).date().isoformat(), "first": first}
    return {"reason": "not_yet_proposed", "message": NOT_YET, "hint": LATER, "values": values}


NOT_YET = N_("Not yet proposed on {day}: it was first proposed or found on {first}.")
LATER = N_("Name that day or a later one with --date, or leave --date out.")
NO_PLOT = N_("There is no plot with this id or code.")
NO_SEASON = N_("Nothing is known of this plot in that season.")
NOT_OPEN = N_("It is no open candidate: what was found on site, or the end of the season, is not undone by a decision.")
