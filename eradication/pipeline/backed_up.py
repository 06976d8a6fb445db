"""Which files of a workspace go into its backup: what cannot be made again, and no private key."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from eradication import config
from eradication.pipeline.workspace import Workspace
from eradication.store import reception, sealed, tape
from eradication.store.vault import Part

STAGING = ".backup"
"""Folder in the workspace where a copy of the store lies while it is packed."""
LEFT_OUT = ("imagery", "scans", "layers", "simulated", "keys")
OUTPUTS_KEPT = ("runs", "checks", "coverage")
"""Of ``outputs``: maps of what runs saw, and what was measured in images. The rest is written again from the store."""
_WITHOUT_HIDDEN = ("originals", "models", sealed.FOLDER)
_DONE = ".done"
_PASSWORD = re.compile(r"(postgres(?:ql)?(?:\+\w+)?://[^:/@\s\"']*):[^@/\"'\s]*@|((?:[?&])password=)[^&\"'\s]*")


class Files:
    """The files of one workspace, found while the backup is written."""

    def __init__(self, workspace: Workspace) -> None:
        """Look in the folder of ``workspace``."""
        self._root = workspace.folder
        self._inbox = workspace.inbox
        self.skipped: list[str] = []
        """Links, and files whose names cannot be written down on every computer."""

    def parts(self) -> Iterator[Part]:
        """Yield the files, settings first."""
        settings = self._root / config.FILE_NAME
        said = settings.read_text(encoding="utf-8")
        stripped = without_password(said)
        yield Part(config.FILE_NAME, settings, stripped.encode() if stripped != said else None)
        for entry in sorted(self._root.iterdir()):
            if entry.is_dir():  # of the folders at the top one may be a link to another disk
                if entry.name not in LEFT_OUT and not entry.name.startswith("."):
                    yield from self._below(entry, entry.name)
            elif not self._is_own(entry.name):
                yield from self._part(entry, entry.name)

    def _is_own(self, name: str) -> bool:
        return name == config.FILE_NAME or name.startswith(("store.gpkg", reception.FILE_NAME))

    def _below(self, folder: Path, name: str) -> Iterator[Part]:
        tops = [folder] if name != "outputs" else [folder / kept for kept in OUTPUTS_KEPT]
        for top in tops:
            for where, folders, files in os.walk(top):
                here = Path(where)
                folders[:] = sorted(f for f in folders if self._enters(here / f, name))
                for file in sorted(files):
                    inside = (here / file).relative_to(folder).as_posix()
                    if not (file.startswith(".") and name in _WITHOUT_HIDDEN):
                        yield from self._part(here / file, f"{name}/{inside}")

    def _enters(self, folder: Path, top: str) -> bool:
        if folder.is_symlink():
            self.skipped.append(folder.relative_to(self._root).as_posix())
            return False
        # What was accepted from the inbox is among the originals.
        return folder != self._inbox / _DONE and not (folder.name.startswith(".") and top in _WITHOUT_HIDDEN)

    def _part(self, path: Path, name: str) -> Iterator[Part]:
        if path.name == ".lock" or path.name.endswith(".part"):
            return
        if path.is_symlink() or not path.is_file() or not tape.is_plain(name):
            self.skipped.append(name)
        else:
            yield Part(name, path)


def without_password(settings: str) -> str:
    """Return the text of settings without the password in the address of a database."""
    return _PASSWORD.sub(lambda found: f"{found[1]}@" if found[1] else f"{found[2]}", settings)
