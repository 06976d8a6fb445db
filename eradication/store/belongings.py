"""The files of a workspace: originals, keys, models, whatever lies in its folder; copied, and proved by their hashes.

Everything counts that would make the copy another workspace: names, contents, who may read them, links. A file is on
the disk before it is read back, and it is read back from there.
"""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eradication.progress import Tick, silent
from eradication.store.files import sync_folder, write_failures

_BLOCK = 1 << 20
_RIGHTS = 0o777


@dataclass(frozen=True, slots=True)
class Thing:
    """A file, folder or link below the workspace's folder."""

    kind: str
    """``file``, ``folder`` or ``link``."""
    rights: int
    """Permission bits; 0 for a link."""
    said: str
    """SHA-256 of a file's content, where a link leads, empty for a folder."""
    size: int = 0
    """Bytes of a file."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What lies in the folder of a workspace."""

    things: Mapping[str, Thing]
    """Path below the folder, with ``/`` → what is there."""

    @property
    def sha256(self) -> str:
        """Return the digest of all of it."""
        lines = [[name, one.kind, one.rights, one.said] for name, one in sorted(self.things.items())]
        return hashlib.sha256(json.dumps(lines).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def files(self) -> int:
        """Return the number of files."""
        return sum(one.kind == "file" for one in self.things.values())

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(one.size for one in self.things.values())

    def differing(self, other: "Belongings") -> list[str]:
        """Return the paths that are not the same in both."""
        names = sorted(self.things.keys() | other.things.keys())
        return [name for name in names if self.things.get(name) != other.things.get(name)]


type Stamps = Mapping[str, tuple[int, int, int]]
"""Path → size, time of change and number of what is there: another stamp, another content."""


def stamps(folder: Path, leave: Collection[str]) -> Stamps:
    """Return the stamps of everything below ``folder`` but what is named ``leave`` directly in it."""
    found = {}
    for path in _below(folder, leave):
        with suppress(FileNotFoundError):
            about = path.lstat()
            is_folder = stat.S_ISDIR(about.st_mode)
            found[_name(folder, path)] = (0, 0, 0) if is_folder else (about.st_size, about.st_mtime_ns, about.st_ino)
    return found


def copy(source: Path, target: Path, leave: Collection[str], tick: Tick = silent) -> Belongings:
    """Copy everything below ``source`` into the folder ``target`` and return what was read.

    Links stay links; pipes, sockets and devices are left out. Owners are kept where this process may give files away.

    Args:
        source: folder.
        target: folder, where none of it is yet.
        leave: names directly in ``source`` that are not copied.
        tick: told of bytes.

    Raises:
        StorageFailed: ``disk_full``, ``store_unwritable``.
    """
    things: dict[str, Thing] = {}
    done, total = 0, sum(size for size, *_ in stamps(source, leave).values())
    for path in _below(source, leave):
        name = _name(source, path)
        with write_failures(path):
            one = _copied(path, target / name)
        if one is not None:
            things[name] = one
            done += one.size
            tick(done, total)
    return Belongings(things)


def read(folder: Path, leave: Collection[str], tick: Tick = silent) -> Belongings:
    """Return what lies below ``folder``; every file and name is on the disk when this returns.

    Raises:
        StorageFailed: ``disk_full``, ``store_unwritable``.
    """
    things: dict[str, Thing] = {}
    done, total = 0, sum(size for size, *_ in stamps(folder, leave).values())
    for path in _below(folder, leave):
        with write_failures(path):
            one = _read(path)
        if one is not None:
            things[_name(folder, path)] = one
            done += one.size
            tick(done, total)
    with write_failures(folder):
        for name in [name for name, one in things.items() if one.kind == "folder"]:
            sync_folder(folder / name)
        sync_folder(folder)
    return Belongings(things)


def _below(folder: Path, leave: Collection[str]) -> Iterator[Path]:
    """Yield everything below ``folder``, each folder before what is in it."""
    with write_failures(folder):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        if entry.name in leave:
            continue
        yield Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path), ())


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _copied(path: Path, fresh: Path) -> Thing | None:
    about = path.lstat()
    if stat.S_ISLNK(about.st_mode):
        fresh.symlink_to(os.readlink(path))
        return Thing("link", 0, os.readlink(path))
    rights = about.st_mode & _RIGHTS
    if stat.S_ISDIR(about.st_mode):
        fresh.mkdir()
        one = Thing("folder", rights, "")
    elif stat.S_ISREG(about.st_mode):
        digest, size = hashlib.sha256(), 0
        # Nobody else may read a part of it, also not before it bears its own rights.
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with path.open("rb") as file, os.fdopen(handle, "wb") as out:
            while block := file.read(_BLOCK):
                digest.update(block)
                out.write(block)
                size += len(block)
        one = Thing("file", rights, digest.hexdigest(), size)
    else:
        return None
    if os.geteuid() == 0:
        os.chown(fresh, about.st_uid, about.st_gid)
    fresh.chmod(rights | (stat.S_IRWXU if one.kind == "folder" else 0))
    os.utime(fresh, ns=(about.st_atime_ns, about.st_mtime_ns))
    return one


def _read(path: Path) -> Thing | None:
    about = path.lstat()
    if stat.S_ISLNK(about.st_mode):
        return Thing("link", 0, os.readlink(path))
    rights = about.st_mode & _RIGHTS
    if stat.S_ISDIR(about.st_mode):
        return Thing("folder", rights, "")
    if not stat.S_ISREG(about.st_mode):
        return None
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            # What memory holds was just written; the disk is asked what it kept.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return Thing("file", rights, digest.hexdigest(), size)


def clear(folder: Path, leave: Collection[str]) -> None:
    """Remove everything below ``folder`` but what is named ``leave`` directly in it.

    Raises:
        StorageFailed: ``store_unwritable``.
    """
    with write_failures(folder):
        for entry in os.scandir(folder):
            if entry.name in leave:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
        sync_folder(folder)
