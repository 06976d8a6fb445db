"""How a pixel differs from its neighbours: from those 30 to 50 m away, and among the nearest."""

import numba
import numpy as np

from eradication.features.looks import LAYER_STEP, NO_LAYER, REACH, Layers
from eradication.features.pixel import Float32
from eradication.raster import Index

_AWAY = np.maximum(*np.abs(np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]))
# Every second pixel in checkerboard order: neighbours are so alike that the median barely moves, at half the cost.
_RING = np.argwhere((_AWAY > 2) & (np.add(*np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]) % 2 == 0))


def contrasts(layers: Layers, pixels: Index) -> Float32:
    """Return each layer's contrast against the ring, for chosen pixels.

    Args:
        layers: shape (layer, y + 10, x + 10): the window with a margin of ``REACH`` pixels; unknown outside the map.
        pixels: flat indices into the window without its margin.

    Returns:
        Shape (pixel, layer), NaN where the pixel or its whole ring is unknown.
    """
    width = layers.shape[2] - 2 * REACH
    out = np.full((len(pixels), len(layers)), np.nan, np.float32)
    _contrasts(layers, pixels // width, pixels % width, _RING, out)
    return out


def textures(layers: Layers, pixels: Index) -> Float32:
    """Return each layer's standard deviation over the 3 x 3 pixels around chosen pixels: how uneven the ground is.

    Args:
        layers: as for :func:`contrasts`.
        pixels: likewise.

    Returns:
        Shape (pixel, layer), NaN where fewer than five of the nine are known.
    """
    width = layers.shape[2] - 2 * REACH
    out = np.full((len(pixels), len(layers)), np.nan, np.float32)
    _textures(layers, pixels // width, pixels % width, out)
    return out


@numba.njit(nogil=True, cache=True)
def _textures(layers: Layers, rows: Index, columns: Index, out: Float32) -> None:
    for k in range(rows.size):
        for n in range(layers.shape[0]):
            count, total, squares = 0, 0.0, 0.0
            for i in range(rows[k] + REACH - 1, rows[k] + REACH + 2):
                for j in range(columns[k] + REACH - 1, columns[k] + REACH + 2):
                    value = layers[n, i, j]
                    if value != NO_LAYER:
                        count += 1
                        total += value * LAYER_STEP
                        squares += (value * LAYER_STEP) ** 2
            if count >= 5:
                out[k, n] = np.sqrt(max(squares / count - (total / count) ** 2, 0.0))


@numba.njit(nogil=True, cache=True)
def _contrasts(layers: Layers, rows: Index, columns: Index, ring: Index, out: Float32) -> None:
    around = np.empty(ring.shape[0], np.int64)
    for k in range(rows.size):
        for n in range(layers.shape[0]):
            own = layers[n, rows[k] + REACH, columns[k] + REACH]
            if own == NO_LAYER:
                continue
            count = 0
            for m in range(ring.shape[0]):
                value = layers[n, rows[k] + ring[m, 0], columns[k] + ring[m, 1]]
                if value != NO_LAYER:
                    around[count] = value
                    count += 1
            if count:
                out[k, n] = np.float32((np.float64(own) - _median(around, count)) * LAYER_STEP)


@numba.njit(nogil=True, cache=True)
def _median(values: Index, count: int) -> float:
    """Return the median of the first ``count`` values, which are reordered (quickselect)."""
    low, high, middle = 0, count - 1, count // 2
    while low < high:
        pivot, i, j = values[(low + high) // 2], low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break
    upper = values[middle]
    if count % 2:
        return float(upper)
    below = values[0]
    for k in range(1, middle):
        below = max(below, values[k])
    return (float(below) + float(upper)) / 2.0
