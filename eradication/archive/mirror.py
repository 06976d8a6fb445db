"""A local file that stands for a remote one: same size, only the bytes fetched so far, each at its own place.

The file is sparse, so that what was not fetched takes no room and reads as zeros. Beside it lies a journal, one line of
JSON for each range that is safely on disk, with its SHA-256. A range is written, synchronised, and only then noted: a
fetch that was killed goes on with the first range its journal does not name.

So that any reader takes what was not fetched as "no data", the list of tile sizes in the file's header is the one thing
that is changed: tiles that are not there have size 0 (:meth:`Mirror.present`). The journal keeps the original.
"""

import hashlib
import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eradication.archive.http import Identity
from eradication.archive.spans import Span, Spans, missing, total, union

SUFFIX = ".held"
"""Ending of the journal's name."""

MAX_JOURNAL_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """One range that is on disk."""

    start: int
    end: int
    sha256: str


@dataclass(slots=True, eq=False)
class Mirror:
    """One mirrored file; one thread at a time adds to it."""

    path: Path
    url: str
    """Where it comes from, without any token."""
    identity: Identity | None = None
    """``None`` until the first answer."""
    ranges: list[Held] = field(default_factory=list)
    original: tuple[int, bytes] | None = None
    """Where the header is changed, and the bytes that were there."""

    @property
    def journal(self) -> Path:
        """The file that says what is held."""
        return self.path.with_name(self.path.name + SUFFIX)

    @property
    def held(self) -> Spans:
        """What is on disk."""
        return union((r.start, r.end) for r in self.ranges)

    @property
    def held_bytes(self) -> int:
        """How much is on disk."""
        return total(self.held)

    def lacks(self, wanted: Spans) -> Spans:
        """Return what of ``wanted`` is not on disk."""
        return missing(wanted, self.held)

    def begin(self, identity: Identity) -> None:
        """Make the empty file and its journal; what was there before is dropped."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.discard()
        with self.path.open("wb") as file:
            file.truncate(identity.size)
            os.fsync(file.fileno())
        head = {"url": self.url, "size": identity.size, "etag": identity.etag, "modified": identity.modified}
        with self.journal.open("w", encoding="utf-8") as file:
            file.write(json.dumps(head) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.identity = identity

    def put(self, offset: int, content: bytes) -> None:
        """Write bytes at their place; they count only once noted."""
        with self.path.open("r+b") as file:
            file.seek(offset)
            file.write(content)

    def note(self, span: Span) -> None:
        """Make a range count: its bytes are on disk before the journal says so."""
        digest = hashlib.sha256()
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
            file.seek(span[0])
            at = span[0]
            while at < span[1]:
                chunk = file.read(min(1 << 20, span[1] - at))
                digest.update(chunk)
                at += len(chunk)
        held = Held(*span, digest.hexdigest())
        self._note({"start": held.start, "end": held.end, "sha256": held.sha256})
        self.ranges.append(held)

    def _note(self, entry: dict[str, Any]) -> None:
        with self.journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(entry) + "\n")
            journal.flush()
            os.fsync(journal.fileno())

    def read(self, start: int, end: int) -> bytes:
        """Return bytes of the remote file; ask :meth:`lacks` first whether they mean anything."""
        with self.path.open("rb") as file:
            file.seek(start)
            content = file.read(end - start)
        if self.original is None:
            return content
        at, original = self.original
        first, last = max(start, at), min(start + len(content), at + len(original))
        if first >= last:
            return content
        return content[: first - start] + original[first - at : last - at] + content[last - start :]

    def present(self, at: int, original: bytes, shown: bytes) -> None:
        """Change the header at ``at`` from ``original`` to ``shown``, so that readers see which tiles are there."""
        if self.original != (at, original):
            self._note({"at": at, "original": b64encode(original).decode()})
            self.original = (at, original)
        with self.path.open("r+b") as file:
            file.seek(at)
            if file.read(len(shown)) == shown:
                return
            file.seek(at)
            file.write(shown)
            file.flush()
            os.fsync(file.fileno())

    def discard(self) -> None:
        """Remove file and journal."""
        # The journal first: a file without one is nothing, a journal without its file would be a lie.
        self.journal.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.ranges, self.identity, self.original = [], None, None

    def damaged(self) -> list[Held]:
        """Return the ranges whose bytes are not those that were written."""
        return [r for r in self.ranges if hashlib.sha256(self.read(r.start, r.end)).hexdigest() != r.sha256]


def opened(path: Path, url: str = "") -> Mirror:
    """Return the mirror at ``path`` with what its journal says; an unreadable one counts as empty.

    Args:
        path: of the file.
        url: where it is to come from; a mirror of another address is dropped. Empty: whatever it mirrors.
    """
    mirror = Mirror(path, url)
    lines = _lines(mirror.journal)
    head = _parsed(lines[0]) if lines else None
    if head is None or not path.is_file():
        return mirror
    try:
        identity = Identity(int(head["size"]), str(head["etag"]), str(head["modified"]))
        if path.stat().st_size != identity.size or (url and head["url"] != url):
            return mirror
        mirror.url = str(head["url"])
    except (KeyError, TypeError, ValueError):
        return mirror
    mirror.identity = identity
    entries = [entry for entry in map(_parsed, lines[1:]) if entry is not None]
    mirror.ranges = [held for held in map(_held, entries) if held and held.end <= identity.size]
    mirror.original = next((found for found in map(_original, reversed(entries)) if found), None)
    return mirror


def _lines(journal: Path) -> list[str]:
    if not journal.is_file() or journal.stat().st_size > MAX_JOURNAL_BYTES:
        return []
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        # The last line of a killed fetch is torn; left there, it would spoil the next one.
        os.truncate(journal, whole)
    return [line for line in content[:whole].decode("utf-8", "replace").split("\n") if line]


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _original(entry: dict[str, Any]) -> tuple[int, bytes] | None:
    try:
        return int(entry["at"]), b64decode(entry["original"], validate=True)
    except (KeyError, TypeError, ValueError):
        return None


def _held(entry: dict[str, Any]) -> Held | None:
    start, end, sha256 = entry.get("start"), entry.get("end"), entry.get("sha256")
    if type(start) is int and type(end) is int and 0 <= start < end and isinstance(sha256, str):
        return Held(start, end, sha256)
    return None
