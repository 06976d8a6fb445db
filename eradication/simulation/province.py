"""A simulated province on cells of 250 m: what is assumed of it, all in one table, and its ground put together.

Nothing here is measured of the real province but the outlines of its communes, where they are given in. Heights,
rivers, roads, villages, forest and every plot are made up (mô phỏng / simulated), to compare ways of patrolling on the
same made-up ground. What the figures rest on stands in :class:`Assumptions`; the truth it describes is drawn anew for
every province, so that no model fits it by construction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from eradication.simulation import province_ground as ground
from eradication.simulation.province_grid import CELL_M, Grid, gridded
from eradication.simulation.terrain import smooth_noise

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything a simulated province rests on. None of it is measured in Sơn La unless a source is named."""

    plots: float = 300.0
    """Plots that stand in a season of the whole province, found or not, on average; assumed (setting ``[risk] plots``).
    What is *found* with some hundred patrol days is 10 to 50, as is reported of provinces."""
    year_sigma: float = 0.2
    """Standard deviation of the logarithm of a season's number."""
    median_m2: float = 290.0
    """Median area of a plot: ten publicly reported finds."""
    sigma_ln: float = 1.2
    """Log-normal: 6 % of plots are class A (≥ 2 000 m²), 39 % B, 55 % C (< 350 m²)."""
    weight_mean: Mapping[str, float] | None = None
    """Mean of each true weight by factor; ``None`` = :data:`WEIGHTS`. ``{}`` = no factor matters, all is noise."""
    weight_doubt: float = 0.5
    """Each province draws its true weights: mean · (1 + doubt · normal). About one in forty has the wrong sign."""
    noise_sd: float = 0.8
    """Deviation of the log intensity that no factor explains: custom, kin, traders; correlated in space."""
    noise_km: float = 8.0
    """Longest wavelength of that noise that still gains power."""
    reuse: tuple[float, ...] = (0.25, 0.10, 0.05)
    """Chance that a place is planted again one, two, three seasons after it was last; assumed. It does not depend on
    whether the place was found: every policy meets the same plots."""
    reuse_shift_m: float = 60.0
    """A place planted again lies so far from where it was (deviation of each coordinate)."""
    recall: tuple[float, float, float] = (0.9, 0.65, 0.0)
    """Share of plots of class A, B, C that become a satellite candidate: 0.69 of A+B."""
    false_candidates: float = 4800.0
    """False candidates of a season, near swidden and fields: 340 per 1 000 km²."""
    area_error_ln: float = 0.3
    """Deviation of the logarithm of a true candidate's outlined area from that of the plot."""
    false_median_m2: float = 600.0
    """Median outlined area of false candidates; true ones have about 900 m², for small plots are not seen."""
    false_sigma_ln: float = 0.6
    """Its spread: large outlines are thus rather true than false. Where they are not, plans gain less."""
    score_gap: float = 1.8
    """Mean score of true candidates above that of false ones, in standard deviations. With the two assumptions before
    it this is the curve that docs/accuracy.md measured on a simulated province (trained on one season): 40 false
    candidates per 1 000 km² at a recall of A+B of 0.5, 339 at 0.7."""
    stage_known: float = 0.8
    """Chance that images tell early from late sowing of a true candidate rightly."""
    tips: float = 0.15
    """Share of plots that someone tells of; assumed so that patrols by habit find 10 plots a season and more, as is
    reported of provinces."""
    tip_error_m: float = 150.0
    """How far off a tip's place is (deviation of each coordinate)."""
    false_tips: float = 1.0
    """False tips for each true one; near villages."""
    early_share: float = 0.5
    """Share of plots sown early (setting ``[effort] early_share``)."""
    cut_days: float = 10.0
    """Deviation of the day on which a plot is cleared round the calendar's last day with capsules."""
    paths: int = 4
    """Footpaths that lead from each village to its fields; assumed."""
    path_km: float = 2.5
    """How long each is, at most."""
    villages_km2: float = 0.16
    """Villages per km²."""
    open_m: float = 30.0
    """Half-width of the strip a patrol searches in the open (setting ``[effort] strip_open_m``)."""
    forest_m: float = 10.0
    """The same in forest."""


WEIGHTS: Mapping[str, float] = {
    "height": 1.2,
    "slope": 0.8,
    "sun": 0.3,
    "forest_edge": 0.8,
    "hidden": 1.0,
    "far_from_road": 1.0,
    "border": 1.0,
    "water": 0.4,
    "swidden": 1.0,
}
"""Mean log-linear weight of each shape of :func:`suitability` (0 to 1 each); **assumed**, from what is told of finds:
800 to 1 500 m up, hours on foot from villages and roads, towards the border, at the forest's edge."""


@dataclass(frozen=True, slots=True, eq=False)
class Province:
    """The ground of a simulated province; arrays of cells have shape (cell,), ascending by row and column."""

    assumptions: Assumptions
    grid: Grid
    land: ground.Land
    raw: Mapping[str, Floats]
    """What a risk model may know of each cell, by the names of its factors; no truth is in it."""
    log_intensity: Floats
    """Truth: of new plots, up to a constant; -inf where none can be."""
    weights: Mapping[str, float]
    """Truth: as drawn for this province."""
    seed: int

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return len(self.grid.row)

    @property
    def xy(self) -> Floats:
        """Middles of the cells, EPSG:32648, shape (cell, 2)."""
        return self.grid.xy(self.grid.row, self.grid.col)


def suitability(raw: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the shapes, 0 to 1, that the truth is made of. They are not the transforms of any risk model."""
    hidden = np.exp(-0.5 * (np.log(np.maximum(raw["village_m"], 125.0) / 2500.0) / 0.7) ** 2)
    return {
        "height": np.exp(-(((raw["elevation_m"] - 1150.0) / 350.0) ** 2)),
        "slope": np.exp(-(((raw["slope_deg"] - 20.0) / 9.0) ** 2)),
        "sun": np.clip(raw["sun_january"], 0.0, 1.0),
        "forest_edge": np.exp(-raw["forest_edge_m"] / 400.0),
        "hidden": hidden,
        "far_from_road": -np.expm1(-raw["road_m"] / 2000.0),
        "border": np.exp(-raw["border_m"] / 15000.0),
        "water": np.exp(-raw["river_m"] / 800.0),
        "swidden": raw["swidden_share"],
    }


def build(communes: Sequence[BaseGeometry], assumptions: Assumptions | None = None, *, seed: int = 0) -> Province:
    """Return a simulated province within the outlines of communes.

    Args:
        communes: outlines in EPSG:32648 that do not overlap; real ones or made-up ones.
        assumptions: ``None`` = as they stand.
        seed: of ground and truth.
    """
    own = assumptions or Assumptions()
    rng = np.random.default_rng([seed, 8])
    grid = gridded(communes)
    land = ground.build(rng, grid, own.villages_km2, (own.paths, own.path_km))
    raw = ground.raw(land, grid)
    mean = WEIGHTS if own.weight_mean is None else own.weight_mean
    weights = {name: value * (1.0 + own.weight_doubt * float(rng.standard_normal())) for name, value in mean.items()}
    side = max(grid.inside.shape)
    noise = smooth_noise(rng, side, 3.0, 2.0, own.noise_km * 1000.0 / CELL_M)[grid.row, grid.col]
    shapes = suitability(raw)
    truth = own.noise_sd * noise + sum((value * shapes[name] for name, value in weights.items()), np.zeros(len(noise)))
    built = land.river[grid.inside] | land.road[grid.inside] | land.village[grid.inside]
    return Province(own, grid, land, raw, np.where(built, -np.inf, truth), weights, seed)
