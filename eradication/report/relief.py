"""The shape of the ground below a printed map: a light hillshade and contour lines, from a grid of heights."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LightSource
from scipy.ndimage import map_coordinates

from eradication import geo
from eradication.report.grid_lines import Sheet
from eradication.report.plan_ground import Heights

type Floats = npt.NDArray[np.float64]

_BROWN = "#8c6d46"
_MOST_LINES = 24
_STEPS_M = (5, 10, 20, 25, 50, 100, 200)


def sampled(heights: Heights, sheet: Sheet, columns: int, rows: int) -> tuple[Floats, Floats, Floats]:
    """Return eastings, northings and heights (row, col) on a grid over a sheet, bilinear; NaN unknown."""
    width, _, west, _, height, north = heights.transform[:6]
    east = sheet.west_m + (np.arange(columns) + 0.5) * sheet.width_m / columns
    up = sheet.north_m - (np.arange(rows) + 0.5) * sheet.height_m / rows
    x, y = geo.transformer(sheet.epsg, heights.epsg).transform(*np.meshgrid(east, up))
    at = np.array([(np.asarray(y) - north) / height - 0.5, (np.asarray(x) - west) / width - 0.5])
    found = map_coordinates(np.asarray(heights.values, float), at, order=1, mode="constant", cval=np.nan)
    return east, up, np.asarray(found, float)


def draw(axes: Axes, heights: Heights, sheet: Sheet, columns: int, rows: int) -> int:
    """Draw shade and contour lines; return the step of the lines in metres, 0 for none.

    Light falls from the north-west at 45°, as maps are used to.
    """
    east, up, found = sampled(heights, sheet, columns, rows)
    known = np.isfinite(found)
    if not known.any():
        return 0
    filled = np.where(known, found, found[known].mean())
    size = (sheet.width_m / columns, sheet.height_m / rows)
    shade = LightSource(315, 45).hillshade(filled, vert_exag=1.0, dx=size[0], dy=size[1])
    grey = np.where(known, 0.62 + 0.38 * shade, 1.0)
    edges = (sheet.west_m, sheet.east_m, sheet.south_m, sheet.north_m)
    axes.imshow(grey, extent=edges, cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="bilinear", zorder=0)
    return _contours(axes, east, up, found)


def step_of(relief_m: float) -> int:
    """Return the step of contour lines, so that they are few enough to be told apart."""
    return next((step for step in _STEPS_M if relief_m / step <= _MOST_LINES), _STEPS_M[-1])


def _contours(axes: Axes, east: Floats, up: Floats, found: Floats) -> int:
    low, high = float(np.nanmin(found)), float(np.nanmax(found))
    step = step_of(high - low)
    levels = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    if not len(levels) or high <= low:
        return 0
    strong = [level for level in levels if level % (5 * step) == 0]
    axes.contour(east, up, found, levels, colors=_BROWN, linewidths=0.35, alpha=0.8, zorder=1)
    if strong:
        lines = axes.contour(east, up, found, strong, colors=_BROWN, linewidths=0.8, alpha=0.9, zorder=1)
        axes.clabel(lines, fontsize=5, fmt="%d", inline=True, inline_spacing=1)
    return step
