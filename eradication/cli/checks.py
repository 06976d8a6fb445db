"""The command that shows the automatic checks of eradications."""

from typing import Annotated

import typer

from eradication.cli import checks_text
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the command to ``app``."""
    _ = shell.translate

    @app.command(
        help=_(N_("Check each eradication: position, geometry, form, images, photos. Shown; no state changes by it."))
    )
    def checks(
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026 (default: the current one).")))] = "",
        plot: Annotated[str, typer.Option(metavar="ID", help=_(N_("Only this plot: id, code or alias.")))] = "",
        failed: Annotated[bool, typer.Option("--failed", help=_(N_("List only those with a failed check.")))] = False,
    ) -> None:
        from eradication.pipeline import checking

        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            answer = checking.answer(workspace, wanted, shell.language, wanted=plot, failed=failed, stage=shell.stage)
        shell.answer(answer, checks_text.checked)
