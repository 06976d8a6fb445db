"""Commands that send things out to the field: packages for phones, sheets on paper, tracks for other programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import moments, text
from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer
from eradication.domain import Season
from eradication.errors import N_
from eradication.pipeline import carrying, errands, printing

SEASON = N_("Season, e.g. 2025-2026 (default: the season of the day).")
DAY = N_("Day for which it is made (default: today).")
COMMUNE = N_("Only places in the commune with this code; may be repeated.")
FORMAT = N_("Format, if the ending of the file is not to decide: gpx, kml …")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate

    @app.command("field-package", help=_(N_("Pack what a unit is to check for QField and QGIS; it is put on record.")))
    def field_package(
        unit: Annotated[str, typer.Argument(help=_(N_("Code of the unit.")))],
        out: Annotated[Path, typer.Option(help=_(N_("GeoPackage to write, .gpkg.")))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        date: Annotated[str, typer.Option(help=_(DAY))] = "",
        commune: Annotated[list[str] | None, typer.Option(help=_(COMMUNE))] = None,
    ) -> None:
        errand = _errand(unit, season, date, (), commune)
        with shell.workspace() as workspace:
            shell.answer(errands.write_package(workspace, out, errand, shell.language), package_written)

    @app.command("sheets", help=_(N_("Print a map and a form to return for each place, for units without a phone.")))
    def sheets(
        unit: Annotated[str, typer.Argument(help=_(N_("Code of the unit; not needed with --plots.")))] = "",
        *,
        out: Annotated[Path, typer.Option(help=_(N_("PDF file to write.")))],
        plots: Annotated[
            list[str] | None,
            typer.Option(metavar="ID", help=_(N_("Ids or codes of plots with commas between; may be repeated."))),
        ] = None,
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        date: Annotated[str, typer.Option(help=_(DAY))] = "",
        commune: Annotated[list[str] | None, typer.Option(help=_(COMMUNE))] = None,
        table: Annotated[Path | None, typer.Option(help=_(N_("CSV file for the typist to write as well.")))] = None,
        scale: Annotated[int, typer.Option(min=500, max=50_000, help=_(N_("Scale of the maps, 1 to …")))] = 5000,
        curves: Annotated[bool, typer.Option(help=_(N_("Draw the season of each place from its imagery.")))] = True,
    ) -> None:
        if not unit and not plots:
            raise typer.BadParameter(_(N_("Name a unit, or plots with --plots.")), param_hint="UNIT")
        named = [name for one in plots or () for name in one.split(",") if name]
        errand = _errand(unit, season, date, named, commune)
        how = printing.Printing(scale, table, curves)
        with shell.workspace() as workspace:
            answer = printing.print_sheets(workspace, out, errand, how, shell.language, shell.stage)
            shell.answer(answer, sheets_printed)


def _errand(unit: str, season: str, date: str, plots: Sequence[str], communes: Sequence[str] | None) -> errands.Errand:
    return errands.Errand(
        unit,
        Season.parse(season) if season else None,
        moments.time(date) if date else None,
        plots,
        communes or (),
    )


def package_written(shell: Shell, answer: Answer) -> None:
    """Say what is in the package, and how it comes back."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    text.written(shell, answer)
    said = N_("Places to check for {unit} in season {season}: {plots}, of them its own: {own}.")
    shell.say(_(said).format(**answer))
    shell.say(_(N_("Bring it back with: eradication visits import FILE, and its tracks with: patrols import FILE.")))
    shell.say(_(NOT_A_FINDING))


def sheets_printed(shell: Shell, answer: Answer) -> None:
    """Say how many pages there are, and how they come back."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    text.written(shell, answer)
    shell.say(_(N_("Pages: {pages}, one for each place. The printing is on record.")).format(**answer))
    if answer["without_curve"]:
        said = N_("Without the season in images: {without_curve}; their imagery is not on this computer.")
        shell.say(_(said).format(**answer))
    shell.say(_(N_("Print at 100 % on A4; otherwise the scale does not hold.")))
    shell.say(_(NOT_A_FINDING))


def export_patrols(group: typer.Typer, shell: Shell) -> None:
    """Add ``patrols export`` to the commands of patrols."""
    _ = shell.translate

    @group.command("export", help=_(N_("Write tracks to .gpx, .gpkg, .kml or .geojson; it is put on record.")))
    def export(
        out: Annotated[Path, typer.Argument(help=_(N_("File to write; its ending decides the format.")))],
        patrol: Annotated[
            list[str] | None, typer.Option("--id", metavar="ID", help=_(N_("Only this patrol; may be repeated.")))
        ] = None,
        unit: Annotated[str, typer.Option(help=_(N_("Only patrols of the unit with this code.")))] = "",
        form: Annotated[str, typer.Option("--format", help=_(FORMAT))] = "",
        notes: Annotated[
            bool, typer.Option("--notes", help=_(N_("With the notes of waypoints; they may name people.")))
        ] = False,
    ) -> None:
        with shell.workspace() as workspace:
            answer = carrying.export_patrols(workspace, out, patrol or (), unit, form, notes=notes)
            shell.answer(answer, patrols_written)


def patrols_written(shell: Shell, answer: Answer) -> None:
    """Say what was written, and that tracks tell where patrols go."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    text.written(shell, answer)
    shell.say(_(N_("Patrols: {patrols}, GPS fixes: {fixes}. The export is on record.")).format(**answer))
    if answer["left_out"]:
        shell.say(_(N_("Fixes without a place that could not be written: {left_out}.")).format(**answer))
    if answer["thinned"]:
        said = N_("Patrols whose tracks were thinned to effort, and cannot be written: {count}.")
        shell.say(_(said).format(count=len(answer["thinned"])))
    shell.say(_(N_("Tracks show where patrols go: hand them on only to those who may know.")))
