"""The answers other programs read: plain values with the field names of the command contract."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eradication.domain import Candidate, EventKind, Fixes, Json, PatrolFile
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.i18n import Translate
from eradication.ingest import track_shape
from eradication.pipeline import journal, projection, thinned
from eradication.pipeline.workspace import Workspace
from eradication.store import Reading

_SENTENCES = ("message", "hint")

if TYPE_CHECKING:
    from eradication.pipeline.scan import Scanned
    from eradication.pipeline.seen import Seen


def of_patrol_files(files: Sequence[PatrolFile], translate: Translate, *, simulated: bool = False) -> dict[str, Any]:
    """Return the answer of ``patrols import``; ``simulated`` = everything in the workspace is."""
    return {"files": [_file(file, translate) for file in files], "simulated": simulated}


def _file(file: PatrolFile, translate: Translate) -> dict[str, Any]:
    facts = dict(file.facts)
    recorded = facts.pop("on_record", ())
    refusal = facts.pop("refusal", {"template": file.message, "values": {}, "where": "", "hint": ""})
    return {
        "path": file.path,
        "sha256": file.sha256,
        "format": file.format,
        "status": file.status,
        "reason": file.reason,
        "message": _filled(refusal["template"], refusal["values"], translate),
        "where": refusal["where"],
        "hint": _filled(refusal["hint"], refusal["values"], translate),
        "facts": journal.plain(facts),
        "patrols": [_brief(told) | shape(segments) for told, segments in _told(file, recorded)],
    }


def _told(file: PatrolFile, recorded: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Sequence[Fixes]]]:
    """Return what is said of each patrol of a file: of a duplicate what is on record, not what was read this time."""
    known = {str(patrol["id"]): patrol for patrol in recorded}
    return [(known.get(p.id, journal.patrol_summary(p)), p.segments) for p in file.patrols]


def _filled(template: str, values: Mapping[str, Any], translate: Translate) -> str:
    return translate(template).format(**values) if template else ""


def _brief(summary: Mapping[str, Any]) -> dict[str, Any]:
    fixes = {"total": summary["total"], "kept": summary["kept"], "marked": summary["marked"]}
    kept = ("id", "unit", "name", "kind", "start", "end", "length_km", "hours", "waypoints")
    walked = [{k: v for k, v in one.items() if k != "outline"} for one in summary.get("perimeters", ())]
    return {name: summary[name] for name in kept} | {"fixes": fixes, "perimeters": walked}


def shape(segments: Sequence[Fixes]) -> dict[str, Any]:
    """Return what is told of a track's shape: ``gaps`` (count, longest_s) and ``drives`` (count, km)."""
    gaps, drives = track_shape.gaps(segments), track_shape.drives(segments)
    told = {"count": gaps.count, "longest_s": gaps.longest_s}
    return {"gaps": told, "drives": {"count": drives.count, "km": round(drives.km, 4)}}


def patrols(workspace: Workspace, unit: str = "") -> dict[str, Any]:
    """Return every patrol, oldest first; with ``unit`` those that its people may see."""
    events = _seen(workspace, unit).events(kinds=[EventKind.PATROL_RECORDED])
    said, gone = {"simulated": projection.is_simulated(workspace)}, thinned.since(workspace)
    rows = [_brief(event.payload["patrol"]) | said for event in events]
    return {"patrols": [row | {"thinned_at": gone.get(row["id"])} for row in rows], **said}


def _seen(workspace: Workspace, unit: str) -> Reading:
    return workspace.store.seen_by(unit) if unit else workspace.store


def patrol(workspace: Workspace, wanted: str, unit: str = "") -> dict[str, Any]:
    """Return one patrol with its file, its cells and who recorded it; with ``unit`` only one that its people may see.

    Raises:
        UnusableInput: ``no_such_patrol``.
    """
    seen = _seen(workspace, unit)
    events = seen.events(kinds=[EventKind.PATROL_RECORDED])
    found = next((event for event in events if event.payload["patrol"]["id"] == wanted), None)
    if found is None:
        raise UnusableInput(
            "no_such_patrol",
            N_("There is no patrol '{wanted}'."),
            hint=N_("`eradication patrols list` shows the ids."),
            values={"wanted": wanted},
        )
    payload = found.payload
    segments = [fixes for _, fixes in seen.tracks([wanted])]
    gone = thinned.since(workspace, [wanted]).get(wanted)
    return (
        _brief(payload["patrol"])
        | (shape(segments) if gone is None else {"gaps": None, "drives": None})
        | {
            "thinned_at": gone,
            "cells": payload["patrol"]["cells"],
            "sha256": payload["sha256"],
            "file": payload["file"],
            "facts": payload["facts"],
            "recorded_at": iso(found.recorded_at),
            "origin": found.origin,
            "most_pct": workspace.settings.perimeters.differ_pct,
            "simulated": projection.is_simulated(workspace),
        }
    )


