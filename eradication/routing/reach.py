"""How long it takes to go to many places and come back, and how places that come later join those that are known."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from eradication.routing.barriers import anchored, pieces
from eradication.routing.land import Land
from eradication.routing.steps import graph, speed_ms

type Floats = npt.NDArray[np.float64]


def round_trips(land: Land, posts: npt.ArrayLike, points: npt.ArrayLike, limit_s: float) -> Floats:
    """Return the seconds on foot from each post to each place and back, shape (post, place).

    Args:
        land: the ground.
        posts: shape (post, 2), metres east and north (EPSG:32648).
        points: places, shape (place, 2).
        limit_s: longer round trips are ``inf``, and so is what is not reached.
    """
    network, tree = graph(land), pieces(land.barrier)
    both = np.concatenate([np.asarray(posts, float).reshape(-1, 2), np.asarray(points, float).reshape(-1, 2)])
    cell, away = anchored(land, both, network.walked, tree)
    seconds = away / speed_ms(0.0, land.pace.ravel()[cell])
    count = len(np.asarray(posts, float).reshape(-1, 2))
    out = np.full((count, len(both) - count), np.inf)
    turned = csr_array(network.seconds.T)
    known = np.flatnonzero(cell[count:] >= 0)
    for post in np.flatnonzero(cell[:count] >= 0):
        there, back = (dijkstra(one, indices=int(cell[post]), limit=limit_s) for one in (network.seconds, turned))
        at = cell[count:][known]
        trips = there[at] + back[at] + 2 * (seconds[post] + seconds[count:][known])
        out[post, known] = np.where(trips <= limit_s, trips, np.inf)
    return out


def joined(land: Land, seconds: Floats, points: npt.ArrayLike, more: npt.ArrayLike, limit_s: float) -> Floats:
    """Return the seconds on foot between all places, from row to column, after further places came to known ones.

    Args:
        land: the ground.
        seconds: between the known places, shape (place, place), see :func:`eradication.routing.walking.times`.
        points: the known places, shape (place, 2), metres east and north (EPSG:32648).
        more: further places, shape (more, 2); they come last.
        limit_s: longer ways are not looked for.
    """
    known = len(seconds)
    both = np.concatenate([np.asarray(points, float).reshape(-1, 2), np.asarray(more, float).reshape(-1, 2)])
    network = graph(land)
    cell, away = anchored(land, both, network.walked, pieces(land.barrier))
    ends = away / speed_ms(0.0, land.pace.ravel()[cell])
    out = np.full((len(both), len(both)), np.inf)
    out[:known, :known] = seconds
    turned = csr_array(network.seconds.T)
    on_land = np.flatnonzero(cell >= 0)
    for new in on_land[on_land >= known]:
        there, back = (dijkstra(one, indices=int(cell[new]), limit=limit_s) for one in (network.seconds, turned))
        out[new, on_land] = there[cell[on_land]] + ends[new] + ends[on_land]
        out[on_land, new] = back[cell[on_land]] + ends[new] + ends[on_land]
    out[out > limit_s] = np.inf
    out[np.diag_indices_from(out)] = 0.0
    return out
