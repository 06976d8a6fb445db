"""What the ground is like in every 250 m cell of the communes: relief, cover, and how far it is from people and lines.

All of it is of the ground and of access to it; nothing is of persons. It is kept under the name of every file, setting
and outline it rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import AdminUnit
from eradication.effort import ground as sub
from eradication.effort.strips import SUBCELL_M, corner
from eradication.errors import N_, UnusableInput
from eradication.ingest import dem
from eradication.pipeline import projection, set_layers, walks
from eradication.pipeline.basis import outlines
from eradication.pipeline.risk import bare, keeping, nearness, relief
from eradication.pipeline.workspace import Workspace

FORMAT = 3
"""To be raised when measures are computed otherwise: kept ones are then not taken for the same."""

MARGIN_M = 2_000.0
"""So far beyond the communes forest is looked at, for edges just outside."""
EXTENT_M = 5_000.0
"""Further than this outside the box round all that a file draws, nothing is known of what the file is of.

There the nearest object may be one that the file, an extract of a smaller area, leaves out. A file of the whole
province has villages, roads, tracks, rivers and forest nearer to its edges than this.
"""
REACH_DEG = 0.5
"""So far beyond the communes roads, villages, tracks and rivers are read."""
FOREST_FINER = 10
"""Forest is drawn at 25 m."""
KARST_FINER = 5

NEAR: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "village_m": ("distances", "village"),
        "road_m": ("distances", "road"),
        "border_m": ("distances", "border"),
        "track_m": ("plan", "tracks"),
        "river_m": ("plan", "rivers"),
    }
)
"""Measure → section and name of the file it is the distance to."""
WHOLE = ("border_m",)
"""Distances to a line along one side, which are known however far it is."""
DRAWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {key: file for key, file in NEAR.items() if key not in WHOLE} | {"forest_share": ("effort", "forest")}
)
"""Measure that is unknown where its file does not reach (:data:`EXTENT_M`) → section and name of the file."""
FILES = (*NEAR.values(), ("effort", "forest"), ("risk", "karst"), ("risk", "swidden"))

NAMES = (*relief.NAMES, *NEAR, "forest_edge_m", "forest_share", "karst", "swidden_share")

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The cells of the communes and what is known of each."""

    cells: Ints
    """Numbers of the cells, ascending, see :func:`eradication.effort.strips.number`."""
    commune: Ints
    """Of each, index in ``units``."""
    units: tuple[AdminUnit, ...]
    raw: Mapping[str, Floats | None]
    """Measure → value in each cell, NaN unknown; ``None`` where no file tells it."""

    @property
    def middles(self) -> Floats:
        """Middles of the cells (EPSG:32648), shape (cell, 2)."""
        return middles(self.cells)

    @property
    def partly(self) -> dict[tuple[str, str], float]:
        """Section and name of every file that covers only part of the communes → share of the cells it reaches."""
        columns = ((file, self.raw[key]) for key, file in DRAWN.items())
        shares = {file: float(np.isfinite(column).mean()) for file, column in columns if column is not None}
        return {file: share for file, share in shares.items() if share < 1}

    def find(self, cells: Ints) -> Ints:
        """Return the place of each of some cells among these, -1 where it lies outside."""
        at = np.searchsorted(self.cells, cells).clip(max=len(self.cells) - 1)
        found: Ints = np.where(self.cells[at] == cells, at, -1)
        return found


def middles(cells: Ints) -> Floats:
    """Return the middles of cells (EPSG:32648), shape (cell, 2)."""
    out: Floats = (np.column_stack(corner(cells)).astype(np.float64) + 0.5) * SUBCELL_M
    return out


def of_workspace(workspace: Workspace) -> Ground:
    """Return the ground of today's communes, as it is kept or measured anew.

    A cell belongs to the commune that holds its middle.

    Raises:
        UnusableInput: ``no_outlines``; ``no_dem``; a file that the settings name cannot be read.
    """
    units = tuple(unit for unit in projection.units_on(workspace) if unit.geometry is not None)
    if not units:
        raise UnusableInput(
            "no_outlines",
            N_("No outline of a commune is known, so there is no ground to tell a risk of."),
            hint=N_("Take the communes in first: `eradication boundaries import FILE --valid-from DATE`."),
        )
    heights = set_layers.heights(workspace.settings, workspace.folder)
    name = _name(workspace, units, heights)
    found = keeping.read(workspace, "ground", name)
    if found is None or not {"cells", "commune"} <= found.keys():
        found = _measured(workspace, units, heights)
        keeping.write(workspace, "ground", name, found)
    raw = {key: found[key].astype(np.float64) if key in found else None for key in NAMES}
    return Ground(found["cells"].astype(np.int64), found["commune"].astype(np.int64), units, MappingProxyType(raw))


