"""A workspace is made anew from a backup; or a backup is tried, and nothing stays behind.

The restored workspace goes on under another key, and so as another origin. The device may have recorded and signed more
after the backup was taken, and what it signed may lie in bundles elsewhere: going on under the old key would give the
same numbers out twice, and no other store could take both. As another origin it takes those bundles in like any; its
first event says what it was before, and the old chain verifies as it always did.
"""

import dataclasses
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import config
from eradication.domain import EventKind, Json
from eradication.domain.event import parse_iso
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.pipeline import projection, restored_settings, set_layers, totals
from eradication.pipeline.basis import program
from eradication.pipeline.workspace import Workspace, disk_errors_explained, locked, opened
from eradication.progress import Stage
from eradication.store import age, keys, note, rotation, unpacking, vault
from eradication.store import audit as chains
from eradication.store.files import sync_folder, sync_tree
from eradication.store.keyring import SUPERSEDED

OTHER_PROGRAM, NOT_COMPARED, STORE_IN_FILE = "other_program", "ledger_not_compared", "store_in_file"
FILES_MISSING = "files_missing"
HAND_INS_CLOSED = "hand_ins_closed"


@dataclass(frozen=True, slots=True)
class How:
    """How a workspace is restored."""

    opener: age.Opener
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Keys that open what is sealed, from escrow: file → PEM."""
    server: config.Store | None = None
    """Where the store goes instead of into a file; its schema must be empty."""
    stolen: bool = False
    """Somebody else may hold the old signing key: models it signed are not trusted any more."""


class _Clock:
    """Seconds of each part."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self.seconds, self._part, self._began = stage, {}, "", 0.0

    seconds: dict[str, float]

    def part(self, name: str, title: str = "") -> None:
        """Begin a part, and end the one before."""
        now = time.monotonic()
        if self._part:
            self.seconds[self._part] = round(now - self._began, 2)
        self._part, self._began = name, now
        if title:
            self._stage(title)


def restore(file: Path, to: Path, how: How, *, stage: Stage) -> dict[str, Any]:
    """Make the workspace ``to`` from a backup; it is there whole, or not at all.

    Raises:
        UnusableInput: ``no_such_file``, ``folder_not_empty``, ``key_needed``, ``restore_in_use``, ``store_taken`` …
        StorageFailed: ``backup_newer``, ``store_newer``, ``disk_full``, ``disk_failed`` …
        CheckFailed: ``wrong_key``, ``wrong_passphrase``, ``backup_damaged``, ``backup_altered``.
    """
    _check_file(file)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UnusableInput(
            "folder_not_empty", N_("The folder is not empty; nothing is restored over something else."),
            where=str(to), hint=N_("Name a new folder with --to DIR."),
        )  # fmt: skip
    if not to.resolve().parent.is_dir():
        hint = N_("Make the folder above it first.")
        raise UnusableInput("no_such_folder", N_("There is no such folder."), where=str(to.parent), hint=hint)
    with _staging(to.resolve().parent / f".{to.resolve().name}.restoring") as fresh:
        answer = _stood_up(file, fresh, how, _Clock(stage))
        with disk_errors_explained(to):
            sync_tree(fresh)
            if to.exists():
                to.rmdir()
            fresh.rename(to)
            sync_folder(to.resolve().parent)
        if how.server is not None:
            restored_settings.settled(how.server, _token(answer["backup"]["fingerprint"]))
    answer = _with_what_is_missing(answer, to.resolve())
    closed = [HAND_INS_CLOSED] if _has_hand_ins(to) and not any(name.startswith("queue-") for name in how.keys) else []
    return {"restored": str(to), **answer, "warnings": [*answer["warnings"], *closed]}


def _has_hand_ins(folder: Path) -> bool:
    return any(file.is_file() for part in ("files", "sealed") for file in (folder / "hand_ins" / part).rglob("*"))


