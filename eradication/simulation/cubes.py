"""The season as a cube without writing a file: for measurements and quick tests."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from eradication.config import Imagery
from eradication.progress import Tick, silent
from eradication.raster import BANDS, Cube
from eradication.simulation.render import scene
from eradication.simulation.world import World

CLOUD_CLASSES = (3, 8, 9, 10)
"""Scene classes whose mask is widened: shadow, cloud, cirrus."""


def cube(world: World, settings: Imagery | None = None, *, tick: Tick = silent) -> Cube:
    """Return reflectance as reading the written catalog would give it, items that lie left out.

    Args:
        world: from :func:`eradication.simulation.build`.
        settings: which scene classes are masked and by how much the mask is widened.
        tick: called after every pass.
    """
    rules = settings or Imagery()
    honest = [a for a in world.acquisitions if not a.is_lying]
    size = world.recipe.size_px
    bands = {band: np.empty((len(honest), size, size), np.float32) for band in BANDS}
    suspect = np.zeros((len(honest), size, size), bool)
    for k, acquisition in enumerate(honest):
        shot = scene(world, acquisition)
        scl = _fine(shot.scl, size)
        masked = np.isin(scl, rules.mask_scl)
        if rules.dilate_px:
            clouds = np.isin(scl, [c for c in CLOUD_CLASSES if c in rules.mask_scl])
            masked |= ndimage.binary_dilation(clouds, np.ones((3, 3), bool), iterations=rules.dilate_px)
        suspect[k] = np.isin(scl, (2, 7)) & ~masked
        for band, counts in shot.bands.items():
            values = (_fine(counts, size).astype(np.float32) - acquisition.dn_offset) * np.float32(1e-4)
            bands[band][k] = np.where(masked, np.nan, values)
        tick(k + 1, len(honest))
    return Cube(
        season=world.recipe.season,
        times=np.array([a.when.replace(tzinfo=None) for a in honest], "datetime64[s]"),
        bands=dict(bands),
        geobox=world.geobox,
        scl_masked=True,
        used=tuple(a.id for a in honest),
        failed=(),
        simulated=True,
        suspect=suspect,
    )


def _fine[T: np.generic](values: npt.NDArray[T], size: int) -> npt.NDArray[T]:
    """Repeat 20 m pixels to the 10 m grid."""
    step = size // values.shape[0]
    return values.repeat(step, 0).repeat(step, 1)
