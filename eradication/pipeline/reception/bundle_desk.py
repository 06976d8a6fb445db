"""The desk at the computer of the workspace: bundles handed in and entered at once, no worker needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception import bundles, entering, hand_ins
from eradication.pipeline.reception.place import reception_of
from eradication.pipeline.workspace import Workspace
from eradication.progress import Stage, quiet

STATES = (hand_ins.RECEIVED, hand_ins.RECORDED, hand_ins.REFUSED, hand_ins.INCOMPLETE, hand_ins.CONFLICT)


def listed(workspace: Workspace, states: Sequence[str]) -> dict[str, Any]:
    """Return the hand-ins in these states, or all.

    Raises:
        UnusableInput: ``unknown_state``.
    """
    unknown = [state for state in states if state not in STATES]
    if unknown:
        raise UnusableInput(
            "unknown_state",
            N_("'{state}' is no state of a hand-in."),
            where="--state",
            hint=N_("Name one or more of: {known}."),
            values={"state": unknown[0][:40], "known": ", ".join(STATES)},
        )
    with reception_of(workspace) as place:
        return hand_ins.listed(place, states)


def take(workspace: Workspace, path: Path, stage: Stage = quiet) -> dict[str, Any]:
    """Hand in a bundle and enter its records.

    Raises:
        UnusableInput, RefusedInput, StorageFailed: as :func:`bundles.take` and :func:`entering.enter`.
    """
    with reception_of(workspace) as place:
        records = bundles.take(place, bundles.HERE, path, stage)["records"]
        for one in records:
            reason = one.pop("reason")
            one |= {"state": "", "reasons": [reason] if reason else []}
            if one["receipt"] and one["status"] != "conflict":
                body = {"hand_in_id": one["uuid"], "content": one["receipt"]["content"]}
                answer = entering.enter(place, body, stage)
                one |= {"state": answer["state"], "reasons": answer.get("reasons", [])}
            elif one["status"] == "conflict":
                one["state"] = hand_ins.CONFLICT
    refused = sum(one["status"] in ("refused", "conflict") or one["state"] == hand_ins.REFUSED for one in records)
    return {"records": records, "refused": refused}


def enter(workspace: Workspace, number: str, stage: Stage = quiet) -> dict[str, Any]:
    """Enter a hand-in once more, for every unit; without a number all that wait, each for its own.

    Raises:
        UnusableInput: ``no_such_hand_in``.
        StorageFailed: store, disk or key.
    """
    with reception_of(workspace) as place:
        if number:
            told = [entering.again(place, number, stage)]
        else:
            told = [{"number": body["number"]} | entering.enter(place, body, stage) for body in entering.waiting(place)]
    refused = sum(bool(one["reasons"]) for one in told)
    return {"hand_ins": told, "refused": refused}
