"""Patrols as somebody may see them: their own unit's and an analyst's exactly, others' as cells, late and in crowds."""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import shapely
from shapely.geometry import mapping

from eradication import geo
from eradication.domain import EventKind, Season
from eradication.domain.event import iso
from eradication.effort import blurred
from eradication.effort.blurred import Entered, Patrol, Rule
from eradication.errors import N_, UnusableInput
from eradication.pipeline import answers, projection
from eradication.pipeline.reception import of_unit, reach
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller

_KM = 1000.0


def patrols(place: Place, caller: Caller) -> dict[str, Any]:
    """Return the patrols that the caller may see exactly, the oldest first; of whom that is nobody's, none."""
    sees = reach.of(caller)
    if not sees.every_track and not sees.unit:
        return {"patrols": [], "simulated": projection.is_simulated(place.workspace)}
    return answers.patrols(place.workspace, "" if sees.every_track else sees.unit)


def patrol(place: Place, caller: Caller, wanted: str) -> dict[str, Any]:
    """Return one patrol.

    Raises:
        UnusableInput: ``no_such_patrol``: there is none, or it is not for the caller.
    """
    sees = reach.of(caller)
    try:
        if sees.every_track or sees.unit:
            return answers.patrol(place.workspace, wanted, "" if sees.every_track else sees.unit)
    except UnusableInput as error:
        if error.kind != "no_such_patrol":
            raise
    raise UnusableInput(
        "no_such_patrol",
        N_("There is no patrol '{wanted}'."),
        hint=N_("The list of patrols shows the ids."),
        values={"wanted": wanted[:60]},
    )


def cells(place: Place, caller: Caller, season: Season) -> dict[str, Any]:
    """Return the cells that crowds of patrols came through, the caller's own left out: they are known exactly."""
    how, until = rule(place), rule(place).until(place.now())
    found = blurred.cells(released(place, caller, season), how.side_km, how.least)
    return {
        "season": season.label,
        "cells": [_cell(*cell, how.side_km, count) for cell, count in found.items()],
        "side_km": how.side_km,
        "least": how.least,
        "until": iso(until),
        "simulated": projection.is_simulated(place.workspace),
    }


def rule(place: Place) -> Rule:
    """Return how coarse, how many and how late, as the settings say; cells are whole kilometres."""
    web = place.workspace.settings.web
    return Rule(math.ceil(web.cell_km), web.cell_least, timedelta(hours=web.delay_hours))


def released(place: Place, caller: Caller | None, season: Season) -> list[Patrol]:
    """Return the patrols of a season that may be told of by now, without the caller's own if there is one."""
    events = place.workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    entered = [Entered(event.payload["patrol"], event.recorded_at) for event in events]
    unit = reach.of(caller).unit if caller else ""
    if unit:
        own = of_unit.owned(place, unit)
        mine = {name for name in {str(one.patrol["unit"]) for one in entered} if own(name)}
        entered = [one for one in entered if one.patrol["unit"] not in mine]
    return blurred.released(entered, season, rule(place).until(place.now()))


def _cell(column: int, row: int, side_km: int, count: int) -> Mapping[str, Any]:
    side = side_km * _KM
    square = shapely.box(column * side, row * side, (column + 1) * side, (row + 1) * side)
    outline = geo.rounded(geo.project(square, geo.UTM48, geo.WGS84))
    return {"cell": f"{column * side_km}_{row * side_km}", "patrols": count, "outline": mapping(outline)}
