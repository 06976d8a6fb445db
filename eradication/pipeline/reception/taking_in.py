"""From opened hand-ins to the desks of the main path: forms, tracks, photos, whatever a desk was given."""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from eradication.domain import PatrolFile
from eradication.errors import EradicationError
from eradication.ingest import forms as form_reading
from eradication.ingest import unpacking
from eradication.ingest.formats import photo_kind
from eradication.ingest.unpacking import Handed
from eradication.pipeline import answers, forms, journal, main_path, photos, tips
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.photos import PhotoOptions
from eradication.pipeline.reception import filling_in
from eradication.pipeline.reception.records import TIP, Record
from eradication.pipeline.reception.speaking import Voice, other_unit
from eradication.pipeline.workspace import Workspace
from eradication.progress import Stage
from eradication.report import form_questions

_HEADINGS = b"time,lon,lat,accuracy,altitude,speed"
_COUNTED = ("accepted", "duplicate", "conflict")
"""Statuses of what is on record."""
_UNSAFE = re.compile(r"[^0-9A-Za-zÀ-ỹ._ -]")


@dataclass(frozen=True, slots=True)
class Into:
    """Where something is entered, and in whose name."""

    voice: Voice
    unit: str
    """Unit of what names none itself."""
    folder: Path
    """Holds nothing that lasts."""
    stage: Stage


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a hand-in."""

    answer: dict[str, Any]
    """As it is kept and shown."""
    is_recorded: bool
    """Some of it is in the ledger."""


def refused(error: EradicationError) -> Taken:
    """Return the answer to what was refused as a whole."""
    return Taken({"reasons": [told(error)], "warnings": []}, False)


def told(error: EradicationError) -> dict[str, Any]:
    """Return why something was refused, so that it can be shown in either language."""
    return _reason(error.kind, error.message, error.where, error.hint, error.values)


def _reason(kind: str, message: str, where: str = "", hint: str = "", values: Any = None) -> dict[str, Any]:
    filling = journal.plain(dict(values or {}))
    return {"kind": kind, "message": message, "where": where, "hint": hint, "values": filling}


def form(workspace: Workspace, record: Record, into: Into, warnings: Sequence[str]) -> Taken:
    """Enter a visit or a tip as the instance of ODK that it would have been."""
    wanted = filling_in.form_of(record.form or (form_questions.TIP.id if record.kind == TIP else ""))
    own = {"unit": into.unit} if into.unit and not record.answers.get("unit") else {}
    content, left_out = filling_in.instance(wanted, {**record.answers, **own}, record.uuid)
    place = into.folder / "instances" / record.uuid.replace(":", "-")
    place.mkdir(parents=True)
    path = place / f"{place.name}.xml"
    path.write_bytes(content)
    for file in record.files:
        file.replace(place / file.name)
    said = [*warnings, *(f"unknown_question:{name}" for name in left_out)]
    return submission(workspace, [place], into, said)


def submission(workspace: Workspace, paths: Sequence[Path], into: Into, warnings: Sequence[str] = ()) -> Taken:
    """Enter submissions of forms and what belongs to them."""
    answer = forms.record_forms(workspace, paths, "", into.stage, into.voice.screened)
    reasons = [
        _reason(row["reason"], row["message"], _bare(row["where"], into), row["hint"], row["values"])
        for row in (*answer["files"], *answer["visits"], *answer["tips"])
        if row["status"] in ("refused", "conflict") and row["message"]
    ]
    missing = [f"file_missing:{one['file']}" for one in answer["attachments"] if not one["found"]]
    kept = {
        "visits": [_without(row, into) for row in answer["visits"]],
        "tips": [_without(row, into) for row in answer["tips"]],
        "photos": answer["photos"],
    }
    rows = (*answer["visits"], *answer["tips"])
    return _taken(kept, reasons, [*warnings, *missing], [row["status"] for row in rows])


def _without(row: dict[str, Any], into: Into) -> dict[str, Any]:
    """Return a row without where its file lay for a moment."""
    plain = journal.plain({name: value for name, value in row.items() if name != "file"})
    assert isinstance(plain, dict)
    return plain | {"where": _bare(str(row["where"]), into)}


def _bare(where: str, into: Into) -> str:
    return where.replace(f"{into.folder}/", "")


def _taken(kept: dict[str, Any], reasons: list[dict[str, Any]], warnings: list[str], statuses: Iterable[str]) -> Taken:
    found = {name: value for name, value in kept.items() if value}
    return Taken({**found, "reasons": reasons, "warnings": warnings}, any(status in _COUNTED for status in statuses))


def track(workspace: Workspace, record: Record, into: Into, warnings: Sequence[str]) -> Taken:
    """Enter a walk: its pieces joined into one table of fixes, each line as it was recorded.

    Raises:
        RefusedInput: ``other_unit``.
    """
    if record.unit and not into.voice.may(record.unit):
        raise other_unit(record.unit, into.voice.unit)
    path = into.folder / f"{record.purpose or 'walk'}-{record.uuid}.csv".replace(":", "-")
    with path.open("wb") as out:
        out.write(_HEADINGS + b"\n")
        for file in record.files:
            content = file.read_bytes().removeprefix(b"\xef\xbb\xbf").removeprefix(_HEADINGS)
            out.write(content.strip(b"\r\n") + b"\n")
    return _patrols(workspace, [path], into, into.unit or record.unit, warnings)


def _patrols(workspace: Workspace, paths: Sequence[Path], into: Into, unit: str, warnings: Sequence[str] = ()) -> Taken:
    files = main_path.record_patrols(workspace, paths, PatrolOptions(unit=unit), into.stage)
    told_files = answers.of_patrol_files(files, str)["files"]
    for one in told_files:
        one["path"], one["where"] = PurePosixPath(one["path"]).name, _bare(str(one["where"]), into)
    reasons = [_why(file, into) for file in files if file.status == "refused"]
    return _taken({"patrols": told_files}, reasons, list(warnings), [file.status for file in files])


def _why(file: PatrolFile, into: Into) -> dict[str, Any]:
    refusal = file.facts.get("refusal", {"template": file.message, "values": {}, "hint": "", "where": file.path})
    where = _bare(str(refusal["where"]), into)
    return _reason(file.reason, refusal["template"], where, refusal["hint"], refusal["values"])


def anything(workspace: Workspace, paths: Sequence[Path], into: Into) -> Taken:
    """Enter whatever a desk was given, by what it is: submissions and tables of visits, photos, tracks.

    Photos that come together with submissions belong to them.
    """
    found = _sorted(workspace, paths, into)
    parts: list[Taken] = []
    if found.forms:
        parts.append(submission(workspace, [*found.forms, *found.photos], into))
    elif found.photos:
        parts.append(_photos(workspace, found.photos, into))
    if found.tracks:
        parts.append(_patrols(workspace, found.tracks, into, into.unit))
    answer: dict[str, Any] = {"reasons": [], "warnings": []}
    for part in parts:
        for name, value in part.answer.items():
            answer[name] = [*answer.get(name, ()), *value]
    return Taken(answer, any(part.is_recorded for part in parts))


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Files by what they are."""

    forms: list[Path]
    photos: list[Path]
    tracks: list[Path]


