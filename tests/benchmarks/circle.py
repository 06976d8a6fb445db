"""Eight simulated seasons in a circle: each is searched after learning from the next two."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks import matching, seasons
from benchmarks.seasons import World

from eradication import simulation
from eradication.domain import Season
from eradication.validation import Figure, Searched

SEEDS = (101, 102, 103, 104, 105, 106, 107, 108)
"""No setting of a feature or a learner was chosen on these; that was done on seeds 1 to 8 and 41 to 51."""
TEACHERS = 2
SIZE_PX = 384


def worlds_of(
    folder: Path, seeds: Sequence[int] = SEEDS, sigma_ln: float = 0.9, *, informed: bool = False
) -> list[World]:
    """Simulate seasons; see :func:`benchmarks.seasons.season`."""
    recipes = [simulation.Recipe(seed, Season(2024), size_px=SIZE_PX, sigma_ln=sigma_ln) for seed in seeds]
    return [seasons.season(recipe, folder, informed=informed) for recipe in recipes]


def teachers(number: int) -> list[int]:
    """Return which seasons teach the one who searches season ``number``: the next ones, round the circle."""
    return [(number + step) % len(SEEDS) for step in range(1, TEACHERS + 1)]


def told(figure: Figure) -> str:
    """Return a figure with its interval."""
    digits = 3 if figure.value < 10 else 0
    return f"{figure.value:.{digits}f} [{figure.low:.{digits}f}, {figure.high:.{digits}f}] n = {figure.n}"


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
