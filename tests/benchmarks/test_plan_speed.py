"""How long a plan takes, and how much of the best it finds: 200 stops on 20 km by 20 km, travel times included.

``make bench-plan``. Ground, candidates and prizes are simulated. The best is that of runs of 10 minutes: of the same
search with more effort and other beginnings and, for one team, of another search that shares no code with it.
"""

import resource
import time
from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from affine import Affine
from benchmarks import other_rounds
from benchmarks.imagery import machine, printed
from benchmarks.imagery.printed import Goal
from benchmarks.imagery.setting import keep, setting

from eradication.config.planning import Plan as Settings
from eradication.routing import route, walking
from eradication.routing.route import Stop, Team
from eradication.routing.walking import Covers
from eradication.simulation import terrain

pytestmark = [pytest.mark.bench_plan, pytest.mark.timeout(7200)]

LONG_MINUTES = 10.0
LONG_EFFORT = 300
STOPS = 200
SIDE, FINER, CELL_M = 400, 5, 50.0
WEST, NORTH = 400_000.0, 2_380_000.0
MIDDLE = np.array([WEST + SIDE * CELL_M / 2, NORTH - SIDE * CELL_M / 2])
MOST_SECONDS, LEAST_SHARE = 20.0, 0.95


@dataclass(frozen=True)
class Day:
    """What is to be planned."""

    name: str
    spread_m: float
    """How far from the post candidates lie: two thirds of them within it."""
    hours: tuple[float, ...]
    """Of each team."""


DAYS = (
    Day("near the post", 3000.0, (8.0,)),
    Day("far and wide", 6000.0, (12.0,)),
    Day("three teams", 4000.0, (8.0,) * 3),
)


def winding(rng: np.random.Generator, at_m: float, along_x: bool) -> shapely.LineString:
    """A line from one side of the land to the other."""
    along = np.linspace(-500.0, SIDE * CELL_M + 500, 300)
    across = at_m + 400 * np.sin(along / rng.uniform(700, 1400)) + 150 * np.sin(along / 260)
    x, y = (along, across) if along_x else (across, along)
    return shapely.LineString(np.column_stack([WEST + x, NORTH - y]))


def covers(rng: np.random.Generator) -> Covers:
    woods = [shapely.Point(*(MIDDLE + rng.uniform(-9000, 9000, 2))).buffer(rng.uniform(400, 1800)) for _ in range(60)]
    return Covers(
        forest=shapely.union_all(woods),
        tracks=shapely.MultiLineString(
            [winding(rng, at, n % 2 == 0) for n, at in enumerate((3500, 8000, 12500, 16500))]
        ),
        roads=winding(rng, 9800.0, along_x=True),
        rivers=shapely.MultiLineString([winding(rng, 6000.0, along_x=True), winding(rng, 14500.0, along_x=False)]),
        keep_out=(
            shapely.Point(MIDDLE[0] + 3000, MIDDLE[1] + 2500).buffer(900),
            shapely.box(WEST, NORTH - 1500, WEST + 20_000, NORTH),
        ),
    )


def day(which: Day, seed: int) -> tuple[np.ndarray, list[Stop], list[Team]]:
    """Points (the posts first), stops and teams."""
    rng = np.random.default_rng(seed)
    posts = MIDDLE + rng.uniform(-2500, 2500, (len(which.hours), 2)) * (len(which.hours) > 1)
    places = MIDDLE + rng.normal(0.0, which.spread_m / 1.5, (STOPS, 2))
    areas = np.exp(rng.normal(np.log(300.0), 1.0, STOPS))
    candidate = rng.random(STOPS) < 0.5
    prizes = areas * np.where(candidate, rng.uniform(0.05, 0.6, STOPS), rng.uniform(0.02, 0.2, STOPS))
    prizes *= rng.uniform(1.0, 2.0, STOPS)
    minutes = np.where(candidate, 20.0, 45.0)
    stops = [Stop(f"{n:03}", float(p), 60.0 * float(m)) for n, (p, m) in enumerate(zip(prizes, minutes, strict=True))]
    return np.vstack([posts, places]), stops, [Team(f"team {n + 1}", hours) for n, hours in enumerate(which.hours)]


