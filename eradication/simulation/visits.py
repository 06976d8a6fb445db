"""Visits as units would report them, with the truth behind the outcome and a measuring error on the area."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import shapely

from eradication.domain import TIMEZONE
from eradication.simulation.phenology import LOOK_ALIKES, poppy_stage
from eradication.simulation.plots import TruePlot
from eradication.simulation.recipe import LABEL
from eradication.simulation.world import World

COLUMNS: tuple[str, ...] = (
    "visit_id", "plot_id", "lon", "lat", "x", "y", "crs", "visited_at", "unit", "officers", "selection_mode",
    "inclusion_prob", "outcome", "crop", "look_alike", "stage", "area_m2", "area_method", "plant_count",
    "count_method", "destroyed_fraction", "destroyed_by", "method", "minutes_type", "minutes_no", "photo_before",
    "photo_after", "not_reached_reason", "note",
)  # fmt: skip
"""Columns of a visit table, in this order."""

UNITS: tuple[str, ...] = ("BP01", "BP02", "CA01", "CA02")
"""Codes of the simulated units: two border posts, two commune police posts."""

type Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Shares:
    """How often things happen; all **assumed**."""

    not_reached: float = 0.05
    partial: float = 0.12
    """Of destroyed plots: first half, a week later all."""
    eradicated: float = 0.90
    verified: float = 0.75
    """Of destroyed plots: checked by another unit 14 to 28 days later."""
    regrown: float = 0.06
    """Of checked plots: live plants at the check, destroyed again."""


def write_table(rows: Sequence[Mapping[str, str]], path: Path) -> Path:
    """Write rows as CSV (UTF-8) with the columns of a visit table and return the path."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def visits_for(
    world: World, places: Sequence[Mapping[str, object]], *, seed: int = 0, shares: Shares | None = None
) -> list[Row]:
    """Return the visits that patrols pay to places the caller chose.

    A plot is found from the place nearest to it; another place that reaches the same plot finds nothing of its own.

    Args:
        world: the truth.
        places: each with ``lon``, ``lat`` (degrees), ``radius_m`` searched, and if it is known ``plot_id``; optional
            ``selection_mode`` and ``inclusion_prob``.
        seed: decides who goes when and measures how well.
        shares: how often things happen.

    Returns:
        Rows of a visit table, text values, in the order of the places.
    """
    rng = np.random.default_rng([world.recipe.seed, seed, 77])
    finders = _finders(world, places)
    rows: list[Row] = []
    for number, place in enumerate(places, start=1):
        rows += _visit(world, rng, f"SIM{seed:02d}-{number:04d}", place, finders.get(number - 1), shares or Shares())
    return rows


def chance_finds(
    world: World, places: Sequence[Mapping[str, object]], *, count: int = 3, seed: int = 0
) -> list[dict[str, object]]:
    """Return places of small plots (class C first) that no given place reaches: a patrol stumbles on them.

    Hand them to :func:`visits_for`; they have no ``plot_id``, for no candidate foretold them.
    """
    rng = np.random.default_rng([world.recipe.seed, seed, 78])
    foretold = {plot.id for place in places for plot, _ in _plots_near(world, place)}
    unforetold = [p for p in world.plots if p.id not in foretold]
    order = sorted(rng.permutation(len(unforetold)), key=lambda k: unforetold[k].klass, reverse=True)
    found = []
    for k in order[:count]:
        lon, lat = world.to_lonlat(*unforetold[k].polygon.centroid.coords[0])
        found.append({"lon": lon, "lat": lat, "radius_m": 8.0, "selection_mode": "routine"})
    return found


def _plots_near(world: World, place: Mapping[str, object]) -> list[tuple[TruePlot, float]]:
    """Plots within the radius of a place, each with its distance to the outline and, that equal, to the centre."""
    spot = shapely.Point(*world.to_chip(_number(place, "lon"), _number(place, "lat")))
    radius = _number(place, "radius_m", 15.0)
    near = [p for p in world.plots if p.polygon.distance(spot) <= radius]
    return [(p, p.polygon.distance(spot) + 1e-3 * p.polygon.centroid.distance(spot)) for p in near]


def _finders(world: World, places: Sequence[Mapping[str, object]]) -> dict[int, TruePlot]:
    """Pair places with plots one to one, nearest pairs first."""
    pairs = [(gap, n, plot) for n, place in enumerate(places) for plot, gap in _plots_near(world, place)]
    finders: dict[int, TruePlot] = {}
    taken: set[str] = set()
    for _, n, plot in sorted(pairs, key=lambda pair: pair[:2]):
        if n not in finders and plot.id not in taken:
            finders[n] = plot
            taken.add(plot.id)
    return finders


def _number(place: Mapping[str, object], key: str, default: float = 0.0) -> float:
    return float(str(place.get(key, default)))


