"""What the plain learner finds when the season itself teaches it: the truth of one half of the area, for the other.

Each half is searched by a model that learned the other one, pixel by exact pixel: the same season, the same weather,
the same sowing dates, no visit that missed and no plot that nobody came to. What a model of *other* seasons loses
against it is what lies between seasons.
"""

import numpy as np
import numpy.typing as npt
from benchmarks import baseline, matching
from benchmarks.seasons import SETTINGS, World

from eradication.validation import Searched

LEAST_COVERED = 0.5
"""A pixel is poppy from this share on: half of it lies in a plot."""


def searched(world: World, *, balanced: bool, least: float = LEAST_COVERED) -> list[Searched]:
    """Return how the west and the east half are searched by a model of the other one, 2N candidates in each."""
    height, width = world.covered.shape
    west = (np.arange(height * width) % width < width // 2)[world.plain.pixels]
    return [_half(world, inside, balanced=balanced, least=least) for inside in (west, ~west)]


def _half(world: World, inside: npt.NDArray[np.bool_], *, balanced: bool, least: float) -> Searched:
    """Search the pixels ``inside``, after learning all others."""
    stack, poppy = world.plain, world.covered.ravel()[world.plain.pixels] >= least
    model = baseline.fit_rows(stack.names, stack.x[~inside], poppy[~inside], balanced=balanced)
    score = np.full(world.covered.size, -1.0)
    score[stack.pixels[inside]] = baseline.scores(stack.x[inside], stack.names, model)
    found = baseline.maxima(stack, score.reshape(world.covered.shape), SETTINGS.candidates.most)
    there = _lie_in(world, inside)
    return matching.judged(found, world.centres[there], world.area_m2[there], float(inside.sum()) * 1e-4)


def _lie_in(world: World, inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell which plots have their centre among the pixels ``inside``."""
    mask = np.zeros(world.covered.size, bool)
    mask[world.plain.pixels[inside]] = True
    place, width = world.plain.geobox.affine, world.covered.shape[1]
    columns, rows = ((world.centres - (place.c, place.f)) / (place.a, place.e)).astype(int).T
    there: npt.NDArray[np.bool_] = mask[rows * width + columns]
    return there
