"""GPX 1.0 and 1.1, with the right namespace, a wrong one or none.

Each ``trk`` is one patrol, each ``rte`` one planned route. Of what devices add in ``extensions`` a stated horizontal
accuracy in metres is used, under whatever prefix, and of a waypoint its proximity and categories; everything else stays
in the original. The fact ``extensions`` counts what there was, by name.

OsmAnd and Locus write that accuracy into ``hdop``, for GPX has no better place; 8 m is good, a dilution of 8 is not,
so it is read as what it is (the fact ``hdop_is_accuracy``).
"""

import math
from pathlib import Path
from typing import Any

from eradication.ingest.formats import hardened_xml
from eradication.ingest.formats.columns import NAN, Columns, clean_text, number

_POINTS = ("trkpt", "rtept", "wpt")
_TEXTS = frozenset({"ele", "time", "hdop", "name", "desc", "cmt"})
_ACCURACY = frozenset(
    {"hacc", "haccuracy", "accuracy", "acc", "horizontalaccuracy", "horizontal_accuracy", "accuracy_horizontal"}
)
_ACCURACY_AS_HDOP = ("osmand", "locus")
"""Programs, by the beginning of ``creator``, that write metres into ``hdop``."""
_OF_WAYPOINTS = frozenset({"Proximity", "Category"})
_MOST_NAMES, _LONGEST_NAME = 60, 60


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a GPX file; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: see :func:`eradication.ingest.formats.hardened_xml.parse`; ``too_many_points``.
    """
    columns = Columns("gpx", options)
    gpx = _Gpx(columns)
    hardened_xml.parse(path, gpx)
    if extensions := gpx.extensions():
        columns.facts["extensions"] = extensions
    return columns.plain()


class _Gpx:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.point: dict[str, str] | None = None
        self.in_segment = False
        self.hdop_is_accuracy = False
        self.counts: dict[str, int] = {}
        self.containers = {"extensions"}
        """Elements that hold others: what is in them is counted, they are not."""

    def start(self, name: str, path: list[str], attributes: dict[str, str]) -> bool:
        parent = path[-1] if path else ""
        if self.point is not None:
            return name in _TEXTS if parent in _POINTS else self._extension(name, parent, path)
        if name in _POINTS and parent in ("trkseg", "trk", "rte", "gpx"):
            self.point = {"lon": attributes.get("lon", ""), "lat": attributes.get("lat", "")}
        elif name == "trkseg" and parent == "trk":
            self.columns.begin_segment()
            self.in_segment = True
        elif name in ("trk", "rte") and len(path) == 1:
            self.columns.begin_track(kind="track" if name == "trk" else "route")
            self.in_segment = False
        elif not path:
            self.hdop_is_accuracy = attributes.get("creator", "").lower().startswith(_ACCURACY_AS_HDOP)
        elif "extensions" in path:
            self._extension(name, parent, path)
        return name == "name" and parent in ("trk", "rte")

    def _extension(self, name: str, parent: str, path: list[str]) -> bool:
        """Count an element that GPX itself does not know; return whether its text is wanted."""
        if parent not in self.containers:
            self.containers.add(parent)
        counts = self.counts
        if name in counts or len(counts) < _MOST_NAMES:
            counts[name] = counts.get(name, 0) + 1
        return name.lower() in _ACCURACY or (name in _OF_WAYPOINTS and "wpt" in path)

    def end(self, name: str, path: list[str], text: str) -> None:
        parent = path[-1] if path else ""
        if self.point is not None:
            if name in _POINTS:
                self._add(name, parent, self.point)
                self.point = None
            elif text:
                self._say(self.point, name, parent, text)
        elif name == "name" and parent in ("trk", "rte"):
            self.columns.name_track(text)
        elif name == "trkseg":
            self.in_segment = False

    def _say(self, point: dict[str, str], name: str, parent: str, text: str) -> None:
        if parent in _POINTS and name in _TEXTS:
            point[name] = text
        elif name.lower() in _ACCURACY:
            point["accuracy"] = text
        elif name in _OF_WAYPOINTS and len(point.get(name, "")) < _LONGEST_NAME:
            point[name] = f"{point[name]}, {text}" if name in point else text

    def _add(self, name: str, parent: str, point: dict[str, str]) -> None:
        lon, lat = number(point["lon"]), number(point["lat"])
        time_s = self.columns.time(point.get("time", ""))
        if name == "wpt" or parent == "gpx":
            self.columns.add_waypoint(lon, lat, time_s, point.get("name", ""), _note(point))
            return
        if not self.in_segment:
            self.columns.begin_segment()
            self.in_segment = True
        ele = number(point["ele"]) if "ele" in point else NAN
        hdop = number(point["hdop"]) if "hdop" in point else NAN
        accuracy = number(point["accuracy"]) if "accuracy" in point else NAN
        if self.hdop_is_accuracy and not math.isnan(hdop):
            self.columns.facts["hdop_is_accuracy"] = True
            accuracy, hdop = hdop if math.isnan(accuracy) else accuracy, NAN
        self.columns.add_fix(lon, lat, ele, time_s, accuracy, hdop)

    def extensions(self) -> dict[str, int]:
        """Return how often each extension was there, those inside others only; the most frequent first."""
        counted = [(clean_text(name)[:_LONGEST_NAME], n) for name, n in self.counts.items()]
        told = [(name, n) for name, n in counted if name and name not in self.containers]
        return dict(sorted(told, key=lambda pair: (-pair[1], pair[0])))


def _note(point: dict[str, str]) -> str:
    """Return the note of a waypoint, with what a Garmin receiver keeps beside it."""
    said = [point.get("desc") or point.get("cmt", "")]
    if point.get("Category"):
        said.append(f"[{point['Category']}]")
    metres = number(point.get("Proximity", NAN))
    if 0 < metres < 1e6:
        said.append(f"(≤ {metres:.0f} m)")
    return " ".join(part for part in said if part)
