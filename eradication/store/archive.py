"""The ZIP around a bundle, read as if a stranger had made it (threats: bombs, lying sizes, odd names).

The directory is judged before a byte is unpacked, and while unpacking the real bytes are counted.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.store.files import write_failures

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""One time for all members: the same content gives the same bytes."""

_BLOCK = 1 << 20
_FREE = 1 << 20
"""Members up to this size may compress as well as they like."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a bundle may cost before it is refused."""

    entries: int = 20_000
    total_bytes: int = 8 << 30
    table_bytes: int = 512 << 20
    """Largest member that is read into memory."""
    ratio: int = 100
    """Unpacked size over packed size, for members above 1 MB."""


def damaged(path: Path, why: object) -> RefusedInput:
    """Return the refusal of an archive that is cut short, altered or no bundle."""
    return RefusedInput(
        "bundle_damaged",
        N_("The bundle is damaged or not a bundle: {why}."),
        where=str(path),
        hint=N_("Copy it again from the device that made it, or make it anew there."),
        values={"why": why},
    )


class Writer:
    """Writes members and remembers their hashes."""

    def __init__(self, file: BinaryIO) -> None:
        """Write a new archive to ``file``."""
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.members: dict[str, dict[str, str | int]] = {}

    def add(self, name: str, content: bytes) -> None:
        """Write one member; its hash goes into the manifest."""
        self.members[name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        self.add_unlisted(name, content)

    def add_unlisted(self, name: str, content: bytes) -> None:
        """Write one member that the manifest does not list: the manifest."""
        self._zip.writestr(self._entry(name, _Shrink().take(content)), content)

    def add_file(self, name: str, source: Path, sha256: str) -> None:
        """Write a file as one member."""
        shrink = _Shrink()
        with source.open("rb") as file:
            while block := file.read(_BLOCK):
                shrink.take(block)
        with source.open("rb") as file, self._zip.open(self._entry(name, shrink), "w") as member:
            while block := file.read(_BLOCK):
                member.write(block)
        self.members[name] = {"sha256": sha256, "size": shrink.size}

    def _entry(self, name: str, shrink: "_Shrink") -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, _EPOCH)
        # What shrinks too well would look like a bomb to the reader.
        too_well = shrink.size > _FREE and shrink.ratio > Bounds().ratio / 2
        entry.compress_type = zipfile.ZIP_STORED if too_well else zipfile.ZIP_DEFLATED
        entry.file_size = shrink.size
        return entry

    def close(self) -> None:
        """Write the directory."""
        self._zip.close()


class _Shrink:
    """How well bytes compress."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(1)
        self.size, self._packed = 0, 1

    def take(self, block: bytes) -> "_Shrink":
        """Add ``block``."""
        self.size += len(block)
        self._packed += len(self._stream.compress(block))
        return self

    @property
    def ratio(self) -> float:
        """Size over packed size so far."""
        return self.size / self._packed


class Reader:
    """Reads members of an archive whose directory has passed."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, bounds: Bounds) -> None:
        """Judge the directory.

        Raises:
            RefusedInput: ``bundle_damaged``.
        """
        self._path, self._zip, self._bounds = path, archive, bounds
        entries = archive.infolist()
        if len(entries) > bounds.entries:
            raise damaged(path, "too many members")
        if sum(entry.file_size for entry in entries) > bounds.total_bytes:
            raise damaged(path, "too large")
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise damaged(path, "a member comes twice")
        for entry in entries:
            self._judge(entry)

    def _judge(self, entry: zipfile.ZipInfo) -> None:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 0x1:
            raise damaged(self._path, f"{entry.filename} is packed in another way")
        if entry.file_size > max(_FREE, self._bounds.ratio * entry.compress_size):
            raise damaged(self._path, f"{entry.filename} grows too much")

    @property
    def names(self) -> frozenset[str]:
        """Names of all members."""
        return frozenset(self._entries)

    def read(self, name: str) -> bytes:
        """Return one member.

        Raises:
            RefusedInput: ``bundle_damaged``.
        """
        if self._entries[name].file_size > self._bounds.table_bytes:
            raise damaged(self._path, f"{name} is too large")
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield one member piece by piece, no more than its stated size.

        Raises:
            RefusedInput: ``bundle_damaged``.
        """
        left = self._entries[name].file_size
        try:
            with self._zip.open(self._entries[name]) as member:
                while block := member.read(_BLOCK):
                    left -= len(block)
                    if left < 0:
                        raise damaged(self._path, f"{name} is larger than it says")
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
            raise damaged(self._path, error) from error
        if left:
            raise damaged(self._path, f"{name} is cut short")

    def sha256(self, name: str) -> str:
        """Return the hash of one member."""
        digest = hashlib.sha256()
        for block in self.blocks(name):
            digest.update(block)
        return digest.hexdigest()

    def extract(self, name: str, target: Path) -> None:
        """Write one member to the file ``target``."""
        with write_failures(target), target.open("wb") as file:
            for block in self.blocks(name):
                file.write(block)


@contextmanager
def reading(path: Path, bounds: Bounds) -> Iterator[Reader]:
    """Open an archive for reading.

    Raises:
        UnusableInput: ``no_such_file``.
        RefusedInput: ``bundle_damaged``.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise damaged(path, error) from error
    except OSError as error:
        raise UnusableInput(
            "no_such_file",
            N_("The file cannot be read: {error}."),
            where=str(path),
            values={"error": error.strerror or error},
        ) from error
    with archive:
        yield Reader(path, archive, bounds)
