"""The tar inside a backup: written as any ``tar`` reads it, read as if a stranger had made it.

Whoever knows the public key can encrypt to it, so that a backup opens says nothing of who made it. Members are plain
files with plain names; the header of each is judged before a byte of it is written (links, devices, sparse files, names
that lead elsewhere), nothing is read into memory but headers of 512 bytes, and real bytes are counted.
"""

import hashlib
import tarfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from eradication.errors import N_, StorageFailed

BLOCK = 1 << 20
_UNIT = tarfile.BLOCKSIZE
_LONGEST = 100
MOST_MEMBERS = 2_000_000
_PLAIN = {tarfile.REGTYPE, tarfile.AREGTYPE}


@dataclass(frozen=True, slots=True)
class Member:
    """One file."""

    name: str
    """Path in the workspace, with ``/``."""
    size_bytes: int
    mode: int = 0o644
    modified_s: int = 0
    """Seconds since 1970."""


class Sink(Protocol):
    """Where the bytes of a member go."""

    def write(self, block: memoryview) -> None:
        """Take the next bytes."""

    def close(self) -> None:
        """All bytes have come."""


class BadTape(ValueError):
    """It is no tar of plain files; ``message`` is a template, ``name`` the member."""

    def __init__(self, message: str, name: str = "") -> None:
        """Keep what and where."""
        super().__init__(message)
        self.message, self.name = message, name


def header(member: Member) -> bytes:
    """Return the header of a member.

    Raises:
        StorageFailed: ``name_too_long``.
    """
    info = tarfile.TarInfo(member.name)
    info.size, info.mode, info.mtime = member.size_bytes, member.mode & 0o777, member.modified_s
    is_short = len(member.name.encode()) <= _LONGEST
    try:
        # GNU tells sizes above 8 GiB, the older form names up to 255 bytes.
        return info.tobuf(tarfile.GNU_FORMAT if is_short else tarfile.USTAR_FORMAT, "utf-8", "strict")
    except ValueError as error:
        hint = N_("Give it a shorter name, or move it out of the workspace.")
        message = N_("The name of this file is too long for a backup.")
        raise StorageFailed("name_too_long", message, where=member.name, hint=hint) from error


def packed(members: Iterable[tuple[Member, Iterable[bytes]]]) -> Iterator[bytes]:
    """Yield the tar of ``members``; the blocks of each come to exactly its size."""
    for member, blocks in members:
        yield header(member)
        yield from blocks
        yield bytes(-member.size_bytes % _UNIT)
    yield bytes(2 * _UNIT)


@dataclass(frozen=True, slots=True)
class Found:
    """A member that was read to its end."""

    sha256: str
    size_bytes: int
    mode: int


class Reader:
    """Takes a tar piece by piece and gives each member to the sink that ``place`` names for it."""

    def __init__(self, place: Callable[[Member], Sink]) -> None:
        """``place`` judges where a member belongs."""
        self._place = place
        self._held = bytearray()
        self._left = self._padding = 0
        self._member: Member | None = None
        self._sink: Sink | None = None
        self._digest = hashlib.sha256()
        self._ended = False
        self.found: dict[str, Found] = {}

    def write(self, block: bytes) -> int:
        """Take the next bytes.

        Raises:
            BadTape: it is no tar of plain files.
        """
        view = memoryview(block)
        while view:
            if self._left:
                view = self._fill(view)
            elif self._padding:
                step = min(self._padding, len(view))
                self._padding, view = self._padding - step, view[step:]
            else:
                view = self._head(view)
        return len(block)

    def _fill(self, view: memoryview) -> memoryview:
        piece, rest = view[: self._left], view[self._left :]
        if self._sink is not None:
            self._sink.write(piece)
        self._digest.update(piece)
        self._left -= len(piece)
        if not self._left:
            self._finish()
        return rest

    def _finish(self) -> None:
        if self._member is not None and self._sink is not None:
            self._sink.close()
            self.found[self._member.name] = Found(self._digest.hexdigest(), self._member.size_bytes, self._member.mode)
        self._member = self._sink = None

    def _head(self, view: memoryview) -> memoryview:
        step = _UNIT - len(self._held)
        self._held += view[:step]
        if len(self._held) == _UNIT:
            raw, self._held = bytes(self._held), bytearray()
            self._begin(raw)
        return view[step:]

    def _begin(self, raw: bytes) -> None:
        if not any(raw):
            self._ended = True  # what may follow are zeros
            return
        if self._ended:
            raise BadTape(N_("Something follows the end of the backup."))
        try:
            info = tarfile.TarInfo.frombuf(raw, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise BadTape(N_("What is in the backup is no tar.")) from error
        member = judged(info)
        if member.name in self.found or len(self.found) >= MOST_MEMBERS:
            raise BadTape(N_("A file comes twice in the backup, or there are too many."), member.name)
        self._member, self._sink = member, self._place(member)
        self._digest = hashlib.sha256()
        self._left, self._padding = member.size_bytes, -member.size_bytes % _UNIT
        if not self._left:
            self._finish()

    def end(self) -> None:
        """Make sure that the tar came to its end.

        Raises:
            BadTape: it did not.
        """
        if not self._ended or self._left or self._held:
            raise BadTape(N_("The backup ends too early."))


def is_plain(name: str) -> bool:
    """Tell whether a name is a path that stays in its folder on any computer and can be written down."""
    if any(part in ("", ".", "..") for part in name.split("/")) or name[1:2] == ":":
        return False
    return not any(c == "\\" or unicodedata.category(c) in ("Cc", "Cs") for c in name)


def judged(info: tarfile.TarInfo) -> Member:
    """Return a member whose header names a plain file inside the folder.

    Raises:
        BadTape: it names something else.
    """
    name = info.name
    if info.type not in _PLAIN or info.linkname or info.size < 0:
        raise BadTape(N_("The backup holds something that is no plain file."), name)
    if not is_plain(name):
        raise BadTape(N_("The backup holds a name that leads out of the workspace."), name)
    try:
        tarfile.data_filter(info, "/nowhere")
    except tarfile.FilterError as error:
        raise BadTape(N_("The backup holds a name that leads out of the workspace."), name) from error
    return Member(name, info.size, info.mode & 0o777, int(info.mtime))
