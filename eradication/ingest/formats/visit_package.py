"""Visits of a GeoPackage that comes back from the field: the layer with the form, whatever else lies beside it.

The layer is known by its columns and not by its name or by who made the package, so that one of another season or
workspace is understood too. Photos lie in a folder of the device (``DCIM/…``); a visit names them without it.
Worker only.
"""

import re
import sqlite3
import struct
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from shapely.errors import GEOSException
from shapely.geometry import mapping

from eradication import geo
from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import geopackage, headers, layers

_PHOTOS = ("photo_before", "photo_after")
_LAYERS = """
SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id, g.srs_id
FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g USING (table_name)
LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE c.data_type IN ('features', 'attributes') ORDER BY c.table_name
"""


def read(path: Path, most_rows: int) -> dict[str, Any]:
    """Return the rows of every layer of visits, the line of each being its number in the layer.

    Raises:
        RefusedInput: ``unreadable_format``, ``unknown_crs``, ``not_a_visit_table``, ``no_content``,
            ``too_many_rows``.
    """
    found: list[list[dict[str, Any]]] = []
    try:
        with closing(geopackage.opened(path)) as database:
            for about in database.execute(_LAYERS).fetchall():
                columns = _columns(database, str(about[0]))
                if headers.holds_visits(columns):
                    found.append(_rows(database, about, columns, most_rows))
    except (sqlite3.Error, GEOSException, struct.error, ValueError, TypeError) as error:
        raise layers.unreadable("GeoPackage", error) from None
    if not found:
        raise RefusedInput(
            "not_a_visit_table",
            N_("No layer of the package holds visits: none has the columns visit_id and outcome."),
            hint=N_("Hand in the package that `eradication field-package` wrote; tracks go to: patrols import FILE"),
        )
    rows = [row for layer in found for row in layer]
    if not rows:
        raise RefusedInput(
            "no_content",
            N_("The layer of visits is empty."),
            hint=N_("Make sure that the package was synchronised from the phone, then hand it in again."),
        )
    cells = dict.fromkeys(name for row in rows for name in row["cells"])
    return {"format": "gpkg", "delimiter": "", "encoding": "utf-8", "columns": list(cells), "rows": rows}


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a layer without its geometry and number, which are no cells."""
    cursor = database.execute(f"SELECT * FROM {geopackage.quoted(table)} LIMIT 0")
    geometry = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
    shapes = {str(row[0]) for row in database.execute(geometry, (table,))}
    return [str(name) for name, *_ in cursor.description if str(name) not in shapes]


def _rows(
    database: sqlite3.Connection, about: tuple[Any, ...], columns: list[str], most_rows: int
) -> list[dict[str, Any]]:
    table, geometry, organisation, code, srs_id = about
    epsg = layers.epsg_of(geopackage.system(organisation, code, srs_id), geo.WGS84)
    # A layer of GeoPackage is numbered by its primary key, which SQLite calls rowid too.
    cursor = database.execute(f"SELECT rowid, * FROM {geopackage.quoted(str(table))} LIMIT ?", (most_rows + 1,))
    names = [str(name) for name, *_ in cursor.description]
    found = []
    for line, *values in cursor:
        cells = dict(zip(names[1:], values, strict=True))
        blob = cells.pop(str(geometry)) if geometry else None
        told = {name: _cell(cells[name]) for name in columns if name not in ("fid", "ogc_fid")}
        told |= {name: _base_name(told[name]) for name in _PHOTOS if told.get(name)}
        found.append({"line": int(line), "cells": told, "extra": False, "geometry": _geometry(blob, epsg)})
    if len(found) > most_rows:
        message, hint = N_("The table has more than {most} rows."), N_("Split the table and hand in the parts.")
        raise RefusedInput("too_many_rows", message, hint=hint, values={"most": most_rows})
    return found


def _cell(value: Any) -> bool | int | float | str | None:
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _base_name(path: Any) -> str:
    return re.split(r"[\\/]", str(path))[-1]


def _geometry(blob: Any, epsg: int) -> Mapping[str, Any] | None:
    shape = geopackage.geometry(blob)
    if shape is None:
        return None
    return dict(mapping(shape if epsg == geo.WGS84 else geo.project(shape, epsg, geo.WGS84)))
