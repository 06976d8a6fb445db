"""Commands on what was looked at: effort of patrols, coverage by satellite and patrols."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import effort_text
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_

SEASON = N_("Season, e.g. 2025-2026 (default: the current one).")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate

    @app.command(help=_(N_("Tell what patrols walked, and how well the ground was searched.")))
    def effort(
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        out: Annotated[Path | None, typer.Option(help=_(N_("GeoPackage of the searched ground to write.")))] = None,
    ) -> None:
        from eradication.pipeline import patrolled  # brings compiled code, which other commands need not wait for

        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            shell.answer(patrolled.effort_of(workspace, wanted, out), effort_text.effort)

    @app.command(help=_(N_("Tell how much of each commune satellite and patrols saw while poppy could be in flower.")))
    def coverage(season: Annotated[str, typer.Option(help=_(SEASON))] = "") -> None:
        from eradication.pipeline import covered

        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            shell.answer(covered.of_season(workspace, wanted), effort_text.coverage)
