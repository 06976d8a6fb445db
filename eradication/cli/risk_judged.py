"""Commands on the risk surface as it turned out: how good it is, and how often patrols went where."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import risk_judged_text
from eradication.cli.groups import group
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_
from eradication.pipeline import outputs

RISK = N_("Where plots are to be expected that no image shows, and how well that was foretold.")
PAGE = "risk-evaluation.html"


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to the group ``risk`` of ``app``."""
    commands(group(app, "risk", shell.translate(RISK)), shell)


def commands(risk: typer.Typer, shell: Shell) -> None:
    """Add the commands to the group."""
    _ = shell.translate

    @risk.command(help=_(N_("Judge the risk surface on seasons and units that it did not learn from.")))
    def evaluate(
        season: Annotated[
            str, typer.Option(help=_(N_("Season to judge on, e.g. 2025-2026 (default: every season until now).")))
        ] = "",
        out: Annotated[Path | None, typer.Option(metavar="DIR", help=_(N_("Folder to write the page into.")))] = None,
    ) -> None:
        from eradication.pipeline.risk import evaluating  # brings compiled code, which other commands need not wait for

        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else None
            page = outputs.page_in(workspace, None if out is None else outputs.folder_of_pages(out), PAGE)
            answer = evaluating.evaluate(workspace, wanted, stage=shell.stage)
            if page is not None:
                answer |= outputs.write_risk_evaluation(workspace, page, answer, shell.language)
        shell.answer({"written": [], **answer}, risk_judged_text.evaluation)

    @risk.command(help=_(N_("Tell visits, rejections, hours and finds of each commune side by side.")))
    def visits(
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026 (default: the current one).")))] = "",
    ) -> None:
        from eradication.pipeline.risk import policing

        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            answer = policing.told(workspace, wanted)
        shell.answer(answer, risk_judged_text.visits)
