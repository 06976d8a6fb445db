"""Our plans: prizes from the risk surface and the candidates, a random share, and the best round trip."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from eradication import planning
from eradication.config.harvest import Harvest
from eradication.config.planning import Risk
from eradication.pipeline.rehearsal import knowledge
from eradication.pipeline.rehearsal.knowledge import History
from eradication.pipeline.rehearsal.outings import Halt, Morning, Outing, returns, told
from eradication.pipeline.rehearsal.travel import Grounds, ways
from eradication.risk import posterior, reuse, surface, worth
from eradication.routing import route
from eradication.simulation.province_walks import LOOK_ROUND_M, Diary, share_covered

MOST = (30, 20)
"""Stops that the router is given: places to look at, and cells, in the proportion of a real plan."""
STOPS_A_TRIP = 2.0
"""A round trip takes in about so many times the stops that single trips from the post would."""
IN_THE_CELL = 0.5
"""A tip is told so vaguely that its plot lies in the very cell with this chance; assumed."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frames:
    """What a patrol of a post may stop at, with its prizes: candidates, then cells."""

    halts: tuple[Halt, ...]
    alone_s: Floats
    """Seconds of a day's trip to nothing else."""
    prize: Floats


class Planned:
    """Patrols follow plans: a surface fitted to what they found, candidates, old places, tips. Part is drawn."""

    def __init__(self, risk: Risk | None = None, *, random_share: float = 0.15, effort: int = 10) -> None:
        """Take settings; ``effort`` is the router's."""
        self.risk = risk or Risk()
        self.random_share, self.effort = random_share, effort
        self._fit: surface.Fit | None = None
        self._of: Diary | None = None
        self._mu: Floats = np.empty(0)
        self._confirmed: Floats = np.empty(0)

    def begin(self, grounds: Grounds, diary: Diary, history: History, day: int) -> None:
        """Fit the surface once a season, and describe the ground anew in every round: tips have come in."""
        design = knowledge.describe(diary.province, history, diary, day)
        if self._of is not diary:
            self._fit, self._of = knowledge.fitted(diary.province, history, design, self.risk), diary
        assert self._fit is not None
        x = design.of(self._fit.names)
        self._mu = surface.intensity(self._fit, x).mean
        self._confirmed = knowledge.confirmed_chance(history, diary, design, self._fit)

    def outing(self, morning: Morning) -> Outing:
        """Choose the best round trip with a random share of its stops."""
        frames = self.frames(morning)
        chosen = promising(frames, morning)
        drawn = self._drawn(morning, frames, chosen)
        for mandatory in (drawn, drawn[:1], []):
            halts = [frames.halts[n] for n in dict.fromkeys([*mandatory, *chosen])]
            found = ways(morning.window, np.array([h.cell for h in halts], np.int64), morning.seconds)
            plan = route.best(
                [stop(halt, morning, n < len(mandatory)) for n, halt in enumerate(halts)],
                [route.Team("", morning.hours)],
                found.seconds,
                seed=morning.day,
                effort=self.effort,
            )
            order = [n + 1 for n in plan.routes[0].order] if plan.routes else []
            if not mandatory or all(n + 1 in order for n in range(len(mandatory))):
                break
        return Outing(tuple(halts[n - 1] for n in order), found, (0, *order, 0))

    def frames(self, morning: Morning) -> Frames:
        """Return every place that a patrol reaches and comes back from, with what it is worth."""
        grounds, diary = morning.grounds, morning.diary
        own, settings = diary.year.candidates, grounds.settings
        open_ = np.flatnonzero(~diary.visited)
        near = open_[morning.reached(own.cell[open_], 60.0 * settings.candidate_minutes)]
        old, tips = _apart(morning, returns(morning)), told(morning)
        known = [*own.cell.tolist(), *diary.year.plots.cell[diary.found].tolist()]
        taken = np.isin(morning.window.cells, [*known, *(halt.cell for halt in (*old, *tips))])
        cells = morning.window.cells[morning.reached(morning.window.cells, 60.0 * settings.cell_minutes) & ~taken]
        looked = [Halt(int(own.cell[n]), int(n)) for n in near]
        bare = [*looked, *old, *tips, *(Halt(cell) for cell in cells.tolist())]
        prize = np.concatenate(
            [
                self._candidates_m2(morning, near),
                self._places_m2(morning, old),
                self._tips_m2(morning, np.array([halt.cell for halt in tips], np.int64)),
                self._cells_m2(morning, cells),
            ]
        )
        halts = tuple(replace(halt, prize=m2) for halt, m2 in zip(bare, prize.tolist(), strict=True))
        cell = np.array([halt.cell for halt in halts], np.int64)
        at = morning.window.there[np.searchsorted(morning.window.cells, cell)]
        service = np.array([morning.service_s(halt) for halt in halts])
        return Frames(halts, morning.window.out_s[at] + morning.window.back_s[at] + service, prize)

    def _candidates_m2(self, morning: Morning, near: Ints) -> Floats:
        """m² expected to be confirmed at candidates on the day, times how urgent they are."""
        urgent = np.array([_urgency(morning, early) for early in (False, True)])
        early = morning.diary.year.candidates.early[near]
        return np.asarray(self._expected_m2(morning, near) * urgent[early.astype(int)])

    def _expected_m2(self, morning: Morning, candidates: Ints) -> Floats:
        """m² expected to be confirmed at candidates on the day, however urgent they are."""
        own = morning.diary.year.candidates
        known = np.array([_recognised(morning, early) for early in (False, True)])
        early = own.early[candidates].astype(int)
        return worth.of_look(self._confirmed[candidates], own.area_m2[candidates], known[early])

    def _places_m2(self, morning: Morning, old: Sequence[Halt]) -> Floats:
        """m² expected to be found at old places on the day, times how urgent they are."""
        cells = np.array([halt.cell for halt in old], np.int64)
        again = morning.history.again()[[halt.place for halt in old]]
        again = worth.after_search(again, morning.diary.p[cells])
        urgent = _urgency(morning) * _recognised(morning)
        return worth.of_look(again, morning.history.mean_searched_m2(), urgent)

    def _tips_m2(self, morning: Morning, cells: Ints) -> Floats:
        """m² expected to be found by searching the cells that tips name, and nothing else there."""
        chance = np.full(len(cells), worth.OF_A_TIP * IN_THE_CELL)
        return worth.of_look(chance, morning.history.mean_searched_m2(), _search_p(morning, cells)) * _urgency(morning)

    def _cells_m2(self, morning: Morning, cells: Ints) -> Floats:
        """m² expected to be found by searching cells on the day."""
        assert self._fit is not None
        diary = morning.diary
        finds = diary.finds(by_search=True)[cells]
        left = posterior.left(self._mu[cells], self._fit.k, diary.p[cells], finds).mean
        m2 = worth.of_search(left, morning.history.mean_searched_m2(), _search_p(morning, cells))
        return np.asarray(m2 * _urgency(morning))

    def _drawn(self, morning: Morning, frames: Frames, chosen: list[int]) -> list[int]:
        """Draw the random share of the day's stops, by seeded draw: candidates by the m² expected, cells each alike."""
        if not chosen:
            return []
        usual = morning.seconds / float(np.median(frames.alone_s[chosen]))
        # One plan serves all posts of a day: its share is met over them, and a patrol has one draw or none.
        count = math.floor(self.random_share * STOPS_A_TRIP * usual + morning.rng.random())
        searched = np.array([halt.is_search for halt in frames.halts], bool)
        # As the stops the router would choose anyway: mostly candidates where there are many.
        cells = round(count * float((frames.prize * searched)[chosen].sum() / frames.prize[chosen].sum()))
        drawn: list[int] = []
        seed = int(morning.rng.integers(2**31))
        suspected = np.array([halt.candidate >= 0 for halt in frames.halts], bool)
        for kind, some in ((suspected, count - cells), (searched, cells)):
            frame = np.flatnonzero(kind & (frames.alone_s <= planning.REACH_SHARE * morning.seconds))
            if some and len(frame):
                mine = np.array([frames.halts[n].candidate for n in frame.tolist()], np.int64)
                even = np.ones(len(frame))
                size = even if kind is searched else worth.of_draw(self._expected_m2(morning, mine))
                picked, _ = planning.draw(size, min(some, len(frame)), seed)
                drawn += frame[picked].tolist()
        return drawn


