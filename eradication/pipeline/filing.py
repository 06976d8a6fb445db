"""Which unit filed its plan and its reports, when, and who has to be reminded (I12)."""

from datetime import date, timedelta
from typing import Any

from eradication.domain import EventKind, Json, Period
from eradication.domain.unit import valid_on
from eradication.errors import N_, UnusableInput
from eradication.ledger import percent
from eradication.pipeline import projection, units
from eradication.pipeline.workspace import Workspace, disk_errors_explained

PLAN, REPORT = "plan", "report"


def file(workspace: Workspace, period: Period, unit: str, filed_on: date, *, plan: bool, by: str) -> dict[str, Any]:
    """Put on record that a unit's report of a period, or its plan of the year, came in.

    Raises:
        UnusableInput: ``unit_missing``, ``unknown_unit``.
    """
    if not unit.strip():
        raise UnusableInput(
            "unit_missing", N_("A filing is one unit's."), hint=N_("Name the code of the unit, e.g. BP01.")
        )
    body: dict[str, Json] = {
        "what": PLAN if plan else REPORT,
        "period": str(period.year) if plan else period.id,
        "unit": units.on_record(workspace, unit),
        "filed_on": filed_on.isoformat(),
        "by": by,
    }
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if not projection.already(workspace, EventKind.REPORT_FILED, body):
            transaction.append(EventKind.REPORT_FILED, projection.noon(filed_on), body)
    return body | {"due": due(workspace, period, plan=plan).isoformat(), "on_time": _on_time(workspace, period, body)}


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


def told(workspace: Workspace, period: Period, only: str = "") -> dict[str, Any]:
    """Return who filed, on time or late, and who did not; of several filings of a unit the first counts.

    Expected are the units that are on record as reporting on the day the period ends. With ``only`` a unit is told
    about itself, and about no other.
    """
    expected = [unit.code for unit in valid_on(units.recorded(workspace), period.last_day) if unit.reports]
    reports, plans = _filed(workspace, REPORT, period.id), _filed(workspace, PLAN, str(period.year))
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


def _filed(workspace: Workspace, what: str, period: str) -> dict[str, dict[str, Any]]:
    first: dict[str, dict[str, Any]] = {}
    code, events = units.tables_of(workspace).code, workspace.store.events(kinds=[EventKind.REPORT_FILED])
    for event in sorted(events, key=lambda e: (e.payload["filed_on"], e.recorded_at)):
        if event.payload["what"] == what and event.payload["period"] == period:
            unit = str(event.payload["unit"])
            first.setdefault(code(unit) or unit, dict(event.payload))
    return first
