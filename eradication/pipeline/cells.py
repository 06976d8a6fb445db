"""The 250 m cells of a season that no candidate and no plot touches, by stratum: what cells are drawn from.

Loaded late: it brings rasterio.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import AdminUnit, Json, Season
from eradication.effort import ground, strips
from eradication.effort.strips import SUBCELL_M
from eradication.errors import N_, UnusableInput
from eradication.history import History
from eradication.ingest import dem
from eradication.pipeline import projection, set_layers
from eradication.pipeline.workspace import Workspace

NEAR_M = 2000.0
"""Cells whose middle lies within this of a plot of an earlier season are a stratum of their own."""
NEAR, REST = "near_past_plots", "rest"
BANDS_M = (800, 1200)
"""Edges of the bands of elevation, where a height model is set."""
UNKNOWN_HEIGHT = "height_unknown"

type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Unflagged cells."""

    cells: Ints
    """Numbers of the sub-cells, ascending, see :func:`eradication.effort.strips.number`."""
    commune: Ints
    """Of each, index in ``units``."""
    stratum: Ints
    """Of each, index in ``strata``."""
    strata: tuple[str, ...]
    units: tuple[AdminUnit, ...]
    """The communes whose cells these are."""
    flagged: Ints
    """Cells of the communes that are left out, because a candidate or a plot of the season touches them, ascending."""
    flagged_stratum: Ints
    """Of each, index in ``strata``."""


def frame(workspace: Workspace, season: Season, told: History, communes: Sequence[str] = ()) -> Frame:
    """Return the unflagged cells of a season.

    A cell belongs to the commune that holds its middle; it is flagged if a candidate or a plot of the season touches
    it, in whatever state, as told.

    Args:
        workspace: whose communes and height model.
        season: the season.
        told: what was known.
        communes: codes; empty = every commune.

    Raises:
        UnusableInput: ``unknown_commune``, ``no_dem``, ``no_such_file``.
    """
    units = _units(workspace, communes)
    outlines = [geo.project(u.geometry, geo.WGS84, geo.UTM48) for u in units if u.geometry is not None]
    box = ground.Box.of(outlines)
    commune = box.drawn(outlines).astype(np.int64)
    heights = _heights(workspace, box)
    inside = commune != ground.OUTSIDE
    cells, commune = box.cells[inside], commune[inside]
    free = ~np.isin(cells, touched(places(told, season)))
    names = _Strata(told, season).of(cells, None if heights is None else heights[inside])
    strata, stratum = np.unique(names, return_inverse=True)
    stratum = stratum.ravel().astype(np.int64)
    told_strata = tuple(str(name) for name in strata)
    return Frame(cells[free], commune[free], stratum[free], told_strata, units, cells[~free], stratum[~free])


def _units(workspace: Workspace, communes: Sequence[str]) -> tuple[AdminUnit, ...]:
    known = {unit.code: unit for unit in projection.units_on(workspace) if unit.geometry is not None}
    for code in communes:
        if code not in known:
            raise UnusableInput(
                "unknown_commune",
                N_("There is no commune with the code {code}."),
                hint=N_("Codes have five digits, e.g. 04048 (Xã Vân Hồ)."),
                values={"code": code},
            )
    return tuple(known[code] for code in sorted(set(communes) or known))


def places(told: History, season: Season) -> list[BaseGeometry]:
    """Return the outlines (EPSG:32648) of every candidate and plot of a season."""
    found = [e.plot.geometry for e in told.episodes if e.season == season]
    found += [row["geometry"] for row in told.candidates if row["season"] == season.label]
    return [geo.project(one, geo.WGS84, geo.UTM48) for one in found]


def touched(shapes: Iterable[BaseGeometry]) -> Ints:
    """Return the numbers of the cells that shapes (EPSG:32648) touch, ascending."""
    out: set[int] = set()
    for shape in shapes:
        box = ground.Box.of([shape])
        cells = box.cells.ravel() if box.columns and box.rows else _number(shape.centroid.x, shape.centroid.y)
        if len(cells) > 1:
            cells = cells[shapely.intersects(squares(cells), shape)]
        out.update(cells.tolist())
    return np.array(sorted(out), np.int64)


