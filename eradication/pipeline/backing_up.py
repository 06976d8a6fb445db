"""A backup of a whole workspace: one encrypted file, taken while others work, whole or not there.

What goes in is what cannot be made again (:mod:`.backed_up`): the store as of one moment, originals, sources of tips,
models, settings, the inbox and its book of receipts, maps of what runs saw. What stays out: fetched imagery, scans,
review layers and most of ``outputs``; and every private key. Keys are the escrow's, which two persons open together:
whoever opens a backup alone could else sign as this office.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

from eradication.domain import TIMEZONE
from eradication.domain.event import iso
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.ingest.boundaries import folded
from eradication.pipeline import backed_up, backups, key_desk, mounts, projection, totals
from eradication.pipeline.backed_up import STAGING, Files
from eradication.pipeline.basis import program
from eradication.pipeline.workspace import Workspace, disk_errors_explained, locked
from eradication.progress import Stage
from eradication.store import age, age_keys, checkpoints, snapshot, standing, vault
from eradication.store.keyring import Keyring
from eradication.store.reception import carrying, is_there, open_reception
from eradication.store.relational import RelationalStore
from eradication.store.schema import VERSION as STORE_VERSION
from eradication.store.unpacking import STORE

KEY_ONLY_HERE, SAME_DISK = "key_only_here", "same_disk"


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of the store, packed, and what may be told of it."""

    packed: Path
    facts: dict[str, Any]


def folder_of(workspace: Workspace) -> Path:
    """Return the folder that the settings name for backups.

    Raises:
        UnusableInput: ``no_backup_folder``.
    """
    named = workspace.settings.backup.folder
    folder = workspace.folder / named
    if not named or not folder.is_dir():
        raise UnusableInput(
            "no_backup_folder",
            N_("No folder for backups is set, or it is not there."),
            where="[backup] folder",
            hint=N_("Name a folder on another disk in eradication.toml: folder under [backup]."),
        )
    return folder


def backup(workspace: Workspace, out: Path, *, passphrase: str = "", stage: Stage) -> dict[str, Any]:
    """Write a backup to the file ``out``, or into it under a dated name if it is a folder; never over another file.

    Args:
        workspace: is read; others may go on writing to it.
        out: outside of the workspace.
        passphrase: encrypt to it instead of to the keys of the settings and of this workspace.
        stage: told of each step.

    Raises:
        UnusableInput: ``no_recipients``, ``bad_recipient``, ``no_such_folder``, ``protected_path``, ``output_exists``,
            ``backup_in_use``, ``too_large_for_passphrase``.
        StorageFailed: ``disk_full``, ``store_locked``, ``store_moved``, ``backup_unreadable`` …
    """
    _refuse_moved(workspace)
    lock, warnings = locked_to(workspace, passphrase)
    now = datetime.now(UTC)
    names = _names(workspace, out, now)
    folder = names.folder
    if mounts.is_same_disk(folder, workspace.folder):
        warnings.append(SAME_DISK)
    staging = workspace.folder / STAGING
    in_use = N_("Another program is writing a backup of this workspace.")
    with locked(staging, "backup_in_use", in_use), disk_errors_explained(out):
        part = _unfinished(folder, workspace.store.origin)
        _clean(staging, part)
        try:
            stage(N_("Copying the store"))
            copied = _copy(workspace, staging, now)
            stage(N_("Encrypting"))
            files = Files(workspace)
            contents = vault.Contents(_parts(files, copied, _reception(workspace)))
            blocks = contents.tar(lambda read: _manifest(workspace, copied, read), workspace.store.sign)
            target, written = vault.write(names, part, blocks, lock)
        finally:
            _clean(staging, part)
        noted = backups.Noted(
            now, str(target.resolve()), written.sha256, written.size_bytes, is_under_passphrase=bool(passphrase)
        )
        backups.note(workspace.folder, noted)
    facts = {name: copied.facts[name] for name in ("made_at", "origin", "device", "events", "fingerprint", "simulated")}
    return {
        "written": str(target), "sha256": written.sha256, "size_bytes": written.size_bytes, **facts,
        "files": len(contents.members), "originals": _count(contents, "originals"),
        "recipients": list(lock.recipients), "skipped": files.skipped + contents.gone,
        "left_out": [*backed_up.LEFT_OUT], "warnings": warnings,
    }  # fmt: skip


def _refuse_moved(workspace: Workspace) -> None:
    """Refuse to back up what a workspace left behind when it moved: restored, it could not be written to."""
    moved_to = workspace.store.moved_to() if isinstance(workspace.store, RelationalStore) else ""
    if moved_to:
        raise StorageFailed(
            "store_moved",
            N_("This workspace was moved to {to}; what is here is no longer kept up to date."),
            where=str(workspace.folder),
            hint=N_("Back up the workspace where it is now."),
            values={"to": moved_to},
        )


