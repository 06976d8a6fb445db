"""The price of the 100 %: how many more patrol days until it is sure enough that nothing is left, commune by commune.

A further search of a cell is the one that plans give a cell, in bloom. The chance that nothing is left counts what is
not known of the weights of the risk surface. Hours of search become days by the share of a day that patrols search: as
the plans on record divide their hours, or as assumed where there are few.

All of it is conditional: it is what it takes if the risk surface holds, if patrols search as plans have them search,
and if that share is what it is taken to be. The intervals are those of the weights of the surface alone.
"""

from math import ceil, isfinite
from typing import Any

import numpy as np

from eradication import geo
from eradication.domain import Season
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.effort import search
from eradication.effort.ground import widths
from eradication.effort.strips import SUBCELL_M
from eradication.errors import N_, UnusableInput
from eradication.pipeline import ahead, set_layers
from eradication.pipeline.plans import record
from eradication.pipeline.plans.wish import check_number
from eradication.pipeline.risk import surface as risk
from eradication.pipeline.workspace import Workspace
from eradication.risk import price

DAY_HOURS = 8.0
SEARCH_SHARE = 0.5
"""Share of a patrol's hours in which it searches, the rest is the way; assumed."""
LEAST_PLANS = 10
"""With so many plans on record their hours tell the share."""
SURE = 0.9
IF_SURFACE = N_(
    "This holds if the risk surface holds: plots lie as it expects and each search finds with the chance that is set. "
    "The intervals (95 %) are those of its weights alone, and in the sum their ends are added up."
)
IF_EXPERT = N_("The weights of the surface are assumed, for finds have not taught them yet.")
IF_SHARE = N_("The share of searching in a patrol's hours is assumed; half of it would double the days.")


def of_season(workspace: Workspace, season: Season, sure: float = SURE, hours: float = DAY_HOURS) -> dict[str, Any]:
    """Return for each commune how many patrol days it takes until P(nothing left) ≥ ``sure``.

    Args:
        workspace: whose risk surface.
        season: of it.
        sure: the chance to be reached, above 0 and below 1.
        hours: of a patrol day.

    Raises:
        UnusableInput: ``bad_sure``, ``bad_hours``, ``unknown_season``; what the risk surface raises.
    """
    _check(sure, hours)
    ahead.check_plannable(season)
    field = risk.surface(workspace, wish := risk.Wish(season))
    share, plans = _search_share(workspace, season)
    cost = price.price_of(
        field.fit,
        field.still,
        (field.p, field.found),
        field.commune,
        _one_search(workspace, field),
        groups=len(field.units),
        sure=sure,
        seed=wish.seed,
    )
    rows = _rows(field, cost, share, hours)
    return {
        "season": season.label,
        "sure": sure,
        "day_hours": hours,
        "search_share": {"value": round(share, 3), "plans": plans, "from": "plans" if plans else "assumed"},
        "rows": rows,
        "caveats": _caveats(field, plans),
        "total": {
            "days": sum(row["days"] for row in rows),
            "days_low": sum(row["days_low"] for row in rows),
            "days_high": None if any(row["days_high"] is None for row in rows) else sum(r["days_high"] for r in rows),
            "hours": round(sum(row["hours"] for row in rows), 1),
            "searches": sum(row["searches"] for row in rows),
            "reached": sum(row["reached"] for row in rows),
            "communes": len(rows),
        },
        "basis": field.basis,
        "factors_missing": [*field.factors_missing],
        "about": NO_PERSONS,
        "caution": NO_ACCUSATION,
        "simulated": field.simulated,
    }


def _rows(field: Any, cost: price.Price, share: float, hours: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for n, unit in enumerate(field.units):
        spent = float(cost.hours[n]) / share
        here = {"now": field.nothing_left(n), "then": risk.floored(cost.then[n]), "reached": bool(cost.reached[n])}
        figures = {"searches": int(cost.searches[n]), "cells": int(cost.cells[n]), "hours": round(spent, 1)}
        ends = {"days_low": cost.hours_low[n], "days_high": cost.hours_high[n]}
        days = {name: _days(float(end) / share, hours) for name, end in ends.items()}
        rows.append({"key": unit.code, "name": unit.name, **here, **figures, "days": _days(spent, hours), **days})
    return rows


def _days(spent: float, hours: float) -> int | None:
    """Return whole days of so many hours; ``None`` = no number of searches is enough."""
    return ceil(spent / hours - 1e-9) if isfinite(spent) else None


def _caveats(field: Any, plans: int) -> list[str]:
    """Return what the price is conditional on, a sentence each; what is assumed is said to be."""
    assumed = [IF_EXPERT] if field.basis == "expert" else []
    return [IF_SURFACE, *assumed, *([] if plans else [IF_SHARE])]


def _check(sure: float, hours: float) -> None:
    check_number(sure, "bad_sure", "--sure", "--sure 0.9")
    check_number(hours, "bad_hours", "--hours", "--hours 8")
    if not 0 < sure < 1:
        raise UnusableInput(
            "bad_sure",
            N_("Nobody can be sure with a chance of {sure}."),
            where="--sure",
            hint=N_("Give a chance above 0 and below 1, for example --sure 0.9. No search makes anything certain."),
            values={"sure": float(sure)},
        )
    if not 0 < hours <= 24:
        raise UnusableInput(
            "bad_hours",
            N_("A patrol cannot be out for {hours} hours."),
            where="--hours",
            hint=N_("Give the hours from leaving the post to being back, for example --hours 8."),
            values={"hours": float(hours)},
        )


def _search_share(workspace: Workspace, season: Season) -> tuple[float, int]:
    """Return the share of a patrol's hours in which it searches, and how many plans say so (0 = assumed)."""
    bodies = [made.body for made in record.plans(workspace, season) if not made.is_superseded]
    service = sum(body["service_minutes"] for body in bodies)
    minutes = service + sum(body["walking_minutes"] for body in bodies)
    if len(bodies) < LEAST_PLANS or not service:
        return SEARCH_SHARE, 0
    return service / minutes, len(bodies)


def _one_search(workspace: Workspace, field: Any) -> price.Search:
    """Return what one more search of each cell finds, and the hours it takes."""
    settings = workspace.settings
    shapes = set_layers.shapes(settings, workspace.folder, "effort", "forest")
    forest = None if shapes is None else [geo.project(shape, geo.WGS84, geo.UTM48) for shape in shapes]
    half = widths(forest, settings.effort.strip_open_m, settings.effort.strip_forest_m).of(field.cells)
    strip = np.minimum(2.0 * half * settings.plan.cell_m, SUBCELL_M**2)
    p = search.searched(settings.effort.seen_bloom, strip)
    return price.Search(p, settings.plan.cell_minutes / 60.0)
