"""Scenes by disk: from a computer with a network to one without, and not a byte taken on trust.

A bundle is one TAR file: ``data/000001`` … hold the fetched ranges of one image file each, end to end, and
``manifest.json`` says what each is, with a SHA-256 for every piece of at most 8 MiB; ``manifest.sha256``, which comes
last, holds its own. A bundle that was cut has none and is refused as a whole.

On the way in nothing is unpacked by name: members are read where they lie, checked, and written into mirrors whose
paths are made here. A piece counts once its hash agrees; an item is there once every one of its pieces is. So a bundle
may be read twice, or again after it was interrupted, and only what is missing is written.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication.archive import mirror as mirrors
from eradication.archive import tiff
from eradication.archive.http import Identity
from eradication.archive.mirror import Mirror
from eradication.archive.shelf import Kept, Shelf
from eradication.archive.spans import Span, Spans, common, pieces, union
from eradication.archive.windows import needed
from eradication.progress import Tick, silent

FORMAT, VERSION = "eradication-imagery", 1
MANIFEST, DIGEST = "manifest.json", "manifest.sha256"
PIECE_BYTES = 8_388_608

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Load:
    """Scenes of one source, to be carried."""

    shelf: Shelf
    kept: Sequence[Kept]
    profile: str
    """Text of the source's profile, so that bands and offsets mean the same there."""


@dataclass(slots=True)
class Carried:
    """What a bundle took along."""

    scenes: int = 0
    files: int = 0
    data_bytes: int = 0
    damaged: list[tuple[str, str]] = field(default_factory=list)
    """Item and band of files whose bytes on disk are no longer those that were fetched; left out."""


def write(out: Path, loads: Sequence[Load], area: BaseGeometry | None, facts: Json, tick: Tick = silent) -> Carried:
    """Write scenes into one file, which appears whole or not at all.

    Args:
        out: the file.
        loads: what to take along.
        area: WGS 84; only what it needs of each image; ``None`` = all that is here.
        facts: season, time, program; plain values.
        tick: called after every scene.
    """
    carried, sources = Carried(), []
    total, done = sum(len(load.kept) for load in loads), 0
    part = out.with_name(f".{out.name}.part")
    try:
        with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as tar:
            for load in loads:
                scenes = []
                for kept in load.kept:
                    scenes.append(_scene(tar, load.shelf, kept, area, carried))
                    done += 1
                    tick(done, total)
                sources.append({"name": load.shelf.name, "profile": load.profile, "scenes": scenes})
            manifest = {"format": FORMAT, "version": VERSION, **facts, "sources": sources}
            text = json.dumps(manifest, ensure_ascii=False).encode()
            _add(tar, MANIFEST, text)
            _add(tar, DIGEST, hashlib.sha256(text).hexdigest().encode())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return carried


def _scene(tar: tarfile.TarFile, shelf: Shelf, kept: Kept, area: BaseGeometry | None, carried: Carried) -> Json:
    files: Json = {}
    for key, state in kept.files.items():
        row: Json = {"band": state.band, "file": state.file, "reason": state.reason, "detail": state.detail}
        mirror = mirrors.opened(shelf.at(kept.item["id"]) / state.file)
        if mirror.identity is not None and mirror.damaged():
            carried.damaged.append((kept.item["id"], state.band))
            row |= {"reason": "truncated", "detail": "damaged on disk"}
        elif mirror.identity is not None:
            row |= _file(tar, mirror, area, f"data/{carried.files + 1:06d}")
            carried.files += 1
            carried.data_bytes += sum(end - start for start, end, _ in row["ranges"])
        files[key] = row
    carried.scenes += 1
    return {"item": kept.item, "source": kept.source, "fetched_at": kept.fetched_at, "files": files}


def _file(tar: tarfile.TarFile, mirror: Mirror, area: BaseGeometry | None, member: str) -> Json:
    """Add the ranges of one mirror as one member; return what the manifest says of it."""
    identity = mirror.identity or Identity(0)
    cut = pieces(_taken(mirror, identity.size, area), PIECE_BYTES)
    hashes: list[str] = []
    info = tarfile.TarInfo(member)
    info.size = sum(end - start for start, end in cut)
    tar.addfile(info, _Pieces(mirror, cut, hashes))
    return {
        "member": member,
        "url": mirror.url,
        "size": identity.size,
        "etag": identity.etag,
        "modified": identity.modified,
        "ranges": [[start, end, digest] for (start, end), digest in zip(cut, hashes, strict=True)],
    }


def _taken(mirror: Mirror, size: int, area: BaseGeometry | None) -> Spans:
    """Return what is taken along: all that is held, or the headers and the blocks the area needs."""
    if area is None:
        return mirror.held
    headers: list[Span] = []

    def read(start: int, end: int) -> bytes:
        headers.append((start, min(end, size)))
        return mirror.read(start, end)

    try:
        spans = needed(tiff.layout(read, size), area)
    except tiff.NotTiled:
        return mirror.held
    return common(mirror.held, union([*headers, *spans]))


class _Pieces(io.RawIOBase):
    """Reads pieces of a mirror end to end, and hashes each on the way."""

    def __init__(self, mirror: Mirror, cut: Sequence[Span], hashes: list[str]) -> None:
        self._mirror, self._waiting, self._hashes = mirror, iter(cut), hashes
        self._piece = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``, fewer at the end of a piece only if it is the last."""
        given = self._piece.read(size)
        while len(given) < size:
            span = next(self._waiting, None)
            if span is None:
                break
            content = self._mirror.read(*span)
            self._hashes.append(hashlib.sha256(content).hexdigest())
            self._piece = io.BytesIO(content)
            given += self._piece.read(size - len(given))
        return given


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
