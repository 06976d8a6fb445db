"""How the trained model and its outlines compare with a plain baseline, on simulated seasons neither has seen.

Nothing here says how well real poppy would be found. Run with ``make bench``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks import baseline, matching

from eradication import classify, features, geo, plots, simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.domain.model import LabelledPlace, Samples, places
from eradication.ingest import visits
from eradication.raster import FeatureStack
from eradication.validation import Searched

SEEDS = (101, 102, 103, 104, 105, 106)
PAIRS = tuple(zip(SEEDS, (*SEEDS[1:], SEEDS[0]), strict=True))
"""(season that teaches, season that is searched). Settings of the learners were chosen on seeds 1 to 4."""
SIZE_PX = 384
SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class World:
    """One simulated season: what the methods may see, and the truth they are held against."""

    gated: FeatureStack
    """What the gate lets through, as the package's own path scores it."""
    plain: FeatureStack
    """Every observed pixel, with what only the baseline uses."""
    places: list[LabelledPlace]
    centres: npt.NDArray[np.float64]
    area_m2: npt.NDArray[np.float64]

    def judged(self, candidates: npt.NDArray[np.float64]) -> Searched:
        """Match candidate centres (metres) with the truth."""
        return matching.judged(candidates, self.centres, self.area_m2, float(self.plain.observed.sum()) * 1e-4)

    def samples(self, seed: int) -> Samples:
        """Return what the visits and the background teach."""
        choice = features.choose(self.plain.geobox, self.places, seed=seed)
        return features.sample(self.plain, choice)


def season(seed: int, folder: Path) -> World:
    """Simulate a season; visits go through the reader of visit tables like any other."""
    world = simulation.build(simulation.Recipe(seed, Season(2024), size_px=SIZE_PX))
    table = simulation.write_table(simulation.training_visits(world), folder / f"{seed}.csv")
    rows = visits.read(table, settings=SETTINGS, now=datetime.now(UTC), timezone="Asia/Ho_Chi_Minh")
    told = places(row.visit for row in rows if row.visit is not None)
    west, north = world.corner
    middle = np.array([plot.polygon.centroid.coords[0] for plot in world.plots])
    cube = simulation.cube(world)
    return World(
        gated=features.describe(cube, SETTINGS),
        plain=baseline.with_monthly_rings(features.describe(cube, SETTINGS, gate=features.OPEN)),
        places=told,
        centres=np.column_stack([west + middle[:, 0], north - middle[:, 1]]),
        area_m2=np.array([plot.area_m2 for plot in world.plots]),
    )


def ours(samples: Samples | None, world: World) -> npt.NDArray[np.float64]:
    """Return candidate centres of the package's own path; without samples by the rules."""
    model = None if samples is None else classify.train(own(samples), name="bench")
    found = plots.outline(classify.predict(world.gated, model), SETTINGS, run="bench")
    return np.array(geo.transform([(c.lon, c.lat) for c in found], geo.WGS84, geo.UTM48))


def own(samples: Samples) -> Samples:
    """Leave out what only the baseline uses."""
    kept = [number for number, name in enumerate(samples.names) if name not in baseline.RINGS]
    names = tuple(samples.names[number] for number in kept)
    return replace(samples, names=names, x=np.ascontiguousarray(samples.x[:, kept]))


def theirs(samples: Samples, world: World, *, balanced: bool) -> npt.NDArray[np.float64]:
    """Return candidate centres of the plain method."""
    return baseline.candidates(world.plain, baseline.fit(samples, balanced=balanced), SETTINGS.candidates.most)


type Method = Callable[[Samples, World], npt.NDArray[np.float64]]

METHODS: dict[str, Method] = {
    "trained model, outlines": ours,
    "plain baseline": partial(theirs, balanced=False),
    "plain baseline, balanced": partial(theirs, balanced=True),
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
    worlds = {seed: season(seed, folder) for seed in sorted({seed for pair in pairs for seed in pair})}
    results: dict[str, list[Searched]] = {name: [] for name in METHODS}
    for teacher, searched in pairs:
        samples = worlds[teacher].samples(teacher)
        for name, method in METHODS.items():
            results[name].append(worlds[searched].judged(method(samples, worlds[searched])))
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
