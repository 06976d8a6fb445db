"""What was handed in: kept durably, receipted, and entered into the ledger by a job.

A hand-in is known by its id, which the device gave it, and by its content. The same again gets the same receipt. The
same id with another content is kept too, receipted too, and set apart as a conflict: the first one counts. A receipt is
given only when files, their folders and the row are on the disk.
"""

import json
from collections.abc import Sequence
from typing import Any

from eradication.domain.person import Person
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.pipeline.reception import uploads
from eradication.pipeline.reception.hand_in_files import File, Local
from eradication.pipeline.reception.hand_in_refusals import MOST_FILES, FilesMissing, OtherContent, no_such, too_many
from eradication.pipeline.reception.keeping import (
    CONFLICT,
    INCOMPLETE,
    RECEIVED,
    RECORDED,
    REFUSED,
    Paper,
    Received,
    again,
    content_of,
    keep,
)
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.shelf import BY_TELEPHONE, Shelf
from eradication.store import blobs
from eradication.store.reception import hand_ins as rows

__all__ = [
    "CHANNELS", "CONFLICT", "HERE", "INCOMPLETE", "MOST_FILES", "RECEIVED", "RECORDED", "REFUSED", "File",
    "FilesMissing", "Local", "OtherContent", "Received", "listed", "mine", "no_such", "receive", "receive_files",
    "shown",
]  # fmt: skip

CHANNELS = ("phone", "odk", "desk", "paper", "bundle")
HERE = Person("p-here", "", frozenset())
"""Who works at the computer of the workspace itself, and may do there what its files allow: speak for every unit."""


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
    named = [file.sha256 for file in files]
    come = {sha256: uploads.come(place, who, uuid, sha256) for sha256 in named}
    sizes = {sha256: uploads.size_of(path) for sha256, path in come.items() if path is not None}
    with place.reception.asking() as connection:
        # Asked for last: another request may just now be keeping these, of this content or of another one.
        known = rows.content(connection, uuid, content_of(uuid, files))
        sizes |= rows.kept(connection, uuid) if known is None else {}
    try:
        if known is not None:
            received = again(known)
        else:
            missing = [file.sha256 for file in files if sizes.get(file.sha256) != file.bytes]
            if missing:
                raise FilesMissing(missing)
            Shelf(place).adopt([path for path in come.values() if path is not None])
            paper = Paper(uuid, channel, who.person.person_id, who.person.unit, who.device_id)
            received = keep(place, paper, files)
    except OtherContent:
        uploads.drop(place, who, uuid, named)
        raise
    uploads.drop(place, who, uuid, named)
    return received


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
    paper = Paper(uuid, channel, who.person.person_id, who.person.unit, who.device_id, incomplete)
    return keep(place, paper, kept)


def _check(uuid: str, files: Sequence[File]) -> None:
    uploads.folder_name(uuid)
    if not files:
        raise RefusedInput("no_files", N_("There is no file to take in."), hint=N_("Name at least one file."))
    if len(files) > MOST_FILES:
        raise too_many()
    if not all(blobs.is_sha256(file.sha256) for file in files):
        raise UnusableInput("bad_hash", N_("This is not a SHA-256."), hint=N_("Write 64 small hex digits."))


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
