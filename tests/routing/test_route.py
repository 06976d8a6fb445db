"""Which places teams visit: the best there is for few, nearly so for many, within the hours, each place once."""

import itertools
import sys
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eradication.errors import UnusableInput
from eradication.routing import exact, route, search
from eradication.routing.problem import Problem
from eradication.routing.route import Plan, Stop, Team, Why


def places(seed: int, count: int, teams: int = 1, reach_m: float = 6000.0) -> tuple[list[Stop], np.ndarray]:
    """Stops of skewed prizes, and seconds that differ there and back."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-reach_m, reach_m, (teams + count, 2))
    xy[:teams] /= 4
    seconds = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) / 0.8
    seconds *= rng.uniform(1.0, 1.5, seconds.shape)
    np.fill_diagonal(seconds, 0.0)
    prizes = np.exp(rng.normal(4, 1.5, count))
    return [Stop(f"s{n:03}", float(prize), 1200.0) for n, prize in enumerate(prizes)], seconds


def checked(plan: Plan, stops: list[Stop], teams: list[Team], seconds: np.ndarray) -> Plan:
    """Whatever the plan: back in time, each stop once, all others told, sums right."""
    visited = [stop for one in plan.routes for stop in one.order]
    assert sorted([*visited, *(number for number, _ in plan.left_out)]) == list(range(len(stops)))
    assert [one.unit for one in plan.routes] == [team.unit for team in teams]
    for number, (one, team) in enumerate(zip(plan.routes, teams, strict=True)):
        nodes = [number, *(len(teams) + stop for stop in one.order), number]
        walked = sum(seconds[a, b] for a, b in itertools.pairwise(nodes))
        service = sum(stops[stop].service_s for stop in one.order)
        assert walked + service <= 3600 * team.hours + 1e-6
        assert one.seconds == pytest.approx(walked + service)
        assert one.prize == pytest.approx(sum(stops[stop].prize for stop in one.order))
        at = 0.0
        for before, node, arrives, stop in zip(nodes, nodes[1:], one.arrive_s, one.order, strict=False):
            at += seconds[before, node]
            assert arrives == pytest.approx(at)
            at += stops[stop].service_s
    return plan


def most(stops: list[Stop], teams: list[Team], seconds: np.ndarray, must: frozenset[int] = frozenset()) -> float:
    """The highest sum of prizes by trying everything, -1 if not all that must be can be."""
    rounds: list[dict[frozenset[int], bool]] = []
    for number, team in enumerate(teams):
        fits = {frozenset(): True}
        for size in range(1, len(stops) + 1):
            for order in itertools.permutations(range(len(stops)), size):
                nodes = [number, *(len(teams) + stop for stop in order), number]
                lasts = sum(seconds[a, b] for a, b in itertools.pairwise(nodes))
                if lasts + sum(stops[stop].service_s for stop in order) <= 3600 * team.hours:
                    fits[frozenset(order)] = True
        rounds.append(fits)
    best = -1.0
    for chosen in itertools.product(*rounds):
        together = frozenset().union(*chosen)
        if len(together) == sum(map(len, chosen)) and must <= together:
            best = max(best, sum(stops[stop].prize for stop in together))
    return best


whole = st.integers(0, 3000).map(float)


@st.composite
def problems(draw: st.DrawFn, stops: int, teams: int) -> tuple[list[Stop], list[Team], np.ndarray]:
    """Any whole seconds, some of them no way at all, but never longer than by way of another place."""
    count, of = draw(st.integers(1, stops)), draw(st.integers(1, teams))
    given_ = [
        Stop(f"p{n}", draw(st.floats(0, 1e4)), draw(st.sampled_from([0.0, 600.0])), draw(st.integers(0, 4)) == 0)
        for n in range(count)
    ]
    hours = [Team(f"u{n}", draw(st.integers(1, 9000)) / 3600) for n in range(of)]
    size = count + of
    values = draw(st.lists(st.one_of(whole, whole, whole, st.just(np.inf)), min_size=size**2, max_size=size**2))
    seconds = np.array(values).reshape(size, size)
    np.fill_diagonal(seconds, 0.0)
    for over in range(size):
        seconds = np.minimum(seconds, seconds[:, over, None] + seconds[None, over, :])
    return given_, hours, seconds


@settings(max_examples=60, deadline=None)
@given(problems(5, 2))
def test_few_stops_are_planned_as_well_as_can_be(problem):
    stops, teams, seconds = problem
    plan = checked(route.best(*problem), stops, teams, seconds)
    # Those that must be, in the order given, each if it fits beside those before it.
    must: frozenset[int] = frozenset()
    for number, stop in enumerate(stops):
        if stop.mandatory and most(stops, teams, seconds, must | {number}) >= 0:
            must |= {number}
    visited = {stop for one in plan.routes for stop in one.order}
    assert must == {number for number in visited if stops[number].mandatory}
    others = [stop if n in must or not stop.mandatory else Stop(stop.name, 0.0, 1e9) for n, stop in enumerate(stops)]
    assert plan.prize == pytest.approx(most(others, teams, seconds, must), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_up_to_eight_stops_of_one_team_are_planned_as_well_as_can_be(seed):
    stops, seconds = places(seed, 8)
    teams = [Team("u", 3.0 + seed / 2)]
    seconds = np.ceil(seconds)
    assert checked(route.best(stops, teams, seconds), stops, teams, seconds).prize == pytest.approx(
        most(stops, teams, seconds)
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_search_for_many_stops_comes_near_the_best_where_that_is_known(seed):
    stops, seconds = places(seed, 12, teams=1 + seed % 2)
    teams = [Team(f"u{n}", 3.5) for n in range(1 + seed % 2)]
    known = list(range(12))
    problem = route._problem(stops, teams, seconds, known)
    within = [
        n
        for n in known
        if any(problem.fits([[n] if t == team else [] for t in range(len(teams))]) for team in range(len(teams)))
    ]
    few = problem.of(within)
    found = search.searched(few, [[] for _ in teams], route.EFFORT)
    assert few.fits(found)
    assert few.worth(found) >= 0.97 * few.worth(exact.best(few))


@pytest.mark.parametrize("teams", [1, 3])
def test_many_stops_are_visited_within_the_hours_each_once_and_better_than_without_a_plan(teams):
    stops, seconds = places(7, 90, teams)
    units = [Team(f"u{n}", 7.0 - n) for n in range(teams)]
    plan = checked(route.best(stops, units, seconds, effort=20), stops, units, seconds)
    for without in (route.nearest, route.by_score):
        habit = checked(without(stops, units, seconds), stops, units, seconds)
        assert 0 < habit.prize < plan.prize
    assert all(one.order for one in plan.routes)


def test_equal_input_gives_an_equal_plan_in_whatever_order_the_stops_are_given():
    # On a square grid with one prize for all there are many equally good plans: the names decide.
    x, y = np.divmod(np.arange(50), 7)
    xy = 500.0 * np.vstack([[[3, 3], [4, 3]], np.column_stack([x, y])])
    seconds = np.abs(xy[:, None] - xy[None]).sum(axis=2)
    stops = [Stop(f"s{n:02}", 10.0, 1200.0) for n in range(50)]
    teams = [Team("a", 5.0), Team("b", 4.0)]
    first = route.best(stops, teams, seconds, effort=5)
    assert route.best(stops, teams, seconds, effort=5) == first
    order = np.random.default_rng(1).permutation(50)
    nodes = [0, 1, *(2 + order)]
    again = route.best([stops[n] for n in order], teams, seconds[np.ix_(nodes, nodes)], effort=5)
    assert [[int(order[n]) for n in one.order] for one in again.routes] == [list(one.order) for one in first.routes]


def test_drawn_stops_come_first_in_the_order_given_and_what_does_not_fit_is_told():
    stops, seconds = places(5, 40)
    alone = seconds[0, 1:] + seconds[1:, 0] + 1200
    far = np.argsort(-alone)[:3].tolist()
    hours = float(alone[far].max()) / 3600 + 0.01
    drawn = [Stop(one.name, 0.0, one.service_s, True) if n in far else one for n, one in enumerate(stops)]
    plan = checked(route.best(drawn, [Team("u", hours)], seconds, effort=20), drawn, [Team("u", hours)], seconds)
    first = min(far)
    assert first in plan.routes[0].order
    left = dict(plan.left_out)
    assert {left[n] for n in far if n not in plan.routes[0].order} <= {Why.NO_ROOM}
    short = route.best(drawn, [Team("u", hours / 2)], seconds, effort=20)
    assert {dict(short.left_out)[n] for n in far if alone[n] > 1800 * hours} == {Why.NOT_REACHED}


def test_more_drawn_stops_than_are_tried_exactly_are_all_visited_where_they_fit():
    stops, seconds = places(3, 40, reach_m=1500)
    drawn = [Stop(one.name, one.prize, 60.0, n < 18) for n, one in enumerate(stops)]
    plan = checked(route.best(drawn, [Team("u", 9.0)], seconds, effort=5), drawn, [Team("u", 9.0)], seconds)
    assert set(range(18)) <= set(plan.routes[0].order)


def test_what_brings_nothing_or_is_not_reached_is_left_out_with_the_reason():
    seconds = np.full((4, 4), 600.0)
    seconds[0, 2] = np.inf
    stops = [Stop("a", 5.0, 60.0), Stop("b", 5.0, 60.0), Stop("c", 0.0, 60.0)]
    plan = route.best(stops, [Team("u", 2.0)], seconds)
    assert plan.routes[0].order == (0,)
    assert plan.left_out == ((1, Why.NOT_REACHED), (2, Why.NO_PRIZE))
    assert dict(route.best(stops, [Team("u", 0.5)], seconds + 300).left_out)[0] is Why.NOT_REACHED


@pytest.mark.parametrize("unit", [1e-3, 1e6])
def test_the_unit_of_the_prizes_does_not_matter_from_a_tenth_to_ten_thousand(unit):
    stops, seconds = places(2, 30)
    prizes = np.geomspace(0.1, 1e4, 30)
    stops = [Stop(one.name, float(prize), one.service_s) for one, prize in zip(stops, prizes, strict=True)]
    other = [Stop(one.name, one.prize * unit, one.service_s) for one in stops]
    teams = [Team("u", 5.0)]
    plan = route.best(stops, teams, seconds, effort=10)
    assert route.best(other, teams, seconds, effort=10).prize == pytest.approx(plan.prize * unit, rel=0.01)


def test_without_stops_or_with_none_in_reach_the_team_stays():
    assert route.best([], [Team("u", 8.0)], np.zeros((1, 1))).routes[0].order == ()
    far = np.array([[0.0, 1e6], [1e6, 0.0]])
    plan = route.best([Stop("a", 1.0, 0.0)], [Team("u", 8.0)], far)
    assert plan.routes[0].seconds == 0.0


@pytest.mark.parametrize("hours", [0.0, -3.0, float("nan"), float("inf")])
def test_impossible_hours_are_told(hours):
    for how in (route.best, route.nearest, route.by_score):
        with pytest.raises(UnusableInput) as error:
            how([Stop("a", 1.0, 0.0)], [Team("u", hours)], np.zeros((2, 2)))
        assert (error.value.kind, error.value.where) == ("bad_hours", "u")
        assert error.value.hint


def test_without_or_tools_the_user_is_told_how_to_get_it(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "ortools"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ortools", None)
    with pytest.raises(UnusableInput) as error:
        route.best([Stop("a", 1.0, 0.0)], [Team("u", 1.0)], np.zeros((2, 2)))
    assert error.value.kind == "ortools_missing"
    assert "eradication[plan]" in error.value.hint


def test_a_search_gives_its_memory_back():
    stops, seconds = places(1, 15)
    one = search._Search(route._problem(stops, [Team("u", 4.0)], seconds, list(range(15))), set(), 0.01)
    one.run([[]], 5, search._Best(one.problem, [[]]))
    model = weakref.ref(one.model)
    del one
    assert model() is None


def test_a_caller_who_gives_times_of_another_size_or_unreal_prizes_is_stopped():
    with pytest.raises(ValueError, match="times"):
        route.best([Stop("a", 1.0, 0.0)], [Team("u", 1.0)], np.zeros((3, 3)))
    with pytest.raises(ValueError, match="prizes"):
        route.best([Stop("a", float("nan"), 0.0)], [Team("u", 1.0)], np.zeros((2, 2)))


def test_a_round_of_a_problem_is_measured_with_the_service_at_each_stop():
    steps = np.array([[0, 10, 20], [11, 0, 5], [21, 6, 0]]) + np.array([0, 100, 200])
    problem = Problem(np.array([400]), steps, np.array([1.0, 2.0]))
    assert problem.lasts(0, [0, 1]) == 10 + 100 + 5 + 200 + 21
    assert problem.fits([[0, 1]])
    assert problem.worth([[1, 0]]) == 3.0
    assert exact.all_of(problem) == [[0, 1]]