def locked_to(workspace: Workspace, passphrase: str) -> tuple[age.Lock, list[str]]:
    """Return what the backup is encrypted to, and what there is to warn of.

    Raises:
        UnusableInput: ``no_recipients``, ``bad_recipient``.
    """
    if passphrase:
        return age.Lock(passphrase=passphrase), []
    given = [age_keys.check_recipient(text) for text in workspace.settings.backup.recipients]
    own = [facts for facts in Keyring(workspace.folder).current() if facts.name == "backup"]
    everyone = list(dict.fromkeys([*given, *(age_keys.recipient_of(facts.public_key) for facts in own)]))
    if not everyone:
        raise UnusableInput(
            "no_recipients",
            N_("Nobody is named who could open the backup; it is never written unencrypted."),
            where="[backup] recipients",
            hint=N_(
                "Make a key with `eradication backup-key new FILE` on another computer and write its public part under "
                "[backup] in eradication.toml; or `eradication keys make backup` and put it into escrow."
            ),
        )
    held = key_desk.escrowed(workspace)
    is_only_here = not given and not any(facts.fingerprint in held for facts in own)
    return age.Lock(tuple(everyone)), [KEY_ONLY_HERE] if is_only_here else []


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that a backup may take, the one that is wanted first."""

    wanted: Path
    is_dated: bool
    """Others may take its place if it is taken: two offices that back up into one folder in one second, say."""

    @property
    def folder(self) -> Path:
        return self.wanted.parent

    def __iter__(self) -> Iterator[Path]:
        yield self.wanted
        if self.is_dated:
            yield from (self.wanted.with_stem(f"{self.wanted.stem}-{number}") for number in count(2))


def _names(workspace: Workspace, out: Path, now: datetime) -> _Names:
    is_folder = out.is_dir()
    if is_folder:
        province = workspace.settings.workspace.province
        out = out / f"eradication-{_plain(province)}-{now.astimezone(TIMEZONE):%Y%m%d-%H%M%S}.age"
    if not out.parent.is_dir():
        hint = N_("Make the folder, or see whether the stick or the share is mounted.")
        raise UnusableInput("no_such_folder", N_("There is no such folder."), where=str(out.parent), hint=hint)
    own = workspace.folder.resolve()
    if own in out.resolve().parents:
        hint = N_("Name a folder elsewhere, best on a stick: what lies here is lost with this computer.")
        raise UnusableInput("protected_path", N_("The folder lies in the workspace."), where=str(out), hint=hint)
    if not is_folder and os.path.lexists(out):
        raise vault.taken(out)
    return _Names(out, is_folder)


def _plain(name: str) -> str:
    """Return a name in letters that every file system and every shell takes."""
    return "".join(c for c in folded(name) if c.isascii() and c.isalnum()) or "workspace"


def _unfinished(folder: Path, origin: str) -> Path:
    """Return the name of a backup while it is written: one for each workspace, so the next run finds what is left."""
    return folder / f".{origin}.backup.part"


def _clean(staging: Path, part: Path) -> None:
    """Remove what a run that was killed left behind; nobody else writes a backup of this workspace now."""
    part.unlink(missing_ok=True)
    for left in staging.iterdir():
        if left.name != ".lock":
            left.unlink()


def _parts(files: Files, copied: Copied, reception: bytes | None) -> Iterator[vault.Part]:
    # Before the files: what a row speaks of was on the disk when the row was read.
    if reception is not None:
        yield vault.Part(carrying.FILE_NAME, copied.packed, reception)
    yield from files.parts()
    yield vault.Part(STORE, copied.packed, optional=False)


def _reception(workspace: Workspace) -> bytes | None:
    """Return the rows of the reception as they are carried, ``None`` if this workspace never had one."""
    if not is_there(workspace.folder, workspace.settings.store):
        return None
    opened = open_reception(workspace.folder, workspace.settings.store)
    try:
        with opened.reading() as connection:
            return b"".join(carrying.lines(connection))
    finally:
        opened.close()


def _copy(workspace: Workspace, staging: Path, now: datetime) -> Copied:
    """Copy the store as of one moment, and tell of it what its copy says."""
    copy, packed = staging / "store.gpkg", staging / STORE
    if workspace.settings.store.url:
        snapshot.write(workspace.store, copy)
    else:
        standing.take(workspace.folder, copy)
    sha256, size = standing.shrunk(copy, packed)
    with standing.opened(copy, workspace.folder, workspace.store.device) as store:
        then = replace(workspace, store=store)
        heads = store.origins()
        facts: dict[str, Any] = {
            "made_at": iso(now),
            "origin": store.origin,
            "device": store.device,
            "public_key": store.public_key,
            "province": workspace.settings.workspace.province,
            "simulated": projection.is_simulated(then),
            "store": {"sha256": sha256, "size": size, "version": STORE_VERSION},
            "chains": [
                {"origin": h.origin, "label": h.label, "public_key": h.public_key, "events": h.events, "head": h.head}
                for h in heads
            ],
            "events": sum(head.events for head in heads),
            "fingerprint": checkpoints.fingerprint(checkpoints.taken(store)),
            "as_of": iso(totals.moment(then, datetime.now(UTC))),
            "totals": totals.of_seasons(then),
        }
    copy.unlink()
    return Copied(packed, facts)


def _manifest(workspace: Workspace, copied: Copied, read: vault.Contents) -> dict[str, Any]:
    return copied.facts | {
        "program": {"name": "eradication", "version": version("eradication"), "replays": program()},
        "on_server": bool(workspace.settings.store.url),
        "left_out": [*backed_up.LEFT_OUT],
        "originals": _count(read, "originals"),
        "gone": read.gone,
    }


def _count(contents: vault.Contents, folder: str) -> int:
    return sum(name.startswith(f"{folder}/") for name in contents.members)
