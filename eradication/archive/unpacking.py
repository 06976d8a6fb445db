"""Take a bundle of scenes in: every byte checked, every path made here (the form is that of :mod:`.bundle`)."""

import hashlib
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from eradication.archive import mirror as mirrors
from eradication.archive import tiff
from eradication.archive.bundle import DIGEST, FORMAT, MANIFEST, PIECE_BYTES, VERSION
from eradication.archive.fetching import check_room
from eradication.archive.http import Identity
from eradication.archive.items import checked
from eradication.archive.lost import Lost
from eradication.archive.mirror import Mirror
from eradication.archive.shelf import FileState, Kept, Shelf, safe_name
from eradication.archive.windows import presented
from eradication.config import Fetch
from eradication.errors import N_, RefusedInput
from eradication.progress import Tick, silent
from eradication.sources import Profile, parse

MAX_MEMBERS = 500_000
MAX_PIECES = 5_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a scene, as the manifest describes it."""

    state: FileState
    member: str
    """Empty: nothing of it is in the bundle."""
    url: str
    identity: Identity
    ranges: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """One item of a bundle."""

    kept: Kept
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Source:
    """The scenes of one source."""

    name: str
    profile: Profile | None
    scenes: tuple[Scene, ...]


@dataclass(slots=True)
class Report:
    """What a bundle brought."""

    sources: list[str] = field(default_factory=list)
    scenes: int = 0
    files: int = 0
    added_bytes: int = 0
    """Bytes that were not here before."""
    conflicts: list[tuple[str, str]] = field(default_factory=list)
    """Item and band of files that are another state of what is here; what is here stays."""


def take(path: Path, imagery: Path, settings: Fetch, tick: Tick = silent) -> Report:
    """Take a bundle in.

    Args:
        path: the bundle.
        imagery: ``<workspace>/imagery``.
        settings: largest file and list, room to be left on the disk.
        tick: called after every scene.

    Raises:
        RefusedInput: ``not_a_bundle``, ``truncated_bundle``, ``hostile_bundle``, ``damaged_bundle``.
        StorageFailed: ``disk_full``.
    """
    with _opened(path) as (file, members):
        sources = _manifest(file, members, settings, path)
        scenes = [(Shelf(imagery / source.name), source, scene) for source in sources for scene in source.scenes]
        parts = [part for _, _, scene in scenes for part in scene.parts.values()]
        imagery.mkdir(parents=True, exist_ok=True)
        check_room(imagery, settings, sum(end - start for part in parts for start, end, _ in part.ranges))
        report, states = Report(sources=[source.name for source in sources]), []
        for done, (shelf, _, scene) in enumerate(scenes, start=1):
            states.append(_write(shelf, scene, file, members, report))
            tick(done, len(scenes))
    # Only now, when every byte of the bundle has been checked, is anything of it there.
    for (shelf, source, scene), files in zip(scenes, states, strict=True):
        if source.profile is not None:
            shelf.keep_profile(source.profile)
        # What an archive itself said of an item stays.
        known = shelf.get(scene.kept.item["id"]) or scene.kept
        shelf.keep(Kept(known.item, known.source, files, scene.kept.fetched_at))
    report.scenes = len(scenes)
    return report


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, dict[str, tarfile.TarInfo]]]:
    """Open a TAR file and yield it with its members by name; nothing is unpacked."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            members: dict[str, tarfile.TarInfo] = {}
            for member in tar:
                plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
                if not plain or member.name in members or len(members) >= MAX_MEMBERS:
                    raise _refused(
                        "hostile_bundle", path, N_("It holds something else than plain files: {problem}."), member.name
                    )
                members[member.name] = member
            yield file, members
    except tarfile.TarError as error:
        raise _refused("truncated_bundle", path, N_("The bundle is damaged or incomplete: {problem}."), error) from None


def _refused(kind: str, path: Path, message: str, problem: object = "") -> RefusedInput:
    hint = N_("Copy it anew from the computer that wrote it; what is here already is not written twice.")
    return RefusedInput(kind, message, where=str(path), hint=hint, values={"problem": problem})


def _manifest(file: BinaryIO, members: Mapping[str, tarfile.TarInfo], settings: Fetch, path: Path) -> list[Source]:
    member, message = members.get(MANIFEST), N_("The bundle is damaged or incomplete: {problem}.")
    if member is not None and member.size > settings.max_document_mb * 1_000_000:
        raise _refused("hostile_bundle", path, N_("Its list is larger than allowed."))
    if member is None or DIGEST not in members:
        raise _refused("truncated_bundle" if members else "not_a_bundle", path, message, MANIFEST)
    text = _bytes(file, member, 0, member.size)
    if hashlib.sha256(text).hexdigest().encode() != _bytes(file, members[DIGEST], 0, 64):
        raise _refused("damaged_bundle", path, message, MANIFEST)
    try:
        document = json.loads(text)
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise _refused("not_a_bundle", path, N_("This is not a bundle of imagery that this program can read."))
        return [_source(source, members, settings) for source in document["sources"]]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, Lost) as error:
        message = N_("Its list contradicts itself: {problem}.")
        raise _refused("hostile_bundle", path, message, f"{type(error).__name__}: {error}") from None


