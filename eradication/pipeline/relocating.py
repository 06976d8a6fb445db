"""A workspace moves: from its file to a server or back, or to another folder; and it proves that it is the same.

::

    begun      the old store admits no other writer; the new folder is a building site
    files      everything in the old folder → the new one
    store      all rows → the new store, file or schema
    proved     both sides were read, what was written from the disk, and their digests agree
    marked     the old store says where it went, and takes nothing more: the new one counts
    in use     the settings are in place: the new folder is a workspace

A cut before *marked* leaves the old workspace as it was, and the same command clears what lies in the new folder and
begins anew. A cut after it leaves the new one, which the next command that opens it puts into use. Never can both be
written. With ``as_copy`` the old one goes on and the copy is another origin: no key goes with it, nor what names
informants.
"""

import dataclasses
import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication import config, store
from eradication.errors import N_, CheckFailed, EradicationError, StorageFailed, UnusableInput
from eradication.pipeline import building_site, projection
from eradication.pipeline.building_site import Plan, Site
from eradication.pipeline.workspace import Workspace, disk_errors_explained, opened
from eradication.progress import Stage, Tick, quiet
from eradication.store import belongings, keys, moving, rotation, sealed, snapshot
from eradication.store.belongings import Belongings, Stamps
from eradication.store.content import Content
from eradication.store.embedded import FILE_NAME
from eradication.store.relational import RelationalStore

