"""The C of the C-correction (Teillet, Guindon and Goodenough 1982), band by band and scene by scene.

In a scene, reflectance of one cover rises with cos i along a line, reflectance = a + b · cos i, and C = a / b says how
much diffuse light fills the shade: 0 = none, large = slopes hardly matter. Fields differ with the slope they lie on for
reasons of their own, so the line is fitted to dense vegetation only, in equal numbers from shaded to sunlit.

A correction that cannot be trusted is refused with its reason. One that can must also help: fitted on one half of the
sample it has to take away most of the correlation with cos i in the other half.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eradication.raster import Float32, Index
from eradication.sun import Sun

type Floats = npt.NDArray[np.float64]
type Mask = npt.NDArray[np.bool_]

DENSE_NDVI = 0.7
"""From here vegetation counts as dense: one cover, near enough, in forests that are green all year."""
FIT_COS_I = 0.2
"""Below this cos i light is nearly all diffuse, and the line bends."""
BIN = 0.05
"""Width of the classes of cos i from which equal numbers are drawn."""
LEAST_SAMPLES = 500
LEAST_SPREAD = 0.05
"""Least standard deviation of cos i: in a plain there is no line to fit."""
LEAST_R = 0.15
"""Least correlation: among ``LEAST_SAMPLES`` independent pixels chance gives more once in a thousand scenes."""
MOST_C = 8.0
"""Above it the correction changes a slope in shade by less than a tenth: nothing to correct."""
LEAST_GAIN = 0.5
"""A correction helps if it takes away at least this share of the correlation, in pixels it was not fitted to."""

_ROUNDS = 3
_TRIM = 2.5


@dataclass(frozen=True, slots=True)
class Correction:
    """What was found for one band of one scene, to be reported whether applied or not."""

    scene: str
    band: str
    c: float
    """Diffuse share; NaN where no line could be fitted."""
    r: float
    """Correlation of reflectance with cos i in the sample, as it comes."""
    r_after: float
    """The same after correction, each half of the sample corrected by the other's fit; NaN without a fit."""
    n: int
    """Pixels in the sample."""
    applied: bool
    reason: str
    """``corrected`` or ``borrowed`` (see :func:`settle`), or why not: ``few_samples``, ``little_relief``, ``no_line``
    (not brighter where the sun falls), ``weak_line``, ``absurd_c``, ``does_not_help``, ``incomplete``."""


def dense_vegetation(red: Float32, nir: Float32, classes: npt.NDArray[np.uint8] | None = None) -> Mask:
    """Return where vegetation is dense: NDVI from ``DENSE_NDVI`` and, if there are scene classes, class 4.

    Args:
        red: reflectance, NaN where unknown or masked.
        nir: the same.
        classes: scene classes of Sen2Cor; dark slopes (2) and unclassified (7) are no clean sample.
    """
    with np.errstate(invalid="ignore"):
        dense: Mask = (nir - red >= DENSE_NDVI * (nir + red)) & (nir > 0)
    return dense if classes is None else dense & (classes == 4)


def draw(cos_i: Float32, usable: Mask, *, per_bin: int = 400, seed: int = 0) -> Index:
    """Draw pixels in equal numbers from every class of cos i above ``FIT_COS_I``.

    Args:
        cos_i: any shape, NaN where unknown.
        usable: same shape.
        per_bin: most pixels drawn from a class of width ``BIN``.
        seed: of the draw.

    Returns:
        Ascending flat indices.
    """
    flat = cos_i.ravel()
    with np.errstate(invalid="ignore"):
        free = np.flatnonzero(usable.ravel() & (flat > FIT_COS_I))
    random = np.random.default_rng(seed)
    classes = ((flat[free] - FIT_COS_I) / BIN).astype(np.int64)
    drawn = [_some(random, free[classes == k], per_bin) for k in np.unique(classes)]
    return np.sort(np.concatenate(drawn)) if drawn else np.empty(0, np.int64)