def _sorted(workspace: Workspace, paths: Sequence[Path], into: Into) -> _Sorted:
    """Look into ZIP files, and tell tables of visits and tips from those of fixes by their columns."""
    found = _Sorted([], [], [])
    tables: list[Handed] = []
    for number, handed in enumerate(unpacking.spread(paths, workspace.settings.limits)):
        path = into.folder / "sorted" / f"{number:05}" / safe_name(PurePosixPath(handed.name).name)
        path.parent.mkdir(parents=True)
        shutil.copyfile(handed.path, path)
        suffix = path.suffix.lower()
        if suffix in form_reading.ATTACHMENTS and suffix in photo_kind.SUFFIXES:
            found.photos.append(path)
        elif suffix in form_reading.SUBMISSIONS and handed.refusal is None:
            tables.append(Handed(path, str(path)))
        else:
            found.tracks.append(path)
    for file in form_reading.read(tables, tips.context(workspace), form_questions.labels()):
        is_form = bool(file.visits or file.tips or file.definition)
        (found.forms if is_form else found.tracks).append(file.handed.path)
    return found


def _photos(workspace: Workspace, paths: Sequence[Path], into: Into) -> Taken:
    answer = photos.record(workspace, paths, PhotoOptions(unit=into.unit), str, into.stage)
    rows = answer["photos"]
    reasons = [
        _reason(row["reason"], row["message"], PurePosixPath(row["path"]).name, row["hint"])
        for row in rows
        if row["status"] == "refused"
    ]
    kept = [{"file": PurePosixPath(row["path"]).name, "status": row["status"], "reason": row["reason"]} for row in rows]
    return _taken({"photos": kept}, reasons, [], [row["status"] for row in rows])


def safe_name(name: str) -> str:
    """Return a name of a file that leads nowhere else."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = _UNSAFE.sub("_", last).lstrip(".")[-100:]
    return plain or "file.dat"
