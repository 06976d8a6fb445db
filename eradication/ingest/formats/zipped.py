"""ZIP archives, judged by their directory before anything in them is unpacked. Used only in the worker of the sandbox.

Names inside an archive are never used as paths: what is unpacked gets names of our own, so no name can lead elsewhere.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from eradication.errors import N_, RefusedInput

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
TOO_LARGE = N_("The ZIP file unpacks to far more than it is.")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an archive may hold."""

    entries: int = 200
    total_bytes: int = 100 * 1024 * 1024
    ratio: int = 100
    """Unpacked size over packed size, of the whole."""


PLAIN = Bounds()


class Archive:
    """An archive whose directory has passed; see :func:`opened`."""

    def __init__(self, archive: zipfile.ZipFile, bounds: Bounds) -> None:
        """Judge the directory.

        Raises:
            RefusedInput: ``bad_archive``.
        """
        self._zip, self._left = archive, bounds.total_bytes
        entries = archive.infolist()
        total, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
        if len(entries) > bounds.entries:
            raise bad_archive(N_("The ZIP file holds more than {most} files."), {"most": bounds.entries})
        if total > bounds.total_bytes or total > bounds.ratio * max(packed, 1):
            raise bad_archive(TOO_LARGE)
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise bad_archive(N_("The ZIP file is locked with a password."))
        if any(stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
            raise bad_archive(N_("The ZIP file holds links."))
        if len({entry.filename for entry in entries}) < len(entries):
            raise bad_archive(N_("Two files in the ZIP file bear one name."))
        self._entries = {e.filename: e for e in entries if not e.is_dir() and not _is_clutter(e.filename)}

    @property
    def names(self) -> list[str]:
        """Names of the files in it, without what systems leave behind."""
        return list(self._entries)

    def read(self, name: str) -> bytes:
        """Return one file.

        Raises:
            RefusedInput: ``bad_archive``.
        """
        return b"".join(self._chunks(name))

    def extract(self, name: str, target: Path) -> None:
        """Write one file to ``target``.

        Raises:
            RefusedInput: ``bad_archive``.
        """
        with target.open("wb") as out:
            for chunk in self._chunks(name):
                out.write(chunk)

    def _chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file piece by piece; what is really there counts, not what the directory says."""
        with self._zip.open(self._entries[name]) as source:
            while chunk := source.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise bad_archive(TOO_LARGE)
                yield chunk


@contextmanager
def opened(path: Path, bounds: Bounds = PLAIN) -> Iterator[Archive]:
    """Open an archive to read from it.

    Raises:
        RefusedInput: ``bad_archive``, also where it breaks while it is read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield Archive(archive, bounds)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise bad_archive(N_("The ZIP file cannot be read: {error}."), {"error": str(error)[:200]}) from None


def bad_archive(message: str, values: Mapping[str, object] = MappingProxyType({})) -> RefusedInput:
    """Return the refusal of an archive; ``message`` is a template."""
    hint = N_("Pack the files again without a password, or hand them in one by one.")
    return RefusedInput("bad_archive", message, hint=hint, values=values)


def _is_clutter(name: str) -> bool:
    """Tell what operating systems leave in archives."""
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1] in ("", ".DS_Store", "Thumbs.db", "desktop.ini")
