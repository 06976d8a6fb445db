"""What patrols find in a simulated province: the law of search, and what a season's diary says.

The law is that of :mod:`eradication.effort.search` (Koopman 1946): who passes along a trail or searches a cell covers
the share ``1 − exp(−2·w·L / A)`` of it, w the half-width of the strip, and sees a covered plot with the chance g of its
stage. A trail covers the same strip however often it is walked; the search of a cell covers new ground each time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eradication.config import Effort
from eradication.domain import Season
from eradication.simulation.province import Province
from eradication.simulation.province_grid import CELL_M
from eradication.simulation.province_seasons import Plots, Year

CELL_M2 = CELL_M * CELL_M
LOOK_ROUND_M = 100.0
"""Who goes back to an old place looks so far round it; a place planted again may lie a little beside the old one."""
LANCED_AFTER_DAYS = 30
"""From the first flowers to the first lancing (calendar of stages)."""
LOOKED_AT = 0.98
"""Chance to recognise a plot that one stands in front of, from elongation on; a rosette half of it."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calendar:
    """How visible poppy of both sowings is on the days of a season."""

    begins: tuple[tuple[int, int, int], tuple[int, int, int]]
    """Emergence, elongation, flowering (ordinals): of late sowing, of early sowing."""
    ends: tuple[int, int]
    chances: tuple[float, float, float]
    early_share: float

    @classmethod
    def of(cls, season: Season, settings: Effort, early_share: float) -> "Calendar":
        """Read a season's calendar from the settings."""
        late, early = ([season.day(day).toordinal() for day in row] for row in (settings.late, settings.early))
        chances = settings.seen_rosette, settings.seen_elongation, settings.seen_bloom
        begins = (late[0], late[1], late[2]), (early[0], early[1], early[2])
        return cls(begins, (late[3], early[3]), chances, early_share)

    def seen(self, day: int, *, early: bool) -> float:
        """Return the chance to see a standing plot of a sowing that one passes."""
        stage = sum(day >= begin for begin in self.begins[early])
        return self.chances[stage - 1] if stage else 0.0

    def known(self, day: int) -> float:
        """Return the chance g on a day for a plot of unknown sowing, 0 after the calendar's last day."""
        shares = (1.0 - self.early_share, self.early_share)
        return sum(
            share * self.seen(day, early=early) * (day <= self.ends[early])
            for early, share in zip((False, True), shares, strict=True)
        )


def share_covered(province: Province, cells: Ints, metres: float) -> Floats:
    """Return the share of cells that so many metres of walk in each cover."""
    own = province.assumptions
    half = np.where(province.raw["forest_share"][cells] > 0.5, own.forest_m, own.open_m)
    covered: Floats = -np.expm1(-2.0 * half * metres / CELL_M2)
    return covered


