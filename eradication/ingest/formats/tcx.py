"""TCX: every activity is a patrol, its laps' tracks are segments; every course is a planned route with its points."""

from pathlib import Path
from typing import Any

from eradication.ingest.formats import hardened_xml
from eradication.ingest.formats.columns import Columns, number

_POINTS = ("Trackpoint", "CoursePoint")
_TEXTS = frozenset({"Time", "AltitudeMeters", "LatitudeDegrees", "LongitudeDegrees", "Name", "Notes"})


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a TCX file; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: see :func:`eradication.ingest.formats.hardened_xml.parse`; ``too_many_points``.
    """
    columns = Columns("tcx", options)
    hardened_xml.parse(path, _Tcx(columns))
    return columns.plain()


class _Tcx:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.point: dict[str, str] | None = None
        self.is_open = self.in_segment = False

    def start(self, name: str, path: list[str], attributes: dict[str, str]) -> bool:
        if name in ("Activity", "Course"):
            self.columns.begin_track(kind="track" if name == "Activity" else "route")
            self.is_open, self.in_segment = True, False
        elif name == "Track" and self.is_open:
            self.columns.begin_segment()
            self.in_segment = True
        elif name in _POINTS and self.is_open:
            self.point = {}
        parent = path[-1] if path else ""
        return (self.point is not None and name in _TEXTS) or (name == "Name" and parent == "Course")

    def end(self, name: str, path: list[str], text: str) -> None:
        parent = path[-1] if path else ""
        if name in ("Activity", "Course"):
            self.is_open = False
        elif name in _POINTS and self.point is not None:
            self._add(name, self.point)
            self.point = None
        elif self.point is not None and name in _TEXTS:
            self.point[name] = text
        elif name == "Name" and parent == "Course" and self.is_open:
            self.columns.name_track(text)

    def _add(self, name: str, point: dict[str, str]) -> None:
        if "LatitudeDegrees" not in point and "LongitudeDegrees" not in point:
            # A lap on a treadmill, or a receiver without sky: a time and no place.
            self.columns.count("fixes_without_place")
            return
        lon, lat = number(point.get("LongitudeDegrees")), number(point.get("LatitudeDegrees"))
        time_s = self.columns.time(point.get("Time", ""))
        if name == "CoursePoint":
            self.columns.add_waypoint(lon, lat, time_s, point.get("Name", ""), point.get("Notes", ""))
            return
        if not self.in_segment:
            self.columns.begin_segment()
            self.in_segment = True
        self.columns.add_fix(lon, lat, number(point.get("AltitudeMeters")), time_s)
