"""The map of a patrol plan: the way with its direction, the stops in their order, and what lies around them.

Things differ in shape and not in colour alone, for sheets are printed and copied in black and white. Only what is this
plan's own is drawn: no other unit's places, no candidates beside the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.i18n import Translate
from eradication.report import relief
from eradication.report.drawing import INK
from eradication.report.grid_lines import Sheet
from eradication.report.map_frame import Frame
from eradication.report.paper import Paper, printable
from eradication.report.plan_facts import CELL, PatrolPlan, Stop
from eradication.report.plan_ground import SheetGround
from eradication.report.sheet_map import Pen

type Floats = npt.NDArray[np.float64]

SCALES = (5000, 10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000)
_FILLS = 0.86
"""Share of the map that way and stops may fill before a smaller scale is taken."""
_ARROWS_MM, _ARROW_MM = 24.0, 1.9
_BADGE_MM = 4.4
_RINGS_MM = (0.0, 5.4, 8.0, 11.0, 15.0)

RIVER, TRACK, ROAD = Pen(1.1, "#3f7fb0"), Pen(0.8, "#333333", (0, (3, 1.6))), Pen(1.5, "#6b6b6b")
BORDER, COMMUNE = Pen(2.0, "#111111", (0, (8, 2, 1.2, 2, 1.2, 2))), Pen(0.9, "#555555", (0, (7, 2, 1, 2)))
WAY, CELL_EDGE, HAZARD = Pen(1.7, INK), Pen(0.9, INK), Pen(1.0, "#b02a1c")
GONE = Pen(0.9, "#777777", (0, (1, 2)))
"""Legs to and from stops that were left out as unsafe."""


@dataclass(frozen=True, slots=True)
class PlanMap:
    """A map of one plan, and where it stands on the page, in millimetres."""

    plan: PatrolPlan
    ground: SheetGround
    left: float
    top: float
    width: float
    height: float

    @property
    def frame(self) -> Frame:
        """The land it shows, true to scale."""
        west, south, east, north = self._bounds()
        needed = 1000 * max((east - west) / self.width, (north - south) / self.height) / _FILLS
        scale = next((s for s in SCALES if s >= needed), SCALES[-1])
        width_m, height_m = self.width * scale / 1000, self.height * scale / 1000
        corner = ((west + east - width_m) / 2, (south + north - height_m) / 2)
        sheet = Sheet(self.ground.official_epsg, *corner, width_m, height_m)
        return Frame(sheet, scale, self.left, self.top, self.width, self.height)

    def _bounds(self) -> tuple[float, float, float, float]:
        plan = self.plan
        points = [plan.post, *((s.lon, s.lat) for s in plan.stops), *((lon, lat) for lon, lat, _ in plan.way.tolist())]
        xy = np.array(geo.transform(points, geo.WGS84, self.ground.official_epsg))
        (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
        return float(west), float(south), float(east), float(north)

    def draw(self, page: Paper, translate: Translate) -> int:
        """Draw the map with its frame; return the step of the contour lines in metres, 0 for none."""
        frame = self.frame
        axes, step = frame.axes(page), 0
        if self.ground.heights is not None:
            step = relief.draw(axes, self.ground.heights, frame.sheet, int(self.width * 2), int(self.height * 2))
        frame.grid(page, axes)
        self._around(axes, frame)
        self._way(axes, frame)
        self._stops(axes, frame)
        frame.north(page, translate("N"))
        frame.bar(page)
        return step

    def _around(self, axes: Axes, frame: Frame) -> None:
        ground = self.ground
        layers = [(ground.communes, COMMUNE), (ground.rivers, RIVER), (ground.tracks, TRACK), (ground.roads, ROAD)]
        for shape, pen in [*layers, (ground.border, BORDER)]:
            if shape is not None:
                pen.line(axes, _lines(self._here(shape, frame, ground.epsg)))
        for name, area in ground.hazards:
            shape = self._here(area, frame, ground.epsg)
            for ring in _rings(shape):
                axes.fill(*ring.T, facecolor="none", edgecolor=HAZARD.colour, hatch="xxxx", linewidth=0, alpha=0.75)
            HAZARD.line(axes, _lines(shape))
            if not shape.is_empty:
                at, look = shape.representative_point(), {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
                axes.text(
                    at.x, at.y, printable(name), fontsize=6.4, weight="bold", ha="center", va="center", zorder=3,
                    color=HAZARD.colour, bbox=look, clip_on=True,
                )  # fmt: skip

    def _here(self, shape: BaseGeometry, frame: Frame, epsg: int) -> BaseGeometry:
        """Return a shape in the coordinates of the sheet, what lies beside it cut off."""
        sheet = frame.sheet
        box = shapely.box(sheet.west_m, sheet.south_m, sheet.east_m, sheet.north_m)
        # Cut first where it lies, generously: a whole country's rivers are slow to project.
        around = geo.project(box.buffer(0.2 * sheet.width_m), sheet.epsg, epsg)
        near = shapely.intersection(shapely.make_valid(shape), around)
        return shapely.intersection(geo.project(near, epsg, sheet.epsg), box)

    def _way(self, axes: Axes, frame: Frame) -> None:
        if len(self.plan.way) < 2:
            return
        if self.plan.vetoed:
            xy = _on_sheet(self.plan.way, frame)
            axes.plot(*xy.T, color=GONE.colour, linewidth=GONE.width, linestyle=GONE.dashes, zorder=3)
        mm = frame.scale / 1000
        for part in self.plan.parts():
            xy = _on_sheet(part, frame)
            axes.plot(*xy.T, color="white", linewidth=3.4, zorder=4, alpha=0.9)
            axes.plot(*xy.T, color=WAY.colour, linewidth=WAY.width, zorder=5, solid_joinstyle="round")
            for tip in arrows(xy, _ARROWS_MM * mm, _ARROW_MM * mm):
                axes.fill(*tip.T, facecolor=INK, edgecolor="white", linewidth=0.4, zorder=6)

    def _stops(self, axes: Axes, frame: Frame) -> None:
        plan, sheet, mm = self.plan, frame.sheet, frame.scale / 1000
        places = [plan.post, *((stop.lon, stop.lat) for stop in plan.stops)]
        xy = np.array(geo.transform(places, geo.WGS84, sheet.epsg))
        for stop in plan.stops:
            self._outline(axes, frame, stop)
        edges = np.array([[sheet.west_m, sheet.south_m], [sheet.east_m, sheet.north_m]]) / mm
        badges = apart(xy / mm, _BADGE_MM, edges) * mm
        axes.plot(*xy[0], marker="*", markersize=15, color=INK, markeredgecolor="white", markeredgewidth=0.8, zorder=9)
        for stop, place, badge in zip(plan.stops, xy[1:], badges[1:], strict=True):
            if np.hypot(*(place - badge)) > mm:
                axes.plot(*np.array([place, badge]).T, color=INK, linewidth=0.6, zorder=7)
                axes.plot(*place, marker=".", markersize=3.5, color=INK, zorder=7)
            _badge(axes, badge, stop)

    def _outline(self, axes: Axes, frame: Frame, stop: Stop) -> None:
        square = stop.square
        shape = self.ground.outlines.get(stop.place) if square is None else square
        if shape is None:
            return
        here = self._here(shape, frame, geo.WGS84 if square is None else geo.UTM48)
        for ring in _rings(here):
            axes.fill(*ring.T, facecolor="white", alpha=0.35, linewidth=0, zorder=2)
        CELL_EDGE.line(axes, _lines(here))


def _on_sheet(way: Floats, frame: Frame) -> Floats:
    lonlat = [(lon, lat) for lon, lat, _ in way.tolist()]
    return np.array(geo.transform(lonlat, geo.WGS84, frame.sheet.epsg))


def _badge(axes: Axes, place: Floats, stop: Stop) -> None:
    """Draw the number of a stop: round for a plot, square for a cell, heavy where it was drawn at random.

    One that was left out as unsafe is struck out.
    """
    east, north = float(place[0]), float(place[1])
    if stop.is_vetoed:
        axes.plot(east, north, marker="x", markersize=12.0, markeredgecolor=INK, markeredgewidth=1.6, zorder=9)
    marker, width = "s" if stop.kind == CELL else "o", 1.9 if stop.is_random else 0.8
    axes.plot(
        east, north, marker=marker, markersize=11.0, markerfacecolor="white", markeredgecolor=INK,
        markeredgewidth=width, zorder=8,
    )  # fmt: skip
    axes.text(
        east, north, str(stop.order), zorder=8, ha="center", va="center_baseline", fontsize=6.6, weight="bold",
        color=INK,
    )  # fmt: skip


def arrows(xy: Floats, every: float, long: float) -> Iterator[Floats]:
    """Give triangles that point along a line, evenly spaced, the first half a space from its beginning."""
    line = shapely.LineString(xy)
    for at in np.arange(every / 2, line.length, every):
        ahead = line.interpolate(min(at + long / 2, line.length))
        behind = line.interpolate(max(at - long / 2, 0.0))
        along = np.array([ahead.x - behind.x, ahead.y - behind.y])
        length = float(np.hypot(*along))
        if length < long / 4:
            continue  # the line turns back here: an arrow would point nowhere
        along = along / length
        across, middle = np.array([-along[1], along[0]]), np.array([line.interpolate(at).x, line.interpolate(at).y])
        tail = middle - along * long
        yield np.array([middle + along * long, tail + across * long * 0.75, tail - across * long * 0.75])


def apart(points: Floats, size: float, edges: Floats) -> Floats:
    """Return where marks of a size may stand so that none hides another, each as near its point as there is room.

    Args:
        points: shape (n, 2); the first stays where it is.
        size: least distance of two marks.
        edges: lower left and upper right corner that marks stay within, shape (2, 2).
    """
    placed: list[Floats] = []
    turns = np.radians(np.arange(0, 360, 30) + 45.0)
    for point in points:
        choices = [point + ring * np.array([np.cos(t), np.sin(t)]) for ring in _RINGS_MM for t in turns]
        inside = [c for c in choices if np.all(c >= edges[0] + size / 2) and np.all(c <= edges[1] - size / 2)]
        free = (c for c in inside if all(np.hypot(*(c - other)) >= size for other in placed))
        placed.append(next(free, point) if placed else point)
    return np.array(placed)


def _rings(shape: BaseGeometry) -> Iterator[Floats]:
    for part in flat(shape):
        if isinstance(part, shapely.Polygon):
            yield np.asarray(part.exterior.coords)[:, :2]


def _lines(shape: BaseGeometry) -> BaseGeometry:
    """Return outlines of areas and lines as they are; points are left out."""
    parts = [shapely.boundary(part) if part.geom_type == "Polygon" else part for part in flat(shape)]
    return shapely.MultiLineString([line for part in parts for line in flat(part) if isinstance(line, LineString)])


def flat(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    """Give the points, lines and polygons of a shape, whatever they are gathered in."""
    for part in shapely.get_parts(shape):
        if part.geom_type.startswith("Multi") or part.geom_type == "GeometryCollection":
            yield from flat(part)
        elif not part.is_empty:
            yield part
