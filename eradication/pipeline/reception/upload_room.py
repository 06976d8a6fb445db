"""How much may come, and how much of it may wait unfinished."""

import os
import time
from contextlib import suppress
from pathlib import Path

from eradication.errors import N_, RefusedInput, StorageFailed
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.receiving import FOLDER, too_large

_COUNTED_S = 5.0
_MB, _GB = 1_000_000, 1_000_000_000


def check_room(place: Place, length: int, *, begun: bool) -> None:
    """Refuse a file that is too large, or for which there is no room.

    Args:
        place: where it is to be kept.
        length: bytes that are announced.
        begun: some of it has come, and it was counted then.

    Raises:
        RefusedInput: ``too_large``, ``empty_file``.
        StorageFailed: ``uploads_full``: too much is waiting unfinished.
    """
    web = place.workspace.settings.web
    if length > web.body_mb * _MB:
        raise too_large(web.body_mb * _MB)
    if length < 1:
        raise RefusedInput("empty_file", N_("The file is empty."), hint=N_("Copy it from the device again."))
    if not begun and _unfinished(place, length) > web.unfinished_gb * _GB:
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
        total, since = _bytes_below(parts(place)), at
    place.workspace.found[_unfinished] = (total + more, since)
    return int(total) + more


def _bytes_below(top: Path) -> int:
    total = 0
    for folder, _, files in os.walk(top):
        for name in files:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(folder, name)).st_size
    return total


def parts(place: Place) -> Path:
    """Return the folder of what is coming, and of what has come and was not handed in yet."""
    return place.workspace.folder / FOLDER / "parts"
