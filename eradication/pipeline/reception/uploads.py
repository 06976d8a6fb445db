"""Files that come piece by piece over a network that breaks: what has come stays, the next piece goes on from there.

What is answered as received is on the disk. A file counts as come when it is as long as was announced and its hash is
the one that was announced; until a hand-in names it, it belongs to the person who sends it and to nobody else.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from eradication.errors import N_, EradicationError, RefusedInput, StorageFailed, UnusableInput
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.receiving import FOLDER, too_large
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.shelf import ready
from eradication.store import blobs
from eradication.store.files import sync_folder, write_failures
from eradication.store.reception import hand_ins as rows

try:
    import fcntl
except ImportError:  # not on this system: two requests at once are told apart by their offsets alone
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z:._-]{0,99}")
_DAY_S = 86_400.0
_FORGOTTEN_DAYS = 30
_COUNTED_S = 5.0
_MB, _GB = 1_000_000, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Offset:
    """How far a file has come."""

    received: int
    """Bytes."""
    complete: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """What is announced of a file."""

    uuid: str
    """Of the hand-in it is for."""
    sha256: str
    """Of the bytes that are sent."""
    length: int
    """Bytes."""


class WrongOffset(UnusableInput):
    """A piece that does not go on where the file ends; ``offset`` says where that is."""

    def __init__(self, offset: int) -> None:
        """Say where the file ends."""
        self.offset = offset
        super().__init__(
            "wrong_offset",
            N_("The file has come as far as byte {offset}."),
            hint=N_("Go on from there."),
            values={"offset": offset},
        )


def state(place: Place, who: Caller, uuid: str, sha256: str) -> Offset:
    """Return how far a file of this person has come; nothing where none is known.

    What was handed in under this id already has come: whoever missed the receipt does not send it all again.

    Raises:
        UnusableInput: ``bad_hand_in_id``, ``bad_hash``.
    """
    spot = _spot(place, who, uuid, sha256)
    if spot.is_file():
        return Offset(spot.stat().st_size, True)
    part = _part(spot)
    if part.is_file():
        return Offset(part.stat().st_size, False)
    with place.reception.reading() as connection:
        kept = rows.kept(connection, uuid, sha256)
    return Offset(kept[sha256], True) if sha256 in kept else Offset(0, False)


def come(place: Place, who: Caller, uuid: str, sha256: str) -> Path | None:
    """Return a file of this person that has come completely, named by its hash; ``None`` if it has not."""
    spot = _spot(place, who, uuid, sha256)
    return spot if spot.is_file() else None


def append(place: Place, who: Caller, upload: Upload, offset: int, chunks: Iterable[bytes]) -> Offset:
    """Take the next piece of a file. However it ends, what has come stays, and :func:`state` tells how much.

    Args:
        place: where it is kept.
        who: sends it.
        upload: what was announced.
        offset: byte at which the piece begins.
        chunks: the piece.

    Raises:
        WrongOffset: the piece does not go on where the file ends.
        RefusedInput: ``hash_differs``: the whole file is dropped; ``too_large``; ``longer_than_said``.
        StorageFailed: ``disk_full``; ``uploads_full``: too much is waiting unfinished.
        UnusableInput: ``bad_hand_in_id``, ``bad_hash``.
    """
    spot = _spot(place, who, upload.uuid, upload.sha256)
    _check_size(place, spot, upload)
    known = state(place, who, upload.uuid, upload.sha256)
    if known.complete:
        if offset != known.received:
            raise WrongOffset(known.received)
        return known
    with write_failures(place.workspace.folder / FOLDER):
        ready(spot.parent)
        part = _part(spot)
        handle = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            size = _written(handle, part, upload.length, offset, chunks)
        finally:
            with write_failures(part):
                os.fsync(handle)
        if size == upload.length:
            _finish(handle, part, upload)
        with write_failures(part):
            sync_folder(part.parent)
        return Offset(size, size == upload.length)
    finally:
        os.close(handle)


def _written(handle: int, part: Path, length: int, offset: int, chunks: Iterable[bytes]) -> int:
    """Write a piece where the file ends, and return where it ends then."""
    with _alone(handle):
        _check_offset(handle, part, offset)
    for chunk in chunks:
        if offset + len(chunk) > length:
            raise RefusedInput(
                "longer_than_said",
                N_("More bytes came than were announced."),
                hint=N_("Announce the length of the whole file."),
            )
        # A request that hangs holds nobody up: whoever writes the next bytes first is believed.
        with write_failures(part), _alone(handle):
            _check_offset(handle, part, offset)
            rest = memoryview(chunk)
            while rest:
                done = os.pwrite(handle, rest, offset)
                offset, rest = offset + done, rest[done:]
    return offset


def _check_offset(handle: int, part: Path, offset: int) -> None:
    about = os.fstat(handle)
    if not part.exists() or part.stat().st_ino != about.st_ino:  # another request has finished or dropped the file
        whole = part.with_suffix("")
        raise WrongOffset(whole.stat().st_size if whole.exists() else 0)
    if about.st_size != offset:
        raise WrongOffset(about.st_size)


def _finish(handle: int, part: Path, upload: Upload) -> None:
    with write_failures(part), _alone(handle):
        _check_offset(handle, part, upload.length)
        if blobs.sha256_of(part) != upload.sha256:
            part.unlink()
            raise RefusedInput(
                "hash_differs",
                N_("What came is not the file that was announced."),
                hint=N_("Send it once more from the beginning."),
            )
        part.replace(part.with_suffix(""))


@contextmanager
def _alone(handle: int) -> Iterator[None]:
    """Hold a file against other requests for as long as one write takes."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _check_size(place: Place, spot: Path, upload: Upload) -> None:
    web = place.workspace.settings.web
    if upload.length > web.body_mb * _MB:
        raise too_large(web.body_mb * _MB)
    if upload.length < 1:
        raise RefusedInput("empty_file", N_("The file is empty."), hint=N_("Copy it from the device again."))
    if _part(spot).exists():
        return  # it was counted when it began
    if _unfinished(place, upload.length) > web.unfinished_gb * _GB:
        raise StorageFailed(
            "uploads_full",
            N_("Too many files wait unfinished at the server."),
            hint=N_("Keep the record on the telephone and try again later; an administrator can raise unfinished_gb."),
        )


