"""The part of a plan that is drawn at random, on record with the chance of every place that could have been.

Visits that go where most is expected say nothing of how good that expectation is. So a part of the stops is drawn:
candidates with probability proportional to the m² expected of each (but none below half their mean), cells where
nothing is suspected each with the same. They are drawn from what a patrol reaches and searches within half of its
hours, so that one draw does not cost a whole day; ground beyond is in no draw of a plan, and figures do not speak of
it.

What was drawn once in a season is not drawn again. What could not be joined into a round trip stays an *open draw* of
its unit and comes first in its next plans (:mod:`eradication.pipeline.plans.turns`), so that nobody chooses among draws
by how easy they are.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import geo, planning
from eradication.domain import EventKind, Json, SelectionMode
from eradication.domain.event import canonical, iso
from eradication.history import History
from eradication.pipeline import cells, planned, projection
from eradication.pipeline.plans import record
from eradication.pipeline.plans.looks import is_open
from eradication.pipeline.plans.place import Key, Place
from eradication.pipeline.plans.record import CELL, PLOT, Made
from eradication.pipeline.plans.searched import searched_since
from eradication.pipeline.plans.wish import Patrol, Wish
from eradication.pipeline.workspace import Workspace
from eradication.risk import worth

STRATUM = "in_reach"

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draw:
    """A stop drawn at random."""

    place: Place
    inclusion_prob: float
    """Chance with which it was drawn."""
    unit: str
    """For whom it was drawn."""
    carried_from: str = ""
    """Plan for which it was drawn; empty = for this one."""

    @property
    def is_certain(self) -> bool:
        """Whether it was drawn because there was nothing else to draw: that is no choice by chance."""
        return self.inclusion_prob >= 1.0

    @property
    def is_past(self) -> bool:
        """Whether nothing stands there any more on the day: it stays open, for a visit would find out nothing."""
        return self.place.urgency <= 0.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn for one unit."""

    fresh: tuple[Draw, ...] = ()
    bodies: tuple[tuple[EventKind, dict[str, Json]], ...] = ()
    """Events that put it on record."""

    def names(self) -> dict[str, Json]:
        """Return what the draws are called: ``candidates`` and ``cells``, ``None`` where none were drawn."""
        kinds = {EventKind.VISITS_CHOSEN: "candidates", EventKind.CELLS_DRAWN: "cells"}
        found: dict[str, Json] = dict.fromkeys(kinds.values())
        return found | {kinds[kind]: body["draw"] for kind, body in self.bodies}


@dataclass(frozen=True, slots=True)
class Frame:
    """What may be drawn from."""

    places: tuple[Place, ...]
    """Within reach, by kind and name."""
    model: str
    """Whose candidates; others bear scores that do not compare."""
    taken: frozenset[Key]
    """Drawn before in the season, whether for a plan or for a list."""

    def of(self, kind: str) -> list[Place]:
        """Return what may be drawn, by name; of plots those that this model scored."""
        free = [one for one in self.places if one.kind == kind and one.key not in self.taken]
        return [one for one in free if kind == CELL or (one.model and one.model == self.model)]


def wanted(share: float, stops: int, carried: int) -> int:
    """Return how many stops are to be drawn anew: with those carried over at least the share of what hours allow.

    ``carried`` are those that have their turn in the plan and were drawn by chance, not those that wait.
    """
    return max(ceil(share * stops - 1e-9) - carried, 0)


def divided(count: int, plots: int, cell: int, sizes: tuple[int, int]) -> tuple[int, int]:
    """Divide a number of draws on plots and cells, as the stops of the plan without draws are divided.

    Args:
        count: draws; of two or more each kind gets at least one.
        plots: stops at plots without draws.
        cell: stops in cells without draws.
        sizes: plots and cells there are to draw from.
    """
    share = plots / (plots + cell) if plots + cell else 0.5
    first = round(count * share)
    if count >= 2:
        first = min(max(first, 1), count - 1)
    first = min(first, sizes[0])
    second = min(count - first, sizes[1])
    return min(count - second, sizes[0]), second


