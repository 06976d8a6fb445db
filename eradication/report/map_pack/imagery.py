"""Pictures of places laid where they lie."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from eradication import geo
from eradication.report.chips import UNKNOWN_GREY, Chip
from eradication.report.map_pack import canvas, mercator
from eradication.report.map_pack.archive import Tile
from eradication.report.map_pack.canvas import Canvas, Rgba
from eradication.report.map_pack.mercator import Pixels

ZOOM, COARSEST = 14, 12
"""Finest and coarsest zoom; a pixel of the finest one is 4.5 m in Sơn La, less than half of one of the image."""


def tiles(pictures: Sequence[Chip]) -> dict[Tile, bytes]:
    """Return tiles with the pictures as they are, not smoothed, as WebP without loss; clear beside them."""
    drawn = Canvas(ZOOM)
    for chip in pictures:
        at = _window(chip)
        drawn.paste(at, _laid(chip, at))
    return dict(canvas.encoded(drawn, COARSEST, quality=None))


def _window(chip: Chip) -> Pixels:
    south = chip.north_m - chip.side_m * chip.rgb.shape[0] / chip.rgb.shape[1]
    square = shapely.box(chip.west_m, south, chip.west_m + chip.side_m, chip.north_m)
    west, bottom, east, north = geo.project(square, chip.epsg, mercator.EPSG).bounds
    return Pixels.within((west, bottom, east, north), ZOOM)


def _laid(chip: Chip, at: Pixels) -> Rgba:
    """Return a picture on a window: each pixel is that of the image in which its middle lies."""
    rows, columns = at.shape
    place = at.transform
    x = place.c + place.a * (np.arange(columns) + 0.5)
    y = place.f + place.e * (np.arange(rows) + 0.5)
    east, north = geo.transformer(mercator.EPSG, chip.epsg).transform(*np.meshgrid(x, y))
    size = chip.side_m / chip.rgb.shape[1]
    column = np.floor((np.asarray(east) - chip.west_m) / size).astype(np.int64)
    row = np.floor((chip.north_m - np.asarray(north)) / size).astype(np.int64)
    inside = (column >= 0) & (column < chip.rgb.shape[1]) & (row >= 0) & (row < chip.rgb.shape[0])
    out = np.zeros((rows, columns, 4), np.uint8)
    out[inside, :3] = chip.rgb[row[inside], column[inside]]
    out[inside, 3] = _known(chip)[row[inside], column[inside]]
    return out


def _known(chip: Chip) -> npt.NDArray[np.uint8]:
    """Return 255 where an image has a pixel and 0 beyond its edge, which is grey: grey within it is a colour."""
    grey, _ = ndimage.label((chip.rgb == UNKNOWN_GREY).all(axis=-1))
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    beyond = np.isin(grey, np.setdiff1d(rim, [0]))
    return np.where(beyond, 0, 255).astype(np.uint8)
