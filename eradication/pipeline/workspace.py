"""A workspace: one folder with ``eradication.toml``, the store, originals by hash, models and outputs."""

import dataclasses
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import get_ident

from eradication import config, store
from eradication.domain import TIMEZONE, Season
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.i18n import translator
from eradication.store import sealed

try:
    import fcntl
except ImportError:  # not on this system: nothing is locked
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace. Close it, or use :func:`opened`."""

    folder: Path
    settings: config.Settings
    store: store.Store
    found: dict[object, object] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    """What :mod:`eradication.pipeline.once` keeps while it is open."""

    @property
    def models(self) -> Path:
        """Folder of trained models, ``<name>/<version>/``."""
        return self.folder / "models"

    @property
    def imagery(self) -> Path:
        """Folder of fetched imagery, one cache for each source."""
        return self.folder / "imagery"

    @property
    def sources(self) -> Path:
        """Folder of the user's own source profiles."""
        return self.folder / "sources"

    @property
    def layers(self) -> Path:
        """Folder of review layers: fine images of one date, for people to look at."""
        return self.folder / "layers"

    @property
    def scans(self) -> Path:
        """Folder of what runs keep of their blocks; it may be deleted, the next run then reads everything again."""
        return self.folder / "scans"

    @property
    def inbox(self) -> Path:
        """Folder that is watched for patrols' files; it need not be there."""
        return self.folder / self.settings.inbox.folder

    @property
    def simulated(self) -> bool:
        """True if everything in it is simulated."""
        return self.settings.workspace.simulated

    @property
    def season(self) -> Season:
        """The season set in the settings, else that of today; from June to August the one just ended."""
        return self.season_of(datetime.now(UTC))

    def season_of(self, moment: datetime) -> Season:
        """Return the season set in the settings, else that of a moment."""
        label = self.settings.workspace.season
        return Season.parse(label) if label else Season.of(moment)


def latest_closed_season(now: datetime) -> Season:
    """Return the last season whose 31 May is over at ``now``."""
    local = now.astimezone(TIMEZONE)
    return Season(local.year - 1 if (local.month, local.day) > (5, 31) else local.year - 2)


@contextmanager
def opened(folder: Path) -> Iterator[Workspace]:
    """Open the workspace in ``folder`` and close it at the end.

    Raises:
        UnusableInput: ``no_workspace``, ``bad_settings``.
        StorageFailed: the store cannot be opened.
    """
    file = folder / config.FILE_NAME
    if not file.is_file() and not _is_taken_over(folder):
        raise UnusableInput(
            "no_workspace",
            N_("There is no workspace in this folder: {name} is missing."),
            where=str(folder),
            hint=N_("Make one with `eradication init DIR`, or name it with --workspace DIR."),
            values={"name": config.FILE_NAME},
        )
    settings = config.load(file)
    with disk_errors_explained(folder):
        opened_store = store.open(folder, device=_device(settings), settings=settings.store)
        try:
            yield Workspace(folder, settings, opened_store)
        finally:
            opened_store.close()


def _is_taken_over(folder: Path) -> bool:
    """Tell whether the folder is a workspace now: a move that was cut short at its last step is finished."""
    from eradication.pipeline import building_site, relocating  # they open workspaces

    if relocating.taken_over(folder):
        return True
    if building_site.Site(folder).plan() is not None:
        raise building_site.unfinished(folder)
    return False


@contextmanager
def created(folder: Path, settings: config.Settings) -> Iterator[Workspace]:
    """Make a new workspace and open it.

    Raises:
        UnusableInput: ``workspace_exists``, ``store_taken``, ``bad_settings``.
        StorageFailed: the store cannot be made.
    """
    file = folder / config.FILE_NAME
    if file.exists():
        raise UnusableInput(
            "workspace_exists",
            N_("There is a workspace in this folder already."),
            where=str(folder),
            hint=N_("Use it as it is, or choose another folder."),
        )
    with disk_errors_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("models", "outputs"):
            (folder / name).mkdir(exist_ok=True)
        opened_store = store.open(folder, device=_device(settings), create=True, settings=settings.store)
        try:
            _check_free(folder, settings, opened_store)
            # A workspace holds keys and people's work: no repository takes it along by accident.
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
            comments = translator(settings.workspace.language)
            if settings.store.url:
                file.touch(mode=0o600)  # the address may hold a password
            file.write_text(config.render(settings, comments), encoding="utf-8")
            yield Workspace(folder, settings, opened_store)
        finally:
            opened_store.close()


