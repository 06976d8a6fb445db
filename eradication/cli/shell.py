"""What every command shares: flags, language, progress on stderr, one answer on stdout, the exit code."""

import json
import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from eradication import config
from eradication.errors import EXIT_CODES, EradicationError
from eradication.i18n import LANGUAGES, Translate, explain, translator
from eradication.pipeline import Workspace, opened
from eradication.progress import Tick, silent

WORKSPACE_VARIABLE = "ERADICATION_WORKSPACE"
LANGUAGE_VARIABLE = "ERADICATION_LANG"
REFUSALS_LISTED = 3
"""Exit code: done, but some inputs were refused; each is listed with its reason."""


TAKING_A_VALUE = ("--lang", "--workspace")
"""The global flags that are followed by a value."""


@dataclass
class Shell:
    """One invocation of the program."""

    folder: Path = field(default_factory=Path.cwd)
    language: str = "vi"
    as_json: bool = False
    verbose: bool = False
    exit_code: int = 0
    progress: Progress | None = None

    @property
    def translate(self) -> Translate:
        """Message id → text in the user's language."""
        return translator(self.language)

    def workspace(self) -> AbstractContextManager[Workspace]:
        """Open the workspace this invocation works in."""
        return opened(self.folder)

    def answer(
        self, answer: dict[str, Any], write: Callable[["Shell", dict[str, Any]], None], *, refused: bool = False
    ) -> None:
        """Give the one answer: a JSON object on stdout, or text written by ``write``."""
        self.stop_progress()
        if self.as_json:
            print(json.dumps(answer, ensure_ascii=False, allow_nan=False))  # noqa: T201
        else:
            write(self, answer)
        if refused:
            self.exit_code = REFUSALS_LISTED

    def say(self, text: str) -> None:
        """Write a line of text to stdout, as it is."""
        print(text)  # noqa: T201

    def stage(self, name: str) -> Tick:
        """Begin a step: a progress bar on stderr where someone watches, one line where not."""
        title = self.translate(name)
        if not sys.stderr.isatty():
            if self.verbose or not self.as_json:
                print(f"{title} …", file=sys.stderr)  # noqa: T201
            return silent
        if self.progress is None:
            columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
            self.progress = Progress(*columns, console=Console(stderr=True))
            self.progress.start()
        bar, task = self.progress, self.progress.add_task(title, total=None)
        return lambda done, total: bar.update(task, completed=done, total=total)

    def stop_progress(self) -> None:
        """Leave the bars on the screen and write below them."""
        if self.progress is not None:
            self.progress.stop()
            self.progress = None

    def fail(self, error: EradicationError) -> None:
        """Say what, where and what to do, and set the exit code."""
        self.stop_progress()
        told = explain(error, self.translate)
        if self.as_json:
            print(json.dumps({"error": told}, ensure_ascii=False))  # noqa: T201
        else:
            lines = [f"{self.translate('Error')}: {told['message']}"]
            lines += [f"  {self.translate('Where')}: {told['where']}"] if told["where"] else []
            lines += [f"  {self.translate('What to do')}: {told['hint']}"] if told["hint"] else []
            print("\n".join(lines), file=sys.stderr)  # noqa: T201
        self.exit_code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


def shell_of(arguments: Sequence[str]) -> Shell:
    """Read the flags that must be known before anything is parsed: language and form of the answer."""
    folder = Path(_value(arguments, "--workspace") or os.environ.get(WORKSPACE_VARIABLE) or Path.cwd())
    language = _value(arguments, "--lang") or os.environ.get(LANGUAGE_VARIABLE) or _language_of(folder)
    return Shell(
        folder=folder,
        language=language if language in LANGUAGES else "vi",
        as_json="--json" in arguments,
        verbose="-v" in arguments or "--verbose" in arguments,
    )


def hoist(arguments: Sequence[str]) -> list[str]:
    """Return ``arguments`` with the global flags in front, wherever they were typed before a bare ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments[:end])
    for word in words:
        if word in ("--json", "-v", "--verbose") or word.startswith(("--lang=", "--workspace=")):
            front.append(word)
        elif word in TAKING_A_VALUE:
            front += [word, *(value for value in (next(words, None),) if value is not None)]
        else:
            rest.append(word)
    return [*front, *rest, *arguments[end:]]


def _value(arguments: Sequence[str], name: str) -> str:
    for index, word in enumerate(arguments):
        if word == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""


def _language_of(folder: Path) -> str:
    try:
        table = tomllib.loads((folder / config.FILE_NAME).read_text(encoding="utf-8"))
        return str(table["workspace"]["language"])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError):
        return "vi"
