"""What the risk surface foretells of a season it has not seen, and a day's plan from it, in a simulated province."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.config import Effort
from eradication.config.planning import Risk
from eradication.domain import Season
from eradication.pipeline.rehearsal import knowledge
from eradication.pipeline.rehearsal.knowledge import History
from eradication.pipeline.rehearsal.outings import Halt, Mixed, Morning
from eradication.pipeline.rehearsal.planned import Planned
from eradication.pipeline.rehearsal.running import BEFORE, HOURS, patrolled
from eradication.pipeline.rehearsal.travel import Grounds
from eradication.risk import deciles, factors, surface
from eradication.simulation.province_seasons import Year, seasons
from eradication.simulation.province_walks import Diary

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """The surface before a season's first walk, and the truth of that season; simulated."""

    grounds: Grounds
    history: History
    year: Year
    fit: surface.Fit
    risk: Floats
    """Expected plots of each cell, shape (cell,)."""
    plots: Floats
    """Truth: plots that stand in each cell."""
    captured: dict[str, Any]
    """Share of the true plots in the riskiest deciles, of all cells and of those nobody ever searched, see
    :func:`eradication.risk.deciles.on_truth`."""

    def raster(self, values: Floats) -> Floats:
        """Return values of cells as a raster, NaN abroad, shape (row, col)."""
        grid = self.grounds.province.grid
        out = np.full(grid.commune.shape, np.nan)
        out[grid.row, grid.col] = values
        return out


@dataclass(frozen=True, slots=True, eq=False)
class DayPlan:
    """A day's round trip in a simulated province."""

    xy: Floats
    """The way, EPSG:32648, shape (vertex, 2)."""
    stops: tuple[Halt, ...]
    stops_xy: Floats
    """Middles of the cells of the stops, shape (stop, 2)."""
    hours: float


def foretell(grounds: Grounds, *, seasons_before: int = 3) -> Foretold:
    """Patrol some seasons half by habit, half by score, fit the surface to them, and look at the season after.

    The surface knows nothing of the season it is judged by: neither its finds nor its candidates nor its tips, but the
    ground, what was searched and found before, and the experts' belief.
    """
    province = grounds.province
    years = seasons(province, Season(2015), BEFORE + seasons_before + 1)[BEFORE:]
    history, missed = History(), np.ones(province.cells)
    for number in range(seasons_before):
        diary, _, _ = patrolled(grounds, years[number], Mixed(), history, number)
        missed *= 1.0 - diary.p
        history.after(diary)
    after = Diary(province, years[-1], Effort(), np.random.default_rng(province.seed))
    known = knowledge.raw(province, history, after, years[-1].season.first_day.toordinal())
    known["satellite"] = np.zeros(province.cells)
    design = factors.describe(known)
    fit = knowledge.fitted(province, history, design, Risk())
    risk = surface.intensity(fit, design.of(fit.names)).mean
    plots = np.bincount(years[-1].plots.cell, minlength=province.cells).astype(float)
    near = known.get("past_near_m")
    told = {"risk": risk, "distance_m": np.full(province.cells, np.nan) if near is None else near}
    block = province.grid.commune[province.grid.row, province.grid.col]
    captured = deciles.on_truth(told, plots, 1.0 - missed, block, province.seed)
    return Foretold(grounds, history, years[-1], fit, risk, plots, captured)


def day_plan(foretold: Foretold, post: int, *, day: str = "03-01", hours: float = HOURS) -> DayPlan:
    """Return the plan of one post for a day (MM-DD) of the season that was foretold, as nobody has walked in it yet."""
    grounds, year = foretold.grounds, foretold.year
    province = grounds.province
    rng = np.random.default_rng([province.seed, post])
    diary = Diary(province, year, Effort(), rng)
    planned, when = Planned(), year.season.day(day).toordinal()
    planned.begin(grounds, diary, foretold.history, when)
    morning = Morning(grounds, grounds.window(post), diary, foretold.history, post, when, hours, rng)
    outing = planned.outing(morning)
    cells: list[int] = []
    for a, b in zip(outing.order[:-1], outing.order[1:], strict=True):
        cells.extend(reversed(outing.ways.passed(a, b)) if a != b else [])
    at = np.array(cells, np.int64)
    row, col = np.divmod(at, morning.window.columns)
    xy = province.grid.xy(row + morning.window.top, col + morning.window.left)
    stops = province.xy[np.array([halt.cell for halt in outing.halts], np.int64)].reshape(-1, 2)
    return DayPlan(xy, outing.halts, stops, outing.seconds(morning) / 3600.0)
