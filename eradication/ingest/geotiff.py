"""Read windows of image files, by nearest pixel, on another grid.

Image files come from archives. Each is opened by GDAL with the one driver its first bytes name and without side-car
files: a VRT renamed ``.tif``, or one lying beside a good file, could otherwise read any file or address. Only regular
files are opened.

One way of reading serves every case: for each pixel centre of the wanted grid, the source pixel that contains it. It
gives the same answer for any cut of the grid into blocks, which makes lazy and eager loading equal by construction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.errors import RasterioError
from rasterio.windows import Window, intersection

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

MAX_BLOCK_BYTES = 512 * 1024 * 1024
"""Largest compressed block decoded: one block is the least GDAL can read."""

type Mask = npt.NDArray[np.bool_]
type Index = npt.NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class _Grid:
    """What a north-up grid is, cheap to compare."""

    epsg: int
    affine: tuple[float, ...]
    shape: tuple[int, int]


def crop(grid: GeoBox, top: int, left: int, rows: int, columns: int) -> GeoBox:
    """Return a window of a north-up grid; it may begin outside (negative ``top``, ``left``) and end outside."""
    a, _, c, _, e, f = tuple(grid.affine)[:6]
    return GeoBox((rows, columns), Affine(a, 0, c + a * left, 0, e, f + e * top), grid.crs)


def bounds_in(raster: Raster, epsg: int) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a raster in another CRS (its edges are followed, not only its corners)."""
    if epsg == raster.epsg:
        return raster.bounds
    west, south, east, north = geo.transformer(raster.epsg, epsg).transform_bounds(*raster.bounds, densify_pts=21)
    return west, south, east, north


def _refused(kind: str, message: str, path: Path | str, error: object = "") -> RefusedInput:
    return RefusedInput(kind, message, where=str(path), values={"error": error})


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    with open(path, "rb") as file:
        start = file.read(12)
    driver = next((name for magic, name in DRIVERS.items() if start.startswith(magic)), None)
    if driver is None:
        raise ValueError("neither TIFF nor JPEG 2000")
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
        rasterio.open(Path(path), driver=driver) as source,
    ):
        yield source


def inspect(path: Path, index: int = 1) -> Raster:
    """Read the header, check that every block lies inside the file, and decode the last block.

    Raises:
        RefusedInput: ``missing_asset``, ``unreadable``, ``truncated``, ``no_crs``, ``wrong_grid``.
    """
    if not path.is_file():
        raise _refused("missing_asset", N_("There is no such file."), path)
    try:
        with _opened(str(path)) as source:
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
    nodata = source.nodatavals[index - 1]
    return Raster(str(path), index, epsg, (a, b, c, d, e, f), source.shape, source.dtypes[index - 1], nodata)


