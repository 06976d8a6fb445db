"""One scene in three calls: sample some windows, fit its bands, correct its blocks.

Bands come packed and at their own resolution, 10 m as the relief is, or 20 m; the shape tells which.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from eradication.raster import BANDS, Bytes, Float32, Packed, unpack
from eradication.sun import Sun
from eradication.terrain.correction import Correction, dense_vegetation, draw, fit, settle
from eradication.terrain.light import correct, cos_incidence
from eradication.terrain.relief import Relief

type Sample = Mapping[str, tuple[Float32, Float32]]
"""Band → cos i and reflectance of the pixels drawn, each of shape (n,)."""


def sample(
    relief: Relief, sun: Sun, packed: Mapping[str, Packed], classes: Bytes | None = None, *, per_bin: int = 400
) -> Sample:
    """Draw dense vegetation of one scene in one window, in equal numbers from shade to sun.

    Args:
        relief: of the window, shape (y, x), y and x even.
        sun: of the scene.
        packed: bands of the scene, shape (y, x) or (y / 2, x / 2), clouds already masked. Without red and near infrared
            of full shape nothing is drawn.
        classes: scene classes, of either shape.
        per_bin: most pixels of a class of cos i.
    """
    full = relief.up.shape
    if any(packed[b].shape != full if b in packed else True for b in ("red", "nir")):
        return {}
    red, nir = (unpack(packed[b]) for b in ("red", "nir"))
    dense = dense_vegetation(red, nir, None if classes is None else _stretched(classes, full))
    out: dict[str, tuple[Float32, Float32]] = {}
    for step in (1, 2):
        bands = [b for b in packed if packed[b].shape == _size(full, step)]
        if not bands:
            continue
        cos_i = cos_incidence(relief if step == 1 else relief.coarse(), sun)
        usable = dense if step == 1 else _all_four(dense)
        drawn = draw(cos_i, usable, per_bin=per_bin)
        lit = cos_i.ravel()[drawn]
        out |= {b: (lit, unpack(packed[b].ravel()[drawn])) for b in bands}
    return out


def fit_scene(scene: str, samples: Sequence[Sample], sun: Sun, *, check: bool = True) -> tuple[Correction, ...]:
    """Fit every band on the samples of a scene's windows, and make the bands agree.

    Args:
        scene: id, for the report.
        samples: from :func:`sample`, windows in the order of place.
        sun: of the scene.
        check: refuse what does not help (``correction = "auto"``).
    """
    bands = [b for b in BANDS if any(b in s for s in samples)]
    fits = []
    for band in bands:
        cos_i, reflectance = (np.concatenate([s[band][k] for s in samples if band in s]) for k in (0, 1))
        fits.append(fit(scene, band, cos_i, reflectance, sun, check=check))
    return settle(fits)


def correct_scene(
    packed: Mapping[str, Packed], relief: Relief, corrections: Sequence[Correction], sun: Sun, *, min_cos_i: float
) -> None:
    """Correct one window of a scene in place; a scene whose bands are all refused stays as it is, dark slopes too.

    Args:
        packed: bands of the scene, shape (y, x) or (y / 2, x / 2); changed.
        relief: of the window, shape (y, x).
        corrections: of the scene, from :func:`fit_scene`.
        sun: of the scene.
        min_cos_i: pixels with this cos i or less become unknown.
    """
    applied = {c.band: c.c for c in corrections if c.applied}
    if not applied:
        return
    full = relief.up.shape
    light: dict[tuple[int, ...], Float32] = {}
    for band, values in packed.items():
        if values.shape not in light:
            light[values.shape] = cos_incidence(relief if values.shape == full else relief.coarse(), sun)
        correct(values, light[values.shape], applied.get(band, np.inf), sun, min_cos_i=min_cos_i)


def _size(full: tuple[int, ...], step: int) -> tuple[int, ...]:
    return tuple(size // step for size in full)


def _stretched(classes: Bytes, full: tuple[int, ...]) -> Bytes:
    return classes if classes.shape == full else classes.repeat(2, 0).repeat(2, 1)


def _all_four(dense: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    rows, columns = (size // 2 for size in dense.shape)
    cells: npt.NDArray[np.bool_] = dense.reshape(rows, 2, columns, 2).all(axis=(1, 3))
    return cells