def _source(row: dict[str, Any], members: Mapping[str, tarfile.TarInfo], settings: Fetch) -> Source:
    name, text = str(row["name"]), str(row["profile"])
    if name != safe_name(name):
        raise ValueError("a name that is no name")
    profile = parse(text, f"{MANIFEST}: {name}") if text else None
    return Source(name, profile, tuple(_scene(scene, members, settings) for scene in row["scenes"]))


def _scene(row: dict[str, Any], members: Mapping[str, tarfile.TarInfo], settings: Fetch) -> Scene:
    item = checked(row["item"], "")
    parts = {str(key): _part(part, members, settings) for key, part in row["files"].items()}
    names = [part.state.file for part in parts.values()]
    if len(set(names)) != len(names):
        raise ValueError("two files of one name")
    states = {key: part.state for key, part in parts.items()}
    return Scene(Kept(item, str(row["source"]), states, str(row["fetched_at"])), parts)


def _part(row: dict[str, Any], members: Mapping[str, tarfile.TarInfo], settings: Fetch) -> Part:
    state = FileState(str(row["band"]), str(row["file"]), str(row["reason"]), str(row["detail"]))
    if state.file != safe_name(state.file) or state.file.endswith((mirrors.SUFFIX, ".json")):
        raise ValueError("a file name that is none")
    member = str(row.get("member", ""))
    if not member:
        return Part(state, "", "", Identity(0), ())
    size = int(row["size"])
    ranges = tuple((int(start), int(end), str(digest)) for start, end, digest in row["ranges"])
    at = 0
    for start, end, _ in ranges:
        if not at <= start < end <= size or end - start > PIECE_BYTES:
            raise ValueError("ranges that overlap or lie outside")
        at = end
    if not 0 < size <= settings.max_asset_gb * 1e9 or len(ranges) > MAX_PIECES:
        raise ValueError("a file larger than allowed")
    if members[member].size != sum(end - start for start, end, _ in ranges):
        raise ValueError("a member of another size than said")
    return Part(state, member, str(row["url"]), Identity(size, str(row["etag"]), str(row["modified"])), ranges)


def _write(
    shelf: Shelf, scene: Scene, file: BinaryIO, members: Mapping[str, tarfile.TarInfo], report: Report
) -> dict[str, FileState]:
    """Write what is missing of a scene's files; return how each then stands."""
    here = shelf.get(scene.kept.item["id"])
    states: dict[str, FileState] = dict(here.files) if here is not None else {}
    for key, part in scene.parts.items():
        mirror = mirrors.opened(shelf.at(scene.kept.item["id"]) / part.state.file)
        if not part.member:
            states.setdefault(key, part.state)
            continue
        if mirror.identity is not None and mirror.identity.differs(part.identity):
            report.conflicts.append((scene.kept.item["id"], part.state.band))
            states.setdefault(key, part.state)
            continue
        _fill(mirror, part, file, members[part.member], report)
        report.files += 1
        if key not in states or states[key].reason or not part.state.reason:
            states[key] = part.state
    return states


def _fill(mirror: Mirror, part: Part, file: BinaryIO, member: tarfile.TarInfo, report: Report) -> None:
    if mirror.identity is None:
        mirror.url = part.url
        mirror.begin(part.identity)
    at = 0
    for start, end, digest in part.ranges:
        content = _bytes(file, member, at, end - start)
        if hashlib.sha256(content).hexdigest() != digest:
            message = N_("The bundle is damaged or incomplete: {problem}.")
            raise _refused("damaged_bundle", Path(str(file.name)), message, member.name)
        if mirror.lacks(((start, end),)):
            mirror.put(start, content)
            mirror.note((start, end))
            report.added_bytes += end - start
        at += end - start
    try:
        layout = tiff.layout(mirror.read, part.identity.size)
    except tiff.NotTiled:
        return
    mirror.present(*presented(layout, mirror.held))


def _bytes(file: BinaryIO, member: tarfile.TarInfo, at: int, count: int) -> bytes:
    """Return bytes of a member from where it lies in the file; fewer if the file ends before."""
    file.seek(member.offset_data + at)
    return file.read(count)
