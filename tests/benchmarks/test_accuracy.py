"""How the trained model and its outlines compare with a plain baseline, on simulated seasons neither has seen.

Nothing here says how well real poppy would be found. Run with ``make bench``.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks import matching
from benchmarks.seasons import Lesson, World, ours, season, theirs

from eradication.domain import Season
from eradication.simulation import Recipe
from eradication.validation import Searched

SEEDS = (101, 102, 103, 104, 105, 106)
PAIRS = tuple(zip(SEEDS, (*SEEDS[1:], SEEDS[0]), strict=True))
"""(season that teaches, season that is searched). Learners were chosen on seeds 1 to 8 and 41 to 51."""
SIZE_PX = 384


type Method = Callable[[Lesson, World], npt.NDArray[np.float64]]

METHODS: dict[str, Method] = {
    "trained model, outlines": lambda lesson, world: ours(lesson.ours, world),
    "plain baseline": lambda lesson, world: theirs(lesson.anywhere, world, balanced=False),
    "plain baseline, balanced": lambda lesson, world: theirs(lesson.anywhere, world, balanced=True),
    "rule score, no labels": lambda _, world: ours(None, world),
}


def table(results: dict[str, list[Searched]]) -> str:
    """Return the results as text, with all that is needed to read them rightly."""
    some = next(iter(results.values()))
    km2 = sum(s.km2 for s in some)
    poppy = sum(s.area_m2.sum() for s in some) / (km2 * 1e6)
    lines = [
        "",
        "mô phỏng / simulated: no real poppy was looked for, these figures only compare methods",
        f"seasons {SIZE_PX} x {SIZE_PX} px, seeds taught -> searched: {', '.join(f'{a}->{b}' for a, b in PAIRS)}",
        f"{km2:.0f} km2 searched, N = {matching.plots(*some)} plots of class A or B among"
        f" {sum(len(s.area_m2) for s in some)}; plots cover {poppy:.2e} of the area (prevalence)",
        "95 % intervals: Clopper-Pearson for counts, bootstrap over plots for m2, over seasons for false candidates",
    ]
    for name, seasons in results.items():
        lines += [
            name,
            *matching.lines(seasons),
            f"    candidates listed per season           {', '.join(str(len(s.hits)) for s in seasons)}",
        ]
    return "\n".join(lines)


def compared(pairs: Sequence[tuple[int, int]], folder: Path) -> dict[str, list[Searched]]:
    """Return how each method did on each searched season."""
    worlds = {seed: season(Recipe(seed, Season(2024), size_px=SIZE_PX), folder) for seed in sorted(set().union(*pairs))}
    results: dict[str, list[Searched]] = {name: [] for name in METHODS}
    for teacher, searched in pairs:
        lesson = worlds[teacher].lesson(teacher)
        for name, method in METHODS.items():
            results[name].append(worlds[searched].judged(method(lesson, worlds[searched])))
    return results


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_on_unseen_simulated_seasons_the_trained_model_is_at_least_equal_to_the_plain_baseline(tmp_path, capsys):
    results = compared(PAIRS, tmp_path)
    with capsys.disabled():
        print(table(results))
    mine = results["trained model, outlines"]
    plain = results["plain baseline"]
    assert matching.recall(mine).value >= matching.recall(plain).value
    assert matching.precision(mine).value >= matching.precision(plain).value
    assert all(len(s.hits) >= s.visits for s in mine)
