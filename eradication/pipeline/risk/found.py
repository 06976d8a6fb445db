"""What was found first in a season, and which of it a search found: what nothing had led to.

A patrol that goes straight to a candidate finds it for certain, although it searched hardly anything of the cell. Such
a find says nothing of how many plots a search finds: counted against the small p of its cell it would make the whole
province full of poppy. So finds are divided into those of the *search* and those that were *foretold*, see
:func:`eradication.pipeline.foreseen.is_led_to`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import Crop, Episode, Outcome, Season, Visit
from eradication.effort.strips import number
from eradication.history import History
from eradication.pipeline import foreseen, walks
from eradication.pipeline.kept import Find
from eradication.pipeline.risk.ground import Ground
from eradication.pipeline.workspace import Workspace

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The first finds of a season on the cells of the ground."""

    by_search: Floats
    """Plots that a search found, shape (cell,)."""
    foretold: Floats
    """Plots that something had led to, shape (cell,)."""
    areas_m2: Floats
    """Measured areas of what searches found, also outside the communes, shape (plot,)."""
    times: Mapping[object, datetime]
    """Plot, and number of the cell → when poppy was found there first, however that came."""
    outside: int
    """Finds of searches outside every commune, which enter nothing."""
    foretold_outside: int
    """The same of what was foretold."""

    @property
    def foretold_count(self) -> int:
        """Finds that something had led to, wherever they lie."""
        return round(float(self.foretold.sum())) + self.foretold_outside


def of_season(
    workspace: Workspace, season: Season, ground: Ground, told: History, as_of: datetime | None = None
) -> Found:
    """Return what was found first in a season, as recorded until ``as_of`` (default: now)."""
    poppy = {e.plot.id: e for e in told.episodes if e.season == season and is_poppy(e)}
    finds = {plot: find for plot, find in walks.finds_of(workspace, season, as_of).items() if plot in poppy}
    led = _led(workspace, season, told, as_of, [(poppy[plot], find) for plot, find in finds.items()])
    times: dict[object, datetime] = {}
    cells = cells_of([(find.lon, find.lat) for find in finds.values()])
    at = ground.find(cells)
    for (plot, find), cell in zip(finds.items(), cells.tolist(), strict=True):
        times |= {plot: find.at, cell: min(find.at, times.get(cell, find.at))}
    own, inside = [poppy[plot].detected_m2 for plot in finds], at >= 0
    areas = np.array(own, float)[~led]
    return Found(
        _counted(at[inside & ~led], ground),
        _counted(at[inside & led], ground),
        areas[areas > 0],
        times,
        int((~inside & ~led).sum()),
        int((~inside & led).sum()),
    )


def _counted(at: Ints, ground: Ground) -> Floats:
    return np.bincount(at, minlength=len(ground.cells)).astype(float)


def _led(
    workspace: Workspace,
    season: Season,
    told: History,
    as_of: datetime | None,
    finds: Sequence[tuple[Episode, Find]],
) -> npt.NDArray[np.bool_]:
    """Tell of each find whether something led to it, shape (find,)."""
    if not finds:
        return np.zeros(0, bool)
    known, visits = foreseen.of_season(workspace, season, as_of), _visits(told)
    out = []
    for episode, find in finds:
        visit = visits.get((episode.plot.id, find.unit, find.at))
        moment = find.at if visit is None else known.moment(visit)
        out.append(foreseen.is_led_to(episode, moment, None if visit is None else visit.selection_mode, known))
    return np.array(out, bool)


def _visits(told: History) -> dict[tuple[str, str, datetime], Visit]:
    """Return the visits that may be first finds; of a detection and a destruction in one visit the detection."""
    out: dict[tuple[str, str, datetime], Visit] = {}
    for visit in told.recorded:
        key = visit.plot_id, visit.unit, visit.visited_at
        if visit.outcome is Outcome.DETECTED or (visit.outcome is Outcome.ERADICATED and key not in out):
            out[key] = visit
    return out


def is_poppy(episode: Episode) -> bool:
    """Tell whether it is, or may be, poppy."""
    return episode.crop in ("", Crop.OPIUM_POPPY)


def is_plot(episode: Episode) -> bool:
    """Tell whether poppy was found there in the season."""
    return episode.detected_m2 > 0 and is_poppy(episode)


def cells_of(lonlat: Sequence[tuple[float, float]]) -> Ints:
    """Return the numbers of the cells that hold places (WGS 84)."""
    xy = metres(lonlat)
    return number(xy[:, 0], xy[:, 1])


def metres(lonlat: Sequence[tuple[float, float]]) -> Floats:
    """Return places (WGS 84) in EPSG:32648, shape (place, 2)."""
    if not lonlat:
        return np.empty((0, 2))
    east, north = geo.transformer(geo.WGS84, geo.UTM48).transform(*np.array(lonlat, float).T)
    return np.column_stack([east, north])
