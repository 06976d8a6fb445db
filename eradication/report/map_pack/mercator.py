"""Pixels of tiles: the web's Mercator grid (EPSG:3857), counted from its north-west corner."""

import math
from dataclasses import dataclass

from affine import Affine

from eradication import geo

EPSG = 3857
TILE_PX = 512
"""Side of a raster tile; MapLibre's zoom is that of tiles this large."""
WORLD_M = 2 * math.pi * 6_378_137.0

type Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


def pixel_m(zoom: int) -> float:
    """Return the side of a pixel in metres of the projection; on the ground it is the cosine of the latitude of it."""
    return WORLD_M / (TILE_PX << zoom)


@dataclass(frozen=True, slots=True)
class Pixels:
    """A window of whole pixels of one zoom."""

    zoom: int
    left: int
    top: int
    right: int
    """First column beyond it."""
    bottom: int

    @classmethod
    def over(cls, bounds: Bounds, zoom: int) -> "Pixels":
        """Return the pixels that touch ``bounds`` (WGS 84)."""
        west, south, east, north = bounds
        (x0, y0), (x1, y1) = geo.transform([(west, south), (east, north)], geo.WGS84, EPSG)
        return cls.within((x0, y0, x1, y1), zoom)

    @classmethod
    def within(cls, bounds: Bounds, zoom: int) -> "Pixels":
        """Return the pixels that touch ``bounds`` (EPSG:3857)."""
        west, south, east, north = bounds
        size, half = pixel_m(zoom), WORLD_M / 2
        left, top = math.floor((west + half) / size), math.floor((half - north) / size)
        right, bottom = math.ceil((east + half) / size), math.ceil((half - south) / size)
        return cls(zoom, left, top, max(right, left + 1), max(bottom, top + 1))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    @property
    def transform(self) -> Affine:
        """From column and row to metres of EPSG:3857."""
        size, half = pixel_m(self.zoom), WORLD_M / 2
        return Affine(size, 0.0, self.left * size - half, 0.0, -size, half - self.top * size)
