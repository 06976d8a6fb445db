"""Commands of the field: patrols, visits, plots."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import deciding, field_out, field_text, moments, text, visits_text
from eradication.cli.shell import Shell
from eradication.domain import PatrolFile, Season, State
from eradication.errors import N_
from eradication.pipeline import (
    Workspace,
    answers,
    choosing,
    kept,
    main_path,
    outputs,
    perimeters,
    plot_answers,
    projection,
)
from eradication.pipeline.handing_in import PatrolOptions
from eradication.planning import LEAST_RANDOM_SHARE


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    app.add_typer(_patrols(shell), name="patrols")
    app.add_typer(_visits(shell), name="visits")
    app.add_typer(_plots(shell), name="plots")
    field_out.register(app, shell)


def _patrols(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Tracks and waypoints of patrols.")), no_args_is_help=True)

    taken = N_("Take files of patrols in, from receivers, phones, tables or QGIS; folders and ZIP files too.")

    @group.command("import", help=_(taken))
    def import_files(
        files: Annotated[list[Path], typer.Argument(help=_(N_("Files, folders or ZIP files handed in by patrols.")))],
        unit: Annotated[str, typer.Option(help=_(N_("Code of the unit that walked.")))] = "",
        timezone: Annotated[str, typer.Option(help=_(N_("Time zone of times that state none.")))] = "",
        crs: Annotated[str, typer.Option(help=_(N_("CRS of coordinate tables, e.g. EPSG:9206.")))] = "",
        receipts: Annotated[
            Path | None, typer.Option(help=_(N_("Folder for a receipt of each file, to be printed.")))
        ] = None,
    ) -> None:
        options = PatrolOptions(unit=unit, timezone=timezone, crs=crs)
        with shell.workspace() as workspace:
            done = main_path.record_patrols(workspace, files, options, shell.stage)
            told = answers.of_patrol_files(done, shell.translate, simulated=projection.is_simulated(workspace))
            told["most_pct"] = workspace.settings.perimeters.differ_pct
            written = _receipts(shell, workspace, done, receipts)
        for file, receipt in zip(told["files"], written, strict=False):
            file["receipt"] = receipt["path"]
        texts = [receipt["text"] for receipt in written]
        write = field_text.receipts(texts) if texts else field_text.patrol_files
        shell.answer(told, write, refused=any(file.status == "refused" for file in done))

    _recorded_patrols(group, shell)
    _compared(group, shell)
    field_out.export_patrols(group, shell)
    return group


def _recorded_patrols(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("list", help=_(N_("List the patrols of this workspace.")))
    def list_patrols() -> None:
        with shell.workspace() as workspace:
            shell.answer(answers.patrols(workspace), field_text.patrols)

    @group.command("show", help=_(N_("Show one patrol: fixes kept and marked, times, length, cells.")))
    def show(
        patrol_id: Annotated[str, typer.Argument(metavar="ID")],
        picture: Annotated[Path | None, typer.Option(help=_(N_("SVG file for a picture of the track.")))] = None,
    ) -> None:
        with shell.workspace() as workspace:
            answer = answers.patrol(workspace, patrol_id)
            if picture is not None:
                from eradication.pipeline import receipts

                receipts.picture(workspace, answer, picture, shell.language)
                answer["picture"] = str(picture)
            shell.answer(answer, field_text.patrol)


def _compared(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate
    walk = N_("Patrol, or ID:2 for its second closed walk.")

    @group.command(help=_(N_("Compare two walks round one plot: the mean area, or walk again.")))
    def compare(
        one: Annotated[str, typer.Argument(metavar="ID", help=_(walk))],
        other: Annotated[str, typer.Argument(metavar="ID", help=_(walk))],
    ) -> None:
        with shell.workspace() as workspace:
            shell.answer(perimeters.compare(workspace, one, other), field_text.compared)


def _receipts(
    shell: Shell, workspace: Workspace, files: Sequence[PatrolFile], folder: Path | None
) -> list[dict[str, str]]:
    """Write receipts if a folder is named."""
    if folder is None:
        return []
    from eradication.pipeline import receipts  # what draws is loaded only when something is drawn

    return receipts.write(workspace, files, folder, shell.language)


def _visits(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Visits to plots: what was found, destroyed, verified.")), no_args_is_help=True)
    zone_help = _(N_("Time zone of times that state none."))

    @group.command("import", help=_(N_("Take a table of visits in (CSV, XLSX, GeoJSON, GeoPackage), row by row.")))
    def import_table(
        file: Annotated[Path, typer.Argument(help=_(N_("Table of visits.")))],
        timezone: Annotated[str, typer.Option(help=zone_help)] = "",
        force: Annotated[
            str, typer.Option(metavar="REASON", help=_(N_("Take verifications that are not independent, and say why.")))
        ] = "",
    ) -> None:
        with shell.workspace() as workspace:
            answer = main_path.record_visits(workspace, file, timezone, shell.stage, force=force)
        _answer_visits(shell, answer)

    @group.command("correct", help=_(N_("Answer a wrong row with a correcting one; the wrong one stays on record.")))
    def correct(
        visit: Annotated[str, typer.Argument(metavar="ID", help=_(N_("Visit, as unit/visit_id/outcome.")))],
        file: Annotated[
            Path, typer.Argument(help=_(N_("Table with the columns that change; no row strikes the visit out.")))
        ],
        reason: Annotated[str, typer.Option(help=_(N_("Why; it stays on record.")))],
        timezone: Annotated[str, typer.Option(help=zone_help)] = "",
    ) -> None:
        with shell.workspace() as workspace:
            answer = main_path.correct_visit(workspace, visit, file, reason, timezone)
        _answer_visits(shell, answer, visits_text.corrected)

    _choose(group, shell)
    return group


def _choose(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("Choose which candidates to visit next, some of them at random.")))
    def choose(
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026.")))],
        visits: Annotated[int, typer.Option(min=1, help=_(N_("Visits that can be made.")))],
        random_share: Annotated[float, typer.Option(help=_(N_("Share drawn at random.")))] = LEAST_RANDOM_SHARE,
        date: Annotated[str, typer.Option(help=_(N_("Day from which the list holds (default: today).")))] = "",
        seed: Annotated[int, typer.Option(help=_(N_("Seed of every random choice.")))] = 0,
        out: Annotated[Path | None, typer.Option(help=_(N_("CSV file to write as well.")))] = None,
        *,
        model: Annotated[str, typer.Option(help=_(N_("Whose candidates (default: of the newest search).")))] = "",
    ) -> None:
        day = moments.time(date) if date else None
        wish = choosing.Wish(Season.parse(season), visits, random_share, seed, day, model)
        with shell.workspace() as workspace:
            shell.answer(choosing.choose(workspace, wish, out), field_text.chosen)


def _answer_visits(
    shell: Shell, answer: dict[str, object], write: Callable[[Shell, text.Answer], None] = visits_text.visits
) -> None:
    rows = answer["visits"]
    refused = isinstance(rows, list) and any(row["status"] in ("refused", "conflict") for row in rows)
    shell.answer(answers.of_visits(answer, shell.translate), write, refused=refused)


def _plots(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Plots: places followed over the years.")), no_args_is_help=True)
    season_help = _(N_("Season, e.g. 2025-2026 (default: all)."))

    @group.command("list", help=_(N_("List plots with their state, class, area and commune.")))
    def list_plots(
        season: Annotated[str, typer.Option(help=season_help)] = "",
        state: Annotated[str, typer.Option(help=_(N_("Only plots in this state.")))] = "",
        bbox: Annotated[str, typer.Option(metavar="W,S,E,N", help=_(N_("Only plots in this box, in degrees.")))] = "",
        urgent: Annotated[bool, typer.Option("--urgent", help=_(N_("First what will be harvested soonest.")))] = False,
        on: Annotated[
            str,
            typer.Option(metavar="DAY", help=_(N_("Count the days left from this day, YYYY-MM-DD (default: today)."))),
        ] = "",
    ) -> None:
        if state and state not in list(State):
            accepted = ", ".join(State)
            raise typer.BadParameter(_(N_("States are: {accepted}")).format(accepted=accepted), param_hint="--state")
        with shell.workspace() as workspace:
            wanted = kept.Wanted(_season(season), state, _box(shell, bbox))
            day = moments.day(on, "--on") if on else None
            answer = plot_answers.plots(workspace, wanted, urgent=urgent, day=day)
            shell.answer(answer, field_text.plots)

    @group.command("show", help=_(N_("Show one plot with its seasons, visits and events.")))
    def show(plot: Annotated[str, typer.Argument(metavar="ID", help=_(N_("Id, code or alias of a plot.")))]) -> None:
        with shell.workspace() as workspace:
            shell.answer(plot_answers.plot(workspace, plot, shell.language), field_text.plot)

    @group.command("export", help=_(N_("Write plots to .geojson, .gpkg, .gpx, .kml, .parquet or .xlsx.")))
    def export(
        out: Annotated[Path, typer.Argument(help=_(N_("File to write; its ending decides the format.")))],
        season: Annotated[str, typer.Option(help=season_help)] = "",
        form: Annotated[str, typer.Option("--format", help=_(field_out.FORMAT))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            shell.answer(outputs.export_plots(workspace, out, _season(season), form), text.written)

    deciding.of_plots(group, shell)
    return group


def _box(shell: Shell, text: str) -> tuple[float, float, float, float] | None:
    """Read ``W,S,E,N`` in degrees (WGS 84)."""
    if not text:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180.0 <= west < east <= 180.0 and -90.0 <= south < north <= 90.0):
        message = N_("A box is west,south,east,north in degrees, e.g. 104.5,20.7,104.7,20.9")
        raise typer.BadParameter(shell.translate(message), param_hint="--bbox")
    return west, south, east, north


def _season(label: str) -> Season | None:
    return Season.parse(label) if label else None
