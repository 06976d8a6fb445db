"""Folders and ZIP files of patrols' files → the files in them, one by one, under the names that the user knows.

A ZIP is looked into by a worker of the sandbox. One that is a file of its own kind (KMZ, XLSX, a Shapefile's parts) is
handed on as it is; of any other the files come back and are judged each by itself. A ZIP in a ZIP is not opened.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eradication.config import FILE_NAME, Limits
from eradication.errors import N_, RefusedInput
from eradication.ingest import sandbox

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_NOT_HANDED_IN = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Handed:
    """One file that was handed in."""

    path: Path
    """Where it can be read now."""
    name: str
    """Where it lies for the user; below a ZIP after its path and a slash."""
    refusal: RefusedInput | None = None
    """Why it cannot be looked into at all."""


def spread(paths: Iterable[Path], limits: Limits) -> Iterator[Handed]:
    """Yield the files of folders and ZIPs, and every other path as it is; take each before asking for the next.

    Args:
        paths: what the user named.
        limits: what looking into a ZIP may cost.
    """
    for path in paths:
        if path.is_dir():
            for file in _files(path):
                yield from _one(file, limits)
        else:
            yield from _one(path, limits)


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder in order, without hidden ones, what systems leave, and workspaces."""
    found = []
    for place, folders, names in os.walk(folder):
        if FILE_NAME in names:  # a workspace: its store, originals and keys were not handed in
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        found += [Path(place) / name for name in sorted(names) if not _is_clutter(name)]
    return found


def _is_clutter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _NOT_HANDED_IN


def _one(path: Path, limits: Limits) -> Iterator[Handed]:
    if not _is_zip(path):
        yield Handed(path, str(path))
        return
    try:
        inside = sandbox.read(path, "archive", limits)["files"]
    except RefusedInput as refusal:
        yield Handed(path, str(path), refusal)
        return
    if not inside:
        yield Handed(path, str(path))
        return
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        for number, file in enumerate(inside):
            name, suffix = str(file["name"]), Path(str(file["name"])).suffix.lower()
            target = Path(folder) / f"{number}{suffix if suffix[1:].isalnum() and suffix.isascii() else ''}"
            target.write_bytes(file["content"])
            nested = _nested() if suffix == ".zip" and _is_mixed(target, limits) else None
            yield Handed(target, f"{path}/{name}", nested)


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in _ZIP
    except OSError:
        return False  # whoever reads it says why it cannot be read


def _is_mixed(path: Path, limits: Limits) -> bool:
    try:
        return bool(sandbox.read(path, "archive", limits)["files"])
    except RefusedInput:
        return False  # it will be refused for what is wrong with it


def _nested() -> RefusedInput:
    return RefusedInput(
        "archive_in_archive",
        N_("This is a ZIP file inside a ZIP file."),
        hint=N_("Unpack the outer one and hand in what is in it."),
    )
