"""GPX 1.0 and 1.1, with the right namespace, a wrong one or none.

Each ``trk`` is one patrol, each ``rte`` one planned route. Of the extensions only a stated accuracy is read
(``hAcc``, ``accuracy``), under whatever prefix; all else in them is skipped.
"""

from pathlib import Path
from typing import Any

from eradication.ingest.formats import hardened_xml
from eradication.ingest.formats.columns import NAN, Columns, number

_POINTS = ("trkpt", "rtept", "wpt")
_TEXTS = frozenset({"ele", "time", "hdop", "name", "desc", "cmt"})
_ACCURACY = frozenset({"hacc", "accuracy", "horizontalaccuracy", "acc"})


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a GPX file; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: see :func:`eradication.ingest.formats.hardened_xml.parse`; ``too_many_points``.
    """
    columns = Columns("gpx", options)
    hardened_xml.parse(path, _Gpx(columns))
    return columns.plain()


class _Gpx:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.point: dict[str, str] | None = None
        self.in_segment = False

    def start(self, name: str, path: list[str], attributes: dict[str, str]) -> bool:
        parent = path[-1] if path else ""
        if name in ("trk", "rte") and len(path) == 1:
            self.columns.begin_track(kind="track" if name == "trk" else "route")
            self.in_segment = False
        elif name == "trkseg" and parent == "trk":
            self.columns.begin_segment()
            self.in_segment = True
        elif name in _POINTS and self.point is None and parent in ("trkseg", "trk", "rte", "gpx"):
            self.point = {"lon": attributes.get("lon", ""), "lat": attributes.get("lat", "")}
        elif self.point is not None:
            return name in _TEXTS if parent in _POINTS else name.lower() in _ACCURACY
        return name == "name" and parent in ("trk", "rte")

    def end(self, name: str, path: list[str], text: str) -> None:
        parent = path[-1] if path else ""
        if name in _POINTS and self.point is not None:
            self._add(name, parent, self.point)
            self.point = None
        elif self.point is not None:
            if parent in _POINTS and name in _TEXTS:
                self.point[name] = text
            elif text and name.lower() in _ACCURACY:
                self.point["accuracy"] = text
        elif name == "name" and parent in ("trk", "rte"):
            self.columns.name_track(text)
        elif name == "trkseg":
            self.in_segment = False

    def _add(self, name: str, parent: str, point: dict[str, str]) -> None:
        lon, lat = number(point["lon"]), number(point["lat"])
        time_s = self.columns.time(point.get("time", ""))
        if name == "wpt" or parent == "gpx":
            note = point.get("desc") or point.get("cmt", "")
            self.columns.add_waypoint(lon, lat, time_s, point.get("name", ""), note)
            return
        if not self.in_segment:
            self.columns.begin_segment()
            self.in_segment = True
        accuracy, hdop = number(point.get("accuracy", NAN)), number(point.get("hdop", NAN))
        self.columns.add_fix(lon, lat, number(point.get("ele", NAN)), time_s, accuracy, hdop)
