"""A watched folder: files that were laid in it are taken in, answered with a receipt and put away.

::

    inbox/a.gpx                  waits until it has stopped growing
    inbox/BP01/a.gpx             the same, walked by unit BP01
    inbox/.done/2026-02-10/…     accepted, or known before
    inbox/.refused/…             not taken in, with a .txt beside it that says why and what to do
    inbox/receipts/…             receipts to print, by number, and their register

For each file, in this order: commit to the store; a number in the register; the receipt; the move. Wherever the program
is cut off, the file still lies there and is taken again; what was done already is known by its hash and not done twice.
Files are looked at every few seconds, which works on any disk and needs nothing installed.
"""

import os
import re
import shutil
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain import TIMEZONE, PatrolFile
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.i18n import LANGUAGES, Translate, translator
from eradication.ingest import sandbox
from eradication.pipeline import answers
from eradication.pipeline.inbox_kinds import KINDS, Intake, Result
from eradication.pipeline.receipt_book import Book
from eradication.pipeline.workspace import Workspace, disk_errors_explained, inbox_locked, write_whole

DONE, REFUSED, RECEIPTS = ".done", ".refused", "receipts"
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".opdownload", ".download")
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})
_UNIT = re.compile(r"\w[\w.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Watching:
    """How the folder is watched."""

    every_s: float = 5.0
    """Seconds between two looks."""
    once: bool = False
    """True = take what lies there and has stopped growing, then end."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file."""

    path: str
    """Below the folder."""
    unit: str
    kind: str
    status: str
    """``accepted``, ``duplicate`` or ``refused``."""
    files: tuple[PatrolFile, ...]
    receipt: str
    """Number of the receipt; empty if it was refused."""
    receipt_page: str
    """Path of the page to print, or of the text that says why it was refused."""
    moved_to: str


def plain(taken: Taken, translate: Translate) -> dict[str, Any]:
    """Return what became of a file as an answer: as ``patrols import`` tells it, and where receipt and file are now."""
    return {
        "path": taken.path,
        "unit": taken.unit,
        "kind": taken.kind,
        "status": taken.status,
        "receipt": taken.receipt,
        "receipt_page": taken.receipt_page,
        "moved_to": taken.moved_to,
        "files": answers.of_patrol_files(taken.files, translate)["files"],
    }


def watch(
    workspace: Workspace, watching: Watching, language: str, stop: threading.Event, told: Callable[[Taken], None]
) -> int:
    """Take files in until ``stop`` is set, or once; return how many still lie there because they are not settled.

    Args:
        workspace: takes the files in.
        watching: how.
        language: of receipts.
        stop: ends the watch after the file at hand.
        told: hears of each file when it has been put away.

    Raises:
        UnusableInput: ``inbox_in_use``; ``no_isolation``.
        StorageFailed: the store or the disk failed; the file at hand stays where it is.
    """
    settled = Settled(workspace.settings.inbox.settle_s)
    with disk_errors_explained(workspace.inbox), inbox_locked(workspace):
        while True:
            waiting = waiting_files(workspace.inbox)
            ready = settled.look(waiting, time.monotonic())
            intake = Intake(workspace)
            for path in ready:
                if stop.is_set():
                    break
                taken = _take(intake, path, language)
                if taken is not None:
                    told(taken)
            if stop.is_set() or (watching.once and (settled.looks > 1 or len(ready) == len(waiting))):
                return len(waiting_files(workspace.inbox))
            stop.wait(workspace.settings.inbox.settle_s if watching.once else watching.every_s)


def waiting_files(folder: Path) -> list[Path]:
    """Return the files in the folder in order, without hidden ones, unfinished copies, and what lies there by us."""
    found = []
    for place, folders, names in os.walk(folder):
        own = {RECEIPTS} if Path(place) == folder else set()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in own)
        found += [Path(place) / name for name in sorted(names) if not _is_unfinished(name)]
    return found


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED) or name.lower() in _CLUTTER


@dataclass
class Settled:
    """Remembers sizes and times of files, and says which have stopped changing."""

    settle_s: float
    looks: int = 0
    _seen: dict[Path, tuple[tuple[int, int], float]] = field(default_factory=dict)

    def look(self, paths: Iterable[Path], now_s: float) -> list[Path]:
        """Return those that have been the same for ``settle_s``.

        Args:
            paths: what lies there now.
            now_s: of a clock that never goes back.
        """
        self.looks += 1
        before, self._seen = self._seen, {}
        for path in paths:
            if (state := _state(path)) is None:
                continue
            known, since_s = before.get(path, (None, now_s))
            self._seen[path] = (state, since_s if known == state else now_s)
        return [path for path, (_, since_s) in self._seen.items() if now_s - since_s >= self.settle_s]


