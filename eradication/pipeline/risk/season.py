"""Each season as it was known before its walks: earlier plots, tips, candidates; and what its walks searched and found.

Nothing is told by what it is to foretell. *Earlier plots* are those of earlier seasons. *Candidates* and *tips* of the
season count in a cell if they were known before the day on which anybody first walked near it in the season, whether or
not anything was found there: one rule for all cells, for were later ones left out only where poppy was found, their
absence would tell of finds. Where nobody walked all of them count. (A simulated season is over when its images are
looked at, so there all of its candidates count everywhere.) *Old
swidden* is told by images of the years before, unless the settings name a map. What else the ground is like does not
change with the season and is told by :mod:`eradication.pipeline.risk.ground`.

*Finds* are those of searches: what a run, a tip, a list or a plan had led to is counted apart, see
:mod:`eradication.pipeline.risk.found`. A find without a track that leads to it tells nothing of how many plots a search
finds, for nobody knows what was searched and not found; of what is left its cell counts as searched like the other
cells with finds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import CandidateSource, EventKind, Season
from eradication.history import History
from eradication.pipeline import projection, walks
from eradication.pipeline.risk import bare, found, searching, signs
from eradication.pipeline.risk.found import Found
from eradication.pipeline.risk.ground import Ground
from eradication.pipeline.risk.past import Field, Past
from eradication.pipeline.risk.searching import SEVERAL
from eradication.pipeline.risk.signs import Sign
from eradication.pipeline.workspace import Workspace
from eradication.risk.factors import FACTORS, Design
from eradication.risk.factors import describe as described

NAMES = ("past_near_m", "past_density", "tips_density", "satellite")
PAST = NAMES[:2]
"""What plots of earlier seasons tell."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Raw = Mapping[str, Floats | None]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One season on the cells of :class:`Ground`, in their order."""

    season: Season
    cells: Ints
    commune: Ints
    """Of each, index in the ground's units."""
    p: Floats
    """Searched with p; of a cell with finds to which no track leads the mean p of the other cells with finds."""
    finds: Floats
    """Plots that searches found first in the season: those that no run, no tip and no list had led to."""
    found: Found
    """The same with what was foretold."""
    untracked: npt.NDArray[np.bool_]
    """Cells whose p is such a mean."""
    unit: Ints
    """Index in ``units`` of the only unit that came near, -1 if several did or nobody."""
    units: tuple[str, ...]
    raw: Raw
    """Seasonal measures as known before the walks, ``None`` where there is nothing to tell them from."""
    raw_now: Raw
    """The same without what was rejected or dismissed since."""
    hours: float
    patrols: int
    earlier: Past | None = None
    """Plots of all seasons, of which ``raw`` tells those before this one."""

    @property
    def outside(self) -> int:
        """Finds of searches outside every commune, which enter nothing."""
        return self.found.outside

    @property
    def searched(self) -> Floats:
        """What tracks alone say of p."""
        out: Floats = np.where(self.untracked, 0.0, self.p)
        return out


def known(workspace: Workspace, last: Season, as_of: datetime | None = None) -> tuple[Season, ...]:
    """Return the seasons until ``last`` in which anybody walked or found anything, and ``last`` itself."""
    patrols = workspace.store.events(as_of=as_of, kinds=[EventKind.PATROL_RECORDED])
    started = {Season.of(datetime.fromisoformat(e.payload["patrol"]["start"])) for e in patrols if _start(e.payload)}
    plots = {e.season for e in projection.replayed(workspace, as_of=as_of).episodes if found.is_plot(e)}
    return tuple(sorted(season for season in {*started, *plots, last} if season.start_year <= last.start_year))


def rows(
    workspace: Workspace, seasons: Sequence[Season], ground: Ground, as_of: datetime | None = None
) -> tuple[Rows, ...]:
    """Return seasons on the cells of the ground, in the order asked.

    Args:
        workspace: whose walks, plots, tips and candidates.
        seasons: each is told by what was known before its walks.
        ground: the cells.
        as_of: cut on ``recorded_at``; ``None`` = now.

    Raises:
        UnusableInput: the file of forests or the settings cannot be understood.
    """
    told = projection.replayed(workspace, as_of=as_of)
    field = Field.of(ground.cells)
    earlier = Past.of(field, *_plots(workspace, told, as_of))
    known = signs.signs_of(workspace, told, as_of)
    return tuple(_row(workspace, season, ground, (earlier, known, told), as_of) for season in seasons)


def describe(ground: Ground, raw: Raw, reuse_floor_m: float) -> Design:
    """Describe the cells by all that is known of the ground and of a season."""
    design = described({**ground.raw, **raw}, reuse_floor_m, cells=ground.cells)
    # Where nothing at all is known there is still a row for each cell.
    return design if design.names else replace(design, x=np.zeros((len(ground.cells), 0)))


