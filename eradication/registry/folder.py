"""Saving, finding and loading models."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sklearn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from eradication.domain.event import Json, canonical, iso
from eradication.domain.model import Calibration, TrainedModel
from eradication.errors import N_, CheckFailed, StorageFailed, UnusableInput
from eradication.registry.archive import pack, unpack
from eradication.registry.bands import are_envelopes
from eradication.registry.card import card

MODEL, META, CARD, SIGNATURE = "model.skops", "meta.json", "card.md", "signature"
DAMAGED = "model_damaged"
LARGEST_BYTES = 512 * 2**20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_KEYS: dict[str, type] = {
    "name": str,
    "version": str,
    "learner": str,
    "features": list,
    "calibration": list,
    "scaling": list,
    "seed": int,
    "counts": dict,
    "model_hash": str,
    "warnings": list,
    "figures": dict,
    "saved_at": str,
    "sha256": str,
}


def save(
    model: TrainedModel, folder: Path, key: Ed25519PrivateKey | None = None, when: datetime | None = None
) -> dict[str, Json]:
    """Write ``model`` to ``folder/<name>/<version>``; the same content is not written twice.

    Args:
        model: what :func:`eradication.classify.train` returned.
        folder: the workspace's ``models``.
        key: signs ``meta.json``, which holds the hash of the model file.
        when: time of saving, aware; now if not given. It orders versions and enters no hash.

    Returns:
        What was saved: ``name, version, learner, samples, model_hash, warnings``.

    Raises:
        UnusableInput: ``bad_model_name``.
        StorageFailed: ``cannot_write_model``.
    """
    _check_name(model.name)
    target = folder / model.name / model.version
    saved: dict[str, Json] = {
        "name": model.name,
        "version": model.version,
        "learner": model.learner,
        "samples": dict(model.counts),
        "model_hash": model.model_hash,
        "warnings": list(model.warnings),
    }
    if (target / META).is_file():
        return saved
    content = pack(model.estimators)
    meta = canonical(_meta(model, content, when or datetime.now(UTC)))
    files = {MODEL: content, META: meta, CARD: card(model).encode()}
    if key is not None:
        files[SIGNATURE] = f"{key.public_key().public_bytes_raw().hex()} {key.sign(meta).hex()}\n".encode()
    try:
        _write(target, files)
    except OSError as error:
        raise StorageFailed(
            "cannot_write_model",
            N_("The model could not be written: {error}."),
            where=str(target),
            hint=N_("Free some space or check the folder's permissions; nothing was half-written."),
            values={"error": error.strerror or error},
        ) from None
    return saved


def load(
    folder: Path, name: str, version: str | None = None, trusted_keys: Collection[bytes] | None = None
) -> TrainedModel:
    """Read a model; the newest version if none is named.

    Args:
        folder: the workspace's ``models``.
        name: model name, or ``name/version``.
        version: wins over a version in ``name``.
        trusted_keys: raw Ed25519 public keys; if given, only models signed by one of them are opened.

    Raises:
        UnusableInput: ``no_such_model``, with the models there are.
        CheckFailed: ``model_damaged`` if a byte differs from what was saved, or ``model_not_trusted`` if the file
            holds anything but a trained model, or is not signed as asked.
    """
    name, _, inline = name.partition("/")
    path = _find(folder, name, version or inline or None)
    where = str(path)
    try:
        raw = (path / META).read_bytes()
        if (path / MODEL).stat().st_size > LARGEST_BYTES:
            raise _damaged(where)
        content = (path / MODEL).read_bytes()
    except OSError:
        raise _damaged(where) from None
    _check_signature(path, raw, trusted_keys)
    meta = _parse(raw, where)
    if hashlib.sha256(content).hexdigest() != meta["sha256"]:
        raise _damaged(where)
    return TrainedModel(
        name=meta["name"],
        version=meta["version"],
        learner=meta["learner"],
        features=tuple(meta["features"]),
        estimators=unpack(content, len(meta["features"]), where),
        calibration=Calibration(*meta["calibration"]),
        scaling=tuple((float(a), float(b)) for a, b in meta["scaling"]),
        seed=meta["seed"],
        counts=meta["counts"],
        model_hash=meta["model_hash"],
        warnings=tuple(meta["warnings"]),
        figures=meta["figures"],
        seasons=tuple(meta.get("seasons", ())),
        data_hash=str(meta.get("data_hash", "")),
        envelopes=meta.get("envelopes", {}),
    )


def list_models(folder: Path) -> list[dict[str, Json]]:
    """Return name, version, learner, counts, warnings, hash and time of every model, newest first within a name.

    A model whose description cannot be read stands in the list with the warning ``model_damaged``.
    """
    found = [_listed(path) for path in sorted(folder.glob(f"*/*/{META}"))]
    newest = sorted(found, key=lambda m: (str(m["saved_at"]), str(m["version"])), reverse=True)
    return sorted(newest, key=lambda m: str(m["name"]))


def _listed(path: Path) -> dict[str, Json]:
    kept = ("learner", "counts", "warnings", "model_hash", "saved_at")
    try:
        meta = _parse(path.read_bytes(), str(path.parent))
        shown: dict[str, Json] = {k: meta[k] for k in kept}
    except (CheckFailed, OSError):
        shown = dict(zip(kept, ("", {}, [DAMAGED], "", ""), strict=True))
    # Folder names, not what the description claims: it is looked up by them.
    place: dict[str, Json] = {"name": path.parent.parent.name, "version": path.parent.name}
    return place | shown | {"signed": (path.parent / SIGNATURE).is_file()}


def _meta(model: TrainedModel, content: bytes, when: datetime) -> Json:
    return {
        "name": model.name,
        "version": model.version,
        "learner": model.learner,
        "features": list(model.features),
        "calibration": [model.calibration.slope, model.calibration.offset],
        "scaling": [list(pair) for pair in model.scaling],
        "seed": model.seed,
        "counts": dict(model.counts),
        "model_hash": model.model_hash,
        "warnings": list(model.warnings),
        "figures": model.figures,
        "seasons": list(model.seasons),
        "data_hash": model.data_hash,
        "envelopes": model.envelopes,
        "saved_at": iso(when),
        "sha256": hashlib.sha256(content).hexdigest(),
        "scikit_learn": sklearn.__version__,
    }


def _write(target: Path, files: dict[str, bytes]) -> None:
    """Write all files to a folder beside ``target`` and rename it, so that a model is there wholly or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".saving-", dir=target.parent))
    try:
        for name, content in files.items():
            with open(beside / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        beside.chmod(0o755)
        beside.rename(target)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _check_name(name: str) -> None:
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
        damaged = [m for m in fitting if m["warnings"] == [DAMAGED]]
        return folder / name / str((damaged or fitting)[0]["version"])
    raise UnusableInput(
        "no_such_model",
        N_("There is no model {wanted}."),
        where=str(folder),
        hint=N_("Known models: {known}. The rule score needs none: --model rules"),
        values={
            "wanted": f"{name}/{version}" if version else name,
            "known": ", ".join(f"{m['name']}/{m['version']}" for m in known) or "-",
        },
    )


def _parse(raw: bytes, where: str) -> dict[str, Any]:
    try:
        meta = json.loads(raw)
    except (ValueError, RecursionError):
        raise _damaged(where) from None
    if not isinstance(meta, dict) or any(not isinstance(meta.get(k), kind) for k, kind in _KEYS.items()):
        raise _damaged(where)
    seasons = meta.get("seasons", [])
    if not isinstance(seasons, list) or not are_envelopes(meta.get("envelopes", {})):
        raise _damaged(where)
    texts = [*meta["features"], *meta["warnings"], *seasons]
    pairs = [meta["calibration"], *meta["scaling"]]
    if not all(isinstance(t, str) for t in texts) or not all(isinstance(p, list) and len(p) == 2 for p in pairs):
        raise _damaged(where)
    if meta["learner"] == "logistic" and len(meta["scaling"]) != len(meta["features"]):
        raise _damaged(where)
    numbers = [*(n for pair in pairs for n in pair), *meta["counts"].values()]
    if not all(isinstance(n, int | float) for n in numbers):
        raise _damaged(where)
    return meta


def _check_signature(path: Path, meta: bytes, trusted: Collection[bytes] | None) -> None:
    """A signature that is there must be right; one must be there if keys are given."""
    file = path / SIGNATURE
    if not file.is_file():
        if trusted is not None:
            raise _untrusted(str(path), N_("The model is not signed."))
        return
    try:
        public, signature = (bytes.fromhex(part) for part in file.read_text("ascii").split())
        Ed25519PublicKey.from_public_bytes(public).verify(signature, meta)
    except (ValueError, InvalidSignature):
        raise _damaged(str(path)) from None
    if trusted is not None and public not in trusted:
        raise _untrusted(str(path), N_("The model is signed by a key this workspace does not trust."))


def _damaged(where: str) -> CheckFailed:
    return CheckFailed(
        DAMAGED,
        N_("The model differs from what was saved and is not opened."),
        where=where,
        hint=N_("Copy it again from where it was trained, or train it anew."),
    )


def _untrusted(where: str, message: str) -> CheckFailed:
    return CheckFailed("model_not_trusted", message, where=where, hint=N_("Ask the person who trained it."))
