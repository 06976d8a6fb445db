"""The shaded relief of a pack."""

import math

import numpy as np
from matplotlib.colors import LightSource
from scipy.ndimage import binary_dilation

from eradication import geo
from eradication.report.map_pack import canvas, mercator
from eradication.report.map_pack.archive import Tile
from eradication.report.map_pack.canvas import Canvas, Rgba
from eradication.report.map_pack.mercator import Bounds, Pixels
from eradication.report.plan_ground import Heights

ZOOM, COARSEST = 12, 8
"""Finest and coarsest zoom; a pixel of the finest one is 17.8 m in Sơn La: models of 30 m say no more."""
DARKEST = 90
"""Grey of a slope without light: lines and letters stay legible over it."""
QUALITY = 60


def window(bounds: Bounds) -> Pixels:
    """Return the pixels whose heights are wanted for ``bounds`` (WGS 84)."""
    return Pixels.over(bounds, ZOOM)


def tiles(heights: Heights) -> dict[Tile, bytes]:
    """Return the tiles of the relief as WebP, none where no height is known.

    Args:
        heights: on the pixels of :func:`window`.
    """
    grey = _shaded(heights)
    if not grey[..., 3].any():
        return {}
    size, half = mercator.pixel_m(ZOOM), mercator.WORLD_M / 2
    left = round((heights.transform[2] + half) / size)
    top = round((half - heights.transform[5]) / size)
    drawn = Canvas(ZOOM)
    drawn.paste(Pixels(ZOOM, left, top, left + grey.shape[1], top + grey.shape[0]), grey)
    return dict(canvas.encoded(drawn, COARSEST, quality=QUALITY))


def _shaded(heights: Heights) -> Rgba:
    """Return the relief, light falling from the north-west at 45° as maps are used to."""
    values = np.asarray(heights.values, np.float64)
    known = np.isfinite(values)
    out = np.zeros((*values.shape, 4), np.uint8)
    if not known.any():
        return out
    filled = np.where(known, values, values[known].mean())
    side = _ground_m(heights)
    light = LightSource(315, 45).hillshade(filled, vert_exag=1.0, dx=side, dy=side) if min(values.shape) > 1 else 1.0
    out[..., :3] = np.rint(DARKEST + (255 - DARKEST) * np.broadcast_to(light, values.shape))[..., None]
    # Beside unknown ground the light is that of an invented cliff.
    out[..., 3] = np.where(known & ~binary_dilation(~known, np.ones((3, 3), bool)), 255, 0)
    return out


def _ground_m(heights: Heights) -> float:
    """Return the side of a pixel on the ground in the middle of the grid."""
    width, _, west, _, height, north = heights.transform[:6]
    rows, columns = heights.values.shape
    middle = (west + width * columns / 2, north + height * rows / 2)
    ((_, lat),) = geo.transform([middle], heights.epsg, geo.WGS84)
    return abs(width) * math.cos(math.radians(lat))