def _with_what_is_missing(answer: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Add the files that the settings name and that are not there: they are the office's own, and in no backup."""
    missing = set_layers.missing(config.load(folder / config.FILE_NAME), folder)
    warnings = [*answer["warnings"], *([FILES_MISSING] if missing else [])]
    return {**answer, "missing_files": missing, "warnings": warnings}


def _token(fingerprint: str) -> str:
    """Return what marks the schema of a restore that is under way: one that was killed is made anew by the next."""
    return f"eradication restore {fingerprint}"


def verify(file: Path, how: How, *, stage: Stage) -> dict[str, Any]:
    """Restore a backup into a temporary folder, check all of it, and leave nothing behind.

    Raises:
        UnusableInput: ``no_such_file``, ``key_needed``, ``restore_in_use``.
        StorageFailed: ``backup_newer``, ``store_newer``, ``disk_full``, ``disk_failed`` …
        CheckFailed: ``wrong_key``, ``wrong_passphrase``, ``backup_damaged``, ``backup_altered``.
    """
    _check_file(file)
    name = f"eradication-verify-{os.getuid() if hasattr(os, 'getuid') else 0}"
    with _staging(Path(tempfile.gettempdir()) / name) as fresh:
        answer = _stood_up(file, fresh, dataclasses.replace(how, server=None), _Clock(stage))
        answer = _with_what_is_missing(answer, fresh)
    return {"restored": "", **answer}


def _check_file(file: Path) -> None:
    if not file.is_file():
        hint = N_("Check the name of the file.")
        raise UnusableInput("no_such_file", N_("There is no such file."), where=str(file), hint=hint)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Give an empty folder of the owner's alone that is gone afterwards; what a killed run left in it goes first."""
    with disk_errors_explained(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
        if folder.is_symlink() or (hasattr(os, "getuid") and about.st_uid != os.getuid()):
            hint = N_("Remove it, or set TMPDIR to a folder of your own.")
            message = N_("This folder belongs to somebody else.")
            raise StorageFailed("not_writable", message, where=str(folder), hint=hint)
        folder.chmod(0o700)
    fresh = folder / "workspace"
    with locked(folder, "restore_in_use", N_("Another program is restoring a backup there.")):
        try:
            _remove(fresh)
            with disk_errors_explained(folder):
                fresh.mkdir(mode=0o755)
            yield fresh
        finally:
            _remove(fresh)
            shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def _stood_up(file: Path, folder: Path, how: How, clock: _Clock) -> dict[str, Any]:
    """Unpack a backup into ``folder``, make it a workspace, and check it."""
    clock.part("unpack", N_("Decrypting"))
    with disk_errors_explained(folder):
        told = unpacking.unpack(file, how.opener, folder)
        manifest = vault.checked(file, told)
        _make_whole(folder, manifest, how)
    clock.part("audit", N_("Checking the chains"))
    with _damage_told(file), opened(folder) as workspace:
        origins = chains.verify(workspace.store)
        heads = {h.origin: (h.events, h.head) for h in workspace.store.origins()}
        same_heads = heads == {row["origin"]: (row["events"], row["head"]) for row in manifest["chains"]}
        clock.part("ledger", N_("Replaying the ledger"))
        _begin_anew(workspace, manifest, how)
        ledger, warnings = _compared(workspace, manifest)
        origin = workspace.store.origin
    clock.part("store")
    if how.server is not None:
        restored_settings.move_to_server(folder, how.server, _token(manifest["fingerprint"]))
    elif manifest["on_server"]:
        warnings.append(STORE_IN_FILE)
    clock.part("")
    return {
        "ok": all(check.ok for check in origins) and same_heads and not ledger["differing"],
        "backup": {name: manifest[name] for name in
                   ("made_at", "origin", "device", "province", "events", "originals", "fingerprint", "simulated")}
        | {"files": len(manifest["members"]), "program": manifest["program"]["version"]},
        "origins": [dataclasses.asdict(check) for check in origins],
        "same_heads": same_heads, "ledger": ledger,
        "origin": origin, "previous_origin": manifest["origin"], "keys": sorted(how.keys),
        "warnings": warnings, "seconds": clock.seconds,
    }  # fmt: skip


@contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    """Say of a store that cannot be read that the backup is damaged: no disk of this computer is."""
    try:
        yield
    except StorageFailed as error:
        if error.kind != "store_damaged":
            raise
        raise age.damaged(file, N_("The store in the backup is damaged."), unpacking.STORE) from error


def _make_whole(folder: Path, manifest: Mapping[str, Any], how: How) -> None:
    """Give what was unpacked what a backup does not hold: a key, and the note of how far the chains reached."""
    for name in ("models", "outputs"):
        (folder / name).mkdir(exist_ok=True)
    restored_settings.keep_in_file(folder)
    home = folder / "keys"
    keys.load(home / rotation.KEY, create=True)
    for name, pem in how.keys.items():
        keys.write_private(home / name, pem)
    keys.write_private(home / SUPERSEDED, f"{manifest['origin']}\n".encode())
    heads = {row["origin"]: (row["events"], row["head"]) for row in manifest["chains"]}
    # A clock that stands behind the backup is put on record.
    note.write(home / "origin.signed", note.Note(heads, parse_iso(manifest["made_at"])))


def _begin_anew(workspace: Workspace, manifest: Mapping[str, Any], how: How) -> None:
    """Record what the workspace was before, and write layers and what is kept of the replay under the new key."""
    body: dict[str, Json] = {
        "previous_origin": manifest["origin"],
        "previous_public_key": manifest["public_key"],
        "previous_events": next((r["events"] for r in manifest["chains"] if r["origin"] == manifest["origin"]), 0),
        "made_at": manifest["made_at"],
        "fingerprint": manifest["fingerprint"],
        "stolen": how.stolen,
    }
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        transaction.append(EventKind.WORKSPACE_RESTORED, datetime.now(UTC), body)
        projection.refresh(workspace, transaction, parse_iso(manifest["as_of"]))


def _compared(workspace: Workspace, manifest: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Hold the ledger, replayed from the events, against what it told when the backup was taken."""
    try:
        now = totals.of_seasons(workspace, parse_iso(manifest["as_of"]))
    except UnusableInput:  # the settings name a file that is not in the workspace, such as the border line
        return {"compared": False, "seasons": 0, "differing": []}, [NOT_COMPARED]
    then: totals.Totals = manifest["totals"]
    differing = [
        {"season": season, "quantity": name, "backup": was, "restored": is_now}
        for season in sorted(then.keys() | now.keys())
        for name in totals.TOLD
        if (was := then.get(season, {}).get(name)) != (is_now := now.get(season, {}).get(name))
    ]
    if differing and manifest["program"]["replays"] != program():
        # Another version of the program may count otherwise: that is told, and no fault of the backup.
        return {"compared": True, "seasons": len(now), "differing": [], "other_rules": differing}, [OTHER_PROGRAM]
    return {"compared": True, "seasons": len(now), "differing": differing}, []
