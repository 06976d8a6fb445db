"""Saving, finding and loading models."""

import os
import re
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain.event import Json, canonical
from eradication.domain.model import TrainedModel
from eradication.errors import N_, CheckFailed, StorageFailed, UnusableInput
from eradication.registry import signing
from eradication.registry.archive import pack, unpack
from eradication.registry.area import AREA, packed, unpacked
from eradication.registry.card import card
from eradication.registry.item import item
from eradication.registry.meta import check_version, described, model_of, parsed, sha256, timeless
from eradication.registry.signing import DAMAGED, SIGNATURE, Signer, damaged

MODEL, META, CARD, ITEM = "model.skops", "meta.json", "card.md", "item.json"
LARGEST_BYTES = 512 * 2**20
LARGEST_TEXT = 16 * 2**20
"""Size of a description, card or item that is still read."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A folder whose signature, hashes and versions are right. Its model file was not opened."""

    path: Path
    meta: dict[str, Any]
    sha256: str
    """Of ``meta.json``, which holds the hashes of all else."""
    content: bytes
    """The model file."""
    card: str
    area: bytes = b""
    """The file of the area of applicability, empty if there is none."""


def save(
    model: TrainedModel, folder: Path, signer: Signer | None = None, when: datetime | None = None
) -> dict[str, Json]:
    """Write ``model`` to ``folder/<name>/<version>``.

    A folder that holds the same is left as it is. One that would not be opened here, or tells of another origin of the
    same content, is replaced.

    Args:
        model: what :func:`eradication.classify.train` returned.
        folder: the workspace's ``models``.
        signer: signs ``meta.json``, which holds the hashes of all other files.
        when: time of saving, aware; now if not given. It orders versions and enters no hash.

    Returns:
        What was saved: ``name, version, learner, samples, model_hash, warnings``, and the SHA-256 of ``meta.json``.

    Raises:
        UnusableInput: ``bad_model_name``.
        StorageFailed: ``cannot_write_model``.
    """
    check_name(model.name)
    target, when = folder / model.name / model.version, when or datetime.now(UTC)
    files = {MODEL: pack(model.estimators), CARD: card(model, when).encode()}
    beside = {CARD: files[CARD], ITEM: item(model, files, when)}
    if model.known is not None:
        beside[AREA] = packed(model.known)
    meta = described(model, files[MODEL], beside, when)
    raw = canonical(meta)
    if _holds(target, meta, signer):
        raw = (target / META).read_bytes()
    else:
        signed = {} if signer is None else {SIGNATURE: signing.signature(signer, raw)}
        _write(target, files | beside | {META: raw} | signed)
    return {
        "name": model.name,
        "version": model.version,
        "learner": model.learner,
        "samples": dict(model.counts),
        "model_hash": model.model_hash,
        "warnings": list(model.warnings),
        "meta_sha256": sha256(raw),
    }


def _holds(target: Path, meta: dict[str, Json], signer: Signer | None) -> bool:
    """Tell whether a folder holds what ``meta`` describes, whole and signed as ``signer`` would."""
    if not target.is_dir():
        return False
    try:
        found = checked(target, None if signer is None else [signer.public_key])
    except CheckFailed:
        return False
    return canonical(timeless(found.meta)) == canonical(timeless(meta))


def load(
    folder: Path, name: str, version: str | None = None, trusted_keys: Collection[str] | None = None
) -> TrainedModel:
    """Read a model; the newest version if none is named.

    Args:
        folder: the workspace's ``models``.
        name: model name, or ``name/version``.
        version: wins over a version in ``name``.
        trusted_keys: Ed25519 public keys, hex; if given, only models signed by one of them are opened.

    Raises:
        UnusableInput: ``no_such_model``, with the models there are.
        CheckFailed: ``model_damaged`` if a byte differs from what was saved, ``model_not_trusted`` if the file holds
            anything but a trained model, or is not signed as asked, ``model_other_version``.
    """
    found = checked(find(folder, name, version), trusted_keys)
    model = model_of(found.meta, unpack(found.content, len(found.meta["features"]), str(found.path / MODEL)))
    return replace(model, known=unpacked(found.area, str(found.path / AREA)) if found.area else None)


def find(folder: Path, name: str, version: str | None = None) -> Path:
    """Return the folder of a model, as :func:`load` finds it; nothing in it is checked.

    Raises:
        UnusableInput: ``no_such_model``.
    """
    name, _, inline = name.partition("/")
    return _find(folder, name, version or inline or None)


