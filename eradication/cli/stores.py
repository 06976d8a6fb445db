"""Commands of the store: move a workspace between a file and a server."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import stores_text
from eradication.cli.groups import group
from eradication.cli.shell import Shell
from eradication.errors import N_
from eradication.pipeline import relocating


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    stores = group(app, "store", _(N_("The store: where it is, and who may read it.")))

    @stores.command("copy", help=_(N_("Move a workspace into a new folder, its store into a file or onto a server.")))
    def copy(
        source: Annotated[Path, typer.Argument(metavar="FROM", help=_(N_("Folder of the workspace.")))],
        target: Annotated[Path, typer.Argument(metavar="TO", help=_(N_("New folder, empty or not there.")))],
        store: Annotated[
            str, typer.Option(help=_(N_("PostGIS database: postgresql://user@host/database (default: a file).")))
        ] = "",
        schema: Annotated[str, typer.Option(help=_(N_("Schema of that database, one for each workspace.")))] = "",
        as_copy: Annotated[
            bool,
            typer.Option("--as-copy", help=_(N_("The old workspace goes on; the copy gets a key of its own."))),
        ] = False,
    ) -> None:
        move = relocating.Move(source, target, store, schema, as_copy)
        shell.answer(relocating.copy(move, shell.stage), stores_text.copied)