def draw(wish: Wish, patrol: Patrol, frame: Frame, counts: tuple[int, int], communes: Sequence[str]) -> Drawn:
    """Draw plots and cells for one unit.

    Args:
        wish: names the seed.
        patrol: whose draw.
        frame: to draw from.
        counts: plots and cells to draw.
        communes: codes of the communes that the reach touches, whatever is flagged in them.
    """
    said: dict[str, Json] = {**wish.told(), "unit": patrol.unit}
    seed = int.from_bytes(hashlib.sha256(canonical(said)).digest()[:8])
    common: dict[str, Json] = {
        "season": wish.season.label,
        "unit": patrol.unit,
        "day": wish.date.isoformat(),
        "seed": wish.seed,
        "reach": _reach(wish, patrol),
        "units": [one.unit for one in wish.patrols],
    }
    drawn, bodies = [], []
    if counts[0]:
        mine = frame.of(PLOT)
        size = worth.of_draw(np.array([one.expected_m2 for one in mine]))
        chosen, odds = planning.draw(size, counts[0], seed)
        drawn += [Draw(mine[k], round(float(odds[k]), 12), patrol.unit) for k in chosen.tolist()]
        bodies.append((EventKind.VISITS_CHOSEN, _named(_list(wish, frame, mine, (chosen, odds), common))))
    if counts[1]:
        mine = frame.of(CELL)
        chosen, odds = planning.draw(np.ones(len(mine)), counts[1], seed + 1)
        picked = [Draw(mine[k], round(float(odds[k]), 12), patrol.unit) for k in chosen.tolist()]
        drawn += picked
        bodies.append((EventKind.CELLS_DRAWN, _named(_cells(mine, picked, communes, common))))
    return Drawn(tuple(drawn), tuple(bodies))


def _reach(wish: Wish, patrol: Patrol) -> str:
    """Name the ground within reach: draws from the same ground are one sample of it."""
    lon, lat = patrol.post or (0.0, 0.0)
    return f"{patrol.unit} {lon:.5f},{lat:.5f} {wish.hours:g} h"


def _named(body: dict[str, Json]) -> dict[str, Json]:
    return {"draw": hashlib.sha256(canonical(body)).hexdigest()[:16]} | body


def _list(
    wish: Wish, frame: Frame, mine: Sequence[Place], drawn: tuple[Any, Floats], common: Mapping[str, Json]
) -> dict[str, Json]:
    """Return the record of a list, as those of ``visits choose`` are, with the chance of every member."""
    chosen, odds = drawn
    rows: list[Json] = [
        {
            "plot_id": mine[k].name,
            "selection_mode": SelectionMode.RANDOM.value,
            "why": planning.Why.RANDOM.value,
            "score": mine[k].score,
            "model": mine[k].model,
            "inclusion_prob": round(float(odds[k]), 12),
        }
        for k in chosen.tolist()
    ]
    members: list[Json] = [[one.name, round(float(p), 12)] for one, p in zip(mine, odds, strict=True)]
    return {
        **common,
        "frame": "candidates",
        "candidates": len(mine),
        "visits": len(rows),
        "random_share": wish.random_share,
        "uncertain_share": 0.0,
        "from": iso(wish.day),
        "stops": rows,
        "members": members,
        "model": frame.model,
    }


def _cells(
    mine: Sequence[Place], picked: Sequence[Draw], communes: Sequence[str], common: Mapping[str, Json]
) -> dict[str, Json]:
    """Return the record of a draw of cells, as those of ``plan --cells`` are; every member has the chance n ÷ N."""
    rows: list[Json] = [
        {
            "cell": one.place.name,
            "commune": one.place.commune,
            "stratum": STRATUM,
            "inclusion_prob": one.inclusion_prob,
        }
        for one in picked
    ]
    scope: list[Json] = [*sorted(communes)]
    return {
        **common,
        "frame": "cells",
        "asked": len(rows),
        "asked_communes": [common["reach"]],
        "communes": scope,
        "flagged": 0,
        "N": len(mine),
        "n": len(rows),
        "strata": [{"name": STRATUM, "N": len(mine), "n": len(rows)}],
        "cells": rows,
        "members": cells.runs(cells.number_of(one.name) for one in mine),
    }


