"""Reading alone, three ways, the same blocks on the same two threads.

``floor`` is what cannot be beaten without other hardware: each compressed block read, inflated by libdeflate, the
predictor undone, the numbers thrown away. ``rasterio`` reads every file whole at its own resolution. ``ours`` is the
package.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import deflate
import numba
import numpy as np
import rasterio
import tifffile

THREADS = 2


@numba.njit(nogil=True, cache=True)
def _undo_differences(values: np.ndarray) -> None:
    rows, columns = values.shape
    for y in range(rows):
        for x in range(1, columns):
            values[y, x] += values[y, x - 1]


def _files(catalog: Path) -> list[Path]:
    return sorted(catalog.parent.glob("*/*/*.tif"))


def floor(catalog: Path) -> float:
    """Inflate every block of the full resolution and return the seconds; finding the blocks is not counted."""
    jobs = []
    for path in _files(catalog):
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            shape, dtype = (page.tilelength, page.tilewidth), np.dtype(page.dtype)
            jobs.append((path, list(zip(page.dataoffsets, page.databytecounts, strict=True)), shape, dtype))
    for dtype in (np.uint8, np.uint16):
        _undo_differences(np.zeros((2, 2), dtype))  # compiled before the clock runs

    def decode(job: tuple[Path, list[tuple[int, int]], tuple[int, int], np.dtype]) -> None:
        path, blocks, shape, dtype = job
        size = shape[0] * shape[1] * dtype.itemsize
        handle = os.open(path, os.O_RDONLY)
        try:
            for offset, count in blocks:
                raw = deflate.zlib_decompress(os.pread(handle, count, offset), size)
                _undo_differences(np.frombuffer(raw, dtype).reshape(shape))
        finally:
            os.close(handle)

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(decode, jobs))
    return time.perf_counter() - began


def by_rasterio(catalog: Path) -> float:
    """Read every file whole, as it is, and return the seconds."""

    def read(path: Path) -> None:
        with rasterio.open(path) as file:
            file.read(1)

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(read, _files(catalog)))
    return time.perf_counter() - began


def agrees(catalog: Path) -> bool:
    """Tell whether the package's red of every date is rasterio's, shifted by one number a date."""
    from benchmarks.imagery import ours

    for seen, path in ours.red_of(catalog):
        with rasterio.open(path) as file:
            raw = file.read(1)
        known = raw != 0
        if not np.array_equal(seen != 0, known) or len(np.unique(seen[known].astype(np.int64) - raw[known])) > 1:
            return False
    return True


def by_the_package(catalog: Path) -> float:
    """Read by the package."""
    from benchmarks.imagery import ours

    return ours.read(catalog)


WAYS: dict[str, Callable[[Path], float]] = {"ours": by_the_package, "floor": floor, "rasterio": by_rasterio}
