"""Evidence that cannot be changed: the audit of the chains, and checkpoints that it is held against later."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eradication.domain.event import iso
from eradication.errors import RefusedInput
from eradication.i18n import Translate, explain
from eradication.pipeline import shown, thinned
from eradication.pipeline.workspace import Workspace, check_output, write_whole
from eradication.store import audit as chains
from eradication.store import checkpoints, clock, thinning

STRANGER = "signed_by_stranger"


def audit(
    workspace: Workspace, translate: Translate, files: Sequence[Path] = (), written: Sequence[str] = ()
) -> dict[str, Any]:
    """Check every origin's chain, its signatures and the originals it names, and that what is shown follows from them.

    Args:
        workspace: an open workspace.
        translate: language of what is said of a checkpoint that is refused.
        files: checkpoints that each chain must still go on from.
        written: fingerprints of single chains, as they stand in minutes; some event must bear each.

    Raises:
        UnusableInput: ``no_such_file``, ``bad_fingerprint``.
    """
    store = workspace.store
    lines = checkpoints.taken(store)
    heads = {line.origin: checkpoints.grouped(line.head) for line in lines}
    origins = [
        dataclasses.asdict(check) | {"fingerprint": heads.get(check.origin, "")} for check in chains.verify(store)
    ]
    held = [_held_against(workspace, path, translate) for path in files]
    paper = [_on_paper(workspace, text) for text in written]
    # Damaged events tell nothing that could be compared.
    seen = shown.checked(workspace) if all(part["ok"] for part in origins) else shown.UNTOLD
    ok = all(part["ok"] for part in (*origins, *held, *paper, seen))
    return {
        "ok": ok,
        "origins": origins,
        "shown": seen,
        "fingerprint": checkpoints.fingerprint(lines),
        "flagged": flagged(workspace),
        "thinned": thinnings(workspace) if ok else [],
        "checkpoints": held,
        "on_paper": paper,
    }


def thinnings(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the events that thinned tracks to effort, each with how many patrols' tracks are therefore not here."""
    gone = thinned.since(workspace)
    in_force = {name: event for name, event in thinning.in_force(workspace.store).items() if name in gone}
    return [
        {
            "origin": event.origin,
            "number": event.number,
            "recorded_at": iso(event.recorded_at),
            "season": str(event.payload["season"]),
            "by": str(event.payload["by"]),
            "patrols": sum(other.key == event.key for other in in_force.values()),
            "record": str(event.payload["record"]["sha256"]),
        }
        for event in sorted({e.key: e for e in in_force.values()}.values(), key=lambda e: (e.recorded_at, *e.key))
    ]


def flagged(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the events whose times of record are in doubt; they are no fault of the chain."""
    store = workspace.store
    labels = {head.origin: head.label for head in store.origins()}
    jump = timedelta(days=workspace.settings.store.clock_jump_days)
    return [
        dataclasses.asdict(flag) | {"label": labels.get(flag.origin, ""), "recorded_at": iso(flag.recorded_at)}
        for flag in clock.flagged(store.stored(), jump)
    ]


def _held_against(workspace: Workspace, path: Path, translate: Translate) -> dict[str, Any]:
    row: dict[str, Any] = {"path": str(path), "ok": False, "reason": "", "message": "", "hint": "", "chains": []}
    try:
        checkpoint = checkpoints.read(path)
    except RefusedInput as error:
        told = explain(error, translate)
        return row | {"reason": error.kind, "message": told["message"], "hint": told["hint"]}
    compared = checkpoints.compare(workspace.store, checkpoint)
    known = checkpoints.is_known(workspace.store, checkpoint.public_key)
    reason = next((check.reason for check in compared if not check.ok), "" if known else STRANGER)
    return row | {
        "ok": not reason,
        "reason": reason,
        "taken_at": checkpoint.taken_at,
        "signed_by": checkpoint.origin,
        "device": checkpoint.device,
        "known": known,
        "fingerprint": checkpoint.fingerprint,
        "chains": [dataclasses.asdict(check) for check in compared],
    }


def _on_paper(workspace: Workspace, text: str) -> dict[str, Any]:
    found = checkpoints.find(workspace.store, text)
    origin, number = found or ("", None)
    return {"fingerprint": text, "ok": found is not None, "origin": origin, "number": number}


def take_checkpoint(workspace: Workspace, out: Path | None) -> dict[str, Any]:
    """Return what every chain is now; ``out`` is written with it, signed.

    Raises:
        UnusableInput: ``protected_path``, ``is_a_directory``.
        StorageFailed: ``disk_full`` …
    """
    store, now = workspace.store, datetime.now(UTC)
    lines = checkpoints.taken(store)
    if out is not None:
        check_output(workspace, out)
        write_whole(out, checkpoints.content(store, lines, now).decode())
    return {
        "written": str(out) if out else "",
        "taken_at": iso(now),
        "signed_by": store.origin,
        "device": store.device,
        "events": sum(line.events for line in lines),
        "originals": sum(line.originals for line in lines),
        "fingerprint": checkpoints.fingerprint(lines),
        "chains": [
            {
                "origin": line.origin,
                "label": line.label,
                "events": line.events,
                "head": line.head,
                "fingerprint": checkpoints.grouped(line.head),
            }
            for line in lines
        ],
    }
