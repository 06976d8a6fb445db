"""What a report of a period shows besides the ledger: what happened in it, what was restated, who is to be reminded."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from eradication.errors import N_
from eradication.report import event_words, words
from eradication.report.tables.parts import Group, Table, Values, Writer
from eradication.report.view import ReportView

COLUMNS = (
    (N_("Carried in (m²)"), "carried_in_m2"),
    (N_("Detected (m²)"), "detected_m2"),
    (N_("Claimed (m²)"), "claimed_m2"),
    (N_("Verified (m²)"), "verified_m2"),
    (N_("Carried over (m²)"), "carried_out_m2"),
    (N_("Plots detected"), "plots_detected"),
    (N_("Plots destroyed"), "plots_destroyed"),
    (N_("Plots verified"), "plots_verified"),
)
FIGURES: Mapping[str, str] = {
    "detected_m2": N_("Detected (m²)"),
    "claimed_m2": N_("Claimed (m²)"),
    "verified_m2": N_("Verified (m²)"),
    "remaining_m2": N_("Remaining (m²)"),
    "plots": N_("Plots"),
    "plants": N_("Plants"),
}


CHANGED = (N_("Period"), N_("Commune or total"), N_("Figure"), N_("Was"), N_("Now"))
ENTRIES = (
    *(N_("Period"), N_("Recorded"), N_("What"), N_("Plot"), N_("Unit"), N_("Visit"), N_("Day of the visit")),
    N_("Reason"),
)


def told(view: ReportView) -> dict[str, Any]:
    """Return what the template fills in; of a season its days alone."""
    period = view.period
    days = _days(view)
    if period is None:
        return {"days": days, "flow_columns": [], "flows": [], "restated": [], "reminders": ""}
    flows = period["in_period"]
    since = [period["restated"]] if period["restated"] else []
    restated = [*period["restatements"], *since]
    return {
        "days": days,
        "flow_columns": [(view.translate(name), key) for name, key in COLUMNS],
        "flows": [*flows["rows"], flows["total"]],
        "restated": [_group(restated, Writer(view))] if restated else [],
        # A unit's own report is no place to remind others, nor to say that it is missing itself.
        "reminders": "" if view.unit else ", ".join(period["reports"]["reminders"]),
    }


def cumulative_days(view: ReportView) -> str:
    """Return the first and last day of what is added up: a season, or the reporting year up to the period's end."""
    if view.period is None:
        return _span(view, view.season.first_day, view.season.last_day)
    return _span(view, *(date.fromisoformat(view.period[name]) for name in ("year_began", "last_day")))


def own_days(view: ReportView) -> str:
    """Return the first and last day of the report's own period; of a season its days."""
    if view.period is None:
        return cumulative_days(view)
    return _span(view, *(date.fromisoformat(view.period[name]) for name in ("first_day", "last_day")))


def _days(view: ReportView) -> str:
    """Return the first and last day of what the report tells; of a period also since when it adds up."""
    if view.period is None:
        return _span(view, view.season.first_day, view.season.last_day)
    began, first, last = (date.fromisoformat(view.period[name]) for name in ("year_began", "first_day", "last_day"))
    days = _span(view, first, last)
    if began == first:
        return days
    return view.translate(N_("{days}, cumulative {since}")).format(days=days, since=_span(view, began, last))


def _span(view: ReportView, first: date, last: date) -> str:
    return " – ".join(words.date_of(day, view.language) for day in (first, last))


def _group(restated: list[Values], write: Writer) -> Group:
    """Return what was restated: each figure as it was and as it is now, and the entries because of which."""
    changed = Table(
        "",
        write.headings(CHANGED),
        [_changed(one, row, write) for one in restated for row in one["differences"]],
        write(N_("Nothing to list.")),
        left=frozenset({0, 1, 2}),
    )
    entries = Table(
        write(N_("Because of these entries")),
        write.headings(ENTRIES),
        [_entry(one, event, write) for one in restated for event in one["because"]],
        write(N_("No entry is named: outlines of communes, or who answers for whom, have changed.")),
        left=frozenset(range(len(ENTRIES))),
    )
    return Group(write(N_("Restatements of periods closed before")), (), (changed, entries))


def _changed(restated: Values, row: Values, write: Writer) -> list[str]:
    name = write(N_("Total")) if row["key"] == "total" else write.text(write(str(row["name"] or row["key"])))
    figure = write(FIGURES[row["quantity"]])
    return [str(restated["period"]), name, figure, write.number(row["was"]), write.number(row["now"])]


def _entry(restated: Values, event: Values, write: Writer) -> list[str]:
    return [
        str(restated["period"]),
        write.day(event.get("recorded_at")),
        event_words.told(event, write.language, write.view.translate),
        write.plot(event.get("plot"), event.get("code")),
        write.text(event.get("unit")),
        write.text(event.get("visit_id")),
        write.day(event.get("happened_at")),
        event_words.reason(event, write.language) or "–",
    ]
