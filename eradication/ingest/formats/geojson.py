"""GeoJSON: ``LineString`` and ``MultiLineString`` features are patrols, ``Point`` features are waypoints.

Times come from the property ``coordTimes`` (or ``coordinateProperties.times``), one per position, as converters
from GPX write them. Coordinates are WGS 84 as the format demands, unless an old-style ``crs`` member names another.
"""

import json
import re
from pathlib import Path
from typing import Any

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats.columns import NAN, Columns, number
from eradication.ingest.formats.headers import refuse_visits


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a GeoJSON file; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: ``malformed_json``, ``not_geojson``, ``unknown_crs``, ``too_many_points``,
            ``is_a_visit_table``.
    """
    data = _load(path)
    columns = Columns("geojson", options)
    columns.epsg = _epsg(data.get("crs"))
    features = [(feature.get("geometry"), _properties(feature)) for feature in _features(data)]
    refuse_visits({name for _, properties in features for name in properties})
    for geometry, properties in features:
        _add(columns, geometry, properties)
    return columns.plain()


def _load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        raise RefusedInput(
            "malformed_json",
            N_("The file is not well-formed JSON ({reason}) at line {line}, column {column}."),
            where=f"line {error.lineno}, column {error.colno}",
            hint=N_("It may have been cut off while copying: copy it from the device again."),
            values={"reason": error.msg, "line": error.lineno, "column": error.colno},
        ) from None
    except (UnicodeDecodeError, RecursionError) as error:
        reason = type(error).__name__
        message = N_("The file is not well-formed JSON ({reason}).")
        hint = N_("Open and save the file again with the program that made it, or export it as GPX.")
        raise RefusedInput("malformed_json", message, hint=hint, values={"reason": reason}) from None
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise RefusedInput(
            "not_geojson",
            N_("The file holds JSON, but no GeoJSON."),
            hint=N_("A GeoJSON file begins with an object whose type is Feature or FeatureCollection."),
        )
    return data


def _epsg(crs: Any) -> int:
    if crs is None:
        return 4326
    name = str(crs.get("properties", {}).get("name", "")) if isinstance(crs, dict) else ""
    if "CRS84" in name:
        return 4326
    found = re.search(r"EPSG:{1,2}(\d{4,6})$", name)
    if not found:
        raise RefusedInput(
            "unknown_crs",
            N_("The file names a coordinate system that is not understood: {name}."),
            hint=N_("Save it again in WGS 84 (EPSG:4326)."),
            values={"name": name[:80]},
        )
    return int(found[1])


def _features(data: dict[str, Any]) -> list[dict[str, Any]]:
    if data["type"] == "FeatureCollection":
        features = data.get("features")
        return [f for f in features if isinstance(f, dict)] if isinstance(features, list) else []
    return [data] if data["type"] == "Feature" else [{"geometry": data}]


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _add(columns: Columns, geometry: Any, properties: dict[str, Any]) -> None:
    if not isinstance(geometry, dict):
        return
    kind, places = geometry.get("type"), _list(geometry.get("coordinates"))
    name = properties.get("name") or properties.get("title") or ""
    if kind == "GeometryCollection":
        for part in _list(geometry.get("geometries"))[:1000]:
            if isinstance(part, dict) and part.get("type") != "GeometryCollection":
                _add(columns, part, properties)
    elif kind in ("LineString", "MultiLineString"):
        lines = [places] if kind == "LineString" else [_list(line) for line in places]
        times = _times(properties)
        _add_lines(columns, name, lines, [times] if kind == "LineString" else [_list(line) for line in times])
    elif kind in ("Point", "MultiPoint"):
        time_s = columns.time(str(properties.get("time") or ""))
        note = properties.get("desc") or properties.get("description") or ""
        for place in [places] if kind == "Point" else places:
            lon, lat, _ = _place(place)
            columns.add_waypoint(lon, lat, time_s, name, note)
    else:
        columns.count(f"left_out_{str(kind)[:40]}")


def _add_lines(columns: Columns, name: str, lines: list[list[Any]], times: list[list[Any]]) -> None:
    columns.begin_track(name)
    for i, line in enumerate(lines):
        columns.begin_segment()
        stated = times[i] if i < len(times) else []
        for k, place in enumerate(line):
            time_s = columns.time(str(stated[k] or "")) if k < len(stated) else NAN
            columns.add_fix(*_place(place), time_s)


def _times(properties: dict[str, Any]) -> list[Any]:
    inner = properties.get("coordinateProperties")
    return _list(properties.get("coordTimes") or (inner.get("times") if isinstance(inner, dict) else None))


def _place(place: Any) -> tuple[float, float, float]:
    values = [number(part) for part in _list(place)[:3]] + [NAN] * 3
    return values[0], values[1], values[2]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
