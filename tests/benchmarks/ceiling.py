"""What the plain learner finds when the season itself teaches it: the truth of one half of the area, for the other.

Each half is searched by a model that learned the other one, pixel by exact pixel: the same season, the same weather,
the same sowing dates, no visit that missed and no plot that nobody came to. What a model of *other* seasons loses
against it is what lies between seasons. As half a season has few plots, other ground of the same season teaches too.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from benchmarks import baseline, matching
from benchmarks.seasons import SETTINGS, World, outlined, own
from scipy import ndimage

from eradication import classify
from eradication.domain.model import Samples
from eradication.validation import Searched

BACKGROUND = 20_000
LEAST_COVERED = 0.5
"""A pixel is poppy from this share on: half of it lies in a plot."""


def searched(world: World, *, balanced: bool, parts: int = 2) -> list[Searched]:
    """Return how strips of the area, west to east, are searched by a model of all others, 2N candidates in each."""
    width = world.covered.shape[1]
    strip = (world.plain.pixels % width) * parts // width
    return [_part(world, strip == number, balanced=balanced) for number in range(parts)]


def _part(world: World, inside: npt.NDArray[np.bool_], *, balanced: bool) -> Searched:
    """Search the pixels ``inside``, after learning all others."""
    stack, poppy = world.plain, world.covered.ravel()[world.plain.pixels] >= LEAST_COVERED
    model = baseline.fit_rows(stack.names, stack.x[~inside], poppy[~inside], balanced=balanced)
    score = np.full(world.covered.size, -1.0)
    score[stack.pixels[inside]] = baseline.scores(stack.x[inside], stack.names, model)
    found = baseline.maxima(stack, score.reshape(world.covered.shape), SETTINGS.candidates.most)
    there = _lie_in(world, inside)
    return matching.judged(found, world.centres[there], world.area_m2[there], float(inside.sum()) * 1e-4)


def of_other_ground(world: World, taught: Sequence[World], *, balanced: bool) -> Searched:
    """Return how the whole area is searched by a model of other ground in the same season, every pixel of it true.

    Args:
        world: what is searched.
        taught: ground with the same passes and the same lateness of every crop, as much of it as seasons teach.
        balanced: poppy pixels repeated until they are 15 % of all.
    """
    names = world.plain.names
    x = np.concatenate([other.plain.x for other in taught])
    poppy = np.concatenate([other.covered.ravel()[other.plain.pixels] >= LEAST_COVERED for other in taught])
    model = baseline.fit_rows(names, x, poppy, balanced=balanced)
    score = np.full(world.covered.size, -1.0)
    score[world.plain.pixels] = baseline.scores(world.plain.x, names, model)
    return world.judged(baseline.maxima(world.plain, score.reshape(world.covered.shape), SETTINGS.candidates.most))


def with_our_model(world: World) -> list[Searched]:
    """Return how each half is searched by the package's own model, taught by the exact pixels of the other half."""
    width, place = world.covered.shape[1], world.plain.geobox.affine
    middle = place.c + width / 2 * place.a
    found = []
    for side in (0, 1):
        inside = world.plain.pixels % width * 2 // width == side
        model = classify.train(_truth(world, ~inside), name="ceiling")
        there = _lie_in(world, inside)
        listed = outlined(world, model)
        listed = listed[(listed[:, 0] < middle) == (side == 0)]
        found.append(matching.judged(listed, world.centres[there], world.area_m2[there], float(inside.sum()) * 1e-4))
    return found


def _truth(world: World, taught: npt.NDArray[np.bool_]) -> Samples:
    """Return the exact pixels of plots, and as many others as visits would be joined by, drawn at random."""
    stack = world.plain
    covered = world.covered.ravel()[stack.pixels]
    poppy = np.flatnonzero(taught & (covered >= LEAST_COVERED))
    free = np.flatnonzero(taught & (covered == 0) & ~stack.ruled_out.ravel()[stack.pixels])
    drawn = np.sort(np.random.default_rng(world.seed).choice(free, min(BACKGROUND, len(free)), replace=False))
    rows = np.concatenate([poppy, drawn])
    y = np.concatenate([np.ones(len(poppy), np.int8), np.full(len(drawn), -1, np.int8)])
    labels, _ = ndimage.label(world.covered > 0, np.ones((3, 3)))
    plot = np.char.add("plot/", labels.ravel()[stack.pixels[poppy]].astype(str))
    block = np.char.add("block/", (stack.pixels[drawn] // (25 * world.covered.shape[1])).astype(str))
    nothing = np.full(len(rows), "")
    return own(
        Samples(
            names=stack.names,
            x=np.ascontiguousarray(stack.x[rows]),
            y=y,
            weight=np.where(y == 1, covered[rows], 0.5),
            group=np.concatenate([plot, block]),
            place=np.full(len(rows), -1, np.int32),
            season=np.full(len(rows), stack.season.label),
            commune=nothing,
            xy=np.zeros((len(rows), 2)),
            share=np.where(y == 1, covered[rows], np.nan),
        )
    )


def _lie_in(world: World, inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell which plots have their centre among the pixels ``inside``."""
    mask = np.zeros(world.covered.size, bool)
    mask[world.plain.pixels[inside]] = True
    place, width = world.plain.geobox.affine, world.covered.shape[1]
    columns, rows = ((world.centres - (place.c, place.f)) / (place.a, place.e)).astype(int).T
    there: npt.NDArray[np.bool_] = mask[rows * width + columns]
    return there