def _visit(
    world: World,
    rng: np.random.Generator,
    name: str,
    place: Mapping[str, object],
    plot: TruePlot | None,
    shares: Shares,
) -> list[Row]:
    lon, lat = _number(place, "lon"), _number(place, "lat")
    unit = str(rng.choice(UNITS))
    base: Row = {
        "visit_id": name,
        "unit": unit,
        "officers": _officers(rng, unit),
        "selection_mode": str(place.get("selection_mode") or "score"),
        "note": LABEL,
    }
    if place.get("inclusion_prob") is not None:
        base["inclusion_prob"] = str(place["inclusion_prob"])
    if place.get("plot_id"):
        base["plot_id"] = str(place["plot_id"])
    else:
        base |= {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}
    if rng.random() < shares.not_reached:
        reason = str(rng.choice(["weather", "unreachable", "unsafe"]))
        return [base | _at(world, rng, float(rng.uniform(120, 200)), "not_reached") | {"not_reached_reason": reason}]
    if plot is None:
        cover = world.cover_at(*world.to_chip(lon, lat))
        alike = cover if cover in LOOK_ALIKES else "other"
        return [base | _at(world, rng, float(rng.uniform(110, 205)), "rejected") | {"look_alike": alike}]
    return _story(world, rng, base, plot, shares)


def _story(world: World, rng: np.random.Generator, base: Row, plot: TruePlot, shares: Shares) -> list[Row]:
    """Detected, then mostly destroyed, then mostly checked by another unit."""
    day = float(np.clip(plot.sowings[0] + rng.uniform(60, 135), 75.0, 225.0))
    arrival = _at(world, rng, day, "detected")
    found = base | arrival | _measured(rng, plot, day)
    if rng.random() >= shares.eradicated:
        return [found]
    partial = rng.random() < shares.partial
    # Destroyed on the same visit, one to three hours after it was found.
    done = datetime.fromisoformat(arrival["visited_at"]) + timedelta(minutes=int(rng.integers(60, 180)))
    rows = [found, _destroyed(rng, base, {"visited_at": done.isoformat()}, 0.5 if partial else 1.0)]
    if partial:
        day += float(rng.uniform(5, 10))
        again = base | {"visit_id": base["visit_id"] + "-2", "selection_mode": "follow_up"}
        rows.append(_destroyed(rng, again, _at(world, rng, day, "eradicated"), 1.0))
    if rng.random() < shares.verified:
        rows += _check(world, rng, found, day + float(rng.uniform(14, 28)), shares)
    return rows


def _check(world: World, rng: np.random.Generator, found: Row, day: float, shares: Shares) -> list[Row]:
    """Another unit looks again; sometimes it finds live plants and destroys them."""
    unit = str(rng.choice([u for u in UNITS if u[:2] != found["unit"][:2]]))
    check = {key: found[key] for key in ("plot_id", "lon", "lat", "note") if key in found} | {
        "visit_id": found["visit_id"] + "-K",
        "unit": unit,
        "officers": _officers(rng, unit),
        "selection_mode": "follow_up",
    }
    arrival = _at(world, rng, day, "verified")
    if rng.random() >= shares.regrown:
        return [check | arrival | {"minutes_type": "inspection", "minutes_no": _minutes(rng)}]
    live = str(max(5, round(0.2 * float(found["area_m2"]))))
    grown = {"outcome": "regrown", "crop": "opium_poppy", "stage": "rosette", "area_m2": live, "area_method": "pace"}
    done = datetime.fromisoformat(arrival["visited_at"]) + timedelta(minutes=45)
    return [check | arrival | grown, _destroyed(rng, check, {"visited_at": done.isoformat()}, 1.0)]


def _measured(rng: np.random.Generator, plot: TruePlot, day: float) -> Row:
    method = "tape" if plot.area_m2 < 500.0 or rng.random() < 0.3 else "gps_track"
    error = rng.normal(1.0, 0.05 if method == "tape" else 0.1)
    area = max(8.0, plot.area_m2 * error)
    full = area < 60.0
    plants = area * plot.poppy_share * plot.plants_per_m2 * (1.0 if full else rng.normal(1.0, 0.15))
    return {
        "crop": "opium_poppy",
        "stage": poppy_stage(day - plot.sowings[0]) or "seedling",
        "area_m2": str(round(area)),
        "area_method": method,
        "plant_count": str(max(1, round(plants))),
        "count_method": "full" if full else "quadrat",
        "minutes_type": "detection",
        "minutes_no": _minutes(rng),
    }


def _destroyed(rng: np.random.Generator, base: Row, arrival: Row, share: float) -> Row:
    name = base["visit_id"]
    return (
        base
        | arrival
        | {
            "outcome": "eradicated",
            "crop": "opium_poppy",
            "destroyed_fraction": f"{share:g}",
            "destroyed_by": str(rng.choice(["force", "joint", "grower"], p=[0.6, 0.25, 0.15])),
            "method": str(rng.choice(["uproot", "cut"])),
            "minutes_type": "destruction",
            "minutes_no": _minutes(rng),
            "photo_before": f"{name}_before.jpg",
            "photo_after": f"{name}_after.jpg",
        }
    )


def _at(world: World, rng: np.random.Generator, day: float, outcome: str) -> Row:
    when = datetime.combine(world.date(min(day, 265.0)), time(7), TIMEZONE) + timedelta(minutes=int(rng.integers(480)))
    return {"visited_at": when.isoformat(), "outcome": outcome}


def _minutes(rng: np.random.Generator) -> str:
    return f"{int(rng.integers(1, 400)):03d}/BB-SIM"


def _officers(rng: np.random.Generator, unit: str) -> str:
    first, second = rng.choice(40, 2, replace=False)
    kind = "cb" if unit.startswith("BP") else "ca"
    return f"{kind}-{first + 1:03d};{kind}-{second + 1:03d}"