OWN_FILES = (config.FILE_NAME, building_site.NAME, *(FILE_NAME + end for end in ("", "-wal", "-shm", "-journal")))
"""Of a workspace's folder, what is made anew in the other one."""
PRIVATE = ("keys", sealed.FOLDER)
"""What a copy that is another origin does not get."""
SHOWN = 5
"""Names listed of many."""


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be copied where."""

    source: Path
    """Folder of the workspace."""
    target: Path
    """Folder to be made; empty or not there."""
    url: str = ""
    """Database in which the new store is to be kept, empty = a file in the folder."""
    schema: str = ""
    """Schema of that database; empty = what ``url`` says as ``?schema=``, or the usual one."""
    as_copy: bool = False
    """The old workspace goes on; the new one is another origin."""


def _silent(_step: str) -> None:
    pass


def copy(move: Move, stage: Stage = quiet, after: Callable[[str], None] = _silent) -> dict[str, Any]:
    """Copy a workspace, prove it, and put the copy into use in its place, or beside it.

    Args:
        move: what, and where to.
        stage: told of steps.
        after: told of each step that is done, by the names above.

    Raises:
        UnusableInput: ``no_workspace``, ``workspace_exists``, ``folder_not_empty``, ``same_folder``, ``store_taken``,
            ``copy_running``, ``bad_settings`` …
        CheckFailed: ``copy_differs``: nothing was changed.
        StorageFailed: ``store_moved``, ``store_locked``, ``workspace_in_use``, ``disk_full``, ``store_unreachable`` …
    """
    move = dataclasses.replace(move, source=move.source.resolve(), target=move.target.resolve())
    _check_apart(move)
    site = Site(move.target)
    with opened(move.source) as old:
        site.check_free(move.source)
        with disk_errors_explained(move.target), site.locked():
            if site.is_open:
                return _finished(site)
            with _store_of(old).held() as held:
                plan, to = site.plan(), moving.moved_to(held)
                if plan is None or plan.token not in to:
                    if not move.as_copy:
                        moving.check(held, str(move.source))
                    site.clear()
                    plan = _built(old, site, move, stage, after)
                    if not move.as_copy:
                        moving.mark(held, _place_of(move, plan))
            after("marked")
            answer = _finished(site)
            after("in use")
            return answer


def taken_over(folder: Path) -> bool:
    """Put a copy into use that was cut short after the old store was marked; tell whether it was."""
    site = Site(folder)
    plan = site.plan()
    if plan is None:
        return False
    with suppress(EradicationError), opened(Path(plan.source)) as old, site.locked():
        if plan.token in _store_of(old).moved_to():
            site.open_up()
            return True
    return site.is_open


def _finished(site: Site) -> dict[str, Any]:
    plan = site.plan()
    site.open_up()
    return (plan.answer if plan else None) or {}


def _store_of(workspace: Workspace) -> RelationalStore:
    assert isinstance(workspace.store, RelationalStore)  # what a folder holds is never the fake
    return workspace.store


def _place_of(move: Move, plan: Plan) -> str:
    return f"{move.target} [{plan.token}]"


def _check_apart(move: Move) -> None:
    if move.source == move.target or move.source in move.target.parents or move.target in move.source.parents:
        raise UnusableInput(
            "same_folder",
            N_("The two folders are one, or one lies in the other."),
            where=str(move.target),
            hint=N_("Name a folder beside the workspace or on another disk."),
        )


def _built(old: Workspace, site: Site, move: Move, stage: Stage, after: Callable[[str], None]) -> Plan:
    """Make the new workspace up to its proof; what was begun is removed where that fails."""
    place = _place(old, move)
    file = move.source / config.FILE_NAME
    text = config.placed(file.read_text(encoding="utf-8"), file, place)
    plan = site.begin(move.source, text, secret=bool(place.url))
    after("begun")
    inbox = old.settings.inbox.folder.strip("/").split("/")[0]
    leave = (*OWN_FILES, *PRIVATE, inbox) if move.as_copy else OWN_FILES
    began = time.monotonic()
    try:
        before = belongings.stamps(move.source, leave)
        files = belongings.copy(move.source, site.folder, leave, stage(N_("Copying files")))
        after("files")
        rows = _stored(old, site, place, stage(N_("Copying the store")))
        after("store")
        found = belongings.read(site.folder, leave, stage(N_("Reading the files back")))
        _check_files(files, found, site.folder)
        _check_still(before, belongings.stamps(move.source, leave), move.source)
        origin = _another_origin(old, site, place) if move.as_copy else old.store.origin
    except BaseException:
        with suppress(EradicationError, OSError):
            site.clear()
        raise
    answer = _told(move, place, rows, (files, found)) | {
        "origin": origin,
        "left_out": [name for name in leave if name not in OWN_FILES and (move.source / name).exists()],
        "simulated": projection.is_simulated(old),
        "seconds": round(time.monotonic() - began, 1),
    }
    plan = dataclasses.replace(plan, answer=answer)
    site.note(plan)
    after("proved")
    return plan


def _told(move: Move, place: config.Store, rows: Content, files: tuple[Belongings, Belongings]) -> dict[str, Any]:
    """Return what was copied and its proof; ``files`` are those of the old folder and of the new one."""
    was, now = files
    return {
        "from": str(move.source),
        "to": str(move.target),
        "store": _where(place, move.target),
        "moved": not move.as_copy,
        "equal": True,
        "digests": {"from": _digest(rows, was), "to": _digest(rows, now)},
        "store_sha256": rows.sha256,
        "rows": dict(rows.rows),
        "files_sha256": was.sha256,
        "files": was.files,
        "bytes": was.size,
    }


def _place(old: Workspace, move: Move) -> config.Store:
    """Return where the new store is to be."""
    usual = config.Store().schema
    if not move.url:
        return dataclasses.replace(old.settings.store, url="", schema=usual)
    from eradication.store import postgis_address  # its libraries are an extra

    url, said = postgis_address.parted(move.url)
    place = dataclasses.replace(old.settings.store, url=url, schema=move.schema or said or usual)
    postgis_address.address_of(place)
    return place


def _stored(old: Workspace, site: Site, place: config.Store, tick: Tick) -> Content:
    """Copy all rows; what was written was read back, and its digest is that of what was read."""
    with _store_of(old).everything() as source:
        if place.url:
            plan = site.plan()
            return snapshot.into_schema(source, place, token=plan.token if plan else "", tick=tick)
        return snapshot.into_file(source, site.folder / FILE_NAME, tick)


def _where(place: config.Store, folder: Path) -> str:
    if not place.url:
        return str(folder / FILE_NAME)
    from eradication.store import postgis_address

    return postgis_address.address_of(place).where


def _digest(rows: Content, files: Belongings) -> str:
    return hashlib.sha256(f"{rows.sha256} {files.sha256}".encode()).hexdigest()


def _check_files(was: Belongings, now: Belongings, folder: Path) -> None:
    if was != now:
        raise CheckFailed(
            "copy_differs",
            N_("What was written is not what was read: {tables}. The copy is not used."),
            where=str(folder),
            hint=N_("Check disk and memory of this computer with `eradication doctor`, then run the command again."),
            values={"tables": _some(was.differing(now))},
        )


def _check_still(before: Stamps, after: Stamps, folder: Path) -> None:
    changed = sorted(name for name, _ in before.items() ^ after.items())
    if changed:
        raise StorageFailed(
            "workspace_in_use",
            N_("Files of the workspace changed while they were copied: {names}."),
            where=str(folder),
            hint=N_("Stop the programs that work in it, such as `eradication inbox`, and run the command again."),
            values={"names": _some(changed)},
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names[:SHOWN])) + (" …" if len(names) > SHOWN else "")


def _another_origin(old: Workspace, site: Site, place: config.Store) -> str:
    """Give the copy its own key, and a note of how far each chain reaches in it."""
    signer = keys.load(site.folder / "keys" / rotation.KEY, create=True)
    reached = {head.origin: (head.events, head.head) for head in old.store.origins()}
    signer.note_committed(reached, None, stepped_back=False)
    with store.open(site.folder, settings=place) as fresh, fresh.held() as held:
        moving.unmark(held)
    return signer.origin
