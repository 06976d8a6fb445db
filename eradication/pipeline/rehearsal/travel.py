"""On foot through a simulated province: seconds between places and the cells a way leads through, post by post."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from affine import Affine
from scipy.sparse.csgraph import dijkstra

from eradication.config.planning import Plan
from eradication.routing.land import Land
from eradication.routing.steps import KING, Graph, graph
from eradication.simulation.province import Province
from eradication.simulation.province_grid import CELL_M

REACH_M = 10_000.0
"""Places further from the post, as the crow flies, are nobody's day on foot."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The ground round one post."""

    graph: Graph
    top: int
    left: int
    columns: int
    numbers: Ints
    """Province's cell of each cell of the window, -1 abroad, flat."""
    post: int
    """Cell of the window in which the post stands."""
    out_s: Floats
    """Seconds from the post to each cell of the window, inf = not reached."""
    back_s: Floats
    """Seconds from each cell of the window to the post."""
    cells: Ints
    """Province's cells that are reached and come back from, ascending."""
    there: Ints
    """Their cells in the window."""


class Ways:
    """Quickest ways from some cells of a window, found when they are asked for."""

    def __init__(self, window: Window, at: Ints, limit_s: float) -> None:
        """Take cells of the window, shape (n,); nobody goes further than still leads home within the limit."""
        self.at, self._window, self._limit_s = at, window, limit_s
        self._nearest_home = float(window.back_s[at[1:]].min(initial=np.inf))
        self._rows: dict[int, tuple[Floats, npt.NDArray[np.int32]]] = {}

    def row(self, begin: int) -> Floats:
        """Return the seconds from one of the cells to all, shape (n,), inf = not reached in time."""
        seconds: Floats = self._from(begin)[0][self.at]
        return seconds

    @property
    def seconds(self) -> Floats:
        """Seconds from row to column, shape (n, n)."""
        return np.stack([self.row(n) for n in range(len(self.at))])

    def passed(self, begin: int, end: int) -> list[int]:
        """Return the window's cells on the way from one of the cells to another."""
        before, cells, cell = self._from(begin)[1], [], int(self.at[end])
        while cell >= 0:
            cells.append(cell)
            cell = int(before[cell])
        return cells

    def _from(self, begin: int) -> tuple[Floats, npt.NDArray[np.int32]]:
        cell = int(self.at[begin])
        if cell not in self._rows:
            window = self._window
            last = self._limit_s - (float(window.out_s[cell]) + self._nearest_home if begin else 0.0)
            reach = max(last, float(window.back_s[cell])) + 1.0
            self._rows[cell] = dijkstra(window.graph.seconds, indices=cell, limit=reach, return_predecessors=True)
        return self._rows[cell]


class Grounds:
    """The windows of all posts of a province, made once."""

    def __init__(self, province: Province, settings: Plan | None = None) -> None:
        """Take a province; ``settings`` give the paces."""
        self.province = province
        self.settings = settings or Plan()
        self._windows: dict[int, Window] = {}

    @cached_property
    def pace(self) -> npt.NDArray[np.float32]:
        """Pace of each cell of the raster: whole on roads and tracks, none in rivers and abroad."""
        land, own = self.province.land, self.settings
        pace = np.where(land.forest_share > 0.5, own.off_path * own.in_forest, own.off_path)
        pace = np.where(land.track | land.road, 1.0, pace)
        blocked = ~self.province.grid.inside | (land.river & ~land.track & ~land.road)
        return np.where(blocked, 0.0, pace).astype(np.float32)

    def window(self, post: int) -> Window:
        """Return the ground round a post."""
        if post not in self._windows:
            self._windows[post] = self._cut(post)
        return self._windows[post]

    def land(self, post: int) -> tuple[Land, int, int]:
        """Return the ground round a post as the router takes it, with its first row and column."""
        grid, reach = self.province.grid, int(REACH_M / CELL_M)
        row, col = self.province.land.posts[post]
        top, left = max(0, row - reach), max(0, col - reach)
        part = np.s_[top : row + reach + 1, left : col + reach + 1]
        transform = grid.transform @ Affine.translation(left, top)
        steepest = float(np.tan(np.radians(self.settings.steepest_deg)))
        heights = self.province.land.heights_m[part].astype(np.float32)
        return Land(transform, heights, self.pace[part], steepest), int(top), int(left)

    def _cut(self, post: int) -> Window:
        land, top, left = self.land(post)
        steps = graph.__wrapped__(land, KING)  # 250 m are coarse enough; kept with the window
        rows, columns = land.pace.shape
        numbers = self.province.grid.numbers()[top : top + rows, left : left + columns].ravel()
        row, col = self.province.land.posts[post]
        at = int((row - top) * columns + col - left)
        out = dijkstra(steps.seconds, indices=at)
        back = dijkstra(steps.seconds.T.tocsr(), indices=at)
        there = np.flatnonzero(np.isfinite(out) & np.isfinite(back) & (numbers >= 0))
        return Window(steps, top, left, columns, numbers, at, out, back, numbers[there], there)


def ways(window: Window, cells: Ints, limit_s: float) -> Ways:
    """Return the quickest ways between cells of the province that the window reaches; the post is put before them.

    Args:
        window: of the post.
        cells: of the province, each in ``window.cells``.
        limit_s: longer ways are not looked for.
    """
    at = np.concatenate([[window.post], window.there[np.searchsorted(window.cells, cells)]])
    return Ways(window, at, limit_s)
