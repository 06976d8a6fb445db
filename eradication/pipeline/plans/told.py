"""What a plan says, as it is put on record."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from eradication import geo
from eradication.domain import Json, SelectionMode
from eradication.domain.event import canonical, iso
from eradication.pipeline import cells
from eradication.pipeline.plans import shown
from eradication.pipeline.plans.drawing import Draw, Drawn
from eradication.pipeline.plans.place import Key, Place
from eradication.pipeline.plans.routes import Network, Routed
from eradication.pipeline.plans.stops import CLAIMED, NO_ROOM, Offer
from eradication.pipeline.plans.wish import Patrol
from eradication.pipeline.workspace import Workspace
from eradication.routing import walking


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What the plans of a group rest on."""

    network: Network
    drawn: Mapping[str, Sequence[Draw]]
    """Unit → what was drawn for it, now or before, and has its turn."""
    waiting: Mapping[str, Sequence[tuple[Draw, str]]]
    """Unit → what was drawn for it before and waits, and why."""
    fresh: Mapping[str, Drawn]
    offer: Offer
    surface: Any
    visited: frozenset[Key]
    """What is on any of the routes."""
    compared: Mapping[str, float]
    """What the group's routes without draws are worth, and those by other rules."""
    now: datetime
    short: int
    """Draws that the share asks for and that could not be made by chance, of all units of the group."""


def body(workspace: Workspace, patrol: Patrol, route: Routed, made: Made) -> dict[str, Json]:
    """Return what goes on record of a unit's plan, without its name."""
    wish, places = made.network.reach.wish, [made.network.places[n] for n in route.places]
    drawn = {one.place.key: one for draws in made.drawn.values() for one in draws}
    ways = _ways(made, patrol, route)
    stops = _stops(places, drawn, ways, patrol.unit)
    settings = workspace.settings.plan
    names = made.fresh[patrol.unit].names()
    return {
        "unit": patrol.unit,
        "day": wish.date.isoformat(),
        "hours": wish.hours,
        "season": wish.season.label,
        "seed": wish.seed,
        "random_share": wish.random_share,
        "draw": shown.draw_name([str(name) for name in names.values() if name]),
        "draws": names,
        "random_short": made.short,
        "post": [round(degrees, 6) for degrees in patrol.post or ()],
        "stops": stops,
        "open": _open(made, patrol.unit, {place.key for place in places}),
        "walking_minutes": round(sum(way.seconds for way in ways) / 60.0, 1),
        "service_minutes": round(sum(place.minutes for place in places), 1),
        "length_m": round(sum(way.length_m for way in ways)),
        "climb_m": round(sum(way.climb_m for way in ways)),
        "way": _way(ways),
        "least_team": settings.least_team,
        "check_in_hours": settings.check_in_hours,
        **_dangers(made.network.reach.ground.hazards),
        "basis": made.surface.basis,
        "compared": {name: round(value, 1) for name, value in made.compared.items()},
        "expected_m2": round(sum(place.expected_m2 for place in places), 1),
        "prize_m2": round(sum(place.prize_m2 for place in places), 1),
        **_searches(made, places),
        "offered": made.offer.offered(),
        "learned": {**made.offer.learned},
        "left_out": made.offer.counted(),
        "not_known": [*made.network.reach.ground.not_known],
        "factors_missing": [*made.surface.factors_missing],
        "approximate_boundaries": made.network.reach.ground.approximate,
        "expires_at": iso(_expires(workspace, wish.day, made.now)),
    }


def _dangers(hazards: Sequence[tuple[str, str]]) -> dict[str, Json]:
    """Tell the names of what the way keeps out of, and beside each its kind; plans on record may have names alone."""
    return {
        "hazards": [name for _, name in hazards],
        "dangers": [{"kind": kind, "name": name} for kind, name in hazards],
    }


def _searches(made: Made, places: Sequence[Place]) -> dict[str, Json]:
    """Return what the cells of a plan come to: metres walked in them, p, and what the risk surface expects there."""
    return {
        "search_m": round(sum(place.search_m or 0.0 for place in places)),
        "planned_p": round(sum(place.search_p or 0.0 for place in places), 4),
        "surface": _surface(made, places),
    }


