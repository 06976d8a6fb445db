"""The program: global flags, the commands, and how its end becomes an exit code."""

import errno
import gc
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command_name

from eradication.cli.shell import TAKING_A_VALUE, Shell, hoist, shell_of
from eradication.cli.usage import understood
from eradication.errors import N_, EradicationError, StorageFailed, UnusableInput

# Typer brings its own copy of Click; its usage errors are found by their base class.
USAGE_ERROR: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

PARTS: Mapping[str, tuple[str, ...]] = {
    "office": ("boundaries", "bundle", "demo", "init", "ledger", "map", "convert"),
    "reports": ("report",),
    "field": ("patrols", "visits", "plots", "field-package", "sheets"),
    "deciding": ("dismiss", "assign"),
    "checks": ("checks",),
    "readings": ("readings",),
    "periods": ("period",),
    "criterion": ("criterion",),
    "facts": ("units", "facts"),
    "handover": ("handover",),
    "dossiers": ("dossier",),
    "inbox": ("inbox",),
    "photos": ("photos",),
    "submissions": ("tips", "forms"),
    "hand_ins": ("hand-ins",),
    "effort": ("effort", "coverage"),
    "plans": ("plans", "plan"),
    "risk": ("risk",),
    "risk_judged": ("risk",),
    "draws": ("rechecks",),
    "sight": ("samples", "models", "monitor", "train", "evaluate"),
    "imagery": ("imagery",),
    "evidence": ("audit", "doctor"),
    "keys": ("keys",),
    "retention": ("retention",),
    "backup": ("backup-key", "backup", "restore"),
    "rights": ("store",),
    "stores": ("store",),
    "web": ("users", "devices", "serve"),
    "reception": ("jobs", "worker"),
}
"""What brings commands, in the order of the help, and the first words of those it brings: what nobody asks for is not
loaded, which would take longer than many a command."""


def build(shell: Shell, words: Sequence[str] = ()) -> typer.Typer:
    """Return the program with its help in the user's language, with what the command that ``words`` name needs."""
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

    named = _command_in(words)
    wanted = [part for part, brought in PARTS.items() if named[:1] and named[0] in brought]
    for part in wanted or PARTS:
        import_module(f"eradication.cli.{part}").register(app, shell)
    _narrow(app, named)
    return app


def _command_in(words: Sequence[str]) -> list[str]:
    """Return ``words`` from the command on; they have the global flags first, as :func:`hoist` puts them."""
    rest = iter(words)
    for word in rest:
        if word in TAKING_A_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            return [word, *rest]
    return []


def _narrow(app: typer.Typer, words: Sequence[str]) -> None:
    """Leave only the command that ``words`` name: Typer makes every one it is given before it looks at the words.

    Where no command is named, as for help, for a word nobody knows and for completion in a shell, all of them stay.
    """
    groups = [group for group in app.registered_groups if words[:1] == [group.name]]
    commands = [one for one in app.registered_commands if words[:1] == [one.name or command_name(one.callback)]]
    if not groups and not commands:
        return
    app.registered_groups, app.registered_commands = groups, commands
    for group in groups:
        if group.typer_instance is not None:
            _narrow(group.typer_instance, words[1:])


def command_name(callback: Callable[..., Any] | None) -> str:
    """Return the word that calls a command that was given no name of its own."""
    return get_command_name(getattr(callback, "__name__", ""))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    # A replay makes millions of objects that live on: to look for cycles among them all the time is a fifth of it.
    gc.set_threshold(100_000, 50, 100)
    words = hoist(sys.argv[1:] if arguments is None else arguments)
    shell = shell_of(words)
    try:
        ended = build(shell, words)(args=words, prog_name="eradication", standalone_mode=False)
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
