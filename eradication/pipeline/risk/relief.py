"""Heights, slope, aspect, winter sun and roughness of the 250 m cells, from a height model read at 50 m by blocks."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from affine import Affine
from odc.geo.geobox import GeoBox

from eradication import geo, terrain
from eradication.effort.ground import Box
from eradication.effort.strips import SUBCELL_M
from eradication.ingest import dem
from eradication.ingest.dem import Dem
from eradication.raster import Float32

FINER = 5
"""Heights along one side of a cell: 50 m apart."""
FINE_M = SUBCELL_M / FINER
BLOCK_ROWS = 64
"""Rows of cells read at once."""
YEAR = 2026
"""Whose 15 January the sun is of; it is the same in every year."""
KNOWN = 0.5
"""With a smaller share of its heights a cell is unknown."""

NAMES = ("elevation_m", "slope_deg", "aspect_deg", "sun_january", "roughness_m")

type Floats = npt.NDArray[np.float64]


def of_box(model: Dem, box: Box, wanted: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """Return what the ground is like, by :data:`NAMES`, each shape (rows, columns), southern row first, NaN unknown.

    Slope and sun are means over the cell, the aspect is that of its mean surface (degrees clockwise from north, the way
    downhill), roughness is the standard deviation of its heights.

    Args:
        model: heights.
        box: the cells.
        wanted: cells to be told, shape (rows, columns); rows without any are not read.
    """
    out = {name: np.full((box.rows, box.columns), np.nan) for name in NAMES}
    for first in range(0, box.rows, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, box.rows - first)
        columns = np.flatnonzero(wanted[first : first + rows].any(axis=0))
        if len(columns):
            left, right = int(columns[0]), int(columns[-1]) + 1
            part = Box(box.column + left, box.row + first, right - left, rows)
            for name, values in _of_block(model, part).items():
                out[name][first : first + rows, left:right] = values
    return out


def _of_block(model: Dem, box: Box) -> Mapping[str, Floats]:
    halo = terrain.HALO_PX
    north, west = (box.row + box.rows) * SUBCELL_M, box.column * SUBCELL_M
    place = Affine(FINE_M, 0.0, west - halo * FINE_M, 0.0, -FINE_M, north + halo * FINE_M)
    shape = box.rows * FINER + 2 * halo, box.columns * FINER + 2 * halo
    heights: Float32 = dem.read(model, GeoBox(shape, place, f"EPSG:{geo.UTM48}"))
    found = terrain.relief(heights, FINE_M)
    middle = west + box.columns * SUBCELL_M / 2, north - box.rows * SUBCELL_M / 2
    ((lon, lat),) = geo.transform([middle], geo.UTM48, geo.WGS84)
    lit = terrain.cos_incidence(found, terrain.january_sun(YEAR, lon, lat))
    mean, east, towards_north = (_means(v) for v in (found.elevation_m, found.east, found.north))
    squares = _means(np.square(found.elevation_m.astype(np.float64)))
    return {
        "elevation_m": mean,
        "slope_deg": _means(found.slope_deg),
        "aspect_deg": np.where(
            np.hypot(east, towards_north) > 0, np.degrees(np.arctan2(east, towards_north)) % 360, np.nan
        ),
        "sun_january": _means(lit),
        "roughness_m": np.sqrt(np.maximum(squares - mean**2, 0.0)),
    }


def _means(values: npt.NDArray[np.floating]) -> Floats:
    """Return means over the cells of known values, southern row first."""
    rows, columns = (size // FINER for size in values.shape)
    cells = values[::-1].reshape(rows, FINER, columns, FINER).astype(np.float64)
    known = np.isfinite(cells)
    count = known.sum(axis=(1, 3))
    total = np.where(known, cells, 0.0).sum(axis=(1, 3))
    return np.where(count >= KNOWN * FINER**2, total / np.maximum(count, 1), np.nan)
