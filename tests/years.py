"""Ten simulated seasons of twelve units on five laptops: what really happened, handed in late, twice and in any order.

Not a simulation of poppy, only of paperwork: places, walks, forms. Made without a replay in between, so that thousands
of events cost nothing.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shapely.geometry import box
from shapely.geometry.base import BaseGeometry
from worlds import HERE, east, visit

from eradication.domain import AreaMethod, Event, EventKind, Json
from eradication.domain.event import GENESIS
from eradication.geo import area_m2
from eradication.history.naming import plot_id_of_visit
from eradication.history.payload import geojson, visit_json

UNITS = tuple(f"U{number:02d}" for number in range(1, 13))
ORIGINS = tuple(f"laptop-{number}" for number in range(1, 6))
FIRST_YEAR, SEASONS = 2016, 10
END = datetime(2026, 8, 1, tzinfo=UTC)


@dataclass
class Years:
    """Events so far."""

    random: random.Random
    events: list[Event] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    outlines: dict[tuple[str, int], BaseGeometry] = field(default_factory=dict)
    """Walked outline by plot and season."""

    def record(self, origin: str, happened_at: datetime, payload: dict[str, Json]) -> None:
        """Append a visit, entered up to sixty days later."""
        number = self.numbers[origin] = self.numbers.get(origin, 0) + 1
        entered = happened_at + timedelta(hours=self.random.choice([2, 20, 200, 1400]), seconds=number)
        kind = EventKind.VISIT_RECORDED
        self.events.append(Event(origin, number, kind, happened_at, entered, payload, GENESIS, f"{origin}{number}"))

    def row(self, plot_id: str, outcome: str, unit: str, at: datetime, **fields: Any) -> None:
        """A unit hands in a row on its own laptop; now and then it is handed in again on another one."""
        place = fields.pop("place", None)
        row = visit(
            outcome,
            None,
            plot_id=plot_id,
            unit=unit,
            officers=(f"{unit}-1", f"{unit}-2"),
            visited_at=at,
            visit_id=f"{unit}-{len(self.events)}",
            **fields,
        )
        payload: dict[str, Json] = {
            "visit": visit_json(row),
            "plot_id": plot_id,
            "founding": place is not None,
            "code": "",
            "ambiguous_with": [],
        }
        if place is not None:
            payload["geometry"] = geojson(place)
        for origin in self.random.sample(ORIGINS, 2 if self.random.random() < 0.1 else 1):
            self.record(origin, at, payload)


def years(seed: int, plots: int = 60) -> Years:
    """Simulate ten seasons.

    Args:
        seed: of everything.
        plots: places; neighbours overlap, some straddle the line between the two communes, some are sown again.
    """
    told = Years(random.Random(seed))
    for number in range(plots):
        _live(told, number)
    return told


def _live(told: Years, number: int) -> None:
    chance = told.random
    # Eighteen metres apart: neighbours overlap, yet too little to be one place (IoU < 0.2).
    centre = east(7_000.0 + 900.0 * (number // 2) + 18.0 * (number % 2), HERE)
    found = plot_id_of_visit(visit("detected", centre, visit_id=f"first-{number}", unit=UNITS[number % 12]))
    for season in sorted(chance.sample(range(FIRST_YEAR, FIRST_YEAR + SEASONS), chance.choice([1, 1, 2, 4]))):
        half = 0.00008 + 0.00001 * chance.randrange(5)  # walked anew each season
        outline = box(centre[0] - half, centre[1] - half / 2, centre[0] + half, centre[1] + half / 2)
        _season(told, found, season, outline)


def _season(told: Years, plot_id: str, season: int, outline: BaseGeometry) -> None:
    chance = told.random
    unit, other = chance.sample(UNITS, 2)
    at = datetime(season, 11, 1, 2, tzinfo=UTC) + timedelta(days=chance.randrange(150), minutes=chance.randrange(600))
    told.outlines[plot_id, season] = outline
    area = {"area_m2": area_m2(outline), "area_method": AreaMethod.TAPE, "plant_count": chance.choice([None, 900])}
    told.row(plot_id, "detected", unit, at, place=outline, **area)
    for outcome in chance.choice(["", "e", "ev", "ev", "evr", "evrev", "h", "ee"]):
        at += timedelta(days=1 + chance.randrange(20), minutes=1)
        if outcome == "e":
            told.row(plot_id, "eradicated", unit, at, destroyed_fraction=chance.choice([None, 0.3, 0.7, 1.0]))
        if outcome == "v":
            told.row(plot_id, "verified", other, at)
        if outcome == "r":
            told.row(plot_id, "regrown", other, at, area_m2=float(chance.randrange(1, 90)))
        if outcome == "h":
            told.row(plot_id, "harvested", unit, at)