def _check_free(folder: Path, settings: config.Settings, opened_store: store.Store) -> None:
    """Refuse a new folder on a schema in use: its originals are in another one, and two ledgers would become one."""
    if settings.store.url and opened_store.origins() and not (folder / "originals").exists():
        raise UnusableInput(
            "store_taken",
            N_("This schema of the database holds the store of another workspace."),
            where=settings.store.schema,
            hint=N_("Choose another name with --schema."),
        )


@contextmanager
def disk_errors_explained(where: Path) -> Iterator[None]:
    """Turn a full, read-only or failing disk into :class:`StorageFailed`; other errors pass.

    Raises:
        StorageFailed: ``disk_full``, ``not_writable`` or ``disk_failed``.
    """
    try:
        yield
    except OSError as error:
        kinds = {
            errno.ENOSPC: ("disk_full", N_("The disk is full."), N_("Free some space and run the command again.")),
            errno.EDQUOT: ("disk_full", N_("The disk is full."), N_("Free some space and run the command again.")),
            errno.EROFS: ("not_writable", N_("The folder cannot be written."), N_("Check its permissions.")),
            errno.EACCES: ("not_writable", N_("The folder cannot be written."), N_("Check its permissions.")),
            errno.EIO: ("disk_failed", N_("The disk does not answer correctly."), N_("Copy the workspace elsewhere.")),
        }
        if error.errno not in kinds:
            raise
        kind, message, hint = kinds[error.errno]
        raise StorageFailed(kind, message, where=str(error.filename or where), hint=hint) from error


def imagery_locked(workspace: Workspace) -> AbstractContextManager[None]:
    """Hold the fetched imagery for writing; two programs that write into it would spoil each other's files.

    Raises:
        UnusableInput: ``imagery_in_use``.
    """
    return locked(workspace.imagery, "imagery_in_use", N_("Another program is writing imagery into this workspace."))


def scans_locked(workspace: Workspace) -> AbstractContextManager[None]:
    """Hold what runs keep of the imagery; the system ends the claim with the process, however that ends.

    Raises:
        UnusableInput: ``scans_in_use``.
    """
    return locked(workspace.scans, "scans_in_use", N_("Another run is working on the imagery of this workspace."))


def inbox_locked(workspace: Workspace) -> AbstractContextManager[None]:
    """Hold the watched folder; two watchers would take the same file twice.

    Raises:
        UnusableInput: ``inbox_in_use``.
    """
    return locked(workspace.inbox, "inbox_in_use", N_("Another program is taking in the files of this folder."))


@contextmanager
def locked(folder: Path, kind: str, message: str) -> Iterator[None]:
    """Hold a folder, made if it is not there, against other programs that hold it.

    Raises:
        UnusableInput: ``kind``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                hint = N_("Wait until it has ended, then run this again.")
                raise UnusableInput(kind, message, where=str(folder), hint=hint) from None
        yield


def check_output(workspace: Workspace, out: Path) -> None:
    """Make sure an output does not fall on what a workspace lives on.

    Raises:
        UnusableInput: ``protected_path``, or ``is_a_directory``.
    """
    target = out.resolve()
    if target.is_dir():
        raise UnusableInput("is_a_directory", N_("This is a folder."), where=str(out), hint=N_("Name a file in it."))
    names = ("originals", "keys", "models", "refused", sealed.FOLDER, "hand_ins", "reception")
    folders = {workspace.folder.resolve() / name for name in names}
    # The databases of any workspace with their journals, not only of this one: exports are GeoPackages too.
    alive = (
        target.name.startswith(("store.gpkg", "reception.db", "reception.jsonl"))
        and (target.parent / config.FILE_NAME).exists()
    )
    if alive or target.name == config.FILE_NAME or folders & {target, *target.parents}:
        raise UnusableInput(
            "protected_path",
            N_("The workspace lives on this file; it must not be overwritten."),
            where=str(out),
            hint=N_("Write into outputs/ or another folder."),
        )


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is there completely or not at all; text as UTF-8."""
    with disk_errors_explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Of this program and thread alone: two that write one file each leave a whole one.
        part = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.part")
        try:
            with part.open("wb") as stream:
                stream.write(content.encode() if isinstance(content, str) else content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def settings_for(
    province: str,
    *,
    language: str = "vi",
    simulated: bool = False,
    season: Season | None = None,
    server: config.Store | None = None,
) -> config.Settings:
    """Return the settings of a new workspace; its store is a file unless ``server`` says where else."""
    base = config.Settings()
    changed = dataclasses.replace(
        base.workspace,
        province=province,
        language=language,
        simulated=simulated,
        season=season.label if season else "",
    )
    return dataclasses.replace(base, workspace=changed, store=server or base.store)


def _device(settings: config.Settings) -> str:
    return settings.workspace.device or socket.gethostname()
