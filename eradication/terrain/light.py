"""How the sun lights a relief, and taking that out of packed reflectance."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from eradication.raster import UNKNOWN, ZERO, Float32, Packed
from eradication.sun import Sun
from eradication.terrain.relief import Relief

type Mask = npt.NDArray[np.bool_]


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


def correct(packed: Packed, cos_i: Float32, c: float, sun: Sun, *, min_cos_i: float) -> None:
    """Take the light of slopes out of one band of one scene, in place: the C-correction of Teillet et al. (1982).

    Reflectance is multiplied by (cos θ + C) / (cos i + C), θ being the zenith angle of the sun.

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
            if values[y, x] == UNKNOWN or np.isnan(lit):
                continue
            if lit <= least:
                values[y, x] = UNKNOWN
            elif not only_mask:
                value = np.rint((values[y, x] - ZERO) * above / (lit + c)) + ZERO
                values[y, x] = min(max(value, 1.0), 65535.0)


_kernel: Any = njit(nogil=True)(_correct)
