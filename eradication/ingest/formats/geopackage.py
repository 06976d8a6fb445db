"""GeoPackage, read by SQLite itself: GDAL's driver would lose the measures that are a track's times. Worker only."""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import GEOSException

from eradication.ingest.formats import layers
from eradication.ingest.formats.columns import Columns
from eradication.ingest.formats.layers import Layer, Shape

_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_REPEATED = {"tracks": "track_points", "routes": "route_points"}
"""Layers of lines that GDAL's points, which bear times, say again."""
_LAYERS = """
SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id, g.srs_id
FROM gpkg_geometry_columns g JOIN gpkg_contents c USING (table_name)
LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE c.data_type = 'features' ORDER BY g.table_name
"""


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a GeoPackage; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: ``unreadable_format``, and as :func:`eradication.ingest.formats.layers.add`.
    """
    columns = Columns("gpkg", options)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            # What a hostile file defines (views, functions in its schema) gets no more rights than data.
            database.execute("PRAGMA trusted_schema = OFF")
            found = database.execute(_LAYERS).fetchall()
            names = {str(row[0]) for row in found}
            for row in found:
                if _REPEATED.get(str(row[0])) not in names:
                    layers.add(columns, _layer(database, row, options))
    except (sqlite3.Error, GEOSException, struct.error, ValueError, TypeError) as error:
        raise layers.unreadable("GeoPackage", error) from None
    return columns.plain()


def _layer(database: sqlite3.Connection, about: tuple[Any, ...], options: dict[str, Any]) -> Layer:
    table, column, organisation, code, srs_id = about
    stated = "" if srs_id in (0, -1) else f"{organisation}:{code}" if organisation else str(srs_id)
    # Asked for one more than is taken, so that too many are found to be too many.
    most = int(options["points"]) + 1
    cursor = database.execute(f"SELECT * FROM {_quoted(str(table))} LIMIT ?", (most,))
    fields = [str(name) for name, *_ in cursor.description]
    rows = cursor.fetchall()
    at = fields.index(str(column))
    cells = {field: [row[n] for row in rows] for n, field in enumerate(fields) if n != at}
    return Layer(str(table), layers.epsg_of(stated, options.get("epsg")), [_shape(row[at]) for row in rows], cells)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _shape(blob: Any) -> Shape:
    """Read a geometry: the header of GeoPackage, an envelope of a length that it tells, then well-known binary."""
    if blob is None:
        return Shape("nothing")
    magic, _, flags = struct.unpack_from("<2sBB", blob)
    if magic != b"GP":
        raise ValueError("a geometry without the header of GeoPackage")
    wkb = shapely.from_wkb(bytes(blob[8 + _ENVELOPE_BYTES[min((flags >> 1) & 7, 4)] :]))
    if wkb is None or wkb.is_empty:
        return Shape("nothing")
    if wkb.geom_type in ("LineString", "MultiLineString"):
        return Shape("line", tuple(_vertices(shapely.get_parts(wkb))))
    if wkb.geom_type in ("Point", "MultiPoint"):
        return Shape("point", tuple(_vertices([wkb])))
    return Shape(str(wkb.geom_type))


def _vertices(parts: Any) -> Iterator[layers.Floats]:
    for part in parts:
        yield np.asarray(shapely.get_coordinates(part, include_z=True, include_m=True), np.float64)
