"""The shape of the ground: from heights to the direction every pixel faces.

A surface is kept as its unit normal (east, north, up). Slope and aspect follow from it, the light on it is one scalar
product with the direction to the sun, and its mean over pixels gives exactly the mean light on them, which angles do
not.
"""

from dataclasses import dataclass

import numpy as np

from eradication.raster import Float32

HALO_PX = 1
"""Heights are wanted this much wider than the answer on every side, so that blocks join without a seam."""


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """Heights and unit surface normals of one window, arrays of shape (y, x); NaN where a height is unknown."""

    elevation_m: Float32
    east: Float32
    """Sine of slope times sine of aspect: above 0 where the ground faces east."""
    north: Float32
    """Sine of slope times cosine of aspect: above 0 where the ground faces north."""
    up: Float32
    """Cosine of slope."""

    @property
    def slope_deg(self) -> Float32:
        """Steepness in degrees."""
        return np.degrees(np.arctan2(np.hypot(self.east, self.north), self.up))

    @property
    def aspect_deg(self) -> Float32:
        """Direction the ground faces (downhill), degrees clockwise from north; NaN where it is level."""
        aspect = np.degrees(np.arctan2(self.east, self.north)) % np.float32(360)
        return np.where((self.east == 0) & (self.north == 0), np.float32(np.nan), aspect).astype(np.float32)

    def coarse(self, step: int = 2) -> "Relief":
        """Return means over ``step`` × ``step`` pixels, as bands of 20 m see it; a cell with an unknown pixel is NaN.

        Rows and columns that fill no whole cell are left out.
        """
        return Relief(*(_means(v, step) for v in (self.elevation_m, self.east, self.north, self.up)))


def relief(elevation_m: Float32, cell_m: float) -> Relief:
    """Return the relief of heights by the 3 × 3 differences of Horn (1981).

    Args:
        elevation_m: shape (y + 2, x + 2), rows from north to south: the window and ``HALO_PX`` around it. Where the
            heights end, the halo is NaN.
        cell_m: size of a pixel in metres.

    Returns:
        Shape (y, x). A pixel with an unknown height among its nine is NaN: at the edge of the heights nothing is
        guessed from one side, or a pixel would change with the way the ground is cut into windows. Directions are those
        of the grid; its north is less than 1° from true north anywhere in the province, which moves cos i by less
        than 0.01.
    """
    z = np.asarray(elevation_m, np.float32)
    a, b, c = z[:-2, :-2], z[:-2, 1:-1], z[:-2, 2:]
    d, f = z[1:-1, :-2], z[1:-1, 2:]
    g, h, i = z[2:, :-2], z[2:, 1:-1], z[2:, 2:]
    span = np.float32(8.0 * cell_m)
    to_east = ((c - a) + 2 * (f - d) + (i - g)) / span
    to_north = ((a - g) + 2 * (b - h) + (c - i)) / span
    up = 1 / np.sqrt(1 + to_east * to_east + to_north * to_north)
    centre = np.where(np.isfinite(up), z[1:-1, 1:-1], np.float32(np.nan))
    up = np.where(np.isfinite(centre), up, np.float32(np.nan))
    return Relief(centre, -to_east * up, -to_north * up, up)


def _means(values: Float32, step: int) -> Float32:
    rows, columns = (size // step for size in values.shape)
    cells = values[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return cells.mean(axis=(1, 3), dtype=np.float32)
