"""What earlier runs learned of image files that have not changed since: their headers, and what their pixels say.

A province-season is thousands of files. Opening each and judging each scene by its pixels takes longer than next week's
new image; a file is known again by its path, size and time of change.
"""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eradication.config import Imagery
from eradication.ingest import geotiff
from eradication.ingest.boa import PixelTest
from eradication.ingest.geotiff import Raster


class Memory:
    """Headers and verdicts by file; without a file of its own it forgets when the program ends."""

    def __init__(self, file: Path | None = None) -> None:
        """Recall what ``file`` holds; one that cannot be read is as good as none."""
        self._file = file
        self._known: dict[str, Any] = {}
        if file is not None and file.is_file():
            try:
                known = json.loads(file.read_bytes())
            except (OSError, ValueError):
                known = {}
            self._known = known if isinstance(known, dict) else {}
        self._used: dict[str, Any] = {}

    def header(self, path: Path, index: int) -> Raster:
        """Return what a file's header says, checked as by :func:`eradication.ingest.geotiff.inspect`.

        Raises:
            RefusedInput: as there; refusals are not remembered.
        """
        key = f"{_state(path)}|{index}"
        try:
            raster = _raster(self._known[key])
        except (KeyError, TypeError, ValueError):
            raster = geotiff.inspect(path, index)
        self._used[key] = dataclasses.astuple(raster)
        return raster

    def verdict(self, rasters: list[Raster], said: object, how: Imagery, judge: Callable[[], PixelTest]) -> PixelTest:
        """Return what the pixels of a scene say of its offset.

        Args:
            rasters: its files.
            said: what its metadata say of the offset.
            how: thresholds.
            judge: looks at the pixels.
        """
        files = sorted({_state(Path(raster.path)) for raster in rasters})
        key = repr((files, said, how.mask_scl, how.negative_share, how.dark_forest_red))
        try:
            verdict, detail = self._known[key]
            test = PixelTest(str(verdict), str(detail))
        except (KeyError, TypeError, ValueError):
            test = judge()
        self._used[key] = [test.verdict, test.detail]
        return test

    def keep(self) -> None:
        """Write down what was learned."""
        if self._file is None or self._used.keys() <= self._known.keys():
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_name(f"new-{self._file.name}")
        new.write_text(json.dumps(self._known | self._used), encoding="utf-8")
        os.replace(new, self._file)


def _state(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return f"{path}|"
    return f"{path}|{status.st_size}|{status.st_mtime_ns}"


def _raster(values: list[Any]) -> Raster:
    path, index, epsg, transform, shape, dtype, nodata, block = values
    a, b, c, d, e, f = (float(v) for v in transform)
    rows, columns = (int(n) for n in shape)
    known = None if nodata is None else float(nodata)
    high, wide = (int(n) for n in block)
    place = (a, b, c, d, e, f)
    return Raster(str(path), int(index), int(epsg), place, (rows, columns), str(dtype), known, (high, wide))
