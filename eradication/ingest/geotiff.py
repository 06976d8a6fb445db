"""Open image files of archives and check what their headers say.

Each is opened by GDAL with the one driver its first bytes name and without side-car files: a VRT renamed ``.tif``, or
one lying beside a good file, could otherwise read any file or address. Only regular files are opened.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.errors import RasterioError
from rasterio.windows import Window

from eradication import geo
from eradication.errors import N_, RefusedInput

DRIVERS: dict[bytes, str] = {
    b"II*\0": "GTiff",
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",
    b"MM\0+": "GTiff",
    b"\0\0\0\x0cjP  ": "JP2OpenJPEG",
    b"\xffO\xffQ": "JP2OpenJPEG",
}
"""First bytes of a file → the only driver that may open it."""

# Every block is read once, or a few times soon after another: what GDAL would keep by itself, a twentieth of the
# computer's memory, only costs time. It looks at this when it reads its first block.
os.environ.setdefault("GDAL_CACHEMAX", "64")

MAX_BLOCK_BYTES = 512 * 1024 * 1024
"""Largest compressed block decoded: one block is the least GDAL can read."""


@dataclass(frozen=True, slots=True)
class Raster:
    """One band of one file: what its header says."""

    path: str
    index: int
    epsg: int
    transform: tuple[float, float, float, float, float, float]
    """a, b, c, d, e, f of x = a·column + b·row + c, y = d·column + e·row + f."""
    shape: tuple[int, int]
    """Rows, columns."""
    dtype: str
    nodata: float | None
    block: tuple[int, int] = (1, 1)
    """Rows and columns of what is compressed as one piece."""

    def moved(self, east_m: float, north_m: float) -> "Raster":
        """Return the raster with its corner elsewhere, by units of its CRS."""
        a, b, c, d, e, f = self.transform
        return replace(self, transform=(a, b, c + east_m, d, e, f + north_m))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in its own CRS."""
        a, _, c, _, e, f = self.transform
        rows, columns = self.shape
        return min(c, c + a * columns), min(f, f + e * rows), max(c, c + a * columns), max(f, f + e * rows)

    @property
    def pixel_size(self) -> float:
        """Width of a pixel in units of its CRS."""
        return abs(self.transform[0])


def epsg_of(grid: GeoBox) -> int:
    """Return the EPSG code of a grid made by this package, which always has one."""
    code = grid.crs.to_epsg() if grid.crs else None
    if code is None:
        raise ValueError("the grid has no EPSG code")
    return int(code)


def bounds_in(raster: Raster, epsg: int) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a raster in another CRS (its edges are followed, not only its corners)."""
    if epsg == raster.epsg:
        return raster.bounds
    west, south, east, north = geo.transformer(raster.epsg, epsg).transform_bounds(*raster.bounds, densify_pts=21)
    return west, south, east, north


def _refused(kind: str, message: str, path: Path | str, error: object = "") -> RefusedInput:
    return RefusedInput(kind, message, where=str(path), values={"error": error})


def open_file(path: str) -> Any:
    """Open a TIFF or JPEG 2000 file.

    Raises:
        ValueError, OSError, rasterio.errors.RasterioError: it is neither, or cannot be opened.
    """
    with open(path, "rb") as file:
        start = file.read(12)
    driver = next((name for magic, name in DRIVERS.items() if start.startswith(magic)), None)
    if driver is None:
        raise ValueError("neither TIFF nor JPEG 2000")
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"):
        return rasterio.open(Path(path), driver=driver)


def inspect(path: Path, index: int = 1) -> Raster:
    """Read the header, check that every block lies inside the file, and decode the last block.

    Raises:
        RefusedInput: ``missing_asset``, ``unreadable``, ``truncated``, ``no_crs``, ``wrong_grid``.
    """
    if not path.is_file():
        raise _refused("missing_asset", N_("There is no such file."), path)
    try:
        with open_file(str(path)) as source:
            if index > source.count:
                raise _refused("wrong_grid", N_("The file has no such band."), path)
            raster = _header(source, path, index)
            _check_blocks(source, path, index)
            return raster
    except (RasterioError, OSError, ValueError) as error:
        raise _refused("unreadable", N_("The image cannot be read: {error}."), path, error) from None


def _header(source: Any, path: Path, index: int) -> Raster:
    epsg = source.crs.to_epsg() if source.crs else None
    if epsg is None:
        raise _refused("no_crs", N_("The image does not say where it is (no EPSG code)."), path)
    a, b, c, d, e, f = tuple(source.transform)[:6]
    if b or d or not a or not e:
        raise _refused("wrong_grid", N_("The image is rotated; only north-up images are read."), path)
    nodata, block = source.nodatavals[index - 1], source.block_shapes[index - 1]
    # Absolute, for another process may read it, which began in another folder.
    return Raster(
        os.path.abspath(path), index, epsg, (a, b, c, d, e, f), source.shape, source.dtypes[index - 1], nodata, block
    )


def _check_blocks(source: Any, path: Path, index: int) -> None:
    rows, columns = source.block_shapes[index - 1]
    if rows * columns * source.count * np.dtype(source.dtypes[index - 1]).itemsize > MAX_BLOCK_BYTES:
        raise _refused("unreadable", N_("The image is stored in blocks that are too large."), path)
    if source.driver == "GTiff":
        size = path.stat().st_size
        for row, column in np.ndindex(-(-source.height // rows), -(-source.width // columns)):
            start = source.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=index)
            length = source.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=index)
            if start and length and int(start) + int(length) > size:
                raise _refused("truncated", N_("The file ends too early; fetch it again."), path)
    source.read(index, window=Window(source.width - 1, source.height - 1, 1, 1))
