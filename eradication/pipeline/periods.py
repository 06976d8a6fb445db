"""Reporting periods: shown while they run, closed once and for good, restated when later entries change them.

Closing freezes the figures as the events recorded until then tell them, in an event that bears this device's signature.
What happened in a closed period and is recorded later never changes what was closed: the next close lists it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from eradication import ledger as books
from eradication.domain import TIMEZONE, Event, EventKind, Json, Period
from eradication.domain.event import canonical, iso, parse_iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import accounts, filing, letters, projection, restatements, units
from eradication.pipeline.accounts import Question, Teller
from eradication.pipeline.question import check_answers
from eradication.pipeline.restatements import Asked, Closed
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.store import Transaction


def parse(workspace: Workspace, text: str) -> Period:
    """Read ``2027-H1`` with the cuts of the workspace's settings.

    Raises:
        UnusableInput: ``unknown_period``, ``bad_settings``.
    """
    cuts = workspace.settings.ledger.period_cuts
    period = Period.parse(text, cuts)
    try:
        ordered = len(cuts) == 4 and list(cuts) == sorted(cuts) and period.first_day < period.last_day
    except (ValueError, IndexError):
        ordered = False
    if not ordered:
        raise UnusableInput(
            "bad_settings",
            N_("The last days of the periods cannot be understood."),
            where="[ledger] period_cuts",
            hint=N_('Four days as MM-DD in order, e.g. ["03-14", "06-14", "09-14", "12-14"].'),
        )
    return period


def asked(workspace: Workspace, period: Period, *, by: str = "commune", unit: str = "") -> Question:
    """Return the question that a period's figures answer: as known when it was closed, or now."""
    closed = next((one for one in closings(workspace) if one.period.id == period.id), None)
    as_of = closed.event.recorded_at if closed else None
    return Question(None, by=by, as_of=as_of, vintage=period.last_day, period=period, unit=unit)


def show(
    workspace: Workspace, period: Period, *, by: str = "commune", unit: str = "", teller: Teller | None = None
) -> dict[str, Any]:
    """Return a period: as it was closed, with what has changed since; or, while it is open, as things stand now.

    Of a unit everything is its own: figures, restatements, and whether it filed. ``teller`` is whoever already tells
    what :func:`asked` asks, if there is one; ``unit`` is then as it is on record.

    ``missing`` tells what its document leaves blank, or would if the period were closed now: what tables of units do
    not tell by then, they cannot tell of this period any more.

    Raises:
        UnusableInput: ``period_not_begun``, ``unknown_unit``, ``unit_followed``.
    """
    check_begun(period, datetime.now(UTC))
    unit = unit if teller else units.on_record(workspace, unit)
    question = asked(workspace, period, by=by, unit=unit)
    check_answers(workspace, question)
    closes = closings(workspace)
    closed = next((one for one in closes if one.period.id == period.id), None)
    event = closed.event if closed else None
    if event is None or unit or by != "commune":
        told = _figures(workspace, teller or Teller(workspace, question))
    else:
        told = dict(event.payload["figures"])
    if event is not None and not unit:
        before = list(event.payload["restatements"])
    else:
        as_known = Asked(unit, event.recorded_at if event else None)
        before = restatements.earlier(workspace, period, closes, as_known)
    return told | {
        "period": period.id,
        "year_began": period.year_began.isoformat(),
        "first_day": period.first_day.isoformat(),
        "last_day": period.last_day.isoformat(),
        "deadline": period.deadline.isoformat(),
        "unit": unit,
        "closed_at": iso(event.recorded_at) if event else None,
        "closed_by": event.payload["by"] if event else "",
        "figures_sha": event.payload["figures_sha"] if event else None,
        "restated": restatements.restated(workspace, closed, closes, Asked(unit)) if closed else None,
        "restatements": before,
        "reports": filing.told(workspace, period, unit),
        "missing": letters.missing_of(workspace, unit, event.recorded_at if event else None, datetime.now(UTC)),
        "simulated": projection.is_simulated(workspace),
    }


def listed(workspace: Workspace, now: datetime | None = None) -> dict[str, Any]:
    """Return, oldest first, the periods that were closed, those that are over and open still, and the one that runs.

    Of years in which nothing happened, periods that nobody closed are not told.
    """
    now = now or datetime.now(UTC)
    closes = {closed.period: closed for closed in closings(workspace)}
    running = _running(workspace, now)
    rows = [_row(period, closes.get(period)) for period in sorted({*closes, *overdue(workspace, now)})]
    return {"periods": [*rows, _row(running, None) | {"state": "running"}]}


def _row(period: Period, closed: Closed | None) -> dict[str, Any]:
    told = {"period": period.id, "last_day": period.last_day.isoformat()}
    if closed is None:
        return told | {"state": "ended", "closed_at": None, "closed_by": "", "origin": "", "total": None}
    event = closed.event
    return told | {
        "state": "closed",
        "closed_at": iso(event.recorded_at),
        "closed_by": event.payload["by"],
        "origin": event.origin,
        "total": event.payload["figures"]["cumulative"]["total"],
    }


