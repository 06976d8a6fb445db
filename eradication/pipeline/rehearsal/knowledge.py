"""What a way of patrolling knows: its own finds and search of earlier seasons, and the risk surface they give."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from eradication.config.planning import Risk
from eradication.risk import confirming, factors, posterior, surface
from eradication.simulation.province import Province
from eradication.simulation.province_grid import CELL_M
from eradication.simulation.province_walks import LOOK_ROUND_M, Diary

KERNEL_M = 300.0
"""Deviation of the kernel round an earlier plot."""
TIP_M = 500.0
REUSE, BELIEF_RETURNS = 0.15, 10.0
"""Before any return, an old place is thought to be planted again with 0.15, worth 10 returns; assumed."""
FADING = 0.7
"""An earlier plot weighs so much less with every season."""
REUSE, BELIEF_RETURNS = 0.15, 10.0
"""Before any return, an old place is thought to be planted again with 0.15, worth 10 returns; assumed."""
FADING = 0.7
"""An earlier plot weighs so much less with every season."""
BANDS = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8)
"""Lower edges of the bands of the satellite's score."""
MOST_ODDS = 10.0
BELIEF, BELIEF_VISITS = 0.15, 20.0
"""Before any visit, a candidate is thought to be confirmed with 0.15 · score, worth 20 visits; assumed."""

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
    visits: list[tuple[Floats, npt.NDArray[np.bool_]]] = field(default_factory=list)
    """Visits to candidates of each: what was known before, shape (visit, 4), and whether it was confirmed."""

    known_m: Floats = field(default_factory=lambda: np.empty((0, 2)))
    """All places, the oldest first, shape (place, 2)."""
    last: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """Season in which each was found."""
    looked: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    """Whether a patrol went back to it this season."""
    returns: Floats = field(default_factory=lambda: np.zeros(2))
    """Returns to old places, and those where poppy was found again."""

    def copy(self) -> "History":
        """Return a history that goes on by itself."""
        own = History(list(self.places), list(self.areas), list(self.rows), list(self.visits))
        own.known_m, own.last, own.looked = self.known_m, self.last, self.looked.copy()
        own.returns = self.returns.copy()
        return own

    def after(self, diary: Diary) -> None:
        """Take up a season that is over."""
        described = describe(diary.province, self, diary, diary.year.season.last_day.toordinal())
        cell = np.flatnonzero(diary.p > 0)
        part = factors.Design(described.names, described.x[cell], described.missing)
        # A find at a candidate or an old place is no find of the search: people went there because of it.
        self.rows.append((cell, part, diary.p[cell], diary.finds(by_search=True)[cell]))
        self.places.append(diary.year.plots.xy[diary.found])
        self.areas.append(diary.year.plots.area_m2[diary.found])
        prior = surface.expert(described.names, 1.0, described.x)
        ground = without_satellite(described.names, described.x, prior.mean)
        self.visits.append((candidates(diary, ground).x[diary.visited], diary.confirmed[diary.visited]))
        self.known_m = np.vstack([*self.places, np.empty((0, 2))])
        self.last = np.repeat(np.arange(len(self.places)), [len(one) for one in self.places])
        self.looked = np.zeros(len(self.known_m), bool)

    def look(self, diary: Diary, day: int, place: int) -> None:
        """Go back to a known place: those beside it are looked at as well."""
        near = np.hypot(*(self.known_m - self.known_m[place]).T) <= LOOK_ROUND_M
        self.looked |= near
        self.returns += np.array([1.0, min(diary.look(day, self.known_m[place]), 1)])

    def again(self) -> Floats:
        """Return how likely each known place is planted again: as returns to old places told, less with every year."""
        rate = (BELIEF_RETURNS * REUSE + self.returns[1]) / (BELIEF_RETURNS + self.returns[0])
        weight = np.power(FADING, len(self.places) - 1.0 - self.last)
        # The mean over returns is that of places of all ages; the newest are somewhat above it.
        return np.asarray(np.minimum(rate * weight / max(float(weight.mean()), 1e-9), 0.9)) if len(weight) else weight

    def mean_area_m2(self) -> float:
        """Expected area of a plot: what was found, added to the belief."""
        return posterior.mean_area_m2(np.concatenate([*self.areas, np.empty(0)]))[0]


def candidates(diary: Diary, ground: Floats) -> confirming.Looks:
    """Describe the season's candidates as known before a visit; ``ground`` from :func:`without_satellite`."""
    own = diary.year.candidates
    return confirming.Looks.of(own.score, ground[own.cell], own.area_m2)


def confirmed_chance(history: History, diary: Diary, ground: Floats) -> Floats:
    """Return how likely each candidate of the season is confirmed, as visits so far tell.

    Args:
        history: earlier seasons.
        diary: of the season.
        ground: from :func:`without_satellite`.
    """
    now = candidates(diary, ground)
    known = [*history.visits, (now.x[diary.visited], diary.confirmed[diary.visited])]
    visited = confirming.Looks(np.vstack([x for x, _ in known]))
    own = confirming.weights(visited, np.concatenate([found for _, found in known]))
    return confirming.chance(now, own)


def without_satellite(names: Sequence[str], x: Floats, weights: Floats) -> Floats:
    """Return the plots expected in each cell if the satellite said nothing; ``weights`` with b0 first."""
    kept = np.array([name != "satellite" for name in names])
    return np.asarray(np.exp(x[:, kept] @ weights[1:][kept] + weights[0]))


def raw(province: Province, history: History, diary: Diary, day: int) -> dict[str, Floats | None]:
    """Return what is known of each cell on a day, by the names of the risk model's factors."""
    xy, year = province.xy, diary.year
    out: dict[str, Floats | None] = dict(province.raw)
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
