"""A reporting period beside the ledger: what happened in it, and what was restated of those closed before."""

from eradication.errors import N_
from eradication.report import event_words
from eradication.report.tables.parts import Group, Table, Values, Writer, rows, values

FLOWS = {
    "carried_in_m2": N_("Carried in (m²)"),
    "detected_m2": N_("Detected (m²)"),
    "claimed_m2": N_("Claimed (m²)"),
    "verified_m2": N_("Verified (m²)"),
    "carried_out_m2": N_("Carried over (m²)"),
    "plots_detected": N_("Plots detected"),
    "plots_destroyed": N_("Plots wholly destroyed"),
    "plots_verified": N_("Plots verified"),
}
FIGURES = {
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


def told(write: Writer) -> list[Group]:
    """Return what happened in the period by itself, and the restatements where there are any; nothing of a season."""
    period = write.view.period
    if period is None:
        return []
    since = [period["restated"]] if period["restated"] else []
    restated = [*period["restatements"], *since]
    return [_in_period(write, values(period["in_period"])), *([_restated(restated, write)] if restated else [])]


def _in_period(write: Writer, flows: Values) -> Group:
    total = values(flows.get("total"))
    listed = rows(flows.get("rows"))
    lines = [[write.text(write(str(row.get("name") or row.get("key") or ""))), *_flows(write, row)] for row in listed]
    table = Table(
        "",
        write.headings((N_("Commune"), *FLOWS.values())),
        [*lines, [write(N_("Total")), *_flows(write, total)]],
        write(N_("Nothing to list.")),
        has_total=True,
        key="in_period",
        kind="figures",
        names=frozenset({0}),
        row_keys=[*(str(row.get("key") or "") for row in listed), "total"],
    )
    # A unit's own report is no place to remind others, nor to say that it is missing itself.
    missing = [] if write.view.unit else rows_of_names(values(write.view.period).get("reports"))
    said = write(N_("No report yet from: {units}"), units=", ".join(missing))
    return Group(write(N_("In the period, by itself")), (), (table,), "in_period", [said] if missing else [])


def rows_of_names(reports: object) -> list[str]:
    """Return the units that are to be reminded of their report."""
    return [str(unit) for unit in values(reports).get("reminders") or ()]


def _flows(write: Writer, row: Values) -> list[str]:
    return [write.number(row.get(key)) for key in FLOWS]


def _restated(restated: list[Values], write: Writer) -> Group:
    """Return what was restated: each figure as it was and as it is now, and the entries because of which."""
    changed = Table(
        "",
        write.headings(CHANGED),
        [_changed(one, row, write) for one in restated for row in one["differences"]],
        write(N_("Nothing to list.")),
        left=frozenset({0, 1, 2}),
        key="restated",
    )
    entries = Table(
        write(N_("Because of these entries")),
        write.headings(ENTRIES),
        [_entry(one, event, write) for one in restated for event in one["because"]],
        write(N_("No entry is named: outlines of communes, or who answers for whom, have changed.")),
        left=frozenset(range(len(ENTRIES))),
        key="restated_because",
    )
    return Group(write(N_("Restatements of periods closed before")), (), (changed, entries), "restated")


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