def overdue(workspace: Workspace, now: datetime) -> list[Period]:
    """Return the periods that are over and were not closed, of the years in which anything happened, oldest first."""
    cuts = workspace.settings.ledger.period_cuts
    closed = {one.period for one in closings(workspace)}
    hours = workspace.store.hours([*restatements.CHANGING, EventKind.PATROL_RECORDED])
    days = {hour.astimezone(TIMEZONE).date() for hour in hours}
    years = {day.year + (day > Period(day.year, len(cuts) - 1, cuts).last_day) for day in days}
    periods = [Period(year, number, cuts) for year in sorted(years) for number in range(len(cuts))]
    return [period for period in periods if period.last < now and period not in closed]


_TRIES = 3
"""How often figures are told anew because somebody wrote meanwhile, before the others have to wait."""


def close(workspace: Workspace, period: Period, by: str, *, now: datetime | None = None) -> dict[str, Any]:
    """Freeze a period's figures, with the restatements of those before it.

    Args:
        workspace: whose period it is.
        period: it must be over.
        by: code of the person who closes.
        now: when; ``None`` = by this computer's clock.

    Raises:
        UnusableInput: ``period_not_begun``, ``period_not_over``, ``period_closed``.

    Returns:
        As :func:`show`, with ``left_open``: periods before it that are over and were not closed. They may be closed
        later; what they say is then as known then.
    """
    with disk_errors_explained(workspace.folder):
        now = now or datetime.now(UTC)
        check_begun(period, now)
        left_open = [one.id for one in overdue(workspace, now) if one < period]
        if not any(_closed_between(workspace, period, by, now) for _ in range(_TRIES)):
            with workspace.store.transaction() as transaction:  # in the end the others wait
                _append(transaction, _closing(workspace, period, by, now))
    return show(workspace, period) | {"left_open": left_open}


def _closed_between(workspace: Workspace, period: Period, by: str, now: datetime) -> bool:
    """Close a period unless somebody writes meanwhile: an entry would else be neither in its figures nor restated.

    Figures take long, and nobody has to wait for them.
    """
    heads = {head.origin: head.events for head in workspace.store.origins()}
    body = _closing(workspace, period, by, now)
    with workspace.store.transaction() as transaction:
        if workspace.store.later(heads, list(EventKind)):
            return False
        _append(transaction, body)
    return True


def _append(transaction: Transaction, body: dict[str, Json]) -> None:
    transaction.append(EventKind.PERIOD_CLOSED, parse_iso(str(body["as_of"])), body)


def _closing(workspace: Workspace, period: Period, by: str, now: datetime) -> dict[str, Json]:
    """Return what closing a period says, of all that is recorded."""
    _check_open(workspace, period, now)
    # Where a clock went back, what was recorded last bears a later time than now.
    now = max(now, workspace.store.latest() or now)
    figures = _figures(workspace, Teller(workspace, replace(asked(workspace, period), as_of=now)))
    return {
        "period": period.id,
        "by": by,
        "as_of": iso(now),
        "figures": figures,
        "figures_sha": hashlib.sha256(canonical(figures)).hexdigest(),
        "restatements": list(restatements.earlier(workspace, period, closings(workspace), Asked())),
    }


def check_begun(period: Period, now: datetime) -> None:
    """Refuse a period of which there is nothing to tell yet.

    Raises:
        UnusableInput: ``period_not_begun``.
    """
    if now < period.first:
        raise UnusableInput(
            "period_not_begun",
            N_("{period} begins on {day}: there is nothing to tell of it yet."),
            where=period.id,
            hint=N_("`eradication period list` tells which periods there are."),
            values={"period": period.id, "day": period.first_day.isoformat()},
        )


def _check_open(workspace: Workspace, period: Period, now: datetime) -> None:
    if now <= period.last:
        raise UnusableInput(
            "period_not_over",
            N_("{period} is not over before {day} has ended."),
            hint=N_("`eradication period show {period}` tells how it stands."),
            values={"period": period.id, "day": period.last_day.isoformat()},
        )
    if any(closed.period.id == period.id for closed in closings(workspace)):
        raise UnusableInput(
            "period_closed",
            N_("{period} is closed, and what is closed does not change."),
            hint=N_("What was entered since is restated when the next period is closed."),
            values={"period": period.id},
        )


def _figures(workspace: Workspace, teller: Teller) -> dict[str, Any]:
    """Return the cumulative ledger and what happened in the period, by commune (or as asked) and by unit."""
    question, period = teller.question, teller.question.period
    assert period is not None
    cumulative = accounts.ledger(workspace, question, teller)
    first, last = teller.until(period.before.last), teller.until(period.last)
    span = period.first, period.last
    answer = {
        "cumulative": cumulative,
        "in_period": books.flows(first, last, span, accounts.wording(workspace, question)),
    }
    units = books.flows(first, last, span, accounts.wording(workspace, question, by="unit"))
    return answer | {"in_period_by_unit": units}


def closings(workspace: Workspace) -> Sequence[Closed]:
    """Return the closes that count, oldest first: of two laptops that closed one period, the first recorded."""
    first: dict[str, Event] = {}
    events = workspace.store.events(kinds=[EventKind.PERIOD_CLOSED])
    for event in sorted(events, key=lambda e: (e.recorded_at, *e.key)):
        first.setdefault(str(event.payload["period"]), event)
    return [Closed(parse(workspace, name), event) for name, event in first.items()]


def _running(workspace: Workspace, now: datetime) -> Period:
    year = now.year
    candidates = [Period(y, n, workspace.settings.ledger.period_cuts) for y in (year, year + 1) for n in range(4)]
    return next(period for period in candidates if now <= period.last)
