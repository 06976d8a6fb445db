"""The command that writes dossiers of plots."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import text
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer
from eradication.domain import Season
from eradication.errors import N_
from eradication.pipeline import periods, units

PLOTS = N_("Ids or codes of plots; none = all that somebody found.")
OUT = N_("PDF file for one plot, else a folder.")
SEASON = N_("Season (default: the latest of each plot; without plots the current one).")
PERIOD = N_("All plots of a reporting period instead, as of its close, e.g. 2026-H1.")
UNIT = N_("Only plots that this unit answers for.")
PHOTOS = N_("Show photos of visits; faces may be on them.")
CURVES = N_("Draw the season of each place from its imagery.")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the command to ``app``."""
    _ = shell.translate

    @app.command("dossier", help=_(N_("Write a page for each plot with all that is on record of it; it is on record.")))
    def write(
        plots: Annotated[list[str] | None, typer.Argument(metavar="[PLOT]…", help=_(PLOTS))] = None,
        *,
        out: Annotated[Path, typer.Option(metavar="FILE.pdf|DIR", help=_(OUT))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        period: Annotated[str, typer.Option(help=_(PERIOD))] = "",
        unit: Annotated[str | None, typer.Option(help=_(UNIT))] = None,
        photos: Annotated[bool, typer.Option("--photos", help=_(PHOTOS))] = False,
        curves: Annotated[bool, typer.Option(help=_(CURVES))] = True,
        scale: Annotated[int, typer.Option(min=500, max=50_000, help=_(N_("Scale of the maps, 1 to …")))] = 5000,
    ) -> None:
        if period and (season or plots):
            raise typer.BadParameter(_(N_("A period goes with neither a season nor plots.")), param_hint="--period")
        if plots and unit:
            raise typer.BadParameter(_(N_("Name plots or a unit, not both.")), param_hint="--unit")
        from eradication.pipeline import dossiers  # what draws is loaded only when something is drawn

        with shell.workspace() as workspace:
            wish = dossiers.Wish(
                plots or (),
                Season.parse(season) if season else None,
                periods.parse(workspace, period) if period else None,
                units.asked(unit),
                photos,
                curves,
                scale,
            )
            shell.answer(dossiers.write(workspace, out, wish, shell.language, shell.stage), written)


def written(shell: Shell, answer: Answer) -> None:
    """Say what was written, what is not on the pages, and that it is on record."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    text.written(shell, answer)
    pages = answer["dossiers"]
    shell.say(_(N_("Dossiers: {n}. Each is on record with its hash.")).format(n=len(pages)))
    without = [page["code"] for page in pages if not page["pictures"]]
    if without:
        said = N_("Without pictures before and after: {codes}; no image of them is on this computer.")
        shell.say(_(said).format(codes=", ".join(without)))
    if answer["unconfirmed_left_out"]:
        said = N_("Places that nobody looked at have none: {n}. Name one to get it.")
        shell.say(_(said).format(n=answer["unconfirmed_left_out"]))
    if not answer["photos_shown"] and any(page["photos"] for page in pages):
        shell.say(_(N_("Photos are counted, not shown: faces may be on them. --photos shows them.")))
