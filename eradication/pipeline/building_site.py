"""A folder in which a workspace is being made of another one: no workspace yet, and anybody can tell why not.

``.copying/`` holds what is known of the copy and the settings that will make the folder a workspace. Moving these
settings into place is the last step, so nothing opens what is half there.
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication import config
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.pipeline.workspace import disk_errors_explained, locked, write_whole
from eradication.store import belongings
from eradication.store.files import sync_folder

NAME = ".copying"
_STATE = "state.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a copy, also after a power cut."""

    token: str
    """Names this copy in both stores."""
    source: str
    """Folder of the old workspace."""
    answer: dict[str, Any] | None = None
    """What the command answers, once the copy was proved."""


class Site:
    """The folder of the new workspace."""

    def __init__(self, folder: Path) -> None:
        """Look at a folder; it need not be there."""
        self.folder, self._place = folder, folder / NAME

    @property
    def is_open(self) -> bool:
        """True if the folder is a workspace: the copy is in use."""
        return (self.folder / config.FILE_NAME).is_file()

    @property
    def settings(self) -> Path:
        """Settings of the new workspace before it is one."""
        return self._place / config.FILE_NAME

    def check_free(self, source: Path) -> None:
        """Make sure that nothing is in the folder but what an unfinished copy of ``source`` left.

        Raises:
            UnusableInput: ``workspace_exists``, ``folder_not_empty``.
            StorageFailed: ``copy_unfinished`` if it is another workspace's, which may have nothing else left.
        """
        plan = self.plan()
        if plan is not None and plan.source == str(source):
            return
        if plan is not None and not self.is_open:
            raise unfinished(self.folder)
        if self.is_open:
            raise UnusableInput(
                "workspace_exists",
                N_("There is a workspace in this folder already."),
                where=str(self.folder),
                hint=N_("Name another folder: a copy needs one that is empty or not there."),
            )
        there = self.folder.exists() or self.folder.is_symlink()
        if there and (not self.folder.is_dir() or any(p.name != NAME for p in self.folder.iterdir())):
            raise UnusableInput(
                "folder_not_empty",
                N_("This folder is not empty."),
                where=str(self.folder),
                hint=N_("Name another folder: a copy needs one that is empty or not there."),
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; two programs that make a workspace of it would spoil each other's work.

        Raises:
            UnusableInput: ``copy_running``.
        """
        fresh = not self.folder.exists()
        with locked(self._place, "copy_running", N_("Another program is copying a workspace into this folder.")):
            try:
                yield
            finally:
                if self.plan() is None:
                    shutil.rmtree(self._place, ignore_errors=True)
                    with suppress(OSError):
                        if fresh:
                            self.folder.rmdir()

    def plan(self) -> Plan | None:
        """Return what is known of the copy that was begun here, ``None`` if none was."""
        with suppress(OSError, ValueError, TypeError):
            return Plan(**json.loads((self._place / _STATE).read_text(encoding="utf-8")))
        return None

    def begin(self, source: Path, settings: str, *, secret: bool) -> Plan:
        """Begin a copy.

        Args:
            source: folder of the old workspace.
            settings: text of the new workspace's file.
            secret: it may hold a password; else it gets the rights that it has in the old one.
        """
        plan = Plan(secrets.token_hex(8), str(source))
        with disk_errors_explained(self.folder):
            self.settings.unlink(missing_ok=True)
            self.settings.touch(mode=0o600)
            self.settings.write_text(settings, encoding="utf-8")
            about = (source / config.FILE_NAME).stat()
            if not secret:
                self.settings.chmod(about.st_mode & 0o777)
            if os.geteuid() == 0:
                os.chown(self.settings, about.st_uid, about.st_gid)
        self.note(plan)
        sync_folder(self.folder)
        sync_folder(self.folder.parent)
        return plan

    def note(self, plan: Plan) -> None:
        """Keep what is known, durable."""
        said = {"token": plan.token, "source": plan.source, "answer": plan.answer}
        write_whole(self._place / _STATE, json.dumps(said, ensure_ascii=False))
        sync_folder(self._place)

    def clear(self) -> None:
        """Remove all that an unfinished copy left, on the server too.

        Raises:
            StorageFailed: the server cannot be reached …
        """
        plan = self.plan()
        if plan is None:
            return
        if self.settings.is_file() and (place := config.load(self.settings).store).url:
            _founding(place, lambda database: database.discard(plan.token))
        belongings.clear(self.folder, (NAME,))
        (self._place / _STATE).unlink()
        self.settings.unlink(missing_ok=True)

    def open_up(self) -> None:
        """Make the folder a workspace; doing it again finishes what was cut short."""
        plan = self.plan()
        with disk_errors_explained(self.folder):
            if self.settings.is_file():
                with self.settings.open("rb+") as file:
                    os.fsync(file.fileno())
                os.replace(self.settings, self.folder / config.FILE_NAME)
                sync_folder(self.folder)
        place = config.load(self.folder / config.FILE_NAME).store
        if plan is not None and place.url:
            _founding(place, lambda database: database.release(plan.token))
        (self._place / _STATE).unlink(missing_ok=True)
        shutil.rmtree(self._place, ignore_errors=True)


def _founding(place: config.Store, act: Any) -> None:
    from eradication.store import postgis_address, postgis_founding  # its libraries are an extra

    database = postgis_founding.Founding(postgis_address.address_of(place))
    try:
        act(database)
    finally:
        database.close()


def unfinished(folder: Path) -> StorageFailed:
    """Return the refusal of a folder into which a copy was begun and not brought to its end."""
    plan = Site(folder).plan()
    return StorageFailed(
        "copy_unfinished",
        N_("A copy of {source} into this folder was cut short; this is no workspace yet."),
        where=str(folder),
        hint=N_("Run `eradication store copy` again with the same two folders: it goes on or begins anew."),
        values={"source": plan.source if plan else "?"},
    )
