"""Layers with their styles → one GeoPackage, whole in memory.

On a full disk GDAL and SQLite say only which statement failed, and have tidied up by then, whereas writing bytes fails
with the system's own reason.
"""

import io
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import geopandas
import pandas as pd

from eradication import geo

_STYLE_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
    ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""
_REGISTER = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', ?)"
_ADD_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
                          styleSLD, useAsDefault, description, owner)
VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '')
"""
_TABLE = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
_MEASURED = "UPDATE gpkg_geometry_columns SET z = 1, m = 1 WHERE table_name = ?"
_TIMELESS = (
    "UPDATE gpkg_contents SET last_change = '1970-01-01T00:00:00.000Z'",
    "UPDATE layer_styles SET update_time = '1970-01-01T00:00:00.000Z'",
)
"""When a package was written is in no package: else the same content would never be the same bytes."""
_COUNTERS = (slice(24, 28), slice(92, 96))
"""Bytes of an SQLite file that count how often it was written to."""
_REGISTERS = ("gpkg_spatial_ref_sys", "gpkg_contents", "gpkg_geometry_columns")


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer of a GeoPackage."""

    name: str
    """Of the table, ASCII."""
    table: geopandas.GeoDataFrame
    geometry_type: str
    """As GDAL names it: ``MultiPolygon``, ``LineString`` …"""
    title: str = ""
    """For people: what it holds."""
    style: str = ""
    """QML, or empty."""
    style_name: str = "default"
    measured: bool = False
    """Vertices have heights and measures, as a track has whose measures are times."""


def frame(
    rows: Sequence[Mapping[str, object]], shapes: Sequence[object], kinds: Mapping[str, str]
) -> geopandas.GeoDataFrame:
    """Return rows as a table in WGS 84 whose columns are of the kinds stated, also where there is no row."""
    table = pd.DataFrame(rows, columns=list(kinds)).astype(dict(kinds))
    return geopandas.GeoDataFrame(table, geometry=list(shapes), crs=f"EPSG:{geo.WGS84}")


def pack(layers: Sequence[Layer]) -> bytes:
    """Return a GeoPackage; only its first layer has a spatial index. The same layers give the same bytes.

    Raises:
        OSError: if a driver refuses.
    """
    try:
        with closing(sqlite3.connect(":memory:")) as package:
            package.deserialize(_single(layers[0], indexed=True))
            with package:
                for layer in layers[1:]:
                    _join(package, layer)
                for layer in layers:
                    titled = (layer.title or layer.name, layer.name)
                    package.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = ?", titled)
                    if layer.measured:
                        package.execute(_MEASURED, (layer.name,))
                styled = [layer for layer in layers if layer.style]
                _add_styles(package, styled)
                for statement in _TIMELESS if styled else _TIMELESS[:1]:
                    package.execute(statement)
            return _uncounted(package.serialize())
    except (sqlite3.Error, RuntimeError) as error:
        raise OSError(str(error)) from error


def _uncounted(content: bytes) -> bytes:
    """Return an SQLite file with its counters of writes set to one: drivers write the same content in more or less."""
    told = bytearray(content)
    for counter in _COUNTERS:
        told[counter] = (1).to_bytes(4, "big")
    return bytes(told)


def _single(layer: Layer, *, indexed: bool) -> bytes:
    """Return a GeoPackage of one layer as GDAL writes it."""
    whole = io.BytesIO()
    options = {"driver": "GPKG", "engine": "pyogrio", "geometry_type": layer.geometry_type}
    layer.table.to_file(whole, layer=layer.name, SPATIAL_INDEX="YES" if indexed else "NO", **options)
    return whole.getvalue()


def _join(package: sqlite3.Connection, layer: Layer) -> None:
    """Copy a layer and what registers it; its counters and triggers stay behind, for programs count themselves."""
    with closing(sqlite3.connect(":memory:")) as source:
        source.deserialize(_single(layer, indexed=False))
        [(statement,)] = source.execute(_TABLE, (layer.name,)).fetchall()
        package.execute(statement)
        for table in (layer.name, *_REGISTERS):
            rows = source.execute(f'SELECT * FROM "{table}"').fetchall()
            if rows:
                places = ", ".join("?" * len(rows[0]))
                package.executemany(f'INSERT OR IGNORE INTO "{table}" VALUES ({places})', rows)


def _add_styles(package: sqlite3.Connection, layers: Sequence[Layer]) -> None:
    if not layers:
        return
    package.execute(_STYLE_TABLE)
    package.execute(_REGISTER, ("layer_styles",))
    rows = [(layer.name, layer.style_name, layer.style, layer.title) for layer in layers]
    package.executemany(_ADD_STYLE, rows)
