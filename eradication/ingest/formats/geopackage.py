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
from shapely.geometry.base import BaseGeometry

from eradication.ingest.formats import headers, layers
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
    columns, visits = Columns("gpkg", options), list[Layer]()
    try:
        with closing(opened(path)) as database:
            found = database.execute(_LAYERS).fetchall()
            names = {str(row[0]) for row in found}
            for row in found:
                if _REPEATED.get(str(row[0])) not in names:
                    layer = _layer(database, row, options)
                    # A field package holds visits beside tracks; a package of visits alone belongs elsewhere.
                    visits += [layer] if headers.holds_visits(layer.cells) else []
                    if layer not in visits:
                        layers.add(columns, layer)
    except (sqlite3.Error, GEOSException, struct.error, ValueError, TypeError) as error:
        raise layers.unreadable("GeoPackage", error) from None
    for layer in visits:
        if columns.is_empty and layer.shapes:
            headers.refuse_visits(layer.cells)
        columns.count("left_out_visits", len(layer.shapes))
    return columns.plain()


def opened(path: Path) -> sqlite3.Connection:
    """Open a GeoPackage for reading: what a hostile file defines (views, functions) gets no more rights than data."""
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    return database


def _layer(database: sqlite3.Connection, about: tuple[Any, ...], options: dict[str, Any]) -> Layer:
    table, column, organisation, code, srs_id = about
    stated = system(organisation, code, srs_id)
    # Asked for one more than is taken, so that too many are found to be too many.
    most = int(options["points"]) + 1
    cursor = database.execute(f"SELECT * FROM {quoted(str(table))} LIMIT ?", (most,))
    fields = [str(name) for name, *_ in cursor.description]
    rows = cursor.fetchall()
    at = fields.index(str(column))
    cells = {field: [row[n] for row in rows] for n, field in enumerate(fields) if n != at}
    return Layer(str(table), layers.epsg_of(stated, options.get("epsg")), [_shape(row[at]) for row in rows], cells)


def system(organisation: Any, code: Any, srs_id: Any) -> str:
    """Return how a package names a coordinate system, empty where it says that none is known."""
    return "" if srs_id in (0, -1, None) else f"{organisation}:{code}" if organisation else str(srs_id)


def quoted(name: str) -> str:
    """Return the name of a table as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _shape(blob: Any) -> Shape:
    wkb = geometry(blob)
    if wkb is None:
        return Shape("nothing")
    if wkb.geom_type in ("LineString", "MultiLineString"):
        return Shape("line", tuple(_vertices(shapely.get_parts(wkb))))
    if wkb.geom_type in ("Point", "MultiPoint"):
        return Shape("point", tuple(_vertices([wkb])))
    return Shape(str(wkb.geom_type))


def geometry(blob: Any) -> BaseGeometry | None:
    """Read a geometry: the header of GeoPackage, an envelope of a length that it tells, then well-known binary.

    Raises:
        ValueError: it is none.
    """
    if blob is None:
        return None
    magic, _, flags = struct.unpack_from("<2sBB", blob)
    if magic != b"GP":
        raise ValueError("a geometry without the header of GeoPackage")
    found: BaseGeometry | None = shapely.from_wkb(bytes(blob[8 + _ENVELOPE_BYTES[min((flags >> 1) & 7, 4)] :]))
    return None if found is None or found.is_empty else found


def _vertices(parts: Any) -> Iterator[layers.Floats]:
    for part in parts:
        yield np.asarray(shapely.get_coordinates(part, include_z=True, include_m=True), np.float64)
