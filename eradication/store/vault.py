"""One backup as one file: a tar of plain files, encrypted, written whole or not at all.

::

    README.txt             how to open it without this program
    eradication.toml, originals/…, tip_sources/…, models/… and what else the workspace holds
    store.gpkg.gz          the store as of one moment
    manifest.json          what it is: moment, chains, totals; SHA-256 and size of every file; signed by its device
    SHA256SUMS             the same hashes as ``sha256sum -c`` reads them

The manifest comes last, so that everything is read once while it is written.
"""

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication.domain.event import canonical
from eradication.errors import N_, CheckFailed, StorageFailed, UnusableInput
from eradication.store import age, keys, tape
from eradication.store.files import sync_folder, write_failures
from eradication.store.tape import BLOCK, Found, Member
from eradication.store.unpacking import MANIFEST, README, SUMS, Unpacked

FORMAT, VERSION = "eradication-backup", 1
_SIGNED = b"eradication backup\n"
"""Put before what is signed, so that a signature of a backup can never pass for one of something else."""
_SMALL = 4 << 20
_HOW_TO = """Bản sao lưu của chương trình eradication / a backup of the program eradication.

age -d -i KEY FILE.age | tar x     (age: https://age-encryption.org; rage works too)
sha256sum -c SHA256SUMS
gunzip store.gpkg.gz               GeoPackage: QGIS, GDAL, SQLite đọc được / read it
originals/                         tệp gốc, tên là SHA-256 / files as they were handed in, named by their SHA-256
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that goes into a backup."""

    name: str
    path: Path
    content: bytes | None = None
    """What is taken instead of what stands in the file."""
    optional: bool = True
    """It may vanish before it is read; then it is left out."""


class Contents:
    """The files of a backup while they are read; remembers their hashes."""

    def __init__(self, parts: Iterable[Part]) -> None:
        """Read ``parts`` in their order."""
        self._parts = parts
        self.members: dict[str, Found] = {}
        self.gone: list[str] = []
        """Files that vanished while the backup was written."""

    def tar(self, body: Callable[["Contents"], Mapping[str, Any]], sign: Callable[[bytes], str]) -> Iterator[bytes]:
        """Yield the tar; ``body`` gives the manifest once everything else was read, ``sign`` signs it."""
        yield from tape.packed(self._all(body, sign))

    def _all(
        self, body: Callable[["Contents"], Mapping[str, Any]], sign: Callable[[bytes], str]
    ) -> Iterator[tuple[Member, Iterable[bytes]]]:
        yield _in_memory(README, _HOW_TO.encode())
        for part in self._parts:
            opened = self._opened(part)
            if opened is not None:
                yield opened
        told = {n: {"sha256": f.sha256, "size": f.size_bytes, "mode": f.mode} for n, f in self.members.items()}
        whole: Any = {"format": FORMAT, "version": VERSION, **body(self), "members": told}
        signed = {"manifest": whole, "signature": sign(_SIGNED + canonical(whole))}
        yield _in_memory(MANIFEST, json.dumps(signed, ensure_ascii=False, indent=1, sort_keys=True).encode())
        yield _in_memory(SUMS, "".join(f"{f.sha256}  {n}\n" for n, f in sorted(self.members.items())).encode())

    def _opened(self, part: Part) -> tuple[Member, Iterable[bytes]] | None:
        if part.content is not None:
            return self._taken(part, part.content, stat.S_IRUSR | stat.S_IWUSR, int(time.time()))
        try:
            file = part.path.open("rb")
        except FileNotFoundError:
            if not part.optional:
                raise
            self.gone.append(part.name)
            return None
        about = os.fstat(file.fileno())
        mode, modified = about.st_mode & 0o777, int(about.st_mtime)
        if about.st_size <= _SMALL:  # a book that grows meanwhile is taken as it is now
            with file:
                return self._taken(part, file.read(), mode, modified)
        return Member(part.name, about.st_size, mode, modified), self._blocks(part, file, about.st_size, mode)

    def _taken(self, part: Part, content: bytes, mode: int, modified: int) -> tuple[Member, Iterable[bytes]]:
        self.members[part.name] = Found(hashlib.sha256(content).hexdigest(), len(content), mode)
        return Member(part.name, len(content), mode, modified), (content,)

    def _blocks(self, part: Part, file: Any, size: int, mode: int) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), size
        with file:
            while left:
                block = file.read(min(BLOCK, left))
                if not block:
                    hint = N_("Do it again when no other program writes into this folder.")
                    message = N_("A file became shorter while it was read.")
                    raise StorageFailed("file_changed", message, where=str(part.path), hint=hint)
                digest.update(block)
                left -= len(block)
                yield block
        self.members[part.name] = Found(digest.hexdigest(), size, mode)


