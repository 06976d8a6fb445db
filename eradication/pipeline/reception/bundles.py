"""Bundles: what waits on a telephone, sealed as it is, carried to a desk as one ZIP file.

``manifest.json`` has one line for each record: ``{"uuid", "person", "files": [{"sha256", "bytes", "path"}]}``. Names in
the ZIP are looked up and never used as paths; every file is checked against its hash before it is kept.
"""

import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication.errors import N_, EradicationError, RefusedInput, StorageFailed, UnusableInput
from eradication.pipeline.reception import hand_ins, taking_in
from eradication.pipeline.reception.hand_ins import Local, OtherContent
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.progress import Stage, quiet
from eradication.store import blobs

HERE = Caller(person=hand_ins.HERE, language="vi", second_factor=True)
"""Whoever works at the computer of the workspace itself."""
FORMAT = "eradication-bundle"
_MANIFEST = "manifest.json"
_MOST_ENTRIES, _MOST_MANIFEST = 50_000, 50_000_000
_BLOCK = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, KeyError)


def is_one(path: Path) -> bool:
    """Whether a file is a telephone's export, to judge by the first line of its manifest."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_MANIFEST) as file:
            line = json.loads(file.readline(_BLOCK))
    except (OSError, RecursionError, *_BROKEN):
        return False
    return isinstance(line, dict) and line.get("format") == FORMAT and "uuid" in line


def take(place: Place, who: Caller, path: Path, stage: Stage = quiet) -> dict[str, Any]:
    """Hand in every record of a bundle; each is receipted, or refused with its reason, by itself.

    Raises:
        UnusableInput: ``no_such_file``.
        RefusedInput: ``bad_bundle``.
        StorageFailed: what came before is kept; do it again, nothing is taken twice.
    """
    tick = stage(N_("Records"))
    if not path.is_file():
        raise UnusableInput(
            "no_such_file", N_("There is no such file."), where=str(path), hint=N_("Check the name of the file.")
        )
    told = []
    try:
        with zipfile.ZipFile(path) as archive:
            lines = _lines(archive)
            entries = {entry.filename: entry for entry in archive.infolist()}
            for done, line in enumerate(lines, start=1):
                told.append(_record(place, who, _Bundle(archive, entries), line))
                tick(done, len(lines))
    except _BROKEN:
        raise _bad(path) from None
    return {"records": told}


def _bad(path: Path) -> RefusedInput:
    return RefusedInput(
        "bad_bundle",
        N_("This is not a bundle of records, or it is damaged."),
        where=path.name,
        hint=N_("Export it from the telephone once more; what waits there is not lost."),
    )


def _lines(archive: zipfile.ZipFile) -> list[Any]:
    if len(archive.infolist()) > _MOST_ENTRIES or archive.getinfo(_MANIFEST).file_size > _MOST_MANIFEST:
        raise ValueError("too large")
    with archive.open(_MANIFEST) as file:
        text = file.read(_MOST_MANIFEST).decode("utf-8")
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except RecursionError:
        raise ValueError("too deep") from None


@dataclass(frozen=True, slots=True)
class _Bundle:
    """An open bundle, and the entries that no record has taken yet: none is unpacked twice."""

    archive: zipfile.ZipFile
    left: dict[str, zipfile.ZipInfo]

    def extract(self, name: str, target: Path, sha256: str) -> None:
        """Write one file; what is sealed does not get smaller by packing, so that nothing can unpack to much more.

        Raises:
            RefusedInput: ``files_differ``.
        """
        entry = self.left.pop(name, None)
        if entry is None or entry.file_size > 2 * entry.compress_size + _BLOCK:
            raise _lost(name)
        digest, left = hashlib.sha256(), entry.file_size
        try:
            with self.archive.open(entry) as source, target.open("wb") as out:
                while block := source.read(_BLOCK):
                    left -= len(block)
                    if left < 0:
                        raise _lost(name)
                    digest.update(block)
                    out.write(block)
        except _BROKEN:
            raise _lost(name) from None
        if digest.hexdigest() != sha256:
            raise _lost(name)


def _record(place: Place, who: Caller, bundle: _Bundle, line: Any) -> dict[str, Any]:
    said = line if isinstance(line, dict) else {}
    uuid = str(said.get("uuid", ""))[:100]
    told: dict[str, Any] = {"uuid": uuid, "status": "refused", "number": "", "receipt": None, "reason": None}
    try:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            files = _unpacked(bundle, said, Path(folder))
            received = hand_ins.receive_files(place, who, uuid, files, "bundle")
    except OtherContent as conflict:
        status, receipt = "conflict", conflict.receipt
    except StorageFailed:
        raise
    except EradicationError as error:
        return told | {"reason": taking_in.told(error)}
    else:
        status, receipt = "accepted" if received.fresh else "duplicate", received.receipt
    return told | {"status": status, "number": receipt["number"], "receipt": receipt}


def _unpacked(bundle: _Bundle, said: Mapping[str, Any], folder: Path) -> list[Local]:
    files = said.get("files")
    if not isinstance(files, list) or len(files) > hand_ins.MOST_FILES:
        raise _lost("")
    found = []
    for position, file in enumerate(files):
        sha256 = str(file.get("sha256")) if isinstance(file, dict) else ""
        if not blobs.is_sha256(sha256):
            raise _lost("")
        target = folder / f"{position}"
        bundle.extract(str(file.get("path") or f"{said.get('uuid')}/{sha256}.age"), target, sha256)
        found.append(Local(target, ""))
    return found


def _lost(name: str) -> RefusedInput:
    return RefusedInput(
        "files_differ",
        N_("A file of this record is missing in the bundle, or it is not the one that the bundle names."),
        where=name[-80:],
        hint=N_("Export it from the telephone once more; what waits there is not lost."),
    )
