"""The season as a cube without writing a file: for measurements and quick tests."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from eradication.config import Imagery
from eradication.progress import Tick, silent
from eradication.raster import BANDS, CLEAR, SUSPECT, Cube, pack
from eradication.simulation.render import scene
from eradication.simulation.world import World

CLOUD_CLASSES = (3, 8, 9, 10)
"""Scene classes whose mask is widened: shadow, cloud, cirrus."""


def cube(world: World, settings: Imagery | None = None, *, tick: Tick = silent) -> Cube:
    """Return the cube that reading the written catalog would give, items that lie left out.

    Args:
        world: from :func:`eradication.simulation.build`.
        settings: which scene classes are masked and by how much the mask is widened.
        tick: called after every pass.
    """
    rules = settings or Imagery()
    honest = [a for a in world.acquisitions if not a.is_lying]
    size = world.recipe.size_px
    bands: dict[str, list[npt.NDArray[np.uint16]]] = {band: [] for band in BANDS}
    clear = np.zeros((len(honest), size, size), np.uint8)
    for k, acquisition in enumerate(honest):
        shot = scene(world, acquisition)
        scl = _fine(shot.scl, size)
        masked = np.isin(scl, rules.mask_scl)
        if rules.dilate_px:
            clouds = np.isin(scl, [c for c in CLOUD_CLASSES if c in rules.mask_scl])
            masked |= ndimage.binary_dilation(clouds, np.ones((3, 3), bool), iterations=rules.dilate_px)
        clear[k] = np.where(masked, 0, np.where(np.isin(scl, (2, 7)), SUSPECT, CLEAR))
        for band, counts in shot.bands.items():
            bands[band].append(pack((counts.astype(np.float32) - acquisition.dn_offset) * 1e-4))
        tick(k + 1, len(honest))
    return Cube(
        season=world.recipe.season,
        times=np.array([a.when.replace(tzinfo=None) for a in honest], "datetime64[s]"),
        bands={band: np.stack(values) for band, values in bands.items()},
        clear=clear,
        geobox=world.geobox,
        scl_masked=True,
        used=tuple(a.id for a in honest),
        failed=(),
        simulated=True,
    )


def _fine(values: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Repeat 20 m pixels to the 10 m grid."""
    step = size // values.shape[0]
    return values.repeat(step, 0).repeat(step, 1)
