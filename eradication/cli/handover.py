"""The command that hands places over across the border."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import text
from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer
from eradication.domain import Season
from eradication.errors import N_


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the command to ``app``."""
    _ = shell.translate
    said = N_("Write a sheet in Vietnamese and Lao that hands places over across the border; it is on record.")

    @app.command("handover", help=_(said))
    def hand_over(
        plots: Annotated[list[str], typer.Argument(metavar="PLOT…", help=_(N_("Ids or codes of the places.")))],
        out: Annotated[Path, typer.Option(help=_(N_("File to write, .pdf.")))],
        season: Annotated[str, typer.Option(help=_(N_("Season told of each place (default: its latest).")))] = "",
        this_side: Annotated[
            bool, typer.Option("--this-side", help=_(N_("Take places in communes of the province as well.")))
        ] = False,
    ) -> None:
        from eradication.pipeline import handover  # what draws is loaded only when something is drawn

        wanted = Season.parse(season) if season else None
        with shell.workspace() as workspace:
            shell.answer(handover.write(workspace, out, plots, wanted, this_side=this_side), written)


def written(shell: Shell, answer: Answer) -> None:
    """Say what was handed over, and that it is on record."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    text.written(shell, answer)
    codes = ", ".join(plot["code"] for plot in answer["plots"])
    shell.say(_(N_("Handed over: {codes}. It is on record.")).format(codes=codes))
    shell.say(_(NOT_A_FINDING))
