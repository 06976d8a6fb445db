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

from eradication.errors import N_, EradicationError, RefusedInput, UnusableInput
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.receiving import FOLDER
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.shelf import ready
from eradication.pipeline.reception.upload_room import check_room, parts
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
_OFTEN = 5


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
    for path in (_part(spot), spot):  # in the order of their lives: a file that is just being finished is not missed
        if (size := size_of(path)) is not None:
            return Offset(size, path == spot)
    with place.reception.asking() as connection:
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
    check_room(place, upload.length, begun=_part(spot).exists())
    known = state(place, who, upload.uuid, upload.sha256)
    if known.complete:
        if offset != known.received:
            raise WrongOffset(known.received)
        return known
    part = _part(spot)
    handle = _opened(place, part)
    try:
        try:
            size = _written(handle, part, upload.length, offset, chunks)
        finally:
            with write_failures(part):
                os.fsync(handle)
        if size == upload.length:
            _finish(handle, part, upload)
        with write_failures(part), suppress(FileNotFoundError):  # it was receipted meanwhile, and is kept elsewhere
            sync_folder(part.parent)
        return Offset(size, size == upload.length)
    except _Taken:
        raise WrongOffset(state(place, who, upload.uuid, upload.sha256).received) from None
    finally:
        os.close(handle)


class _Taken(Exception):
    """Another request has finished the file, or dropped it."""


def _opened(place: Place, part: Path) -> int:
    """Open a file that is still coming; whoever gets a receipt meanwhile may remove the folder it lies in."""
    with write_failures(place.workspace.folder / FOLDER):
        for _ in range(_OFTEN):
            ready(part.parent)
            with suppress(FileNotFoundError):
                return os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
        return os.open(part, os.O_RDWR | os.O_CREAT, 0o600)


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
    try:
        named = part.stat().st_ino
    except FileNotFoundError:
        raise _Taken from None
    if named != about.st_ino:
        raise _Taken
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


def size_of(path: Path) -> int | None:
    """Return the size of a file in bytes, ``None`` if there is none; requests go on meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _part(spot: Path) -> Path:
    return spot.with_name(f"{spot.name}.part")


def _spot(place: Place, who: Caller, uuid: str, sha256: str) -> Path:
    """Return where a file of this person lies when it has come; nobody else's can be named."""
    if not blobs.is_sha256(sha256):
        raise UnusableInput("bad_hash", N_("This is not a SHA-256."), hint=N_("Write 64 small hex digits."))
    return parts(place) / who.person.person_id / folder_name(uuid) / sha256


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


def drop(place: Place, who: Caller, uuid: str, files: Iterable[str]) -> None:
    """Remove files of a hand-in that was receipted, by their SHA-256: they are kept elsewhere.

    What else is coming under the same id stays: it belongs to another content.
    """
    spots = [_spot(place, who, uuid, sha256) for sha256 in files]
    for spot in spots:
        spot.unlink(missing_ok=True)
        _part(spot).unlink(missing_ok=True)
    with suppress(OSError):  # something else is there, or comes just now
        (parts(place) / who.person.person_id / folder_name(uuid)).rmdir()


def tidy(place: Place) -> int:
    """Remove what was sent thirty days ago and never handed in; return how many files that were."""
    removed = 0
    for folder in parts(place).glob("*/*"):
        with suppress(OSError):  # requests go on meanwhile: what moves now is not old
            paths = list(folder.iterdir())
            if all(time.time() - path.stat().st_mtime >= _FORGOTTEN_DAYS * _DAY_S for path in (folder, *paths)):
                for path in paths:
                    path.unlink()
                removed += len(paths)
                folder.rmdir()
    return removed
