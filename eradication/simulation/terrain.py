"""Hills and sun: a fractal surface, its slopes and how the real sun lights them."""

from dataclasses import dataclass
from datetime import datetime

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


def sun(when: datetime, lon: float, lat: float) -> tuple[float, float]:
    """Return zenith and azimuth of the sun in radians (Spencer 1971 series, good to about 0.5°).

    Args:
        when: UTC.
        lon: degrees east.
        lat: degrees north.
    """
    day = when.timetuple().tm_yday
    hour = when.hour + when.minute / 60.0
    g = 2.0 * np.pi / 365.0 * (day - 1 + (hour - 12.0) / 24.0)
    declination = (
        0.006918 - 0.399912 * np.cos(g) + 0.070257 * np.sin(g)
        - 0.006758 * np.cos(2 * g) + 0.000907 * np.sin(2 * g)
        - 0.002697 * np.cos(3 * g) + 0.00148 * np.sin(3 * g)
    )  # fmt: skip
    equation_min = 229.18 * (
        0.000075 + 0.001868 * np.cos(g) - 0.032077 * np.sin(g) - 0.014615 * np.cos(2 * g) - 0.040849 * np.sin(2 * g)
    )
    angle = np.radians((hour * 60.0 + equation_min + 4.0 * lon) / 4.0 - 180.0)
    phi = np.radians(lat)
    cos_zenith = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    zenith = float(np.arccos(np.clip(cos_zenith, -1.0, 1.0)))
    south = np.arctan2(np.sin(angle), np.cos(angle) * np.sin(phi) - np.tan(declination) * np.cos(phi))
    return zenith, float((south + np.pi) % (2.0 * np.pi))


def cos_incidence(terrain: Terrain, zenith: float, azimuth: float) -> Floats:
    """Return the cosine of the angle between sun and surface normal, shape (y, x), not below 0."""
    cosine = np.cos(zenith) * np.cos(terrain.slope) + np.sin(zenith) * np.sin(terrain.slope) * np.cos(
        azimuth - terrain.aspect
    )
    return np.asarray(np.maximum(cosine, 0.0), float)
