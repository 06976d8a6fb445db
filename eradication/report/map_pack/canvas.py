"""Pictures → raster tiles of several zooms: pasted at the finest one, the coarser ones are means of it."""

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from eradication.report.map_pack.archive import Tile
from eradication.report.map_pack.mercator import TILE_PX, Pixels

type Rgba = npt.NDArray[np.uint8]
"""Shape (row, column, 4); alpha 0 = nothing is known there."""

_HALF = TILE_PX // 2


class Canvas:
    """The tiles of one zoom that hold anything."""

    def __init__(self, zoom: int) -> None:
        self.zoom = zoom
        self.tiles: dict[tuple[int, int], Rgba] = {}

    def paste(self, at: Pixels, picture: Rgba) -> None:
        """Lay a picture over what is there; where it knows nothing, that stays.

        Args:
            at: where, of this zoom.
            picture: of the same shape.
        """
        for column in range(at.left // TILE_PX, (at.right - 1) // TILE_PX + 1):
            for row in range(at.top // TILE_PX, (at.bottom - 1) // TILE_PX + 1):
                west, north = column * TILE_PX, row * TILE_PX
                x0, x1 = max(at.left, west), min(at.right, west + TILE_PX)
                y0, y1 = max(at.top, north), min(at.bottom, north + TILE_PX)
                part = picture[y0 - at.top : y1 - at.top, x0 - at.left : x1 - at.left]
                if part[..., 3].any():
                    below = self._tile(column, row)[y0 - north : y1 - north, x0 - west : x1 - west]
                    np.copyto(below, part, where=part[..., 3:] > 0)

    def coarser(self) -> "Canvas":
        """Return the canvas of the zoom before: every pixel the mean of what is known of four."""
        made = Canvas(self.zoom - 1)
        for (column, row), tile in sorted(self.tiles.items()):
            top, left = row % 2 * _HALF, column % 2 * _HALF
            made._tile(column // 2, row // 2)[top : top + _HALF, left : left + _HALF] = _halved(tile)
        return made

    def _tile(self, column: int, row: int) -> Rgba:
        return self.tiles.setdefault((column, row), np.zeros((TILE_PX, TILE_PX, 4), np.uint8))


def encoded(finest: Canvas, coarsest: int, *, quality: int | None) -> Iterator[tuple[Tile, bytes]]:
    """Yield the tiles of all zooms from that of the canvas down to ``coarsest`` as WebP.

    Args:
        finest: what was pasted.
        coarsest: last zoom.
        quality: 0…100, ``None`` = without loss.
    """
    canvas = finest
    while True:
        for (column, row), tile in sorted(canvas.tiles.items()):
            yield (canvas.zoom, column, row), _webp(tile, quality)
        if canvas.zoom <= coarsest:
            return
        canvas = canvas.coarser()


def _halved(tile: Rgba) -> Rgba:
    four = tile.astype(np.float32).reshape(_HALF, 2, _HALF, 2, 4)
    weight = four[..., 3:]
    total = weight.sum(axis=(1, 3))
    colour = (four[..., :3] * weight).sum(axis=(1, 3)) / np.maximum(total, 1.0)
    return np.rint(np.concatenate([colour, total / 4], axis=-1)).astype(np.uint8)


def _webp(tile: Rgba, quality: int | None) -> bytes:
    out = io.BytesIO()
    whole = bool((tile[..., 3] == 255).all())
    image = Image.fromarray(np.ascontiguousarray(tile[..., :3]) if whole else tile, "RGB" if whole else "RGBA")
    if quality is None:
        image.save(out, "WEBP", lossless=True, quality=80, method=4)
    else:
        image.save(out, "WEBP", quality=quality, alpha_quality=50, method=4)
    return out.getvalue()