def with_past(design: Design, ground: Ground, raw: Raw, reuse_floor_m: float) -> Design:
    """Describe the cells as :func:`describe` would by ``raw``, which differs in plots of earlier seasons alone."""
    now = described({name: raw.get(name) for name in PAST}, reuse_floor_m, cells=ground.cells)
    parts = {factor.name: now if factor.raw in PAST else design for factor in FACTORS}
    names = tuple(name for name, part in parts.items() if name in part.names)
    columns = [parts[name].x[:, parts[name].names.index(name)] for name in names]
    missing = tuple(name for name, part in parts.items() if name in part.missing)
    return Design(names, np.column_stack(columns) if names else np.zeros((len(ground.cells), 0)), missing)


def why_missing(
    workspace: Workspace, season: Season, ground: Ground, design: Design, as_of: datetime | None = None
) -> dict[str, str]:
    """Return the factors that nothing tells of in a season although no file is needed for them, each with why."""
    if "swidden_share" not in design.missing or workspace.settings.risk.swidden:
        return {}
    return {"swidden_share": bare.of_season(workspace, season, ground.cells, as_of).why}


def _row(
    workspace: Workspace,
    season: Season,
    ground: Ground,
    knowledge: tuple[Past, Sequence[Sign], History],
    as_of: datetime | None,
) -> Rows:
    earlier, known, told = knowledge
    walked = searching.of_season(workspace, season, as_of)
    first = found.of_season(workspace, season, ground, told, as_of)
    finds = first.by_search
    at = ground.find(walked.cell)
    inside = at >= 0
    p, unit = np.zeros(len(ground.cells)), np.full(len(ground.cells), SEVERAL)
    p[at[inside]], unit[at[inside]] = walked.p[inside], walked.unit[inside]
    untracked = (finds > 0) & (p == 0)
    p[untracked] = _usual(p, finds)
    mine = [sign for sign in known if sign.candidate.season == season]
    simulated = projection.is_simulated(workspace, as_of)
    until = np.full(len(ground.cells), np.inf)
    until[at[inside]] = np.inf if simulated else walked.since[inside]
    still = signs.still(mine, first.times, told, simulated=simulated)
    kinds = {sign.candidate.source for sign in mine}
    if _is_looked_at(workspace, season, as_of):
        kinds.add(CandidateSource.SATELLITE)
    raw = earlier.before(season.start_year, ground.cells) | _swidden(workspace, season, ground, as_of)
    return Rows(
        season,
        ground.cells,
        ground.commune,
        p,
        finds,
        first,
        untracked,
        unit,
        walked.units,
        MappingProxyType(raw | signs.drawn(mine, earlier.field, ground.cells, kinds, until)),
        MappingProxyType(raw | signs.drawn(still, earlier.field, ground.cells, kinds)),
        walked.hours,
        walked.patrols,
        earlier,
    )


def _swidden(workspace: Workspace, season: Season, ground: Ground, as_of: datetime | None) -> dict[str, Floats | None]:
    """Return what runs saw of old swidden, if the settings name no map of it, which the ground then tells."""
    if workspace.settings.risk.swidden:
        return {}
    return {"swidden_share": bare.of_season(workspace, season, ground.cells, as_of).share}


def _usual(p: Floats, finds: Floats) -> float:
    """Return the mean p of cells with finds to which a track leads, else of all searched cells, else 0."""
    tracked = p[(finds > 0) & (p > 0)]
    tracked = tracked if len(tracked) else p[p > 0]
    return float(tracked.mean()) if len(tracked) else 0.0


def _plots(
    workspace: Workspace, told: History, as_of: datetime | None
) -> tuple[dict[int, list[tuple[float, float]]], dict[int, list[str]]]:
    """Return where poppy was found (EPSG:32648), and by which unit first, by the first year of the season."""
    mine = [episode for episode in told.episodes if found.is_plot(episode)]
    finds = {of: walks.finds_of(workspace, of, as_of) for of in {episode.season for episode in mine}}
    places: dict[int, list[tuple[float, float]]] = {}
    finders: dict[int, list[str]] = {}
    for episode, (east, north) in zip(mine, found.metres([geo.centre(e.ground) for e in mine]).tolist(), strict=True):
        find = finds[episode.season].get(episode.plot.id)
        places.setdefault(episode.season.start_year, []).append((east, north))
        finders.setdefault(episode.season.start_year, []).append("" if find is None else find.unit)
    return places, finders


def _start(payload: Mapping[str, object]) -> bool:
    patrol = payload["patrol"]
    return isinstance(patrol, Mapping) and bool(patrol["start"]) and patrol["kind"] == "track"


def _is_looked_at(workspace: Workspace, season: Season, as_of: datetime | None) -> bool:
    """Tell whether a run looked at images of a season."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RUN_FINISHED])
    return any(event.payload["season"] == season.label for event in events)
