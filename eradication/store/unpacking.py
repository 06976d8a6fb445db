"""A backup is unpacked into an empty folder; nothing outside of it is touched, and the disk is never filled up."""

import contextlib
import os
import shutil
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from eradication.errors import N_, StorageFailed
from eradication.store import age
from eradication.store.embedded import FILE_NAME
from eradication.store.files import failed, write_failures
from eradication.store.sealed import FOLDER as TIP_SOURCES
from eradication.store.tape import BadTape, Found, Member, Reader, Sink

STORE, MANIFEST, SUMS, README = f"{FILE_NAME}.gz", "manifest.json", "SHA256SUMS", "README.txt"
LARGEST_MANIFEST = 512 << 20
_FOR_THE_OWNER = frozenset({TIP_SOURCES.casefold(), "hand_ins"})
"""Folders that nobody else may look into."""
RESERVE = 16 << 20
"""Bytes of the disk that stay free."""
_LOOK_EVERY = 64 << 20
_GZIP = 31
_STEP = 4 << 20


@dataclass
class Unpacked:
    """What was in a backup. Nothing of it was compared with its manifest yet."""

    manifest: bytes = b""
    members: dict[str, Found] = field(default_factory=dict)
    store_size: int = 0
    """Bytes of the store, unpacked."""
    sha256: str = ""
    """Of the backup's content as it was read, decrypted."""


class _Room:
    """How much may still be written."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._since = folder, _LOOK_EVERY

    def need(self, size: int) -> None:
        """Make sure that so many bytes fit.

        Raises:
            StorageFailed: ``disk_full``.
        """
        self._since += size
        if self._since >= _LOOK_EVERY:
            self._since = 0
            if shutil.disk_usage(self._folder).free < size + RESERVE:
                raise failed("disk_full", self._folder)


class _ToFile:
    """Writes one file that was not there before."""

    def __init__(self, path: Path, mode: int, room: _Room) -> None:
        self._room, self._mode = room, mode
        self._path = path
        with write_failures(path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            self._file: BinaryIO = os.fdopen(os.open(path, flags, 0o600), "wb")

    def write(self, block: memoryview) -> None:
        with write_failures(self._path):
            self._room.need(len(block))
            self._file.write(block)

    def close(self) -> None:
        with write_failures(self._path):
            self._file.close()
            self._path.chmod(self._mode)

    def drop(self) -> None:
        """Let go of it where it is; what was written of it stays in the folder, which is thrown away."""
        with contextlib.suppress(OSError):
            self._file.close()


class _Unzipped:
    """Writes what a gzip holds, counting what comes out of it."""

    def __init__(self, sink: _ToFile, told: Unpacked) -> None:
        self._sink, self._told, self._zip = sink, told, zlib.decompressobj(_GZIP)

    def write(self, block: memoryview) -> None:
        left = bytes(block)
        try:
            while left and not self._zip.eof:
                grown = self._zip.decompress(left, _STEP)
                self._told.store_size += len(grown)
                self._sink.write(memoryview(grown))
                left = self._zip.unconsumed_tail
        except zlib.error as error:
            raise BadTape(N_("The store in the backup is damaged."), STORE) from error
        if left or self._zip.unused_data:
            raise BadTape(N_("The store in the backup is damaged."), STORE)

    def close(self) -> None:
        rest = self._zip.flush()
        self._told.store_size += len(rest)
        self._sink.write(memoryview(rest))
        self._sink.close()
        if not self._zip.eof:
            raise BadTape(N_("The store in the backup is damaged."), STORE)


class _ToMemory:
    """Keeps a small member."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, block: memoryview) -> None:
        self.content += block

    def close(self) -> None:
        pass


class _Places:
    """Says where each member belongs."""

    def __init__(self, folder: Path, told: Unpacked) -> None:
        self._folder, self._told, self._room = folder, told, _Room(folder)
        self.manifest = _ToMemory()
        self._open: _ToFile | None = None

    def __call__(self, member: Member) -> Sink:
        if member.name in (MANIFEST, SUMS, README):
            if member.size_bytes > LARGEST_MANIFEST:
                raise BadTape(N_("The list in the backup is too long."), member.name)
            return self.manifest if member.name == MANIFEST else _ToMemory()
        top = member.name.split("/")[0].casefold()
        if top == "keys" or (top.startswith(FILE_NAME) and member.name != STORE):
            raise BadTape(N_("The backup holds a file that no backup holds."), member.name)
        self._room.need(member.size_bytes)
        path = self._folder / (FILE_NAME if member.name == STORE else member.name)
        is_secret = top in _FOR_THE_OWNER
        try:
            with write_failures(path):
                path.parent.mkdir(mode=0o700 if is_secret else 0o755, parents=True, exist_ok=True)
            file = _ToFile(path, member.mode & (0o700 if is_secret else 0o755) | 0o400, self._room)
        except StorageFailed as error:
            if isinstance(error.__cause__, FileExistsError | NotADirectoryError):
                raise BadTape(N_("The backup holds one name as a file and as a folder."), member.name) from error
            raise
        self._open = file
        return _Unzipped(file, self._told) if member.name == STORE else file

    def drop(self) -> None:
        """Let go of the file that is written just now."""
        if self._open is not None:
            self._open.drop()


def unpack(path: Path, opener: age.Opener, folder: Path) -> Unpacked:
    """Decrypt the backup ``path`` into the empty folder ``folder``.

    Raises:
        CheckFailed: ``wrong_key``, ``wrong_passphrase``, ``backup_damaged``.
        StorageFailed: ``disk_full``, ``disk_failed`` …
        UnusableInput: ``key_needed``.
    """
    told = Unpacked()
    places = _Places(folder, told)
    reader = Reader(places)
    try:
        told.sha256 = age.decrypt(path, reader.write, opener).sha256
        reader.end()
    except BadTape as error:
        raise age.damaged(path, error.message, error.name) from error
    finally:
        places.drop()
    told.manifest, told.members = bytes(places.manifest.content), reader.found
    return told
