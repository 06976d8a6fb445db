"""Where a patrol could go on a day, what each place is worth, and what is left out and why.

A place is worth the m² that are expected to be confirmed there, times how urgent it is. Of a candidate that is the
chance that a visit confirms it times its area; it is up to three times as urgent in the fortnight before the capsules
are lanced and while they are, and worth nothing when that is over. Of a cell it is the plots that are expected to be
left there times the mean area of a plot times the chance that a search of it finds one on that day.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from eradication import geo
from eradication.domain import Episode, Json, Season, State
from eradication.effort import search, sowing
from eradication.effort.ground import widths
from eradication.effort.strips import SUBCELL_M, corner
from eradication.history import History
from eradication.pipeline import cells, harvesting, projection, units
from eradication.pipeline.choosing import OPEN
from eradication.pipeline.plans import record
from eradication.pipeline.plans.chances import chances
from eradication.pipeline.plans.ground import Ground
from eradication.pipeline.plans.record import CELL, PLOT
from eradication.pipeline.plans.wish import Wish
from eradication.pipeline.risk import policing
from eradication.pipeline.workspace import Workspace

SOON_DAYS = 14
MOST_URGENT = 3.0

CAPPED, HAZARD, OUTSIDE, CLAIMED = "rejected_without_new_evidence", "hazard", "outside", "in_another_plan"
ELSEWHERE, VETOED, PAST, DRAWN = "assigned_elsewhere", "vetoed", "past_harvest", "drawn_before"
UNREACHED, NO_ROOM = "not_reached_in_time", "no_room"

type Floats = npt.NDArray[np.float64]
type Key = tuple[str, str]
"""Kind and name of a place: ``plot`` and its id, or ``cell`` and its name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a patrol could stop."""

    kind: str
    name: str
    """Id of the plot, or name of the cell."""
    at_m: tuple[float, float]
    """East and north, EPSG:32648: middle of the plot or cell."""
    lon: float
    lat: float
    expected_m2: float
    """m² expected to be confirmed by this visit."""
    urgency: float
    minutes: float
    """At the place."""
    commune: str
    """Code."""
    code: str = ""
    """Of the plot, for radio; empty of a cell."""
    score: float = 0.0
    """Priority of a candidate."""
    model: str = ""
    basis: str = ""
    """What the chance to confirm rests on."""
    area_m2: float | None = None
    """Estimated, of a candidate."""
    search_p: float | None = None
    """Of a cell: the chance that the search finds a plot that lies in it."""
    lancing: str | None = None
    """Day from which the capsules of a candidate may be lanced, ISO."""

    @property
    def key(self) -> Key:
        """Identity."""
        return self.kind, self.name

    @property
    def prize_m2(self) -> float:
        """What it is worth."""
        return self.expected_m2 * self.urgency


@dataclass(frozen=True, slots=True)
class Offer:
    """The places of a day."""

    places: tuple[Place, ...]
    """By kind and name."""
    left_out: tuple[tuple[Key, str], ...]
    """Places that are not offered, with the reason."""
    pool: Mapping[Key, Place] = field(default_factory=dict)
    """Also those not offered, for what was drawn before has to be visited wherever that is safe."""

    def counted(self) -> dict[str, Json]:
        """Return how many places were left out, by reason and kind."""
        count = Counter((reason, kind) for (kind, _), reason in self.left_out)
        told: dict[str, Json] = {}
        for reason in sorted({reason for reason, _ in count}):
            told[reason] = {"plots": count[reason, PLOT], "cells": count[reason, CELL]}
        return told


def urgency(first: date, last: date, day: date) -> float:
    """Return how urgent a place is on a day: 1 long before the first lancing, up to 3 on it, 0 after the last."""
    if day > last:
        return 0.0
    left = min(max((first - day).days, 0), SOON_DAYS)
    return 1.0 + (MOST_URGENT - 1.0) * (SOON_DAYS - left) / SOON_DAYS


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
    found = [*candidates(workspace, told, wish), *searches(workspace, wish, ground, surface, told)]
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
    return Offer(tuple(sorted(places, key=lambda p: p.key)), tuple(sorted(left_out)), pool)


def _reasons(workspace: Workspace, wish: Wish, now: datetime) -> dict[Key, str]:
    """Return why places are left out that are so by what was recorded of them."""
    told: dict[Key, str] = {}
    for name, why in policing.capped(workspace, wish.season).items():
        told[str(why["kind"]), name] = CAPPED
    told |= dict.fromkeys(record.claimed(workspace, wish, now), CLAIMED)
    plans = {made.id for made in record.plans(workspace, wish.season)}
    told |= {(veto.kind, veto.name): VETOED for veto in record.vetoes(workspace) if veto.plan in plans}
    return told


def is_open(episode: Episode, wish: Wish) -> bool:
    """Tell whether nobody has seen a candidate on the day of a wish; one that expired since was open then."""
    states = (*OPEN, State.EXPIRED) if Season.of(wish.day) == episode.season else OPEN
    return episode.season == wish.season and episode.state in states


def _assigned_elsewhere(workspace: Workspace, told: History, wish: Wish) -> dict[Key, str]:
    table = units.tables_of(workspace)
    ours = {table.comparable(one.unit) for one in wish.patrols}
    open_ones = (e for e in told.episodes if is_open(e, wish) and e.unit)
    return {(PLOT, e.plot.id): ELSEWHERE for e in open_ones if table.comparable(e.unit) not in ours}


def candidates(workspace: Workspace, told: History, wish: Wish) -> list[Place]:
    """Return the open candidates of the season, whoever proposed them."""
    mine = [e for e in told.episodes if is_open(e, wish)]
    clocks = harvesting.of_day(workspace, mine, wish.date)
    known, minutes = chances(workspace), workspace.settings.plan.candidate_minutes
    points = [geo.centre(e.plot.geometry) for e in mine]
    places = []
    metres = geo.transform(points, geo.WGS84, geo.UTM48)
    for episode, clock, (lon, lat), at_m in zip(mine, clocks, points, metres, strict=True):
        chance, basis = known.of(episode)
        begins = clock["lancing_from"]
        urgent = 1.0
        if begins is not None:
            urgent = urgency(date.fromisoformat(begins), date.fromisoformat(clock["lancing_to"]), wish.date)
        score = episode.score if episode.priority is None else episode.priority
        places.append(
            Place(
                PLOT, episode.plot.id, at_m, lon, lat, chance * episode.area_m2, urgent, minutes,
                episode.plot.commune_code, episode.plot.code, float(score or 0.0), episode.model, basis,
                round(episode.area_m2, 1), lancing=begins,
            )
        )  # fmt: skip
    return places


def searches(workspace: Workspace, wish: Wish, ground: Ground, surface: Any, told: History) -> list[Place]:
    """Return the cells of the ground that no candidate and no plot of the season touches, as places to search."""
    inside = np.flatnonzero(_in_window(surface.cells, ground))
    flagged = cells.touched(cells.places(told, wish.season))
    inside = inside[~np.isin(surface.cells[inside], flagged)]
    cell = surface.cells[inside]
    chance = search_p(workspace, wish, cell, ground)
    column, row = corner(cell)
    middle = np.column_stack([column, row]) * SUBCELL_M + SUBCELL_M / 2
    lonlat = geo.transform([(float(e), float(n)) for e, n in middle], geo.UTM48, geo.WGS84)
    worth = surface.left_m2[inside] * chance
    communes = [surface.units[n].code if n >= 0 else "" for n in surface.commune[inside].tolist()]
    minutes = workspace.settings.plan.cell_minutes
    rows = zip(cell.tolist(), middle.tolist(), lonlat, worth.tolist(), chance.tolist(), communes, strict=True)
    return [
        Place(CELL, cells.name_of(n), (e, m), lon, lat, m2, 1.0, minutes, code, basis=surface.basis, search_p=p)
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


def best(places: Sequence[Place], hours_away: Floats, most: int) -> list[int]:
    """Return the numbers of the places that are worth most for their time, at most ``most``, ascending.

    Args:
        places: to choose from.
        hours_away: there and back from the nearest post, shape (place,).
        most: how many a route is sought among.
    """
    worth = np.array([place.prize_m2 for place in places])
    hours = np.array([place.minutes for place in places]) / 60.0 + hours_away
    order = np.lexsort((np.arange(len(places)), -worth / hours))
    return sorted(order[:most].tolist())
