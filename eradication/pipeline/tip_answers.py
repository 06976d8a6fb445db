"""Tips that propose no place: each waits for a visit that answers it, or for a person's word that none is needed.

A tip with a point proposes a plot, and the plot's visits answer it. A tip that names a commune, a village or a wide
area has none: :func:`answer` puts on record which visit answered it. Of several answers to one tip the one recorded
last stands; a visit that is not on record, or was struck out, answers nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eradication import history
from eradication.domain import Event, EventKind, Json, Outcome, Season, Visit
from eradication.domain.event import parse_iso
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries
from eradication.ledger import OpenTip
from eradication.pipeline import projection, tips
from eradication.pipeline.question import Question, whose
from eradication.pipeline.workspace import Workspace, disk_errors_explained

type Key = tuple[str, str]
"""Unit and number of a tip, or of a visit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of a tip."""

    visit: Key | None
    """The visit that answered it; ``None`` = it needs none."""
    reason: str
    by: str = ""
    at: datetime | None = None
    """When it was decided that no visit is needed; ``None`` = now. With a visit, the time of the visit counts."""


def answer(workspace: Workspace, name: str, said: Answer) -> dict[str, Any]:
    """Put on record which visit answered a tip without a place, or why none is needed.

    Args:
        workspace: holds the tip.
        name: ``unit/tip_id``, or the number alone where only one unit has it.
        said: the visit or the reason.

    Raises:
        UnusableInput: ``no_such_tip``, ``no_such_visit``.
        RefusedInput: ``tip_has_place``, ``visit_before_tip``, ``not_reached``, ``no_reason``.
    """
    if said.visit is None and not said.reason.strip():
        hint = N_("Name the visit with --visit UNIT/VISIT, or say with --reason why nobody has to go there.")
        raise RefusedInput("no_reason", N_("Neither a visit nor a reason was given."), where=name, hint=hint)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        tip = _named(transaction.events(kinds=[EventKind.TIP_RECORDED]), name)
        received = parse_iso(tip.payload["tip"]["received_at"])
        happened_at = said.at or datetime.now(UTC)
        if said.visit is not None:
            happened_at = _visit(projection.replayed(workspace).recorded, said.visit, received)
        unit, number = key_of(tip)
        body: dict[str, Json] = {
            "unit": unit,
            "tip_id": number,
            "visit": list(said.visit) if said.visit else None,
            "reason": said.reason.strip(),
            "by": said.by,
        }
        again = projection.already(workspace, EventKind.TIP_ANSWERED, body)
        if not again:
            transaction.append(EventKind.TIP_ANSWERED, happened_at, body)
    told = {"tip": "/".join(filter(None, (unit, number))), "visit": "/".join(said.visit or ())}
    return told | {"status": "duplicate" if again else "accepted", "reason": said.reason.strip()}


def _named(events: Iterable[Event], name: str) -> Event:
    first = _first(events)
    found = [key for key in first if name in (key[1], "/".join(key))]
    if len(found) != 1:
        hint = N_("`eradication tips list` shows them; name one as UNIT/TIP.")
        raise UnusableInput("no_such_tip", N_("There is no one tip '{name}'."), hint=hint, values={"name": name})
    tip = first[found[0]]
    if not _is_placeless(tip):
        hint = N_("Visit or dismiss its plot: while that is open, the tip stands among what is overdue.")
        message = N_("This tip proposed a plot, or asks nobody to go there.")
        raise RefusedInput("tip_has_place", message, where=name, hint=hint)
    return tip


def _visit(recorded: Sequence[Visit], wanted: Key, received: datetime) -> datetime:
    """Return when the visit was that is said to have answered a tip."""
    where = "/".join(wanted)
    rows = [visit for visit in recorded if (visit.unit, visit.visit_id) == wanted]
    if not rows:
        hint = N_("Import the visit first, and name it as UNIT/VISIT.")
        raise UnusableInput("no_such_visit", N_("There is no visit '{name}'."), hint=hint, values={"name": where})
    arrived = [row.visited_at for row in rows if row.outcome is not Outcome.NOT_REACHED]
    if not arrived:
        hint = N_("The tip stays in the list until somebody has been there.")
        raise RefusedInput("not_reached", N_("That visit did not reach its place."), where=where, hint=hint)
    if min(arrived) < received:
        hint = N_("Name a visit that was made because of the tip, or give a reason.")
        raise RefusedInput("visit_before_tip", N_("That visit was before the tip came in."), where=where, hint=hint)
    return min(arrived)


def key_of(event: Event) -> Key:
    """Return unit and number of the tip that an event records."""
    tip: Mapping[str, Any] = event.payload["tip"]
    return str(tip.get("unit", "")), str(tip["tip_id"])


def _first(events: Iterable[Event]) -> dict[Key, Event]:
    """Return each tip as it was first recorded; the same may have been taken in on several laptops."""
    first: dict[Key, Event] = {}
    for event in sorted(events, key=lambda e: (e.recorded_at, *e.key)):
        if event.kind is EventKind.TIP_RECORDED:
            first.setdefault(key_of(event), event)
    return first


def _is_placeless(event: Event) -> bool:
    """Tell whether a tip proposed no plot, and yet asks for somebody to go there."""
    return not event.payload.get("plot_id") and event.payload["tip"].get("crop") not in {c.value for c in tips.NO_POPPY}


def answers(events: Iterable[Event], recorded: Iterable[Visit], until: datetime) -> dict[Key, Mapping[str, Any]]:
    """Return what stands as the answer to each tip at a time, and is borne out by the visits on record."""
    arrived = {
        (visit.unit, visit.visit_id)
        for visit in recorded
        if visit.outcome is not Outcome.NOT_REACHED and visit.visited_at <= until
    }
    last: dict[Key, Mapping[str, Any]] = {}
    for event in sorted(events, key=lambda e: (e.recorded_at, *e.key)):
        if event.kind is EventKind.TIP_ANSWERED and event.happened_at <= until:
            last[str(event.payload["unit"]), str(event.payload["tip_id"])] = event.payload
    return {key: said for key, said in last.items() if said["visit"] is None or tuple(said["visit"]) in arrived}


def answered(workspace: Workspace, question: Question, replayed: history.History) -> list[list[str]]:
    """Return unit and number of every tip that stands answered at the end of what is asked about."""
    until = question.scope.until(question.as_of or datetime.now(UTC))
    events = workspace.store.events(as_of=question.as_of, kinds=[EventKind.TIP_ANSWERED])
    return [list(key) for key in sorted(answers(events, replayed.recorded, until))]


def open_tips(
    workspace: Workspace, question: Question, answered: Iterable[Sequence[str]], now: datetime | None = None
) -> list[OpenTip]:
    """Return the tips without a place that nobody has answered, of the question's season or span.

    Like a candidate, a tip waits until its season ends; one that came in between two seasons until the end of the next.

    Args:
        workspace: whose tips.
        question: what is asked about.
        answered: what :func:`answered` told.
        now: the moment of the question, ``None`` = its ``as_of``, or now.
    """
    scope, done = question.scope, {(unit, number) for unit, number in answered}
    until = scope.until(now or question.as_of or datetime.now(UTC))
    events = workspace.store.events(as_of=question.as_of, kinds=[EventKind.TIP_RECORDED])
    day = projection.day_of(question.vintage, question.as_of)
    commune_at = boundaries.locator(workspace.store.units(as_of=question.as_of), day)
    is_of = whose(workspace, question)
    found = []
    for key, event in sorted(_first(events).items()):
        tip: Mapping[str, Any] = event.payload["tip"]
        received = parse_iso(tip["received_at"])
        season = _waits_in(received)
        if scope.season not in (None, season) or not received <= until < season.ends or key in done:
            continue
        if _is_placeless(event) and is_of(key[0]):
            commune = tip.get("commune_code") or ("" if tip.get("lon") is None else commune_at(tip["lon"], tip["lat"]))
            found.append(OpenTip("/".join(filter(None, key)), key[0], str(commune), received))
    return found


def _waits_in(received: datetime) -> Season:
    season = Season.of(received)
    return season if received < season.ends else Season(season.start_year + 1)


def listed(workspace: Workspace, *, notes: bool = False) -> dict[str, Any]:
    """Return every tip, without its source, with what answered it (:func:`eradication.pipeline.tips.listed`)."""
    told, now = tips.listed(workspace, notes=notes), datetime.now(UTC)
    given = answers(
        workspace.store.events(kinds=[EventKind.TIP_ANSWERED]), projection.replayed(workspace).recorded, now
    )
    for row in told["tips"]:
        said = given.get((row["unit"], row["tip_id"]))
        row["answered_by"] = "" if said is None else "/".join(said["visit"] or ()) or said["reason"]
    return told
