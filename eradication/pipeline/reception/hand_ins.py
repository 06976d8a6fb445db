"""What was handed in: kept durably, receipted, and entered into the ledger by a job.

A hand-in is known by its id, which the device gave it, and by its content. The same again gets the same receipt. The
same id with another content is kept too, receipted too, and set apart as a conflict: the first one counts. A receipt is
given only when files, their folders and the row are on the disk.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from eradication.domain import Json
from eradication.domain.event import canonical
from eradication.domain.person import Person
from eradication.errors import N_, RefusedInput, StorageFailed, UnusableInput
from eradication.pipeline.reception import asking, hand_in_receipts, uploads
from eradication.pipeline.reception.hand_in_files import File, Local
from eradication.pipeline.reception.hand_in_refusals import MOST_FILES, FilesMissing, OtherContent, no_such, too_many
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.shelf import BY_TELEPHONE, Shelf
from eradication.store import blobs
from eradication.store.reception import hand_ins as rows

__all__ = [
    "CHANNELS", "HERE", "MOST_FILES", "File", "FilesMissing", "Local", "OtherContent", "Received", "listed", "mine",
    "no_such", "receive", "receive_files", "shown",
]  # fmt: skip

CHANNELS = ("phone", "odk", "desk", "paper", "bundle")
RECEIVED, RECORDED, REFUSED, INCOMPLETE, CONFLICT = "received", "recorded", "refused", "incomplete", "conflict"
HERE = Person("p-here", "", frozenset())
"""Who works at the computer of the workspace itself, and may do there what its files allow: speak for every unit."""


@dataclass(frozen=True, slots=True)
class Received:
    """What is answered to whoever hands something in."""

    receipt: dict[str, Any]
    fresh: bool
    """It was not handed in before."""


def receive(place: Place, who: Caller, uuid: str, files: Sequence[File], channel: str = "phone") -> Received:
    """Take in what this person has uploaded for a hand-in, and give the receipt.

    Args:
        place: where it is kept.
        who: hands it in.
        uuid: id that the device gave it.
        files: in order; of a telephone the record comes first.
        channel: one of :data:`BY_TELEPHONE`.

    Raises:
        OtherContent: kept and receipted all the same.
        FilesMissing: and nothing is kept yet.
        RefusedInput: ``too_many_files``, ``no_files``.
        UnusableInput: ``bad_hand_in_id``, ``bad_hash``.
        StorageFailed: ``disk_full`` …: nothing is kept yet, nothing is lost.
    """
    _check(uuid, files)
    known = _known(place, uuid, _content(uuid, files))
    if known is not None:
        uploads.drop(place, who, uuid)  # left behind if the program ended between commit and here
        return _again(known)
    try:
        _gather(place, who, uuid, files)
    except (FilesMissing, StorageFailed):
        # Another request may have handed it in meanwhile, and cleared away what had come.
        known = _known(place, uuid, _content(uuid, files))
        if known is None:
            raise
        return _again(known)
    try:
        received = _enter(place, _Paper(uuid, channel, who.person.person_id, who.person.unit, who.device_id), files)
    except OtherContent:
        uploads.drop(place, who, uuid)
        raise
    uploads.drop(place, who, uuid)
    return received


def _gather(place: Place, who: Caller, uuid: str, files: Sequence[File]) -> None:
    """Keep what has come of a hand-in."""
    come = {file.sha256: uploads.come(place, who, uuid, file.sha256) for file in files}
    with place.reception.reading() as connection:
        sizes = rows.kept(connection, uuid)  # it may be handed in again in another order, say
    for sha256, path in come.items():
        with suppress(FileNotFoundError):
            sizes |= {sha256: path.stat().st_size} if path is not None else {}
    missing = [file.sha256 for file in files if sizes.get(file.sha256) != file.bytes]
    if missing:
        raise FilesMissing(missing)
    Shelf(place).adopt([path for path in come.values() if path is not None])


def receive_files(
    place: Place, who: Caller, uuid: str, files: Sequence[Local], channel: str, *, incomplete: bool = False
) -> Received:
    """Take in files that lie on this computer: from ODK, a desk, paper, or a bundle of sealed ones.

    What belongs to a submission of ODK may come in several requests, each with the submission itself as the first file;
    all but the last are ``incomplete``.

    Raises:
        OtherContent, RefusedInput, UnusableInput, StorageFailed: as :func:`receive`.
    """
    shelf = Shelf(place)
    uploads.folder_name(uuid)
    if len(files) > MOST_FILES:
        raise too_many()
    kept = [
        File(shelf.keep(one.path, sealed=channel in BY_TELEPHONE), one.path.stat().st_size, one.name, one.media)
        for one in files
    ]
    _check(uuid, kept)
    paper = _Paper(uuid, channel, who.person.person_id, who.person.unit, who.device_id, incomplete)
    return _enter(place, paper, kept)


@dataclass(frozen=True, slots=True)
class _Paper:
    """Who hands what in, and how."""

    uuid: str
    channel: str
    person_id: str
    unit: str
    device_id: str
    incomplete: bool = False


def _check(uuid: str, files: Sequence[File]) -> None:
    uploads.folder_name(uuid)
    if not files:
        raise RefusedInput("no_files", N_("There is no file to take in."), hint=N_("Name at least one file."))
    if len(files) > MOST_FILES:
        raise too_many()
    if not all(blobs.is_sha256(file.sha256) for file in files):
        raise UnusableInput("bad_hash", N_("This is not a SHA-256."), hint=N_("Write 64 small hex digits."))


def _content(uuid: str, files: Sequence[File], channel: str = "phone") -> str:
    """Return the SHA-256 of what a hand-in consists of; of ODK of the submission, whose photos may come later."""
    counted = files[:1] if channel == "odk" else files
    said: list[Json] = [[file.sha256, file.bytes, file.name] for file in counted]
    return hashlib.sha256(canonical({"uuid": uuid, "files": said})).hexdigest()


def _known(place: Place, uuid: str, content: str) -> dict[str, Any] | None:
    with place.reception.reading() as connection:
        found = rows.contents(connection, uuid)
    return next((row for row in found if row["content"] == content), None)


def _again(row: dict[str, Any]) -> Received:
    receipt: dict[str, Any] = json.loads(row["receipt"])
    if row["conflict"]:
        raise OtherContent(receipt)
    return Received(receipt, fresh=False)


def _enter(place: Place, paper: _Paper, files: Sequence[File]) -> Received:
    """Write the row in one transaction: number, receipt, files and the job that enters it."""
    content = _content(paper.uuid, files, paper.channel)
    with place.reception.writing() as connection:
        before = rows.contents(connection, paper.uuid)
        same = next((row for row in before if row["content"] == content), None)
        if same is not None:
            _complete(connection, place, same, paper, files)
        else:
            row = _row(connection, place, paper, content, conflict=bool(before))
            rows.add(connection, row, _file_rows(paper.uuid, content, files, 0))
            if row["state"] == RECEIVED:
                asking.ask_to_enter(connection, place, row)
    answer = _again(same if same is not None else row)
    return Received(answer.receipt, fresh=same is None)


def _complete(connection: Connection, place: Place, row: dict[str, Any], paper: _Paper, files: Sequence[File]) -> None:
    """Add what came later of a submission; what is there already stays as it is."""
    known = rows.files(connection, row["hand_in_id"], row["content"])
    names = {(file["name"], file["sha256"]) for file in known}
    more = [file for file in files if (file.name, file.sha256) not in names]
    if paper.channel != "odk" or not (more or (row["state"] == INCOMPLETE and not paper.incomplete)):
        return
    rows.add_files(connection, _file_rows(row["hand_in_id"], row["content"], more, len(known)))
    if not row["conflict"] and not paper.incomplete:
        rows.change(connection, row["hand_in_id"], row["content"], {"state": RECEIVED})
        asking.ask_to_enter(connection, place, row, again=row["state"] != INCOMPLETE)


def _file_rows(uuid: str, content: str, files: Sequence[File], first: int) -> list[dict[str, Any]]:
    return [
        {"hand_in_id": uuid, "content": content, "position": position, "sha256": file.sha256, "bytes": file.bytes,
         "name": file.name, "media": file.media}
        for position, file in enumerate(files, start=first)
    ]  # fmt: skip


def _row(connection: Connection, place: Place, paper: _Paper, content: str, *, conflict: bool) -> dict[str, Any]:
    receipt = hand_in_receipts.give(connection, place, paper.uuid, content)
    waiting = INCOMPLETE if paper.incomplete else RECEIVED
    return {
        "hand_in_id": paper.uuid,
        "content": content,
        "number": receipt["number"],
        "channel": paper.channel,
        "person_id": paper.person_id,
        "device_id": paper.device_id,
        "unit": paper.unit,
        "received_at": receipt["received_at"],
        "state": CONFLICT if conflict else waiting,
        "receipt": json.dumps(receipt),
        "answer": "",
        "conflict": int(conflict),
    }


def shown(place: Place, who: Caller, uuid: str) -> dict[str, Any]:
    """Return state, receipt and answer of a person's own hand-in.

    Raises:
        UnusableInput: ``no_such_hand_in``: it is not there, or somebody else's.
    """
    with place.reception.reading() as connection:
        own = [row for row in rows.contents(connection, uuid) if row["person_id"] == who.person.person_id]
    if not own:
        raise no_such(uuid)
    first, *others = own
    return _told(first) | {
        "answer": json.loads(first["answer"] or "{}"),
        "conflicts": [_told(other) for other in others],
    }


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "uuid": row["hand_in_id"],
        "number": row["number"],
        "channel": row["channel"],
        "received_at": row["received_at"],
        "state": row["state"],
        "receipt": json.loads(row["receipt"]),
    }


def mine(place: Place, who: Caller, most: int = 500) -> dict[str, Any]:
    """Return a person's own hand-ins with the reasons of refusals, the newest first."""
    with place.reception.reading() as connection:
        found = rows.listed(connection, person_id=who.person.person_id, most=most)
    return {"hand_ins": [_told(row) | {"answer": {"reasons": _reasons(row)}} for row in found]}


def _reasons(row: dict[str, Any]) -> list[dict[str, Any]]:
    reasons: list[dict[str, Any]] = json.loads(row["answer"] or "{}").get("reasons", [])
    return reasons


def listed(place: Place, states: Sequence[str] = (), most: int = 1000) -> dict[str, Any]:
    """Return all hand-ins for an administrator, the newest first: who, when, how large, what became of it; no content.

    Args:
        place: whose.
        states: only these; none = all.
        most: how many.
    """
    with place.reception.reading() as connection:
        found = rows.listed(connection, states=states, most=most)
    names = ("number", "channel", "unit", "received_at", "state", "device_id", "person_id")
    told = [
        {name: row[name] for name in names}
        | {
            "uuid": row["hand_in_id"],
            "login": row["login"] or "",
            "files": row["files"] or 0,
            "bytes": int(row["bytes"] or 0),
            "reasons": sorted({str(reason["kind"]) for reason in _reasons(row)}),
        }
        for row in found
    ]
    return {"hand_ins": told}
