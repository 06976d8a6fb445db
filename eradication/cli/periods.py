"""Commands of reporting periods: show, list, close, and who filed."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from eradication.cli import ledger_text, moments
from eradication.cli.shell import Shell
from eradication.cli.text import local, missing, table
from eradication.domain import TIMEZONE
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline import filing, periods, units
from eradication.pipeline.words import event_words

PERIOD = N_("Period: a year and Q1, H1, Q3 or Y, e.g. 2027-H1.")
BY = N_("Code of the person who closes.")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    group = typer.Typer(help=shell.translate(N_("Reporting periods: what was so when a report was due.")))
    app.add_typer(group, name="period", no_args_is_help=True)
    _look(group, shell)
    _close(group, shell)
    _file(group, shell)


def _look(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("list", help=_(N_("List the periods that were closed, and the one that runs.")))
    def list_periods() -> None:
        with shell.workspace() as workspace:
            shell.answer(periods.listed(workspace), _listed)

    @group.command("show", help=_(N_("Tell a period: cumulative since 15 December, in the period, restatements.")))
    def show(
        period: Annotated[str, typer.Argument(metavar="PERIOD", help=_(PERIOD))],
        by: Annotated[str, typer.Option(help=_(N_("Rows by commune, unit or class.")))] = "commune",
        unit: Annotated[str | None, typer.Option(help=_(N_("Only what this unit answers for.")))] = None,
    ) -> None:
        own = units.asked(unit)
        with shell.workspace() as workspace:
            shell.answer(periods.show(workspace, periods.parse(workspace, period), by=by, unit=own), shown)


def _close(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("Freeze a period's figures; what is entered later is restated in the next one.")))
    def close(
        period: Annotated[str, typer.Argument(metavar="PERIOD", help=_(PERIOD))],
        by: Annotated[str, typer.Option(help=_(BY))],
    ) -> None:
        with shell.workspace() as workspace:
            shell.answer(periods.close(workspace, periods.parse(workspace, period), by), _closed)


def _file(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("Put on record that a unit's report of a period, or its plan of the year, came in.")))
    def file(
        period: Annotated[str, typer.Argument(metavar="PERIOD", help=_(PERIOD))],
        unit: Annotated[str, typer.Option(help=_(N_("Code of the unit.")))],
        date: Annotated[str, typer.Option(help=_(N_("Day on which it came in (default: today).")))] = "",
        plan: Annotated[bool, typer.Option("--plan", help=_(N_("The plan of the year, not a report.")))] = False,
        by: Annotated[str, typer.Option(help=_(N_("Code of the person who took it in.")))] = "",
    ) -> None:
        day = moments.day(date, "--date") if date else datetime.now(TIMEZONE).date()
        with shell.workspace() as workspace:
            wanted = periods.parse(workspace, period)
            shell.answer(filing.file(workspace, wanted, unit, day, plan=plan, by=by), _filed)


STATES = {"closed": N_("closed"), "ended": N_("over, not closed yet"), "running": N_("running")}


def _listed(shell: Shell, answer: dict[str, Any]) -> None:
    _ = shell.translate
    rows = [
        (row["period"], _(STATES[row["state"]]), _day(row["last_day"]), local(row["closed_at"]), row["closed_by"])
        for row in answer["periods"]
    ]
    table(shell, (N_("Period"), N_("State"), N_("Last day"), N_("Closed at"), N_("By")), rows)
    ended = [row["period"] for row in answer["periods"] if row["state"] == "ended"]
    if ended:
        said = N_("Close the earliest first: `eradication period close {period} --by CODE`")
        shell.say(_(said).format(period=ended[0]))


def _closed(shell: Shell, answer: dict[str, Any]) -> None:
    """Write the period as it was closed; and that one before it is open still, where there is one."""
    shown(shell, answer)
    if answer["left_open"]:
        said = N_("Over and not closed: {periods}. They may still be closed; each then stands as known on that day.")
        shell.say(shell.translate(said).format(periods=", ".join(answer["left_open"])))


def shown(shell: Shell, answer: dict[str, Any]) -> None:
    """Write a period: the cumulative ledger, what happened in it, what was restated, who has to be reminded."""
    _ = shell.translate
    state = N_("closed {when} by {by}") if answer["closed_at"] else N_("not closed: figures may still change")
    said = _(state).format(when=local(answer["closed_at"]), by=answer["closed_by"])
    days = f"{_day(answer['first_day'])} – {_day(answer['last_day'])}"
    shell.say(_(N_("Period {period} ({days}), {state}")).format(period=answer["period"], days=days, state=said))
    ledger_text.ledger(shell, answer["cumulative"])
    _flows(shell, answer["in_period"])
    for restated in (*answer["restatements"], *([answer["restated"]] if answer["restated"] else [])):
        _restated(shell, restated)
    reminders = answer["reports"]["reminders"]
    if reminders:
        shell.say(_(N_("No report yet from: {units}")).format(units=", ".join(reminders)))
    if answer["missing"]:
        said = N_("If this period were closed now, its document would leave blanks:")
        shell.say(_(N_("The document of this period leaves blanks:") if answer["closed_at"] else said))
        missing(shell, answer["missing"])


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}"


FLOWS = (
    (N_("Carried in (m²)"), "carried_in_m2"),
    (N_("Detected (m²)"), "detected_m2"),
    (N_("Claimed (m²)"), "claimed_m2"),
    (N_("Verified (m²)"), "verified_m2"),
    (N_("Carried over (m²)"), "carried_out_m2"),
)


def _flows(shell: Shell, flows: dict[str, Any]) -> None:
    shell.say(shell.translate(N_("In the period, by itself:")))
    rows = [
        (
            shell.translate(row["name"] or ledger_text.TOTAL),
            *(number(row[name], shell.language) for _, name in FLOWS),
        )
        for row in (*flows["rows"], flows["total"])
    ]
    headings = (ledger_text.KEYS[flows["by"]], *(heading for heading, _ in FLOWS))
    table(shell, headings, rows, numeric=range(1, len(headings)))


def _restated(shell: Shell, restated: dict[str, Any]) -> None:
    _ = shell.translate
    said = N_("Restated: {period}; entries after {when}: {events}")
    values = {"period": restated["period"], "when": local(restated["stated_at"]), "events": len(restated["because"])}
    shell.say(_(said).format(**values))
    rows = [
        (
            row["name"] or _(ledger_text.TOTAL),
            _(ledger_text.QUANTITIES[row["quantity"]]),
            number(row["was"], shell.language),
            number(row["now"], shell.language),
        )
        for row in restated["differences"]
    ]
    table(shell, (N_("Commune or total"), N_("Figure"), N_("Was"), N_("Now")), rows, numeric=(2, 3))
    _entries(shell, restated["because"])


MOST_ENTRIES = 20
ENTRIES = (N_("Recorded"), N_("What"), N_("Plot"), N_("Unit"), N_("Visit"), N_("Happened"), N_("Reason"))


def _entries(shell: Shell, events: list[dict[str, Any]]) -> None:
    """List the entries because of which figures were restated."""
    rows = [
        (
            local(event["recorded_at"]),
            event_words.told(event, shell.language, shell.translate),
            event.get("code") or event["plot"] or "–",
            event["unit"] or "–",
            event.get("visit_id") or "–",
            local(event["happened_at"]),
            event_words.reason(event, shell.language) or "–",
        )
        for event in events[:MOST_ENTRIES]
    ]
    if rows:
        shell.say(shell.translate(N_("Because of these entries:")))
        table(shell, ENTRIES, rows)
    if len(events) > MOST_ENTRIES:
        shell.say(shell.translate(N_("  … all of them with --json")))


def _filed(shell: Shell, answer: dict[str, Any]) -> None:
    _ = shell.translate
    told = N_("{unit}: filed {filed_on}, due before {due}: on time")
    late = N_("{unit}: filed {filed_on}, due before {due}: late")
    days = {name: _day(answer[name]) for name in ("filed_on", "due")}
    shell.say(_(told if answer["on_time"] else late).format(**answer | days))
    if answer["counts_for"] != answer["unit"]:
        shell.say(_(N_("It counts for {counts_for}, which has followed {unit}.")).format(**answer))
    if answer["replaces"]:
        said = N_("It replaces what was entered before: filed {filed_on}. Both stay on record.")
        shell.say(_(said).format(filed_on=_day(answer["replaces"]["filed_on"])))
