"""Land converted to other crops, the plots it covers, and who came to look in the next season (I11)."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import TIMEZONE, Crop, Outcome, Plot, Season, Visit

LINKED_M2 = 10.0
"""A plot that shares this much ground with converted land is linked to it."""
CHECKS = ("replanted", "visited_clean", "nobody_came", "not_yet")
"""Plants found after the conversion; seen clean in the next season; nobody looked; that season is not over yet."""

_FOUND = (Outcome.DETECTED, Outcome.REGROWN, Outcome.ERADICATED, Outcome.HARVESTED, Outcome.SELF_REMOVED)
_CLEAN = (Outcome.REJECTED, Outcome.VERIFIED)
_HARMLESS = (Crop.FIBRE_HEMP, Crop.OTHER)

type Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the ground: plots, and visits that count, with plot and position filled in."""

    plots: Sequence[Plot]
    visits: Sequence[Visit]
    resolve: Callable[[str], Plot | None]
    """Plot by id, code or alias."""
    commune_at: Callable[[float, float], str]
    """Longitude, latitude → commune of the vintage asked for, or empty."""


def conversions(
    entered: Sequence[Values],
    ground: Ground,
    *,
    span: tuple[date, date],
    season: Season,
    as_of: datetime,
    names: Mapping[str, str],
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return each conversion with its plots and its check in the season after it.

    Args:
        entered: conversions whose day lies not after the span.
        ground: plots and visits as of ``as_of``.
        span: first and last day of what is told; conversions in it make up ``count`` and ``m2``.
        season: whose checks are due: conversions of the season before it.
        as_of: aware; a season that is not over by then may still be looked at.
        names: commune → name.
        only: of one unit: no other plots than these, and no land without any of them; ``None`` = all.
    """
    outlines = [plot.geometry for plot in ground.plots]
    tree = shapely.STRtree(np.array(outlines, dtype=object))
    rows = [_row(one, ground, tree, as_of, names) for one in sorted(entered, key=_order)]
    if only is not None:
        own = [row | {"plots": [plot for plot in row["plots"] if plot["plot_id"] in only]} for row in rows]
        rows = [row for row in own if row["plots"]]
    inside = [row for row in rows if span[0].isoformat() <= row["converted_on"] <= span[1].isoformat()]
    due = Counter(row["check"] for row in rows if row["check_season"] == season.label)
    return {
        "count": len(inside),
        "m2": sum(row["area_m2"] for row in inside),
        "linked": sum(bool(row["plots"]) for row in inside),
        "check_season": season.label,
        "due": sum(due.values()),
        "checks": {name: due[name] for name in CHECKS},
        "rows": rows,
    }


def _order(one: Values) -> tuple[str, str]:
    return str(one["converted_on"]), str(one["conversion_id"])


def _row(
    one: Values, ground: Ground, tree: shapely.STRtree, as_of: datetime, names: Mapping[str, str]
) -> dict[str, Any]:
    outline = shape(one["geometry"])
    lon, lat = geo.centre(outline)
    commune = ground.commune_at(lon, lat)
    linked = _linked(one, outline, ground, tree)
    day = date.fromisoformat(str(one["converted_on"]))
    following = Season(Season.of(datetime.combine(day, time(12), TIMEZONE)).start_year + 1)
    ids = {plot["plot_id"] for plot in linked}
    later = [visit for visit in ground.visits if _is_there(visit, outline, ids) and _day(visit) > day]
    check, seen = _check(later, following, as_of)
    return {
        "conversion_id": one["conversion_id"],
        "crop": one["crop"],
        "converted_on": one["converted_on"],
        "area_m2": int(one["area_m2"]),
        "outline_m2": int(one["outline_m2"]),
        "commune": commune,
        "commune_name": names.get(commune, ""),
        "source": one.get("source", ""),
        "named_plot": one.get("plot", ""),
        "plots": linked,
        "check_season": following.label,
        "check": check,
        "visits": len(seen),
        "last_visit": max((_day(visit).isoformat() for visit in seen), default=None),
    }


def _linked(one: Values, outline: BaseGeometry, ground: Ground, tree: shapely.STRtree) -> list[dict[str, Any]]:
    named = ground.resolve(str(one["plot"])) if one.get("plot") else None
    near = [ground.plots[int(i)] for i in tree.query(outline, predicate="intersects")]
    shared = {plot.id: geo.area_m2(shapely.intersection(plot.geometry, outline)) for plot in near}
    candidates = {plot.id: plot for plot in near if shared[plot.id] >= LINKED_M2}
    if named is not None:
        candidates[named.id] = named
    return [
        {
            "plot_id": plot.id,
            "code": plot.code,
            "overlap_m2": round(shared.get(plot.id, 0.0)),
            "named": named is not None and plot.id == named.id,
        }
        for plot in sorted(candidates.values(), key=lambda plot: plot.id)
    ]


def _is_there(visit: Visit, outline: BaseGeometry, plot_ids: set[str]) -> bool:
    if visit.plot_id in plot_ids:
        return True
    return (
        visit.lon is not None
        and visit.lat is not None
        and bool(outline.intersects(shapely.Point(visit.lon, visit.lat)))
    )


def _day(visit: Visit) -> date:
    return visit.visited_at.astimezone(TIMEZONE).date()


def _check(later: Sequence[Visit], following: Season, as_of: datetime) -> tuple[str, list[Visit]]:
    """Return what became of converted land, and the visits that say so."""
    until = [visit for visit in later if visit.visited_at < following.ends]
    # A detection of a harmless crop is a look that found no poppy.
    found = [visit for visit in until if visit.outcome in _FOUND and visit.crop not in _HARMLESS]
    if found:
        return "replanted", found
    looks = [
        visit for visit in until if visit.outcome in (*_CLEAN, *_FOUND) and Season.of(visit.visited_at) == following
    ]
    if looks:
        return "visited_clean", looks
    return ("nobody_came" if as_of >= following.ends else "not_yet"), []
