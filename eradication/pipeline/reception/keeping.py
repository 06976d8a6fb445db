"""The rows of what was handed in, written together, and the receipts that are given when they are on the disk."""

import hashlib
import json
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection

from eradication.domain import Json
from eradication.domain.event import canonical
from eradication.errors import N_, EradicationError, StorageFailed
from eradication.pipeline.reception import asking, hand_in_receipts
from eradication.pipeline.reception.hand_in_files import File
from eradication.pipeline.reception.hand_in_refusals import OtherContent
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.shelf import BY_TELEPHONE, Shelf
from eradication.store.reception import hand_ins as rows

RECEIVED, RECORDED, REFUSED, INCOMPLETE, CONFLICT = "received", "recorded", "refused", "incomplete", "conflict"
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Received:
    """What is answered to whoever hands something in."""

    receipt: dict[str, Any]
    fresh: bool
    """It was not handed in before."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Who hands what in, and how."""

    uuid: str
    channel: str
    person_id: str
    unit: str
    device_id: str
    incomplete: bool = False


def content_of(uuid: str, files: Sequence[File], channel: str = "phone") -> str:
    """Return the SHA-256 of what a hand-in consists of; of ODK of the submission, whose photos may come later."""
    counted = files[:1] if channel == "odk" else files
    said: list[Json] = [[file.sha256, file.bytes, file.name] for file in counted]
    return hashlib.sha256(canonical({"uuid": uuid, "files": said})).hexdigest()


def again(row: dict[str, Any]) -> Received:
    """Give the receipt of what is kept already.

    Raises:
        OtherContent: it is set apart.
    """
    told = _told(row, fresh=False)
    if isinstance(told, EradicationError):
        raise told
    return told


def keep(place: Place, paper: Paper, files: Sequence[File]) -> Received:
    """Keep what was handed in, and give its receipt when that is on the disk: number, receipt, files and job at once.

    Those who come while another one's transaction is being written share the next: a disk settles a hundred of them as
    fast as one.

    Raises:
        OtherContent: kept and receipted all the same.
        StorageFailed: ``disk_full`` …: nothing is kept.
    """
    desk = cast(_Desk, place.workspace.found.setdefault(keep, _Desk()))
    wish = _Wish(paper, files)
    desk.waiting.append(wish)
    with desk.writing:
        while wish.given is None:
            with desk.taken(wish) as wishes:
                _write(place, wishes)
    if isinstance(wish.given, EradicationError):
        raise wish.given
    return wish.given


@dataclass(eq=False)
class _Wish:
    """One that waits for its receipt."""

    paper: Paper
    files: Sequence[File]
    given: Received | EradicationError | None = None
    """How it ended."""


@dataclass
class _Desk:
    """Where those wait whose rows this process writes."""

    writing: threading.Lock = field(default_factory=threading.Lock)
    waiting: deque[_Wish] = field(default_factory=deque)

    @contextmanager
    def taken(self, own: _Wish) -> Iterator[list[_Wish]]:
        """Give those who wait, not too many; whoever got nothing waits on, but for ``own``, who hears of it."""
        wishes = [self.waiting.popleft() for _ in range(min(len(self.waiting), _TOGETHER))]
        try:
            yield wishes
        finally:
            self.waiting.extend(wish for wish in wishes if wish.given is None and wish is not own)


def _write(place: Place, wishes: Sequence[_Wish]) -> None:
    """Write rows in one transaction; should it fail for one of them, each in one of its own."""
    try:
        with place.reception.writing() as connection:
            given = [_entered(connection, place, wish.paper, wish.files) for wish in wishes]
    except StorageFailed as error:
        for wish in wishes:
            if len(wishes) > 1 and error.kind == "store_failed":
                _write(place, [wish])
            else:
                wish.given = error
    else:
        for wish, (row, fresh) in zip(wishes, given, strict=True):
            wish.given = _told(row, fresh=fresh)


def _told(row: dict[str, Any], *, fresh: bool) -> Received | EradicationError:
    receipt: dict[str, Any] = json.loads(row["receipt"])
    return OtherContent(receipt) if row["conflict"] else Received(receipt, fresh)


def _entered(connection: Connection, place: Place, paper: Paper, files: Sequence[File]) -> tuple[dict[str, Any], bool]:
    """Write a row, unless it is there, and return it and whether it is new."""
    content = content_of(paper.uuid, files, paper.channel)
    before = rows.contents(connection, paper.uuid)
    same = next((row for row in before if row["content"] == content), None)
    if same is not None:
        _complete(connection, place, same, paper, files)
        return same, False
    _check_kept(place, paper, files)
    row = _row(connection, place, paper, content, conflict=bool(before))
    rows.add(connection, row, _file_rows(paper.uuid, content, files, 0))
    if row["state"] == RECEIVED:
        asking.ask_to_enter(connection, place, row)
    return row, True


def _check_kept(place: Place, paper: Paper, files: Sequence[File]) -> None:
    """Give no receipt for what another hand-in of the same content took along when its files were removed just now."""
    if paper.channel not in BY_TELEPHONE and not all(Shelf(place).holds(paper.channel, file.sha256) for file in files):
        message = N_("A file of this hand-in was removed while it was handed in.")
        raise StorageFailed("store_failed", message, hint=N_("Hand it in once more."))


def _complete(connection: Connection, place: Place, row: dict[str, Any], paper: Paper, files: Sequence[File]) -> None:
    """Add what came later of a submission; what is there already stays as it is."""
    known = rows.files(connection, row["hand_in_id"], row["content"])
    names = {(file["name"], file["sha256"]) for file in known}
    more = [file for file in files if (file.name, file.sha256) not in names]
    if paper.channel != "odk" or not (more or (row["state"] == INCOMPLETE and not paper.incomplete)):
        return
    _check_kept(place, paper, more)
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


def _row(connection: Connection, place: Place, paper: Paper, content: str, *, conflict: bool) -> dict[str, Any]:
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
