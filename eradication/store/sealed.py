"""What names an informant: kept beside the store, for its owner alone, and never carried anywhere.

``tip_sources/`` holds the tables and forms that tips came in, and who gave each tip, in files that only their owner may
read. They have no event, so no bundle, export, map or audit knows them; an event names them by a reference salted with
``tip_sources/salt``, which tells nothing to whoever does not have this folder: neither a name nor a file can be guessed
and tried against it.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from eradication.domain.event import canonical
from eradication.store.files import sync_folder, write_failures

FOLDER = "tip_sources"
_BLOCK = 1 << 20


class Sealed:
    """The sealed folder of one workspace."""

    def __init__(self, workspace: Path) -> None:
        """Take the folder of the workspace; nothing is written yet."""
        self.folder = workspace / FOLDER

    def put(self, source: Path) -> str:
        """Keep a file byte for byte, durable before any event can speak of it, and return its reference.

        Raises:
            StorageFailed: ``disk_full``, ``store_unwritable``.
        """
        with source.open("rb") as file:
            reference = self._reference(hashlib.file_digest(file, "sha256").hexdigest().encode())
            file.seek(0)
            self._write(f"{reference}.original", iter(lambda: file.read(_BLOCK), b""))
        return reference

    def put_source(self, key: tuple[str, str], words: str, original: str) -> str:
        """Keep who gave a tip and return the reference of it.

        Args:
            key: unit and number of the tip.
            words: who gave it.
            original: reference of the file it stands in.

        Raises:
            StorageFailed: ``disk_full``, ``store_unwritable``.
        """
        unit, tip_id = key
        reference = self.reference_of(key, words)
        told = {"unit": unit, "tip_id": tip_id, "source": words, "original": original}
        self._write(f"{reference}.json", [canonical(dict(told))])
        return reference

    def reference_of(self, key: tuple[str, str], words: str) -> str:
        """Return the reference under which this source of this tip is kept."""
        return self._reference(canonical([*key, words]))

    def holds(self, reference: str) -> bool:
        """Tell whether a source with this reference is kept here."""
        return (self.folder / f"{reference}.json").is_file()

    def open_to_others(self) -> list[Path]:
        """Return what others than the owner may read, as after a copy that lost its modes."""
        parts = [self.folder, *self.folder.iterdir()] if self.folder.is_dir() else []
        return [path for path in parts if path.stat().st_mode & 0o077]

    def _reference(self, content: bytes) -> str:
        return hmac.new(self._salt(), content, "sha256").hexdigest()[:32]

    def _salt(self) -> bytes:
        path = self.folder / "salt"
        if not path.is_file():
            self._write("salt", [secrets.token_hex(32).encode()])
        return path.read_bytes()

    def _write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file of the owner's alone, whole or not at all; one that is there stays as it is."""
        with write_failures(self.folder):
            if not self.folder.is_dir():
                self.folder.mkdir(mode=0o700, parents=True)
                sync_folder(self.folder.parent)
            target, part = self.folder / name, self.folder / f".{name}.{os.getpid()}"
            if target.exists():
                return
            try:
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                    for chunk in chunks:
                        out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                part.replace(target)
                sync_folder(self.folder)
            finally:
                part.unlink(missing_ok=True)
