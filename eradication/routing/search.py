"""Good rounds of many stops: OR-tools' guided local search, several times with another price of a second.

Where nothing but prizes counts, local search stands on plateaus: many rounds are worth the same, and some of them have
room for one stop more. So every second has a price, a share of what a second of the best rounds so far brings, and what
counts is prize less price. No share is right for all grounds, hence several are tried, each from the beginning; of all
rounds passed on the way those with the highest sum of prizes are kept. Each search ends after a number of solutions,
not of seconds: equal input gives equal plans on every machine.
"""

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eradication.errors import N_, UnusableInput
from eradication.routing import exact
from eradication.routing.problem import Problem, Rounds, inserted

SHARES = (0.5, 0.7, 0.6, 0.8, 0.4, 0.9, 0.3)
"""Prices of a second that are tried, as shares of what one of the best rounds so far brings."""

SCALE = 1e9
"""OR-tools counts in whole numbers: the highest prize becomes this, the smallest differ by a billionth of it."""

GIVES_UP_S = 60
"""A search that finds no more solutions would not end by itself: it ends after so many seconds. Searches of 200 stops
take less than one; where one that still finds solutions were cut off, the plan would depend on the machine's speed."""


@dataclass(slots=True)
class _Best:
    """The best rounds seen so far."""

    problem: Problem
    rounds: Rounds
    worth: float = field(init=False)
    lasts: int = field(init=False)

    def __post_init__(self) -> None:
        self.worth, self.lasts = self._value(self.rounds)

    def offer(self, rounds: Rounds) -> None:
        """Take rounds that are worth more, or as much and done sooner."""
        worth, lasts = self._value(rounds)
        if (worth, -lasts) > (self.worth, -self.lasts):
            self.rounds, self.worth, self.lasts = rounds, worth, lasts

    def _value(self, rounds: Rounds) -> tuple[float, int]:
        return self.problem.worth(rounds), sum(self.problem.lasts(team, one) for team, one in enumerate(rounds))


def searched(problem: Problem, musts: Rounds, solutions: int) -> Rounds:
    """Return good rounds that visit all stops of ``musts``.

    Args:
        problem: every stop can be visited by some team alone.
        musts: rounds of the stops that must be visited, known to fit.
        solutions: after so many a search with one price ends.

    Raises:
        UnusableInput: ``ortools_missing``.
    """
    best = _Best(problem, inserted(problem, musts, range(problem.stops)))
    must = {stop for one in musts for stop in one}
    for share in SHARES:
        price = share * best.worth / max(float(problem.hours_s.sum()), 1.0)
        _Search(problem, must, price).run(musts, solutions, best)
    polished = inserted(problem, _soonest(problem, best.rounds), range(problem.stops))
    best.offer(_soonest(problem, polished))
    return best.rounds


def _soonest(problem: Problem, rounds: Rounds) -> Rounds:
    """Return the rounds, each in the order that is soonest done, if it is short enough to try all."""
    out = []
    for team, one in enumerate(rounds):
        stops = sorted(one)
        alone = problem.of(stops, [team])
        short = exact.all_of(alone) if 2 <= len(one) <= exact.MOST_STOPS else None
        out.append([stops[number] for number in short[0]] if short is not None else list(one))
    return out


class _Search:
    """OR-tools' model of a problem with one price of a second."""

    def __init__(self, problem: Problem, must: set[int], price: float) -> None:
        self.problem = problem
        self.api, self.enums = _ortools()
        posts = list(range(problem.teams))
        self.nodes: Any = self.api.RoutingIndexManager(len(problem.steps_s), problem.teams, posts, posts)
        self.model: Any = self.api.RoutingModel(self.nodes)
        seconds = self.model.RegisterTransitMatrix(problem.steps_s.tolist())
        self.model.AddDimensionWithVehicleCapacity(seconds, 0, problem.hours_s.tolist(), True, "seconds")
        unit = SCALE / max(float(problem.prize.max()), 1e-12)
        cost = np.rint(problem.steps_s * price * unit).astype(np.int64)
        self.model.SetArcCostEvaluatorOfAllVehicles(self.model.RegisterTransitMatrix(cost.tolist()))
        for stop in range(problem.stops):
            if stop not in must:
                index = self.nodes.NodeToIndex(problem.teams + stop)
                self.model.AddDisjunction([index], max(round(float(problem.prize[stop]) * unit), 1))

    def run(self, musts: Rounds, solutions: int, best: _Best) -> None:
        """Search, from the rounds that must be if there are any, and offer all that is found."""
        how: Any = self.api.DefaultRoutingSearchParameters()
        how.first_solution_strategy = self.enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        how.local_search_metaheuristic = self.enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        how.solution_limit = solutions
        how.time_limit.seconds = GIVES_UP_S
        # The model holds the callback in C++, where Python finds no cycles: holding the model, it would stay forever.
        me = weakref.proxy(self)
        self.model.AddAtSolutionCallback(lambda: best.offer(me._rounds()))
        if any(musts):
            self.model.CloseModelWithParameters(how)
            routes = [[self.problem.teams + stop for stop in one] for one in musts]
            self.model.SolveFromAssignmentWithParameters(self.model.ReadAssignmentFromRoutes(routes, True), how)
        else:
            self.model.SolveWithParameters(how)

    def _rounds(self) -> Rounds:
        rounds: Rounds = []
        for team in range(self.problem.teams):
            one: list[int] = []
            index = self.model.NextVar(self.model.Start(team)).Value()
            while not self.model.IsEnd(index):
                one.append(self.nodes.IndexToNode(index) - self.problem.teams)
                index = self.model.NextVar(index).Value()
            rounds.append(one)
        return rounds


def require() -> None:
    """Raise unless OR-tools is installed.

    Raises:
        UnusableInput: ``ortools_missing``.
    """
    _ortools()


def _ortools() -> tuple[Any, Any]:
    try:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2
    except ImportError:
        raise UnusableInput(
            "ortools_missing",
            N_("Plans of patrols need OR-tools, which is not installed."),
            hint=N_("Install it: pip install 'eradication[plan]'."),
        ) from None
    return pywrapcp, routing_enums_pb2
