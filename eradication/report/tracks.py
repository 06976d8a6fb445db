"""Recorded patrols for other programs: what the device said, with the reason beside every fix that does not count.

Marked fixes stand in their place in the track and not apart from it: cleaned again they bear the same marks, and a walk
that is taken in once more is recognised as the one it is. Fixes without a place cannot be written; they are counted.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import numpy as np

from eradication import geo
from eradication.domain import MARKS, Fixes, Waypoint
from eradication.domain.event import SIMULATED
from eradication.report import track_layers
from eradication.report.whole import check_folder, ending, write_whole
from eradication.report.words import clean

GPX, OWN = "http://www.topografix.com/GPX/1/1", "urn:eradication:gpx:1"
KML, KML_EXTENDED = "http://www.opengis.net/kml/2.2", "http://www.google.com/kml/ext/2.2"


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """One patrol as it leaves the store."""

    id: str
    unit: str
    """Code of the unit, or empty."""
    name: str
    kind: str
    """``track`` or ``route``."""
    summary: Mapping[str, Any]
    """As in ``patrol_recorded``: start, end, length_km, hours, total, kept."""
    segments: tuple[Fixes, ...]
    waypoints: tuple[Waypoint, ...]
    simulated: bool = False

    @property
    def placed(self) -> tuple[Fixes, ...]:
        """The segments without fixes that have no place on earth, empty ones left out."""
        parts = (s.piece(geo.is_on_earth(s.lon, s.lat)) for s in self.segments)
        return tuple(part for part in parts if len(part))

    @property
    def placeless(self) -> int:
        """Number of fixes that cannot be written."""
        return sum(map(len, self.segments)) - sum(map(len, self.placed))


def export(walks: Sequence[Walk], path: Path, form: str = "") -> None:
    """Write patrols to ``path``, coordinates in WGS 84.

    Args:
        walks: the patrols, in the order wanted.
        path: the file.
        form: ``gpx``, ``gpkg``, ``kml`` or ``geojson``; empty = by the file's ending.

    Raises:
        UnusableInput: ``unknown_format`` or ``no_such_folder``.
        StorageFailed: ``disk_full`` or ``cannot_write``; a file that was there before is then as it was.
    """
    writer = WRITERS[ending(path, WRITERS, form)]
    check_folder(path)
    write_whole(path, lambda temporary: writer(walks, temporary))


def moment(time_s: float) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC with as many decimals as they have, empty for none."""
    if not np.isfinite(time_s):
        return ""
    when = datetime.fromtimestamp(round(time_s * 1e6) / 1e6, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S") + (f".{when.microsecond:06d}".rstrip("0").rstrip(".")) + "Z"


def _fixes(fixes: Fixes) -> Iterator[dict[str, Any]]:
    """Give the fixes of a segment one by one, what is not known left out."""
    for i in range(len(fixes)):
        told: dict[str, Any] = {"lon": float(fixes.lon[i]), "lat": float(fixes.lat[i])}
        for name, column in (("ele", fixes.ele_m), ("hdop", fixes.hdop), ("accuracy", fixes.accuracy_m)):
            if np.isfinite(column[i]):
                told[name] = f"{float(column[i]):.2f}".rstrip("0").rstrip(".")
        told["time"] = moment(float(fixes.time_s[i]))
        told["mark"] = MARKS[fixes.mark[i]] if fixes.mark[i] else ""
        yield told


def _gpx(walks: Sequence[Walk], path: Path) -> None:
    ElementTree.register_namespace("era", OWN)
    root = ElementTree.Element("gpx", {"version": "1.1", "creator": "eradication", "xmlns": GPX})
    if any(walk.simulated for walk in walks):
        _texts(ElementTree.SubElement(root, "metadata"), {"desc": SIMULATED})
    for walk in walks:
        for point in walk.waypoints:
            place = ElementTree.SubElement(root, "wpt", _place(point.lon, point.lat))
            when = moment(point.time.timestamp()) if point.time else ""
            _texts(place, {"time": when, "name": clean(point.name), "desc": clean(point.note)})
    # The format wants routes before tracks.
    for walk in sorted(walks, key=lambda walk: walk.kind != "route"):
        if walk.placed:
            _gpx_line(root, walk)
    _write(root, path)


def _gpx_line(root: ElementTree.Element, walk: Walk) -> None:
    is_route = walk.kind == "route"
    line = ElementTree.SubElement(root, "rte" if is_route else "trk")
    said = [f"unit {walk.unit}"] * bool(walk.unit) + [SIMULATED] * walk.simulated
    _texts(line, {"name": clean(walk.name), "desc": ", ".join(said)})
    _own(line, {"patrol": walk.id, "unit": clean(walk.unit)})
    for segment in walk.placed:
        parent = line if is_route else ElementTree.SubElement(line, "trkseg")
        for fix in _fixes(segment):
            point = ElementTree.SubElement(parent, "rtept" if is_route else "trkpt", _place(fix["lon"], fix["lat"]))
            _texts(point, {name: fix.get(name, "") for name in ("ele", "time", "hdop")})
            _own(point, {name: fix.get(name, "") for name in ("accuracy", "mark")})


def _place(lon: float, lat: float) -> dict[str, str]:
    return {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}


def _texts(parent: ElementTree.Element, texts: Mapping[str, str]) -> None:
    for tag, text in texts.items():
        if text:
            ElementTree.SubElement(parent, tag).text = text


def _own(parent: ElementTree.Element, texts: Mapping[str, str]) -> None:
    """Add what the format has no element for."""
    if any(texts.values()):
        _texts(ElementTree.SubElement(parent, "extensions"), {f"{{{OWN}}}{tag}": text for tag, text in texts.items()})


def _kml(walks: Sequence[Walk], path: Path) -> None:
    ElementTree.register_namespace("gx", KML_EXTENDED)
    root = ElementTree.Element("kml", {"xmlns": KML})
    document = ElementTree.SubElement(root, "Document")
    said = f"patrols ({SIMULATED})" if any(walk.simulated for walk in walks) else "patrols"
    _texts(document, {"name": said})
    schema = ElementTree.SubElement(document, "Schema", {"id": "fixes"})
    for name in ("mark", "hdop", "accuracy"):
        ElementTree.SubElement(schema, _gx("SimpleArrayField"), {"name": name, "type": "string"})
    for walk in walks:
        if walk.placed:
            _kml_line(_placemark(document, walk, walk.name), walk)
        for point in walk.waypoints:
            mark = _placemark(document, walk, point.name, point.note)
            if point.time:
                _texts(ElementTree.SubElement(mark, "TimeStamp"), {"when": moment(point.time.timestamp())})
            shape = ElementTree.SubElement(mark, "Point")
            _texts(shape, {"coordinates": f"{point.lon:.7f},{point.lat:.7f}"})
    _write(root, path)


def _placemark(document: ElementTree.Element, walk: Walk, name: str, note: str = "") -> ElementTree.Element:
    mark = ElementTree.SubElement(document, "Placemark")
    _texts(mark, {"name": clean(name), "description": clean(note)})
    data = ElementTree.SubElement(mark, "ExtendedData")
    for key, value in {"patrol": walk.id, "unit": clean(walk.unit), "kind": walk.kind}.items():
        _texts(ElementTree.SubElement(data, "Data", {"name": key}), {"value": value})
    return mark


def _kml_line(mark: ElementTree.Element, walk: Walk) -> None:
    timed = all(np.isfinite(segment.time_s).all() for segment in walk.placed)
    parent = ElementTree.SubElement(mark, _gx("MultiTrack") if timed else "MultiGeometry")
    for segment in walk.placed:
        fixes = list(_fixes(segment))
        if not timed:
            line = " ".join(f"{f['lon']:.7f},{f['lat']:.7f},{f.get('ele', 0)}" for f in fixes)
            _texts(ElementTree.SubElement(parent, "LineString"), {"coordinates": line})
            continue
        track = ElementTree.SubElement(parent, _gx("Track"))
        for fix in fixes:
            ElementTree.SubElement(track, "when").text = fix["time"]
        for fix in fixes:
            place = f"{fix['lon']:.7f} {fix['lat']:.7f} {fix.get('ele', 0)}"
            ElementTree.SubElement(track, _gx("coord")).text = place
        data = ElementTree.SubElement(ElementTree.SubElement(track, "ExtendedData"), "SchemaData")
        data.set("schemaUrl", "#fixes")
        for name in ("mark", "hdop", "accuracy"):
            column = ElementTree.SubElement(data, _gx("SimpleArrayData"), {"name": name})
            for fix in fixes:
                ElementTree.SubElement(column, _gx("value")).text = fix.get(name, "")


def _gx(tag: str) -> str:
    return f"{{{KML_EXTENDED}}}{tag}"


def _write(root: ElementTree.Element, path: Path) -> None:
    ElementTree.indent(root, " ")
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _geojson(walks: Sequence[Walk], path: Path) -> None:
    features = [feature for walk in walks for feature in _features(walk)]
    collection = {"type": "FeatureCollection", "name": "patrols", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=0), encoding="utf-8")


