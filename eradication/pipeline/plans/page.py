"""What was walked on a plan as a page to print: the planned way and the walked one on a map, stop by stop."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.domain import EventKind, Json
from eradication.pipeline import carrying
from eradication.pipeline.plans import following, record, sheet
from eradication.pipeline.workspace import Workspace
from eradication.report import plan_walked
from eradication.report.plan_walked import NOT_REACHED, REACHED, UNKNOWN, UNSAFE, Outcome, Walked

type Floats = npt.NDArray[np.float64]


def walked(
    workspace: Workspace, name: str, unit: str, out: Path | None = None, *, language: str = "vi"
) -> dict[str, Any]:
    """Return what was walked beside what was planned; with ``out``, write the page, and put on record that it was.

    Raises:
        UnusableInput: ``unknown_plan``, ``unknown_unit``, ``unit_missing``, ``plan_expired`` (it was never walked),
            ``unknown_format``, ``no_such_folder``, ``protected_path``.
        StorageFailed: the disk or the store refused.
    """
    if out is None:
        return following.walked(workspace, name, unit) | {"written": []}
    carrying.check_place(workspace, out, ".html")
    answer = following.walked(workspace, name, unit)
    made = record.asked_for(workspace, name, unit)
    if made.stops and not answer["stops"]:
        raise record.expired(made)
    mine = following.patrols_of(workspace, made)
    told = Walked(_tracks(workspace, mine), _outcomes(answer), *_effort(answer["walked"] if mine else {}))
    page = plan_walked.walked_page(made.body, told, sheet.below_of(workspace, made, language), language=language)
    body: dict[str, Json] = {"plan": made.id, "unit": made.unit, "patrols": [*mine]}
    carrying.recorded(workspace, out, EventKind.PATROLS_EXPORTED, body, page.encode(), private=True)
    return answer | {"written": [str(out)]}


def _effort(walked: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return hours, and the metres inside the cells of the plan; ``None`` where nobody walked."""
    return walked.get("hours"), None if not walked else 1000.0 * walked["search_km"]


def _tracks(workspace: Workspace, ids: list[str]) -> list[Floats]:
    """Return longitude and latitude of the kept fixes of patrols, stretch by stretch."""
    parts = workspace.store.tracks(ids) if ids else ()
    lines = (np.column_stack([f.lon, f.lat])[f.mark == 0] for _, f in parts)
    return [line for line in lines if len(line) > 1]


def _outcomes(answer: dict[str, Any]) -> dict[int, Outcome]:
    nothing = bool(answer["why"])

    def status(stop: dict[str, Any]) -> str:
        if stop["reached"]:
            return REACHED
        return UNSAFE if stop["reason"] == UNSAFE else UNKNOWN if nothing else NOT_REACHED

    return {int(stop["order"]): Outcome(status(stop)) for stop in answer["stops"]}
