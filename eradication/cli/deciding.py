"""Commands of the office that decides: dismiss, assign, merge, hold apart, divide."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from eradication.cli import field_text, moments
from eradication.cli.shell import Shell
from eradication.cli.text import table, word
from eradication.domain import DismissalReason, Season, State, parse_code
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline import Workspace, answers, deciding, placing
from eradication.pipeline.deciding import Decision

SEASON = N_("Season, e.g. 2025-2026 (default: the current one).")
BY = N_("Code of the person who decides.")
DATE = N_("Day of the decision (default: now).")
WHY = N_("Why; it stays on record.")
FAR = N_("Merge places that lie far apart; every report lists it, with why.")
NAMES = N_("Ids, codes or aliases of plots.")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _dismiss(app, shell)
    _assign(app, shell)


def _dismiss(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Dismiss candidates that nobody has to visit; the ledger keeps counting them.")))
    def dismiss(
        plots: Annotated[list[str], typer.Argument(metavar="PLOT…", help=_(NAMES))],
        reason: Annotated[str, typer.Option(help=_(N_("Why: orchard, crop, forest, built, water, cloud, …")))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        by: Annotated[str, typer.Option(help=_(BY))] = "",
        date: Annotated[str, typer.Option(help=_(DATE))] = "",
    ) -> None:
        why = parse_code(DismissalReason, reason, "--reason")
        with shell.workspace() as workspace:
            _answer(shell, deciding.dismiss(workspace, plots, why, _decision(workspace, season, by, date)))


def _assign(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Give candidates to a unit, which is to check them.")))
    def assign(
        plots: Annotated[list[str], typer.Argument(metavar="PLOT…", help=_(NAMES))],
        unit: Annotated[str, typer.Option(help=_(N_("Code of the unit.")))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        by: Annotated[str, typer.Option(help=_(BY))] = "",
        date: Annotated[str, typer.Option(help=_(DATE))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            _answer(shell, deciding.assign(workspace, plots, unit, _decision(workspace, season, by, date)))


def of_plots(group: typer.Typer, shell: Shell) -> None:
    """Add ``merge``, ``apart`` and ``split`` to the group ``plots``."""
    _ = shell.translate

    @group.command(help=_(N_("Say that plots are one place; the oldest keeps its id, the others become aliases.")))
    def merge(
        plots: Annotated[list[str], typer.Argument(metavar="A B…", help=_(NAMES))],
        reason: Annotated[str, typer.Option(help=_(WHY))],
        by: Annotated[str, typer.Option(help=_(BY))] = "",
        force: Annotated[bool, typer.Option("--force", help=_(FAR))] = False,
    ) -> None:
        with shell.workspace() as workspace:
            decision = _decision(workspace, "", by, "")
            shell.answer(placing.merge(workspace, plots, reason, decision, force=force), _merged)

    @group.command(help=_(N_("Say that plots that might be one place are several.")))
    def apart(
        plots: Annotated[list[str], typer.Argument(metavar="A B…", help=_(NAMES))],
        reason: Annotated[str, typer.Option(help=_(WHY))],
        by: Annotated[str, typer.Option(help=_(BY))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            answer = placing.hold_apart(workspace, plots, reason, _decision(workspace, "", by, ""))
        shell.answer(answer, _apart)

    @group.command(help=_(N_("Divide a plot that is really several places, along drawn polygons.")))
    def split(
        plot: Annotated[str, typer.Argument(metavar="ID", help=_(N_("Id, code or alias of a plot.")))],
        file: Annotated[Path, typer.Argument(help=_(N_("Two or more polygons; the first keeps id and code.")))],
        reason: Annotated[str, typer.Option(help=_(WHY))],
        by: Annotated[str, typer.Option(help=_(BY))] = "",
        season: Annotated[str, typer.Option(help=_(N_("Season of the new codes (default: the current one).")))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            answer = placing.split(workspace, plot, file, reason, _decision(workspace, season, by, ""))
        shell.answer(answer, _parts)


def _decision(workspace: Workspace, season: str, by: str, date: str) -> Decision:
    at = _moment(date) if date else None
    wanted = Season.parse(season) if season else workspace.season_of(at or datetime.now(UTC))
    return Decision(wanted, by, at)


def _moment(date: str) -> datetime | None:
    """Return when a decision of a day was made: knowing all of that day, but not what is still to come."""
    ends, now = moments.time(date, end_of_day=True), datetime.now(UTC)
    return None if moments.time(date) <= now < ends else ends


def _answer(shell: Shell, answer: dict[str, Any]) -> None:
    rows = answers.of_visits({"visits": answer["plots"]}, shell.translate)["visits"]
    refused = any(row["status"] == "refused" for row in rows)
    shell.answer(answer | {"plots": rows}, _rows, refused=refused)


STATUS = {"accepted": N_("recorded"), "duplicate": N_("on record already"), "refused": N_("refused")}


def _rows(shell: Shell, answer: dict[str, Any]) -> None:
    _ = shell.translate
    cells = [
        (row["name"], word(shell, State, row["state"]), _(STATUS[row["status"]]), row["message"])
        for row in answer["plots"]
    ]
    table(shell, (N_("Plot"), N_("State before"), N_("Decision"), N_("Why not")), cells)
    if not answer["unit_known"]:
        shell.say(
            _(N_("{unit}: the unit is in no table of units: check how it is spelled, or import it.")).format(**answer)
        )
    field_text.hints(shell, answer["plots"])


def _merged(shell: Shell, answer: dict[str, Any]) -> None:
    said = N_("One place: {code} ({plot}); also known as {aliases}.")
    shell.say(shell.translate(said).format(**answer | {"aliases": ", ".join(answer["aliases"])}))
    if answer["forced"]:
        far = N_("They lie {gap} m apart: every report lists this merge.")
        shell.say(shell.translate(far).format(gap=number(answer["gap_m"], shell.language)))
    _changed(shell, answer)
    if any(row["change_m2"] < 0 for row in answer["detected"]):
        shell.say(shell.translate(N_("A merge takes the latest measurement of the best method, not the sum.")))


def _apart(shell: Shell, answer: dict[str, Any]) -> None:
    shell.say(shell.translate(N_("Different places: {plots}.")).format(plots=", ".join(answer["plots"])))
    _changed(shell, answer)


def _changed(shell: Shell, answer: dict[str, Any]) -> None:
    """Say by how much the detected area of each season becomes another."""
    said = shell.translate(N_("Season {season}: detected {before} → {after} m² ({change})."))
    for row in answer["detected"]:
        before, after = (number(row[name], shell.language) for name in ("before_m2", "after_m2"))
        change = f"{row['change_m2']:+d}"
        shell.say(said.format(season=row["season"], before=before, after=after, change=change))


def _parts(shell: Shell, answer: dict[str, Any]) -> None:
    _ = shell.translate
    headings = (N_("Plot"), N_("Code"), N_("Drawn (m²)"), N_("Season"), N_("State"), N_("Detected (m²)"))
    rows: list[tuple[object, ...]] = []
    for part in answer["parts"]:
        named = part["plot"], part["code"], number(part["drawn_m2"], shell.language)
        for season in part["seasons"]:
            found = number(season["detected_m2"], shell.language)
            rows.append((*named, season["season"], word(shell, State, season["state"]), found))
        if not part["seasons"]:
            rows.append((*named, "–", _(N_("nothing recorded: to be visited")), "–"))
    table(shell, headings, rows, numeric=(2, 5))
