"""Decisions of people become events: dismissed, assigned, merged, held apart, divided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo, history
from eradication.domain import DismissalReason, EventKind, Json, Plot, Season, State
from eradication.errors import N_, UnusableInput
from eradication.history import payload
from eradication.ingest import boundaries
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace, disk_errors_explained

LEAST_PART_M2 = 5.0
"""A part of a plot smaller than this is a slip of the pen."""

LEAST_COMMON_M2 = 0.1
"""A part that has less than this in common with the plot only lies beside it."""

DISMISSIBLE = (State.CANDIDATE,)
ASSIGNABLE = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of which season's plots, by whom and when."""

    season: Season
    by: str = ""
    """Code of the person who decides."""
    day: datetime | None = None
    """When it was decided; ``None`` = now."""

    @property
    def at(self) -> datetime:
        """The time of the decision."""
        return self.day or datetime.now(UTC)


def dismiss(workspace: Workspace, names: Sequence[str], reason: DismissalReason, decision: Decision) -> dict[str, Any]:
    """Dismiss candidates without a visit; the ledger counts them beside what was visited."""
    body: dict[str, Json] = {"reason": reason.value}
    return _decide(workspace, names, EventKind.PLOT_DISMISSED, body, decision)


def assign(workspace: Workspace, names: Sequence[str], unit: str, decision: Decision) -> dict[str, Any]:
    """Give candidates to a unit, which is to check them."""
    return _decide(workspace, names, EventKind.PLOT_ASSIGNED, {"unit": unit}, decision)


def _decide(
    workspace: Workspace, names: Sequence[str], kind: EventKind, body: dict[str, Json], decision: Decision
) -> dict[str, Any]:
    told = projection.replayed(workspace, happened_until=decision.at)
    names = list(dict.fromkeys(names))
    if kind is EventKind.PLOT_DISMISSED:
        rows = [_judged(told, name, decision.season, DISMISSIBLE, State.DISMISSED) for name in names]
    else:
        rows = [_judged(told, name, decision.season, ASSIGNABLE, State.ASSIGNED, str(body["unit"])) for name in names]
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        for row in rows:
            if row["status"] == "accepted":
                said = {"plot_id": row["plot"], "season": decision.season.label, "by": decision.by, **body}
                transaction.append(kind, decision.at, said)
        projection.refresh(workspace, transaction)
    return {"plots": rows, "season": decision.season.label, **body}


def _judged(
    told: history.History, name: str, season: Season, allowed: Sequence[State], done: State, unit: str = ""
) -> dict[str, Any]:
    """Return whether a plot is in a state that the decision may change; a person's finding stands above it.

    Args:
        told: how things stood when it was decided.
        name: of the plot.
        season: of the decision.
        allowed: states that it may change.
        done: the state it leads to; deciding the same again changes nothing.
        unit: to which it is given.
    """
    episode = told.episode(name, season)
    row = {"name": name, "plot": episode.plot.id if episode else "", "state": str(episode.state) if episode else ""}
    if episode is None:
        known = told.knows(name)
        reason = "no_season" if known else "no_such_plot"
        return row | {"status": "refused", "reason": reason, "message": NO_SEASON if known else NO_PLOT}
    if episode.state is done and episode.unit == unit:
        return row | {"status": "duplicate", "reason": "same_content", "message": ""}
    if episode.state not in allowed:
        return row | {"status": "refused", "reason": f"is_{episode.state}", "message": NOT_OPEN}
    return row | {"status": "accepted", "reason": "", "message": ""}


NO_PLOT = N_("There is no plot with this id or code.")
NO_SEASON = N_("Nothing is known of this plot in that season.")
NOT_OPEN = N_("It is no open candidate: what was found on site, or the end of the season, is not undone by a decision.")


def merge(workspace: Workspace, names: Sequence[str], reason: str, decision: Decision) -> dict[str, Any]:
    """Say that plots are one place; the oldest keeps its id and code, the others live on as its aliases.

    Raises:
        UnusableInput: ``no_such_plot``, ``same_plot``.
    """
    told = projection.replayed(workspace)
    ids = _distinct(told, names)
    body: dict[str, Json] = {"plots": list(ids), "reason": reason, "by": decision.by}
    after = _write(workspace, EventKind.PLOTS_MERGED, body, decision)
    # The same said again concerns nothing.
    plot = after.plot(ids[0]) or projection.replayed(workspace).plot(ids[0])
    assert plot is not None
    return {"plot": plot.id, "code": plot.code, "aliases": list(plot.aliases)}


