"""Commands for what telephones and desks handed in: listed, brought by a bundle, entered once more."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import hand_ins_text
from eradication.cli.shell import Shell
from eradication.errors import N_
from eradication.pipeline.reception import bundle_desk


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    group = typer.Typer(help=_(N_("What telephones and desks handed in, with receipts.")), no_args_is_help=True)
    app.add_typer(group, name="hand-ins")

    @group.command("list", help=_(N_("List what was handed in, and what became of it; no content.")))
    def list_hand_ins(
        state: Annotated[
            list[str] | None,
            typer.Option(help=_(N_("Only: received, recorded, refused, incomplete or conflict; may be repeated."))),
        ] = None,
    ) -> None:
        with shell.workspace() as workspace:
            shell.answer(bundle_desk.listed(workspace, state or ()), hand_ins_text.listed)

    @group.command("import", help=_(N_("Take in what a telephone exported, give receipts, enter it into the ledger.")))
    def import_bundle(
        file: Annotated[Path, typer.Argument(help=_(N_("ZIP file that the telephone exported.")))],
    ) -> None:
        with shell.workspace() as workspace:
            answer = bundle_desk.take(workspace, file, shell.stage)
        shell.answer(answer, hand_ins_text.taken, refused=answer["refused"] > 0)

    @group.command("enter", help=_(N_("Enter what waits, or once more what was refused after its reason was mended.")))
    def enter(
        number: Annotated[
            str, typer.Argument(metavar="NUMBER", help=_(N_("Number of a receipt (default: all that wait).")))
        ] = "",
    ) -> None:
        with shell.workspace() as workspace:
            answer = bundle_desk.enter(workspace, number, shell.stage)
        shell.answer(answer, hand_ins_text.entered, refused=answer["refused"] > 0)
