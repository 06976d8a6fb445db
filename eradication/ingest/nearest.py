"""Read windows of image files, by nearest pixel, on another grid.

One way of reading serves every case: for each pixel centre of the wanted grid, the source pixel that contains it. It
gives the same answer for any cut of the grid into blocks, so that a province read in pieces is the province.
"""

import atexit
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.errors import RasterioError
from rasterio.windows import Window, intersection

from eradication import geo
from eradication.ingest.geotiff import Raster, epsg_of, open_file
from eradication.ingest.kernels import pick

type Mask = npt.NDArray[np.bool_]
type Index = npt.NDArray[np.int64]


MOST_HANDLES = 600
"""Files that are kept open: a season of two tiles has fewer. Whatever waits by select() cannot see a file beyond the
1 024th, so there may not be many more."""


class _Handles:
    """Open files, lent to one thread at a time; those not used for longest are closed first.

    Opening a file costs as much as reading a window of it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: OrderedDict[tuple[str, int, int], list[Any]] = OrderedDict()
        self._count = 0

    @contextmanager
    def lent(self, path: str) -> Iterator[Any]:
        """Lend an open file; one that was replaced on disk meanwhile is opened anew."""
        status = os.stat(path)
        key = (path, status.st_mtime_ns, status.st_size)
        with self._lock:
            held = self._idle.get(key)
            source = held.pop() if held else None
            self._count -= source is not None
        source = source or open_file(path)
        try:
            yield source
        finally:
            self._keep(key, source)

    def _keep(self, key: tuple[str, int, int], source: Any) -> None:
        with self._lock:
            self._idle.setdefault(key, []).append(source)
            self._idle.move_to_end(key)
            self._count += 1
            while self._count > MOST_HANDLES:
                _, oldest = self._idle.popitem(last=False)
                self._count -= len(oldest)
                for other in oldest:
                    other.close()

    def close(self) -> None:
        """Close all files that nobody has now."""
        with self._lock:
            for held in self._idle.values():
                for source in held:
                    source.close()
            self._idle.clear()
            self._count = 0


_handles = _Handles()
# Left open, they would be closed when the interpreter is half gone: "Error in sys.excepthook", with nothing to read.
atexit.register(_handles.close)


@dataclass(frozen=True, slots=True)
class _Grid:
    """What a north-up grid is, cheap to compare."""

    epsg: int
    affine: tuple[float, ...]
    shape: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Which pixels of a file go to which pixels of a grid."""

    window: tuple[int, int, int, int]
    """Column, row, width and height of what must be read."""
    rows: Index
    """Row of the window for each row of ``place``; with ``columns``, or one per pixel where the grids are turned."""
    columns: Index
    place: Any
    """Where it goes in the grid: two slices, or a mask."""
    straight: bool
    """The window's pixels are the grid's: nothing has to be picked."""


@lru_cache(maxsize=64)
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
    straight = bool((np.diff(row) == 1).all() and (np.diff(column) == 1).all())
    return _Plan(window, row - window[1], column - window[0], (_run(good_row), _run(good_column)), straight)


def _index(position: npt.NDArray[np.float64], size: int) -> tuple[Index, Mask]:
    with np.errstate(invalid="ignore"):
        index = np.nan_to_num(np.floor(position), nan=-1, posinf=-1, neginf=-1).astype(np.int64)
    return index, (index >= 0) & (index < size)


def _irregular(row: Index, column: Index, good: Mask) -> _Plan:
    row, column = row[good], column[good]
    window = _around(row, column)
    return _Plan(window, row - window[1], column - window[0], good, False)


def _around(row: Index, column: Index) -> tuple[int, int, int, int]:
    left, top = int(column.min()), int(row.min())
    return left, top, int(column.max()) - left + 1, int(row.max()) - top + 1


def _run(good: Mask) -> slice:
    """Return the one run of true values as a slice."""
    start = int(good.argmax())
    return slice(start, start + int(good.sum()))