def _unfinished(place: Place, more: int) -> int:
    """Return the bytes of what has come and was not handed in, with what is announced of files that began lately.

    They are counted every few seconds, for a long walk is thousands of files.
    """
    counted, at = place.workspace.found.get(_unfinished, (0, -_COUNTED_S)), time.monotonic()
    total, since = counted if isinstance(counted, tuple) else (0, -_COUNTED_S)
    if not 0 <= at - since < _COUNTED_S:
        total, since = _bytes_below(_parts(place)), at
    place.workspace.found[_unfinished] = (total + more, since)
    return int(total) + more


def _bytes_below(top: Path) -> int:
    total = 0
    for folder, _, files in os.walk(top):
        for name in files:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(folder, name)).st_size
    return total


def _parts(place: Place) -> Path:
    return place.workspace.folder / FOLDER / "parts"


def _part(spot: Path) -> Path:
    return spot.with_name(f"{spot.name}.part")


def _spot(place: Place, who: Caller, uuid: str, sha256: str) -> Path:
    """Return where a file of this person lies when it has come; nobody else's can be named."""
    if not blobs.is_sha256(sha256):
        raise UnusableInput("bad_hash", N_("This is not a SHA-256."), hint=N_("Write 64 small hex digits."))
    return _parts(place) / who.person.person_id / folder_name(uuid) / sha256


def folder_name(uuid: str) -> str:
    """Return the id of a hand-in as a name of a folder.

    Raises:
        UnusableInput: ``bad_hand_in_id``.
    """
    if not _NAME.fullmatch(uuid):
        raise bad_id()
    return uuid


def bad_id() -> EradicationError:
    """Return the refusal of an id of a hand-in."""
    return UnusableInput(
        "bad_hand_in_id",
        N_("This cannot be the id of a hand-in."),
        hint=N_("Use a UUID: letters, digits and hyphens."),
    )


def drop(place: Place, who: Caller, uuid: str) -> None:
    """Remove what has come for a hand-in that was receipted: it is kept elsewhere."""
    folder = _parts(place) / who.person.person_id / folder_name(uuid)
    _remove(folder)


def tidy(place: Place) -> int:
    """Remove what was sent thirty days ago and never handed in; return how many files that were."""
    removed = 0
    for folder in _parts(place).glob("*/*"):
        ages = [time.time() - path.stat().st_mtime for path in folder.iterdir()]
        if min(ages, default=_FORGOTTEN_DAYS * _DAY_S) >= _FORGOTTEN_DAYS * _DAY_S:
            removed += len(ages)
            _remove(folder)
    return removed


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            path.unlink(missing_ok=True)
        folder.rmdir()
