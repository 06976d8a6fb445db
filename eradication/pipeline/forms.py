"""Filled-in forms are handed in as folders, ZIP files and exports; their rows go the way of those of tables."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import forms as reading
from eradication.ingest import photos as photo_reading
from eradication.ingest import sandbox, unpacking
from eradication.ingest.forms import ATTACHMENTS, SUBMISSIONS, FormFile
from eradication.ingest.unpacking import Handed
from eradication.pipeline import effects, photo_desk, projection, tips
from eradication.pipeline.photo_placing import Said
from eradication.pipeline.submissions import Taking
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.progress import Stage, quiet
from eradication.report import form_questions


def write_forms(folder: Path) -> dict[str, Any]:
    """Write the forms for telephones (XLSForm) into a folder."""
    from eradication.report import xlsform  # brings openpyxl, which taking submissions in does not need here

    with disk_errors_explained(folder):
        return {"written": [str(path) for path in xlsform.write(folder)]}


def _as_read(file: FormFile) -> FormFile:
    return file


def record_forms(
    workspace: Workspace,
    paths: Sequence[Path],
    timezone: str = "",
    stage: Stage = quiet,
    screened: Callable[[FormFile], FormFile] = _as_read,
) -> dict[str, Any]:
    """Take submissions in, each row accepted, duplicate, conflict or refused, with the files that belong to them.

    ``screened`` sees each file when it has been read, and may refuse rows of it.

    Raises:
        UnusableInput: no file at all could be examined.
    """
    tick = stage(N_("Forms"))
    context = tips.context(workspace, timezone)
    with _gathered(paths, workspace) as given, disk_errors_explained(workspace.folder):
        files = []
        for done, file in enumerate(reading.read(given.submissions, context, form_questions.labels()), start=1):
            files.append(screened(file))
            tick(done, len(given.submissions))
        files += [FormFile(other, _digest(other), error=other.refusal or _unknown(other)) for other in given.others]
        _check_any_examined(files, given, paths)
        with workspace.store.transaction() as transaction:
            taking = Taking(workspace, transaction, given.attachments)
            taken = taking.take(files)
            told = projection.refresh(workspace, transaction)
        taken["visits"] = effects.explained(taken["visits"], told)
        photos = _take_photos(workspace, taking.photos, timezone, stage)
    return taken | {"photos": photos}


def _take_photos(
    workspace: Workspace, photos: Mapping[str, Sequence[Handed]], timezone: str, stage: Stage
) -> list[dict[str, str]]:
    """Make evidence of the photos of visits, as ``photos import`` does: timed, placed, with a copy without EXIF."""
    tick, total, done = stage(N_("Photos")), sum(len(some) for some in photos.values()), 0
    told: list[dict[str, str]] = []
    zone = photo_reading.zone(timezone or workspace.settings.workspace.timezone)
    for unit, handed in sorted(photos.items()):
        desk = photo_desk.Desk(workspace, unit, zone, bool(timezone))
        for photo in handed:
            desk.take(photo)
            done += 1
            tick(done, total)
        desk.record(Said())
        told += [{"file": one.name, "status": one.status, "reason": one.reason} for one in desk.taken]
    return told


@dataclass
class _Given:
    """What was handed in, by kind; all of it can be read until the end of the ``with``."""

    submissions: list[Handed] = field(default_factory=list)
    attachments: list[Handed] = field(default_factory=list)
    others: list[Handed] = field(default_factory=list)


@contextmanager
def _gathered(paths: Sequence[Path], workspace: Workspace) -> Iterator[_Given]:
    """Spread folders and ZIPs, and keep what was in a ZIP until everything has been matched."""
    given = _Given()
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        for number, handed in enumerate(unpacking.spread(paths, workspace.settings.limits)):
            if str(handed.path) != handed.name and handed.refusal is None:
                target = Path(folder) / f"{number}{handed.path.suffix}"
                shutil.copyfile(handed.path, target)
                handed = replace(handed, path=target)
            suffix = PurePosixPath(handed.name).suffix.lower()
            if handed.refusal is None and suffix in ATTACHMENTS:
                given.attachments.append(handed)
            elif handed.refusal is None and (suffix in SUBMISSIONS or not handed.path.is_file()):
                given.submissions.append(handed)
            else:
                given.others.append(handed)
        yield given


def _digest(file: Handed) -> str:
    return sandbox.digest(file.path) if file.path.is_file() else ""


def _unknown(file: Handed) -> RefusedInput:
    return RefusedInput(
        "unknown_format",
        N_("This is neither a submission nor a file that belongs to one."),
        where=file.name,
        hint=N_("Submissions come as XML, CSV, XLSX or JSON, with photos beside them, in a folder or a ZIP file."),
    )


def _check_any_examined(files: Sequence[FormFile], given: _Given, named: Sequence[Path]) -> None:
    problems = [file.error for file in files if isinstance(file.error, UnusableInput)]
    if problems and len(problems) == len(files):
        raise problems[0]
    where = ", ".join(map(str, named))
    if not files and given.attachments:
        message = N_("There are photos or recordings, but no submission among these files.")
        hint = N_("Hand photos by themselves in with: eradication photos import FILE")
        raise UnusableInput("no_submissions", message, where=where, hint=hint)
    if not files:
        hint = N_("Name at least one file, or a folder that holds some.")
        raise UnusableInput("no_files", N_("There is no file to take in."), where=where, hint=hint)
