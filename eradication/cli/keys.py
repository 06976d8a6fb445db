"""Commands of keys: tell, make, rotate, escrow with two persons, recover, drill."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import keys_text
from eradication.cli.shell import Shell
from eradication.errors import N_, UnusableInput
from eradication.pipeline import key_desk

CHECK_FAILED = 5

_Files = Annotated[list[Path] | None, typer.Option("--passphrase-file", metavar="FILE")]


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    group = typer.Typer(help=_(N_("The keys that sign, and that open what is sealed.")), no_args_is_help=True)
    app.add_typer(group, name="keys")
    _tell(group, shell)
    _escrow(group, shell)
    _bring_back(group, shell)


def _tell(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("list", help=_(N_("Tell of every key; never the key itself.")))
    def list_keys() -> None:
        with shell.workspace() as workspace:
            shell.answer(key_desk.listed(workspace), keys_text.listed)

    @group.command("make", help=_(N_("Make the key of the sealed queue or of backups.")))
    def make(name: Annotated[str, typer.Argument(help=_(N_("queue or backup.")))]) -> None:
        with shell.workspace() as workspace:
            shell.answer(key_desk.make(workspace, name), keys_text.made)

    @group.command("rotate", help=_(N_("Replace a key by a new one; what the old one signed or sealed stays good.")))
    def rotate(
        name: Annotated[str, typer.Argument(help=_(N_("signing, queue or backup.")))],
        stolen: Annotated[
            bool, typer.Option("--stolen", help=_(N_("Others may hold the old key: models it signed are not trusted.")))
        ] = False,
    ) -> None:
        with shell.workspace() as workspace:
            answer = key_desk.rotate(workspace, name, stolen=stolen)
        shell.answer(answer, keys_text.made)


def _escrow(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("escrow", help=_(N_("Seal the keys so that two persons together can bring them back.")))
    def put_in_escrow(
        out: Annotated[Path, typer.Argument(metavar="OUT_DIR", help=_(N_("Folder to write into, best on a stick.")))],
        officer: Annotated[list[str], typer.Option(help=_(N_("Name of one of the two persons.")))],
        passphrase_file: _Files = None,
    ) -> None:
        with shell.workspace() as workspace:
            ask = asker(shell, passphrase_file, twice=True)
            answer = key_desk.put_in_escrow(workspace, out, officer, ask)
        shell.answer(answer, keys_text.escrowed)


def _bring_back(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate
    Folders = Annotated[list[Path], typer.Argument(metavar="DIR…", help=_(N_("Folder of the escrow, or both sticks.")))]

    @group.command("drill", help=_(N_("Show that the escrow opens and holds the keys in use; nothing is written out.")))
    def drill(folders: Folders, passphrase_file: _Files = None) -> None:
        with shell.workspace() as workspace:
            answer = key_desk.drill(workspace, folders, asker(shell, passphrase_file, twice=False))
        shell.answer(answer, keys_text.drilled)
        if not answer["ok"]:
            shell.exit_code = CHECK_FAILED

    @group.command(
        "recover", help=_(N_("Bring lost keys back with both officers; a key that works is never replaced."))
    )
    def recover(
        folders: Folders,
        passphrase_file: _Files = None,
        replace: Annotated[bool, typer.Option("--replace", help=_(N_("Replace keys that work.")))] = False,
    ) -> None:
        ask = asker(shell, passphrase_file, twice=False)
        shell.answer(key_desk.recover(shell.folder, folders, ask, replace=replace), keys_text.recovered)


def asker(shell: Shell, files: list[Path] | None, *, twice: bool) -> Callable[[str], str]:
    """Return what asks an officer for a passphrase: at the terminal, unseen, or from the next of ``files``."""
    waiting = iter(files or [])

    def ask(officer: str) -> str:
        if files:
            return first_line(next(waiting, None))
        if not sys.stdin.isatty():
            hint = N_("Run it in a terminal, or give --passphrase-file twice, in the order of the officers.")
            raise UnusableInput("no_terminal", N_("There is no terminal to type a passphrase at."), hint=hint)
        title = shell.translate(N_("Passphrase of {officer}")).format(officer=officer)
        return str(typer.prompt(title, hide_input=True, confirmation_prompt=twice, err=True))

    return ask


def first_line(file: Path | None) -> str:
    """Return the first line of a file of a passphrase.

    Raises:
        UnusableInput: ``no_passphrase``.
    """
    hint = N_("Give --passphrase-file twice, in the order of the officers; the first line counts.")
    message = N_("The passphrase cannot be read from a file.")
    try:
        if file is not None:
            return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInput("no_passphrase", message, where=str(file), hint=hint) from error
    raise UnusableInput("no_passphrase", message, hint=hint)
