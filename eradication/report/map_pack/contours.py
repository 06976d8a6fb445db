"""Contour lines of a grid of heights."""

from collections.abc import Iterator

import contourpy
import numpy as np
import shapely

from eradication import geo
from eradication.report.map_pack.view import Feature
from eradication.report.plan_ground import Heights

STEP_M, INDEX_M = 20, 100
"""Between lines, and between the strong ones."""
SHORTEST_PX = 6.0
"""Shorter lines are noise of the model, not hills."""
STRAIGHT_PX = 0.2
"""Bends smaller than this are left out: less than 4 m, far less than the model is true to."""


def lines(heights: Heights) -> tuple[list[Feature], list[Feature]]:
    """Return the contour lines (WGS 84) with their ``elevation`` in metres: those between, and the strong ones.

    Args:
        heights: north-up; where one is unknown no line is drawn.
    """
    values = np.ma.masked_invalid(np.asarray(heights.values, np.float64))
    if min(values.shape) < 2 or values.count() < 4:
        return [], []
    width, _, west, _, height, north = heights.transform[:6]
    columns = west + width * (np.arange(values.shape[1]) + 0.5)
    rows = north + height * (np.arange(values.shape[0]) + 0.5)
    drawn = contourpy.contour_generator(columns, rows, values, line_type=contourpy.LineType.Separate)
    first, last = (int(np.ceil(values.min() / STEP_M)), int(np.floor(values.max() / STEP_M)))
    found: tuple[list[Feature], list[Feature]] = ([], [])
    for level in range(first * STEP_M, last * STEP_M + 1, STEP_M):
        strong = level % INDEX_M == 0
        found[strong].extend(_of_level(drawn.lines(float(level)), level, heights.epsg, abs(width)))
    return found


def _of_level(drawn: object, level: int, epsg: int, pixel_m: float) -> Iterator[Feature]:
    for vertices in drawn if isinstance(drawn, list) else ():
        if len(vertices) < 2:
            continue
        line = shapely.LineString(vertices)
        if line.length >= SHORTEST_PX * pixel_m:
            yield Feature(geo.project(line.simplify(STRAIGHT_PX * pixel_m), epsg, geo.WGS84), {"elevation": level})
