"""How well each cell was searched in a season, and by whom, kept while the season's walks stay the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from eradication import effort
from eradication.domain import Season
from eradication.domain.event import iso
from eradication.effort.lines import join
from eradication.effort.strips import STRIDE, number
from eradication.pipeline import set_layers, walks
from eradication.pipeline.kept import Find
from eradication.pipeline.risk import keeping
from eradication.pipeline.walks import Walks
from eradication.pipeline.workspace import Workspace

FORMAT = 1
SEVERAL = -1
"""Instead of a unit: several came near, or nobody knows who."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """Cells that a season's walks came near."""

    cell: Ints
    """Numbers, ascending."""
    p: Floats
    """Searched with p."""
    unit: Ints
    """Index in ``units`` of the only unit that came near, ``SEVERAL`` of more than one."""
    units: tuple[str, ...]
    hours: float
    """On the move, of all walks of the season."""
    patrols: int


def of_season(workspace: Workspace, season: Season, as_of: datetime | None = None) -> Searched:
    """Return the search of a season, by the walks recorded until ``as_of`` (default: now).

    Raises:
        UnusableInput: the file of forests or the settings cannot be understood.
        StorageFailed: ``record_missing``.
    """
    known = walks.recorded(workspace, season, as_of)
    if not known.summaries:
        nothing = np.empty(0, np.int64)
        return Searched(nothing, np.empty(0), nothing, (), 0.0, 0)
    hours = effort.summarise(known.summaries, season=season).hours
    units = tuple(sorted({str(patrol["unit"]) for patrol in known.summaries}))
    name = _name(workspace, season, known, walks.finds_of(workspace, season, as_of))
    found = keeping.read(workspace, "search", name)
    if found is None or not {"cell", "p", "unit"} <= found.keys():
        found = _computed(workspace, season, known, as_of, units)
        keeping.write(workspace, "search", name, found)
    cell, unit = found["cell"].astype(np.int64), found["unit"].astype(np.int64)
    return Searched(cell, found["p"].astype(np.float64), unit, units, hours, len(known.summaries))


def _name(workspace: Workspace, season: Season, known: Walks, finds: Mapping[str, Find]) -> str:
    """Name all that the search rests on: these walks, the forest, and the finds that tell the strip's width."""
    settings = workspace.settings
    forest = set_layers.path(settings, workspace.folder, "effort", "forest")
    trees = keeping.content(forest) if forest and forest.is_file() else str(forest or "")
    told = sorted((str(p["id"]), str(p["unit"]), str(p["start"]), str(p["length_km"])) for p in known.summaries)
    made = sorted((plot, find.unit, find.lon, find.lat, iso(find.at)) for plot, find in finds.items())
    return keeping.named((FORMAT, season.label, told, repr(settings.effort), trees, made))


def _computed(
    workspace: Workspace, season: Season, known: Walks, as_of: datetime | None, units: tuple[str, ...]
) -> dict[str, npt.NDArray[np.generic]]:
    taken = walks.with_lines(workspace, known, season, as_of)
    where = walks.ground_of(workspace, season, taken, as_of)
    found = walks.searched(workspace, season, taken, where)
    cell = found.cell.astype(np.int64)
    return {"cell": cell, "p": found.p, "unit": _units(taken, units, cell)}


def _units(taken: Walks, units: tuple[str, ...], cell: Ints) -> Ints:
    """Return the only unit that has a fix in a cell or beside it, ``SEVERAL`` where there are more or none."""
    beside = np.array([up * STRIDE + right for up in (-1, 0, 1) for right in (-1, 0, 1)])
    out, count = np.full(len(cell), SEVERAL), np.zeros(len(cell), np.int64)
    for index, unit in enumerate(units):
        mine = sorted(str(patrol["id"]) for patrol in taken.summaries if str(patrol["unit"]) == unit)
        xy = join(taken.lines[key] for key in mine).xy
        near = np.unique(np.unique(number(xy[:, 0], xy[:, 1]))[:, None] + beside)
        here = np.isin(cell, near)
        out[here], count[here] = index, count[here] + 1
    alone: Ints = np.where(count == 1, out, SEVERAL)
    return alone
