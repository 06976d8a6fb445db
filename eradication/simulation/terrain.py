"""Hills: a fractal surface, its slopes and how the real sun lights them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]

PIXEL_M = 10.0
RIDGE_PX = 150.0
"""Distance from ridge to ridge, at most, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """Elevation and its derivatives on the 10 m grid, arrays of shape (y, x)."""

    elevation_m: Floats
    slope: Floats
    """Radians."""
    aspect: Floats
    """Direction the slope faces, radians clockwise from north."""


def smooth_noise(
    rng: np.random.Generator, size: int, power: float, shortest_px: float = 2.0, longest_px: float = 1e9
) -> Floats:
    """Return a periodic random surface, shape (size, size), mean 0, deviation 1.

    Args:
        rng: source of randomness.
        size: side in pixels.
        power: spectral slope; 3 gives hills, 2 gives patches.
        shortest_px: wavelengths below this are left out.
        longest_px: longer wavelengths get no more power than this one.
    """
    spectrum = np.fft.rfft2(rng.standard_normal((size, size)))
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :]
    radius = np.hypot(fx, fy)
    inside = (radius > 0.0) & (radius < 1.0 / shortest_px)
    spectrum *= np.maximum(radius, max(1.0 / longest_px, 0.5 / size)) ** (-power / 2.0) * inside
    surface = np.fft.irfft2(spectrum, s=(size, size))
    return np.asarray((surface - surface.mean()) / surface.std(), float)


def build(rng: np.random.Generator, size: int) -> Terrain:
    """Return hills between about 600 and 1 300 m with slopes like those of the province (median near 18°)."""
    # Twice the size, cropped: the periodic surface must not repeat inside the chip.
    surface = smooth_noise(rng, 2 * size, 5.2, 12.0, RIDGE_PX)[:size, :size]
    gy, gx = np.gradient(surface, PIXEL_M)
    steepness = np.median(np.hypot(gx, gy))
    relief = np.tan(np.radians(18.0)) / steepness
    gx, gy = gx * relief, gy * relief
    elevation = 950.0 + relief * (surface - surface.mean())
    # Rows run south, so the downhill direction (east, north) is (-gx, +gy).
    return Terrain(elevation, np.arctan(np.hypot(gx, gy)), np.arctan2(-gx, gy))


def cos_incidence(terrain: Terrain, zenith: float, azimuth: float) -> Floats:
    """Return the cosine of the angle between sun and surface normal, shape (y, x), not below 0."""
    cosine = np.cos(zenith) * np.cos(terrain.slope) + np.sin(zenith) * np.sin(terrain.slope) * np.cos(
        azimuth - terrain.aspect
    )
    return np.asarray(np.maximum(cosine, 0.0), float)