def _surface(made: Made, places: Sequence[Place]) -> dict[str, Json]:
    """Return what the risk surface expects to be left, for the m² of the plan to stand beside it.

    ``left_m2`` in the province, ``cells_left_m2`` in the cells of the plan alone, and of these what their searches are
    expected to find: never more, for it is plots left × mean area × a chance.
    """
    surface, searched = made.surface, [place for place in places if place.is_search]
    wanted = [cells.number_of(place.name) for place in searched]
    here = np.isin(surface.cells, wanted)
    return {
        "left_m2": round(float(surface.left_m2.sum()), 1),
        "cells_left_m2": round(float(surface.left_m2[here].sum()), 2),
        "cells_m2": round(sum(place.expected_m2 for place in searched), 2),
        "area_m2": round(surface.area_m2[0], 1),
    }


def named(told: Mapping[str, Json]) -> dict[str, Json]:
    """Return a plan with its name: what it says, without until when."""
    said = {name: value for name, value in told.items() if name != "expires_at"}
    return {"plan": hashlib.sha256(canonical(said)).hexdigest()[:16]} | dict(told)


def _expires(workspace: Workspace, day: datetime, now: datetime) -> datetime:
    """Return so many hours from the beginning of the day.

    Of a day that is over, which only simulated ground is planned for, from when the plan is made.
    """
    hours = timedelta(hours=workspace.settings.plan.expires_hours)
    return day + hours if day + hours > now else now + hours


def _ways(made: Made, patrol: Patrol, route: Routed) -> list[walking.Way]:
    """Return the ways from the post through the stops and back."""
    if not route.places:
        return []
    units = [one.unit for one in made.network.reach.patrols]
    post, posts = units.index(patrol.unit), len(units)
    order = [post, *(posts + n for n in route.places), post]
    pairs = list(pairwise(order))
    return walking.ways(made.network.reach.ground.land, made.network.at_m, pairs)


def _way(ways: Sequence[walking.Way]) -> list[Json]:
    """Return longitude, latitude and height of every vertex."""
    if not ways:
        return []
    parts = [way.xy if n == 0 else way.xy[1:] for n, way in enumerate(ways)]
    heights = [way.heights_m if n == 0 else way.heights_m[1:] for n, way in enumerate(ways)]
    metres = [(float(east), float(north)) for east, north in np.concatenate(parts)]
    lonlat = geo.transform(metres, geo.UTM48, geo.WGS84)
    rows = zip(lonlat, np.concatenate(heights).tolist(), strict=True)
    return [[round(lon, 6), round(lat, 6), round(height, 1)] for (lon, lat), height in rows]


def _stops(places: Sequence[Place], drawn: Mapping[Key, Draw], ways: Sequence[walking.Way], unit: str) -> list[Json]:
    rows: list[Json] = []
    minutes = 0.0
    for order, (place, way) in enumerate(zip(places, ways[:-1], strict=True), start=1):
        minutes += way.seconds / 60.0
        row = _row(place, drawn.get(place.key), unit) | {"order": order, "arrive": round(minutes, 1)}
        rows.append(row)
        minutes += place.minutes
    return rows


def _row(place: Place, draw: Draw | None, unit: str) -> dict[str, Json]:
    return {
        "kind": place.kind,
        place.kind: place.name,
        "code": place.code,
        "lon": round(place.lon, 6),
        "lat": round(place.lat, 6),
        "selection_mode": (SelectionMode.RANDOM if draw else _mode(place)).value,
        "inclusion_prob": draw.inclusion_prob if draw else None,
        # What was drawn for another unit is its matter: here is not said whose.
        "own_draw": draw is not None and draw.unit == unit,
        "carried_from": draw.carried_from if draw and draw.unit == unit else "",
        "prize_m2": round(place.prize_m2, 2),
        "expected_m2": round(place.expected_m2, 2),
        "urgency": round(place.urgency, 3),
        "minutes": place.minutes,
        "commune": place.commune,
        "area_m2": place.area_m2,
        "search_p": None if place.search_p is None else round(place.search_p, 4),
        "search_m": place.search_m,
        "basis": place.basis,
        "lancing": place.lancing,
        "last_found": place.last_found or None,
    }


def _mode(place: Place) -> SelectionMode:
    if place.last_found:
        return SelectionMode.ROUTINE
    return SelectionMode.SCORE if place.score or place.is_search else SelectionMode.TIP


def _open(made: Made, unit: str, gone: set[Key]) -> list[Json]:
    """Return what was drawn for a unit and is not in its route, and why; what waits for a later plan comes last."""
    left = [one for one in made.drawn[unit] if one.place.key not in gone]
    reasons = [(one, CLAIMED if one.place.key in made.visited else NO_ROOM) for one in left]
    return [_row(one.place, one, unit) | {"reason": why} for one, why in [*reasons, *made.waiting[unit]]]
