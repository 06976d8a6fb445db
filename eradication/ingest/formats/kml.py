"""KML, as far as it holds tracks: ``LineString``, ``Point`` and ``gx:Track``. Nothing it links to is fetched.

Each placemark with lines is one patrol; points are waypoints; polygons and overlays are counted and left out.
"""

from pathlib import Path
from typing import Any

from eradication.ingest.formats import hardened_xml
from eradication.ingest.formats.columns import NAN, Columns, number

_LEFT_OUT = frozenset({"Polygon", "NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay", "Model"})


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a KML file; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: see :func:`eradication.ingest.formats.hardened_xml.parse`; ``too_many_points``.
    """
    columns = Columns("kml", options)
    hardened_xml.parse(path, _Kml(columns))
    return columns.plain()


class _Kml:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._forget()

    def _forget(self) -> None:
        self.name = self.note = self.when = ""
        self.lines: list[list[list[float]]] = []
        self.points: list[list[float]] = []
        self.track_times: list[str] = []
        self.track_places: list[list[float]] = []

    def start(self, name: str, path: list[str], attributes: dict[str, str]) -> bool:
        parent = path[-1] if path else ""
        if name == "Placemark":
            self._forget()
        elif name in _LEFT_OUT:
            self.columns.count(f"left_out_{name}")
        if name in ("name", "description"):
            return parent == "Placemark"
        if name == "coordinates":
            return parent in ("LineString", "Point")
        return name in ("when", "coord") and parent in ("Track", "TimeStamp")

    def end(self, name: str, path: list[str], text: str) -> None:
        parent = path[-1] if path else ""
        if name == "Placemark":
            self._add()
        elif parent == "Placemark" and name == "name":
            self.name = text
        elif parent == "Placemark" and name == "description":
            self.note = text
        elif name == "coordinates" and parent in ("LineString", "Point"):
            places = [_place(part.split(",")) for part in text.split()]
            self.lines.append(places) if parent == "LineString" else self.points.extend(places[:1])
        elif name == "when":
            if parent == "TimeStamp":
                self.when = text
            elif parent == "Track":
                self.track_times.append(text)
        elif name == "coord":
            self.track_places.append(_place(text.split()))
        elif name == "Track":
            times = self.track_times + [""] * (len(self.track_places) - len(self.track_times))
            seconds = [self.columns.time(when) for when in times]
            self.lines.append([[*p[:3], t] for p, t in zip(self.track_places, seconds, strict=False)])
            self.track_times, self.track_places = [], []

    def _add(self) -> None:
        lines = [line for line in self.lines if line]
        if lines:
            self.columns.begin_track(self.name)
        for line in lines:
            self.columns.begin_segment()
            for place in line:
                self.columns.add_fix(*place)
        for lon, lat, *_ in self.points:
            self.columns.add_waypoint(lon, lat, self.columns.time(self.when), self.name, self.note)
        self._forget()


def _place(parts: list[str]) -> list[float]:
    values = [number(part) for part in parts[:3]]
    return values + [NAN] * (3 - len(values))