def _features(walk: Walk) -> Iterator[dict[str, Any]]:
    own = {"patrol": walk.id, "unit": clean(walk.unit), "kind": walk.kind}
    own |= {"simulated": SIMULATED} if walk.simulated else {}
    lines = [list(_fixes(segment)) for segment in walk.placed]
    if lines:
        places = [[_position(fix) for fix in line] for line in lines]
        columns = {name: [[fix.get(name) or None for fix in line] for line in lines] for name in _BESIDE}
        line = {"name": clean(walk.name), "coordTimes": columns.pop("time"), **columns}
        shape: dict[str, Any] = {"type": "MultiLineString", "coordinates": places}
        yield {"type": "Feature", "geometry": shape, "properties": own | line}
    for point in walk.waypoints:
        when = moment(point.time.timestamp()) if point.time else None
        told = {"name": clean(point.name), "desc": clean(point.note), "time": when}
        shape = {"type": "Point", "coordinates": [round(point.lon, 7), round(point.lat, 7)]}
        yield {"type": "Feature", "geometry": shape, "properties": own | told}


_BESIDE = ("time", "mark", "hdop", "accuracy")


def _position(fix: Mapping[str, Any]) -> list[float]:
    return [round(fix["lon"], 7), round(fix["lat"], 7), *([float(fix["ele"])] if "ele" in fix else [])]


def _gpkg(walks: Sequence[Walk], path: Path) -> None:
    track_layers.write(walks, path)


WRITERS: Mapping[str, Callable[[Sequence[Walk], Path], None]] = MappingProxyType(
    {".gpx": _gpx, ".gpkg": _gpkg, ".kml": _kml, ".geojson": _geojson}
)
"""Format by suffix."""
