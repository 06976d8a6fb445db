"""A recorded row of a visit is answered by a correcting one: only what its table states becomes another.

The table needs only the columns that change: one that it does not have keeps its value, one that stands there empty
has none any more. The answer lists each change from → to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import geo, history
from eradication.domain import Event, EventKind, Json, Visit
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.history import payload
from eradication.ingest import visits as tables
from eradication.pipeline.visiting import REFUSALS, Desk, answer_of, breach_of, content_of, key_of
from eradication.pipeline.workspace import Workspace

ENTER_ANEW = N_(
    "Strike the row out with a table of the columns visit_id and outcome without a row, then enter it anew:"
    " eradication visits correct {key} EMPTY.csv --reason TEXT; eradication visits import RIGHT.csv"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A recorded row, and what it says with its corrections so far."""

    target: Event
    visit: Mapping[str, Json]
    geometry: Json
    """GeoJSON of the measured outline, ``None`` if there is none."""
    struck: bool
    """It was struck out: what it said last says nothing now."""


def standing(events: Sequence[Event], key: str) -> Standing:
    """Return what the row ``unit/visit_id/outcome`` says now.

    Raises:
        UnusableInput: ``no_such_visit``.
    """
    rows = [event for event in events if event.kind is EventKind.VISIT_RECORDED and key_of(event) == key]
    if not rows:
        raise UnusableInput(
            "no_such_visit",
            N_("There is no visit '{key}'."),
            hint=N_("Name it as unit/visit_id/outcome; `eradication plots show ID` lists the visits of a plot."),
            values={"key": key},
        )
    target = rows[0]
    same: list[Json] = [list(event.key) for event in rows if content_of(event.payload) == content_of(target.payload)]
    said, outline = target.payload["visit"], target.payload.get("geometry")
    struck = False
    corrections = [event for event in events if event.kind is EventKind.VISIT_CORRECTED]
    for event in sorted(corrections, key=lambda event: (event.recorded_at, *event.key)):
        if event.payload.get("corrects") in same:
            struck = event.payload["visit"] is None
            if not struck:  # a visit that was struck out comes back as it was last said to be
                said, outline = event.payload["visit"], event.payload.get("geometry", target.payload.get("geometry"))
    assert isinstance(said, dict)
    return Standing(target, said, outline, struck)


def read(workspace: Workspace, path: Path, timezone: str, now: Standing) -> list[tables.VisitRow]:
    """Read the table of a correction, completed by what the visit says now; without rows it strikes the visit out."""
    zone = timezone or workspace.settings.workspace.timezone
    try:
        return tables.read(
            path, settings=workspace.settings, now=datetime.now(UTC), timezone=zone, earlier=dict(now.visit)
        )
    except RefusedInput as error:
        if error.kind == "no_content":
            return []
        raise


def correct(desk: Desk, now: Standing, rows: Sequence[tables.VisitRow], reason: str) -> dict[str, Any]:
    """Answer a recorded row with a correcting event; without a row, the visit is struck out.

    Raises:
        UnusableInput: ``too_many_rows``.
    """
    target = now.target
    if len(rows) > 1:
        raise UnusableInput("too_many_rows", N_("A correction has one row."), hint=N_("Keep only the corrected row."))
    told: dict[str, Any] = {"visit_id": key_of(target), "status": "accepted", "reason": "", "message": "", "checks": []}
    body: dict[str, Json] = {
        "corrects": [target.origin, target.number],
        "reason": reason,
        "visit": None,
        "plot_id": target.payload["plot_id"],
        "sha256": desk.sha256,
    }
    if rows:
        row = rows[0]
        if row.visit is None:
            return answer_of(row, "refused", row.reason)
        visit = replace(row.visit, plot_id=row.visit.plot_id or str(target.payload["plot_id"]))
        placement = history.place_visit(visit, desk.plots.meant_by(visit), desk.workspace.settings)
        if placement.reason == "unknown_plot" and visit.plot_id == target.payload["plot_id"]:
            # It founded the plot itself and was struck out: the plot comes back with it.
            placement = history.Placement(visit.plot_id, founding=False)
        wrong = _wrong(desk, visit, placement, target)
        if wrong:
            refused = answer_of(row, "refused", wrong, plot=placement.plot_id, message=REFUSALS[wrong])
            return refused | ({"hint": ENTER_ANEW, "values": {"key": key_of(target)}} if wrong == "other_visit" else {})
        body |= {"visit": payload.visit_json(visit), "plot_id": placement.plot_id}
        outline = now.geometry if row.outline is None else payload.geojson(row.outline)
        if outline is not None:
            body["geometry"] = outline
        told["checks"] = [*row.checks, *placement.checks]
        told["changed"] = _changes(now, payload.visit_json(visit), outline, str(target.payload["plot_id"]))
        if not told["changed"] and not now.struck:
            return told | {"status": "duplicate", "reason": "same_content", "plot": body["plot_id"]}
    event = desk.append(EventKind.VISIT_CORRECTED, target.happened_at, body)
    # What the replay says of it, it says of the row that was corrected.
    return told | {"plot": body["plot_id"], "event": list(target.key), "correction": list(event.key)}


def _changes(now: Standing, after: Mapping[str, Json], outline: Json, plot_id: str) -> list[dict[str, Json]]:
    """Return each field that says something else: ``field``, ``from``, ``to``; an outline by its m²."""
    before = {"plot_id": plot_id, **now.visit}
    rows: list[dict[str, Json]] = [
        {"field": name, "from": before.get(name), "to": after.get(name)}
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    if outline != now.geometry:
        rows.append({"field": "outline_m2", "from": _m2(now.geometry), "to": _m2(outline)})
    return rows


def _m2(outline: Json) -> Json:
    shape = payload.geometry(outline)
    return None if shape is None else round(geo.area_m2(shape), 1)


def _wrong(desk: Desk, visit: Visit, placement: history.Placement, target: Event) -> str:
    """Return why a corrected row cannot stand for the recorded one, or an empty text."""
    recorded: Any = target.payload["visit"]
    if (visit.unit, visit.visit_id) != (recorded["unit"], recorded["visit_id"]):
        return "other_visit"
    return placement.reason or breach_of(desk, visit, placement)
