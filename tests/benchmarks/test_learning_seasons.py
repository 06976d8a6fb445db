"""How much of what lies between seasons the package's models make good, on simulated seasons nobody has seen.

Two references stand in the same table. The *plain baseline* learns from the same two other seasons as the package; the
*ceiling* is the same plain learner taught by the searched season itself, see :mod:`benchmarks.ceiling`. The gap is what
lies between them. Nothing here says how well real poppy would be found. Run with ``make bench-learning``.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from benchmarks import ceiling, matching, seasons
from benchmarks.circle import SEEDS, SIZE_PX, TEACHERS, heading, teachers, told, worlds_of
from benchmarks.seasons import Lesson, World

from eradication import simulation
from eradication.domain import Detectability, Season
from eradication.simulation import landscape, phenology
from eradication.validation import Figure, Kind, Searched, operating

CEILINGS: dict[str, Callable[[World], list[Searched]]] = {
    "ceiling, plain": partial(ceiling.searched, balanced=False),
    "ceiling, balanced": partial(ceiling.searched, balanced=True),
    "ceiling, balanced, three quarters taught": partial(ceiling.searched, balanced=True, parts=4),
    "ceiling, the package's model": ceiling.with_our_model,
}
"""Truth of the searched season as teacher. The first is the plain learner as it stands, which half a season's plots
are too few for; the others give it a better chance, so that none is called a ceiling that is none."""

GROUND = {"ceiling, as much other ground": False, "ceiling, as much other ground, balanced": True}
"""The season's truth on as much ground as two seasons of visits come from."""

type Results = dict[str, list[Searched]]
type Method = Callable[[Lesson, World], np.ndarray]

METHODS: dict[str, Method] = {
    "trained model, outlines": lambda lesson, world: seasons.ours(lesson.ours, world),
    "plain baseline": lambda lesson, world: seasons.theirs(lesson.anywhere, world, balanced=False),
    "plain baseline, balanced": lambda lesson, world: seasons.theirs(lesson.anywhere, world, balanced=True),
}


def same_season(folder: Path, seed: int) -> list[World]:
    """Simulate other ground in the season of ``seed``, as much as seasons teach."""
    grounds = (seed * 1000 + number for number in range(TEACHERS))
    recipes = [simulation.Recipe(ground, Season(2024), size_px=SIZE_PX, weather=seed) for ground in grounds]
    return [seasons.season(recipe, folder) for recipe in recipes]


def compared(worlds: Sequence[World], folder: Path) -> Results:
    """Return how each method and the ceiling did on each season."""
    results: Results = {name: [] for name in (*METHODS, *CEILINGS, *GROUND)}
    for number, world in enumerate(worlds):
        lesson = seasons.taught([worlds[n] for n in teachers(number)])
        for name, method in METHODS.items():
            results[name].append(world.judged(method(lesson, world)))
        for name, search in CEILINGS.items():
            results[name] += search(world)
        ground = same_season(folder, world.seed)
        for name, balanced in GROUND.items():
            results[name].append(ceiling.of_other_ground(world, ground, balanced=balanced))
    return results


def gap(
    results: Results, figure: Callable[[Sequence[Searched]], Figure], baseline: str = "plain baseline"
) -> tuple[float, float, float]:
    """Return a figure of a baseline, of the best ceiling and of the package's model."""
    high = max(figure(results[name]).value for name in (*CEILINGS, *GROUND))
    return figure(results[baseline]).value, high, figure(results["trained model, outlines"]).value


def closed(name: str, low: float, high: float, mine: float) -> str:
    """Return how much of the gap is closed, as text; there may be none, or more may be closed than there is."""
    said = f"    {name}: baseline {low:.3f}, best ceiling {high:.3f}, trained model {mine:.3f}"
    if high <= low:
        return f"{said}; the ceilings lie no higher than the baseline, so there is no gap to close"
    return f"{said}; share of the gap closed {(mine - low) / (high - low):.2f}"


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


def table(results: Results) -> str:
    """Return the results as text."""
    mine = results["trained model, outlines"]
    out = heading(mine)
    for name, searched in results.items():
        out += [name, *lines(searched)]
    out += ["share found by size, trained model", *sizes(mine)]
    out += [
        "share found by size, three quarters of the season taught",
        *sizes(results["ceiling, balanced, three quarters taught"]),
    ]
    for low in ("plain baseline", "plain baseline, balanced"):
        out.append(f"from the {low}")
        out.append(closed("recall", *gap(results, matching.recall, low)))
        out.append(closed("precision", *gap(results, matching.precision, low)))
    return "\n".join(out)


@pytest.mark.bench_learning
@pytest.mark.timeout(3600)
def test_models_close_the_gap_between_seasons(tmp_path, capsys):
    results = compared(worlds_of(tmp_path), tmp_path)
    with capsys.disabled():
        print(table(results))
    mine = results["trained model, outlines"]
    assert matching.plots(*mine) >= 125
    for figure in (matching.recall, matching.precision):
        low, high, found = gap(results, figure)
        assert found > gap(results, figure, "plain baseline, balanced")[0] > low
        assert found - low >= 0.7 * (high - low)


SHIFTED_SEEDS = (111, 112, 113, 114)
OTHER_MIX = {
    "swidden_regrowth": 0.5, "spring_maize": 2.0, "mustard_greens": 2.0, "winter_vegetables": 2.0,
    "ornamental_flowers": 2.0, "plum_blossom": 0.5,
}  # fmt: skip
"""Factors on the shares of look-alikes: twice the crops that bloom or ripen like poppy, half of the woody ones."""


def other_menu() -> dict[str, dict[str, float]]:
    """Return the shares of crops by zone with another mix of look-alikes."""
    return {
        zone: {crop: share * OTHER_MIX.get(crop, 1.0) for crop, share in menu.items()}
        for zone, menu in landscape.MENU.items()
    }


SLOWER, FASTER = 1.15, 0.87


def at_pace(pace: float) -> tuple[tuple[float, str], ...]:
    """Return poppy's calendar with every stage after sowing so much later: the package's own clock knows one pace."""
    return tuple((day * pace if day > 0 else day, state) for day, state in phenology.POPPY_FRAMES)


@pytest.mark.bench_learning
@pytest.mark.timeout(3600)
def test_on_another_generator_models_lose_little(tmp_path, capsys, monkeypatch):
    model = seasons.trained(seasons.taught(worlds_of(tmp_path, SEEDS[:TEACHERS])).ours)
    grounds = {
        "as taught": worlds_of(tmp_path, SHIFTED_SEEDS),
        "sizes spread more": worlds_of(tmp_path, SHIFTED_SEEDS, 1.2),
    }
    with monkeypatch.context() as patch:
        patch.setattr(landscape, "MENU", other_menu())
        grounds["another mix of look-alikes"] = worlds_of(tmp_path, SHIFTED_SEEDS)
    for name, pace in {"poppy grows more slowly": SLOWER, "poppy grows faster": FASTER}.items():
        with monkeypatch.context() as patch:
            patch.setattr(phenology, "POPPY_FRAMES", at_pace(pace))
            grounds[name] = worlds_of(tmp_path, SHIFTED_SEEDS)
    found = {name: [w.judged(seasons.outlined(w, model)) for w in worlds] for name, worlds in grounds.items()}
    with capsys.disabled():
        for name, searched in found.items():
            print(name, *lines(searched), sep="\n")
    usual = matching.recall(found["as taught"]).value
    for name in ("sizes spread more", "another mix of look-alikes"):
        assert matching.recall(found[name]).value >= usual - 0.05, name