def checked(path: Path, trusted_keys: Collection[str] | None = None) -> Checked:
    """Check signature, hashes and versions of a model's folder; the model file is read, but not opened.

    Raises:
        CheckFailed: as :func:`load`.
    """
    where = str(path)
    raw = _read(path / META, LARGEST_TEXT)
    signing.check(path, raw, trusted_keys)
    meta = parsed(raw, str(path / META))
    # What is signed for one place must not stand in another, as the version in use, say.
    if (meta["name"], meta["version"]) != (path.parent.name, path.name) or not {AREA, CARD, ITEM}.issuperset(
        meta["beside"]
    ):
        raise damaged(where)
    files = {
        name: _held_to(path / name, digest, LARGEST_TEXT if name in (CARD, ITEM) else LARGEST_BYTES)
        for name, digest in {MODEL: meta["sha256"], **meta["beside"]}.items()
    }
    check_version(meta, where)
    return Checked(path, meta, sha256(raw), files[MODEL], files.get(CARD, b"").decode(), files.get(AREA, b""))


def _held_to(file: Path, digest: str, most: int) -> bytes:
    content = _read(file, most)
    if sha256(content) != digest:
        raise damaged(str(file))
    return content


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a folder's ``meta.json`` as it lies there, whatever else is damaged; empty without one."""
    try:
        return sha256(_read(path / META, LARGEST_TEXT))
    except CheckFailed:
        return ""


def list_models(folder: Path) -> list[dict[str, Json]]:
    """Return name, version, learner, counts, warnings, hash, time and seasons of every model, newest first in a name.

    A model whose description cannot be read stands in the list with the warning ``model_damaged``.
    """
    places = (path for path in sorted(folder.glob("*/*/")) if not path.name.startswith("."))
    found = [_listed(path) for path in places if any((path / name).exists() for name in (META, MODEL))]
    newest = sorted(found, key=lambda m: (str(m["saved_at"]), str(m["version"])), reverse=True)
    return sorted(newest, key=lambda m: str(m["name"]))


def _listed(path: Path) -> dict[str, Json]:
    kept = ("learner", "counts", "warnings", "model_hash", "saved_at", "seasons", "simulated")
    try:
        meta = parsed(_read(path / META, LARGEST_TEXT), str(path / META))
        shown: dict[str, Json] = {k: meta[k] for k in kept}
    except CheckFailed:
        shown = dict(zip(kept, ("", {}, [DAMAGED], "", "", [], False), strict=True))
    # Folder names, not what the description claims: it is looked up by them.
    place: dict[str, Json] = {"name": path.parent.name, "version": path.name}
    return place | shown | {"signed": (path / SIGNATURE).is_file()}


def _read(file: Path, most: int) -> bytes:
    try:
        if file.is_file() and file.stat().st_size <= most:
            return file.read_bytes()
    except OSError:
        pass
    raise damaged(str(file))


def _write(target: Path, files: dict[str, bytes]) -> None:
    """Write all files to a folder beside ``target`` and rename it, so that a model is there wholly or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".saving-", dir=target.parent))
        try:
            for name, content in files.items():
                with open(beside / name, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            beside.chmod(0o755)
            _put(beside, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise StorageFailed(
            "cannot_write_model",
            N_("The model could not be written: {error}."),
            where=str(target),
            hint=N_("Free some space or check the folder's permissions; nothing was half-written."),
            values={"error": error.strerror or error},
        ) from None


def _put(beside: Path, target: Path) -> None:
    """Rename ``beside`` to ``target``; what stood there goes away first, and comes back if that fails."""
    if not target.exists():
        beside.rename(target)
        return
    away = Path(tempfile.mkdtemp(prefix=".replaced-", dir=target.parent))
    try:
        target.rename(away / target.name)
        try:
            beside.rename(target)
        except OSError:
            (away / target.name).rename(target)
            raise
    finally:
        shutil.rmtree(away, ignore_errors=True)


def check_name(name: str) -> None:
    """Refuse what cannot name a model.

    Raises:
        UnusableInput: ``bad_model_name``.
    """
    if not _NAME.fullmatch(name):
        raise UnusableInput(
            "bad_model_name",
            N_("'{name}' cannot name a model."),
            hint=N_("Use letters without diacritics, digits, '-', '_' and '.'."),
            values={"name": name},
        )


def _find(folder: Path, name: str, version: str | None) -> Path:
    known = list_models(folder) if folder.is_dir() else []
    fitting = [m for m in known if m["name"] == name and version in (None, m["version"])]
    if fitting:
        # Its age is unknown, so a damaged version is never passed over for an older one in silence.
        unknown = [m for m in fitting if m["warnings"] == [DAMAGED]]
        return folder / name / str((unknown or fitting)[0]["version"])
    raise UnusableInput(
        "no_such_model",
        N_("There is no model {wanted}."),
        where=str(folder),
        hint=N_("Known models: {known}. The rule score, named rules, needs none."),
        values={
            "wanted": f"{name}/{version}" if version else name,
            "known": ", ".join(f"{m['name']}/{m['version']}" for m in known) or "-",
        },
    )
