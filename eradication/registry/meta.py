"""What ``meta.json`` says of a model: the part that is signed, and that everything else in the folder is held to."""

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from eradication.domain.event import Json, iso
from eradication.domain.model import Calibration, TrainedModel
from eradication.domain.schooling import Schooling
from eradication.errors import N_, CheckFailed
from eradication.registry.bands import are_envelopes
from eradication.registry.signing import damaged

SCIKIT_LEARN = version("scikit-learn")
TESTED: tuple[str, ...] = ("1.9",)
"""Versions of scikit-learn whose models were read here and scored alike; see ``tests/registry/earlier``."""
LIBRARIES: tuple[str, ...] = ("eradication", "numpy", "scikit-learn", "skops")
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
    "scikit_learn": str,
}
_ADDED: dict[str, type] = {
    "seasons": list,
    "data_hash": str,
    "prevalence": float,
    "envelopes": dict,
    "sigmoid": list,
    "beside": dict,
    "libraries": dict,
    "scenes": dict,
    "definitions": dict,
    "reason": str,
    "simulated": bool,
}
"""What models saved by earlier programs do not say."""
_MOST = 1e300
"""No number of a model is as large; NaN and infinity, which JSON of Python can hold, are not below it either."""


def libraries() -> dict[str, str]:
    """Return the versions a model is trained and saved with."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def sha256(content: bytes) -> str:
    """Return the SHA-256 of ``content``, hex."""
    return hashlib.sha256(content).hexdigest()


def described(model: TrainedModel, content: bytes, beside: Mapping[str, bytes], when: datetime) -> dict[str, Json]:
    """Return the description of a model.

    Args:
        model: what was trained.
        content: bytes of the model file.
        beside: files for readers, by name.
        when: time of saving, aware.
    """
    return {
        **_learned(model),
        **_origin(model),
        "saved_at": iso(when),
        "sha256": sha256(content),
        "beside": {name: sha256(text) for name, text in beside.items()},
        "scikit_learn": SCIKIT_LEARN,
        "libraries": dict(libraries()),
    }


def _learned(model: TrainedModel) -> dict[str, Json]:
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
        "prevalence": model.prevalence,
        "envelopes": model.envelopes,
        "sigmoid": [] if model.sigmoid is None else [model.sigmoid.slope, model.sigmoid.offset],
    }


def _origin(model: TrainedModel) -> dict[str, Json]:
    origin = model.schooling
    return {
        "scenes": {season: dict(scenes) for season, scenes in origin.scenes.items()},
        "definitions": dict(origin.definitions),
        "box": None if origin.box is None else list(origin.box),
        "reason": origin.reason,
        "simulated": origin.simulated,
    }


def timeless(meta: Mapping[str, Json]) -> dict[str, Json]:
    """Return what two savings of the same model have in common: neither times nor hashes of files that hold them."""
    return {name: value for name, value in meta.items() if name not in ("saved_at", "sha256", "beside")}


def parsed(raw: bytes, where: str) -> dict[str, Any]:
    """Read what :func:`described` wrote; every value has the type it should have.

    Raises:
        CheckFailed: ``model_damaged``.
    """
    try:
        meta = json.loads(raw)
    except (ValueError, RecursionError):
        raise damaged(where) from None
    if not isinstance(meta, dict) or any(not isinstance(meta.get(k), kind) for k, kind in _KEYS.items()):
        raise damaged(where)
    meta = {name: kind() for name, kind in _ADDED.items()} | {"box": None} | meta
    if any(not isinstance(meta[k], kind) for k, kind in _ADDED.items()) or not _is_sound(meta):
        raise damaged(where)
    return meta


def _is_sound(meta: dict[str, Any]) -> bool:
    if not are_envelopes(meta["envelopes"]):
        return False
    texts = [*meta["features"], *meta["warnings"], *meta["seasons"]]
    texts += [text for name in ("beside", "libraries", "definitions") for text in meta[name].values()]
    pairs = [meta["calibration"], *meta["scaling"]]
    if not all(isinstance(p, list) and len(p) == 2 for p in pairs):
        return False
    if not all(isinstance(scenes, dict) for scenes in meta["scenes"].values()):
        return False
    texts += [baseline for scenes in meta["scenes"].values() for baseline in scenes.values()]
    box = [0, 0, 0, 0] if meta["box"] is None else meta["box"]
    if not isinstance(box, list) or len(box) != 4:
        return False
    numbers = [
        *(n for pair in pairs for n in pair),
        *meta["counts"].values(),
        *box,
        meta["prevalence"],
        *meta["sigmoid"],
    ]
    if len(meta["sigmoid"]) not in (0, 2):
        return False
    if (meta["scaling"] or meta["learner"] == "logistic") and len(meta["scaling"]) != len(meta["features"]):
        return False
    if not all(isinstance(n, int | float) and abs(n) < _MOST for n in numbers):
        return False
    return all(isinstance(t, str) for t in texts)


def check_version(meta: Mapping[str, Any], where: str) -> None:
    """Refuse what another scikit-learn saved, unless both its version and this one were tested together.

    Raises:
        CheckFailed: ``model_other_version``.
    """
    saved, here = _minor(meta["scikit_learn"]), _minor(SCIKIT_LEARN)
    if saved and (saved == here or {saved, here} <= set(TESTED)):
        return
    raise CheckFailed(
        "model_other_version",
        N_("The model was saved by scikit-learn {saved}; here is {here}, and the two were not tested together."),
        where=where,
        hint=N_("Train it anew: the same visits and images give the same model."),
        values={"saved": meta["scikit_learn"][:40], "here": SCIKIT_LEARN},
    )


def _minor(text: str) -> str:
    """Return ``1.9`` of ``1.9.1``, empty if it is no version."""
    found = re.match(r"(\d+\.\d+)\.", text)
    return found[1] if found else ""


def model_of(meta: Mapping[str, Any], estimators: tuple[Any, ...]) -> TrainedModel:
    """Return the model that ``meta`` describes."""
    return TrainedModel(
        name=meta["name"],
        version=meta["version"],
        learner=meta["learner"],
        features=tuple(meta["features"]),
        estimators=estimators,
        calibration=Calibration(*meta["calibration"]),
        scaling=tuple((float(a), float(b)) for a, b in meta["scaling"]),
        seed=meta["seed"],
        counts=meta["counts"],
        model_hash=meta["model_hash"],
        warnings=tuple(meta["warnings"]),
        figures=meta["figures"],
        seasons=tuple(meta["seasons"]),
        data_hash=meta["data_hash"],
        prevalence=meta["prevalence"],
        envelopes=meta["envelopes"],
        sigmoid=Calibration(*meta["sigmoid"]) if meta["sigmoid"] else None,
        schooling=Schooling(
            scenes=meta["scenes"],
            definitions=meta["definitions"],
            box=None if meta["box"] is None else tuple(meta["box"]),
            reason=meta["reason"],
            simulated=meta["simulated"],
        ),
    )
