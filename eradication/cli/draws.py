"""Commands that draw by chance: destroyed plots to be re-checked."""

from typing import Annotated

import typer

from eradication.cli import draws_text
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_
from eradication.pipeline import rechecking
from eradication.pipeline.rechecking import LEAST_SHARE

SEED = N_("Seed of every random choice.")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    app.add_typer(_rechecks(shell), name="rechecks")


def _rechecks(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(
        help=_(N_("Re-checks of destroyed plots, those of class C drawn at random.")), no_args_is_help=True
    )

    @group.command(help=_(N_("Draw which destroyed plots of class C are re-checked; it is put on record.")))
    def draw(
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026.")))],
        share: Annotated[float, typer.Option(help=_(N_("Share of the plots to draw.")))] = LEAST_SHARE,
        seed: Annotated[int, typer.Option(help=_(SEED))] = 0,
        unit: Annotated[
            str, typer.Option(help=_(N_("Code of the unit that is sent; its own plots are left out.")))
        ] = "",
    ) -> None:
        wish = rechecking.Wish(Season.parse(season), share, seed, unit)
        with shell.workspace() as workspace:
            shell.answer(rechecking.draw(workspace, wish), draws_text.rechecks_drawn)

    @group.command(help=_(N_("Tell how far re-checks have come, and what those drawn at random say of all.")))
    def show(
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026 (default: the current one).")))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            shell.answer(rechecking.show(workspace, wanted), draws_text.rechecks)

    return group
