"""Who grows what where: zones by terrain, small irregular fields, and for each field its own calendar and vigour."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import cKDTree

from eradication.simulation.phenology import CROPS
from eradication.simulation.terrain import Terrain, smooth_noise

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]

SUB = 4
"""Fields are drawn on a grid this much finer than 10 m, then become area fractions of pixels."""

HAMLET_PX = 60.0
"""Patchworks of use repeat at about this distance, in pixels."""

ZONES: tuple[str, ...] = ("forest", "swidden", "slope", "valley", "garden")

FIELD_M2: dict[str, float] = {"forest": 9000.0, "swidden": 2200.0, "slope": 1100.0, "valley": 800.0, "garden": 330.0}
"""Mean field area by zone: farmland here is patchy, and gardens are as small as poppy plots."""

MENU: dict[str, dict[str, float]] = {
    "forest": {"forest": 0.93, "swidden_regrowth": 0.05, "grass": 0.02},
    "swidden": {
        "swidden_regrowth": 0.56, "maize": 0.20, "grass": 0.08, "forest": 0.07, "mustard_greens": 0.04,
        "spring_maize": 0.05,
    },
    "slope": {
        "maize": 0.40, "spring_maize": 0.12, "swidden_regrowth": 0.13, "coffee": 0.08, "plum_blossom": 0.12,
        "mustard_greens": 0.05, "winter_vegetables": 0.02, "grass": 0.08,
    },
    "valley": {
        "rice": 0.45, "winter_vegetables": 0.12, "mustard_greens": 0.09, "maize": 0.15, "grass": 0.08, "built": 0.05,
        "plum_blossom": 0.05, "ornamental_flowers": 0.01,
    },
    "garden": {
        "mustard_greens": 0.32, "winter_vegetables": 0.28, "built": 0.13, "plum_blossom": 0.10, "maize": 0.09,
        "ornamental_flowers": 0.05, "grass": 0.03,
    },
}  # fmt: skip
"""Shares of crops by zone; **assumed**, no survey stands behind them."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Pieces of land with one calendar each; arrays of shape (unit,)."""

    calendar: Ints
    """Index into ``World.calendars``."""
    start: Floats
    """Day (from 1 September) to which the calendar is relative."""
    pace: Floats
    """Above 1 = develops more slowly."""
    vigour: Floats
    """Share of the canopy; the rest shows moist soil."""
    gain: Floats
    """Brightness factor by band, shape (unit, band)."""


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Every field but poppy."""

    units: Units
    crop: tuple[str, ...]
    """Land cover of each unit."""
    label: Ints
    """Unit of each sub-cell, shape (y·SUB, x·SUB)."""
    zone: Ints
    """Index into :data:`ZONES` on the 10 m grid, shape (y, x)."""


def all_calendars() -> tuple[tuple[str, int], ...]:
    """Return (crop, variant) of every calendar in the order of their indices."""
    return tuple((crop, k) for crop, variants in CROPS.items() for k in range(len(variants)))


def zones(rng: np.random.Generator, terrain: Terrain) -> Ints:
    """Return the zone of every pixel: forest on heights and steep ground, fields below, gardens in the valleys."""
    size = terrain.slope.shape[0]
    height = (terrain.elevation_m - terrain.elevation_m.mean()) / (terrain.elevation_m.std() + 1e-9)
    wild = 0.8 * height + 1.6 * (terrain.slope - 0.3) + 0.7 * smooth_noise(rng, size, 2.6, 8.0, HAMLET_PX)
    zone = np.full((size, size), ZONES.index("slope"))
    forest, swidden, valley = np.quantile(wild, [0.58, 0.42, 0.17])
    zone[wild > swidden] = ZONES.index("swidden")
    zone[wild > forest] = ZONES.index("forest")
    zone[wild < valley] = ZONES.index("valley")
    homes = smooth_noise(rng, size, 2.4, 8.0, HAMLET_PX)
    low = zone == ZONES.index("valley")
    if low.any():
        zone[low & (homes > np.quantile(homes[low], 0.72))] = ZONES.index("garden")
    return zone


def build(rng: np.random.Generator, terrain: Terrain, season_shift: dict[str, float]) -> Fields:
    """Return fields drawn as warped Voronoi cells, each with a crop of its zone's menu.

    Args:
        rng: source of randomness.
        terrain: hills.
        season_shift: days by which this season is late, by crop.
    """
    size = terrain.slope.shape[0]
    zone = zones(rng, terrain)
    density = np.array([100.0 / FIELD_M2[z] for z in ZONES])[zone]
    rows, cols = np.nonzero(rng.random((size, size)) < density)
    if len(rows) == 0:
        rows, cols = np.array([size // 2]), np.array([size // 2])
    seeds = np.column_stack([rows, cols]) + rng.random((len(rows), 2))
    label = _label(rng, size, seeds)
    crop = _choose_crops(rng, size, rows, cols, zone[rows, cols])
    return Fields(_units(rng, crop, season_shift), tuple(crop), label, zone)


def _label(rng: np.random.Generator, size: int, seeds: Floats) -> Ints:
    axis = (np.arange(size * SUB) + 0.5) / SUB
    yy, xx = np.meshgrid(axis, axis, indexing="ij")
    # Bent coordinates make the straight Voronoi edges irregular, as field borders are.
    for grid in (yy, xx):
        bend = smooth_noise(rng, size, 2.5, 3.0)
        grid += 0.6 * np.repeat(np.repeat(bend, SUB, 0), SUB, 1)
    _, nearest = cKDTree(seeds).query(np.column_stack([yy.ravel(), xx.ravel()]))
    return np.asarray(nearest, np.int64).reshape(yy.shape)


def _choose_crops(rng: np.random.Generator, size: int, rows: Ints, cols: Ints, zone: Ints) -> list[str]:
    names = list(CROPS)
    # Orchards, coffee and vegetable quarters clump: each crop has its own patchwork of preference.
    liking = np.column_stack([np.exp(1.0 * smooth_noise(rng, size, 2.4, 8.0, HAMLET_PX)[rows, cols]) for _ in names])
    share = np.array([[MENU[z].get(n, 0.0) for n in names] for z in ZONES])[zone] * liking
    share[:, names.index("forest")] = np.array([MENU[z].get("forest", 0.0) for z in ZONES])[zone]
    cumulative = np.cumsum(share, axis=1)
    draw = rng.random(len(rows)) * cumulative[:, -1]
    return [names[k] for k in (cumulative < draw[:, None]).sum(axis=1)]


def _units(rng: np.random.Generator, crop: list[str], season_shift: dict[str, float]) -> Units:
    index = {key: i for i, key in enumerate(all_calendars())}
    calendar, start = np.empty(len(crop), np.int64), np.empty(len(crop))
    pick, shift = rng.random(len(crop)), rng.standard_normal(len(crop))
    for i, name in enumerate(crop):
        variants = CROPS[name]
        edge = np.cumsum([v.share for v in variants])
        k = min(int(np.searchsorted(edge / edge[-1], pick[i])), len(variants) - 1)
        mean, deviation = variants[k].start
        calendar[i] = index[name, k]
        start[i] = mean + deviation * shift[i] + season_shift.get(name, 0.0)
    moves = np.array([CROPS[n][k].moves for n, k in all_calendars()])[calendar]
    return vary(rng, calendar, start, np.where(moves, 0.07, 0.0))


def vary(rng: np.random.Generator, calendar: Ints, start: Floats, pace_deviation: float | Floats) -> Units:
    """Give every unit its own pace, vigour and brightness."""
    n = len(calendar)
    tilt = rng.normal(0.0, 0.02, (n, 10)) + rng.normal(0.0, 0.07, (n, 1))
    return Units(
        calendar,
        start,
        np.exp(rng.standard_normal(n) * pace_deviation),
        np.clip(rng.beta(8.0, 1.4, n), 0.4, 1.0),
        np.exp(tilt),
    )


def fractions(label: Ints, units: int) -> sparse.csr_array:
    """Return the share of each unit in each 10 m pixel, shape (pixel, unit), rows sum to 1."""
    size = label.shape[0] // SUB
    pixel = np.arange(size * size).reshape(size, size)
    pixel = np.repeat(np.repeat(pixel, SUB, 0), SUB, 1)
    weight = np.full(label.size, 1.0 / SUB**2)
    return sparse.csr_array((weight, (pixel.ravel(), label.ravel())), shape=(size * size, units))
