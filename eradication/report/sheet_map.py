"""The map on a sheet: a place and what lies around it, true to scale, under the grid of the official coordinates.

Lines differ in shape and not in colour, for sheets are printed and copied in black and white.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.axes import Axes
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import AdminUnit
from eradication.report.drawing import INK
from eradication.report.grid_lines import Sheet
from eradication.report.map_frame import Frame
from eradication.report.paper import Paper
from eradication.report.view import PlotRow

SCALES = (1000, 2000, 5000, 10_000, 25_000, 50_000)
FILLS = 0.8
"""Share of the map that a place may fill before a smaller scale is taken."""

_GREY = "#444444"
_LABEL = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line is drawn."""

    width: float
    colour: str = _GREY
    dashes: tuple[int, tuple[float, ...]] | str = "-"

    def line(self, axes: Axes, shape: BaseGeometry) -> None:
        """Draw the lines and points of a shape in the coordinates of ``axes``."""
        if shape.is_empty:
            return  # an empty line costs as much as a full one
        for part in shapely.get_parts(shape):
            x, y = shapely.get_coordinates(part).T
            if part.geom_type == "Point":
                axes.plot(x, y, "o", markersize=4, color=self.colour, markerfacecolor="none")
            else:
                axes.plot(x, y, color=self.colour, linewidth=self.width, linestyle=self.dashes)


PLOT, NEIGHBOUR, COMMUNE = Pen(1.6, INK), Pen(0.9, dashes=(0, (3, 1.5))), Pen(1.3, dashes=(0, (7, 2, 1, 2)))


@dataclass(frozen=True, slots=True)
class MapPanel:
    """A map of one place: what it shows and where it stands on the page, in millimetres."""

    row: PlotRow
    neighbours: Sequence[PlotRow]
    communes: Sequence[AdminUnit]
    scale: int
    left: float
    top: float
    width: float
    height: float

    @property
    def sheet(self) -> Sheet:
        """The piece of land it shows."""
        factor = self.scale / 1000
        return Sheet.around(self.row.lonlat, self.row.official_epsg, self.width * factor, self.height * factor)

    def draw(self, page: Paper, translate: Callable[[str], str]) -> None:
        """Draw the map with its frame, the numbers of the grid, north arrow and bar of the scale."""
        frame = Frame(self.sheet, self.scale, self.left, self.top, self.width, self.height)
        axes = frame.axes(page)
        frame.grid(page, axes)
        around = self._around()
        for unit in self.communes:
            if unit.geometry is not None and shapely.intersects(unit.geometry, around):
                COMMUNE.line(axes, self._here(unit.geometry.boundary))
        for row in self.neighbours:
            shape = self._here(row.episode.plot.geometry)
            NEIGHBOUR.line(axes, shapely.boundary(shape) if shape.area else shape)
            self._named(axes, row, shape)
        self._place(axes)
        frame.north(page, translate("N"))
        frame.bar(page)

    def _here(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape (WGS 84) in the coordinates of the sheet, what lies beside the sheet cut off."""
        sheet = self.sheet
        near = shapely.intersection(shape, self._around())
        frame = shapely.box(sheet.west_m, sheet.south_m, sheet.east_m, sheet.north_m)
        return shapely.intersection(geo.project(near, geo.WGS84, sheet.epsg), frame)

    def _around(self) -> shapely.Polygon:
        """Return a box (WGS 84) that holds the sheet, generously: what is cut in degrees first is little to project."""
        sheet, (lon, lat) = self.sheet, self.row.lonlat
        reach = 1.2 * max(sheet.width_m, sheet.height_m) / 90_000.0
        return shapely.box(lon - reach, lat - reach, lon + reach, lat + reach)

    def _place(self, axes: Axes) -> None:
        shape = self._here(self.row.episode.plot.geometry)
        for part in _polygons(shape):
            ring = np.asarray(part.exterior.coords)
            axes.fill(ring[:, 0], ring[:, 1], facecolor="none", edgecolor=INK, hatch="////", linewidth=0)
        PLOT.line(axes, shapely.boundary(shape) if shape.area else shape)
        [(east, north)] = geo.transform([self.row.lonlat], geo.WGS84, self.row.official_epsg)
        axes.plot([east], [north], marker="+", markersize=11, color=INK, markeredgewidth=1.1)

    def _named(self, axes: Axes, row: PlotRow, shape: BaseGeometry) -> None:
        if not shape.is_empty:
            # Within the frame, wherever the place reaches beyond it.
            sheet, mm = self.sheet, self.scale / 1000
            x = min(max(shape.centroid.x, sheet.west_m + 7 * mm), sheet.east_m - 7 * mm)
            y = min(shape.bounds[3] + mm, sheet.north_m - 3 * mm)
            axes.text(x, y, row.episode.plot.code, fontsize=5.5, ha="center", va="bottom", bbox=_LABEL)


def fitting_scale(row: PlotRow, wanted: int, width_mm: float, height_mm: float) -> int:
    """Return the scale wanted, or the next smaller one at which the whole place is on the map."""
    west, south, east, north = geo.project(row.episode.plot.geometry, geo.WGS84, row.official_epsg).bounds
    needed = 1000 * max((east - west) / width_mm, (north - south) / height_mm) / FILLS
    return next((s for s in (wanted, *SCALES) if s >= max(needed, wanted)), SCALES[-1])


def _polygons(shape: BaseGeometry) -> Iterator[shapely.Polygon]:
    return (part for part in shapely.get_parts(shape) if part.geom_type == "Polygon")
