"""How much of what lies between seasons the package's models make good, on simulated seasons nobody has seen.

Two references stand in the same table. The *plain baseline* learns from the same two other seasons as the package; the
*ceiling* is the same plain learner taught by the searched season itself, see :mod:`benchmarks.ceiling`. The gap is what
lies between them. Nothing here says how well real poppy would be found. Run with ``make bench-learning``.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from benchmarks import ceiling, matching, seasons
from benchmarks.seasons import World

from eradication import simulation
from eradication.domain import Detectability, Season
from eradication.domain.model import Samples
from eradication.validation import Figure, Kind, Searched, operating

SEEDS = (101, 102, 103, 104, 105, 106, 107, 108)
"""No setting of a feature or a learner was chosen on these; that was done on seeds 1 to 16."""
TEACHERS = 2
SIZE_PX = 384
CEILINGS = {"ceiling, plain": False, "ceiling, balanced": True}

type Results = dict[str, list[Searched]]
type Method = Callable[[Samples, World], np.ndarray]

METHODS: dict[str, Method] = {
    "trained model, outlines": seasons.ours,
    "plain baseline": lambda samples, world: seasons.theirs(samples, world, balanced=False),
    "plain baseline, balanced": lambda samples, world: seasons.theirs(samples, world, balanced=True),
}


def worlds_of(folder: Path) -> list[World]:
    """Simulate all seasons."""
    return [seasons.season(simulation.Recipe(seed, Season(2024), size_px=SIZE_PX), folder) for seed in SEEDS]


def teachers(number: int) -> list[int]:
    """Return which seasons teach the one who searches season ``number``: the next ones, round the circle."""
    return [(number + step) % len(SEEDS) for step in range(1, TEACHERS + 1)]


def compared(worlds: Sequence[World]) -> Results:
    """Return how each method and the ceiling did on each season."""
    results: Results = {name: [] for name in (*METHODS, *CEILINGS)}
    for number, world in enumerate(worlds):
        samples = seasons.taught([worlds[n] for n in teachers(number)])
        for name, method in METHODS.items():
            results[name].append(world.judged(method(samples, world)))
        for name, balanced in CEILINGS.items():
            results[name] += ceiling.searched(world, balanced=balanced)
    return results


def share_closed(results: Results, figure: Callable[[Sequence[Searched]], Figure]) -> float:
    """Return how much of the gap between the better baseline and the better ceiling the package closes."""
    low = max(figure(results[name]).value for name in METHODS if "baseline" in name)
    high = max(figure(results[name]).value for name in CEILINGS)
    return (figure(results["trained model, outlines"]).value - low) / (high - low)


def told(figure: Figure) -> str:
    """Return a figure with its interval."""
    digits = 3 if figure.value < 10 else 0
    return f"{figure.value:.{digits}f} [{figure.low:.{digits}f}, {figure.high:.{digits}f}] n = {figure.n}"


def lines(searched: Sequence[Searched]) -> list[str]:
    """Return all figures of one method as text."""
    kind = Kind.SEASON_OUT
    by_class = {f"{c.value} in the first 2N, plots": operating.recall(searched, kind, [c]) for c in Detectability}
    by_area = {f"{c.value} in the first 2N, m2": operating.recall_m2(searched, kind, [c]) for c in Detectability}
    figures = {
        "A+B in the first 2N, plots": matching.recall(searched),
        "A+B in the first 2N, m2": operating.recall_m2(searched, kind),
        **by_class,
        **by_area,
    }
    out = [f"    recall of {name:27} {told(figure)}" for name, figure in figures.items()]
    out.append(f"    {'precision in the first N':37} {told(matching.precision(searched))}")
    false = operating.false_per_1000_km2(searched, 0.5, kind)
    return [*out, f"    {'false per 1 000 km2 at recall 0.5':37} {told(false)}"]


def sizes(searched: Sequence[Searched]) -> list[str]:
    """Return the curve of detection against plot size as text."""
    return [
        f"    {low:5.0f} to {high:5.0f} m2                       {told(figure)}"
        for low, high, figure in operating.by_size(searched, Kind.SEASON_OUT)
    ]


def heading(some: Sequence[Searched]) -> list[str]:
    """Return what is needed to read the figures rightly."""
    km2 = sum(s.km2 for s in some)
    poppy = sum(s.area_m2.sum() for s in some) / (km2 * 1e6)
    return [
        "",
        "mô phỏng / simulated: no real poppy was looked for, these figures only compare methods",
        f"seasons {SIZE_PX} x {SIZE_PX} px, seeds {', '.join(map(str, SEEDS))}; each searched after learning from the"
        f" visit tables of the next {TEACHERS}, round the circle",
        f"{km2:.0f} km2 searched, N = {matching.plots(*some)} plots of class A or B among"
        f" {sum(len(s.area_m2) for s in some)}; plots cover {poppy:.2e} of the area (prevalence)",
        "95 % intervals: Clopper-Pearson for counts, bootstrap over plots for m2, over seasons for false candidates",
    ]


def table(results: Results) -> str:
    """Return the results as text."""
    mine = results["trained model, outlines"]
    out = heading(mine)
    for name, searched in results.items():
        out += [name, *lines(searched)]
    out += ["share found by size, trained model", *sizes(mine)]
    out += ["share found by size, ceiling", *sizes(results["ceiling, plain"])]
    recall, precision = (share_closed(results, figure) for figure in (matching.recall, matching.precision))
    out.append(
        f"share of the gap closed (better baseline to better ceiling): recall {recall:.2f}, precision {precision:.2f}"
    )
    return "\n".join(out)


@pytest.mark.bench_learning
@pytest.mark.timeout(3600)
def test_models_close_the_gap_between_seasons(tmp_path, capsys):
    results = compared(worlds_of(tmp_path))
    with capsys.disabled():
        print(table(results))
    mine = results["trained model, outlines"]
    assert matching.plots(*mine) >= 125
    for figure in (matching.recall, matching.precision):
        assert figure(mine).value > max(figure(results[name]).value for name in METHODS if "baseline" in name)
