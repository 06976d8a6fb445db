"""Seasons of patrols in a simulated province: all policies have the same posts, days and hours, and the same plots."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eradication.config import Effort
from eradication.domain import Season
from eradication.pipeline.rehearsal.banded import Banded
from eradication.pipeline.rehearsal.knowledge import History
from eradication.pipeline.rehearsal.outings import ByScore, Habit, Mixed, Morning, Policy, walk
from eradication.pipeline.rehearsal.planned import AllKnowing, Planned
from eradication.pipeline.rehearsal.travel import Grounds
from eradication.simulation.province_seasons import Year, seasons
from eradication.simulation.province_walks import Diary

ROUNDS = ("01-20", "03-01")
"""Days on which each post sends out a patrol."""
HOURS = 8.0
BEFORE = 3
"""Seasons that pass before anybody writes anything down, so that old places are there."""

POLICIES: dict[str, Callable[[], Policy]] = {"habit": Habit, "by_score": ByScore, "planned": Planned}
"""Ways of patrolling by name."""

YARDSTICKS: dict[str, Callable[[], Policy]] = {
    "all_knowing": AllKnowing,
    "banded": Banded,
    "by_class": lambda: Banded(taught=False),
}
"""What plans are measured by besides: nobody can do better; candidates prized by bands of score, by class alone."""


@dataclass(frozen=True, slots=True)
class SeasonResult:
    """What one season of one way of patrolling gave; simulated."""

    policy: str
    season: str
    hours: float
    """Patrol hours, from setting out to coming back; the same for every policy."""
    plots: int
    """Plots found and confirmed."""
    m2: float
    stood: int
    """Truth: plots that stood."""
    stood_m2: float
    visits: int
    """Candidates visited."""
    confirmed: int
    cells: int
    """Cells searched."""
    blind: int
    """Plots found that are below 350 m²."""
    in_time: int
    """Plots found before their capsules were lanced."""
    walked_h: float
    """Hours on the way and at stops: what of the day was used."""


def rehearse(
    grounds: Grounds,
    policies: Sequence[str] = tuple(POLICIES),
    *,
    seasons_before: int = 2,
    count: int = 1,
    rounds: Sequence[str] = ROUNDS,
    hours: float = HOURS,
) -> list[SeasonResult]:
    """Patrol a province half by habit, half by score for some seasons, then let each policy go on from there by itself.

    Args:
        grounds: the province with the ground round its posts.
        policies: names of :data:`POLICIES` or :data:`YARDSTICKS`.
        seasons_before: seasons that all policies have behind them.
        count: seasons each policy then patrols, each building on its own finds.
        rounds: days (MM-DD) on which every post sends a patrol.
        hours: of each patrol.
    """
    years = seasons(grounds.province, Season(2015), BEFORE + seasons_before + count)[BEFORE:]
    past = History()
    for number in range(seasons_before):
        past.after(patrolled(grounds, years[number], Mixed(), past, number, rounds=rounds, hours=hours)[0])
    results = []
    for name in policies:
        own, policy = past.copy(), (POLICIES | YARDSTICKS)[name]()
        for number in range(seasons_before, seasons_before + count):
            diary, used, cells = patrolled(grounds, years[number], policy, own, number, rounds=rounds, hours=hours)
            results.append(result(name, diary, used, cells))
            own.after(diary)
    return results


def patrolled(
    grounds: Grounds,
    year: Year,
    policy: Policy,
    history: History,
    number: int,
    *,
    rounds: Sequence[str] = ROUNDS,
    hours: float = HOURS,
) -> tuple[Diary, float, int]:
    """Patrol one season; return its diary, the hours of the days that were used, and the cells searched."""
    province = grounds.province
    seed = [province.seed, number]
    diary = Diary(province, year, Effort(), np.random.default_rng([*seed, 11]))
    rng = np.random.default_rng([*seed, 12])
    used, searched = 0.0, 0
    for text in rounds:
        day = year.season.day(text).toordinal()
        policy.begin(grounds, diary, history, day)
        for post in rng.permutation(len(province.land.posts)).tolist():
            morning = Morning(grounds, grounds.window(post), diary, history, post, day, hours, rng)
            outing = policy.outing(morning)
            used += outing.seconds(morning) / 3600.0
            searched += sum(halt.is_search for halt in outing.halts)
            walk(morning, outing, grounds.settings.cell_m)
    history.looked[:] = False
    return diary, used, searched


def result(policy: str, diary: Diary, used: float, cells: int) -> SeasonResult:
    """Return a season's figures."""
    plots = diary.year.plots
    return SeasonResult(
        policy=policy,
        season=diary.year.season.label,
        hours=diary.hours,
        plots=int(diary.found.sum()),
        m2=diary.found_m2,
        stood=len(plots.cell),
        stood_m2=float(plots.area_m2.sum()),
        visits=int(diary.visited.sum()),
        confirmed=int(diary.confirmed.sum()),
        cells=cells,
        blind=int((diary.found & (plots.area_m2 < 350.0)).sum()),
        in_time=int((diary.found & ~diary.lanced).sum()),
        walked_h=used,
    )
