"""What a way of patrolling knows: its own finds and search of earlier seasons, and the risk surface they give."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from eradication.config.planning import Risk
from eradication.pipeline.risk.past import KERNEL_M
from eradication.risk import confirming, crowding, factors, posterior, reuse, surface
from eradication.simulation.province import Province
from eradication.simulation.province_grid import CELL_M
from eradication.simulation.province_walks import LOOK_ROUND_M, Diary

TIP_M = 500.0
"""How far off tips here are told; on record each tip says so itself."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """The candidates of one season as known before any visit, and what became of them; arrays of shape (candidate,)."""

    ground: factors.Design
    """Of the cells that hold them."""
    score: Floats
    area_m2: Floats
    visited: npt.NDArray[np.bool_]
    confirmed: npt.NDArray[np.bool_]
    cell: Ints

    @classmethod
    def of(cls, diary: Diary, design: factors.Design) -> "Listed":
        """Take them from a diary; ``design`` describes every cell."""
        own = diary.year.candidates
        ground = factors.Design(design.names, design.x[own.cell], design.missing)
        return cls(ground, own.score, own.area_m2, diary.visited.copy(), diary.confirmed.copy(), own.cell)

    def looks(self, fit: surface.Fit, usual: float, crowd: Floats) -> confirming.Looks:
        """Describe them for the model of confirmation; ``crowd`` is that of every cell."""
        x = self.ground.of(fit.names)
        risk = confirming.without_satellite(fit.names, x, fit.mean)
        ground = confirming.Ground(risk, crowd[self.cell], crowding.kind(fit.names, x))
        return confirming.Looks.of(self.score, self.area_m2, usual, ground)


@dataclass(slots=True, eq=False)
class History:
    """Earlier seasons of one way of patrolling in one province, the oldest first."""

    places: list[Floats] = field(default_factory=list)
    """Of the plots found in each, shape (plot, 2)."""
    areas_by_search: list[Floats] = field(default_factory=list)
    """Of the plots that searches found, which nothing had foretold."""
    rows: list[tuple[Ints, factors.Design, Floats, Floats]] = field(default_factory=list)
    """Of each: searched cells, described as before its walks, p, finds by search."""
    listed: list[Listed] = field(default_factory=list)
    """Candidates of each."""

    known_m: Floats = field(default_factory=lambda: np.empty((0, 2)))
    """All places, the oldest first, shape (place, 2)."""
    last: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """Season in which each was found."""
    looked: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    """Whether a patrol went back to it this season."""
    returns: Floats = field(default_factory=lambda: np.zeros(2))
    """Returns to old places, each counted by its age, and those where poppy was found again."""

    def copy(self) -> "History":
        """Return a history that goes on by itself."""
        own = History(list(self.places), list(self.areas_by_search), list(self.rows))
        own.listed = list(self.listed)
        own.known_m, own.last, own.looked = self.known_m, self.last, self.looked.copy()
        own.returns = self.returns.copy()
        return own

    def after(self, diary: Diary) -> None:
        """Take up a season that is over."""
        described = describe(diary.province, self, diary, diary.year.season.last_day.toordinal())
        cell = np.flatnonzero(diary.p > 0)
        part = factors.Design(described.names, described.x[cell], described.missing)
        # A find at a candidate, a tip or an old place is no find of the search: people went there because of it.
        self.rows.append((cell, part, diary.p[cell], diary.finds(by_search=True)[cell]))
        self.places.append(diary.year.plots.xy[diary.found])
        self.areas_by_search.append(diary.year.plots.area_m2[diary.found & ~diary.led_to])
        self.listed.append(Listed.of(diary, described))
        self.known_m = np.vstack([*self.places, np.empty((0, 2))])
        self.last = np.repeat(np.arange(len(self.places)), [len(one) for one in self.places])
        self.looked = np.zeros(len(self.known_m), bool)

    def look(self, diary: Diary, day: int, place: int) -> None:
        """Go back to a known place: those beside it are looked at as well."""
        near = np.hypot(*(self.known_m - self.known_m[place]).T) <= LOOK_ROUND_M
        self.looked |= near
        worth = float(reuse.fading(len(self.places) - self.last[place]))
        self.returns += np.array([worth, min(diary.look(day, self.known_m[place]), 1)])

    def again(self) -> Floats:
        """Return how likely each known place is planted again: as returns to old places told, less with every year."""
        return reuse.chances(len(self.places) - self.last, reuse.rate(*self.returns.tolist()))

    def mean_searched_m2(self) -> float:
        """Expected area of a plot that nothing had shown: what searches found, added to the belief."""
        return posterior.mean_area_m2(np.concatenate([*self.areas_by_search, np.empty(0)]))[0]


def confirmed_chance(history: History, diary: Diary, design: factors.Design, fit: surface.Fit) -> Floats:
    """Return how likely each candidate of the season is confirmed, as visits so far tell.

    Args:
        history: earlier seasons.
        diary: of the season.
        design: of every cell on the day.
        fit: of the risk surface.
    """
    now = Listed.of(diary, design)
    seasons = [*history.listed, now]
    usual = confirming.usual(np.concatenate([one.score for one in seasons]))
    listed = np.concatenate([one.cell for one in seasons])
    crowd = crowding.crowd(fit.names, design.of(fit.names), listed)
    visited = confirming.Looks.joined([one.looks(fit, usual, crowd).only(one.visited) for one in seasons])
    described = now.looks(fit, usual, crowd)
    plots = float(surface.intensity(fit, design.of(fit.names)).mean.sum())
    hits = np.concatenate([one.confirmed[one.visited] for one in seasons])
    return confirming.chance(described, confirming.weights(visited, hits, confirming.believed(described, plots)))


def raw(province: Province, history: History, diary: Diary, day: int) -> dict[str, Floats | None]:
    """Return what is known of each cell on a day, by the names of the risk model's factors."""
    xy, year = province.xy, diary.year
    out: dict[str, Floats | None] = dict(province.raw)
    places = np.vstack([*history.places, np.empty((0, 2))])
    if len(places):
        seasons = len(history.places)
        age = np.concatenate([np.full(len(p), seasons - k) for k, p in enumerate(history.places)])
        far, _ = cKDTree(places).query(xy)
        out["past_near_m"] = np.maximum(far - CELL_M / 2.0, 0.0)
        out["past_density"] = kernel(xy, places, reuse.fading(age), KERNEL_M)
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
