"""Commands of evidence: the audit of the chains, checkpoints, and whether this computer is fit for the job."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import evidence_text, text
from eradication.cli.shell import Shell
from eradication.errors import N_
from eradication.pipeline import evidence_desk, shown
from eradication.web.frontend.install import SHELF

CHECK_FAILED = 5


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    audit = typer.Typer(help=_(N_("The chain of events.")), no_args_is_help=True)
    app.add_typer(audit, name="audit")
    _verify(audit, shell)
    _checkpoint(audit, shell)

    @app.command(help=_(N_("Check this computer and workspace, and say what to do.")))
    def doctor() -> None:
        from eradication.pipeline import health  # brings all that it looks at

        answer = health.doctor(shell.folder, shell.translate, lambda: SHELF.installed() == SHELF.wanted())
        shell.answer(answer, text.doctor)
        if not answer["ok"]:
            shell.exit_code = CHECK_FAILED


def _verify(audit: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @audit.command("verify", help=_(N_("Check that no event or original was changed, removed or reordered.")))
    def verify(
        checkpoint: Annotated[
            list[Path] | None,
            typer.Option(metavar="FILE", help=_(N_("Checkpoint that the chains must go on from; may be repeated."))),
        ] = None,
        fingerprint: Annotated[
            list[str] | None,
            typer.Option(help=_(N_("Fingerprint of a chain as it stands in minutes; may be repeated."))),
        ] = None,
        rebuild: Annotated[
            bool, typer.Option("--rebuild", help=_(N_("Write map layers and kept figures anew from the events first.")))
        ] = False,
    ) -> None:
        with shell.workspace() as workspace:
            if rebuild:
                shown.rebuild(workspace)
            answer = evidence_desk.audit(workspace, shell.translate, checkpoint or [], fingerprint or [])
        shell.answer(answer, evidence_text.audit)
        if not answer["ok"]:
            shell.exit_code = CHECK_FAILED


def _checkpoint(audit: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @audit.command("checkpoint", help=_(N_("Tell, and write to a file, signed, how far every chain reaches now.")))
    def checkpoint(
        out: Annotated[
            Path | None, typer.Argument(help=_(N_("File to write, .json (default: only tell the fingerprints).")))
        ] = None,
    ) -> None:
        with shell.workspace() as workspace:
            answer = evidence_desk.take_checkpoint(workspace, out)
        shell.answer(answer, evidence_text.checkpoint)
