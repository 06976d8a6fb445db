"""What a way of patrolling knows: its own finds and search of earlier seasons, and the risk surface they give."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from eradication.config import Risk
from eradication.risk import factors, surface
from eradication.simulation.province import Province
from eradication.simulation.province_grid import CELL_M
from eradication.simulation.province_walks import Diary

KERNEL_M = 300.0
"""Deviation of the kernel round an earlier plot."""
TIP_M = 500.0
FADING = 0.7
"""An earlier plot weighs so much less with every season."""
BANDS = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Lower edges of the bands of the satellite's score."""
BELIEF, BELIEF_VISITS = 0.15, 20.0
"""Before any visit, a candidate is thought to be confirmed with 0.15 · score, worth 20 visits; assumed."""
MEDIAN_M2, SIGMA, BELIEF_PLOTS = 300.0, 1.0, 10.0
"""Belief about areas before any find: log-normal, worth 10 plots."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(slots=True, eq=False)
class History:
    """Earlier seasons of one way of patrolling in one province, the oldest first."""

    places: list[Floats] = field(default_factory=list)
    """Of the plots found in each, shape (plot, 2)."""
    areas: list[Floats] = field(default_factory=list)
    rows: list[tuple[Ints, factors.Design, Floats, Floats]] = field(default_factory=list)
    """Of each: searched cells, described as before its walks, p, finds by search."""
    visits: Floats = field(default_factory=lambda: np.zeros((2, len(BANDS))))
    """Visits to candidates and confirmed ones, by band of score."""
    area_visited: Floats = field(default_factory=lambda: np.zeros(2))

    def copy(self) -> "History":
        """Return a history that goes on by itself."""
        return History(list(self.places), list(self.areas), list(self.rows), self.visits.copy())

    def after(self, diary: Diary) -> None:
        """Take up a season that is over."""
        described = describe(diary.province, self, diary, diary.year.season.last_day.toordinal())
        cell = np.flatnonzero(diary.p > 0)
        # A find at a candidate is no find of the search: its cell says nothing of what a search finds there.
        at_candidate = diary.year.candidates.cell[diary.visited]
        cell = cell[~np.isin(cell, at_candidate)]
        part = factors.Design(described.names, described.x[cell], described.missing)
        self.rows.append((cell, part, diary.p[cell], diary.finds()[cell]))
        self.places.append(diary.year.plots.xy[diary.found])
        self.areas.append(diary.year.plots.area_m2[diary.found])
        self.visits = self.visits + visits_by_band(diary)

    def mean_area_m2(self) -> float:
        """Expected area of a plot: log-normal, what was found added to the belief."""
        logs = np.log(np.concatenate([*self.areas, np.empty(0)]))
        mean = (BELIEF_PLOTS * np.log(MEDIAN_M2) + logs.sum()) / (BELIEF_PLOTS + len(logs))
        variance = (BELIEF_PLOTS * SIGMA**2 + ((logs - mean) ** 2).sum()) / (BELIEF_PLOTS + len(logs))
        return float(np.exp(mean + variance / 2.0))


def band(score: Floats) -> Ints:
    """Return the band of each score."""
    return np.asarray(np.searchsorted(BANDS, score, side="right") - 1, np.int64)


def visits_by_band(diary: Diary) -> Floats:
    """Return visits and confirmed candidates of a season by band of score, shape (2, band)."""
    own = diary.year.candidates
    counts = [np.bincount(band(own.score[mask]), minlength=len(BANDS)) for mask in (diary.visited, diary.confirmed)]
    return np.array(counts, float)


def confirmed_chance(history: History, diary: Diary) -> Floats:
    """Return how likely each candidate of the season is confirmed, from visits so far to its band."""
    visits, found = history.visits + visits_by_band(diary)
    score = diary.year.candidates.score
    of = band(score)
    return (BELIEF_VISITS * BELIEF * score + found[of]) / (BELIEF_VISITS + visits[of])


def raw(province: Province, history: History, diary: Diary, day: int) -> dict[str, Floats | None]:
    """Return what is known of each cell on a day, by the names of the risk model's factors."""
    xy, year = province.xy, diary.year
    out: dict[str, Floats | None] = dict(province.raw)
    # Flow and aspect are known; which cells hold plots is not.
    places = np.vstack([*history.places, np.empty((0, 2))])
    if len(places):
        seasons = len(history.places)
        weight = np.concatenate([np.full(len(p), FADING ** (seasons - 1 - k)) for k, p in enumerate(history.places)])
        far, _ = cKDTree(places).query(xy)
        out["past_near_m"] = np.maximum(far - CELL_M / 2.0, 0.0)
        out["past_density"] = kernel(xy, places, weight, KERNEL_M)
    told = year.tips.day <= day
    if told.any():
        out["tips_density"] = kernel(xy, year.tips.xy[told], np.ones(int(told.sum())), TIP_M)
    satellite = np.zeros(province.cells)
    np.maximum.at(satellite, year.candidates.cell, year.candidates.score)
    out["satellite"] = satellite
    return out


def kernel(xy: Floats, places: Floats, weight: Floats, width_m: float) -> Floats:
    """Return the sum of bells of height ``weight`` round places, cut at three deviations, shape (n,)."""
    out = np.zeros(len(xy))
    near = cKDTree(xy).query_ball_point(places, 3.0 * width_m)
    for place, own, cells in zip(places, weight, near, strict=True):
        d2 = ((xy[cells] - place) ** 2).sum(axis=1)
        out[cells] += own * np.exp(-d2 / (2.0 * width_m**2))
    return out


def describe(province: Province, history: History, diary: Diary, day: int) -> factors.Design:
    """Describe every cell for the risk model as known on a day."""
    return factors.describe(raw(province, history, diary, day))


def fitted(province: Province, history: History, design: factors.Design, settings: Risk) -> surface.Fit:
    """Fit the risk surface to all that was searched in earlier seasons."""
    prior = surface.expert(design.names, settings.plots * province.cells / 226_000.0, design.x)
    size = (0, len(design.names))
    x = np.vstack([*(part.of(design.names) for _, part, _, _ in history.rows), np.empty(size)])
    p, finds = (np.concatenate([*(row[k] for row in history.rows), np.empty(0)]) for k in (2, 3))
    return surface.fit(surface.Rows(x, p, finds), design.names, prior, settings.least_finds)
