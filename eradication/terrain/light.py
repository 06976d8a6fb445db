"""How the sun lights a relief, and taking that out of packed reflectance.

Packed reflectance is uint16: value = round(reflectance · 10 000) + 1 000, 0 = unknown.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from eradication.sun import Sun
from eradication.terrain.relief import Relief

type Float32 = npt.NDArray[np.float32]
type Packed = npt.NDArray[np.uint16]
type Mask = npt.NDArray[np.bool_]

OFFSET = 1000.0
"""Packed value of reflectance 0."""


def cos_incidence(relief: Relief, sun: Sun) -> Float32:
    """Return the cosine of the angle between sun and surface normal, shape (y, x).

    0 where the ground faces away from the sun, NaN where the relief is unknown. Shadows cast by other hills are not
    seen here; the scene classes carry some of them.
    """
    east, north, up = (np.float32(v) for v in sun.vector)
    lit: Float32 = relief.east * east
    lit += relief.north * north
    lit += relief.up * up
    return np.maximum(lit, np.float32(0), out=lit)


def shaded(cos_i: Float32, min_cos_i: float) -> Mask:
    """Return where too little direct light falls for any correction; unknown ground counts as lit."""
    with np.errstate(invalid="ignore"):
        dark: Mask = cos_i <= np.float32(min_cos_i)
    return dark


def unpacked(packed: Packed) -> Float32:
    """Return reflectance, NaN where unknown."""
    values = (packed.astype(np.float32) - np.float32(OFFSET)) * np.float32(1e-4)
    values[packed == 0] = np.nan
    return values


def gain(cos_i: Float32, c: float, sun: Sun) -> Float32:
    """Return the factor of the C-correction (Teillet et al. 1982), (cos θ + C) / (cos i + C); 1 on unknown ground."""
    factor = np.float32(np.cos(sun.zenith) + c) / (cos_i + np.float32(c))
    return np.where(np.isfinite(cos_i), factor, np.float32(1)).astype(np.float32)


def correct(packed: Packed, cos_i: Float32, c: float, sun: Sun, *, min_cos_i: float) -> None:
    """Take the light of slopes out of one band of one scene, in place.

    Args:
        packed: packed reflectance, shape (y, x); changed. Unknown stays unknown; results are rounded and held within
            what can be packed.
        cos_i: of the same pixels (:meth:`Relief.coarse` for bands of 20 m). Where it is NaN the value stays as it is.
        c: C of the band in the scene; infinite = no correction, only the mask.
        sun: of the scene.
        min_cos_i: pixels with this cos i or less become unknown.
    """
    # The limit in the precision of cos i, as in :func:`shaded`.
    _kernel(packed, cos_i, c, float(np.cos(sun.zenith)), np.float32(min_cos_i))


def _correct(values: Packed, cos_i: Float32, c: float, flat: float, least: float) -> None:
    # Reflectance is linear in its packed value, so the gain acts on the value less its offset.
    only_mask = not np.isfinite(c)
    above = flat + c
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            lit = cos_i[y, x]
            if values[y, x] == 0 or np.isnan(lit):
                continue
            if lit <= least:
                values[y, x] = 0
            elif not only_mask:
                value = np.rint((values[y, x] - OFFSET) * above / (lit + c)) + OFFSET
                values[y, x] = min(max(value, 1.0), 65535.0)


_kernel: Any = njit(nogil=True)(_correct)
