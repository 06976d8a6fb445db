"""Simulated seasons for measurements of learning: what methods may see, and the truth they are held against."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks import baseline, ground, matching

from eradication import classify, features, geo, plots, simulation
from eradication.config import Settings
from eradication.domain.model import LabelledPlace, Samples, TrainedModel, join, places
from eradication.ingest import visits
from eradication.raster import FeatureStack
from eradication.simulation.plots import pixel_fractions
from eradication.validation import Searched

SETTINGS = Settings()

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """One simulated season: what the methods may see, and the truth they are held against."""

    seed: int
    gated: FeatureStack
    """What the gate lets through, as the package's own path scores it."""
    plain: FeatureStack
    """Every observed pixel, with what only the baseline uses; it knows which the gate rules out."""
    places: list[LabelledPlace]
    centres: Floats
    area_m2: Floats
    covered: Floats
    """Share of each pixel that lies in a plot, shape (y, x)."""

    def judged(self, candidates: Floats) -> Searched:
        """Match candidate centres (metres) with the truth."""
        return matching.judged(candidates, self.centres, self.area_m2, float(self.plain.observed.sum()) * 1e-4)

    def lesson(self, seed: int) -> "Lesson":
        """Return what the visits and the background teach."""
        choice = features.choose(self.plain.geobox, self.places, seed=seed)
        ungated = replace(self.plain, ruled_out=np.zeros_like(self.plain.ruled_out))
        return Lesson(features.sample(self.plain, choice), features.sample(ungated, choice))


@dataclass(frozen=True, slots=True)
class Lesson:
    """What there is to learn: the same visits, and two draws of background."""

    ours: Samples
    """Background where the gate lets it through, as the package's own model learns."""
    anywhere: Samples
    """Background of all observed ground, as the baseline learns, which searches all of it."""


def season(recipe: simulation.Recipe, folder: Path, *, informed: bool = False) -> World:
    """Simulate a season; visits go through the reader of visit tables like any other.

    Args:
        recipe: of the season.
        folder: for the visit table.
        informed: heights and earlier years are known as well.
    """
    world = simulation.build(recipe)
    table = simulation.write_table(simulation.training_visits(world), folder / f"{recipe.seed}.csv")
    rows = visits.read(table, settings=SETTINGS, now=datetime.now(UTC), timezone="Asia/Ho_Chi_Minh")
    told = places(row.visit for row in rows if row.visit is not None)
    west, north = world.corner
    middle = np.array([plot.polygon.centroid.coords[0] for plot in world.plots])
    covered = np.zeros(recipe.size_px**2)
    for plot in world.plots:
        pixels, share = pixel_fractions(plot.polygon, recipe.size_px)
        covered[pixels] += share
    cube = simulation.cube(world)
    everywhere = np.ones(cube.clear.shape[1:], bool)
    gated, plain = features.describe(cube, SETTINGS), features.describe(cube, SETTINGS, wanted=everywhere)
    if informed:
        gated, plain = ground.informed(world, gated, plain)
    return World(
        seed=recipe.seed,
        gated=gated,
        plain=baseline.with_monthly_rings(plain),
        places=told,
        centres=np.column_stack([west + middle[:, 0], north - middle[:, 1]]),
        area_m2=np.array([plot.area_m2 for plot in world.plots]),
        covered=covered.reshape(recipe.size_px, recipe.size_px),
    )


def taught(worlds: Sequence[World]) -> Lesson:
    """Return what the visit tables of several seasons teach together.

    Simulated units begin their numbers anew in every world, so places are told apart by the world's seed, and so are
    seasons: all bear one label, but each has a lateness of its own.
    """
    lessons = [(str(world.seed), world.lesson(world.seed)) for world in worlds]
    return Lesson(
        join(_of_world(seed, lesson.ours) for seed, lesson in lessons),
        join(_of_world(seed, lesson.anywhere) for seed, lesson in lessons),
    )


def _of_world(seed: str, part: Samples) -> Samples:
    return replace(part, group=np.char.add(f"{seed}/", part.group), season=np.full(len(part.y), seed))


def ours(samples: Samples | None, world: World, *, without: Sequence[str] = ()) -> Floats:
    """Return candidate centres of the package's own path; without samples by the rules.

    Args:
        samples: what there is to learn.
        world: where to search.
        without: features that the model must do without.
    """
    return outlined(world, None if samples is None else trained(samples, without))


def trained(samples: Samples, without: Sequence[str] = ()) -> TrainedModel:
    """Return the package's own model."""
    return classify.train(own(samples, without), name="bench")


def outlined(world: World, model: TrainedModel | None, *, everywhere: bool = False) -> Floats:
    """Return candidate centres (metres), best first, by a model or the rules; ``everywhere``: the gate left aside."""
    stack = world.plain if everywhere else world.gated
    found = plots.outline(classify.predict(stack, model), SETTINGS, run="bench")
    return np.array(geo.transform([(c.lon, c.lat) for c in found], geo.WGS84, geo.UTM48))


def own(samples: Samples, without: Sequence[str] = ()) -> Samples:
    """Leave out what only the baseline uses, and ``without``."""
    left = {*baseline.RINGS, *without}
    kept = [number for number, name in enumerate(samples.names) if name not in left]
    names = tuple(samples.names[number] for number in kept)
    return replace(samples, names=names, x=np.ascontiguousarray(samples.x[:, kept]))


def theirs(samples: Samples, world: World, *, balanced: bool) -> Floats:
    """Return candidate centres of the plain method."""
    return baseline.candidates(world.plain, baseline.fit(samples, balanced=balanced), SETTINGS.candidates.most)