def hold_apart(workspace: Workspace, names: Sequence[str], reason: str, decision: Decision) -> dict[str, Any]:
    """Say that plots that might be one place are several.

    Raises:
        UnusableInput: ``no_such_plot``, ``same_plot``.
    """
    ids = _distinct(projection.replayed(workspace), names)
    body: dict[str, Json] = {"plots": list(ids), "reason": reason, "by": decision.by}
    _write(workspace, EventKind.PLOTS_HELD_APART, body, decision)
    return {"plots": list(ids)}


def _distinct(told: history.History, names: Sequence[str]) -> list[str]:
    ids = [_plot(told, name).id for name in names]
    if len(set(ids)) != len(ids) or len(ids) < 2:
        raise UnusableInput(
            "same_plot",
            N_("These names stand for one plot already: {names}."),
            hint=N_("Name two different plots; `eradication plots show ID` tells the aliases of one."),
            values={"names": ", ".join(names)},
        )
    return ids


def _plot(told: history.History, name: str) -> Plot:
    plot = told.plot(name)
    if plot is None:
        raise UnusableInput(
            "no_such_plot",
            N_("There is no plot '{wanted}'."),
            hint=N_("`eradication plots list` shows ids and codes."),
            values={"wanted": name},
        )
    return plot


def split(workspace: Workspace, name: str, path: Path, reason: str, decision: Decision) -> dict[str, Any]:
    """Divide a plot along drawn polygons; the first keeps its id and code, the others get new ones.

    The answer says what each part has of the plot's area and what nobody has recorded anything of.

    Raises:
        UnusableInput: ``no_such_plot``, ``bad_parts``.
        RefusedInput: the file cannot be read as polygons.
    """
    told = projection.replayed(workspace)
    plot = _plot(told, name)
    shapes = boundaries.outlines(path, workspace.settings)
    _check_parts(plot, shapes, path)
    taken = {known.code for known in told.plots}
    commune_at, communes = projection.locator(workspace), projection.names(workspace)
    parts: list[dict[str, Json]] = []
    for number, shape in enumerate(shapes):
        part_id, code = plot.id, plot.code
        if number:
            part_id = history.part_id(plot.id, shape)
            commune = communes.get(commune_at(*geo.centre(shape)), "")
            code = history.next_code(commune, decision.season, taken)
            taken.add(code)
        parts.append({"plot_id": part_id, "code": code, "geometry": payload.geojson(geo.rounded(shape))})
    names: list[Json] = [plot.id, *(alias for alias in plot.aliases if alias.startswith("P-"))]
    body: dict[str, Json] = {"names": names, "parts": list(parts), "reason": reason, "by": decision.by}
    _write(workspace, EventKind.PLOT_SPLIT, body, decision, path)
    after = projection.replayed(workspace)
    rows = [_part(after, str(part["plot_id"]), shape) for part, shape in zip(parts, shapes, strict=True)]
    return {"plot": plot.id, "parts": rows}


def _part(after: history.History, plot_id: str, shape: BaseGeometry) -> dict[str, Any]:
    plot = after.plot(plot_id)
    seasons = [
        {"season": e.season.label, "state": str(e.state), "detected_m2": e.detected_m2}
        for e in after.episodes
        if e.plot.id == plot_id
    ]
    code = plot.code if plot else ""
    return {"plot": plot_id, "code": code, "drawn_m2": round(geo.area_m2(shape)), "seasons": seasons}


def _check_parts(plot: Plot, shapes: Sequence[BaseGeometry], path: Path) -> None:
    small = [shape for shape in shapes if geo.area_m2(shape) < LEAST_PART_M2]
    common = shapely.union_all(shapes).area < 0.98 * sum(shape.area for shape in shapes)
    away = [shape for shape in shapes if geo.area_m2(shape.intersection(plot.geometry)) < LEAST_COMMON_M2]
    if len(shapes) < 2 or small or common or away:
        raise UnusableInput(
            "bad_parts",
            N_("These polygons do not divide plot {plot}."),
            where=str(path),
            hint=N_("Draw two or more polygons that lie side by side, each of them touching the plot's outline."),
            values={"plot": plot.code or plot.id},
        )


def _write(
    workspace: Workspace, kind: EventKind, body: dict[str, Json], decision: Decision, path: Path | None = None
) -> history.History:
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if path is not None:
            body["sha256"] = transaction.put_original(path)
        if not projection.already(workspace, kind, body):
            transaction.append(kind, decision.at, body)
        return projection.refresh(workspace, transaction)
