"""Plots, visits and communes as features for other programs: what the caller may see of them, a page at a time.

Rows are filtered where they are kept. Every plot that an answer names is a look, kept before it is sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from eradication import geo
from eradication.errors import N_, UnusableInput
from eradication.pipeline import kept, projection
from eradication.pipeline.reception import fresh, looks, reach, views
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.told_states import as_told
from eradication.pipeline.workspace import Workspace
from eradication.store import BBox, Row, Slice
from eradication.store.where import Among, Compare, Either, Every, Like, Missing, Not, Value, Where, holds

__all__ = ["Among", "Compare", "Either", "Every", "Like", "Missing", "Not", "Value", "Where"]

MOST = 10_000
"""Features of one answer."""
PLOTS, VISITS, COMMUNES = "plots", "visits", "communes"
_TEXT, _NUMBER, _WHOLE, _TIME = "string", "number", "integer", "date-time"
PROPERTIES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        PLOTS: {
            **dict.fromkeys(("plot_id", "code", "season", "state", "class", "score_kind", "area_method"), _TEXT),
            **dict.fromkeys(("commune_code", "commune", "source", "model"), _TEXT),
            **dict.fromkeys(("score", "area_m2", "area_se_m2"), _NUMBER),
            **dict.fromkeys(("detected_m2", "claimed_m2", "verified_m2", "plant_count"), _WHOLE),
            "first_seen": _TIME,
        },
        VISITS: {
            **dict.fromkeys(("visit_id", "unit", "outcome", "plot_id", "season"), _TEXT),
            "area_m2": _NUMBER,
            "visited_at": _TIME,
        },
        COMMUNES: {"code": _TEXT, "name": _TEXT},
    }
)
"""Collection → its properties and what they are; nothing else may be asked by, and nothing else is told."""
_ID = {PLOTS: "plot_id", VISITS: "key"}


@dataclass(frozen=True, slots=True)
class Query:
    """Which features are wanted."""

    where: Where = Every()  # noqa: RUF009
    bbox: BBox | None = None
    order: Sequence[tuple[str, bool]] = ()
    limit: int = 100
    offset: int = 0
    properties: Sequence[str] = ()
    """Only these; empty = all."""
    geometry: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """Some features, as GeoJSON."""

    features: list[dict[str, Any]]
    total: int


def items(place: Place, caller: Caller, collection: str, query: Query) -> Found:
    """Return features that the caller may see.

    Raises:
        UnusableInput: ``no_such_collection``, ``unknown_column``.
    """
    if collection not in PROPERTIES:
        raise _no_such(collection)
    if collection == COMMUNES:
        return _communes(place.workspace, query)
    where = as_told(query.where, datetime.now(UTC)) if collection == PLOTS else query.where
    every = Every((where, *_limits(place, caller, collection)))
    wanted = Slice(collection, every, query.bbox, query.order, min(query.limit, MOST), query.offset)
    sees = reach.of(caller)
    page = fresh.page(place.workspace, None if sees.every_plot else sees.unit, wanted)
    now = datetime.now(UTC)
    rows = page.rows
    if collection == PLOTS:
        told = views.as_judged(place, caller, [kept.standing(row, now) for row in rows])
        # A filter asks what is on record; of what is told otherwise no answer may depend on that.
        rows = [row for row in told if holds(query.where, row)]
    looks.note(place, caller, {str(row["plot_id"]) for row in rows} - {"None", ""}, How.MAP)
    return Found(_features(collection, rows, query), page.total)


def item(place: Place, caller: Caller, collection: str, name: str) -> dict[str, Any] | None:
    """Return one feature by its id; ``None`` if there is none for the caller."""
    if collection == COMMUNES:
        where: Where = Compare("code", "=", name)
    elif collection == PLOTS:
        plot, _, season = name.rpartition("_")
        where = Every((Compare("plot_id", "=", plot), Compare("season", "=", season)))
    else:
        where = Compare(_ID.get(collection, "key"), "=", name)
    found = items(place, caller, collection, Query(where, limit=1)).features
    return found[0] if found else None


def _limits(place: Place, caller: Caller, collection: str) -> list[Where]:
    """Return the conditions that a caller of some communes is held to."""
    communes = sorted(reach.of(caller).communes)
    if not communes:
        return []
    if collection == PLOTS:
        return [Among("commune_code", tuple(communes))]
    inside = Slice(PLOTS, Among("commune_code", tuple(communes)), limit=MOST)
    return [Among("plot_id", tuple({row["plot_id"] for row in place.workspace.store.page(inside).rows}))]


def _features(collection: str, rows: Sequence[Row], query: Query) -> list[dict[str, Any]]:
    known, key = PROPERTIES[collection], _ID.get(collection, "code")
    wanted = [name for name in known if not query.properties or name in query.properties]
    shapes = _shapes(rows) if query.geometry else [None] * len(rows)
    return [
        {
            "type": "Feature",
            "id": f"{row['plot_id']}_{row['season']}" if collection == PLOTS else str(row[key]),
            "geometry": shape,
            "properties": {name: row[name] for name in wanted},
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _shapes(rows: Sequence[Row]) -> list[dict[str, Any] | None]:
    """Return the outlines of rows as GeoJSON, made all at once: one by one they take longer than to read the rows."""
    there = [row["geometry"] is not None and not row["geometry"].is_empty for row in rows]
    known = np.array([row["geometry"] for row, one in zip(rows, there, strict=True) if one], dtype=object)
    texts = shapely.to_geojson(geo.rounded_all(known)).tolist()
    told = iter(json.loads(f"[{','.join(texts)}]"))
    return [next(told) if one else None for one in there]


def _communes(workspace: Workspace, query: Query) -> Found:
    """Return the communes of today; they are few, and no secret."""
    rows: list[Row] = [
        {"code": unit.code, "name": unit.name, "geometry": unit.geometry}
        for unit in projection.units_on(workspace)
        if unit.geometry is not None
    ]
    box = None if query.bbox is None else shapely.box(*query.bbox)
    kept_rows = [
        row for row in rows if holds(query.where, row) and (box is None or shapely.intersects(row["geometry"], box))
    ]
    for column, descending in reversed(query.order):
        kept_rows.sort(key=lambda row, column=column: str(row[column]), reverse=descending)  # type: ignore[misc]
    shown = kept_rows[query.offset : query.offset + query.limit]
    return Found(_features(COMMUNES, shown, query), len(kept_rows))


def _no_such(collection: str) -> UnusableInput:
    return UnusableInput(
        "no_such_collection",
        N_("There is no collection '{name}'."),
        hint=N_("Collections are: {known}."),
        values={"name": collection[:40], "known": ", ".join(PROPERTIES)},
    )
