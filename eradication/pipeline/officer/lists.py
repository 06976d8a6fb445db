"""Lists that events tell, for pages: runs over imagery, draws by chance, origins of what is known."""

from collections.abc import Mapping
from typing import Any

from eradication.domain import Event, EventKind
from eradication.domain.event import iso
from eradication.errors import N_
from eradication.pipeline.workspace import Workspace

MOST = 200
_DRAWS: Mapping[EventKind, str] = {
    EventKind.VISITS_CHOSEN: N_("candidates to visit"),
    EventKind.RECHECKS_DRAWN: N_("destroyed plots to re-check"),
    EventKind.CELLS_DRAWN: N_("cells to search"),
}


def runs(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the runs over imagery, the newest first."""
    events = workspace.store.events(kinds=[EventKind.RUN_FINISHED])
    names = ("run", "season", "model", "candidates", "unobserved_share", "score_kind")
    told = [{name: event.payload.get(name) for name in names} | _when(event) for event in events]
    return [run | {"unobserved_share": run["unobserved_share"] or 0.0} for run in reversed(told)][:MOST]


def draws(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what was drawn by chance, the newest first."""
    events = workspace.store.events(kinds=[*_DRAWS])
    return [_draw(event) for event in sorted(events, key=lambda one: one.recorded_at, reverse=True)][:MOST]


def _draw(event: Event) -> dict[str, Any]:
    said = event.payload
    frame = said.get("frame")
    told: Mapping[str, Any] = frame if isinstance(frame, Mapping) else said
    return {
        "what": _DRAWS[event.kind],
        "draw": str(said.get("draw") or said.get("id") or ""),
        "season": str(told.get("season") or said.get("season") or ""),
        "n": told.get("n", said.get("visits")),
        "of": told.get("N", said.get("candidates")),
        "seed": said.get("seed", told.get("seed", "")),
        **_when(event),
    }


def _when(event: Event) -> dict[str, Any]:
    return {"recorded_at": iso(event.recorded_at), "origin": event.origin, "number": event.number}


def origins(workspace: Workspace) -> list[dict[str, Any]]:
    """Return whose events are here, and how far each chain goes."""
    own = workspace.store.origin
    return [
        {"origin": head.origin, "name": head.label, "events": head.events, "head": head.head[:16]}
        | {"own": head.origin == own}
        for head in workspace.store.origins()
    ]
