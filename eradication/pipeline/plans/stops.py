"""Where a patrol could go on a day, what each place is worth, and what is left out and why.

What a place is worth is told by :mod:`eradication.risk.worth`, for plans and for their rehearsal alike: the m² that are
expected to be confirmed there, times how urgent it is. Of a place to look at (a candidate, a tip, a plot of an earlier
season that lies fallow) that is the chance of poppy times the area, less while it is hardly to be recognised, the more
urgent the fewer days are left until its capsules are lanced, up to three times, and worth nothing when that is over or
the season has ended and it has expired. Of a cell it is the plots that are expected to be left there times the mean
area of a plot times the chance that a search of it finds one on that day, as urgent as the whole calendar is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from eradication import geo, harvest
from eradication.domain import Json
from eradication.effort import search, sowing
from eradication.effort.ground import widths
from eradication.effort.strips import SUBCELL_M, corner
from eradication.history import History
from eradication.pipeline import cells, projection, units
from eradication.pipeline.plans import looks, record
from eradication.pipeline.plans.ground import Ground
from eradication.pipeline.plans.looks import is_open
from eradication.pipeline.plans.place import Key, Place
from eradication.pipeline.plans.record import CELL, PLOT
from eradication.pipeline.plans.wish import Wish
from eradication.pipeline.risk import policing
from eradication.pipeline.workspace import Workspace
from eradication.risk import worth

CAPPED, HAZARD, OUTSIDE, CLAIMED = "rejected_without_new_evidence", "hazard", "outside", "in_another_plan"
ELSEWHERE, VETOED, PAST, DRAWN = "assigned_elsewhere", "vetoed", "past_harvest", "drawn_for_later"
UNREACHED, NO_ROOM, WAITS = "not_reached_in_time", "no_room", "waits_its_turn"

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Offer:
    """The places of a day."""

    places: tuple[Place, ...]
    """By kind and name."""
    left_out: tuple[tuple[Key, str], ...]
    """Places that are not offered, with the reason."""
    pool: Mapping[Key, Place] = field(default_factory=dict)
    """Also those not offered, for what was drawn before has to be visited wherever that is safe."""
    learned: Mapping[str, Json] = field(default_factory=dict)
    """What the chances of the places to look at rest on."""

    @property
    def is_past(self) -> bool:
        """Whether some places are left out for that their harvest is over."""
        return any(reason == PAST for _, reason in self.left_out)

    def offered(self) -> dict[str, Json]:
        """Return how many places are offered: to look at, old ones among them, and cells."""
        kinds = Counter(place.kind for place in self.places)
        return {PLOT: kinds[PLOT], CELL: kinds[CELL], "old": sum(bool(place.last_found) for place in self.places)}

    def counted(self) -> dict[str, Json]:
        """Return how many places were left out, by reason and kind."""
        count = Counter((reason, kind) for (kind, _), reason in self.left_out)
        told: dict[str, Json] = {}
        for reason in sorted({reason for reason, _ in count}):
            told[reason] = {"plots": count[reason, PLOT], "cells": count[reason, CELL]}
        return told


def offered(workspace: Workspace, wish: Wish, ground: Ground, surface: Any, now: datetime) -> Offer:
    """Return the places of a day within a ground.

    Args:
        workspace: whose candidates.
        wish: for whom, when.
        ground: round the posts.
        surface: the risk surface of the season.
        now: when the plan is made.
    """
    told = projection.replayed(workspace)
    seen = looks.looks(workspace, told, wish, surface)
    taken = np.union1d(cells.touched(cells.places(told, wish.season)), looks.cells_of(seen.places))
    found = [*seen.places, *searches(workspace, wish, ground, surface, taken)]
    reasons = _reasons(workspace, wish, now)
    away = _assigned_elsewhere(workspace, told, wish)
    at = np.array([place.at_m for place in found]).reshape(-1, 2)
    in_danger, allowed = ground.in_danger(at), ground.allows(at)
    places, left_out = [], []
    for place, danger, inside in zip(found, in_danger.tolist(), allowed.tolist(), strict=True):
        reason = HAZARD if danger else "" if inside else OUTSIDE
        reason = reason or away.get(place.key, "") or reasons.get(place.key, "")
        reason = reason or (PAST if place.prize_m2 <= 0 else "")
        if reason:
            left_out.append((place.key, reason))
        else:
            places.append(place)
    pool = {place.key: place for place, inside in zip(found, allowed.tolist(), strict=True) if inside}
    return Offer(tuple(sorted(places, key=lambda p: p.key)), tuple(sorted(left_out)), pool, seen.learned)


def _reasons(workspace: Workspace, wish: Wish, now: datetime) -> dict[Key, str]:
    """Return why places are left out that are so by what was recorded of them."""
    told: dict[Key, str] = {}
    for name, why in policing.capped(workspace, wish.season).items():
        told[str(why["kind"]), name] = CAPPED
    told |= dict.fromkeys(record.drawn_for_later(workspace, wish), DRAWN)
    told |= dict.fromkeys(record.claimed(workspace, wish, now), CLAIMED)
    plans = {made.id for made in record.plans(workspace, wish.season)}
    told |= {(veto.kind, veto.name): VETOED for veto in record.vetoes(workspace) if veto.plan in plans}
    return told


def _assigned_elsewhere(workspace: Workspace, told: History, wish: Wish) -> dict[Key, str]:
    table = units.tables_of(workspace)
    ours = {table.comparable(one.unit) for one in wish.patrols}
    open_ones = (e for e in told.episodes if is_open(e, wish) and e.unit)
    return {(PLOT, e.plot.id): ELSEWHERE for e in open_ones if table.comparable(e.unit) not in ours}


def searches(
    workspace: Workspace, wish: Wish, ground: Ground, surface: Any, taken: npt.NDArray[np.int64]
) -> list[Place]:
    """Return the cells of the ground as places to search, without those ``taken``: there is something to look at."""
    inside = np.flatnonzero(_in_window(surface.cells, ground))
    inside = inside[~np.isin(surface.cells[inside], taken)]
    cell = surface.cells[inside]
    chance = search_p(workspace, wish, cell, ground)
    column, row = corner(cell)
    middle = np.column_stack([column, row]) * SUBCELL_M + SUBCELL_M / 2
    lonlat = geo.transform([(float(e), float(n)) for e, n in middle], geo.UTM48, geo.WGS84)
    m2_of = worth.of_search(surface.left.mean[inside], surface.area_m2[0], chance)
    communes = [surface.units[n].code if n >= 0 else "" for n in surface.commune[inside].tolist()]
    settings = workspace.settings.plan
    minutes, metres, lancing = settings.cell_minutes, settings.cell_m, harvest.window(wish.season, workspace.settings)
    urgent = worth.urgency(lancing.first, lancing.last, wish.date)
    rows = zip(cell.tolist(), middle.tolist(), lonlat, m2_of.tolist(), chance.tolist(), communes, strict=True)
    return [
        Place(
            CELL,
            cells.name_of(n),
            (e, m),
            lon,
            lat,
            m2,
            urgent,
            minutes,
            code,
            basis=surface.basis,
            search_p=p,
            search_m=metres,
        )
        for n, (e, m), (lon, lat), m2, p, code in rows
    ]


def search_p(workspace: Workspace, wish: Wish, cell: npt.NDArray[np.int64], ground: Ground) -> Floats:
    """Return the chance that one search of a cell on the day finds a plot that lies in it, shape (cell,).

    g(stage) · min(1 − exp(−2wL/A), 2wL/A) with the metres that a search is set to walk, as effort is counted.
    """
    settings = workspace.settings
    forest = None if ground.forest is None else [*shapely.get_parts(ground.forest)]
    half = widths(forest, settings.effort.strip_open_m, settings.effort.strip_forest_m).of(cell)
    strip = np.minimum(2.0 * half * settings.plan.cell_m, SUBCELL_M**2)
    day = np.array([wish.date.toordinal()], np.int64)
    chance = float(sowing.chance(day, wish.season, settings.effort)[0])
    return search.searched(chance, strip)


def _in_window(cell: npt.NDArray[np.int64], ground: Ground) -> npt.NDArray[np.bool_]:
    column, row = corner(cell)
    east, north = (column + 0.5) * SUBCELL_M, (row + 0.5) * SUBCELL_M
    west, south, right, top = ground.inside.bounds
    return np.asarray((east > west) & (east < right) & (north > south) & (north < top))


def without(offer: Offer, keys: Iterable[Key], reason: str) -> Offer:
    """Return an offer without some places, with the reason."""
    gone = set(keys)
    left = tuple(place for place in offer.places if place.key not in gone)
    more = sorted((place.key, reason) for place in offer.places if place.key in gone)
    return replace(offer, places=left, left_out=(*offer.left_out, *more))
