"""What a reviewer decides of a candidate: nobody goes there, this unit goes, a drone looks, or it is taken back.

Each is an event. Of a candidate that somebody else has judged first without this person knowing, the judgement is kept
beside the first one and changes nothing: it is there to be compared (:mod:`.second`).
"""

from dataclasses import dataclass
from typing import Any

from eradication.domain import DismissalReason, Event, EventKind, Json, Season
from eradication.domain.codes import parse_code
from eradication.errors import N_, CheckFailed, UnusableInput
from eradication.pipeline import deciding, units
from eradication.pipeline.deciding import Decision
from eradication.pipeline.kept import Wanted
from eradication.pipeline.reception import people, reach, views
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.review import practice, second
from eradication.pipeline.review.second import ASSIGN, DISMISS, UAV
from eradication.pipeline.workspace import disk_errors_explained

TAKE_BACK = "take_back"
ACTS = (DISMISS, ASSIGN, UAV, TAKE_BACK)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody at the desk says of one candidate."""

    season: Season
    act: str
    """One of :data:`ACTS`."""
    reason: str = ""
    """Code of a dismissal; why it is taken back, in words."""
    unit: str = ""
    """Of an assignment."""
    seen: str = ""
    """The last event about the place that the page knew (:mod:`eradication.pipeline.clashes`)."""
    again: bool = False
    """Whether it was shown to be judged as if nobody had, which is said with what is known of a candidate."""


def decide(place: Place, caller: Caller, plot_id: str, said: Judgement) -> dict[str, Any]:
    """Record a judgement.

    Returns:
        ``plot``, ``act``, ``state`` afterwards as this person may know it, ``again`` (it was the second of two).

    Raises:
        UnusableInput: ``no_such_plot``, ``unknown_act``, ``unknown_unit``, ``unit_missing``; ``unknown_code``.
        CheckFailed: ``decided_meanwhile``, ``not_open``, ``nothing_to_take_back``.
    """
    _check(place, caller, plot_id, said)
    if said.act == ASSIGN:
        units.on_record(place.workspace, units.asked(said.unit))
    desk = second.desk(place, caller, said.season)
    if plot_id in desk.again and said.act != TAKE_BACK:
        return _again(place, caller, plot_id, said, desk.first[plot_id])
    if said.again:
        raise _judged_meanwhile()
    decision = Decision(said.season, caller.person.person_id, practice.day(place, said.season), said.seen)
    try:
        state = _decided(place, plot_id, said, decision)
    except CheckFailed as error:
        raise _named(place, error) from None
    return {"plot": plot_id, "act": said.act, "state": state, "again": False}


def _check(place: Place, caller: Caller, plot_id: str, said: Judgement) -> None:
    if said.act not in ACTS:
        raise UnusableInput(
            "unknown_act",
            N_("There is no decision '{act}'."),
            hint=N_("Decisions are: {known}."),
            values={"act": said.act[:40], "known": ", ".join(ACTS)},
        )
    if not plot_id or not views.seen(place, reach.of(caller), Wanted(said.season, plot_id=plot_id)):
        raise views.no_such_plot(plot_id)


def _decided(place: Place, plot_id: str, said: Judgement, decision: Decision) -> str:
    workspace = place.workspace
    if said.act == TAKE_BACK:
        return str(deciding.take_back(workspace, plot_id, decision, said.reason)["state"])
    if said.act == DISMISS:
        answer = deciding.dismiss(workspace, [plot_id], parse_code(DismissalReason, said.reason, "reason"), decision)
        done = "dismissed"
    elif said.act == ASSIGN:
        answer, done = deciding.assign(workspace, [plot_id], said.unit, decision), "assigned"
    else:
        answer, done = deciding.ask_uav(workspace, plot_id, decision), "candidate"
    (row,) = answer["plots"]
    if row["status"] == "refused":
        raise CheckFailed("not_open", row["message"], where=plot_id, hint=N_("Look at the place again."))
    return done


def _again(place: Place, caller: Caller, plot_id: str, said: Judgement, first: Event) -> dict[str, Any]:
    """Keep the second judgement, unless another person's came first."""
    if said.act == DISMISS:
        parse_code(DismissalReason, said.reason, "reason")
    body: dict[str, Json] = {
        "plot_id": plot_id,
        "season": said.season.label,
        "by": caller.person.person_id,
        "choice": said.act,
        "reason": said.reason if said.act == DISMISS else "",
        "unit": said.unit if said.act == ASSIGN else "",
        "of": [first.origin, first.number],
    }
    with disk_errors_explained(place.workspace.folder), place.workspace.store.transaction() as transaction:
        known = transaction.events(kinds=[EventKind.CANDIDATE_JUDGED_AGAIN])
        rivals = [event for event in known if event.payload["of"] == body["of"]]
        if rivals:
            raise _judged_meanwhile()
        transaction.append(EventKind.CANDIDATE_JUDGED_AGAIN, place.now(), body)
    return {"plot": plot_id, "act": said.act, "state": "candidate", "again": True}


def _judged_meanwhile() -> CheckFailed:
    return CheckFailed(
        "judged_meanwhile",
        N_("Somebody else has judged this candidate a second time meanwhile; yours is not needed any more."),
        hint=N_("Go on with the next one."),
    )


def _named(place: Place, error: CheckFailed) -> CheckFailed:
    """Return the same, with the name to sign in with instead of a pseudonym."""
    by = str(error.values.get("by", ""))
    values = error.values | {"by": people.names(place).get(by, by)}
    return CheckFailed(error.kind, error.message, where=error.where, hint=error.hint, values=values)