def _apart(morning: Morning, old: Sequence[Halt]) -> list[Halt]:
    """Return the old places that are stops of their own: no candidate shows them, none lies beside another."""
    place = np.array([halt.place for halt in old], np.int64)
    at_m, shown = morning.history.known_m[place], morning.diary.year.candidates.xy
    if len(place) and len(shown):
        free = reuse.nearest_m(at_m, shown) > reuse.ROUND_M
        old = [halt for halt, is_free in zip(old, free.tolist(), strict=True) if is_free]
        place, at_m = place[free], at_m[free]
    chosen = reuse.apart(at_m, morning.history.again()[place])
    return [old[n] for n in chosen.tolist()]


def _urgency(morning: Morning, early: bool | None = None) -> float:
    """Return how urgent a plot of a sowing is on the day; of an unknown sowing by the whole calendar."""
    season, own = morning.diary.year.season, Harvest()
    first = own.lancing_late if early is False else own.lancing_early
    last = own.lancing_early if early else own.lancing_late
    return worth.urgency(season.day(first[0]), season.day(last[1]), date.fromordinal(morning.day))


def _recognised(morning: Morning, early: bool | None = None) -> float:
    """Return how sure a plot of a sowing is recognised on the day by whoever stands in front of it."""
    calendar, day = morning.diary.calendar, morning.day
    if early is None:
        seen = calendar.known(day)
    else:
        seen = calendar.seen(day, early=early) * (day <= calendar.ends[early])
    return worth.recognised(seen, morning.diary.settings.seen_elongation)


