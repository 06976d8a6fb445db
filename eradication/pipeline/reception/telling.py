"""What became of a hand-in, in words and pictures, for whoever handed it in."""

import re
from collections.abc import Mapping
from typing import Any

from eradication.domain import Outcome
from eradication.i18n import Translate, translator
from eradication.pipeline import receipts, thinned
from eradication.pipeline.reception import hand_ins
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.report.reasons import sentence
from eradication.report.track_picture import Walk, draw
from eradication.report.words import word

_FOLDERS = re.compile(r"^(?:[^/:]+/)+")
"""Where a file lay while it was read: that means nothing to whoever handed it in."""


def shown(place: Place, caller: Caller, uuid: str, language: str) -> dict[str, Any]:
    """Return a hand-in of the caller with its reasons and its walks in the caller's language.

    Raises:
        UnusableInput: ``no_such_hand_in``.
    """
    translate, told = translator(language), hand_ins.shown(place, caller, uuid)
    answer = told["answer"]
    return told | {
        "reasons": [_filled(one, translate) for one in answer.get("reasons", ())],
        "walks": [
            _walk(patrol, language) | {"known": file["status"] == "duplicate"}
            for file in answer.get("patrols", ())
            for patrol in file["patrols"]
        ],
        "rows": [_row(one, language) for one in (*answer.get("visits", ()), *answer.get("tips", ()))],
        "photos": answer.get("photos", []),
    }


def plainly(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return a hand-in as the pipeline tells it, its reasons as sentences in a language."""
    reasons = [_filled(one, translator(language)) for one in told["answer"].get("reasons", ())]
    return {**told, "answer": {**told["answer"], "reasons": reasons}}


def reason(told: Mapping[str, Any] | None, translate: Translate) -> dict[str, str] | None:
    """Return why something was refused, as sentences; ``None`` if it was not."""
    return _filled(told, translate) if told else None


def _filled(told: Mapping[str, Any], translate: Translate) -> dict[str, str]:
    values = told.get("values", {})
    return {
        "kind": told["kind"],
        "message": translate(told["message"]).format(**values),
        "where": _FOLDERS.sub("", told["where"]),
        "hint": translate(told["hint"]).format(**values) if told["hint"] else "",
    }


def _walk(patrol: Mapping[str, Any], language: str) -> dict[str, Any]:
    translate, marked = translator(language), patrol["fixes"]["marked"]
    words = [{"why": sentence(mark, language, translate), "count": count} for mark, count in sorted(marked.items())]
    return {**patrol, "marked": words}


def _row(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    # Why a row was refused is told in full above, with what to do.
    reason = "" if row["status"] == "refused" else str(row.get("reason") or "")
    outcome = str(row.get("outcome") or "")
    return {
        **row,
        "why": sentence(reason, language, translator(language)) if reason else "",
        "what": word(Outcome(outcome), language) if outcome else "",
    }


def picture(place: Place, caller: Caller, uuid: str, patrol_id: str, language: str) -> str:
    """Return the picture of a walk that the caller handed in, as SVG.

    Raises:
        UnusableInput: ``no_such_hand_in``: the walk is not of it; ``tracks_thinned``.
    """
    answer = hand_ins.shown(place, caller, uuid)["answer"]
    ids = {patrol["id"] for file in answer.get("patrols", ()) for patrol in file["patrols"]}
    if patrol_id not in ids:
        raise hand_ins.no_such(patrol_id)
    gone = thinned.since(place.workspace, [patrol_id]).get(patrol_id)
    if gone is not None:
        raise thinned.refusal(gone)
    segments, waypoints = receipts.kept(place.workspace, patrol_id)
    return draw(Walk(segments, waypoints, place.workspace.simulated), language, translator(language))
