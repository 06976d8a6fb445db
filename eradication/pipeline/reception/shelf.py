"""Where the files of hand-ins are kept: sealed, not to be written again, and on the disk before a receipt is given.

::

    hand_ins/parts/<person>/<hand-in>/<sha256>.part   what is still coming, and without ``.part`` what has come
    hand_ins/files/<aa>/<sha256>                      what a telephone sealed, by the hash of the sealed file
    hand_ins/sealed/<aa>/<sha256>                     what came in clear, sealed here, by the hash of what is in it
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from eradication.errors import N_, RefusedInput, StorageFailed
from eradication.pipeline.reception import receiving
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.receiving import FOLDER
from eradication.store import age, blobs
from eradication.store.files import sync_folder, write_failures

BY_TELEPHONE = frozenset({"phone", "bundle"})
"""Channels on which files come sealed."""


class Shelf:
    """The kept files of one workspace."""

    def __init__(self, place: Place) -> None:
        """Look after the folder of the workspace; it is made when something is kept."""
        self._place = place
        self.home = place.workspace.folder / FOLDER
        self._files, self._sealed = self.home / "files", self.home / "sealed"

    def adopt(self, whole: Iterable[Path]) -> None:
        """Keep files that telephones sealed; each is on the disk already and bears its SHA-256 as its name.

        Raises:
            StorageFailed: ``disk_full``, ``store_unwritable``.
        """
        with write_failures(self.home):
            ready(self._files)
            touched: set[Path] = set()
            for path in whole:
                spot = self._files / path.name[:2] / path.name
                if not spot.parent.is_dir():
                    spot.parent.mkdir(mode=0o700, exist_ok=True)
                    touched.add(self._files)
                if not blobs.is_whole(spot, path.name):
                    self._link(path, spot)
                touched.add(spot.parent)
            for folder in touched:  # once for all of them: a long walk is a thousand files
                sync_folder(folder)

    def _link(self, path: Path, spot: Path) -> None:
        fresh = self._files / f".incoming-{secrets.token_hex(8)}"
        try:
            os.link(path, fresh)
        except FileNotFoundError:
            if blobs.is_whole(spot, path.name):
                return  # another request kept it meanwhile
            raise
        os.replace(fresh, spot)
        spot.chmod(0o400)

    def keep(self, source: Path, *, sealed: bool) -> str:
        """Keep a file that lies elsewhere, and return its SHA-256; what is not sealed is sealed here.

        Raises:
            UnusableInput: ``no_such_file``.
            StorageFailed: ``disk_full``, ``store_unwritable``.
        """
        if sealed:
            with write_failures(self.home):
                ready(self._files)
            return blobs.put(self._files, source)
        key = receiving.recipient(self._place)
        with write_failures(self.home):
            ready(self._sealed)
            fresh = self._sealed / f".incoming-{secrets.token_hex(8)}"
            try:
                sha256 = receiving.seal(source, fresh, key)
                with fresh.open("rb") as file:
                    os.fsync(file.fileno())
                blobs.settle(self._sealed, fresh, sha256)
            finally:
                fresh.unlink(missing_ok=True)
        return sha256

    def opened(self, channel: str, sha256: str, out: Path, opener: age.Opener, most_bytes: int) -> str:
        """Open a kept file into ``out`` and return the SHA-256 of what was in it.

        Raises:
            RefusedInput: as :func:`receiving.open_sealed`.
            StorageFailed: ``hand_in_file_gone``, ``disk_full`` …
        """
        path = self._kept(channel, sha256)
        if path is None:
            raise StorageFailed(
                "hand_in_file_gone",
                N_("A file of this hand-in is no longer in the workspace."),
                where=f"{FOLDER}: {sha256}",
                hint=N_("Put the folder 'hand_ins' back from a backup."),
            )
        found = receiving.open_sealed(path, out, opener, most_bytes)
        if channel not in BY_TELEPHONE and found != sha256:
            raise RefusedInput(
                "sealed_damaged",
                N_("A kept file is not what was handed in."),
                where=f"{FOLDER}: {sha256}",
                hint=N_("Put the folder 'hand_ins' back from a backup."),
            )
        return found

    def holds(self, channel: str, sha256: str) -> bool:
        """Whether a file is kept."""
        return self._kept(channel, sha256) is not None

    def _kept(self, channel: str, sha256: str) -> Path | None:
        return blobs.find(self._files if channel in BY_TELEPHONE else self._sealed, sha256)

    def forget(self, channel: str, names: Iterable[str]) -> None:
        """Remove kept files for good; one that is not there is no matter.

        Raises:
            StorageFailed: ``store_unwritable``.
        """
        with write_failures(self.home):
            found = [path for name in names if (path := self._kept(channel, name)) is not None]
            for path in found:
                path.unlink(missing_ok=True)
            for folder in {path.parent for path in found}:
                sync_folder(folder)


def ready(folder: Path) -> None:
    """Make a folder for the owner's eyes only, its name and those above it durable."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        sync_folder(one.parent)
