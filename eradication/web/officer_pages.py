"""What stands on the officer's pages: periods, one period before and after it is closed, reports, deadlines."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from eradication.domain.job import JobState
from eradication.errors import N_
from eradication.i18n import Translate, number, translator
from eradication.web import target_table
from eradication.web.answers import local
from eradication.web.rights import May
from eradication.web.sheets import Act, Cell, Field, Form, Link, Part, Sheet, Table, heads

type Values = Mapping[str, Any]

FILE = "/reports/{job_id}/{name}"
STATES = {"closed": N_("closed"), "ended": N_("over, not closed yet"), "running": N_("running")}
QUANTITIES = (
    (N_("Detected (m²)"), "detected_m2"),
    (N_("Claimed (m²)"), "claimed_m2"),
    (N_("Verified (m²)"), "verified_m2"),
    (N_("Remaining (m²)"), "remaining_m2"),
)
FLOWS = (
    (N_("Carried in (m²)"), "carried_in_m2"),
    *QUANTITIES[:3],
    (N_("Carried over (m²)"), "carried_out_m2"),
)


def day(text: str | None) -> str:
    """Write a day as people here do."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "–"


def listed(answer: Values, language: str, *, simulated: bool) -> Sheet:
    """Return the page of all periods."""
    _ = translator(language)
    rows = [
        (
            Link(row["period"], f"/periods/{row['period']}"),
            _(STATES[row["state"]]),
            day(row["last_day"]),
            local(row["closed_at"]) if row["closed_at"] else "–",
        )
        for row in reversed(answer["periods"])
    ]
    columns = heads(_, N_("Period"), N_("State"), N_("Last day"), N_("Closed at"))
    parts: list[Part] = [
        _(N_("A period is closed once; what is entered later is restated in the next one.")),
        Table("", columns, rows),
    ]
    return Sheet(_(N_("Reporting periods")), parts, simulated)


def shown(
    answer: Values, reports: Sequence[Values], language: str, beside: Sequence[str], may: May, *, over: bool
) -> Sheet:
    """Return the page of one period.

    Args:
        answer: as the pipeline tells it.
        reports: files of it.
        language: of the page.
        beside: sentences on what was not seen.
        may: what the person may do.
        over: whether it is over, and open still.
    """
    _ = translator(language)
    total = answer["cumulative"]["total"]
    parts: list[Part] = [
        _(N_("{first} to {last}; reports are due before {deadline}.")).format(
            first=day(answer["first_day"]), last=day(answer["last_day"]), deadline=day(answer["deadline"])
        )
    ]
    if answer["closed_at"]:
        parts.append(_(N_("Closed {when}. What is closed does not change.")).format(when=local(answer["closed_at"])))
        parts += _papers(answer["period"], reports, _, may)
    parts += [_figures(_, language, total), *beside, _table(_, language, answer["cumulative"]["rows"])]
    if answer["cumulative"].get("targets") is not None:  # what was closed by an earlier version has none
        targets, year = answer["cumulative"]["targets"]["rows"], answer["period"][:4]
        parts.append(target_table.made(targets, year, language))
        parts.append(_(N_("Targets of a season stand in the ledger of that season; a period tells those of its year.")))
    parts.append(_flows(_, language, answer["in_period"]))
    parts += _warnings(_, answer)
    if over and may("POST", "/periods/{period}/close"):
        parts += [_closing(_, answer["period"])]
    elif not answer["closed_at"]:
        parts.append(_(N_("It can be closed when it is over, by an officer.")))
    title = _(N_("Period {period}")).format(period=answer["period"])
    busy = any(one["state"] in ("queued", "running") for one in reports)
    return Sheet(title, parts, answer["simulated"], busy=busy)


def _figures(_: Translate, language: str, total: Values) -> Table:
    """Return the quantities, each share beside what it is a share of."""

    def told(share: str) -> str:
        value = total[share]
        return "" if value is None else f" ({number(value, language, 1)} % {_(N_('of what was detected'))})"

    shares = {"claimed_m2": told("claimed_pct"), "verified_m2": told("verified_pct")}
    checked = _(N_("to be checked; not part of any sum"))
    rows = [[_(N_("Suspected (m²)")), f"{number(total['suspected_m2'], language)} ({checked})"]]
    rows += [[_(text), number(total[name], language) + shares.get(name, "")] for text, name in QUANTITIES]
    rows.append([_(N_("Plots")), number(total["plots"], language)])
    return Table(_(N_("Since 15 December, cumulative")), [_(N_("Figure")), _(N_("Value"))], rows)


def _table(_: Translate, language: str, rows: Sequence[Values]) -> Table:
    told = [
        [row["name"] or row["key"] or "–", *(number(row[name], language) for _text, name in QUANTITIES)]
        for row in rows
        if row["detected_m2"] or row["plots"]
    ]
    columns = [_(N_("Commune")), *(_(text) for text, _name in QUANTITIES)]
    return Table(_(N_("By commune")), columns, told, numeric=frozenset(range(1, 5)))


