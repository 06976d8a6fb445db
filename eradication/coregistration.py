"""Whether a scene lies where the season lies: offsets by correlation, window by window, and one judgement per scene.

Scenes of Sentinel-2 lie within about half a pixel of one another, as a rule. A plot of one to three pixels that wanders
by a pixel is another field on that date, so every scene is compared with the median of its season. Edges are compared,
not brightness: fields change colour over a season and keep their borders.

A window gives an offset only if it is nearly free of cloud and its edges are those of the season. A scene gives a shift
only if enough windows agree. Whoever applies it adds :meth:`Shift.move_m` to the scene's transform: with sampling of
the nearest pixel this changes anything only beyond half a pixel, in whole pixels (docs/terrain.md has the numbers).
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.registration import phase_cross_correlation

type Float32 = npt.NDArray[np.float32]
type Floats = npt.NDArray[np.float64]
type Mask = npt.NDArray[np.bool_]

WINDOW_PX = 128
LEAST_CLEAR = 0.9
"""Share of a window that must be known in both images, the margin of what is unknown left out too."""
LEAST_LOOKS = 3
"""Looks from which a pixel of the season's median is used."""
LEAST_LIKENESS = 0.4
"""Least correlation of the edges at the offset found. Without common edges it stays below 0.25 (measured)."""
MOST_PX = 5.0
"""A larger offset is a false match: such a scene would have been seen to be wrong by anybody."""
LEAST_WINDOWS = 4
MOST_SPREAD_PX = 0.25
APPLY_FROM_PX = 0.3
"""Smaller shifts are reported and left alone."""

_UPSAMPLE = 20
_EDGE_SIGMA_PX = 0.8
_MARGIN_PX = 3
_LIGHT_PX = 9

_correlate: Any = phase_cross_correlation


@dataclass(frozen=True, slots=True)
class Offset:
    """What one window says."""

    dx_px: float
    """How far east of its place in the reference the content of the image lies."""
    dy_px: float
    """The same to the south."""
    likeness: float
    """Correlation of the edges at this offset, 0…1."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What all windows of a scene say together."""

    scene: str
    dx_px: float
    """Content lies this far east of where the season has it, in pixels of the images compared; NaN without a window."""
    dy_px: float
    """The same to the south."""
    spread_px: float
    """Robust standard deviation of the windows' offsets."""
    windows: int
    """Windows that gave an offset."""
    stable: bool
    """Enough windows agree."""

    @property
    def to_apply(self) -> bool:
        """True if the shift is stable and large enough to be taken out."""
        return self.stable and float(np.hypot(self.dx_px, self.dy_px)) > APPLY_FROM_PX

    def move_m(self, pixel_m: float = 10.0) -> tuple[float, float]:
        """Return metres east and north to add to the origin of the scene's transform; 0, 0 if not to be applied."""
        return (-self.dx_px * pixel_m, self.dy_px * pixel_m) if self.to_apply else (0.0, 0.0)


def reference(looks: Float32) -> Float32:
    """Return the season's median, NaN where there are fewer than ``LEAST_LOOKS`` looks.

    Args:
        looks: red reflectance of shape (time, y, x), NaN where unknown.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # "all NaN" is an answer here
        median = np.nanmedian(looks, axis=0).astype(np.float32)
    median[np.isfinite(looks).sum(axis=0) < LEAST_LOOKS] = np.nan
    return median


def measure(scene: str, reference: Float32, image: Float32, mask: Mask | None = None) -> Shift:
    """Compare a scene with the season's median.

    Args:
        scene: id, for the report.
        reference: shape (y, x), NaN where unknown; see :func:`reference`.
        image: same band and shape.
        mask: where the image may not be used, besides NaN.
    """
    return judge(scene, list(offsets(reference, image, mask)))


def offsets(reference: Float32, image: Float32, mask: Mask | None = None) -> Iterator[Offset]:
    """Yield the offset of every window of ``WINDOW_PX`` that can give one; several areas of a scene may be pooled."""
    unknown = ~(np.isfinite(reference) & np.isfinite(image))
    if mask is not None:
        unknown |= mask
    for top in range(0, image.shape[0] - WINDOW_PX + 1, WINDOW_PX):
        for left in range(0, image.shape[1] - WINDOW_PX + 1, WINDOW_PX):
            part = slice(top, top + WINDOW_PX), slice(left, left + WINDOW_PX)
            found = _offset(reference[part], image[part], unknown[part])
            if found is not None:
                yield found


def _offset(reference: Float32, image: Float32, unknown: Mask) -> Offset | None:
    unclear = ndimage.binary_dilation(unknown, iterations=_MARGIN_PX) if unknown.any() else unknown
    if unclear.mean() > 1.0 - LEAST_CLEAR:
        return None
    one, other = _edges(reference, unknown, unclear), _edges(image, unknown, unclear)
    if not (one.any() and other.any()):
        return None
    back, error, _ = _correlate(one, other, upsample_factor=_UPSAMPLE, normalization=None)
    # The error is sqrt(1 - correlation squared).
    likeness = float(np.sqrt(max(0.0, 1.0 - float(error) ** 2)))
    if likeness < LEAST_LIKENESS or np.hypot(*back) > MOST_PX:
        return None
    return Offset(-float(back[1]), -float(back[0]), likeness)


def _edges(image: Float32, unknown: Mask, unclear: Mask) -> Floats:
    """Return the steepness of the image against its own brightness, mean 0, fading out towards the window's edge."""
    filled = np.where(unknown, np.median(image[~unknown]), image).astype(float)
    steep = ndimage.gaussian_gradient_magnitude(filled, _EDGE_SIGMA_PX)
    # Against the brightness round about, so that light and haze weigh little.
    steep = steep / (ndimage.uniform_filter(np.abs(filled), _LIGHT_PX) + 1e-3)
    taper = np.hanning(image.shape[0])[:, None] * np.hanning(image.shape[1])[None, :]
    return np.where(unclear, 0.0, steep - steep[~unclear].mean()) * taper


def judge(scene: str, found: Sequence[Offset]) -> Shift:
    """Return the median of the windows' offsets, and whether they agree."""
    if not found:
        return Shift(scene, float("nan"), float("nan"), float("nan"), 0, stable=False)
    each = np.array([(o.dx_px, o.dy_px) for o in found])
    dx, dy = np.median(each, axis=0)
    # For a normal spread the median distance in the plane is 1.1774 standard deviations.
    spread = float(np.median(np.hypot(*(each - (dx, dy)).T)) / 1.1774)
    stable = len(found) >= LEAST_WINDOWS and spread <= MOST_SPREAD_PX
    return Shift(scene, float(dx), float(dy), spread, len(found), stable)
