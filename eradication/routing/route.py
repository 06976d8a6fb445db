"""Which places teams visit within their hours, and in which order: the most prize on round trips from their posts.

The team orienteering problem (Chao, Golden and Wasil 1996), with a post and hours of each team's own. Places that must
be visited (drawn at random) come first, in the order they are given in, as far as they fit; the others by prize. Few
stops are solved exactly, many by OR-tools. What people do without a plan stands beside it: the nearest place next, or
the highest score next.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from eradication.routing import exact
from eradication.routing.problem import Problem, Rounds, inserted
from eradication.routing.rounds import Plan, Route, Stop, Team, Why, checked, plan, reachable
from eradication.routing.search import require, searched

__all__ = ["EFFORT", "Plan", "Route", "Stop", "Team", "Why", "best", "by_score", "nearest"]

type Floats = npt.NDArray[np.float64]

FEW = 10
"""So many stops are solved exactly, which takes no longer than a search."""

EFFORT = 50
"""Solutions that a search with one price of a second passes; seconds grow in proportion to it, prizes hardly."""


def best(
    stops: Sequence[Stop], teams: Sequence[Team], times: npt.ArrayLike, *, seed: int = 0, effort: int = EFFORT
) -> Plan:
    """Return the plan with the most prize.

    Stops that are ``mandatory`` are taken in the order given, each if it fits beside those taken before; which others
    are given in which order does not matter. No stop is visited twice. Equal input gives an equal plan.

    Args:
        stops: places.
        teams: of each the post and hours.
        times: seconds on foot, from row to column: first the teams' posts in their order, then the stops; inf = no way.
        seed: another one goes through the stops in another order; for tests of how good plans are.
        effort: solutions that a search passes; the time grows in proportion.

    Raises:
        UnusableInput: ``ortools_missing``, ``bad_hours``.
    """
    seconds = checked(stops, teams, times)
    require()
    known = sorted(reachable(stops, teams, seconds), key=lambda n: (stops[n].name, stops[n].prize, stops[n].service_s))
    known = [known[n] for n in np.random.default_rng(seed).permutation(len(known))] if seed else known
    problem = _problem(stops, teams, seconds, known)
    musts = _musts(problem, [known.index(number) for number in sorted(known) if stops[number].mandatory])
    taken = {stop for one in musts for stop in one}
    wanted = [n for n, stop in enumerate(known) if n in taken or (stops[stop].prize > 0 and not stops[stop].mandatory)]
    rounds = _solved(problem.of(wanted), [[wanted.index(stop) for stop in one] for one in musts], effort)
    return plan(stops, teams, seconds, [[known[wanted[stop]] for stop in one] for one in rounds])


def _problem(stops: Sequence[Stop], teams: Sequence[Team], seconds: Floats, known: list[int]) -> Problem:
    nodes = [*range(len(teams)), *(len(teams) + number for number in known)]
    hours = np.floor([team.seconds for team in teams]).astype(np.int64)
    service = np.concatenate([np.zeros(len(teams)), [stops[number].service_s for number in known]])
    steps = np.minimum(np.ceil(seconds[np.ix_(nodes, nodes)]), float(hours.max(initial=0)) + 1.0) + np.ceil(service)
    return Problem(hours, steps.astype(np.int64), np.array([stops[number].prize for number in known], float))


def _musts(problem: Problem, in_order: list[int]) -> Rounds:
    """Return rounds of the stops that must be visited, each taken if it fits beside those before it.

    Whether it fits is decided exactly up to :data:`exact.MOST_STOPS` stops; beyond, it must fit between two others.
    """
    rounds: Rounds = [[] for _ in range(problem.teams)]
    taken: list[int] = []
    for stop in in_order:
        trial = inserted(problem, rounds, [stop])
        if trial == rounds and len(taken) < exact.MOST_STOPS:
            few = exact.all_of(problem.of([*taken, stop]))
            trial = rounds if few is None else [[[*taken, stop][number] for number in one] for one in few]
        if trial != rounds:
            taken.append(stop)
        rounds = trial
    return rounds


def _solved(problem: Problem, musts: Rounds, effort: int) -> Rounds:
    if problem.stops > FEW:
        return searched(problem, musts, effort)
    must = [stop for one in musts for stop in one]
    prize = problem.prize.copy()
    prize[must] += prize.sum() + 1.0
    return exact.best(Problem(problem.hours_s, problem.steps_s, prize))


def nearest(stops: Sequence[Stop], teams: Sequence[Team], times: npt.ArrayLike) -> Plan:
    """Return what teams visit that always go on to the nearest place from which they are still back in time.

    Args and errors as of :func:`best`; prizes and ``mandatory`` do not count. Teams choose in turn.
    """
    seconds = checked(stops, teams, times)

    def soonest(at: int, free: list[int]) -> list[int]:
        return sorted(free, key=lambda stop: (seconds[at, len(teams) + stop], stops[stop].name))

    return _in_turn(stops, teams, seconds, soonest)


def by_score(stops: Sequence[Stop], teams: Sequence[Team], times: npt.ArrayLike) -> Plan:
    """Return what teams visit that always go on to the place with the highest prize from which they are back in time.

    Args and errors as of :func:`best`; ``mandatory`` does not count. Teams choose in turn.
    """
    seconds = checked(stops, teams, times)

    def highest(at: int, free: list[int]) -> list[int]:
        return sorted(free, key=lambda stop: (-stops[stop].prize, stops[stop].name))

    return _in_turn(stops, teams, seconds, highest)


def _in_turn(
    stops: Sequence[Stop], teams: Sequence[Team], seconds: Floats, order: Callable[[int, list[int]], list[int]]
) -> Plan:
    """Let teams choose their next stop in turn, the first in ``order`` that still fits, until none can go on."""
    rounds: Rounds = [[] for _ in teams]
    spent = [0.0] * len(teams)
    going = set(range(len(teams)))
    free = list(range(len(stops)))
    while going:
        for team in sorted(going):
            at = len(teams) + rounds[team][-1] if rounds[team] else team
            for stop in order(at, free):
                node = len(teams) + stop
                after = spent[team] + float(seconds[at, node]) + stops[stop].service_s
                if after + float(seconds[node, team]) <= teams[team].seconds:
                    rounds[team].append(stop)
                    spent[team] = after
                    free.remove(stop)
                    break
            else:
                going.remove(team)
    return plan(stops, teams, seconds, rounds)
