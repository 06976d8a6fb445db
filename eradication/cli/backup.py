"""Commands of backups: write one, restore or try one, make a key for them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from eradication import config
from eradication.cli import backup_text
from eradication.cli.keys import CHECK_FAILED, asker, first_line
from eradication.cli.shell import Shell
from eradication.errors import N_
from eradication.pipeline import backing_up, backup_keys, restoring
from eradication.pipeline.backup_keys import Opener


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _write(app, shell)
    _restore(app, shell)
    _keys(app, shell)


def _write(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Write everything that cannot be made again into one encrypted file.")))
    def backup(
        out: Annotated[Path, typer.Argument(help=_(N_("File to write, .age, or a folder for a dated one.")))],
        passphrase_file: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help=_(N_("Encrypt under the passphrase in its first line, to no key."))),
        ] = None,
    ) -> None:
        words = backup_keys.new_passphrase(first_line(passphrase_file)) if passphrase_file else ""
        with shell.workspace() as workspace:
            answer = backing_up.backup(workspace, out, passphrase=words, stage=shell.stage)
        shell.answer(answer, backup_text.written)


def _restore(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Make a workspace anew from a backup, or only try whether that would work.")))
    def restore(
        file: Annotated[Path, typer.Argument(help=_(N_("Backup, .age.")))],
        *,
        verify: Annotated[
            bool, typer.Option("--verify", help=_(N_("Try it in a temporary folder, check all of it, keep nothing.")))
        ] = False,
        to: Annotated[
            Path | None, typer.Option(metavar="DIR", help=_(N_("New folder (default: that of --workspace).")))
        ] = None,
        identity: Annotated[
            list[Path] | None, typer.Option(metavar="FILE", help=_(N_("Secret key that opens it; may be repeated.")))
        ] = None,
        escrow: Annotated[
            list[Path] | None,
            typer.Option(metavar="DIR", help=_(N_("Escrow whose two officers open it; may be repeated."))),
        ] = None,
        passphrase_file: Annotated[
            list[Path] | None,
            typer.Option(metavar="FILE", help=_(N_("Passphrase of the backup, or of both officers in turn."))),
        ] = None,
        store: Annotated[
            str, typer.Option(help=_(N_("PostGIS database to restore into: postgresql://user@host/database.")))
        ] = "",
        schema: Annotated[str, typer.Option(help=_(N_("Schema of that database, one for each workspace.")))] = "",
        stolen: Annotated[
            bool, typer.Option("--stolen", help=_(N_("Others may hold the old key: models it signed are not trusted.")))
        ] = False,
    ) -> None:
        server = config.Store(store, schema or config.Store().schema) if store else None
        opening = _opening(shell, identity or [], escrow or [], passphrase_file or [])
        how = restoring.How(*opening, server=server, stolen=stolen)
        target = None if verify else to or shell.folder
        answer = _made(file, target, how, shell)
        shell.answer(answer, backup_text.restored)
        if not answer["ok"]:
            shell.exit_code = CHECK_FAILED


def _made(file: Path, target: Path | None, how: restoring.How, shell: Shell) -> dict[str, Any]:
    """Restore into ``target``; ``None`` = try it and keep nothing."""
    if target is None:
        return restoring.verify(file, how, stage=shell.stage)
    return restoring.restore(file, target, how, stage=shell.stage)


def _opening(
    shell: Shell, identities: list[Path], escrows: list[Path], words: list[Path]
) -> tuple[Opener, Mapping[str, bytes]]:
    """Return what opens the backup, and the keys that come back with it from escrow."""
    held = backup_keys.from_escrow(escrows, asker(shell, words, twice=False)) if escrows else {}
    said = first_line(words[0]) if words and not escrows else ""
    return backup_keys.opener(shell.folder, identities, held, said), held


def _keys(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Keys that open backups, kept away from the computer.")), no_args_is_help=True)
    app.add_typer(group, name="backup-key")

    @group.command("new", help=_(N_("Make a key pair: the secret key goes into FILE, the public one is printed.")))
    def new(file: Annotated[Path, typer.Argument(help=_(N_("File of the secret key, best on a stick.")))]) -> None:
        shell.answer(backup_keys.make(file), backup_text.made)
