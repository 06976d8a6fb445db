"""The best rounds of few stops, by trying all subsets (Held and Karp 1962), one team after the other."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.routing.problem import Problem, Rounds

type Ints = npt.NDArray[np.int64]

MOST_STOPS = 12
"""Memory and time double with every stop; 12 take a fraction of a second."""

NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True, eq=False)
class _Tours:
    """Of one team: for every set of stops that it and the teams before it can visit."""

    last: Ints
    """Its last stop there; -1 = the teams before it do it all, -2 = not feasible. Shape (set,)."""
    before: Ints
    """Stop before each last stop, -1 = it is the team's first. Shape (set, last)."""


def best(problem: Problem) -> Rounds:
    """Return the rounds with the highest sum of prizes; of equal ones that of a single team which is soonest done.

    Args:
        problem: at most :data:`MOST_STOPS` stops.
    """
    tours, seconds = _toured(problem)
    sets = np.arange(1 << problem.stops)
    worth = ((sets[:, None] >> np.arange(problem.stops)) & 1) @ problem.prize
    worth[seconds >= NEVER] = -1.0
    return _rounds(problem, tours, int(np.lexsort((seconds, -worth))[0]))


def all_of(problem: Problem) -> Rounds | None:
    """Return rounds that visit every stop, ``None`` if no rounds can."""
    tours, seconds = _toured(problem)
    return None if seconds[-1] >= NEVER else _rounds(problem, tours, len(seconds) - 1)


def _toured(problem: Problem) -> tuple[list[_Tours], Ints]:
    """Return the tours of each team, and of the last one, where it is needed, the seconds for each set (or NEVER)."""
    feasible = np.zeros(1 << problem.stops, bool)
    feasible[0] = True
    seconds = np.where(feasible, 0, NEVER)
    tours = []
    for team in range(problem.teams):
        tour, own = _tour(problem, team, feasible)
        seconds = np.where(feasible, 0, own)
        feasible |= own < NEVER
        tours.append(tour)
    return tours, seconds


def _tour(problem: Problem, team: int, done: npt.NDArray[np.bool_]) -> tuple[_Tours, Ints]:
    """Let a team go on from every set that the teams before it can visit."""
    stops = problem.stops
    inner = problem.steps_s[problem.teams :, problem.teams :]
    first, home = problem.steps_s[team, problem.teams :], problem.steps_s[problem.teams :, team]
    out = np.full((1 << stops, stops), NEVER, np.int64)
    before = np.full((1 << stops, stops), -2, np.int64)
    for visited in range(1 << stops):
        here = out[visited]
        free = np.array([stop for stop in range(stops) if not visited >> stop & 1], int)
        # On from each last stop, or as the first stop of the team.
        on = np.vstack([here[:, None] + inner[:, free], (first[free] if done[visited] else first[free] + NEVER)[None]])
        came = np.argmin(on, axis=0)
        quickest = on[came, np.arange(len(free))]
        into = visited | (1 << free)
        out[into, free] = np.where(quickest <= problem.hours_s[team], quickest, NEVER)
        before[into, free] = np.where(came == stops, -1, came)
    back = out + home
    last = np.argmin(back, axis=1) if stops else np.zeros(1, np.int64)
    own = back[np.arange(len(last)), last] if stops else np.full(1, NEVER)
    own = np.where(own <= problem.hours_s[team], own, NEVER)
    return _Tours(np.where(done, -1, np.where(own < NEVER, last, -2)), before), own


def _rounds(problem: Problem, tours: list[_Tours], visited: int) -> Rounds:
    rounds: Rounds = [[] for _ in tours]
    for team in reversed(range(len(tours))):
        stop = int(tours[team].last[visited])
        while stop >= 0:
            rounds[team].append(stop)
            earlier = int(tours[team].before[visited, stop])
            visited ^= 1 << stop
            stop = earlier
        rounds[team].reverse()
    return rounds
