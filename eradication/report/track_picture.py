"""A small picture of one track for a receipt: what was walked, where it broke off, which fixes are marked and why.

No map below it, no names and no coordinates: the shape is for the one who walked it to recognise. The same track gives
the same bytes, at most 20 kB of them, and no attribute that a strict Content-Security-Policy forbids.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np

from eradication.domain import MARKS, Fixes, Waypoint
from eradication.errors import N_
from eradication.geo import is_on_earth
from eradication.i18n import Translate, number
from eradication.report.reasons import sentence
from eradication.report.track_lines import Points, Sheet, dots, on_earth, simplified, thinned, way

type Shape = Callable[[float, float], Points]

LONGEST_BYTES = 20_000
_PLACE = (8.0, 8.0, 324.0)
_WIDTH, _HEIGHT, _LEGEND_X, _ROW = 660, 340, 346, 17
_INK, _GREY, _PAPER, _WALKED = "#1d1d1b", "#8a887f", "#f7f6f1", "#0072b2"
_COLOURS = {
    "flagged_by_source": "#999999",
    "future_time": "#cc79a7",
    "implausible_time": "#882255",
    "poor_accuracy": "#e69f00",
    "poor_dilution": "#a6761d",
    "duplicate": "#56b4e9",
    "time_reversed": "#6a3d9a",
    "spike": "#d55e00",
    "too_fast": "#e7298a",
    "vehicle": "#1d1d1b",
    "stationary": "#009e73",
}
"""Mark → colour; ``bad_coordinates`` is nowhere and has none."""
_WERE_THERE = [MARKS.index(name) for name in ("kept", "vehicle", "stationary")]
_SIMULATED = N_("SIMULATED: nothing here was observed.")
_MOST_POINTS, _MOST_DOTS, _MOST_WAYPOINTS, _MOST_GAPS = 800, 420, 50, 60


@dataclass(frozen=True, slots=True)
class Walk:
    """What is drawn."""

    segments: Sequence[Fixes]
    """Cleaned segments, WGS 84."""
    waypoints: Sequence[Waypoint] = ()
    simulated: bool = False


def draw(walk: Walk, language: str, translate: Translate) -> str:
    """Return the picture as one SVG element, fit for a file of its own as for a page."""
    counts = Counter({MARKS[i]: int(n) for i, n in enumerate(_counts(walk.segments)) if n})
    label = translate(N_("Track: {kept} fixes kept of {total}")).format(kept=counts["kept"], total=sum(counts.values()))
    root = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img"}
        | {"aria-label": label, "font-family": "Noto Sans, DejaVu Sans, sans-serif", "font-size": "11", "fill": _INK},
    )
    side = str(int(_PLACE[2]))
    _add(root, "rect", {"x": "8", "y": "8", "width": side, "height": side, "fill": _PAPER, "stroke": _GREY})
    sheet = _sheet(walk)
    legend = _Legend(root, language, translate)
    if walk.simulated:
        legend.title(_SIMULATED)
    legend.title(label)
    hidden = _draw_track(root, sheet, walk, legend, counts) if sheet else sum(counts.values())
    if hidden:
        legend.say(N_("not in the picture: {count}"), hidden)
    return ElementTree.tostring(root, encoding="unicode")


def _counts(segments: Sequence[Fixes]) -> list[int]:
    marks = np.concatenate([s.mark for s in segments]) if segments else np.zeros(0, np.uint8)
    return [int(n) for n in np.bincount(marks, minlength=len(MARKS))]


def _sheet(walk: Walk) -> Sheet | None:
    """Return the sheet round where people were, else round all, else round the waypoints; ``None`` for nothing."""
    placed = [on_earth(segment) for segment in walk.segments]
    kept = [(s.lon[there], s.lat[there]) for s in placed for there in [np.isin(s.mark, _WERE_THERE)]]
    every = [(s.lon, s.lat) for s in placed]
    points = [(np.array([w.lon]), np.array([w.lat])) for w in walk.waypoints if is_on_earth(w.lon, w.lat)]
    for parts in (kept, every, points):
        if any(len(lon) for lon, _ in parts):
            lon, lat = (np.concatenate(column) for column in zip(*parts, strict=True))
            return Sheet.round(lon, lat, _PLACE)
    return None


def _draw_track(root: ElementTree.Element, sheet: Sheet, walk: Walk, legend: "_Legend", counts: Counter[str]) -> int:
    """Draw lines, marks, places, and what a map needs; return how many fixes lie outside."""
    placed = [on_earth(segment) for segment in walk.segments]
    lines = [sheet.place(s.lon[s.kept], s.lat[s.kept]) for s in placed if s.kept.any()]
    _draw_gaps(root, lines, legend)
    drawn = simplified(lines, _MOST_POINTS)
    if drawn:
        look = {"fill": "none", "stroke": _WALKED, "stroke-width": "1.6", "stroke-linejoin": "round"}
        _add(root, "path", {"d": "".join(way(line) for line in drawn)} | look)
    legend.line(_WALKED, N_("kept: {count}"), counts["kept"])
    hidden = counts["bad_coordinates"]
    marked = [name for name in MARKS[1:] if counts[name]]
    for name in marked:
        hidden += _draw_mark(root, sheet, placed, name, _MOST_DOTS // len(marked))
        legend.mark(name, counts[name])
    _draw_waypoints(root, sheet, walk.waypoints, legend)
    if lines:
        _draw_ends(root, lines, legend)
    _draw_scale(root, sheet, legend)
    return hidden


def _draw_gaps(root: ElementTree.Element, lines: Sequence[Points], legend: "_Legend") -> None:
    jumps = [np.array([a[-1], b[0]]) for a, b in pairwise(lines)]
    if not jumps:
        return
    shown = simplified(jumps, 2 * _MOST_GAPS)
    look = {"fill": "none", "stroke": _GREY, "stroke-dasharray": "3 3"}
    _add(root, "path", {"d": "".join(way(jump) for jump in shown)} | look)
    legend.line(_GREY, N_("gap, or driven"), dashed=True)


def _draw_mark(root: ElementTree.Element, sheet: Sheet, placed: Sequence[Fixes], name: str, most: int) -> int:
    """Draw the fixes of one mark as dots; return how many of them lie outside."""
    code = MARKS.index(name)
    if name not in _COLOURS:
        return 0
    points = np.concatenate([sheet.place(s.lon[s.mark == code], s.lat[s.mark == code]) for s in placed])
    inside = points[sheet.shows(points)]
    look = {"fill": "none", "stroke": _COLOURS[name], "stroke-width": "4", "stroke-linecap": "round"}
    if len(inside):
        _add(root, "path", {"d": dots(thinned(inside, most))} | look)
    return len(points) - len(inside)


def _draw_waypoints(root: ElementTree.Element, sheet: Sheet, waypoints: Sequence[Waypoint], legend: "_Legend") -> None:
    if not waypoints:
        return
    places = sheet.place(np.array([w.lon for w in waypoints]), np.array([w.lat for w in waypoints]))
    places = places[np.isfinite(places).all(axis=1)]
    inside = thinned(places[sheet.shows(places)], _MOST_WAYPOINTS)
    data = "".join(way(_diamond(x, y)) + "z" for x, y in inside.tolist())
    if data:
        _add(root, "path", {"d": data, "fill": "#ffffff", "stroke": _INK})
    legend.shape(_diamond, "#ffffff", N_("waypoints: {count}"), len(waypoints))


def _draw_ends(root: ElementTree.Element, lines: Sequence[Points], legend: "_Legend") -> None:
    for shape, (x, y), said in ((_triangle, lines[0][0], N_("start")), (_square, lines[-1][-1], N_("end"))):
        _add(root, "path", {"d": way(shape(float(x), float(y))) + "z", "fill": _INK, "stroke": "#ffffff"})
        legend.shape(shape, _INK, said)


def _draw_scale(root: ElementTree.Element, sheet: Sheet, legend: "_Legend") -> None:
    metres, length = sheet.bar()
    left, low = _PLACE[0] + 10, _PLACE[1] + _PLACE[2] - 10
    bar = np.array([[left, low - 4], [left, low], [left + length, low], [left + length, low - 4]])
    _add(root, "path", {"d": way(bar), "fill": "none", "stroke": _INK})
    said = f"{number(metres, legend.language)} m" if metres < 1000 else f"{number(metres / 1000, legend.language)} km"
    _add(root, "text", {"x": f"{left + 3:.0f}", "y": f"{low - 5:.0f}"}, said)
    x, y = _PLACE[0] + _PLACE[2] - 16, _PLACE[1] + 10
    arrow = np.array([[x, y + 22], [x, y], [x - 4, y + 8], [x + 4, y + 8], [x, y]])
    _add(root, "path", {"d": way(arrow), "fill": _INK, "stroke": _INK})
    place = {"x": f"{x:.0f}", "y": f"{y + 34:.0f}", "text-anchor": "middle"}
    _add(root, "text", place, legend.translate(N_("N")))


def _diamond(x: float, y: float) -> Points:
    return np.array([[x, y - 4], [x + 4, y], [x, y + 4], [x - 4, y]])


def _triangle(x: float, y: float) -> Points:
    return np.array([[x, y - 6], [x + 5, y + 4], [x - 5, y + 4]])


def _square(x: float, y: float) -> Points:
    return np.array([[x - 4, y - 4], [x + 4, y - 4], [x + 4, y + 4], [x - 4, y + 4]])


class _Legend:
    """Rows beside the sheet, from the top."""

    def __init__(self, root: ElementTree.Element, language: str, translate: Translate) -> None:
        self.root, self.language, self.translate = root, language, translate
        self.y = 20.0

    def title(self, text: str) -> None:
        place = {"x": str(_LEGEND_X), "y": f"{self.y:.0f}", "font-weight": "bold"}
        _add(self.root, "text", place, self.translate(text))
        self.y += _ROW

    def say(self, said: str, count: int | None = None) -> None:
        text = self.translate(said)
        text = text.format(count=number(count, self.language)) if count is not None else text
        _add(self.root, "text", {"x": str(_LEGEND_X + 20), "y": f"{self.y:.0f}"}, text)
        self.y += _ROW

    def line(self, colour: str, said: str, count: int | None = None, *, dashed: bool = False) -> None:
        look = {"stroke": colour, "stroke-width": "1.6"} | ({"stroke-dasharray": "3 3"} if dashed else {})
        _add(self.root, "path", {"d": f"M{_LEGEND_X} {self.y - 4:.0f}h14"} | look)
        self.say(said, count)

    def mark(self, name: str, count: int) -> None:
        if name in _COLOURS:
            place = {"cx": str(_LEGEND_X + 7), "cy": f"{self.y - 4:.0f}", "r": "3.5"}
            _add(self.root, "circle", place | {"fill": _COLOURS[name]})
        self.say(sentence(name, self.language, self.translate) + ": {count}", count)

    def shape(self, shape: Shape, fill: str, said: str, count: int | None = None) -> None:
        data = way(shape(_LEGEND_X + 7.0, self.y - 4)) + "z"
        _add(self.root, "path", {"d": data, "fill": fill, "stroke": _INK})
        self.say(said, count)


def _add(parent: ElementTree.Element, tag: str, attributes: Mapping[str, str], text: str = "") -> None:
    element = ElementTree.SubElement(parent, tag, dict(attributes))
    element.text = text or None
