"""How soon things were done (I4, I5), what is overdue, what was harvested first, and what nobody went to look at."""

from typing import Any

from eradication.errors import N_
from eradication.report import beside_words
from eradication.report.tables.parts import Group, Table, Values, Writer, rows, values

OVERDUE = (N_("Plot"), N_("Overdue"), N_("Unit"), N_("Commune"), N_("Since"), N_("Days over"))
HARVESTED = (
    *(N_("Plot"), N_("Unit"), N_("Commune"), N_("Harvested on")),
    *(N_("Detected (m²)"), N_("Estimated, never detected (m²)")),
)
UNVISITED = (
    *(N_("Unit"), N_("Open"), N_("Expired"), N_("Dismissed unvisited"), N_("Harvested, never detected")),
    *(N_("Estimated area (m²)"), N_("Oldest waits (days)")),
)
NOBODY = N_("no unit")


def told(write: Writer) -> Group:
    """Return the times, the overdue list, what was harvested, and the unvisited candidates by unit."""
    told, language, translate = write.part("timeliness"), write.language, write.view.translate
    overdue = Table(
        write(N_("Overdue")),
        write.headings(OVERDUE),
        [_overdue(write, row) for row in rows(told.get("overdue"))],
        write(N_("Nothing is overdue.")),
        left=frozenset({0, 1, 2, 3, 4}),
        note=beside_words.limits(told, language, translate),
        key="overdue",
    )
    harvested = Table(
        write(N_("Harvested before anybody came")),
        write.headings(HARVESTED),
        [_harvested(write, row) for row in rows(told.get("harvested"))],
        write(N_("No harvest before arrival is on record.")),
        left=frozenset({0, 1, 2, 3}),
        key="harvested",
    )
    lines = beside_words.timeliness(told, language, translate) if told else []
    tables = (overdue, harvested, _unvisited(write))
    return Group(write(N_("In time, and overdue")), [*lines, *_entered_late(write)], tables, "timeliness")


def _entered_late(write: Writer) -> list[str]:
    told = write.part("unvisited")
    lines = []
    if told.get("late_entries"):
        said = N_("Plots with visits that were entered late: {n}, half of them after {days} days or more.")
        days = write.number(told.get("late_entry_median_days"), 1)
        lines.append(write(said, n=write.number(told["late_entries"]), days=days))
    if told.get("detected_after_destroyed"):
        said = N_("Detections entered after the destruction: {n}.")
        lines.append(write(said, n=write.number(told["detected_after_destroyed"])))
    return lines


def _overdue(write: Writer, row: Values) -> list[str]:
    what = str(row.get("what"))
    return [
        write.text(row["tip"]) if row.get("tip") else write.plot(row.get("plot"), row.get("code")),
        write(beside_words.OVERDUE.get(what, what)),
        write.text(row.get("unit")),
        write.commune(row.get("commune")),
        write.day(row.get("since")),
        write.number(row.get("days")),
    ]


def _harvested(write: Writer, row: Values) -> list[str]:
    return [
        write.plot(row.get("plot"), row.get("code")),
        write.text(row.get("unit")),
        write.commune(row.get("commune")),
        write.day(row.get("harvested_at")),
        write.number(row.get("detected_m2")),
        write.number(row.get("estimated_m2")),
    ]


def _unvisited(write: Writer) -> Table:
    by_unit: dict[str, Any] = dict(values(write.part("unvisited").get("by_unit")))
    names = ("open", "expired", "dismissed_unvisited", "harvested_undetected", "estimated_m2", "oldest_days")
    return Table(
        write(N_("What nobody went to look at, by unit")),
        write.headings(UNVISITED),
        [
            [write.text(unit) if unit else write(NOBODY), *(write.number(values(one).get(name)) for name in names)]
            for unit, one in sorted(by_unit.items())
        ],
        write(N_("No candidate was left unvisited.")),
        key="unvisited_by_unit",
    )
