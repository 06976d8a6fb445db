"""What a telephone sealed, opened: its record, checked before anything is believed, and the files that belong to it."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication.config import Limits
from eradication.errors import N_, RefusedInput
from eradication.pipeline.reception.receiving import too_large

FORMAT, VERSION = "eradication-record", 1
VISIT, TRACK, TIP = "visit", "track", "tip"
_MOST_RECORD = 4_000_000
"""Bytes: the list of a long walk's pieces is the largest."""
_MOST_ANSWERS, _LONGEST_ANSWER = 200, 20_000
_QUESTION = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._ -]{0,99}")
_MB = 1024 * 1024

type OpenTo = Callable[[int, Path, int], str]
"""Position of a file, where to open it to, how large it may be → SHA-256 of what was in it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a telephone."""

    kind: str
    """``visit``, ``track`` or ``tip``."""
    uuid: str
    person: str
    """Who made it, as it says; only who hands it in is known for certain."""
    unit: str
    form: str
    purpose: str
    """Of a track: ``walk`` or ``boundary``."""
    answers: Mapping[str, str]
    """Question → answer."""
    files: Sequence[Path]
    """In order, under the names that the answers use."""


def opened(uuid: str, count: int, open_to: OpenTo, folder: Path, limits: Limits) -> Record:
    """Open a record and its files into an empty folder.

    Args:
        uuid: of the hand-in; the record must say the same.
        count: how many files were handed in, the record included.
        open_to: opens the files, the record is the first.
        folder: empty; files lie in it afterwards.
        limits: what a file may cost.

    Raises:
        RefusedInput: ``bad_record``, ``newer_record``, ``other_record``, ``files_differ``, ``bad_file_name``, and those
            of opening.
    """
    said = _parsed(folder / "record.json", open_to)
    _check_head(said, uuid)
    files = _listed(said)
    if len(files) != count - 1:
        raise _differ()
    most, paths = limits.file_mb * _MB, []
    place = folder / "files"
    place.mkdir()
    for position, (name, sha256) in enumerate(files, start=1):
        path = place / name
        if open_to(position, path, most) != sha256:
            raise _differ(name)
        most -= path.stat().st_size if said["kind"] == TRACK else 0
        if most < 0:
            raise too_large(limits.file_mb * _MB)
        paths.append(path)
    text = {name: str(said.get(name) or "")[:100] for name in ("person", "unit", "form", "purpose")}
    return Record(said["kind"], uuid, answers=_answers(said), files=paths, **text)


def _parsed(path: Path, open_to: OpenTo) -> dict[str, Any]:
    open_to(0, path, _MOST_RECORD)
    try:
        said = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise _bad("it is not JSON") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise _bad("it is another format")
    return said


def _check_head(said: Mapping[str, Any], uuid: str) -> None:
    version = said.get("version")
    if type(version) is not int or version < 1:
        raise _bad("it has no version")
    if version > VERSION:
        raise RefusedInput(
            "newer_record",
            N_("The record was made by a newer version of the application."),
            hint=N_("Bring the server up to date, then run: eradication hand-ins enter NUMBER"),
        )
    if said.get("kind") not in (VISIT, TRACK, TIP):
        raise _bad("its kind is unknown")
    if said.get("uuid") != uuid:
        raise RefusedInput(
            "other_record",
            N_("The record bears another id than the one it was handed in under."),
            hint=N_("Hand it in again from the telephone."),
        )


def _bad(why: str) -> RefusedInput:
    return RefusedInput(
        "bad_record",
        N_("The record cannot be understood."),
        where=f"record.json: {why}",
        hint=N_("Bring the application on the telephone up to date, and hand the record in again."),
    )


def _differ(name: str = "") -> RefusedInput:
    return RefusedInput(
        "files_differ",
        N_("The files that were handed in are not those that the record names."),
        where=name,
        hint=N_("Hand it in again from the telephone."),
    )


def _listed(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return name and SHA-256 of the files that a record names; no name leads anywhere but into one folder."""
    files = said.get("files")
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise _bad("its files are no list")
    found = [(str(file.get("name", "")), str(file.get("sha256", ""))) for file in files]
    counts = Counter(name.casefold() for name, _ in found)
    bad = [name for name, _ in found if not _FILE_NAME.fullmatch(name) or counts[name.casefold()] > 1]
    if bad:
        raise RefusedInput(
            "bad_file_name",
            N_("A file of the record has a name that cannot be."),
            where=bad[0][:60],
            hint=N_("Names have letters, digits, '.', '_' and '-', and no two are the same."),
        )
    return found


def _answers(said: Mapping[str, Any]) -> dict[str, str]:
    answers = said.get("answers") or {}
    if not isinstance(answers, dict) or len(answers) > _MOST_ANSWERS:
        raise _bad("its answers are no table")
    plain: dict[str, str] = {}
    for name, value in answers.items():
        if not _QUESTION.fullmatch(name) or not isinstance(value, str | int | float) or isinstance(value, bool):
            raise _bad("an answer is no text")
        plain[name] = str(value)
        if len(plain[name]) > _LONGEST_ANSWER:
            raise _bad("an answer is too long")
    return plain
