"""Clouds, their shadows, and the scene classification that misses some of both."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.simulation.acquisitions import Acquisition
from eradication.simulation.terrain import PIXEL_M, smooth_noise

type Floats = npt.NDArray[np.float64]

CLOUD_REFLECTANCE = np.array([0.52, 0.51, 0.52, 0.53, 0.54, 0.55, 0.55, 0.56, 0.42, 0.32])
"""By band: a bright water cloud, darker in the SWIR; rounded from common knowledge, **assumed**."""
SHADOW = 0.55
"""Share of light a full shadow takes away."""


@dataclass(frozen=True, slots=True, eq=False)
class Sky:
    """Arrays of shape (y, x) on the 10 m grid."""

    opacity: Floats
    """0 clear … 1 opaque."""
    shadow: Floats
    """0 lit … 1 in full shadow."""
    missed: npt.NDArray[np.bool_]
    """Where the scene classification sees neither cloud nor shadow."""


def draw(rng: np.random.Generator, pass_: Acquisition, size: int, missed_share: float) -> Sky:
    """Return blobs of cloud covering the pass's share of the chip, and shadows away from the sun."""
    if pass_.cloud_share <= 0.0:
        nothing = np.zeros((size, size))
        return Sky(nothing, nothing, np.zeros((size, size), bool))
    wide = 2 * size
    surface = smooth_noise(rng, wide, 3.0, 6.0)
    threshold = np.quantile(surface[:size, :size], 1.0 - pass_.cloud_share)
    opacity = _step((surface - threshold) / 0.45 + 0.35)
    reach = rng.uniform(600.0, 1800.0) * np.tan(pass_.sun_zenith) / PIXEL_M
    # The shadow falls away from the sun; rows run south.
    down, right = reach * np.cos(pass_.sun_azimuth), -reach * np.sin(pass_.sun_azimuth)
    shadow = np.roll(_step((surface - threshold) / 0.3), (round(down), round(right)), (0, 1))
    hidden = smooth_noise(rng, size, 3.0, 8.0)
    missed = hidden > np.quantile(hidden, 1.0 - missed_share)
    return Sky(opacity[:size, :size], shadow[:size, :size] * (1.0 - opacity[:size, :size]), missed)


def _step(x: Floats) -> Floats:
    t = np.clip(x, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), float)


def classify(sky: Sky, ndvi: Floats, dark: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return scene classes on the 20 m grid from arrays of that grid's shape.

    4 vegetation, 5 bare, 8 and 9 cloud, 10 thin cirrus, 3 shadow, 2 dark slope, 7 unclassified.
    """
    scl = np.where(ndvi > 0.4, 4, 5).astype(np.uint8)
    scl[rng.random(scl.shape) < 0.004] = 7
    scl[dark] = 2
    scl[(sky.shadow > 0.35) & ~sky.missed] = 3
    scl[(sky.opacity > 0.08) & ~sky.missed] = 10
    scl[(sky.opacity > 0.30) & ~sky.missed] = 8
    scl[(sky.opacity > 0.70) & ~sky.missed] = 9
    return scl
