"""Poppy plots: tiny, irregular, often mixed; each an exact polygon that becomes area fractions of pixels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from shapely import affinity

from eradication.domain import Detectability, detectability
from eradication.simulation.landscape import ZONES
from eradication.simulation.phenology import draw_sowing
from eradication.simulation.recipe import Recipe
from eradication.simulation.terrain import PIXEL_M

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]

ZONE_SHARE: dict[str, float] = {"swidden": 0.40, "forest": 0.25, "slope": 0.15, "garden": 0.12, "valley": 0.08}
BEFORE: dict[str, str] = {
    "swidden": "shrub",
    "forest": "forest",
    "slope": "maize_full",
    "garden": "weeds",
    "valley": "weeds",
}
"""Cover state of a site in the wet season before it is cleared, by zone."""
COLOURS, COLOUR_SHARE = ("white", "pink", "purple"), (0.5, 0.25, 0.25)
MIXES = ("with_mustard", "with_maize", "staggered")


@dataclass(frozen=True, slots=True)
class TruePlot:
    """One poppy plot as it really is."""

    id: str
    polygon: shapely.Polygon
    """Chip metres: x east, y **south** of the upper left corner."""
    area_m2: float
    zone: str
    mix: str
    """``pure``, ``with_mustard``, ``with_maize`` or ``staggered``."""
    poppy_share: float
    """Share of the plot's area under poppy, all sowings together."""
    sowings: tuple[float, ...]
    """Sowing days from 1 September, one per part."""
    shares: tuple[float, ...]
    """Share of the plot's area of each sowing; sums to ``poppy_share``."""
    colour: str
    plants_per_m2: float

    @property
    def klass(self) -> Detectability:
        """Detectability class of the whole plot."""
        return detectability(self.area_m2)


def draw(rng: np.random.Generator, recipe: Recipe, zone: Ints, season_shift: float) -> tuple[TruePlot, ...]:
    """Place the plots of one season; they do not overlap and keep away from the chip's border."""
    areas = recipe.median_m2 * np.exp(recipe.sigma_ln * rng.standard_normal(recipe.plot_count))
    reachable = _reachable(zone)
    plots: list[TruePlot] = []
    taken = np.empty((0, 3))
    for number, area in enumerate(areas, start=1):
        name, place = _place(rng, zone, reachable, taken, area)
        polygon = affinity.translate(_shape(rng, float(area)), *place)
        taken = np.vstack([taken, [*place, np.sqrt(area)]])
        plots.append(_grow(rng, recipe, f"SIM-{number:03d}", polygon, name, season_shift))
    return tuple(plots)


def _reachable(zone: Ints) -> npt.NDArray[np.bool_]:
    """Pixels outside closed forest: forest only within 120 m of its edge; never near the chip's border."""
    depth = ndimage.distance_transform_edt(zone == ZONES.index("forest"))
    good = depth * PIXEL_M < 120.0
    margin = 8 if zone.shape[0] >= 64 else 4
    border = np.zeros_like(good)
    border[margin:-margin, margin:-margin] = True
    return np.asarray(good & border, bool)


def _place(
    rng: np.random.Generator, zone: Ints, reachable: npt.NDArray[np.bool_], taken: Floats, area: float
) -> tuple[str, Floats]:
    """Return zone and centre of a free place; on a crowded chip the freest of many tries."""
    names = [name for name in ZONE_SHARE if (reachable & (zone == ZONES.index(name))).any()]
    if not names:
        reachable, names = np.ones_like(reachable), [ZONES[int(zone[0, 0])]]
    share = np.array([ZONE_SHARE[name] for name in names])
    best, best_gap = ("", np.zeros(2)), -np.inf
    for _ in range(60):
        name = str(rng.choice(names, p=share / share.sum()))
        rows, cols = np.nonzero(reachable & (zone == ZONES.index(name)))
        k = rng.integers(len(rows))
        place = (np.array([cols[k], rows[k]]) + rng.random(2)) * PIXEL_M
        gap = np.min(np.hypot(*(taken[:, :2] - place).T) - taken[:, 2] - np.sqrt(area), initial=np.inf)
        if gap > best_gap:
            best, best_gap = (name, place), gap
        if gap > 25.0:
            break
    return best


def _shape(rng: np.random.Generator, area: float) -> shapely.Polygon:
    """An elongated, lobed outline of exactly ``area`` m² round the origin."""
    angle = np.linspace(0.0, 2.0 * np.pi, 33)[:-1]
    radius = np.ones_like(angle)
    for k in (2, 3, 4, 5):
        radius += rng.normal(0.0, 0.16 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    stretch, turn = np.sqrt(rng.uniform(1.0, 2.8)), rng.uniform(0, np.pi)
    x, y = radius * np.cos(angle) * stretch, radius * np.sin(angle) / stretch
    xy = np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])
    raw = shapely.Polygon(xy)
    return shapely.Polygon(xy * np.sqrt(area / raw.area))


def _grow(
    rng: np.random.Generator, recipe: Recipe, name: str, polygon: shapely.Polygon, zone: str, season_shift: float
) -> TruePlot:
    mix = str(rng.choice(MIXES)) if rng.random() < recipe.mixed_share else "pure"
    sowing = draw_sowing(rng, season_shift)
    sowings: tuple[float, ...] = (sowing,)
    shares: tuple[float, ...] = (1.0,)
    if mix == "staggered":
        first = float(rng.uniform(0.35, 0.65))
        sowings, shares = (sowing, min(sowing + float(rng.uniform(18, 40)), 150.0)), (first, 1.0 - first)
    elif mix != "pure":
        shares = (float(rng.uniform(0.35, 0.7)),)
    colour = str(rng.choice(COLOURS, p=COLOUR_SHARE))
    plants = float(np.clip(rng.normal(15.0, 3.5), 6.0, 26.0))
    return TruePlot(name, polygon, float(polygon.area), zone, mix, sum(shares), sowings, shares, colour, plants)


def pixel_fractions(polygon: shapely.Polygon, size: int) -> tuple[Ints, Floats]:
    """Return flat pixel numbers and the exact share of each that ``polygon`` (chip metres) covers."""
    x0, y0, x1, y1 = np.clip(np.array(polygon.bounds) / PIXEL_M, 0, size)
    cols = np.arange(int(x0), min(int(np.ceil(x1)), size))
    rows = np.arange(int(y0), min(int(np.ceil(y1)), size))
    rr, cc = (a.ravel() for a in np.meshgrid(rows, cols, indexing="ij"))
    boxes = shapely.box(cc * PIXEL_M, rr * PIXEL_M, (cc + 1) * PIXEL_M, (rr + 1) * PIXEL_M)
    share = shapely.area(shapely.intersection(boxes, polygon)) / PIXEL_M**2
    hit = share > 0.0
    return (rr * size + cc)[hit].astype(np.int64), np.asarray(share[hit], float)
