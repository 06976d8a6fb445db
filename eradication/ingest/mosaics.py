"""Images of drones, as other programs wrote them, made into files of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from eradication.config import Limits
from eradication.ingest import sandbox

_OF_INPUT = 12
"""How many times as large a copy may be: what was compressed with loss is kept without."""


@contextmanager
def optimised(path: Path, limits: Limits) -> Iterator[Path]:
    """Yield a cloud-optimised GeoTIFF with the values, CRS and band names of a GeoTIFF; it is gone afterwards.

    Args:
        path: the user's file; GDAL sees a copy of it only, in a process that can do nothing else.
        limits: ``mosaic_mb``, ``mosaic_s`` and ``memory_mb`` are used.

    Raises:
        UnusableInput: what :func:`eradication.ingest.sandbox.read` raises.
        RefusedInput: ``unreadable``, ``file_too_large``, ``too_costly``, ``timeout`` and others.
        StorageFailed: ``temporary_folder``.
    """
    allowed = replace(limits, file_mb=limits.mosaic_mb, cpu_s=limits.mosaic_s, wall_s=2 * limits.mosaic_s)
    with sandbox.made(path, "mosaic", allowed, "optimised.tif", _OF_INPUT * limits.mosaic_mb) as made:
        yield made
