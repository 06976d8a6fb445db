"""Returns to old places: where somebody looked again in a later season, and whether poppy stood there.

A place is gone back to in a season if a visit to it decided whether poppy stood there, or if poppy was found there.
Else the search of its cell counts as p of a return, by the season's tracks. A season in which nobody came near tells
nothing: its places are not taken for fallow.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import Season
from eradication.history import History
from eradication.pipeline.risk import found
from eradication.pipeline.risk.ground import Ground
from eradication.pipeline.risk.policing import result_of
from eradication.pipeline.risk.season import Rows
from eradication.risk import visited
from eradication.risk.reuse import Returns, fading

DECIDED = frozenset({visited.FOUND, visited.REJECTED})

type Floats = npt.NDArray[np.float64]


def returns(told: History, rows: Sequence[Rows], ground: Ground, until: Season) -> Returns:
    """Return the returns to places of earlier seasons that were made until the end of a season.

    Args:
        told: plots and visits.
        rows: search of the seasons in which anybody walked.
        ground: the cells of ``rows``.
        until: the last season that is looked at.
    """
    finds = _finds(told, until.start_year)
    plots = sorted(plot for plot, years in finds.items() if min(years) < until.start_year)
    if not plots:
        return Returns(0, 0.0, 0, 0.0)
    searched = _searched(told, plots, rows, ground)
    seen: dict[str, set[int]] = {}
    for visit in told.recorded:
        if result_of(visit) in DECIDED:
            seen.setdefault(visit.plot_id, set()).add(told.season_of(visit).start_year)
    made, again, weight = 0.0, 0, 0.0
    for n, plot in enumerate(plots):
        p = {year: float(of[n]) for year, of in searched.items() if of[n] > 0}
        looked = p | dict.fromkeys(seen.get(plot, set()) | finds[plot], 1.0)
        for year, chance, age in _later(looked, finds[plot], until.start_year):
            made += chance
            again += year in finds[plot]
            weight += chance * float(fading(np.array(age)))
    return Returns(len(plots), made, again, weight)


def _later(looked: Mapping[int, float], found_in: set[int], until: int) -> Iterator[tuple[int, float, int]]:
    """Return the seasons after the first find until the last one: year, part of a return, seasons since poppy stood."""
    for year, chance in sorted(looked.items()):
        before = [one for one in found_in if one < year]
        if before and year <= until:
            yield year, chance, year - max(before)


def _finds(told: History, until: int) -> dict[str, set[int]]:
    """Return plot → first years of the seasons in which poppy was found there."""
    out: dict[str, set[int]] = {}
    for episode in told.episodes:
        if found.is_plot(episode) and episode.season.start_year <= until:
            out.setdefault(episode.plot.id, set()).add(episode.season.start_year)
    return out


def _searched(told: History, plots: Sequence[str], rows: Sequence[Rows], ground: Ground) -> dict[int, Floats]:
    """Return first year of a season → p with which the cells of plots were searched, shape (plot,); 0 outside."""
    by_id = {episode.plot.id: episode.plot for episode in told.episodes}
    at = ground.find(found.cells_of([geo.centre(by_id[plot].geometry) for plot in plots]))
    return {row.season.start_year: np.where(at >= 0, row.searched[at], 0.0) for row in rows}