@dataclass(slots=True, eq=False)
class Diary:
    """One season of one way of patrolling: what was searched, visited and found so far."""

    province: Province
    year: Year
    settings: Effort
    rng: np.random.Generator
    """Decides what is seen; the ground and what stands on it are the same for every way of patrolling."""
    calendar: Calendar = field(init=False)
    missed: Floats = field(init=False)
    """Π(1 − p) of each cell."""
    uncovered: Floats = field(init=False)
    """Share of each cell that no strip has covered."""
    trail: Floats = field(init=False)
    """Share of each cell that the strip along its trail covers."""
    found: Mask = field(init=False)
    """Of each plot."""
    lanced: Mask = field(init=False)
    """Found only after its sowing flowers for a month: capsules are lanced."""
    visited: Mask = field(init=False)
    """Of each candidate."""
    confirmed: Mask = field(init=False)
    """Of each candidate: a plot was found at the visit."""
    shown: Mask = field(init=False)
    """Of each plot: a candidate shows it, whether or not anybody knows that it is a true one."""
    led_to: Mask = field(init=False)
    """Of each plot: found at a candidate, at a known place, or in a cell that a tip had named; not by search alone."""
    hours: float = 0.0
    """Patrol hours, from setting out to coming back."""

    def __post_init__(self) -> None:
        cells, plots, candidates = self.province.cells, len(self.year.plots.cell), len(self.year.candidates.cell)
        self.calendar = Calendar.of(self.year.season, self.settings, self.province.assumptions.early_share)
        self.missed, self.uncovered, self.trail = np.ones(cells), np.ones(cells), np.zeros(cells)
        self.found, self.lanced, self.led_to = (np.zeros(plots, bool) for _ in range(3))
        self.shown = np.isin(np.arange(plots), self.year.candidates.plot)
        self.visited, self.confirmed = np.zeros(candidates, bool), np.zeros(candidates, bool)

    @property
    def p(self) -> Floats:
        """Searched with p, of each cell; never more than what strips covered."""
        return np.minimum(1.0 - self.missed, 1.0 - self.uncovered)

    @property
    def found_m2(self) -> float:
        """Area found so far."""
        return float(self.year.plots.area_m2[self.found].sum())

    def finds(self, *, by_search: bool = False) -> Floats:
        """Number of plots found in each cell, or of those that a search found there and nothing had foretold."""
        cell = self.year.plots.cell[self.found & ~self.led_to if by_search else self.found]
        return np.bincount(cell, minlength=self.province.cells).astype(float)

    def walk(self, day: int, cells: Iterable[int]) -> None:
        """Pass along a trail through cells; each counts once."""
        cell = np.unique(np.fromiter(cells, np.int64))
        cell = cell[cell >= 0]
        share = share_covered(self.province, cell, CELL_M)
        self.missed[cell] *= 1.0 - self.calendar.known(day) * share
        fresh = self.trail[cell] == 0.0
        self.uncovered[cell[fresh]] *= 1.0 - share[fresh]
        self.trail[cell] = share
        plots = self.year.plots
        near = np.flatnonzero(np.isin(plots.cell, cell) & ~self.found)
        self._see(day, near[plots.by_trail[near] < self.trail[plots.cell[near]]])

    def search(self, day: int, cell: int, metres: float) -> None:
        """Search a cell crosswise over new ground."""
        share = float(share_covered(self.province, np.array([cell]), metres)[0])
        self.missed[cell] *= 1.0 - self.calendar.known(day) * share
        self.uncovered[cell] *= 1.0 - share
        near = np.flatnonzero((self.year.plots.cell == cell) & ~self.found)
        self._see(day, near[self.rng.random(len(near)) < share])

    def visit(self, day: int, candidate: int) -> None:
        """Go to a candidate and look; a plot there is confirmed if it stands and is more than a rosette."""
        self.visited[candidate] = True
        plot = int(self.year.candidates.plot[candidate])
        self.confirmed[candidate] = plot >= 0 and self._looked_at(day, plot)

    def look(self, day: int, place: Floats) -> int:
        """Go back to a known place (2,) and look round it; return how many plots are found there."""
        plots = self.year.plots
        near = np.flatnonzero(~self.found & (np.hypot(*(plots.xy - place).T) <= LOOK_ROUND_M))
        return sum(self._looked_at(day, plot) for plot in near.tolist())

    def _looked_at(self, day: int, plot: int) -> bool:
        """A plot that stands and is more than a rosette is recognised; found before, it is gone."""
        plots = self.year.plots
        stage = self.calendar.seen(day, early=bool(plots.early[plot]))
        recognised = LOOKED_AT if stage >= self.settings.seen_elongation else LOOKED_AT / 2.0
        stands = not self.found[plot] and day < plots.cut_day[plot] and stage > 0.0
        if not stands or self.rng.random() >= recognised:
            return False
        self._take(day, plot)
        self.led_to[plot] = True
        return True

    def _see(self, day: int, plots: Ints) -> None:
        standing: Plots = self.year.plots
        for plot in plots.tolist():
            stands = day < standing.cut_day[plot]
            if stands and self.rng.random() < self.calendar.seen(day, early=bool(standing.early[plot])):
                self._take(day, plot)

    def _take(self, day: int, plot: int) -> None:
        early = bool(self.year.plots.early[plot])
        self.found[plot] = True
        tips = self.year.tips
        told = bool(((tips.cell == self.year.plots.cell[plot]) & (tips.day <= day)).any())
        self.led_to[plot] |= self.shown[plot] or told
        self.lanced[plot] = day > self.calendar.begins[early][2] + LANCED_AFTER_DAYS
