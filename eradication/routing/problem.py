"""Which places several teams can visit within their hours, as whole seconds: what both ways of solving it work on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Rounds = list[list[int]]
"""Of each team the stops in the order of the visit, as numbers from 0 on."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Nodes are the teams' posts, then the stops. Seconds are rounded up, hours down: what fits here fits in truth."""

    hours_s: Ints
    """Of each team."""
    steps_s: Ints
    """From node to node with the service at the node reached, shape (node, node); longer than all hours = no way."""
    prize: Floats
    """Of each stop."""

    @property
    def teams(self) -> int:
        """Number of teams."""
        return len(self.hours_s)

    @property
    def stops(self) -> int:
        """Number of stops."""
        return len(self.prize)

    def lasts(self, team: int, round_: Sequence[int]) -> int:
        """Return the seconds of a team's round trip, post to post."""
        nodes = [team, *(self.teams + stop for stop in round_), team]
        return int(self.steps_s[nodes[:-1], nodes[1:]].sum()) if round_ else 0

    def fits(self, rounds: Rounds) -> bool:
        """Tell whether all teams are back in time."""
        return all(self.lasts(team, one) <= self.hours_s[team] for team, one in enumerate(rounds))

    def worth(self, rounds: Rounds) -> float:
        """Return the prizes of all stops visited, added up in the order of their numbers."""
        return float(self.prize[sorted(stop for one in rounds for stop in one)].sum())

    def of(self, stops: Sequence[int], teams: Sequence[int] | None = None) -> "Problem":
        """Return the problem with these stops and teams (all if ``None``) only, numbered anew."""
        kept = list(range(self.teams)) if teams is None else list(teams)
        nodes = [*kept, *(self.teams + stop for stop in stops)]
        return Problem(self.hours_s[kept], self.steps_s[np.ix_(nodes, nodes)], self.prize[list(stops)])


def inserted(problem: Problem, rounds: Rounds, stops: Sequence[int]) -> Rounds:
    """Put in what still fits, always the stop with the most prize per second that it adds."""
    rounds = [list(one) for one in rounds]
    open_ = sorted(set(stops) - {stop for one in rounds for stop in one})
    while True:
        offers = [offer for stop in open_ if (offer := _offer(problem, rounds, stop)) is not None]
        if not offers:
            return rounds
        _, stop, team, place = max(offers, key=lambda offer: (offer[0], -offer[1]))
        rounds[team].insert(place, stop)
        open_.remove(stop)


def _offer(problem: Problem, rounds: Rounds, stop: int) -> tuple[float, int, int, int] | None:
    """Return prize per second, stop, team and place of the cheapest way to put a stop in."""
    best: tuple[int, int, int] | None = None
    for team, one in enumerate(rounds):
        nodes = np.array([team, *(problem.teams + other for other in one), team])
        there, back = (
            problem.steps_s[nodes[:-1], problem.teams + stop],
            problem.steps_s[problem.teams + stop, nodes[1:]],
        )
        adds = there + back - problem.steps_s[nodes[:-1], nodes[1:]] if one else there + back
        place = int(np.argmin(adds))
        if problem.lasts(team, one) + adds[place] <= problem.hours_s[team] and (best is None or adds[place] < best[0]):
            best = int(adds[place]), team, place
    return None if best is None else (float(problem.prize[stop]) / max(best[0], 1), stop, best[1], best[2])
