"""Declared parcels come in: a file of outlines, perhaps a table of national codes, judged for the images there are."""

from pathlib import Path

import shapely
from odc.geo.geobox import GeoBox

from eradication import legal_poppy
from eradication.config import Settings
from eradication.ingest import parcels
from eradication.legal_poppy import Declared, outlines


def read_parcels(
    path: Path, settings: Settings, *, column: str = "", codes: Path | None = None, near: GeoBox | None = None
) -> Declared:
    """Read a file of declared parcels and judge which can teach.

    Args:
        path: GeoPackage, GeoParquet, GeoJSON or zipped Shapefile.
        settings: ``limits`` is used.
        column: property with the crop; empty = the one with HCAT codes.
        codes: table of the country, for a column of national codes or names.
        near: only parcels that touch this grid are read; ``None`` = all.

    Raises:
        UnusableInput: ``no_crop_codes``, ``no_such_file`` and others.
        RefusedInput: ``no_crop_column``, ``crs_needed``, ``too_costly`` and others, see
            :func:`eradication.ingest.parcels.read`.
    """
    table = {} if codes is None else legal_poppy.table_of(parcels.read_codes(codes, settings), str(codes))
    return legal_poppy.declared(parcels.read(path, settings, column=column, bounds=_bounds(near)), table)


def _bounds(grid: GeoBox | None) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of a grid in degrees."""
    if grid is None:
        return None
    rows, columns = (int(size) for size in grid.shape)
    return outlines.off_grid(shapely.box(0, 0, columns, rows), grid).bounds
