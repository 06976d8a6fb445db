"""Which unit filed its plan and its reports, when, and who has to be reminded (I12)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from eradication.domain import TIMEZONE, EventKind, Json, Period, ResponsibleUnit
from eradication.domain.unit import successor_of, valid_on
from eradication.errors import N_, UnusableInput
from eradication.ledger import percent
from eradication.pipeline import projection, units
from eradication.pipeline.workspace import Workspace, disk_errors_explained

PLAN, REPORT = "plan", "report"


def file(workspace: Workspace, period: Period, unit: str, filed_on: date, *, plan: bool, by: str) -> dict[str, Any]:
    """Put on record that a unit's report of a period, or its plan of the year, came in.

    Entered again it is a correction: the last entry counts. What a unit filed that another has followed by the last day
    of the period counts for its successor.

    Raises:
        UnusableInput: ``unit_missing``, ``unknown_unit``, ``unit_ended``, ``future_day``, ``too_early``.
    """
    if not unit.strip():
        raise UnusableInput(
            "unit_missing", N_("A filing is one unit's."), hint=N_("Name the code of the unit, e.g. BP01.")
        )
    _check_day(period, filed_on, plan=plan)
    body: dict[str, Json] = {
        "what": PLAN if plan else REPORT,
        "period": str(period.year) if plan else period.id,
        "unit": units.on_record(workspace, unit),
        "filed_on": filed_on.isoformat(),
        "by": by,
    }
    known = units.recorded(workspace)
    _check_unit(known, str(body["unit"]), period, plan=plan)
    answers = _answering(known, str(body["unit"]), period)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        before = _filed(workspace, period, plan=plan).get(answers)
        # Only what counts now need not be said again: who takes a correction back says once more what was said first.
        fresh = before != body
        if fresh:
            transaction.append(EventKind.REPORT_FILED, projection.noon(filed_on), body)
    return body | {
        "counts_for": answers,
        "replaces": {"filed_on": before["filed_on"]} if before and fresh else None,
        "due": due(workspace, period, plan=plan).isoformat(),
        "on_time": _on_time(workspace, period, body),
    }


def _check_day(period: Period, filed_on: date, *, plan: bool) -> None:
    today = datetime.now(TIMEZONE).date()
    first = date(period.year - 1, 1, 1) if plan else period.first_day
    values = {"day": filed_on.isoformat(), "first": first.isoformat(), "today": today.isoformat()}
    if filed_on > today + timedelta(days=1):
        hint = N_("Today is {today}: give the day on which it came in.")
        raise UnusableInput("future_day", N_("{day} is still to come."), where="--date", hint=hint, values=values)
    if filed_on < first:
        hint = N_("Give a day from {first} on, or another period.")
        message = N_("Nothing can have been filed for this on {day}.")
        raise UnusableInput("too_early", message, where="--date", hint=hint, values=values)


def _check_unit(known: Sequence[ResponsibleUnit], code: str, period: Period, *, plan: bool) -> None:
    """Refuse a unit that had ended, followed by nobody, before the period, or the year of the plan, began."""
    spans = [unit for unit in known if unit.code == code and unit.valid_from <= period.last_day]
    if not spans or successor_of(known, code, period.last_day) is not None:
        return
    last, first = spans[-1], period.year_began if plan else period.first_day
    # A successor that stands in no row of its own may be entered later.
    is_followed = bool(last.successor) and all(unit.code != last.successor for unit in known)
    if not is_followed and last.valid_to is not None and last.valid_to < first:
        raise UnusableInput(
            "unit_ended",
            N_("{unit} ended on {day}, and nobody has followed it."),
            where="--unit",
            hint=N_("Name the unit that files now; who followed whom comes with: eradication units import FILE"),
            values={"unit": code, "day": last.valid_to.isoformat()},
        )


def _answering(known: Sequence[ResponsibleUnit], code: str, period: Period) -> str:
    """Return the unit for which a filing counts: whoever answers for the unit on the last day of the period."""
    found = successor_of(known, code, period.last_day)
    return found.code if found else code


def due(workspace: Workspace, period: Period, *, plan: bool) -> date:
    """Return the day before which a report, or the plan of the year, is to be filed."""
    if not plan:
        return period.deadline
    month, _, day = workspace.settings.ledger.plan_due.partition("-")
    return date(period.year, int(month), int(day))


def _on_time(workspace: Workspace, period: Period, body: dict[str, Json]) -> bool:
    last = due(workspace, period, plan=body["what"] == PLAN) + timedelta(
        days=workspace.settings.ledger.report_grace_days
    )
    return date.fromisoformat(str(body["filed_on"])) < last


def told(workspace: Workspace, period: Period, only: str = "", as_of: datetime | None = None) -> dict[str, Any]:
    """Return who filed, on time or late, and who did not; of several filings of a unit the last recorded counts.

    Expected are the units that are on record as reporting on the day the period ends. With ``only`` a unit is told
    about itself, and about no other. With ``as_of`` it is told as known then.
    """
    expected = [unit.code for unit in valid_on(units.recorded(workspace, as_of), period.last_day) if unit.reports]
    reports, plans = (_filed(workspace, period, plan=plan, as_of=as_of) for plan in (False, True))
    if only:
        expected = [code for code in expected if code == only]
        reports, plans = ({code: one for code, one in filed.items() if code == only} for filed in (reports, plans))
    rows = [
        {
            "unit": unit,
            "filed_on": reports.get(unit, {}).get("filed_on"),
            "on_time": unit in reports and _on_time(workspace, period, reports[unit]),
            "plan_filed_on": plans.get(unit, {}).get("filed_on"),
            "plan_on_time": unit in plans and _on_time(workspace, period, plans[unit]),
        }
        for unit in sorted({*expected, *reports, *plans})
    ]
    known = [row for row in rows if not expected or row["unit"] in expected]
    return {
        "due": period.deadline.isoformat(),
        "units": rows,
        "expected": len(expected),
        "on_time_pct": percent(sum(bool(row["on_time"]) for row in known), len(known)),
        "reminders": [row["unit"] for row in known if row["filed_on"] is None],
    }


def _filed(
    workspace: Workspace, period: Period, *, plan: bool, as_of: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """Return by the unit it counts for what was filed; the last entry corrects those before it, and all are kept."""
    asked = (PLAN, str(period.year)) if plan else (REPORT, period.id)
    last: dict[str, dict[str, Any]] = {}
    code, known = units.tables_of(workspace, as_of).code, units.recorded(workspace, as_of)
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.REPORT_FILED])
    for event in sorted(events, key=lambda e: (e.recorded_at, *e.key)):
        if (event.payload["what"], event.payload["period"]) == asked:
            unit = str(event.payload["unit"])
            last[_answering(known, code(unit) or unit, period)] = dict(event.payload)
    return last
