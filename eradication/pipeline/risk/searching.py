"""How well each cell was searched in a season, by whom, and since when, kept while the season's walks stay the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import effort
from eradication.domain import Season
from eradication.domain.event import iso
from eradication.effort.lines import Lines, join
from eradication.effort.strips import STRIDE, SUBCELL_M, number
from eradication.pipeline import set_layers, walks
from eradication.pipeline.kept import Find
from eradication.pipeline.risk import keeping
from eradication.pipeline.walks import Walks
from eradication.pipeline.workspace import Workspace

FORMAT = 2
SEVERAL = -1
"""Instead of a unit: several came near, or nobody knows who."""
_BESIDE = np.array([up * STRIDE + right for up in (-1, 0, 1) for right in (-1, 0, 1)])
_LATE = np.iinfo(np.int64).max

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
    since: Ints
    """First local day (``date.toordinal``) on which anybody walked in a cell or beside it, whatever they found."""
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
        return Searched(nothing, np.empty(0), nothing, nothing, (), 0.0, 0)
    hours = effort.summarise(known.summaries, season=season).hours
    units = tuple(sorted({str(patrol["unit"]) for patrol in known.summaries}))
    name = _name(workspace, season, known, walks.finds_of(workspace, season, as_of))
    found = keeping.read(workspace, "search", name)
    if found is None or not {"cell", "p", "unit", "since"} <= found.keys():
        found = _computed(workspace, season, known, as_of, units)
        keeping.write(workspace, "search", name, found)
    cell, unit, since = (found[key].astype(np.int64) for key in ("cell", "unit", "since"))
    return Searched(cell, found["p"].astype(np.float64), unit, since, units, hours, len(known.summaries))


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
    return {"cell": cell, "p": found.p, "unit": _units(taken, units, cell), "since": _since(taken, cell)}


def _units(taken: Walks, units: tuple[str, ...], cell: Ints) -> Ints:
    """Return the only unit that has a fix in a cell or beside it, ``SEVERAL`` where there are more or none."""
    out, count = np.full(len(cell), SEVERAL), np.zeros(len(cell), np.int64)
    for index, unit in enumerate(units):
        mine = sorted(str(patrol["id"]) for patrol in taken.summaries if str(patrol["unit"]) == unit)
        xy = join(taken.lines[key] for key in mine).xy
        near = np.unique(np.unique(number(xy[:, 0], xy[:, 1]))[:, None] + _BESIDE)
        here = np.isin(cell, near)
        out[here], count[here] = index, count[here] + 1
    alone: Ints = np.where(count == 1, out, SEVERAL)
    return alone


def _since(taken: Walks, cell: Ints) -> Ints:
    """Return the first day on which a walk has a fix in a cell or beside it.

    A strip that reaches further than a cell counts from the first walk of the season.
    """
    parts = [_days(patrol, taken.lines[str(patrol["id"])]) for patrol in taken.summaries]
    near = np.concatenate([(where[:, None] + _BESIDE).ravel() for where, _ in parts])
    day = np.concatenate([np.repeat(days, len(_BESIDE)) for _, days in parts])
    at = np.searchsorted(cell, near).clip(max=max(len(cell) - 1, 0))
    hit = cell[at] == near if len(cell) else np.zeros(len(near), bool)
    out = np.full(len(cell), _LATE)
    np.minimum.at(out, at[hit], day[hit])
    out[out == _LATE] = int(day.min(initial=_LATE))
    return out


def _days(patrol: Mapping[str, Any], line: Lines) -> tuple[Ints, Ints]:
    """Return the cells with a fix of a walk, each with its first day; of thinned walks those of its square kilometres.

    (What is recorded of a walk names square kilometres by day, and stays when its track goes.)
    """
    if len(line.day):
        order = np.argsort(line.day, kind="stable")
        where, first = np.unique(number(line.xy[order, 0], line.xy[order, 1]), return_index=True)
        return where, line.day[order][first].astype(np.int64)
    side = int(1000 // SUBCELL_M)
    inside = np.array([up * STRIDE + right for up in range(side) for right in range(side)])
    corners, days = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for day, squares in patrol["cells"].items():
        east, north = np.array([[int(km) for km in name.split("_")] for name in squares], np.int64).reshape(-1, 2).T
        corners.append(((north * side * STRIDE + east * side)[:, None] + inside).ravel())
        days.append(np.full(len(east) * len(inside), date.fromisoformat(day).toordinal(), np.int64))
    return np.concatenate(corners), np.concatenate(days)
