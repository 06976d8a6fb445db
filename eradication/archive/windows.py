"""Which bytes of a tiled image an area needs."""

from collections.abc import Iterable

import numpy as np
import shapely
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.archive.spans import Span, Spans, union
from eradication.archive.tiff import Layout
from eradication.errors import UnusableInput

MARGIN_M = 200.0
"""Fetched around the area, so that masks grown by a pixel, textures and 50 m rings are whole at its edge."""

GAP_BYTES = 32_768
"""Blocks this close in a file are fetched as one range: a request costs more than the bytes between."""

LEADER_BYTES = 4
"""Cloud-optimised files keep a length before each block and its last bytes after it."""


def needed(layout: Layout, area: BaseGeometry | None) -> Spans:
    """Return the ranges of the blocks that the area touches.

    Args:
        layout: of the image.
        area: WGS 84; ``None`` = the whole image. An image in which a tile that is not there would read as the value 0
            is needed whole.
    """
    there = layout.sizes > 0
    if area is not None and layout.zero_is_unknown:
        there &= _touched(layout, area)
    starts, sizes = layout.offsets[there], layout.sizes[there]
    spans: Iterable[Span] = zip(
        (starts - LEADER_BYTES).clip(0).tolist(), (starts + sizes + LEADER_BYTES).tolist(), strict=True
    )
    return union(spans, GAP_BYTES)


def presented(layout: Layout, held: Spans) -> tuple[int, bytes, bytes]:
    """Return where the sizes of the tiles stand, the bytes there, and those that hide every tile that is not held.

    A tile of 0 bytes is not there, says the format: readers take it as "no data", without an error.
    """
    sizes, starts = layout.sizes.ravel(), layout.offsets.ravel()
    edges = np.array(held, np.int64).reshape(-1, 2)
    nearest = np.searchsorted(edges[:, 0], starts, side="right") - 1
    here = (nearest >= 0) & (starts + sizes <= edges[nearest.clip(0), 1]) if len(edges) else np.zeros(len(sizes), bool)
    at, kind = layout.sizes_at
    return at, sizes.astype(kind).tobytes(), np.where(here, sizes, 0).astype(kind).tobytes()


def _touched(layout: Layout, area: BaseGeometry) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which tiles the area touches, shape (tile row, tile column)."""
    _, rows, columns = layout.sizes.shape
    high, wide = layout.block
    top, left = np.mgrid[0:rows, 0:columns] * np.array([high, wide])[:, None, None]
    bottom, right = np.minimum(top + high, layout.shape[0]), np.minimum(left + wide, layout.shape[1])
    a, b, c, d, e, f = layout.transform
    corners = [(x, y) for x in (left, right) for y in (top, bottom)]
    xs = np.stack([a * x + b * y + c for x, y in corners])
    ys = np.stack([d * x + e * y + f for x, y in corners])
    boxes = shapely.box(xs.min(axis=0), ys.min(axis=0), xs.max(axis=0), ys.max(axis=0))
    try:
        outline = geo.project(area.segmentize(0.01), geo.WGS84, layout.epsg)
    except (ProjError, UnusableInput):  # no such CRS, or the area has no place in it: everything is fetched
        return np.ones((rows, columns), bool)
    if not np.isfinite(outline.bounds).all():
        return np.ones((rows, columns), bool)
    outline = outline.buffer(MARGIN_M / (111_000 if geo.is_geographic(layout.epsg) else 1))
    shapely.prepare(outline)
    touched: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = shapely.intersects(outline, boxes)
    return touched
