"""How far from its way a patrol finds plots: the finds themselves tell how wide the searched strip is.

A patrol that sees a plot walks up to it, so the place of the find lies on the track. What counts is how far the plot
lay from the way the patrol was walking *before it turned*: the straight line through the track 100 to 200 m before the
find, and the distance of the plot from it. Where that stretch winds, no distance is known.

With distances d of n finds and a half-normal fall of the chance to see, σ² = Σd²/n, and a strip that is searched fully
as far as ``σ·√(π/2)`` to each side holds as many finds (effective strip half-width: Buckland et al. 2001, Introduction
to Distance Sampling, ch. 3). Finds beyond :data:`FARTHEST_M` are left out of it: they were not made from the track.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.effort.lines import Lines

BEFORE_M = (100.0, 200.0)
"""Stretch of the way before the find that shows where the patrol was heading."""

MOST_WINDING_M = 10.0
"""Root mean square distance of the stretch from a straight line, above which it shows no heading."""

NEAREST_M = 50.0
"""A find further than this from the track was not made on it."""

FARTHEST_M = 100.0
BIN_M = 10.0

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Width:
    """What finds say of the strip."""

    finds: int
    """Whose distance is known."""
    histogram: tuple[int, ...]
    """Finds by distance from the way, in steps of :data:`BIN_M` from 0 on."""
    beyond: int
    """Finds beyond :data:`FARTHEST_M`."""
    half_width_m: float | None
    """Effective strip half-width; ``None`` with fewer finds than asked for."""
    half_width_se_m: float | None


def from_way(find: tuple[float, float], lines: Lines) -> float | None:
    """Return how far (m) a find lay from the way of the patrol that made it, ``None`` if that cannot be told.

    Args:
        find: metres east and north (EPSG:32648).
        lines: the walk of that day.
    """
    if not len(lines.xy):
        return None
    away = np.hypot(lines.xy[:, 0] - find[0], lines.xy[:, 1] - find[1])
    reached = int(np.argmin(away))
    if away[reached] > NEAREST_M:
        return None
    begin = int(np.flatnonzero(~lines.joined[: reached + 1]).max(initial=0))
    line = lines.xy[begin : reached + 1]
    steps = np.hypot(*np.diff(line, axis=0).T)
    back = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]])
    stretch = line[(back >= BEFORE_M[0]) & (back <= BEFORE_M[1])]
    return _beside(np.asarray(find), stretch)


def _beside(find: Floats, stretch: Floats) -> float | None:
    """Return the distance of a point from the straight line through a stretch, ``None`` if it is none."""
    if len(stretch) < 3:
        return None
    middle = stretch.mean(axis=0)
    _, _, axes = np.linalg.svd(stretch - middle, full_matrices=False)
    across = np.array([-axes[0, 1], axes[0, 0]])
    long_enough = np.ptp((stretch - middle) @ axes[0]) >= (BEFORE_M[1] - BEFORE_M[0]) / 2.0
    if not long_enough or math.sqrt(float(np.mean(((stretch - middle) @ across) ** 2))) > MOST_WINDING_M:
        return None
    return abs(float((find - middle) @ across))


def width(distances: Sequence[float], least: int) -> Width:
    """Return what finds say of the strip.

    Args:
        distances: metres from the way.
        least: finds below which no width is told.
    """
    d = np.asarray(distances, float)
    near = d[d <= FARTHEST_M]
    counts, _ = np.histogram(near, bins=np.arange(0.0, FARTHEST_M + BIN_M, BIN_M))
    told = Width(len(near), tuple(counts.tolist()), int(len(d) - len(near)), None, None)
    if len(near) < max(least, 1):
        return told
    sigma = math.sqrt(float(np.mean(near**2)))
    half = sigma * math.sqrt(math.pi / 2.0)
    # σ² is a mean of n squares of a half-normal value, each with variance 2σ⁴: the relative error of σ is √(1/2n).
    return Width(told.finds, told.histogram, told.beyond, half, half * math.sqrt(0.5 / len(near)))
