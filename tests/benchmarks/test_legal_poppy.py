"""What virtual plots of declared poppy teach, beside what the parcels themselves and one season of visits teach.

Poppy, land and calendar of the simulated country are those of the seasons that are searched: what follows says what
mixing and a wrong shift of dates do, and nothing about real poppy. Run with ``make bench-learning``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from benchmarks import matching

from eradication import classify, features, geo, plots, simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.domain.model import LabelledPlace, Samples, TrainedModel, join, places
from eradication.ingest import visits
from eradication.legal_poppy import areas, moved, plant
from eradication.pipeline.declaring import read_parcels
from eradication.raster import Cube, FeatureStack
from eradication.validation import Searched

SETTINGS = Settings()
COUNTRIES, SEARCHED = (201, 202, 203), (101, 102, 103, 104, 105, 106)
COUNTRY = Season(2019)
PLOTS = 120


def as_they_are(cube: Cube, path: Path, seed: int) -> tuple[Cube, list[LabelledPlace]]:
    """Return what declared parcels teach without the recipe: whole fields of poppy, whole look-alike parcels."""
    parcels = read_parcels(path, SETTINGS, near=cube.geobox)
    alike = np.random.default_rng(seed).choice(len(parcels.look_alikes), PLOTS, replace=False)
    chosen = [*parcels.poppy, *(parcels.look_alikes[k] for k in alike)]
    return cube, [
        LabelledPlace(f"{p.key}", p.kind is not None, *geo.centre(p.geometry), geo.area_m2(p.geometry), p.geometry)
        for p in chosen
    ]


def mixed(
    cube: Cube, path: Path, seed: int, days_off: int = 0, *, fields: bool = False
) -> tuple[Cube, list[LabelledPlace]]:
    """Return what the recipe makes of it, its dates moved by so many days too far."""
    if days_off:
        cube = moved([cube], days_off, COUNTRY)
    parcels = read_parcels(path, SETTINGS, near=cube.geobox)
    planted = plant(cube, parcels, areas(PLOTS, seed), seed=seed, fields=fields)
    return planted.cube, list(planted.places)


TEACHERS: dict[str, Callable[[Cube, Path, int], tuple[Cube, list[LabelledPlace]]]] = {
    "virtual plots": mixed,
    "virtual plots and the fields that lend": lambda cube, path, seed: mixed(cube, path, seed, fields=True),
    "virtual plots, 3 weeks late": lambda cube, path, seed: mixed(cube, path, seed, 21),
    "virtual plots, 3 weeks early": lambda cube, path, seed: mixed(cube, path, seed, -21),
    "parcels as they are": as_they_are,
}


def country(seed: int, folder: Path) -> dict[str, Samples]:
    """Return what a simulated country teaches, by each teacher."""
    recipe = simulation.Recipe(seed, COUNTRY, size_px=320, plots=45, median_m2=12_000.0, sigma_ln=0.35, mixed_share=0.0)
    world = simulation.build(recipe)
    cube, path = simulation.cube(world), simulation.write_parcels(world, folder / f"{seed}.gpkg")
    lessons = {}
    for name, teacher in TEACHERS.items():
        images, told = teacher(cube, path, seed)
        told = [replace(place, plot=f"{seed}/{place.plot}") for place in told]
        stack = features.describe(images, SETTINGS)
        lessons[name] = features.sample(stack, features.choose(stack.geobox, told, background=8_000, seed=seed))
    return lessons


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A season as the province has it, with visits and truth."""

    world: simulation.World
    stack: FeatureStack
    taught: Samples


def ordinary(seed: int, folder: Path) -> Ordinary:
    world = simulation.build(simulation.Recipe(seed, Season(2024), size_px=384))
    table = simulation.write_table(simulation.training_visits(world), folder / f"{seed}.csv")
    rows = visits.read(table, settings=SETTINGS, now=datetime.now(UTC), timezone="Asia/Ho_Chi_Minh")
    told = places(row.visit for row in rows if row.visit is not None)
    stack = features.describe(simulation.cube(world), SETTINGS)
    return Ordinary(world, stack, features.sample(stack, features.choose(stack.geobox, told, seed=seed)))


def searched(season: Ordinary, model: TrainedModel | None) -> Searched:
    """Search a season as ``monitor`` does and hold the list against the truth."""
    found = plots.outline(classify.predict(season.stack, model), SETTINGS, run="bench")
    at = np.array(geo.transform([(c.lon, c.lat) for c in found], geo.WGS84, geo.UTM48))
    west, north = season.world.corner
    middle = np.array([plot.polygon.centroid.coords[0] for plot in season.world.plots])
    centres = np.column_stack([west + middle[:, 0], north - middle[:, 1]])
    areas_m2 = np.array([plot.area_m2 for plot in season.world.plots])
    return matching.judged(at, centres, areas_m2, float(season.stack.observed.sum()) * 1e-4)


def results_of(folder: Path) -> dict[str, list[Searched]]:
    countries = [country(seed, folder) for seed in COUNTRIES]
    seasons = [ordinary(seed, folder) for seed in SEARCHED]
    lessons = {name: join([taught[name] for taught in countries]) for name in TEACHERS}
    results: dict[str, list[Searched]] = {name: [] for name in TEACHERS}
    for name, samples in lessons.items():
        model = classify.train(samples, name="bench")
        results[name] = [searched(season, model) for season in seasons]
    pairs = list(zip(seasons, [seasons[-1], *seasons[:-1]], strict=True))
    visited = [classify.train(before.taught, name="b") for _, before in pairs]
    for learner in ("trees", "logistic"):
        # A season with fewer than 30 plots with poppy teaches the logistic learner only: told apart from the teaching.
        chosen = [(s, model) for (s, _), model in zip(pairs, visited, strict=True) if model.learner == learner]
        if chosen:
            results[f"one season of visits, {learner}"] = [searched(s, model) for s, model in chosen]
    results["one season of visits"] = [searched(s, model) for (s, _), model in zip(pairs, visited, strict=True)]
    virtual = lessons["virtual plots"]
    both = [classify.train(join([virtual, before.taught]), name="b") for _, before in pairs]
    results["virtual plots and one season of visits"] = [searched(s, m) for (s, _), m in zip(pairs, both, strict=True)]
    results["rule score, no labels"] = [searched(season, None) for season in seasons]
    return results


@pytest.mark.bench_learning
@pytest.mark.timeout(1800)
def test_virtual_plots_teach_more_than_the_rules_know_and_dates_too_early_cost_on_simulated_seasons(tmp_path, capsys):
    results = results_of(tmp_path)
    with capsys.disabled():
        print("\nmô phỏng / simulated: poppy, land and calendar of teacher and search are alike by construction")
        print(f"{len(COUNTRIES)} countries teach, {len(SEARCHED)} seasons are searched")
        for name, seasons in results.items():
            print("\n".join([name, *matching.lines(seasons)]))
    recall = {name: matching.recall(seasons).value for name, seasons in results.items()}
    assert recall["virtual plots"] > recall["rule score, no labels"]
    assert recall["virtual plots"] > recall["virtual plots, 3 weeks early"]
