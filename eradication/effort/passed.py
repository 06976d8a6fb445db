"""Which places patrols passed: exact distances to the walked lines, which are never simplified.

Simplifying a line by some metres changes who was visited. Instead the lines are cut into short pieces and found by a
tree of their boxes, which is fast with every fix in place.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from eradication.effort.lines import Lines

PIECE_FIXES = 64


def passed(places: Sequence[BaseGeometry], lines: Lines, within_m: float) -> npt.NDArray[np.bool_]:
    """Tell which places (EPSG:32648) a walked line came within ``within_m`` of, shape (place,)."""
    hit = np.zeros(len(places), bool)
    tree = shapely.STRtree(_pieces(lines))
    if len(places) and len(tree):
        shapes = np.array(places, dtype=object)
        # A point of each place first: where that is near enough, its outline, which costs far more, is not asked.
        for asked in (shapely.point_on_surface(shapes), shapes):
            left = np.flatnonzero(~hit)
            found = tree.query(asked[left], predicate="dwithin", distance=within_m)
            hit[left[found[0]]] = True
    return hit


def _pieces(lines: Lines) -> npt.NDArray[np.object_]:
    """Return the lines in pieces that share their ends; a line of one fix is a point."""
    begins = np.flatnonzero(~lines.joined)
    ends = np.append(begins, len(lines.xy))[1:]
    index, of = [], []
    number = 0
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        cuts = [*range(begin, end - 1, PIECE_FIXES), end - 1] if end - begin > 1 else [begin, begin]
        for first, last in pairwise(cuts):
            index.append(np.arange(first, max(last, first + 1) + 1) if last > first else np.array([first, first]))
            of.append(np.full(len(index[-1]), number))
            number += 1
    if not index:
        return np.empty(0, dtype=object)
    at = np.concatenate(index)
    pieces: npt.NDArray[np.object_] = shapely.linestrings(lines.xy[at], indices=np.concatenate(of))
    return pieces
