"""One patrol's day: where it may stop, habits and score order, and what walking it means for the season's diary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from eradication.pipeline.rehearsal.knowledge import History
from eradication.pipeline.rehearsal.travel import Grounds, Ways, Window, ways
from eradication.simulation.province_walks import Diary

USUAL = 12
"""Usual places that a habitual patrol of the day has in mind."""
FRESH = 0.25
"""A cell that was searched better this season is not searched again."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Halt:
    """A place to stop at."""

    cell: int
    candidate: int = -1
    """Number of the candidate that is looked at, -1 = none."""
    place: int = -1
    """Number of the old place that is looked at, -1 = none; without either the cell is searched."""
    prize: float = 0.0

    @property
    def is_search(self) -> bool:
        """Whether the cell is searched."""
        return self.candidate < 0 and self.place < 0


@dataclass(frozen=True, slots=True, eq=False)
class Morning:
    """What a patrol knows as it sets out."""

    grounds: Grounds
    window: Window
    diary: Diary
    history: History
    post: int
    day: int
    hours: float
    rng: np.random.Generator

    @property
    def seconds(self) -> float:
        """Length of the day."""
        return self.hours * 3600.0

    def service_s(self, halt: Halt) -> float:
        """Seconds that a stop takes."""
        own = self.grounds.settings
        return 60.0 * (own.cell_minutes if halt.is_search else own.candidate_minutes)

    def reached(self, cells: Ints, service_s: float, share: float = 1.0) -> npt.NDArray[np.bool_]:
        """Tell which cells a patrol reaches, stops at and comes back from within a share of its hours."""
        at = np.minimum(np.searchsorted(self.window.cells, cells), len(self.window.cells) - 1)
        known = self.window.cells[at] == cells
        there = self.window.there[at]
        return np.asarray(
            known & (self.window.out_s[there] + self.window.back_s[there] + service_s <= share * self.seconds)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Outing:
    """A day's round trip: stops in their order, with the ways between them."""

    halts: tuple[Halt, ...]
    ways: Ways
    order: tuple[int, ...]
    """Of the ways' cells (0 = post), from post to post."""

    def seconds(self, morning: Morning) -> float:
        """Return how long it takes."""
        walked = sum(self.ways.row(a)[b] for a, b in zip(self.order[:-1], self.order[1:], strict=True))
        return float(walked) + sum(morning.service_s(halt) for halt in self.halts)


class Policy(Protocol):
    """A way to choose where to walk."""

    def begin(self, grounds: Grounds, diary: Diary, history: History, day: int) -> None:
        """Take in what is known before a round of all posts."""

    def outing(self, morning: Morning) -> Outing:
        """Choose the day's round trip."""


def greedy(morning: Morning, groups: Sequence[Sequence[Halt]], *, in_order: bool = False) -> Outing:
    """Go from stop to stop: all that fit of the first group, then of the next, and back in time.

    Args:
        morning: the day.
        groups: stops, what matters most first; within a group the nearest next.
        in_order: the first group is walked in its order, not the nearest next.
    """
    halts = [halt for group in groups for halt in group]
    found = ways(morning.window, np.array([h.cell for h in halts], np.int64), morning.seconds)
    home = morning.window.back_s[found.at]
    left, order, chosen, first = morning.seconds, [0], [], 1
    for number, group in enumerate(groups):
        waiting = list(range(first, first + len(group)))
        first += len(group)
        while waiting:
            there = found.row(order[-1])
            cost = {n: float(there[n]) + morning.service_s(halts[n - 1]) for n in waiting}
            cost = {n: seconds for n, seconds in cost.items() if seconds + home[n] <= left}
            if not cost:
                break
            next_one = min(cost) if in_order and number == 0 else min(cost, key=lambda n: cost[n])
            left -= cost[next_one]
            order.append(next_one)
            chosen.append(halts[next_one - 1])
            waiting.remove(next_one)
    return Outing(tuple(chosen), found, (*order, 0))


def habits(morning: Morning) -> list[list[Halt]]:
    """Return what a habitual patrol goes for: fresh tips, places where poppy was found before, usual places.

    Usual places are drawn near roads, tracks and villages; a patrol does not go where it searched this season.
    """
    diary, province = morning.diary, morning.diary.province
    service = 60.0 * morning.grounds.settings.cell_minutes
    fresh = diary.p < FRESH
    groups = [told(morning), returns(morning)]
    cells = morning.window.cells
    raw = province.raw
    liking = np.exp(-raw["track_m"][cells] / 500.0 - raw["road_m"][cells] / 4000.0 - raw["village_m"][cells] / 3000.0)
    liking = np.where(fresh[cells] & morning.reached(cells, service), liking, 0.0)
    count = min(USUAL, int(np.count_nonzero(liking)))
    usual = morning.rng.choice(cells, count, replace=False, p=liking / float(liking.sum())) if count else cells[:0]
    known = {halt.cell for halt in groups[0]}
    groups.append([Halt(int(cell)) for cell in usual if int(cell) not in known])
    return groups


def told(morning: Morning) -> list[Halt]:
    """Return the cells within reach that tips name and that nobody searched this season."""
    tips = morning.diary.year.tips
    cells = np.unique(tips.cell[tips.day <= morning.day])
    cells = cells[morning.diary.p[cells] < FRESH]
    near = cells[morning.reached(cells, 60.0 * morning.grounds.settings.cell_minutes)]
    return [Halt(int(cell)) for cell in near]


def returns(morning: Morning) -> list[Halt]:
    """Return the old places within reach that nobody went back to this season."""
    history, service = morning.history, 60.0 * morning.grounds.settings.candidate_minutes
    waiting = np.flatnonzero(~history.looked)
    if not len(waiting):
        return []
    cell = morning.diary.province.grid.cell(history.known_m[waiting])
    near = (cell >= 0) & morning.reached(cell, service)
    return [Halt(c, place=p) for c, p in zip(cell[near].tolist(), waiting[near].tolist(), strict=True)]


class Habit:
    """Patrols go where they always go: after tips, to where they found poppy before, then to usual places."""

    def begin(self, grounds: Grounds, diary: Diary, history: History, day: int) -> None:
        """Nothing to take in."""

    def outing(self, morning: Morning) -> Outing:
        """Choose by habit."""
        return greedy(morning, habits(morning))


class ByScore:
    """Patrols go to the satellite's candidates in the order of their scores, then on by habit."""

    def begin(self, grounds: Grounds, diary: Diary, history: History, day: int) -> None:
        """Nothing to take in."""

    def outing(self, morning: Morning) -> Outing:
        """Choose by score; what hours are left go as by habit."""
        own = morning.diary.year.candidates
        service = 60.0 * morning.grounds.settings.candidate_minutes
        open_ = np.flatnonzero(~morning.diary.visited)
        near = open_[morning.reached(own.cell[open_], service)]
        near = near[np.argsort(-own.score[near], kind="stable")]
        listed = [Halt(int(own.cell[n]), int(n)) for n in near[:40]]
        return greedy(morning, [listed, *habits(morning)], in_order=True)


class Mixed:
    """Each patrol goes by habit or by score, one as often as the other: the seasons before a comparison."""

    def begin(self, grounds: Grounds, diary: Diary, history: History, day: int) -> None:
        """Nothing to take in."""

    def outing(self, morning: Morning) -> Outing:
        """Choose one of both."""
        policy: Policy = Habit() if morning.rng.random() < 0.5 else ByScore()
        return policy.outing(morning)


def walk(morning: Morning, outing: Outing, search_m: float) -> None:
    """Walk a day's round trip: look along the way, at the candidates and into the cells."""
    diary, day = morning.diary, morning.day
    passed: set[int] = set()
    for a, b in zip(outing.order[:-1], outing.order[1:], strict=True):
        if a != b:
            passed.update(outing.ways.passed(a, b))
    diary.walk(day, morning.window.numbers[sorted(passed)] if passed else ())
    for halt in outing.halts:
        if halt.candidate >= 0:
            diary.visit(day, halt.candidate)
        elif halt.place < 0:
            diary.search(day, halt.cell, search_m)
        elif not morning.history.looked[halt.place]:
            morning.history.look(diary, day, halt.place)
    diary.hours += morning.hours
