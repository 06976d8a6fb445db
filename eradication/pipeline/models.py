"""The models of a workspace: which may be used, what they say of themselves, whether they are whole."""

from typing import Any

from eradication import features, registry
from eradication.domain import EventKind
from eradication.domain.event import origin_of
from eradication.domain.model import RULES, TrainedModel
from eradication.errors import N_, EradicationError, UnusableInput
from eradication.i18n import Translate, explain
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace
from eradication.store import rotation


def usable(workspace: Workspace, name: str) -> TrainedModel | None:
    """Open a model for use; ``None`` for the rules.

    Raises:
        UnusableInput: ``no_such_model``, ``model_features_changed``.
        CheckFailed: ``model_damaged``, ``model_not_trusted``, ``model_other_version``.
    """
    if name == RULES:
        return None
    model = registry.load(workspace.models, name, trusted_keys=_trusted(workspace))
    _check_features(model)
    return model


def _trusted(workspace: Workspace) -> list[str]:
    return [*rotation.own_keys(workspace.store), *workspace.settings.learning.trusted_keys]


def _check_features(model: TrainedModel) -> None:
    """Refuse a model whose columns mean something else today than when it learned them."""
    today, then = features.definitions(model.features), model.schooling.definitions
    changed = [name for name in model.features if name not in today or then.get(name) != today[name]]
    if changed:
        raise UnusableInput(
            "model_features_changed",
            N_("The model {model} learned features that are computed in another way today: {changed}."),
            hint=N_("Train it anew. Until then use the rule score: --model rules"),
            values={"model": model.label, "changed": ", ".join(changed)},
        )


def shown(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return what a model says of itself, and the figures that were measured of it; its file is not opened.

    Raises:
        UnusableInput: ``no_such_model``.
        CheckFailed: as :func:`usable`.
    """
    found = registry.checked(registry.find(workspace.models, name), _trusted(workspace))
    meta = found.meta
    label = f"{meta['name']}/{meta['version']}"
    kept = ("name", "version", "learner", "reason", "seed", "seasons", "counts", "warnings", "model_hash", "data_hash")
    more = ("figures", "features", "definitions", "scenes", "box", "libraries", "saved_at", "simulated")
    return {key: meta[key] for key in (*kept, *more)} | {
        "signed_by": origin_of(registry.signer_of(found.path)),
        "in_use": projection.promoted(workspace) == label,
        "recorded": _is_recorded(workspace, found.sha256),
        "evaluations": _evaluations(workspace, meta["model_hash"]),
        "card": found.card,
    }


def _evaluations(workspace: Workspace, model_hash: str) -> list[dict[str, Any]]:
    events = workspace.store.events(kinds=[EventKind.MODEL_EVALUATED])
    kept = ("season", "visits", "plots", "km2", "prevalence", "outside", "figures", "simulated")
    return [{key: e.payload.get(key) for key in kept} for e in events if e.payload.get("model_hash") == model_hash]


def _is_recorded(workspace: Workspace, meta_sha256: str) -> bool:
    """Tell whether the chain says that this very folder was trained: the event holds the hash of its description."""
    events = workspace.store.events(kinds=[EventKind.MODEL_TRAINED])
    return any(event.payload.get("meta_sha256") == meta_sha256 for event in events)


def verified(workspace: Workspace, translate: Translate) -> dict[str, Any]:
    """Check every model as if it were to be used: signature, hashes, versions, features, and what is in its file."""
    in_use = projection.promoted(workspace)
    listed = registry.list_models(workspace.models)
    labels = [f"{m['name']}/{m['version']}" for m in listed]
    if in_use not in (RULES, *labels):
        labels.append(in_use)
    rows = [_verdict(workspace, label, translate) | {"in_use": label == in_use} for label in labels]
    simulated = workspace.simulated or any(m["simulated"] for m in listed)
    return {"ok": all(row["ok"] for row in rows), "models": rows, "simulated": simulated}


def _verdict(workspace: Workspace, label: str, translate: Translate) -> dict[str, Any]:
    name, _, version = label.partition("/")
    row: dict[str, Any] = {"name": name, "version": version, "ok": True, "signed_by": "", "recorded": False}
    row |= {"reason": "", "message": "", "hint": "", "where": ""}
    try:
        path = registry.find(workspace.models, label)
        row["recorded"] = _is_recorded(workspace, registry.fingerprint(path))
        registry.checked(path, _trusted(workspace))
        row["signed_by"] = origin_of(registry.signer_of(path))
        usable(workspace, label)
    except EradicationError as error:
        told = explain(error, translate)
        row |= {"ok": False, "reason": error.kind, "message": told["message"], "hint": told["hint"]}
        row["where"] = told["where"]
    return row
