"""Patrols as layers of a GeoPackage: a line for each patrol, and a point for each fix, which bears time and mark."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from eradication import geo
from eradication.domain import MARKS
from eradication.domain.event import SIMULATED
from eradication.report import packing
from eradication.report.words import clean

if TYPE_CHECKING:
    from eradication.report.tracks import Walk

_LINES = dict.fromkeys(("record_id", "unit", "name", "kind", "start", "end", "simulated"), "string")
_LINES |= {"length_km": "float64", "hours": "float64", "kept": "int64", "total": "int64"}
_TEXTS = ("record_id", "unit", "name", "mark")
_NUMBERS = ("ele", "hdop", "accuracy")
_NUMBERED = ("fid", "seg_id", "seg_point_id")


def write(walks: "Sequence[Walk]", path: Path) -> None:
    """Write the layers ``track_points``, ``tracks`` (kept fixes only), the same of routes, and ``waypoints``.

    Raises:
        OSError: if the disk or a driver refuses.
    """
    layers: list[packing.Layer] = []
    for kind, lines, points in (("track", "tracks", "track_points"), ("route", "routes", "route_points")):
        chosen = [walk for walk in walks if walk.kind == kind and walk.placed]
        if chosen or kind == "track":
            layers += [
                packing.Layer(points, _points(chosen, kind), "Point", "fixes: mark is empty where a fix counts"),
                packing.Layer(lines, _lines(chosen), "MultiLineString", "one line a patrol, of the fixes that count"),
            ]
    layers.append(packing.Layer("waypoints", _waypoints(walks), "Point", "points that patrols noted"))
    path.write_bytes(packing.pack(layers))


def _lines(walks: "Sequence[Walk]") -> geopandas.GeoDataFrame:
    rows = [
        {
            "record_id": walk.id,
            "unit": clean(walk.unit),
            "name": clean(walk.name),
            "kind": walk.kind,
            **{key: walk.summary[key] for key in ("start", "end", "length_km", "hours", "kept", "total")},
            "simulated": SIMULATED if walk.simulated else "",
        }
        for walk in walks
    ]
    shapes = [_kept(walk) for walk in walks]
    return _frame(rows, shapes, _LINES)


def _kept(walk: "Walk") -> shapely.MultiLineString:
    pieces = (np.column_stack([s.lon[s.kept], s.lat[s.kept]]) for s in walk.placed)
    return shapely.MultiLineString([piece for piece in pieces if len(piece) > 1])


def _points(walks: "Sequence[Walk]", kind: str) -> geopandas.GeoDataFrame:
    """Return fixes with the columns GDAL gives the points of a GPX, so that programs put the tracks together."""
    parts = [
        {
            f"{kind}_fid": np.full(len(fixes), number),
            f"{kind}_seg_id": np.full(len(fixes), part),
            f"{kind}_seg_point_id": np.arange(len(fixes)),
            "record_id": np.full(len(fixes), walk.id),
            "unit": np.full(len(fixes), clean(walk.unit)),
            "name": np.full(len(fixes), clean(walk.name)),
            "time": np.round(fixes.time_s * 1e3),
            "ele": fixes.ele_m,
            "hdop": fixes.hdop,
            "accuracy": fixes.accuracy_m,
            "mark": np.array([*("",), *MARKS[1:]])[fixes.mark],
            "lon": fixes.lon,
            "lat": fixes.lat,
        }
        for number, walk in enumerate(walks, start=1)
        for part, fixes in enumerate(walk.placed)
    ]
    names = [*(f"{kind}_{name}" for name in _NUMBERED), *_TEXTS, "time", *_NUMBERS, "lon", "lat"]
    whole = {name: np.concatenate([part[name] for part in parts]) if parts else np.zeros(0) for name in names}
    table = pd.DataFrame(whole).astype(dict.fromkeys(_TEXTS, "string"))
    table = table.astype({f"{kind}_{name}": "int64" for name in _NUMBERED})
    table["time"] = pd.to_datetime(table["time"], unit="ms", utc=True)
    places = geopandas.points_from_xy(table.pop("lon"), table.pop("lat"))
    return geopandas.GeoDataFrame(table, geometry=places, crs=f"EPSG:{geo.WGS84}")


def _waypoints(walks: "Sequence[Walk]") -> geopandas.GeoDataFrame:
    kinds = dict.fromkeys(("record_id", "unit", "name", "note", "time", "simulated"), "string")
    rows = [
        {
            "record_id": walk.id,
            "unit": clean(walk.unit),
            "name": clean(point.name),
            "note": clean(point.note),
            "time": point.time.isoformat() if point.time else None,
            "simulated": SIMULATED if walk.simulated else "",
        }
        for walk in walks
        for point in walk.waypoints
    ]
    return _frame(rows, [shapely.Point(p.lon, p.lat) for walk in walks for p in walk.waypoints], kinds)


type _Row = Mapping[str, Any]


def _frame(rows: Iterable[_Row], shapes: Sequence[Any], kinds: Mapping[str, str]) -> geopandas.GeoDataFrame:
    table = pd.DataFrame(list(rows), columns=list(kinds)).astype(dict(kinds))
    return geopandas.GeoDataFrame(table, geometry=list(shapes), crs=f"EPSG:{geo.WGS84}")
