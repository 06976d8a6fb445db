"""Compiled loops of reading: what would cost more in NumPy than decoding the files does.

Every function releases the interpreter and runs on the caller's thread.
"""

import numpy as np
import numpy.typing as npt

from eradication.compiled import loop
from eradication.raster import CLEAR, SUSPECT

type Bytes = npt.NDArray[np.uint8]
type Packed = npt.NDArray[np.uint16]
type Index = npt.NDArray[np.int64]


@loop
def pick(source: npt.NDArray[np.generic], rows: Index, columns: Index, out: npt.NDArray[np.generic]) -> None:
    """Set ``out[i, j] = source[rows[i], columns[j]]``."""
    for i in range(rows.size):
        line = source[rows[i]]
        for j in range(columns.size):
            out[i, j] = line[columns[j]]


@loop
def shift(raw: Packed, by: int, out: Packed) -> None:
    """Set ``out = raw + by`` where ``raw`` is known, kept between 1 and 65 535; 0 stays 0."""
    for i in range(raw.shape[0]):
        for j in range(raw.shape[1]):
            value = int(raw[i, j])
            if value != 0:
                value = min(max(value + by, 1), 65_535)
            out[i, j] = value


@loop
def clear_looks(classes: Bytes, masked: int, cloud: int, margin: int, out: Bytes) -> None:
    """Turn scene classes into ``CLEAR``, ``SUSPECT`` or 0, with clouds widened by ``margin`` pixels.

    Args:
        classes: scene classes below 32, wider than ``out`` by ``margin`` on each side.
        masked: classes that are not to be used, one bit each.
        cloud: classes that are widened, likewise.
        margin: pixels.
        out: shape (y, x).
    """
    rows, columns = out.shape
    near, wide = np.zeros(columns + 2 * margin, np.uint8), np.zeros(columns, np.uint8)
    for i in range(rows):
        # Any cloud above, at or below this row, then any to the left or right of that.
        near[:] = 0
        for k in range(i, i + 2 * margin + 1):
            _add(classes[k], np.uint32(cloud), near)
        wide[:] = 0
        for k in range(2 * margin + 1):
            _join(near[k : k + columns], wide)
        _judge(classes[i + margin, margin : margin + columns], np.uint32(masked), wide, out[i])


@loop
def _add(classes: Bytes, chosen: np.uint32, out: Bytes) -> None:
    for j in range(out.size):
        out[j] |= np.uint8((chosen >> np.uint32(classes[j])) & np.uint32(1))


@loop
def _join(flags: Bytes, out: Bytes) -> None:
    for j in range(out.size):
        out[j] |= flags[j]


@loop
def _judge(classes: Bytes, masked: np.uint32, wide: Bytes, out: Bytes) -> None:
    for j in range(out.size):
        found = np.uint32(classes[j])
        suspect = (found == 2) | (found == 7)
        hidden = ((masked >> found) & np.uint32(1)) | np.uint32(wide[j])
        state = np.uint8(SUSPECT) if suspect else np.uint8(CLEAR)
        out[j] = state if hidden == 0 else np.uint8(0)
