"""The command that tells the criterion "no drugs" of communes and villages, as far as planting goes."""

from typing import Annotated, Any

import typer

from eradication.cli import moments
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, table
from eradication.domain import Season
from eradication.errors import N_
from eradication.i18n import number

VERDICTS = {
    "found": N_("poppy was found"),
    "not_found": N_("nothing found"),
    "not_enough": N_("not enough to say"),
}
REASONS = {
    "": "",
    "coverage_too_low": N_("too little was looked at"),
    "coverage_unknown": N_("how much was looked at is not known"),
    "candidates_unvisited": N_("candidates that nobody visited"),
}


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the command to ``app``."""
    _ = shell.translate

    @app.command(help=_(N_("Tell of each commune and village: found, nothing found, or not enough to say.")))
    def criterion(
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026 (default: the current one).")))] = "",
        as_of: Annotated[str, typer.Option(help=_(N_("As known at this time (default: now).")))] = "",
    ) -> None:
        from eradication.pipeline import criteria  # loads what reads maps

        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            when = moments.time(as_of, end_of_day=True) if as_of else None
            shell.answer(criteria.told(workspace, wanted, when), _told)


def _told(shell: Shell, answer: dict[str, Any]) -> None:
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    for part, heading in (("communes", N_("Commune")), ("villages", N_("Village"))):
        rows = [
            (
                row["name"] if part == "communes" else f"{row['name']} ({row['commune']})",
                _(VERDICTS[row["verdict"]]),
                "–" if row["seen_share"] is None else f"{number(100 * row['seen_share'], shell.language, 1)} %",
                number(row["plots"], shell.language),
                number(row["unvisited"], shell.language),
                _(REASONS[row["why"]]) if row["why"] else "",
            )
            for row in answer[part]
        ]
        if rows:
            headings = (heading, N_("Criterion"), N_("Seen"), N_("Plots"), N_("Unvisited"), N_("Why"))
            table(shell, headings, rows, numeric=(2, 3, 4))
