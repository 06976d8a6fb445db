"""Commands on risk: where plots are to be expected that no image shows."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import risk_text
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_

SEASON = N_("Season, e.g. 2025-2026 (default: the current one).")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    group = typer.Typer(
        help=_(N_("Where plots are to be expected that no image shows, and how well that was foretold.")),
        no_args_is_help=True,
    )
    _map(group, shell)
    app.add_typer(group, name="risk")


def _map(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(
        "map", help=_(N_("Write the risk surface of a season: raster, GeoPackage and a map; nothing is put on record."))
    )
    def risk_map(
        out: Annotated[Path, typer.Option(help=_(N_("Folder to write into.")))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        month: Annotated[
            str, typer.Option(help=_(N_("Only plots that stand in this month, YYYY-MM (default: all of the season).")))
        ] = "",
    ) -> None:
        from eradication.pipeline.risk import month as months  # these bring rasterio, which takes long to load
        from eradication.pipeline.risk.surface import Wish
        from eradication.pipeline.risk.writing import written

        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            wish = Wish(wanted, months.parse(month, wanted) if month else None)
            shell.answer(written(workspace, wish, out, shell.language, shell.stage), risk_text.risk_map)