def _in_memory(name: str, content: bytes) -> tuple[Member, Iterable[bytes]]:
    return Member(name, len(content), 0o644, int(time.time())), (content,)


def write(names: Iterable[Path], part: Path, blocks: Iterator[bytes], lock: age.Lock) -> tuple[Path, age.Written]:
    """Encrypt ``blocks`` by way of ``part`` into the first file of ``names`` beside it that nobody has taken.

    It is read back before it gets its name, and nothing is ever written over.

    Raises:
        StorageFailed: ``disk_full``, ``store_unwritable``, ``backup_unreadable`` if the disk gives back other bytes.
        UnusableInput: ``too_large_for_passphrase``, ``output_exists``: somebody took the last of the names meanwhile.
    """
    folder = part.parent
    try:
        with write_failures(folder):
            part.unlink(missing_ok=True)  # never written into: it may be a second name of a backup that is whole
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                written = age.encrypt(blocks, file, lock)
                file.flush()
                os.fsync(file.fileno())
            if _read_back(part) != written:
                hint = N_("Use another disk or stick; this one cannot be trusted.")
                message = N_("The disk gave back other bytes than were written.")
                raise StorageFailed("backup_unreadable", message, where=str(folder), hint=hint)
            out = _named(part, names)
            sync_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    return out, written


def _named(part: Path, names: Iterable[Path]) -> Path:
    out = part
    for out in names:
        if _took(part, out):
            return out
    raise taken(out)


def _took(part: Path, out: Path) -> bool:
    """Give ``part`` the name ``out`` unless there is such a file."""
    if os.path.lexists(out):
        return False
    try:
        os.link(part, out)  # the one way to take a name that cannot take it from another file
    except FileExistsError:
        return False
    except OSError:  # sticks (FAT) and some shares know no second name of a file
        os.rename(part, out)
    return True


def taken(out: Path) -> UnusableInput:
    """Return the refusal to write over a file: it may be the only backup that still opens."""
    hint = N_("Name another file; or a folder, then each backup gets a name of its own with day and time.")
    message = N_("There is a file of this name already; a backup is never written over another file.")
    return UnusableInput("output_exists", message, where=str(out), hint=hint)


def _read_back(path: Path) -> age.Written:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):  # ask the disk, not the memory
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return age.Written(digest.hexdigest(), size)


def checked(path: Path, told: Unpacked) -> dict[str, Any]:
    """Return the manifest of what was unpacked: signed by the device it names, and true of every file.

    Raises:
        StorageFailed: ``backup_newer``.
        CheckFailed: ``backup_damaged``; ``backup_altered`` names the first file that is not as the manifest says.
    """
    try:
        whole = json.loads(told.manifest)
        body: dict[str, Any] = whole["manifest"]
        if body["format"] == FORMAT and body["version"] != VERSION:
            hint = N_("Install the newest version of this program, and try again.")
            message = N_("The backup was written by another version of this program.")
            raise StorageFailed("backup_newer", message, where=str(path), hint=hint)
        signed = keys.is_signed(body["public_key"], _SIGNED + canonical(body), whole["signature"])
        if body["format"] != FORMAT or not signed or not keys.is_key_of(body["public_key"], body["origin"]):
            raise ValueError("not signed by the device it names")
        listed = {name: (m["sha256"], m["size"]) for name, m in body["members"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = N_("The list of the backup is missing, or it is not signed by the device that it names.")
        raise age.damaged(path, message, MANIFEST) from error
    found = {n: (f.sha256, f.size_bytes) for n, f in told.members.items() if n not in (MANIFEST, SUMS, README)}
    wrong = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
    if wrong:
        raise CheckFailed(
            "backup_altered", N_("{count} files of the backup are not what its list says, first: {name}."),
            where=str(path), hint=N_("Take another copy of it, or an older backup."),
            values={"count": len(wrong), "name": wrong[0]},
        )  # fmt: skip
    return body
