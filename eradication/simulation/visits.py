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
    random: float = 0.2
    """Of places the caller gave no selection mode."""


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
    rows: list[Row] = []
    for number, place in enumerate(places, start=1):
        rows += _visit(world, rng, f"SIM{seed:02d}-{number:04d}", place, shares or Shares())
    return rows


def poppy_near(world: World, lon: float, lat: float, radius_m: float) -> TruePlot | None:
    """Return the largest plot that comes within ``radius_m`` of a point, if any."""
    spot = shapely.Point(*world.to_chip(lon, lat))
    near = [p for p in world.plots if p.polygon.distance(spot) <= radius_m]
    return max(near, key=lambda p: p.area_m2) if near else None


def _visit(world: World, rng: np.random.Generator, name: str, place: Mapping[str, object], shares: Shares) -> list[Row]:
    lon, lat = float(str(place["lon"])), float(str(place["lat"]))
    plot = poppy_near(world, lon, lat, float(str(place.get("radius_m", 15.0))))
    unit = str(rng.choice(UNITS))
    base: Row = {
        "visit_id": name,
        "unit": unit,
        "officers": _officers(rng, unit),
        "selection_mode": str(place.get("selection_mode") or ("random" if rng.random() < shares.random else "score")),
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
    day = float(np.clip(plot.sowings[0] + rng.uniform(60, 135), 75.0, 240.0))
    found = base | _at(world, rng, day, "detected") | _measured(rng, plot, day)
    rows = [found]
    if rng.random() >= shares.eradicated:
        return rows
    if rng.random() < shares.partial:
        rows.append(_destroyed(world, rng, base, day, 0.5, "a"))
        day += float(rng.uniform(5, 10))
        rows.append(_destroyed(world, rng, base | {"visit_id": base["visit_id"] + "-2"}, day, 1.0, "b"))
    else:
        rows.append(_destroyed(world, rng, base, day, 1.0, "a"))
    if rng.random() >= shares.verified:
        return rows
    day += float(rng.uniform(14, 28))
    other = str(rng.choice([u for u in UNITS if u[:2] != base["unit"][:2]]))
    check = base | {
        "visit_id": base["visit_id"] + "-K",
        "unit": other,
        "officers": _officers(rng, other),
        "selection_mode": "follow_up",
    }
    if rng.random() < shares.regrown:
        live = {"crop": "opium_poppy", "stage": "rosette", "area_m2": str(max(5, round(0.2 * float(found["area_m2"]))))}
        rows.append(check | _at(world, rng, day, "regrown") | live | {"area_method": "estimate"})
        return rows
    rows.append(check | _at(world, rng, day, "verified") | {"minutes_type": "inspection", "minutes_no": _minutes(rng)})
    return rows


def _measured(rng: np.random.Generator, plot: TruePlot, day: float) -> Row:
    method = "tape" if plot.area_m2 < 500.0 or rng.random() < 0.3 else "gps_track"
    error = rng.normal(1.0, 0.05 if method == "tape" else 0.1)
    area = max(8.0, plot.area_m2 * plot.poppy_share * error)
    full = area < 60.0
    plants = area * plot.plants_per_m2 * (1.0 if full else rng.normal(1.0, 0.15))
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


def _destroyed(world: World, rng: np.random.Generator, base: Row, day: float, share: float, mark: str) -> Row:
    name = base["visit_id"]
    return (
        base
        | _at(world, rng, day, "eradicated")
        | {
            "crop": "opium_poppy",
            "destroyed_fraction": f"{share:g}",
            "destroyed_by": str(rng.choice(["force", "joint", "grower"], p=[0.6, 0.25, 0.15])),
            "method": str(rng.choice(["uproot", "cut"])),
            "minutes_type": "destruction",
            "minutes_no": _minutes(rng),
            "photo_before": f"{name}_{mark}_before.jpg",
            "photo_after": f"{name}_{mark}_after.jpg",
        }
    )


def _at(world: World, rng: np.random.Generator, day: float, outcome: str) -> Row:
    when = datetime.combine(world.date(min(day, 265.0)), time(7), TIMEZONE) + timedelta(minutes=int(rng.integers(600)))
    return {"visited_at": when.isoformat(), "outcome": outcome}


def _minutes(rng: np.random.Generator) -> str:
    return f"{int(rng.integers(1, 400)):03d}/BB-SIM"


def _officers(rng: np.random.Generator, unit: str) -> str:
    first, second = rng.choice(40, 2, replace=False)
    kind = "cb" if unit.startswith("BP") else "ca"
    return f"{kind}-{first + 1:03d};{kind}-{second + 1:03d}"