def _flows(_: Translate, language: str, flows: Values) -> Table:
    rows: list[list[Cell]] = [
        [row["name"] or _(N_("Total")), *(number(row[name], language) for _text, name in FLOWS)]
        for row in (*flows["rows"], flows["total"])
    ]
    columns = [_(N_("Commune")), *(_(text) for text, _name in FLOWS)]
    return Table(_(N_("In the period, by itself")), columns, rows, numeric=frozenset(range(1, 6)))


def _warnings(_: Translate, answer: Values) -> list[Part]:
    parts: list[Part] = []
    if answer["reports"]["reminders"]:
        parts.append(_(N_("No report yet from: {units}")).format(units=", ".join(answer["reports"]["reminders"])))
    if answer["restatements"] or answer["restated"]:
        names = [one["period"] for one in (*answer["restatements"], *filter(None, [answer["restated"]]))]
        parts.append(_(N_("Entries that came later change: {periods}.")).format(periods=", ".join(names)))
    if answer["missing"] and answer["closed_at"]:  # nothing that is entered now gets into it
        gone: list[list[Cell]] = [[_(one["message"]).format(**one["values"])] for one in answer["missing"]]
        parts.append(Table(_(N_("Blanks that the document leaves")), [_(N_("What is missing"))], gone))
    elif answer["missing"]:
        parts.append(_(N_("What is not entered before the period is closed stays blank in its document.")))
        lines: list[list[Cell]] = [
            [_(one["message"]).format(**one["values"]), _(one["hint"]).format(**one["values"])]
            for one in answer["missing"]
        ]
        columns = [_(N_("What is missing")), _(N_("What to do"))]
        parts.append(Table(_(N_("Blanks that the document leaves")), columns, lines))
    return parts


def _closing(_: Translate, period: str) -> Act:
    sure = _(N_("I have looked at the figures. Closing cannot be undone."))
    return Act(_(N_("Close the period and write the report")), f"/periods/{period}/close", {}, sure)


def _papers(period: str, reports: Sequence[Values], _: Translate, may: May) -> list[Part]:
    opens = may("GET", FILE)
    files: list[list[Cell]] = [
        [Link(name, f"/reports/{one['job_id']}/{name}") if opens else name, local(one["made_at"])]
        for one in reports[:1]
        for name in one["files"]
    ]
    if files:
        return [Table(_(N_("The report")), [_(N_("File")), _(N_("Written"))], files)]
    if any(one["state"] in ("queued", "running") for one in reports):
        return [_(N_("The report is being written; this page shows it when it is there."))]
    if not may("POST", "/periods/{period}/report"):
        return []
    return [Act(_(N_("Write the report (DOCX, PDF, XLSX)")), f"/periods/{period}/report")]


def reports(
    told: Sequence[Values], language: str, season: str, units: Sequence[str], may: May, *, simulated: bool
) -> Sheet:
    """Return the page of all reports."""
    _ = translator(language)
    endings, opens = ("docx", "pdf", "xlsx"), may("GET", FILE)
    rows = [
        (
            " ".join(filter(None, (one["scope"], one["unit"]))),
            local(one["made_at"]),
            _(N_("draft")) if one["draft"] else "",
            *(_file(one, ending, opens=opens) for ending in endings),
        )
        for one in told
    ]
    columns = [_(N_("Of")), _(N_("Asked for")), _(N_("Remark")), *map(str.upper, endings)]
    fields = [
        Field("scope", _(N_("Season or period, e.g. 2025-2026 or 2026-H1")), value=season, required=True, most=12),
        Field("unit", _(N_("Unit")), "select", options=[("", _(N_("the whole province"))), *((u, u) for u in units)]),
    ]
    parts: list[Part] = [Table("", columns, rows, empty=_(N_("No report has been written yet.")))]
    if may("POST", "/reports"):
        parts.append(Form(_(N_("Write a report")), "/reports", fields, _(N_("Write (DOCX, PDF, XLSX)"))))
    busy = any(one["state"] in ("queued", "running") for one in told)
    return Sheet(_(N_("Reports")), parts, simulated, busy=busy)


def _file(report: Values, ending: str, *, opens: bool) -> Cell:
    name = next((name for name in report["files"] if name.endswith(f".{ending}")), "")
    if not name:
        return "–"
    return Link(ending.upper(), f"/reports/{report['job_id']}/{name}") if opens else ending.upper()


def dossiers(told: Sequence[Values], language: str, *, simulated: bool) -> Sheet:
    """Return the page of the dossiers that somebody asked for."""
    _ = translator(language)
    states = {state.value: state.vietnamese[0] if language == "vi" else state.value for state in JobState}
    rows: list[list[Cell]] = [
        [
            Link(one["code"] or one["plot"], f"/plots/{one['plot']}"),
            local(one["made_at"]),
            Link("PDF", f"/dossiers/{one['job_id']}/{one['files'][0]}") if one["files"] else states[one["state"]],
        ]
        for one in told
    ]
    columns = [_(N_("Plot")), _(N_("Asked for")), _(N_("File"))]
    parts: list[Part] = [
        _(N_("A dossier holds all that is on record of a plot, and where it is. Each one handed out is on record.")),
        Table("", columns, rows, _(N_("You have not asked for a dossier. The page of a plot has the button."))),
    ]
    busy = any(one["state"] in (JobState.QUEUED, JobState.RUNNING) for one in told)
    return Sheet(_(N_("Dossiers")), parts, simulated, busy=busy)
