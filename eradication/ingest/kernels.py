"""Compiled loops of reading: what would cost more in NumPy than decoding the files does.

Every function releases the interpreter and runs on the caller's thread.
"""

import numba
import numpy as np
import numpy.typing as npt

from eradication.raster import CLEAR, SUSPECT

type Bytes = npt.NDArray[np.uint8]
type Packed = npt.NDArray[np.uint16]
type Index = npt.NDArray[np.int64]


@numba.njit(nogil=True, cache=True)
def pick(source: npt.NDArray[np.generic], rows: Index, columns: Index, out: npt.NDArray[np.generic]) -> None:
    """Set ``out[i, j] = source[rows[i], columns[j]]``."""
    for i in range(rows.size):
        line = source[rows[i]]
        for j in range(columns.size):
            out[i, j] = line[columns[j]]


@numba.njit(nogil=True, cache=True)
def shift(raw: Packed, by: int, out: Packed) -> None:
    """Set ``out = raw + by`` where ``raw`` is known, kept between 1 and 65 535; 0 stays 0."""
    for i in range(raw.shape[0]):
        for j in range(raw.shape[1]):
            value = int(raw[i, j])
            if value != 0:
                value = min(max(value + by, 1), 65_535)
            out[i, j] = value


@numba.njit(nogil=True, cache=True)
def clear_looks(
    classes: Bytes, masked: npt.NDArray[np.bool_], cloud: npt.NDArray[np.bool_], margin: int, out: Bytes
) -> None:
    """Turn scene classes into ``CLEAR``, ``SUSPECT`` or 0, with clouds widened by ``margin`` pixels.

    Args:
        classes: scene classes, wider than ``out`` by ``margin`` on each side.
        masked: by class, shape (256,): not to be used.
        cloud: by class, shape (256,): widened.
        margin: pixels.
        out: shape (y, x).
    """
    rows, columns = out.shape
    for i in range(rows):
        # Any cloud above, at or below this row: then only a line has to be searched for each pixel.
        near = np.zeros(columns + 2 * margin, np.bool_)
        for k in range(i, i + 2 * margin + 1):
            for j in range(columns + 2 * margin):
                near[j] |= cloud[classes[k, j]]
        for j in range(columns):
            found = classes[i + margin, j + margin]
            state = np.uint8(0)
            if not masked[found]:
                state = np.uint8(SUSPECT) if found == 2 or found == 7 else np.uint8(CLEAR)
                for k in range(j, j + 2 * margin + 1):
                    if near[k]:
                        state = np.uint8(0)
            out[i, j] = state