def carried(
    workspace: Workspace, wish: Wish, patrol: Patrol, told: History, pool: Mapping[Key, Place], now: datetime
) -> list[Draw]:
    """Return the open draws of a unit: drawn for earlier plans, neither visited since nor vetoed, the oldest first.

    What was drawn for a later day waits for that. What is on the way of a plan that is still to be walked is not open.
    What was walked is open until its track, or the visit of a plot, is on record: nothing else tells that somebody was
    there.

    Args:
        workspace: whose plans.
        wish: of the new plan: what was drawn for another plan of this day is carried too.
        patrol: the unit.
        told: what visits tell.
        pool: places as they are worth now.
        now: which plans are still to be walked.
    """
    until_then = [made for made in record.plans(workspace, wish.season) if made.event.happened_at <= wish.day]
    plans = [made for made in until_then if record.is_of(workspace, made, patrol.unit)]
    shut = {(veto.kind, veto.name) for veto in record.vetoes(workspace)} | set(record.claimed(workspace, wish, now))
    found: dict[Key, Draw] = {}
    mine: list[tuple[Made, Mapping[str, Any]]] = []
    for made in plans:
        mine += [(made, row) for row in made.drawn]
        for row in made.drawn:
            key = record.names_of(row)
            if key not in shut and key not in found:
                place = pool.get(key) or _place(workspace, row)
                found[key] = Draw(place, float(row["inclusion_prob"]), patrol.unit, made.id)
    done = visited(workspace, wish, told, mine)
    return [one for key, one in found.items() if key not in done]


def visited(
    workspace: Workspace, wish: Wish, told: History, drawn: Sequence[tuple[Made, Mapping[str, Any]]]
) -> set[Key]:
    """Return which drawn stops of plans were visited since: plots by visits, cells by the tracks of those sent."""
    still = {e.plot.id for e in told.episodes if is_open(e, wish)}
    aliases = {alias: plot.id for plot in told.plots for alias in plot.aliases}
    simulated = projection.is_simulated(workspace)
    done: set[Key] = set()
    for made, row in drawn:
        kind, name = record.names_of(row)
        if kind == PLOT:
            seen = aliases.get(name, name) not in still
        else:
            since = planned.since(made.event, simulated=simulated)
            seen = searched_since(workspace, wish.season, _sent(workspace, made), since, [name])[name] > 0
        done |= {(kind, name)} if seen else set()
    return done


def _sent(workspace: Workspace, made: Made) -> set[str]:
    """Return the units whose tracks count for the cells that were drawn for a plan: all that went with it."""
    return {one.unit for one in record.plans(workspace) if one.body["wish"] == made.body["wish"]}


def _place(workspace: Workspace, row: Mapping[str, Any]) -> Place:
    """Return a place that is offered no longer, as it was planned: nothing more is expected of it."""
    kind, name = record.names_of(row)
    own = workspace.settings.plan
    at_m = _metres(float(row["lon"]), float(row["lat"]))
    minutes = own.candidate_minutes if kind == PLOT else own.cell_minutes
    place = Place(kind, name, at_m, row["lon"], row["lat"], 0.0, 1.0, minutes, str(row["commune"]))
    metres = own.cell_m if kind == CELL else None
    return replace(place, code=str(row.get("code") or ""), search_p=row.get("search_p"), search_m=metres)


def _metres(lon: float, lat: float) -> tuple[float, float]:
    ((east, north),) = geo.transform([(lon, lat)], geo.WGS84, geo.UTM48)
    return east, north