def long_best(stops: list[Stop], teams: list[Team], seconds: np.ndarray) -> tuple[float, float]:
    """The best of the long runs: of ours, and of the other search (0 for several teams)."""
    ours, seed, end = 0.0, 1, time.monotonic() + 60 * LONG_MINUTES
    while time.monotonic() < end:
        ours = max(ours, route.best(stops, teams, seconds, seed=seed, effort=LONG_EFFORT).prize)
        seed += 1
    if len(teams) > 1:
        return ours, 0.0
    service, prize = (np.array([getattr(one, what) for one in stops]) for what in ("service_s", "prize"))
    return ours, other_rounds.long_run(seconds, service, prize, teams[0].hours, LONG_MINUTES)


@pytest.fixture(scope="module")
def heights() -> np.ndarray:
    fine = terrain.build(np.random.default_rng(8), SIDE * FINER).elevation_m
    return fine.reshape(SIDE, FINER, SIDE, FINER).mean(axis=(1, 3)).astype(np.float32)


@pytest.mark.parametrize("which", DAYS, ids=lambda one: one.name)
def test_a_plan_of_200_stops_is_soon_made_and_near_the_best(which, heights):
    how = setting()
    points, stops, teams = day(which, seed=11)
    began = time.perf_counter()
    ground = walking.land(
        heights, Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH), covers(np.random.default_rng(5)), Settings()
    )
    seconds = walking.times(ground, points, 3600 * max(which.hours), posts=len(teams))
    walked = time.perf_counter()
    plan = route.best(stops, teams, seconds)
    planned = time.perf_counter()
    nodes = [
        (node, after)
        for team, one in enumerate(plan.routes)
        for node, after in zip(
            [team, *(len(teams) + n for n in one.order)], [*(len(teams) + n for n in one.order), team], strict=True
        )
        if node != after
    ]
    ways = walking.ways(ground, points, nodes)
    drawn = time.perf_counter()
    assert sum(way.seconds for way in ways) == pytest.approx(sum(one.walking_s for one in plan.routes), rel=1e-6)
    ours, other = long_best(stops, teams, seconds)
    habits = {
        "nearest": route.nearest(stops, teams, seconds).prize,
        "by score": route.by_score(stops, teams, seconds).prize,
    }
    out = {
        "reached": f"{sum(why is not route.Why.NOT_REACHED for _, why in plan.left_out) + visited(plan)} of {STOPS}",
        "visited": str(visited(plan)),
        "ground and times": f"{walked - began:.1f} s",
        "rounds": f"{planned - walked:.1f} s",
        "ways": f"{drawn - planned:.1f} s",
        "prize": f"{plan.prize:.0f} m²",
        **{name: f"{prize:.0f} m²; the plan brings {plan.prize / prize:.2f} x" for name, prize in habits.items()},
        f"best of {LONG_MINUTES:g} min": f"{ours:.0f} m² of the same search, {other:.0f} m² of another",
        "peak memory of the process": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
    }
    print(
        f"\nsimulated ground\n{printed.block('machine', machine.described(how.out))}\n{printed.block(which.name, out)}"
    )
    keep(how.out, f"plan_{which.name}", out)
    goals = [
        Goal("a plan of 200 stops, travel times included", drawn - began, MOST_SECONDS, False, "s"),
        Goal("prize, as a share of the best of the long runs", plan.prize / max(ours, other), LEAST_SHARE, True, ""),
    ]
    print("\n".join(map(str, goals)))
    assert all(goal.reached for goal in goals), [goal.what for goal in goals if not goal.reached]
    assert plan.prize > max(habits.values())


def visited(plan: route.Plan) -> int:
    return sum(len(one.order) for one in plan.routes)