def squares(cells: Ints) -> npt.NDArray[np.object_]:
    """Return cells as squares (EPSG:32648)."""
    column, row = strips.corner(cells)
    west, south = column * SUBCELL_M, row * SUBCELL_M
    out: npt.NDArray[np.object_] = np.atleast_1d(shapely.box(west, south, west + SUBCELL_M, south + SUBCELL_M))
    return out


def _number(east_m: float, north_m: float) -> Ints:
    return strips.number(np.array([east_m]), np.array([north_m]))


def cell_at(lon: float, lat: float) -> int:
    """Return the number of the cell that holds a point (WGS 84)."""
    ((east, north),) = geo.transform([(lon, lat)], geo.WGS84, geo.UTM48)
    return int(_number(east, north)[0])


def name_of(cell: int) -> str:
    """Return a cell's name: east and north of its south-west corner in metres (EPSG:32648), ``386250_2358500``."""
    column, row = cell % strips.STRIDE, cell // strips.STRIDE
    return f"{column * SUBCELL_M:.0f}_{row * SUBCELL_M:.0f}"


def number_of(name: str) -> int:
    """Return the number of the cell that :func:`name_of` named."""
    east, _, north = name.partition("_")
    return int(_number(float(east), float(north))[0])


def runs(numbers: Iterable[int]) -> list[Json]:
    """Return cells in short: row, first column and count of each run, in whole 250 m (EPSG:32648)."""
    cell = np.unique(np.fromiter(numbers, np.int64))
    begins = np.flatnonzero(np.diff(cell, prepend=-2) != 1)
    counts = np.diff(np.append(begins, len(cell)))
    return [
        [int(n) // strips.STRIDE, int(n) % strips.STRIDE, int(c)] for n, c in zip(cell[begins], counts, strict=True)
    ]


def cells_of(members: Iterable[Sequence[int]]) -> list[int]:
    """Read what :func:`runs` wrote."""
    return [row * strips.STRIDE + column + k for row, column, count in members for k in range(count)]


@dataclass(frozen=True)
class _Strata:
    """Names the stratum of cells: by elevation where heights are known, and by the distance to earlier plots."""

    told: History
    season: Season

    @cached_property
    def past(self) -> npt.NDArray[np.float64]:
        """Centres (EPSG:32648) of plots where poppy was found in an earlier season, shape (plot, 2)."""
        before = [e for e in self.told.episodes if e.season.start_year < self.season.start_year and e.detected_m2]
        centres = sorted({geo.centre(e.plot.geometry) for e in before})
        return np.array(geo.transform(centres, geo.WGS84, geo.UTM48), float).reshape(-1, 2)

    def of(self, cells: Ints, heights: npt.NDArray[np.float32] | None) -> npt.NDArray[np.str_]:
        """Return the name of the stratum of each cell."""
        column, row = strips.corner(cells)
        middle = np.column_stack([column, row]) * SUBCELL_M + SUBCELL_M / 2
        reached = cKDTree(self.past).query(middle, distance_upper_bound=NEAR_M + 1e-6)[0] if len(self.past) else np.inf
        names = np.where(np.broadcast_to(reached <= NEAR_M, len(cells)), NEAR, REST)
        return names if heights is None else np.char.add(np.char.add(names, "/"), _band(heights))


def _band(heights: npt.NDArray[np.float32]) -> npt.NDArray[np.str_]:
    low, high = BANDS_M
    words = np.array([f"below_{low}_m", f"{low}_to_{high}_m", f"above_{high}_m"])
    return np.where(
        np.isfinite(heights), words[np.searchsorted(BANDS_M, heights, side="right").clip(0, 2)], UNKNOWN_HEIGHT
    )


def _heights(workspace: Workspace, box: ground.Box) -> npt.NDArray[np.float32] | None:
    """Return the mean height of each cell of a box, southern row first; ``None`` if no height model is set."""
    found = set_layers.heights(workspace.settings, workspace.folder) if box.columns else None
    if found is None:
        return None
    north = (box.row + box.rows) * SUBCELL_M
    place = Affine(SUBCELL_M, 0.0, box.column * SUBCELL_M, 0.0, -SUBCELL_M, north)
    return dem.read(found, GeoBox((box.rows, box.columns), place, f"EPSG:{geo.UTM48}"))[::-1]
