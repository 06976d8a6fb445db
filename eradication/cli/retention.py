"""The command that thins old tracks to the effort they gave."""

from typing import Annotated

import typer

from eradication.cli import retention_text
from eradication.cli.shell import Shell
from eradication.errors import N_


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the command to ``app``."""
    _ = shell.translate

    @app.command(help=_(N_("Thin tracks whose time is over to the effort they gave; figures stay as they were.")))
    def retention(
        by: Annotated[str, typer.Option(help=_(N_("Code of the person who answers for it.")))] = "",
        months: Annotated[
            int, typer.Option(min=0, help=_(N_("Months after the end of a season (default: the settings).")))
        ] = 0,
        *,
        dry_run: Annotated[bool, typer.Option("--dry-run", help=_(N_("Only tell what would be thinned.")))] = False,
    ) -> None:
        from eradication.pipeline import retention as desk
        from eradication.pipeline.reception import thinned_hand_ins

        with shell.workspace() as workspace:
            answer = desk.run(workspace, by, months, dry_run=dry_run, stage=shell.stage)
            answer["hand_ins"] = 0 if dry_run else thinned_hand_ins.after_retention(workspace)
        shell.answer(answer, retention_text.retention)