def _some(random: np.random.Generator, of: Index, most: int) -> Index:
    return of if len(of) <= most else random.choice(of, most, replace=False)


def fit(scene: str, band: str, cos_i: Float32, reflectance: Float32, sun: Sun, *, check: bool = True) -> Correction:
    """Fit the line of one band of one scene and judge it.

    Args:
        scene: id, for the report.
        band: name, for the report.
        cos_i: of sampled pixels of dense vegetation (:func:`draw`), shape (n,), in the order of place: its two halves
            must lie apart, so that one can judge the other.
        reflectance: of the same pixels; NaN is left out.
        sun: of the scene.
        check: refuse what does not help (``does_not_help``).
    """
    known = np.isfinite(cos_i) & np.isfinite(reflectance)
    x, y = np.asarray(cos_i[known], float), np.asarray(reflectance[known], float)
    found = Correction(scene, band, np.nan, np.nan, np.nan, len(x), False, "few_samples")
    if len(x) < LEAST_SAMPLES:
        return found
    if x.std() < LEAST_SPREAD:
        return replace(found, reason="little_relief")
    found = replace(found, r=_correlation(x, y))
    a, b = _line(x, y)
    reason = _refusal(a, b, found.r)
    if reason:
        return replace(found, reason=reason)
    after = _correlation(x, _crossed(x, y, sun))
    found = replace(found, c=a / b, r_after=after)
    if check and not abs(after) <= (1.0 - LEAST_GAIN) * abs(found.r):
        return replace(found, reason="does_not_help")
    return replace(found, applied=True, reason="corrected")


def _refusal(a: float, b: float, r: float) -> str:
    if b <= 0.0:
        return "no_line"
    if r < LEAST_R:
        return "weak_line"
    return "" if 0.0 <= a / b <= MOST_C else "absurd_c"


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Return intercept and slope by least squares, what lies far off the line left out and the line fitted again."""
    kept = np.ones(len(x), bool)
    a = b = 0.0
    for _ in range(_ROUNDS):
        b, a = (float(v) for v in np.polyfit(x[kept], y[kept], 1))
        residual = y - a - b * x
        middle = np.median(residual)
        # 1.4826 × median deviation estimates the standard deviation of a normal spread.
        kept = np.abs(residual - middle) <= _TRIM * 1.4826 * np.median(np.abs(residual - middle)) + 1e-12
    return a, b


def _crossed(x: Floats, y: Floats, sun: Sun) -> Floats:
    """Return reflectance corrected in each half by the C of the other half."""
    out, half = y.copy(), len(x) // 2
    for learn, judge in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        a, b = _line(x[learn], y[learn])
        if b > 0.0 and a >= 0.0:
            out[judge] = y[judge] * (np.cos(sun.zenith) + a / b) / (x[judge] + a / b)
    return out


def _correlation(x: Floats, y: Floats) -> float:
    if x.std() == 0.0 or y.std() == 0.0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def settle(corrections: Sequence[Correction]) -> tuple[Correction, ...]:
    """Make the bands of one scene agree: a ratio of a corrected band and an uncorrected one is worse than none.

    Args:
        corrections: of all bands of one scene, in the order of wavelength.

    Returns:
        If red or near infrared was refused, nothing is applied (``incomplete``). Otherwise a refused band borrows the C
        of the nearest band that was not (``borrowed``): C changes smoothly with wavelength.
    """
    good = {c.band: place for place, c in enumerate(corrections) if c.applied}
    if not good.keys() >= {"red", "nir"}:
        return tuple(replace(c, applied=False, reason="incomplete") if c.applied else c for c in corrections)
    settled = []
    for place, one in enumerate(corrections):
        nearest = corrections[min(good.values(), key=lambda k: abs(k - place))]
        settled.append(one if one.applied else replace(one, c=nearest.c, applied=True, reason="borrowed"))
    return tuple(settled)
