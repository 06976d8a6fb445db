"""The book of backups beside the store: ``backups.jsonl``, one line for each backup that was written whole.

It is no event. A backup is taken every night: as events they would fill the chain of every office that merges with this
one, would make each backup differ from the store it is of, and could not be noted while others hold the store. What
counts is the file; the book only lets ``doctor`` say how old the last one is, and is believed no further.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eradication.domain.event import iso, parse_iso
from eradication.pipeline.workspace import Workspace, disk_errors_explained

BOOK = "backups.jsonl"


@dataclass(frozen=True, slots=True)
class Noted:
    """A backup that was written whole."""

    at: datetime
    """The moment whose state it holds, UTC."""
    file: str
    """Where it was written to; it may have been moved since."""
    sha256: str
    """Of the file as it lies there, encrypted."""
    size_bytes: int
    is_under_passphrase: bool = False
    """It was encrypted to no key."""


def last_backup(workspace: Workspace) -> Noted | None:
    """Return the backup of this workspace that holds its newest state; ``None`` if none was noted."""
    return max(noted(workspace.folder), key=lambda one: one.at, default=None)


def noted(folder: Path) -> list[Noted]:
    """Return the backups of the workspace in ``folder``, in the order in which they were written.

    A line that a power cut left half-written counts as never written.
    """
    try:
        text = (folder / BOOK).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = (_read(line) for line in text.splitlines())
    return [one for one in found if one is not None]


def _read(line: str) -> Noted | None:
    try:
        row = json.loads(line)
        at = parse_iso(row["at"])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        said = row.get("passphrase") is True
        return Noted(at, str(row["file"]), str(row["sha256"]), int(row["size"]), is_under_passphrase=said)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def note(folder: Path, backup: Noted) -> None:
    """Write a backup into the book, durable.

    Raises:
        StorageFailed: ``disk_full`` …
    """
    row = {"at": iso(backup.at), "file": backup.file, "sha256": backup.sha256, "size": backup.size_bytes}
    told = row | ({"passphrase": True} if backup.is_under_passphrase else {})
    line = json.dumps(told, ensure_ascii=False).encode() + b"\n"
    with disk_errors_explained(folder), (folder / BOOK).open("ab+") as book:
        if book.tell():
            book.seek(-1, os.SEEK_END)
            line = line if book.read(1) == b"\n" else b"\n" + line  # a line was cut short
        book.write(line)
        book.flush()
        os.fsync(book.fileno())
