"""Parquet tables of fixes as SMART and EarthRanger patrols come out of ecoscope: one row a fix.

Needed are a geometry of points (GeoParquet, WKB) or columns of coordinates, and a time (``fixtime``); rows with one
``patrol_id`` are one patrol. Exports repeat rows for every leg and member, so rows are put in the order of their
times and cleaning marks the repeats. ``junk_status`` is kept as the mark ``flagged_by_source``.

A table of events (EarthRanger's incidents, with an ``event_type``) gives waypoints only: points far apart in time are
places to note, and no way that somebody walked lies between them.
"""

import json
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats.columns import Columns
from eradication.ingest.formats.headers import crs_needed, find_columns, holds_events

_NAMES = ("patrol_title", "patrol_type__display", "patrol_type")
_EVENTS = ("event_type_display", "event_type", "title")
_SERIALS = ("patrol_serial_number", "groupby_col")


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a Parquet file; see :meth:`Columns.plain` for the result. ``options["epsg"]`` is the CRS the user stated.

    Raises:
        RefusedInput: ``malformed_parquet``, ``columns_missing``, ``crs_needed``, ``unknown_crs``, ``too_many_points``.
    """
    columns = Columns("parquet", options)
    table = _table(path, int(options["points"]))
    lon, lat = _places(table, columns, options.get("epsg"))
    times = _seconds(table, columns)
    if holds_events(table.column_names):
        _add_events(columns, table, (lon, lat, times))
    else:
        _add_fixes(columns, table, (lon, lat, times))
    return columns.plain()


def _add_events(columns: Columns, table: pa.Table, where_when: tuple[npt.NDArray[np.float64], ...]) -> None:
    names = _texts(table, next((name for name in _EVENTS if name in table.column_names), ""))
    for row, (lon, lat, time_s) in enumerate(zip(*(values.tolist() for values in where_when), strict=True)):
        columns.add_waypoint(lon, lat, time_s, names[row], _name(table, row))
        columns.count("events_as_waypoints")


def _add_fixes(columns: Columns, table: pa.Table, where_when: tuple[npt.NDArray[np.float64], ...]) -> None:
    lon, lat, times = where_when
    flagged = _flags(table)
    keys = _texts(table, "patrol_id")
    for key in dict.fromkeys(keys):
        rows = np.flatnonzero(keys == key)
        if np.isfinite(times[rows]).all():
            rows = rows[np.argsort(times[rows], kind="stable")]
        columns.begin_track(_name(table, int(rows[0])))
        columns.begin_segment()
        chosen = {
            name: array("d", all_[rows].tobytes()) for name, all_ in (("lon", lon), ("lat", lat), ("time_s", times))
        }
        columns.add_fixes(chosen, array("B", flagged[rows].tobytes()))
    columns.facts["sorted_by_time"] = True


def _table(path: Path, most: int) -> pa.Table:
    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > most:
            message = N_("The file holds more than {most} points.")
            hint = N_("Split the file, or raise points under [limits] in eradication.toml.")
            raise RefusedInput("too_many_points", message, hint=hint, values={"most": most})
        simple = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
        return file.read(columns=simple)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        message = N_("The Parquet file cannot be read: {reason}.")
        hint = N_("Open and save the file again with the program that made it, or export it as GPX.")
        raise RefusedInput("malformed_parquet", message, hint=hint, values={"reason": reason}) from None


def _places(table: pa.Table, columns: Columns, option: int | None) -> tuple[npt.NDArray[np.float64], ...]:
    geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    primary = str(geo.get("primary_column", "geometry"))
    if primary in table.column_names and _is_wkb(table.schema.field(primary).type):
        columns.epsg = _epsg(geo.get("columns", {}).get(primary, {}).get("crs"))
        return _points(table[primary])
    found = find_columns(table.column_names)
    degrees = "lon" in found
    if not degrees and not option:
        raise crs_needed()
    columns.epsg = option or 4326
    pair = ("lon", "lat") if degrees else ("x", "y")
    return tuple(_floats(table.column(found[name])) for name in pair)


def _is_wkb(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _epsg(crs: Any) -> int:
    """Return the EPSG code of a GeoParquet CRS (PROJJSON); none stated means longitude and latitude on WGS 84."""
    identity = crs.get("id", {}) if isinstance(crs, dict) else {}
    if not crs or identity.get("code") == "CRS84":
        return 4326
    if identity.get("authority") != "EPSG" or not isinstance(identity.get("code"), int):
        message = N_("The file names a coordinate system that is not understood: {name}.")
        hint = N_("Save it again in WGS 84 (EPSG:4326).")
        raise RefusedInput("unknown_crs", message, hint=hint, values={"name": str(crs)[:80]})
    return int(identity["code"])


def _points(geometry: pa.ChunkedArray) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Read WKB points: byte order, type 1 and two doubles; anything else is no place (NaN)."""
    x, y = np.full(len(geometry), np.nan), np.full(len(geometry), np.nan)
    raw = geometry.to_pylist()
    plain = np.array(
        [value is not None and len(value) == 21 and value[:5] == b"\x01\x01\x00\x00\x00" for value in raw], bool
    )
    body = b"".join(value[5:] for value, good in zip(raw, plain, strict=True) if good)
    x[plain], y[plain] = np.frombuffer(body, "<f8").reshape(-1, 2).T
    return x, y


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    values = pc.fill_null(pc.cast(column, pa.float64(), safe=False), float("nan")).to_numpy()
    return np.ascontiguousarray(values, np.float64)


def _seconds(table: pa.Table, columns: Columns) -> npt.NDArray[np.float64]:
    name = next((n for n in ("fixtime", "time", "timestamp", "recorded_at") if n in table.column_names), "")
    if not name:
        return np.full(len(table), np.nan)
    column = table[name]
    if not pa.types.is_timestamp(column.type):
        return np.array([columns.time(str(value or "")) for value in column.to_pylist()], np.float64)
    if column.type.tz is None:
        return np.array([columns.seconds(v) if v is not None else np.nan for v in column.to_pylist()], np.float64)
    ticks = pc.cast(column, pa.int64())
    per_second = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[column.type.unit]
    return _floats(ticks) / per_second


def _flags(table: pa.Table) -> npt.NDArray[np.uint8]:
    if "junk_status" not in table.column_names or not pa.types.is_boolean(table.schema.field("junk_status").type):
        return np.zeros(len(table), np.uint8)
    return np.asarray(pc.fill_null(table["junk_status"], False).to_numpy(), np.uint8)


def _texts(table: pa.Table, name: str) -> npt.NDArray[np.object_]:
    if name not in table.column_names:
        return np.full(len(table), "", object)
    return np.array([str(value) for value in table[name].to_pylist()], object)


def _name(table: pa.Table, row: int) -> str:
    parts = []
    for choices in (_NAMES, _SERIALS):
        column = next((name for name in choices if name in table.column_names), None)
        parts.append(str(table[column][row].as_py()) if column else "")
    return " ".join(parts).strip()
