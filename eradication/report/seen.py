"""How often each place was seen clearly, as a small picture for the map: where nothing was seen, nothing is known."""

import base64
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from eradication import geo

MOST_PX = 700
"""Longer side of the picture."""

WEB_MERCATOR = "EPSG:3857"
"""What Leaflet stretches pictures in."""


@dataclass(frozen=True, slots=True)
class Step:
    """Numbers of clear looks that are drawn alike."""

    least: int
    most: int
    colour: tuple[int, int, int, int]
    """Red, green, blue, opacity, each 0 to 255."""

    @property
    def css(self) -> str:
        """The colour without its opacity, as a page names it."""
        return "#{:02x}{:02x}{:02x}".format(*self.colour[:3])


STEPS: tuple[Step, ...] = (
    Step(0, 0, (110, 1, 107, 190)),
    Step(1, 2, (230, 85, 13, 150)),
    Step(3, 9, (253, 208, 162, 130)),
    Step(10, 255, (0, 0, 0, 0)),
)
"""The less was seen, the darker; places seen often stay as they are. Told apart without red and green."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture and where it lies."""

    png: str
    """A ``data:`` address."""
    bounds: tuple[float, float, float, float]
    """West, south, east, north, degrees WGS 84."""


def picture(clear: Path) -> Seen:
    """Return the picture of a run's layer ``clear``: clear looks per pixel, one byte.

    Raises:
        rasterio.errors.RasterioError: it cannot be read.
    """
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
        rasterio.open(clear, driver="GTiff") as source,
        WarpedVRT(source, crs=WEB_MERCATOR, resampling=Resampling.nearest, add_alpha=True) as warped,
    ):
        shrink = max(1.0, max(warped.width, warped.height) / MOST_PX)
        shape = (max(1, round(warped.height / shrink)), max(1, round(warped.width / shrink)))
        looks, inside = warped.read(out_shape=(2, *shape), resampling=Resampling.nearest)
        bounds = transform_bounds(WEB_MERCATOR, f"EPSG:{geo.WGS84}", *warped.bounds)
    return Seen(f"data:image/png;base64,{base64.b64encode(_png(looks, inside)).decode()}", bounds)


def _png(looks: npt.NDArray[np.uint8], inside: npt.NDArray[np.uint8]) -> bytes:
    table = np.zeros((256, 4), np.uint8)
    for step in STEPS:
        table[step.least : step.most + 1] = step.colour
    pixels = table[looks]
    pixels[inside == 0] = 0
    return png(pixels)


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return a picture, shape (y, x, 4): red, green, blue, opacity."""
    out = io.BytesIO()
    # A picture has no place of its own: the map says where it goes.
    with MemoryFile() as memory, warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning):
        profile = {"driver": "PNG", "width": pixels.shape[1], "height": pixels.shape[0], "count": 4, "dtype": "uint8"}
        with memory.open(**profile) as file:
            file.write(pixels.transpose(2, 0, 1))
        out.write(memory.read())
    return out.getvalue()
