"""Our plans: prizes from the risk surface and the candidates, a random share, and the best round trip."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eradication import planning
from eradication.config.planning import Risk
from eradication.pipeline.rehearsal import knowledge
from eradication.pipeline.rehearsal.knowledge import History
from eradication.pipeline.rehearsal.outings import Halt, Morning, Outing, returns, told
from eradication.pipeline.rehearsal.travel import Grounds, ways
from eradication.risk import posterior, surface
from eradication.routing import route
from eradication.simulation.province_walks import LANCED_AFTER_DAYS, LOOK_ROUND_M, Diary, share_covered

MOST_LOOKED_AT, MOST_CELLS = 30, 20
"""Stops that the router is given of each kind, the most promising for their distance."""
STOPS_A_TRIP = 2.0
"""A round trip takes in about so many times the stops that single trips from the post would."""
DRAWN_WITHIN = 0.5
"""Random stops are drawn among places that take no more than this share of the day by themselves."""
SOON_DAYS = 14
OF_A_TIP, IN_THE_CELL = 0.30, 0.5
"""A tip is true with, and the plot then lies in the very cell with; assumed."""
CUT = 0.1
"""A candidate whose sowing should be cleared by now is still worth this, for images may tell the sowing wrongly."""

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
        ground = knowledge.without_satellite(self._fit.names, x, self._fit.mean)
        self._confirmed = knowledge.confirmed_chance(history, diary, ground)

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
        old, tips = self.returns(morning), told(morning)
        taken = np.isin(morning.window.cells, [*own.cell[near].tolist(), *(halt.cell for halt in (*old, *tips))])
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

    def returns(self, morning: Morning) -> list[Halt]:
        """Return the old places that a plan may go back to."""
        return returns(morning)

    def _candidates_m2(self, morning: Morning, near: Ints) -> Floats:
        """m² expected to be confirmed at candidates on the day, more where lancing is near."""
        diary, day = morning.diary, morning.day
        own = diary.year.candidates
        worth = np.array([_worth(diary, day, early) for early in (False, True)])
        return np.asarray(self._confirmed[near] * own.area_m2[near] * worth[own.early[near].astype(int)])

    def _places_m2(self, morning: Morning, old: Sequence[Halt]) -> Floats:
        """m² expected to be found at old places on the day."""
        again = morning.history.again()[[halt.place for halt in old]]
        share = morning.diary.calendar.early_share
        worth = share * _worth(morning.diary, morning.day, True) + (1 - share) * _worth(
            morning.diary, morning.day, False
        )
        return np.asarray(again * morning.history.mean_area_m2() * worth)

    def _tips_m2(self, morning: Morning, cells: Ints) -> Floats:
        """m² expected to be found by searching the cells that tips name, and nothing else there."""
        diary = morning.diary
        seen = share_covered(diary.province, cells, morning.grounds.settings.cell_m) * diary.calendar.known(morning.day)
        return np.asarray(OF_A_TIP * IN_THE_CELL * morning.history.mean_area_m2() * seen)

    def _cells_m2(self, morning: Morning, cells: Ints) -> Floats:
        """m² expected to be found by searching cells on the day."""
        assert self._fit is not None
        diary = morning.diary
        finds = diary.finds()[cells]
        left = posterior.left(self._mu[cells], self._fit.k, diary.p[cells], finds).mean
        seen = share_covered(diary.province, cells, morning.grounds.settings.cell_m) * diary.calendar.known(morning.day)
        return np.asarray(left * morning.history.mean_area_m2() * seen)

    def _drawn(self, morning: Morning, frames: Frames, chosen: list[int]) -> list[int]:
        """Draw the random share of the day's stops, by seeded draw with probability proportional to prize."""
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
        for kind, some in ((~searched, count - cells), (searched, cells)):
            frame = np.flatnonzero(kind & (frames.alone_s <= DRAWN_WITHIN * morning.seconds))
            if some and len(frame):
                weight = frames.prize[frame] / max(float(frames.prize[frame].max()), 1e-12)
                picked, _ = planning.draw(weight, min(some, len(frame)), seed)
                drawn += frame[picked].tolist()
        return drawn


def _worth(diary: Diary, day: int, early: bool) -> float:
    """Weight of a plot of a sowing that is looked at on a day: seen or not yet, cleared, soon to be lanced."""
    calendar = diary.calendar
    left = calendar.begins[early][2] + LANCED_AFTER_DAYS - day
    urgency = 1.0 + (1.0 - left / SOON_DAYS if 0 <= left <= SOON_DAYS else 0.0)
    stands = 1.0 if day <= calendar.ends[early] else CUT
    grown = min(1.0, calendar.seen(day, early=early) / diary.settings.seen_elongation)
    return urgency * stands * max(grown, CUT)


def stop(halt: Halt, morning: Morning, mandatory: bool) -> route.Stop:
    """Return a stop as the router takes it."""
    return route.Stop(f"{halt.cell}/{halt.candidate}/{halt.place}", halt.prize, morning.service_s(halt), mandatory)


def promising(
    frames: Frames, morning: Morning, looked_at: int = MOST_LOOKED_AT, searched_most: int = MOST_CELLS
) -> list[int]:
    """Return the places worth the router's time: most m² for their own time and a share of the way there."""
    service = np.array([morning.service_s(halt) for halt in frames.halts])
    rate = frames.prize / (service + 0.25 * (frames.alone_s - service))
    searched = np.array([halt.is_search for halt in frames.halts], bool)
    best: list[int] = []
    for kind, most in ((~searched, looked_at), (searched, searched_most)):
        own = np.flatnonzero(kind & (rate > 0.0))
        best.extend(own[np.argsort(-rate[own], kind="stable")][:most].tolist())
    return best


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