def _check_blocks(source: Any, path: Path, index: int) -> None:
    rows, columns = source.block_shapes[index - 1]
    if rows * columns * source.count * np.dtype(source.dtypes[index - 1]).itemsize > MAX_BLOCK_BYTES:
        raise _refused("unreadable", N_("The image is stored in blocks that are too large."), path)
    height, width = source.shape
    last: tuple[int, int] | None = ((height - 1) // rows, (width - 1) // columns)
    if source.driver == "GTiff":
        last = _last_held(source, path, index, (-(-height // rows), -(-width // columns)))
    if last is not None:
        source.read(index, window=Window(last[1] * columns, last[0] * rows, 1, 1))


def _last_held(source: Any, path: Path, index: int, grid: tuple[int, int]) -> tuple[int, int] | None:
    """Check where every block lies; return row and column of the last one whose bytes are there.

    A file fetched by windows has its full size, and zeros where nothing was fetched: no compressed block begins so.
    """
    size = path.stat().st_size
    places: list[tuple[tuple[int, int], int, int]] = []
    for row, column in np.ndindex(grid):
        start = int(source.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=index) or 0)
        length = int(source.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=index) or 0)
        if start and start + length > size:
            raise _refused("truncated", N_("The file ends too early; fetch it again."), path)
        if start and length:
            places.append(((row, column), start, min(16, length)))
    with path.open("rb") as file:
        return next((at for at, start, count in reversed(places) if any(_bytes(file, start, count))), None)


def _bytes(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Which pixels of a file go to which pixels of a grid; indices are slices wherever that is enough."""

    window: tuple[int, int, int, int]
    """Column, row, width and height of what must be read."""
    pick: Any
    """Index into the window …"""
    place: Any
    """… and into the grid."""


@lru_cache(maxsize=8)
def _plan(epsg: int, transform: tuple[float, ...], shape: tuple[int, int], grid: _Grid) -> _Plan | None:
    """Find, for each grid pixel's centre, the source pixel that holds it; ``None`` if the file lies elsewhere."""
    a, _, c, _, e, f = transform
    ga, _, gc, _, ge, gf = grid.affine
    x: Any = gc + ga * (np.arange(grid.shape[1]) + 0.5)
    y: Any = gf + ge * (np.arange(grid.shape[0]) + 0.5)
    if grid.epsg != epsg:
        x, y = geo.transformer(grid.epsg, epsg).transform(*np.meshgrid(x, y))
    row, good_row = _index((y - f) / e, shape[0])
    column, good_column = _index((x - c) / a, shape[1])
    if row.ndim == 2:
        good = good_row & good_column
        return _irregular(row, column, good) if good.any() else None
    if not (good_row.any() and good_column.any()):
        return None
    row, column = row[good_row], column[good_column]
    window = _around(row, column)
    one_to_one = bool((np.diff(row) == 1).all() and (np.diff(column) == 1).all())
    pick = ... if one_to_one else np.ix_(row - window[1], column - window[0])
    return _Plan(window, pick, (_run(good_row), _run(good_column)))


def _index(position: npt.NDArray[np.float64], size: int) -> tuple[Index, Mask]:
    with np.errstate(invalid="ignore"):
        index = np.nan_to_num(np.floor(position), nan=-1, posinf=-1, neginf=-1).astype(np.int64)
    return index, (index >= 0) & (index < size)


def _irregular(row: Index, column: Index, good: Mask) -> _Plan:
    row, column = row[good], column[good]
    window = _around(row, column)
    return _Plan(window, (row - window[1], column - window[0]), good)


def _around(row: Index, column: Index) -> tuple[int, int, int, int]:
    left, top = int(column.min()), int(row.min())
    return left, top, int(column.max()) - left + 1, int(row.max()) - top + 1


def _run(good: Mask) -> slice:
    """Return the one run of true values as a slice."""
    start = int(good.argmax())
    return slice(start, start + int(good.sum()))


def sample(raster: Raster, grid: GeoBox) -> tuple[npt.NDArray[Any], Mask, int]:
    """Return the nearest source pixel of each grid pixel.

    Returns:
        Values of shape ``grid.shape`` in the file's own numbers; where they are known (inside the file, decoded, not
        nodata, finite); how many wanted source pixels could not be decoded.
    """
    # Without the file's name, so that all bands of a tile share one plan.
    affine, shape = tuple(float(v) for v in tuple(grid.affine)[:6]), (int(grid.shape[0]), int(grid.shape[1]))
    plan = _plan(raster.epsg, raster.transform, raster.shape, _Grid(epsg_of(grid), affine, shape))
    values, known = np.zeros(shape, raster.dtype), np.zeros(shape, bool)
    if plan is None:
        return values, known, 0
    pixels, decoded = _read(raster, Window(*plan.window))
    values[plan.place] = pixels[plan.pick]
    known[plan.place] = decoded[plan.pick]
    known &= _is_data(values, raster.nodata)
    return values, known, int(decoded.size - decoded.sum())


def _is_data(values: npt.NDArray[Any], nodata: float | None) -> Mask:
    good = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, bool)
    if nodata is not None and not np.isnan(nodata):
        good &= values != nodata
    return good


def _read(raster: Raster, window: Window) -> tuple[npt.NDArray[Any], Mask]:
    """Read a window; where that fails, block by block, so that one bad block costs itself only."""
    shape = (int(window.height), int(window.width))
    try:
        with _opened(raster.path) as source:
            try:
                return source.read(raster.index, window=window), np.ones(shape, bool)
            except RasterioError:
                return _read_blocks(source, raster, window)
    except (RasterioError, OSError):
        return np.zeros(shape, raster.dtype), np.zeros(shape, bool)


def _read_blocks(source: Any, raster: Raster, window: Window) -> tuple[npt.NDArray[Any], Mask]:
    shape = (int(window.height), int(window.width))
    pixels, decoded = np.zeros(shape, raster.dtype), np.zeros(shape, bool)
    for _, block in source.block_windows(raster.index):
        try:
            part = intersection(window, block)
        except rasterio.errors.WindowError:
            continue
        rows = slice(int(part.row_off - window.row_off), int(part.row_off - window.row_off + part.height))
        columns = slice(int(part.col_off - window.col_off), int(part.col_off - window.col_off + part.width))
        try:
            pixels[rows, columns] = source.read(raster.index, window=part)
        except RasterioError:
            continue
        decoded[rows, columns] = True
    return pixels, decoded
