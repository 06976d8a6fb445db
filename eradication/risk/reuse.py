"""Places where poppy was found in earlier seasons: how likely they are planted again, and which are gone back to."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

HALF_LIFE = 2.0
"""A season that lies so many further back counts half as much; assumed."""
REUSE, BELIEF_RETURNS = 0.15, 10.0
"""Before anything is known of it, an old place is thought to be planted again with 0.15, worth 10 places; assumed."""
MOST = 0.9
ROUND_M = 100.0
"""Who goes back to an old place looks so far round it: a place planted again may lie a little beside the old one."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


def fading(age: Ints) -> Floats:
    """Return how much a plot counts that was found ``age`` seasons ago; 1 for last season's."""
    return np.asarray(np.power(0.5, (age - 1.0) / HALF_LIFE))


def rate(places: float, again: float) -> float:
    """Return the share of old places that are planted again: what is known, added to what is believed.

    Args:
        places: old places of which it is known.
        again: those of them at which poppy was found again.
    """
    return (BELIEF_RETURNS * REUSE + again) / (BELIEF_RETURNS + places)


def chances(age: Ints, share: float) -> Floats:
    """Return how likely each known place is planted this season.

    The share is that of places of all ages: the newest are above it, the oldest below, so that their mean is the share.

    Args:
        age: seasons since poppy was last found there, 1 = last season, of every place that is known, shape (place,).
        share: see :func:`rate`.
    """
    weight = fading(age)
    return np.asarray(np.minimum(share * weight / max(float(weight.mean()), 1e-9), MOST)) if len(age) else weight


def nearest_m(xy: Floats, others: Floats) -> Floats:
    """Return how far the nearest of other places is from each, metres; both EPSG:32648, others not empty."""
    return np.asarray(cKDTree(others).query(xy)[0])


def apart(xy: Floats, likely: Floats, reach_m: float = ROUND_M) -> Ints:
    """Return the places that are stops of their own, ascending: who looks at one looks at all beside it.

    Args:
        xy: EPSG:32648, shape (place, 2).
        likely: the likelier of two that lie beside one another is the stop.
        reach_m: what lies so near is looked at from there.
    """
    if not len(xy):
        return np.empty(0, np.int64)
    tree, gone, kept = cKDTree(xy), np.zeros(len(xy), bool), []
    for place in np.argsort(-likely, kind="stable").tolist():
        if not gone[place]:
            kept.append(place)
            gone[tree.query_ball_point(xy[place], reach_m)] = True
    return np.array(sorted(kept), np.int64)