def _state(path: Path) -> tuple[int, int] | None:
    """Return size and time of a file, ``None`` if it was taken away."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _take(intake: Intake, path: Path, language: str) -> Taken | None:
    """Take one file in, write its receipt, and only then put it away; ``None`` if it is not there to be taken."""
    workspace = intake.workspace
    inside = path.relative_to(workspace.inbox)
    unit = unicodedata.normalize("NFC", inside.parts[0]) if len(inside.parts) > 1 else ""
    kind = next(kind for kind in KINDS if kind.suits(path))
    before = _state(path)
    if before is None:
        return None
    result = _refusal(path, unit) or kind.take(intake, path, unit)
    if result.status == "waiting" or _state(path) != before:
        return None  # what was recorded of it stays; the rest is taken when it has settled
    number, page, target = _answered(workspace, path, inside, unit, result, language)
    _move(path, target)
    told = (str(inside), unit, kind.name, result.status, result.files)
    return Taken(*told, receipt=number, receipt_page=str(page), moved_to=str(target))


def _refusal(path: Path, unit: str) -> Result | None:
    """Refuse what no reader needs to see: links to elsewhere, and folders that are no unit's."""
    if path.is_symlink() or not path.is_file():
        message, hint = N_("This is not a regular file."), N_("Copy the file itself into the folder.")
        return _turned_away(path, "", RefusedInput("not_a_file", message, where=str(path), hint=hint))
    if unit and not _UNIT.fullmatch(unit):
        message = N_("The folder '{folder}' is not named like the code of a unit.")
        hint = N_("Name folders in the inbox by the codes of units, without spaces, and lay the file in again.")
        error = RefusedInput("bad_unit_folder", message, where=str(path), hint=hint, values={"folder": unit})
        try:
            return _turned_away(path, sandbox.digest(path), error)
        except UnusableInput:  # it cannot be read either
            return _turned_away(path, "", error)
    return None


def _turned_away(path: Path, sha256: str, error: RefusedInput) -> Result:
    told = {"template": error.message, "values": error.values, "hint": error.hint, "where": error.where}
    file = PatrolFile(str(path), sha256, "unknown", "refused", error.kind, str(error), facts={"refusal": told})
    return Result("refused", (file,))


def _answered(
    workspace: Workspace, path: Path, inside: Path, unit: str, result: Result, language: str
) -> tuple[str, Path, Path]:
    """Write the receipt, or why there is none; return its number, its file, and where the handed-in file goes."""
    if result.status == "refused":
        target = free_name(workspace.inbox / REFUSED / inside)
        said = target.with_name(target.name + ".txt")
        write_whole(said, why(result.files, target.name))
        return "", said, target
    day = f"{datetime.now(UTC).astimezone(TIMEZONE):%Y-%m-%d}"
    book = Book(workspace.inbox / RECEIPTS)
    issued = book.number(sandbox.digest(path), path.name, unit)
    page = book.write(issued.number, result.receipts(issued.number, language), language)
    return issued.number, page, free_name(workspace.inbox / DONE / day / inside)


def why(files: Iterable[PatrolFile], name: str) -> str:
    """Return why a file was refused and what to do about it, in every language, Vietnamese first."""
    lines = [name, f"{datetime.now(UTC).astimezone(TIMEZONE):%Y-%m-%d %H:%M} (UTC+07:00)", ""]
    for language in LANGUAGES:
        _ = translator(language)
        for file in files:
            refusal = file.facts["refusal"]
            lines.append(f"{_(N_('Refused'))}: {_(refusal['template']).format(**refusal['values'])}")
            if refusal["hint"]:
                lines.append(f"{_('What to do')}: {_(refusal['hint']).format(**refusal['values'])}")
            lines += [f"SHA-256: {file.sha256}"] if file.sha256 else []
        lines.append("")
    return "\n".join(lines)


def free_name(path: Path) -> Path:
    """Return ``path``, or it with a number before its ending if something that was put away bears that name."""
    found, count = path, 1
    while os.path.lexists(found) or _is_put_away(Path(f"{found}.txt")):
        count += 1
        found = path.with_name(f"{path.stem} ({count}){path.suffix}")
    return found


def _is_put_away(path: Path) -> bool:
    """Tell a refused file from a reason that a cut-off program wrote: the file has a reason of its own beside it."""
    return os.path.lexists(path) and os.path.lexists(f"{path}.txt")


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)
    os.chmod(target, 0o600)  # it may name an informant, or show a face
