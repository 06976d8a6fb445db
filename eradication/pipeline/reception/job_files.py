"""Files handed in for a job: on the disk, names and all, before anybody is told that the job is kept.

``reception/jobs/<job>/<n>/<name>``: numbered, because two may bear one name. They go when the job is done, for what is
worth keeping of them is in the ledger then; of one that failed they stay, so that it can be tried again.
"""

import os
import re
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception.place import Place
from eradication.store.files import sync_folder, sync_tree, write_failures

_MOST_NAME = 120
_ODD = re.compile(r"[\x00-\x1f\x7f]")
_DAY_S = 86_400.0

type File = tuple[str, BinaryIO]
"""Name as its owner gave it, and what is in it."""


def folder_of(place: Place, job_id: str) -> Path:
    """Return the folder of a job's files; it need not be there."""
    return place.workspace.folder / "reception" / "jobs" / job_id


def outputs_of(place: Place, job_id: str) -> Path:
    """Return the folder of the files that a job writes; it need not be there."""
    return place.workspace.folder / "outputs" / "jobs" / job_id


def keep(place: Place, job_id: str, files: Sequence[File]) -> list[str]:
    """Keep files durably and return their names below the job's folder; all of them, or none.

    Raises:
        StorageFailed: ``disk_full``, ``store_unwritable``.
    """
    folder = folder_of(place, job_id)
    names = [f"{number}/{_plain(name)}" for number, (name, _) in enumerate(files)]
    try:
        with write_failures(folder):
            for above in (folder.parent.parent, folder.parent):
                above.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700)
            for inside, (_, content) in zip(names, files, strict=True):
                _write(folder / inside, content)
            sync_tree(folder)
            for above in (folder.parent, folder.parent.parent, place.workspace.folder):
                sync_folder(above)
    except BaseException:
        remove(place, job_id)
        raise
    return names


def _plain(name: str) -> str:
    """Return the last part of a name, which the kind of a file is known by and records bear."""
    last = PurePosixPath(_ODD.sub("", name).replace("\\", "/")).name.lstrip(".")
    stem, dot, ending = last.rpartition(".")
    whole = last if len(last) <= _MOST_NAME else f"{(stem or ending)[: _MOST_NAME - 12]}{dot}{ending[:11]}"
    while len(whole.encode()) > 2 * _MOST_NAME:
        whole = whole[1:]
    return whole or "file"


def _write(path: Path, content: BinaryIO) -> None:
    path.parent.mkdir(mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        shutil.copyfileobj(content, stream, 1 << 20)


def paths(place: Place, job_id: str, body: Mapping[str, Any]) -> list[Path]:
    """Return the kept files that a job's body names.

    Raises:
        UnusableInput: ``no_files``, ``files_missing``.
    """
    folder = folder_of(place, job_id)
    found = [folder / name for name in body.get("files", ())]
    if not found:
        hint = N_("Name at least one file, or a folder that holds some.")
        raise UnusableInput("no_files", N_("There is no file to take in."), where=job_id, hint=hint)
    gone = [path.name for path in found if not path.is_file()]
    if gone:
        raise UnusableInput(
            "files_missing",
            N_("Files of this job are gone: {names}."),
            where=job_id,
            hint=N_("Hand them in again."),
            values={"names": ", ".join(gone)},
        )
    return found


def as_handed_in(place: Place, job_id: str, text: str) -> str:
    """Return a text in which the files of a job are named as their owner named them, not by where they are kept."""
    return re.sub(re.escape(f"{folder_of(place, job_id)}/") + r"\d+/", "", text)


def remove(place: Place, job_id: str) -> None:
    """Remove the files of a job; what cannot be removed now is removed by :func:`tidy`."""
    shutil.rmtree(folder_of(place, job_id), ignore_errors=True)


def tidy(place: Place, needed: Collection[str]) -> None:
    """Remove the files of jobs that nobody needs any more, once they are a day old.

    Args:
        place: whose files.
        needed: ids of jobs whose files stay.
    """
    jobs = folder_of(place, "x").parent
    for folder in jobs.iterdir() if jobs.is_dir() else ():
        if folder.name not in needed and time.time() - folder.stat().st_mtime > _DAY_S:
            remove(place, folder.name)