def of_run(run: str, scanned: "Scanned", seen: "Seen", found: Sequence[Candidate], most: int) -> dict[str, Any]:
    """Return what ``monitor`` says of a run; time and memory are added by the caller, for they are not facts of it."""
    scores, archive = scanned.scores, scanned.scan.archive
    scenes = archive.scenes
    wanted = archive.facts.get("area_pixels") or archive.grid.shape[0] * archive.grid.shape[1]
    return {
        "run": run,
        "season": scores.season.label,
        "model": scores.model,
        "score_kind": str(found[0].score_kind if found else scores.kind),
        "pixels": int(wanted),
        "unobserved_share": round(max(0.0, 1.0 - scores.observed / wanted), 4),
        "coverage": seen.facts(int(wanted), scores.observed),
        "gate": seen.gate(scores.observed),
        "scenes": {"used": len(scenes), "failed": [_failure(failure) for failure in scanned.failed]},
        "shifts": archive.facts.get("shifts", []),
        "corrections": scanned.scan.ground.told(),
        "features_missing": list(scores.missing),
        "scene_classification": archive.masked,
        "candidates": len(found),
        "candidates_sown": sum(one.sown_on is not None for one in found),
        "candidates_cut": len(found) >= most,
        "candidates_outside": sum(one.outside for one in found),
        "simulated": any(scene.simulated for scene in scenes),
    }


def _failure(failure: Any) -> dict[str, Json]:
    return {"id": failure.id, "asset": failure.asset, "reason": failure.reason, "detail": failure.detail}


def of_visits(answer: dict[str, Any], translate: Translate) -> dict[str, Any]:
    """Return the answer of ``visits import`` with its sentences in the user's language."""
    return answer | {"visits": [_visit_answer(row, translate) for row in answer["visits"]]}


def of_tips(answer: dict[str, Any], translate: Translate) -> dict[str, Any]:
    """Return the answer of ``tips import`` with its sentences in the user's language."""
    return answer | {"tips": [_visit_answer(row, translate) for row in answer["tips"]]}


def of_office_rows(answer: dict[str, Any], translate: Translate) -> dict[str, Any]:
    """Return the answer of ``units import`` or ``facts import`` with its sentences in the user's language."""
    names = [name for name in ("units", "facts") if name in answer]
    return answer | {name: [_visit_answer(row, translate) for row in answer[name]] for name in names}


def of_forms(answer: dict[str, Any], translate: Translate) -> dict[str, Any]:
    """Return the answer of ``forms import`` with its sentences in the user's language."""
    rows = {name: [_visit_answer(row, translate) for row in answer[name]] for name in ("files", "visits", "tips")}
    return answer | rows


def with_refusals(answer: dict[str, Any], translate: Translate) -> dict[str, Any]:
    """Return an answer on labels with the sentences of refused rows in the user's language."""

    def told(part: dict[str, Any]) -> dict[str, Any]:
        rows = part["refused"]
        return part | {"refused": [r | {k: _filled(r[k], r["values"], translate) for k in _SENTENCES} for r in rows]}

    labels = {"labels": [told(season) for season in answer["labels"]]} if "labels" in answer else {}
    return (told(answer) if "refused" in answer else answer) | labels


def _visit_answer(row: dict[str, Any], translate: Translate) -> dict[str, Any]:
    told = dict(row)
    values = told.pop("values", {})
    told["message"] = _filled(row["message"], values, translate)
    told["hint"] = _filled(row.get("hint", ""), values, translate)
    return told


def models(workspace: Workspace) -> dict[str, Any]:
    """Return the trained models of the workspace, and which one is in use."""
    from eradication import registry  # brings scikit-learn, which takes seconds to load

    in_use = projection.promoted(workspace)
    listed = registry.list_models(workspace.models)
    rows = [m | {"in_use": f"{m['name']}/{m['version']}" == in_use} for m in listed]
    return {"models": rows, "simulated": workspace.simulated or any(m["simulated"] for m in listed)}
