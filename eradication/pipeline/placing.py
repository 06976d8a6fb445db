"""Decisions of people about places become events: these are one, these are several, this one is to be divided.

A merge of places far apart is refused unless somebody insists; then every report lists it. A merge takes the latest
measurement of the best method, not the sum, so its answer says by how much the detected area of each season changes.
Of two decisions about one pair the one recorded last stands: what was merged is taken apart again by the ids or codes
of the plots as they were.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo, history
from eradication.domain import Event, EventKind, Json, Plot
from eradication.domain.codes import fold
from eradication.errors import N_, UnusableInput
from eradication.history import decisions, payload
from eradication.ingest import boundaries
from eradication.ledger.entries import Side
from eradication.pipeline import projection
from eradication.pipeline.basis import Ground
from eradication.pipeline.counting import Counting
from eradication.pipeline.deciding import Decision
from eradication.pipeline.workspace import Workspace, disk_errors_explained

LEAST_PART_M2 = 5.0
"""A part of a plot smaller than this is a slip of the pen."""

LEAST_COMMON_M2 = 0.1
"""A part that has less than this in common with the plot only lies beside it."""


def merge(
    workspace: Workspace, names: Sequence[str], reason: str, decision: Decision, *, force: bool = False
) -> dict[str, Any]:
    """Say that plots are one place; the oldest keeps its id and code, the others live on as its aliases.

    The answer says how far apart they lie and what the merge does to the detected area of each season.

    Args:
        workspace: whose plots; ``settings.identity.merge_m`` is how far apart they may lie, edge to edge.
        names: ids, codes or aliases.
        reason: stays on record; with ``force`` every report shows it.
        decision: by whom and when.
        force: merge them although they lie farther apart.

    Raises:
        UnusableInput: ``no_such_plot``, ``same_plot``, ``far_apart``.
    """
    told = projection.replayed(workspace)
    plots = [_plot(told, name) for name in names]
    ids = _distinct([plot.id for plot in plots], names)
    gap, most = _gap_m([plot.geometry for plot in plots]), workspace.settings.identity.merge_m
    body: dict[str, Json] = {"plots": list(ids), "reason": reason, "by": decision.by}
    if gap > most:
        if not force:
            raise _far_apart(names, gap, most)
        body["far_m"] = round(gap)
    after = _write(workspace, EventKind.PLOTS_MERGED, body, decision)
    plot = after.plot(ids[0])
    assert plot is not None
    changes = _changes(workspace, told, after, {*ids, plot.id})
    named: dict[str, Any] = {"plot": plot.id, "code": plot.code, "aliases": list(plot.aliases)}
    return named | {"gap_m": round(gap, 1), "forced": gap > most, "detected": changes}


def _gap_m(shapes: Sequence[BaseGeometry]) -> float:
    """Return the longest step, edge to edge in metres, that is needed to go from any of the outlines to all others."""
    flat = [geo.project(shape, geo.WGS84, geo.UTM48) for shape in shapes]
    reached, left, longest = flat[:1], flat[1:], 0.0
    while left:
        steps = [min(shape.distance(other) for other in reached) for shape in left]
        longest = max(longest, min(steps))
        reached.append(left.pop(steps.index(min(steps))))
    return longest


def _far_apart(names: Sequence[str], gap: float, most: float) -> UnusableInput:
    return UnusableInput(
        "far_apart",
        N_("These plots lie {gap} m apart, edge to edge; one place spans gaps of at most {most} m: {names}."),
        hint=N_("Check the codes. If they are one place all the same, add --force: every report lists it, with why."),
        values={"names": ", ".join(names), "gap": f"{gap:.0f}", "most": f"{most:.0f}"},
    )


def _changes(
    workspace: Workspace, before: history.History, after: history.History, plot_ids: set[str]
) -> list[dict[str, Any]]:
    """Return the detected area of some plots by season, as the ledger counts it, before and after a decision."""
    ground = Ground(datetime.now(UTC), workspace.store.units())
    counting = Counting(workspace, ground.units, ground.day)
    sums: list[dict[str, int]] = []
    for told in (before, after):
        entries = counting.entries([e for e in told.episodes if e.plot.id in plot_ids])
        areas: dict[str, int] = {}
        for entry in entries:
            if entry.side is Side.INSIDE:
                areas[entry.season.label] = areas.get(entry.season.label, 0) + entry.detected_m2
        sums.append(areas)
    was, now = sums
    rows = [(season, was.get(season, 0), now.get(season, 0)) for season in sorted({*was, *now})]
    return [{"season": s, "before_m2": b, "after_m2": a, "change_m2": a - b} for s, b, a in rows if a or b]


def hold_apart(workspace: Workspace, names: Sequence[str], reason: str, decision: Decision) -> dict[str, Any]:
    """Say that plots that might be, or were said to be, one place are several.

    Plots that were merged are named by the ids or codes that they had before; each has its own again.

    Raises:
        UnusableInput: ``no_such_plot``, ``same_plot``, ``still_one_place``.
    """
    told, events = projection.replayed(workspace), workspace.store.events()
    ids = _distinct(_as_they_were(workspace, told, events, names), names)
    body: dict[str, Json] = {"plots": list(ids), "reason": reason, "by": decision.by}

    def check(after: history.History) -> None:
        left = {known.id for known in map(after.plot, ids) if known is not None}
        if len(left) < len(ids):
            raise _still_one(names, sorted({alias for name in left for alias in _names(after, name)} - {*names, *ids}))

    said = decisions.read(events).apart
    if all(frozenset((a, b)) in said for number, a in enumerate(ids) for b in ids[number + 1 :]):
        return {"plots": list(ids), "detected": []}
    after = _write(workspace, EventKind.PLOTS_HELD_APART, body, decision, check=check)
    before = {known.id for known in map(told.plot, ids) if known is not None}
    return {"plots": list(ids), "detected": _changes(workspace, told, after, {*ids, *before})}


def _as_they_were(
    workspace: Workspace, told: history.History, events: Sequence[Event], names: Sequence[str]
) -> list[str]:
    """Return the ids that names stood for before anybody merged their plots, or a rule joined those of two laptops."""
    for name in names:
        _plot(told, name)
    loose = projection.replayed(workspace, events=[e for e in events if e.kind is not EventKind.PLOTS_MERGED])
    ids = [_plot(loose, name).id for name in names]
    if len(set(ids)) == len(ids):
        return ids
    own: dict[str, str] = {}
    for fact in history.counted(events, datetime.now(UTC)):
        own.setdefault(fold(fact.plot_id), fact.plot_id)
        if fact.founding and fact.code:
            own.setdefault(fold(fact.code), fact.plot_id)
    return [own.get(fold(name), plot_id) for name, plot_id in zip(names, ids, strict=True)]


def _names(told: history.History, name: str) -> list[str]:
    plot = told.plot(name)
    return [] if plot is None else [plot.code, *(alias for alias in plot.aliases if not alias.startswith("P-"))]


def _still_one(names: Sequence[str], others: Sequence[str]) -> UnusableInput:
    return UnusableInput(
        "still_one_place",
        N_("{names} are still one place: each was said to be one with another, or they bear the same record."),
        hint=N_("Name all that were joined, also: {others}."),
        values={"names": ", ".join(names), "others": ", ".join(others) or "–"},
    )


def _distinct(ids: Sequence[str], names: Sequence[str]) -> list[str]:
    if len(set(ids)) != len(ids) or len(ids) < 2:
        raise UnusableInput(
            "same_plot",
            N_("These names stand for one plot already: {names}."),
            hint=N_("Name two different plots; `eradication plots show ID` tells the aliases of one."),
            values={"names": ", ".join(names)},
        )
    return list(ids)


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
    taken = history.codes(told.plots)
    # Of the year in which the place was found, as the whole's own code: not of the day on which it is divided.
    season = min((e.season for e in told.episodes if e.plot.id == plot.id), default=decision.season)
    commune_at, communes = projection.locator(workspace), projection.names(workspace)
    parts: list[dict[str, Json]] = []
    for number, shape in enumerate(shapes):
        part_id, code = plot.id, plot.code
        if number:
            part_id = history.part_id(plot.id, shape)
            commune = communes.get(commune_at(*geo.centre(shape)), "")
            code = history.next_code(commune, season, taken)
            taken.add(code)
        parts.append({"plot_id": part_id, "code": code, "geometry": payload.geojson(geo.rounded(shape))})
    names: list[Json] = [plot.id, *(alias for alias in plot.aliases if alias.startswith("P-"))]
    body: dict[str, Json] = {"names": names, "parts": list(parts), "reason": reason, "by": decision.by}
    after = _write(workspace, EventKind.PLOT_SPLIT, body, decision, path)
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
    workspace: Workspace,
    kind: EventKind,
    body: dict[str, Json],
    decision: Decision,
    path: Path | None = None,
    *,
    check: Callable[[history.History], None] | None = None,
) -> history.History:
    """Append a decision and return what is told with it; what ``check`` raises takes it back."""
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if path is not None:
            body["sha256"] = transaction.put_original(path)
        transaction.append(kind, decision.at, body)
        projection.refresh(workspace, transaction)
        after = projection.replayed(workspace, events=transaction.events())
        if check is not None:
            check(after)
        return after
