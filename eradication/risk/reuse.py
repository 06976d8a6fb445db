"""Places where poppy was found in earlier seasons: how likely they are planted again, and which are gone back to.

That nothing was found at a place nobody went back to says nothing of it. So only *returns* teach: somebody went to the
place in a later season, or searched its cell, which counts as much of a return as the search would have seen of it. A
return to a place found long ago tells less of how many are planted again after one season: it counts as :func:`fading`
says.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

HALF_LIFE = 2.0
"""A place is planted again half as likely for every so many seasons since poppy was last found there; assumed."""
REUSE, BELIEF_RETURNS = 0.15, 10.0
"""Before returns tell, a place of last season is thought to be planted again with 0.15, worth 10 returns; assumed."""
MOST = 0.9
"""No old place is thought to be planted again with more."""
ROUND_M = 100.0
"""Who goes back to an old place looks so far round it: a place planted again may lie a little beside the old one."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Returns:
    """What is known of old places being planted again."""

    places: int
    """Places where poppy was found in a season that is over."""
    made: float
    """Returns to them in later seasons; a search of the cell with p counts as p of one."""
    again: int
    """Those that found poppy again."""
    weight: float
    """How many returns to places of the season before they are worth: each counts as :func:`fading` says."""

    @property
    def rate(self) -> float:
        """How likely a place of the season before is planted again, see :func:`rate`."""
        return rate(self.weight, self.again)


def fading(age: Ints) -> Floats:
    """Return how much a plot counts that was found ``age`` seasons ago; 1 for last season's."""
    return np.asarray(np.power(0.5, (age - 1.0) / HALF_LIFE))


def rate(weight: float, again: float) -> float:
    """Return how likely a place of last season is planted again: what returns tell, added to what is believed.

    Where finds are Poisson and a return to a place ``age`` seasons old finds poppy with rate · fading(age), this is the
    mean after a gamma belief.

    Args:
        weight: returns, each counted as :func:`fading` says.
        again: those that found poppy again, however old the place.
    """
    return min((BELIEF_RETURNS * REUSE + again) / (BELIEF_RETURNS + weight), MOST)


def chances(age: Ints, share: float) -> Floats:
    """Return how likely each known place is planted this season.

    The share is that of last season's places; of older ones it is half as much for every :data:`HALF_LIFE` seasons.

    Args:
        age: seasons since poppy was last found there, 1 = last season, shape (place,).
        share: see :func:`rate`.
    """
    return share * fading(age)


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
