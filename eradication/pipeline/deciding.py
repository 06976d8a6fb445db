"""Decisions of people about candidates become events: dismissed, assigned. Those about places: :mod:`.placing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eradication import history
from eradication.domain import TIMEZONE, DismissalReason, EventKind, Json, Season, State
from eradication.errors import N_
from eradication.pipeline import projection, units
from eradication.pipeline.workspace import Workspace, disk_errors_explained

DISMISSIBLE = (State.CANDIDATE,)
ASSIGNABLE = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of which season's plots, by whom and when."""

    season: Season
    by: str = ""
    """Code of the person who decides."""
    day: datetime | None = None
    """When it was decided; ``None`` = now."""

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


def _decide(
    workspace: Workspace, names: Sequence[str], kind: EventKind, body: dict[str, Json], decision: Decision
) -> dict[str, Any]:
    told = projection.replayed(workspace, happened_until=decision.at)
    names = list(dict.fromkeys(names))
    today = projection.replayed(workspace) if decision.day is not None else told
    if kind is EventKind.PLOT_DISMISSED:
        rows = [_judged(told, name, decision.season, DISMISSIBLE, State.DISMISSED) for name in names]
    else:
        rows = [_judged(told, name, decision.season, ASSIGNABLE, State.ASSIGNED, str(body["unit"])) for name in names]
    rows = [row | _since(today, row["name"], decision) if row["reason"] == "no_season" else row for row in rows]
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        for row in rows:
            if row["status"] == "accepted":
                said = {"plot_id": row["plot"], "season": decision.season.label, "by": decision.by, **body}
                transaction.append(kind, decision.at, said)
        projection.refresh(workspace, transaction)
    known = kind is EventKind.PLOT_DISMISSED or told.successions.knows(str(body["unit"]))
    return {"plots": rows, "season": decision.season.label, **body, "unit_known": known}


def _judged(
    told: history.History, name: str, season: Season, allowed: Sequence[State], done: State, unit: str = ""
) -> dict[str, Any]:
    """Return whether a plot is in a state that the decision may change; a person's finding stands above it.

    Args:
        told: how things stood when it was decided.
        name: of the plot.
        season: of the decision.
        allowed: states that it may change.
        done: the state it leads to; deciding the same again changes nothing.
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