def _search_p(morning: Morning, cells: Ints) -> Floats:
    """Return the chance that a search of each cell finds a plot that lies in it, as far as a patrol can know."""
    covered = share_covered(morning.diary.province, cells, morning.grounds.settings.cell_m)
    return np.asarray(covered * morning.diary.calendar.known(morning.day))


def stop(halt: Halt, morning: Morning, mandatory: bool) -> route.Stop:
    """Return a stop as the router takes it."""
    return route.Stop(f"{halt.cell}/{halt.candidate}/{halt.place}", halt.prize, morning.service_s(halt), mandatory)


def promising(frames: Frames, morning: Morning, most: tuple[int, int] = MOST) -> list[int]:
    """Return the places among which a route is sought: at most so many to look at, and so many cells."""
    service = np.array([morning.service_s(halt) for halt in frames.halts])
    searched = np.array([halt.is_search for halt in frames.halts], bool)
    return worth.promising(frames.prize, service, frames.alone_s - service, searched, most)


class AllKnowing(Planned):
    """Nobody's patrols: plans of those who know every plot and its area. What is left to gain, at most."""

    def frames(self, morning: Morning) -> Frames:
        """Return the places of a plan with the m² that truly stand there and would be seen on the day."""
        frames, diary, day = super().frames(morning), morning.diary, morning.day
        plots = diary.year.plots
        open_ = ~diary.found & (day < plots.cut_day)
        seen = np.array([diary.calendar.seen(day, early=bool(early)) for early in plots.early])
        by_cell = np.bincount(plots.cell[open_], (plots.area_m2 * seen)[open_], diary.province.cells)
        covered = share_covered(diary.province, np.arange(diary.province.cells), morning.grounds.settings.cell_m)
        prize = np.zeros(len(frames.halts))
        for n, halt in enumerate(frames.halts):
            plot = int(diary.year.candidates.plot[halt.candidate]) if halt.candidate >= 0 else -1
            if halt.is_search:
                prize[n] = by_cell[halt.cell] * covered[halt.cell]
            elif plot >= 0 and open_[plot]:
                prize[n] = plots.area_m2[plot] * (seen[plot] > 0.0)
            elif halt.place >= 0:
                near = open_ & (np.hypot(*(plots.xy - morning.history.known_m[halt.place]).T) <= LOOK_ROUND_M)
                prize[n] = plots.area_m2[near].sum()
        halts = tuple(replace(halt, prize=m2) for halt, m2 in zip(frames.halts, prize.tolist(), strict=True))
        return Frames(halts, frames.alone_s, prize)

    def _drawn(self, morning: Morning, frames: Frames, chosen: list[int]) -> list[int]:
        return []
