"""The command that watches a folder for patrols' files."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from eradication.cli import field_text
from eradication.cli.shell import Shell
from eradication.errors import N_

_REMEMBERED = 1000
"""An answer lists the newest so many files; the counts speak of all."""


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the command to ``app``."""
    _ = shell.translate
    help_text = _(N_("Take in what is laid into the inbox folder, write receipts, put the files away."))

    @app.command("inbox", help=help_text)
    def inbox(
        once: Annotated[
            bool, typer.Option("--once", help=_(N_("Take what lies there and has stopped growing, then end.")))
        ] = False,
        every: Annotated[float, typer.Option(min=0.2, help=_(N_("Seconds between two looks.")))] = 5.0,
    ) -> None:
        from eradication.pipeline import inbox as watched  # what draws receipts is loaded only when some are

        answer: dict[str, object] = {}
        counts = dict.fromkeys(("accepted", "duplicate", "refused"), 0)
        files: list[dict[str, object]] = []

        def told(taken: watched.Taken) -> None:
            counts[taken.status] += 1
            files.append(watched.plain(taken, shell.translate))
            del files[:-_REMEMBERED]
            if not shell.as_json:
                field_text.taken(shell, files[-1])
                sys.stdout.flush()

        with shell.workspace() as workspace, _signals() as stop:
            if not shell.as_json and not once:
                shell.say(_(N_("Watching {folder}; Ctrl-C ends it.")).format(folder=workspace.inbox))
                sys.stdout.flush()
            waiting = watched.watch(workspace, watched.Watching(every, once), shell.language, stop, told)
            answer |= {"folder": str(workspace.inbox), **counts, "waiting": waiting, "files": files}
        shell.answer(answer, field_text.inbox, refused=counts["refused"] > 0)


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Yield what is set when someone asks the program to end; the file at hand is finished first."""
    stop = threading.Event()
    asked = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in asked]
    try:
        yield stop
    finally:
        for number, handler in zip(asked, before, strict=True):
            signal.signal(number, handler)