def _placed(values: npt.NDArray[Any], plan: _Plan, out: npt.NDArray[Any]) -> None:
    """Put the pixels of a window where the plan says."""
    if plan.straight:
        out[plan.place] = values
    elif isinstance(plan.place, tuple):
        pick(values, plan.rows, plan.columns, out[plan.place])
    else:
        out[plan.place] = values[plan.rows, plan.columns]


def touches(raster: Raster, grid: GeoBox) -> bool:
    """Tell whether any pixel of ``grid`` lies in the file."""
    return _plan_of(raster, grid) is not None


def covered(rasters: Iterable[Raster], grid: GeoBox) -> Mask:
    """Return which pixels of ``grid`` lie in any of the files, with data or without; shape of the grid."""
    out = np.zeros(grid.shape, bool)
    for plan in {id(plan): plan for plan in (_plan_of(raster, grid) for raster in rasters) if plan}.values():
        out[plan.place] = True
    return out


def _plan_of(raster: Raster, grid: GeoBox) -> _Plan | None:
    # Without the file's name, so that all bands of a tile share one plan.
    affine, shape = tuple(float(v) for v in tuple(grid.affine)[:6]), (int(grid.shape[0]), int(grid.shape[1]))
    return _plan(raster.epsg, raster.transform, raster.shape, _Grid(epsg_of(grid), affine, shape))


def read_straight(raster: Raster, grid: GeoBox, out: npt.NDArray[Any]) -> bool:
    """Read the file straight into ``out`` if its pixels are the grid's and all of them can be decoded.

    Returns:
        Whether that was done; if not, ``out`` may hold anything, and :func:`sample` tells what is known.
    """
    plan = _plan_of(raster, grid)
    if plan is None or not plan.straight or plan.window[:1:-1] != grid.shape or out.dtype != raster.dtype:
        return False
    try:
        with _handles.lent(raster.path) as source:
            source.read(raster.index, window=Window(*plan.window), out=out)
    except (RasterioError, OSError, ValueError):
        return False
    return True


def sample(raster: Raster, grid: GeoBox) -> tuple[npt.NDArray[Any], Mask | None, int]:
    """Return the nearest source pixel of each grid pixel.

    Returns:
        Values of shape ``grid.shape`` in the file's own numbers; where they are known (inside the file, decoded, not
        nodata, finite), ``None`` if just where they are not 0; how many wanted source pixels could not be decoded.
    """
    plan = _plan_of(raster, grid)
    values = np.zeros(grid.shape, raster.dtype)
    if plan is None:
        return values, np.zeros(grid.shape, bool), 0
    pixels, decoded = _read(raster, Window(*plan.window))
    _placed(pixels, plan, values)
    if decoded is None and raster.dtype in ("uint8", "uint16") and raster.nodata in (None, 0):
        return values, None, 0
    known = np.zeros(grid.shape, bool)
    _placed(np.ones(pixels.shape, bool) if decoded is None else decoded, plan, known)
    known &= _is_data(values, raster.nodata)
    return values, known, 0 if decoded is None else int(decoded.size - decoded.sum())


def _is_data(values: npt.NDArray[Any], nodata: float | None) -> Mask:
    good = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, bool)
    if nodata is not None and not np.isnan(nodata):
        good &= values != nodata
    return good


def _read(raster: Raster, window: Window) -> tuple[npt.NDArray[Any], Mask | None]:
    """Read a window; where that fails, block by block, so that one bad block costs itself only.

    Returns:
        The pixels, and which of them could be decoded, ``None`` for all.
    """
    shape = (int(window.height), int(window.width))
    try:
        with _handles.lent(raster.path) as source:
            try:
                return source.read(raster.index, window=window), None
            except RasterioError:
                return _read_blocks(source, raster, window)
    except (RasterioError, OSError, ValueError):
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
