"""The places of a unit that its map shows, and the ground round them; never another unit's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from eradication import geo
from eradication.domain import Season, State
from eradication.errors import N_, UnusableInput
from eradication.pipeline import errands, projection, units
from eradication.pipeline.plans import posts, record
from eradication.pipeline.plans.wish import Patrol
from eradication.pipeline.workspace import Workspace
from eradication.report.map_pack.mercator import Bounds
from eradication.report.map_pack.view import Feature, Remark, Value

MARGIN_M = 3000.0
"""Ground shown round places, post and stops."""
MOST_SIDE_M = 40_000.0
"""Side of the largest map: a phone takes no more, and nobody walks further in a day."""
STEP_DEG = 0.005
"""Edges lie on whole steps, so that a small move makes no other map."""


@dataclass(frozen=True, slots=True)
class Places:
    """What a unit's map is of."""

    bounds: Bounds
    """WGS 84."""
    rows: tuple[Mapping[str, Any], ...]
    """Open places within the bounds that the unit may see, as rows of the layer ``plots``, the best first.

    Those unlike anything the model learnt from come last; they are never dropped.
    """
    remarks: tuple[Remark, ...]


def of_unit(workspace: Workspace, unit: str, now: datetime) -> Places:
    """Return the open places of a unit in the season and the ground of its map.

    The ground is that of its places, its post and the stops of its plans that hold; where there is none of these, that
    of the communes the unit answers for.

    Args:
        workspace: whose store is read as the unit sees it.
        unit: code or name.
        now: which plans hold.

    Raises:
        UnusableInput: ``unit_missing``; ``no_ground``: nothing tells where the unit is.
    """
    season = workspace.season_of(now)
    only = {"season": [season.label], "state": _states(workspace, season, now)}
    seen = workspace.store.seen_by(unit).layer("plots", only=only)
    rows = sorted(
        (row for row in seen if row["geometry"] is not None and not row["geometry"].is_empty),
        key=lambda row: (bool(row["outside"]), -(row["score"] or 0.0), row["plot_id"]),
    )
    post = _post(workspace, unit)
    anchors = [geo.centre(row["geometry"]) for row in rows] + _stops(workspace, unit, now) + ([post] if post else [])
    bounds = _bounds(anchors or _communes(workspace, unit, now), post)
    inside = [row for row in rows if shapely.box(*bounds).intersects(row["geometry"])]
    return Places(bounds, tuple(inside), tuple(_remarks(len(rows), len(inside))))


def _states(workspace: Workspace, season: Season, now: datetime) -> list[str]:
    """Return the states that ask something of somebody, the same as in the list of the day.

    Asked of a day in the season, what expired since was open. Simulated seasons are over: theirs is practised on.
    """
    past = Season.of(now) == season or projection.is_simulated(workspace)
    states = (*errands.OWN, State.EXPIRED) if past else errands.OWN
    return [state.value for state in states]


def features(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Feature]]:
    """Return outlines and middles of places as layers, the most important last: it is drawn over the others."""
    told = [(row["geometry"], _told(row)) for row in reversed(rows)]
    return {
        "candidates": [Feature(shape, facts) for shape, facts in told],
        "candidate_points": [Feature(shapely.Point(geo.centre(shape)), facts) for shape, facts in told],
    }


def _told(row: Mapping[str, Any]) -> dict[str, Value]:
    names = ("plot_id", "code", "class", "state")
    facts: dict[str, Value] = {name: str(row[name] or "") for name in names}
    return facts | {"score": round(float(row["score"] or 0.0), 3), "area_m2": round(float(row["area_m2"] or 0.0))}


def _remarks(known: int, inside: int) -> list[Remark]:
    found = [Remark.of("candidates", "none_open")] if not inside else []
    return found + ([Remark.of("candidates", "left_out", count=known - inside)] if inside < known else [])


def _post(workspace: Workspace, unit: str) -> tuple[float, float] | None:
    """Return where a unit leaves from; ``None`` if that is not told, or in a file that cannot be read."""
    try:
        return posts.with_posts(workspace, (Patrol(unit),))[0].post
    except UnusableInput:
        return None


def _stops(workspace: Workspace, unit: str, now: datetime) -> list[tuple[float, float]]:
    plans = [one for one in record.plans(workspace, workspace.season_of(now)) if not one.is_superseded]
    mine = [one for one in plans if not one.is_expired(now) and record.is_of(workspace, one, unit)]
    return [(float(stop["lon"]), float(stop["lat"])) for one in mine for stop in one.stops]


def _communes(workspace: Workspace, unit: str, now: datetime) -> list[tuple[float, float]]:
    """Return the corners of the communes a unit answers for."""
    table = units.tables_of(workspace)
    wanted = table.comparable(unit)
    codes = {code for one in units.recorded(workspace) if table.comparable(one.code) == wanted for code in one.communes}
    known = projection.units_on(workspace, projection.day_of(None, now))
    corners: list[tuple[float, float]] = []
    for west, south, east, north in (u.geometry.bounds for u in known if u.code in codes and u.geometry is not None):
        corners += [(west, south), (east, north)]
    if not corners:
        raise UnusableInput(
            "no_ground",
            N_("Where the unit {unit} works is not known: there is nothing to draw a map of."),
            hint=N_("Assign places to it, or name its post in the file under [plan] posts, or its communes."),
            values={"unit": unit},
        )
    return corners


def _bounds(anchors: Sequence[tuple[float, float]], post: tuple[float, float] | None) -> Bounds:
    """Return the ground round points, no larger than a phone takes: then it is that round the post, or the middle."""
    metres = np.array(geo.transform(list(anchors), geo.WGS84, geo.UTM48))
    low, high = metres.min(axis=0) - MARGIN_M, metres.max(axis=0) + MARGIN_M
    middle = np.median(metres, axis=0)
    if post is not None:
        middle = np.array(geo.transform([post], geo.WGS84, geo.UTM48)[0])
    for axis in (0, 1):
        if high[axis] - low[axis] > MOST_SIDE_M:
            first = min(max(middle[axis] - MOST_SIDE_M / 2, low[axis]), high[axis] - MOST_SIDE_M)
            low[axis], high[axis] = first, first + MOST_SIDE_M
    west, south, east, north = geo.project(shapely.box(*low, *high), geo.UTM48, geo.WGS84).bounds
    low_deg = [math.floor(degrees / STEP_DEG) * STEP_DEG for degrees in (west, south)]
    high_deg = [math.ceil(degrees / STEP_DEG) * STEP_DEG for degrees in (east, north)]
    return round(low_deg[0], 6), round(low_deg[1], 6), round(high_deg[0], 6), round(high_deg[1], 6)
