"""How a pixel differs from its neighbours: from those 30 to 50 m away, and among the nearest."""

import numpy as np
import numpy.typing as npt

from eradication.compiled import loop, part
from eradication.features.lanes import TILE, UNKNOWN, Float32, Shorts, doubled_median
from eradication.features.looks import REACH, Layers
from eradication.raster import Index

type Floats = npt.NDArray[np.float64]

_AWAY = np.maximum(*np.abs(np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]))
# Every second pixel in checkerboard order: neighbours are so alike that the median barely moves, at half the cost.
_RING = np.argwhere((_AWAY > 2) & (np.add(*np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]) % 2 == 0))


def contrasts(layers: Layers, steps: Floats, pixels: Index) -> Float32:
    """Return each layer's contrast against the ring, for chosen pixels.

    Args:
        layers: shape (layer, y + 10, x + 10): the window with a margin of ``REACH`` pixels; unknown outside the map.
        steps: what a step of each layer is worth.
        pixels: flat indices into the window without its margin.

    Returns:
        Shape (layer, pixel), NaN where the pixel or its whole ring is unknown.
    """
    width = layers.shape[2] - 2 * REACH
    out = np.full((len(layers), len(pixels)), np.nan, np.float32)
    _contrasts(layers, (pixels // width, pixels % width), _RING, steps, out)
    return out


def textures(layers: Layers, steps: Floats, pixels: Index) -> Float32:
    """Return each layer's standard deviation over the 3 x 3 pixels around chosen pixels: how uneven the ground is.

    Args:
        layers: as for :func:`contrasts`.
        steps: likewise.
        pixels: likewise.

    Returns:
        Shape (layer, pixel), NaN where fewer than five of the nine are known.
    """
    width = layers.shape[2] - 2 * REACH
    out = np.full((len(layers), len(pixels)), np.nan, np.float32)
    _textures(layers, (pixels // width, pixels % width), steps, out)
    return out


@loop
def _textures(layers: Layers, at: tuple[Index, Index], steps: Floats, out: Float32) -> None:
    rows, columns = at
    for n in range(layers.shape[0]):
        layer, step = layers[n], steps[n]
        for k in range(rows.size):
            count, total, squares = np.int64(0), np.int64(0), np.int64(0)
            for i in range(rows[k] + REACH - 1, rows[k] + REACH + 2):
                for j in range(columns[k] + REACH - 1, columns[k] + REACH + 2):
                    value = np.int64(layer[i, j])
                    known = value != UNKNOWN
                    count += np.int64(known)
                    total += value * np.int64(known)
                    squares += value * value * np.int64(known)
            # Whole numbers until here, so that even ground has a deviation of exactly 0.
            variance = (squares * count - total * total) / (count * count)
            out[n, k] = np.float32(np.sqrt(variance) * step) if count >= 5 else np.float32(np.nan)


@loop
def _contrasts(layers: Layers, at: tuple[Index, Index], ring: Index, steps: Floats, out: Float32) -> None:
    rows, columns = at
    width = layers.shape[2]
    offsets = ring[:, 0] * width + ring[:, 1]
    around, known = np.empty((offsets.size, TILE), np.int16), np.empty(TILE, np.int16)
    pair, usual, own = np.empty((2, TILE), np.int16), np.empty(TILE, np.int16), np.empty(TILE, np.int16)
    for n in range(layers.shape[0]):
        layer = layers[n].reshape(-1)
        for start in range(0, rows.size, TILE):
            tile = min(TILE, rows.size - start)
            _fetch(layer, (rows[start : start + tile] * width + columns[start : start + tile]), offsets, around)
            for lane in range(tile):
                own[lane] = layer[(rows[start + lane] + REACH) * width + columns[start + lane] + REACH]
            doubled_median(around, offsets.size, known, pair, usual)
            target = out[n, start : start + tile]
            for lane in range(tile):
                contrast = np.float32((2 * own[lane] - usual[lane]) * (0.5 * steps[n]))
                seen = (own[lane] != UNKNOWN) & (usual[lane] != UNKNOWN)
                target[lane] = contrast if seen else np.float32(np.nan)


@part
def _fetch(layer: Shorts, places: Index, offsets: Index, out: Shorts) -> None:
    """Set the rows of ``out`` to what lies at each offset from each place."""
    for m in range(offsets.size):
        for lane in range(places.size):
            out[m, lane] = layer[places[lane] + offsets[m]]
