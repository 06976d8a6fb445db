"""How far a pixel is from roads, villages, the border and places where poppy was found before."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from eradication.raster import Float32


def distance_m(places: Sequence[BaseGeometry], x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Float32:
    """Return the distance in metres from points to the nearest of ``places``, 0 inside of one; NaN if there is none.

    Args:
        places: points, lines or polygons in a CRS of metres; empty ones are left out.
        x: eastings of the points in the same CRS, shape (n,).
        y: northings, shape (n,).
    """
    held = [place for place in places if not place.is_empty]
    if not held or not len(x):
        return np.full(len(x), np.nan, np.float32)
    points = shapely.points(x, y)
    # Ties give a point twice: its first answer is as good as the others.
    (asked, _), far = shapely.STRtree(held).query_nearest(points, return_distance=True)
    _, first = np.unique(asked, return_index=True)
    return np.asarray(far, np.float32)[first]
