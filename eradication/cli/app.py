"""The program: global flags, the commands, and how its end becomes an exit code."""

import errno
import gc
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command_name

from eradication.cli import (
    backup,
    checks,
    criterion,
    deciding,
    dossiers,
    draws,
    effort,
    evidence,
    facts,
    field,
    hand_ins,
    handover,
    imagery,
    inbox,
    keys,
    office,
    periods,
    photos,
    plans,
    readings,
    reception,
    reports,
    retention,
    rights,
    risk,
    risk_judged,
    sight,
    stores,
    submissions,
    web,
)
from eradication.cli.shell import TAKING_A_VALUE, Shell, hoist, shell_of
from eradication.cli.usage import understood
from eradication.errors import N_, EradicationError, StorageFailed, UnusableInput

# Typer brings its own copy of Click; its usage errors are found by their base class.
USAGE_ERROR: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

PARTS = (
    office,
    reports,
    field,
    deciding,
    checks,
    readings,
    periods,
    criterion,
    facts,
    handover,
    dossiers,
    inbox,
    photos,
    submissions,
    hand_ins,
    effort,
    plans,
    risk,
    risk_judged,
    draws,
    sight,
    imagery,
    evidence,
    keys,
    retention,
    backup,
    rights,
    stores,
    web,
    reception,
)
"""What brings commands, in the order of the help."""


def build(shell: Shell) -> typer.Typer:
    """Return the program with its help in the user's language."""
    _ = shell.translate
    app = typer.Typer(
        name="eradication",
        help=_(N_("Patrols, satellite candidates and one honest ledger of poppy replanting.")),
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def flags(
        workspace: Annotated[
            Path | None,
            typer.Option(help=_(N_("Folder of the workspace (default: $ERADICATION_WORKSPACE, else here)."))),
        ] = None,
        lang: Annotated[str, typer.Option(help=_(N_("Language of output: vi or en.")))] = "",
        json: Annotated[bool, typer.Option("--json", help=_(N_("Answer with exactly one JSON object.")))] = False,
        verbose: Annotated[bool, typer.Option("-v", "--verbose", help=_(N_("Say more on stderr.")))] = False,
    ) -> None:
        if lang and lang not in ("vi", "en"):
            raise typer.BadParameter(_(N_("The languages are vi and en.")), param_hint="--lang")

    for part in PARTS:
        part.register(app, shell)
    return app


def asked(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """Leave only the command that ``words`` name, global flags first, as :func:`hoist` puts them.

    Typer makes every command it is given before it looks at the words, which takes longer than many a command. Where no
    command is named, as for help, for a word nobody knows and for completion in a shell, all of them stay.
    """
    rest = iter(words)
    for word in rest:
        if word in TAKING_A_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            _narrow(app, [word, *rest])
    return app


def _narrow(app: typer.Typer, words: Sequence[str]) -> None:
    groups = [group for group in app.registered_groups if words[:1] == [group.name]]
    commands = [one for one in app.registered_commands if words[:1] == [one.name or _named(one.callback)]]
    if not groups and not commands:
        return
    app.registered_groups, app.registered_commands = groups, commands
    for group in groups:
        if group.typer_instance is not None:
            _narrow(group.typer_instance, words[1:])


def _named(callback: Callable[..., Any] | None) -> str:
    return get_command_name(getattr(callback, "__name__", ""))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    # A replay makes millions of objects that live on: to look for cycles among them all the time is a fifth of it.
    gc.set_threshold(100_000, 50, 100)
    words = hoist(sys.argv[1:] if arguments is None else arguments)
    shell = shell_of(words)
    try:
        ended = asked(build(shell), words)(args=words, prog_name="eradication", standalone_mode=False)
        if isinstance(ended, int):
            shell.exit_code = shell.exit_code or ended
    except EradicationError as error:
        error.where = error.where or " ".join(["eradication", *words])
        shell.fail(error)
    except USAGE_ERROR as error:
        shell.fail(understood(error))
    except typer.Abort:
        shell.exit_code = 130
    except OSError as error:
        if error.errno == errno.EPIPE:
            return 0
        shell.fail(_disk(error))
    except Exception as error:  # the shell is the last to catch: other programs read one answer, whatever happens
        if shell.verbose:
            raise
        shell.fail(_unexpected(error))
    finally:
        shell.stop_progress()
    return shell.exit_code


def _unexpected(error: Exception) -> StorageFailed:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return StorageFailed(
        "unexpected",
        N_("The program met a case it does not know: {problem}"),
        where=f"{Path(last.filename).name}:{last.lineno}",
        hint=N_("Nothing half-written was kept. Run it again with -v and send what it prints to the maintainers."),
        values={"problem": f"{type(error).__name__}: {error}"},
    )


def _disk(error: OSError) -> EradicationError:
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
        return UnusableInput(
            "no_such_file",
            N_("There is no such file."),
            where=str(error.filename or ""),
            hint=N_("Check the name of the file and the folder you are in."),
        )
    return StorageFailed(
        "disk_failed",
        N_("The disk refused: {problem}"),
        where=str(error.filename or ""),
        hint=N_("Check free space and permissions, then run the command again; nothing half-written was kept."),
        values={"problem": error.strerror or str(error)},
    )
