"""What every printed map has round it: the grid of the official coordinates with numbers, north arrow, scale bar."""

from dataclasses import dataclass

from matplotlib.axes import Axes

from eradication.report import grid_lines
from eradication.report.drawing import INK
from eradication.report.grid_lines import Sheet
from eradication.report.paper import Paper

GRID_COLOUR, GRID_WIDTH = "#a8a8a8", 0.45


@dataclass(frozen=True, slots=True)
class Frame:
    """A map on a page: the land it shows, and where it stands, in millimetres."""

    sheet: Sheet
    scale: int
    left: float
    top: float
    width: float
    height: float

    def axes(self, page: Paper) -> Axes:
        """Return axes in metres of the sheet's coordinate system."""
        sheet = self.sheet
        axes = page.inset(self.left, self.top, self.width, self.height)
        axes.set(xlim=(sheet.west_m, sheet.east_m), ylim=(sheet.south_m, sheet.north_m), xticks=[], yticks=[])
        return axes

    def grid(self, page: Paper, axes: Axes) -> None:
        """Draw the lines of the grid, and write their coordinates below and left of the map."""
        sheet = self.sheet
        eastings, northings = grid_lines.grid_lines(sheet, grid_lines.step_of(self.scale))
        for east in eastings:
            axes.axvline(east, color=GRID_COLOUR, linewidth=GRID_WIDTH)
            x = self.left + (east - sheet.west_m) * 1000 / self.scale
            page.text(x, self.top + self.height + 3.2, grid_lines.label(east), 6.0, align="center")
        for north in northings:
            axes.axhline(north, color=GRID_COLOUR, linewidth=GRID_WIDTH)
            y = self.top + (sheet.north_m - north) * 1000 / self.scale
            if self.top + 6 < y < self.top + self.height - 6:  # nearer to a corner the number would leave the map
                page.upright(self.left - 0.8, y, grid_lines.label(north), 6.0)

    def north(self, page: Paper, letter: str) -> None:
        """Draw the arrow to grid north in the upper right corner."""
        x, y = self.left + self.width - 6, self.top + 15
        page.box(x - 4, y - 13, 8, 15.5, 0.4, "#ffffff")
        page.axes.fill([x, x - 2.2, x, x + 2.2], [y - 8, y + 1, y - 1, y + 1], color=INK, linewidth=0)
        page.text(x, y - 9, letter, 8, bold=True, align="center")

    def bar(self, page: Paper) -> None:
        """Draw a bar of two pieces, each one step of the grid long."""
        step = grid_lines.step_of(self.scale)
        long = step * 1000 / self.scale
        x, y = self.left + 4, self.top + self.height - 5
        page.box(x - 2.5, y - 5.2, 2 * long + 13, 8.6, 0.4, "#ffffff")
        page.box(x, y, long, 1.6, 0.6, INK)
        page.box(x + long, y, long, 1.6, 0.6, "#ffffff")
        for count in (0, 1, 2):
            unit = " m" if count == 2 else ""
            page.text(x + count * long, y - 1, f"{grid_lines.label(count * step)}{unit}", 6, align="center")
