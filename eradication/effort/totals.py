"""Patrol effort: kilometres, hours and square-kilometre visits of recorded patrols.

Detected area says little without the effort it took: a unit that walks less detects less. Counted is what was walked
on foot and can be dated: planned routes, vehicle legs, stops and tracks without times are not effort.

A **square-kilometre visit** is one cell of the 1 km grid (EPSG:32648) on one local day. Two patrols in one cell on one
day, or one patrol crossing it twice, are one visit; the same cell on two days is two. Visited is not searched: a
visit says that someone came through, not what could have been seen.

A walk handed in again as another file (saved by another program, as another format, for another unit) counts once, for
the unit that handed it in first. It is told by the key ``walk`` of its times and place; a copy that was cut, joined or
thinned out has another key and counts again, as does a second device on the same walk.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from eradication.domain import TIMEZONE, Season


@dataclass(frozen=True, slots=True)
class Effort:
    """What was walked."""

    patrols: int
    """Patrols that count: walked, with times, in the season asked for."""
    undated: int
    """Walked tracks without times; they belong to no season and add nothing else."""
    km: float
    """Geodesic length over kept fixes."""
    hours: float
    """Time on the move."""
    km2_visits: int
    """Distinct pairs of grid cell and day."""
    km2: int
    """Distinct grid cells."""


def summarise(patrols: Iterable[Mapping[str, Any]], *, season: Season | None = None, unit: str | None = None) -> Effort:
    """Sum up recorded patrols.

    Args:
        patrols: recorded patrols as JSON objects with ``id, unit, start, end, length_km, hours, kind, total, marked,
            cells`` (ISO day → cells) and ``walk``; one ``id`` and one ``walk`` that is not empty count once, the first
            time they come. Records made before there was a ``walk`` go without.
        season: only patrols that began in it, and of these only the days in it.
        unit: only patrols of this unit.
    """
    walked = [p for p in counted(patrols) if p["kind"] == "track" and unit in (None, p["unit"])]
    dated = [p for p in walked if p["start"] is not None]
    chosen = [p for p in dated if season is None or Season.of(datetime.fromisoformat(p["start"])) == season]
    visits = {(cell, day) for p in chosen for day, cells in p["cells"].items() if is_in(day, season) for cell in cells}
    return Effort(
        patrols=len(chosen),
        undated=sum(1 for p in walked if p["start"] is None and p["total"] > 0),
        km=sum(float(p["length_km"]) for p in chosen),
        hours=round(sum(float(p["hours"]) for p in chosen), 4),
        km2_visits=len(visits),
        km2=len({cell for cell, _ in visits}),
    )


def by_unit(patrols: Iterable[Mapping[str, Any]], *, season: Season | None = None) -> dict[str, Effort]:
    """Return the effort of each unit, by code; the empty code holds patrols whose unit is not known.

    Square-kilometre visits of two units in one cell on one day count for each, so they do not add up to the total.
    """
    known = list(counted(patrols))
    return {unit: summarise(known, season=season, unit=unit) for unit in sorted({p["unit"] for p in known})}


def counted(patrols: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give each patrol once, and of the same walk in several files the one that was recorded first."""
    seen: set[str] = set()
    for patrol in patrols:
        keys = {f"id {patrol['id']}"} | ({f"walk {patrol['walk']}"} if patrol.get("walk") else set())
        if seen.isdisjoint(keys):
            yield patrol
        seen |= keys


def is_in(day: str, season: Season | None) -> bool:
    """Tell whether an ISO day belongs to a season; every day does to ``None``."""
    noon = datetime.combine(date.fromisoformat(day), time(12), TIMEZONE)
    return season is None or Season.of(noon) == season
