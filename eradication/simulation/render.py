"""From fractions to digital numbers: light, haze, blur, clouds and noise of one pass."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from eradication.raster import BANDS
from eradication.simulation import clouds
from eradication.simulation.acquisitions import Acquisition
from eradication.simulation.terrain import cos_incidence
from eradication.simulation.world import World, unit_spectra

type Floats = npt.NDArray[np.float64]
type Counts = npt.NDArray[np.uint16]

BANDS_10M: frozenset[str] = frozenset({"blue", "green", "red", "nir"})
DIFFUSE = np.array([0.75, 0.60, 0.50, 0.45, 0.40, 0.38, 0.36, 0.35, 0.25, 0.22])
"""The C of the C-correction by band: diffuse light fills shaded slopes, most in the blue. **Assumed** values."""
HAZE = np.array([1.0, 0.7, 0.5, 0.42, 0.33, 0.28, 0.25, 0.22, 0.05, 0.02])
NOISE = 0.003
BLUR_PX = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One pass as an archive would hold it."""

    acquisition: Acquisition
    bands: dict[str, Counts]
    """Digital numbers, 10 m bands (y, x), the others (y/2, x/2); 0 is nodata."""
    scl: npt.NDArray[np.uint8]
    """Scene classes, shape (y/2, x/2)."""
    cloud_percent: float
    """As the scene classification counts it."""


def scene(world: World, acquisition: Acquisition) -> Scene:
    """Render one pass."""
    rng = np.random.default_rng(acquisition.seed)
    size = world.recipe.size_px
    sky = clouds.draw(rng, acquisition, size, world.recipe.missed_cloud_share)
    cosine = cos_incidence(world.terrain, acquisition.sun_zenith, acquisition.sun_azimuth)
    ground = (world.weights @ unit_spectra(world, world.day(acquisition.when.date()))).reshape(size, size, len(BANDS))
    gain, haze = 1.0 + rng.normal(0.0, 0.02, len(BANDS)), abs(rng.normal(0.0, 0.006)) * HAZE
    flat = np.cos(acquisition.sun_zenith)
    images = {}
    for k, band in enumerate(BANDS):
        lit = (cosine + DIFFUSE[k]) / (flat + DIFFUSE[k]) * (1.0 - clouds.SHADOW * sky.shadow)
        image = ground[:, :, k] * world.texture * lit * gain[k] + haze[k]
        image += sky.opacity * (clouds.CLOUD_REFLECTANCE[k] - image)
        images[band] = _record(rng, image, band)
    coarse = clouds.Sky(_halve(sky.opacity), _halve(sky.shadow), sky.missed[::2, ::2])
    red, nir = _halve(images["red"]), _halve(images["nir"])
    scl = clouds.classify(coarse, (nir - red) / np.maximum(nir + red, 0.01), _halve(cosine) < 0.22, rng)
    cloudy = float(np.isin(scl, (8, 9, 10)).mean() * 100.0)
    return Scene(acquisition, {b: _count(i, acquisition.dn_offset) for b, i in images.items()}, scl, round(cloudy, 2))


def _record(rng: np.random.Generator, image: Floats, band: str) -> Floats:
    """Blur by the instrument, bring to the band's resolution, add noise."""
    image = ndimage.gaussian_filter(image, BLUR_PX, mode="nearest", truncate=4.0)
    if band not in BANDS_10M:
        image = _halve(image)
    return np.asarray(image + rng.standard_normal(image.shape) * (NOISE + 0.008 * np.abs(image)), float)


def _halve(image: Floats) -> Floats:
    size = image.shape[0] // 2
    return np.asarray(image.reshape(size, 2, size, 2).mean(axis=(1, 3)), float)


def _count(reflectance: Floats, offset: int) -> Counts:
    counts: Counts = np.clip(np.rint(reflectance / 1e-4) + offset, 1, 65535).astype(np.uint16)
    return counts