def _name(workspace: Workspace, units: Sequence[AdminUnit], heights: dem.Dem | None) -> str:
    """Name everything the measures rest on: contents of files, outlines of communes, what may be read of a file."""
    paths = [set_layers.path(workspace.settings, workspace.folder, *file) for file in FILES]
    tiles = [] if heights is None else sorted(keeping.content(Path(tile.path)) for tile in heights.tiles)
    # A file that is not there has no content; reading it tells what is wrong.
    told = [keeping.content(path) if path and path.is_file() else str(path or "") for path in paths]
    return keeping.named((FORMAT, outlines(units), tiles, told))


def _measured(
    workspace: Workspace, units: Sequence[AdminUnit], heights: dem.Dem | None
) -> dict[str, npt.NDArray[np.generic]]:
    shapes = [geo.project(unit.geometry, geo.WGS84, geo.UTM48) for unit in units if unit.geometry is not None]
    box = sub.Box.of(shapes)
    commune = box.drawn(shapes)
    inside = commune != sub.OUTSIDE
    cells = box.cells[inside]
    out: dict[str, npt.NDArray[np.generic]] = {"cells": cells, "commune": commune[inside].astype(np.int32)}
    if heights is not None:
        out |= {key: values[inside].astype(np.float32) for key, values in relief.of_box(heights, box, inside).items()}
    points = middles(cells)
    for key, file in NEAR.items():
        far = _far(workspace, points, file, units, key not in WHOLE)
        out |= {} if far is None else {key: far.astype(np.float32)}
    out |= {key: values.astype(np.float32) for key, values in _cover(workspace, box, inside, points).items()}
    return out


def _far(
    workspace: Workspace, points: Floats, file: tuple[str, str], units: Sequence[AdminUnit], ends: bool
) -> Floats | None:
    """Return the distance to what a file draws; to roads and the like only round the communes, to a border anywhere.

    A file that ``ends`` tells nothing further than :data:`EXTENT_M` outside the box round what it draws: NaN.
    """
    bounds: tuple[float, ...] = ()
    if ends:
        west, south, east, north = shapely.total_bounds(np.array([unit.geometry for unit in units], dtype=object))
        bounds = west - REACH_DEG, south - REACH_DEG, east + REACH_DEG, north + REACH_DEG
    shapes = set_layers.shapes(workspace.settings, workspace.folder, *file, bounds=bounds)
    here = _here(shapes or ())
    far = nearness.distances(points, here)
    if far is not None and ends:
        far[nearness.outside(points, here, EXTENT_M)] = np.nan
    return far


def _here(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    return [geo.project(shape, geo.WGS84, geo.UTM48) for shape in shapes]


def _cover(workspace: Workspace, box: sub.Box, inside: npt.NDArray[np.bool_], points: Floats) -> dict[str, Floats]:
    """Return what is known of forest, limestone and old swidden."""
    out: dict[str, Floats] = {}
    forest = walks.forest(workspace)
    if forest is not None:
        more = int(MARGIN_M / SUBCELL_M)
        wide = sub.Box(box.column - more, box.row - more, box.columns + 2 * more, box.rows + 2 * more)
        mask = nearness.covered(wide, forest, FOREST_FINER)
        out["forest_share"] = nearness.share(wide, mask)[more:-more, more:-more][inside]
        edge = nearness.to_points(points, nearness.edges(wide, mask))
        out |= {} if edge is None else {"forest_edge_m": edge}
        beyond = nearness.outside(points, forest, EXTENT_M)
        out = {key: np.where(beyond, np.nan, values) for key, values in out.items()}
    karst = set_layers.shapes(workspace.settings, workspace.folder, "risk", "karst")
    if karst is not None:
        out["karst"] = nearness.share(box, nearness.covered(box, _here(karst), KARST_FINER))[inside]
    swidden = set_layers.path(workspace.settings, workspace.folder, "risk", "swidden")
    if swidden is not None:
        out["swidden_share"] = bare.averaged(swidden, box)[inside]
    return out
