"""Each season as it was known before its walks: earlier plots, tips, candidates; and what its walks searched and found.

Nothing is told by what it is to foretell. *Earlier plots* are those of earlier seasons. *Candidates* and *tips* of the
season count from when they were proposed: one that came after poppy was found in its cell counts not at all. (A
simulated season is over when its images are looked at, so there all of its candidates count.) *Old
swidden* is told by images of the years before, unless the settings name a map. What else the ground is like does not
change with the season and is told by :mod:`eradication.pipeline.risk.ground`.

*Finds* are those of searches: what a run, a tip, a list or a plan had led to is counted apart, see
:mod:`eradication.pipeline.risk.found`. A find without a track that leads to it tells nothing of how many plots a search
finds, for nobody knows what was searched and not found; of what is left its cell counts as searched like the other
cells with finds.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import pi
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import Candidate, CandidateSource, EventKind, Season, State
from eradication.history import History
from eradication.history.payload import candidate_from
from eradication.pipeline import projection
from eradication.pipeline.risk import bare, found, past, searching
from eradication.pipeline.risk.found import Found
from eradication.pipeline.risk.ground import Ground
from eradication.pipeline.risk.past import Field, Past, Places
from eradication.pipeline.risk.searching import SEVERAL
from eradication.pipeline.workspace import Workspace
from eradication.risk.factors import Design
from eradication.risk.factors import describe as described

NAMES = ("past_near_m", "past_density", "tips_density", "satellite")
TIP_M = 125.0
"""Least standard deviation of the kernel round a tip: half a cell; assumed."""
REFUTED = frozenset({State.REJECTED, State.DISMISSED})

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
    earlier = Past.of(field, _plots(told))
    signs = signs_of(workspace, told, as_of)
    return tuple(_row(workspace, season, ground, (earlier, signs, told), as_of) for season in seasons)


def describe(ground: Ground, raw: Raw, reuse_floor_m: float) -> Design:
    """Describe the cells by all that is known of the ground and of a season."""
    design = described({**ground.raw, **raw}, reuse_floor_m, cells=ground.cells)
    # Where nothing at all is known there is still a row for each cell.
    return design if design.names else replace(design, x=np.zeros((len(ground.cells), 0)))


def why_missing(
    workspace: Workspace, season: Season, ground: Ground, design: Design, as_of: datetime | None = None
) -> dict[str, str]:
    """Return the factors that nothing tells of in a season although no file is needed for them, each with why."""
    if "swidden_share" not in design.missing or workspace.settings.risk.swidden:
        return {}
    return {"swidden_share": bare.of_season(workspace, season, ground.cells, as_of).why}


def reuse(told: History, season: Season) -> tuple[int, int]:
    """Return how many places were found before a season, and how many of them again in a later one until then."""
    plots = ((episode.plot.id, episode.season.start_year) for episode in told.episodes if found.is_plot(episode))
    return past.reused(plots, season.start_year)


@dataclass(frozen=True, slots=True)
class Sign:
    """A candidate, a reading or a tip of a season."""

    candidate: Candidate
    plot: str
    when: datetime
    """From when on anybody could know of it."""


def _row(
    workspace: Workspace,
    season: Season,
    ground: Ground,
    knowledge: tuple[Past, Sequence[Sign], History],
    as_of: datetime | None,
) -> Rows:
    earlier, signs, told = knowledge
    walked = searching.of_season(workspace, season, as_of)
    first = found.of_season(workspace, season, ground, told, as_of)
    finds = first.by_search
    at = ground.find(walked.cell)
    inside = at >= 0
    p, unit = np.zeros(len(ground.cells)), np.full(len(ground.cells), SEVERAL)
    p[at[inside]], unit[at[inside]] = walked.p[inside], walked.unit[inside]
    untracked = (finds > 0) & (p == 0)
    p[untracked] = _usual(p, finds)
    mine = [sign for sign in signs if sign.candidate.season == season]
    before, still = _sorted(mine, first.times, told, simulated=projection.is_simulated(workspace, as_of))
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
        MappingProxyType(raw | _drawn(before, earlier.field, ground.cells, kinds)),
        MappingProxyType(raw | _drawn(still, earlier.field, ground.cells, kinds)),
        walked.hours,
        walked.patrols,
    )


def _swidden(workspace: Workspace, season: Season, ground: Ground, as_of: datetime | None) -> dict[str, Floats | None]:
    """Return what runs saw of old swidden, if the settings name no map of it, which the ground then tells."""
    if workspace.settings.risk.swidden:
        return {}
    return {"swidden_share": bare.of_season(workspace, season, ground.cells, as_of).share}


def _sorted(
    signs: Sequence[Sign], times: Mapping[object, datetime], told: History, *, simulated: bool
) -> tuple[list[Sign], list[Sign]]:
    """Return the signs known before poppy was found at their plot or in their cell, and those that still say something.

    Those still say something that were neither rejected nor dismissed; of later ones, those of plots not found.
    """
    states = {(episode.plot.id, episode.season): episode.state for episode in told.episodes}
    cells = found.cells_of([(sign.candidate.lon, sign.candidate.lat) for sign in signs]).tolist()
    before, still = [], []
    for sign, cell in zip(signs, cells, strict=True):
        when = min((times[key] for key in (sign.plot, cell) if key in times), default=None)
        known = simulated or when is None or sign.when <= when
        if known:
            before.append(sign)
        if states.get((sign.plot, sign.candidate.season)) not in REFUTED and (known or sign.plot not in times):
            still.append(sign)
    return before, still


def _usual(p: Floats, finds: Floats) -> float:
    """Return the mean p of cells with finds to which a track leads, else of all searched cells, else 0."""
    tracked = p[(finds > 0) & (p > 0)]
    tracked = tracked if len(tracked) else p[p > 0]
    return float(tracked.mean()) if len(tracked) else 0.0


def _plots(told: History) -> dict[int, list[tuple[float, float]]]:
    """Return the places (EPSG:32648) at which poppy was found, by the first year of the season."""
    mine = [episode for episode in told.episodes if found.is_plot(episode)]
    out: dict[int, list[tuple[float, float]]] = {}
    for episode, (east, north) in zip(mine, found.metres([geo.centre(e.ground) for e in mine]).tolist(), strict=True):
        out.setdefault(episode.season.start_year, []).append((east, north))
    return out


def _start(payload: Mapping[str, object]) -> bool:
    patrol = payload["patrol"]
    return isinstance(patrol, Mapping) and bool(patrol["start"]) and patrol["kind"] == "track"


def signs_of(workspace: Workspace, told: History, as_of: datetime | None) -> list[Sign]:
    """Return every candidate, reading and tip, from when on it could be known."""
    out = []
    for event in workspace.store.events(as_of=as_of, kinds=[EventKind.CANDIDATE_PROPOSED]):
        candidate = candidate_from(event.payload["candidate"])
        plot = told.plot(str(event.payload["plot_id"]))
        name = str(event.payload["plot_id"]) if plot is None else plot.id
        out.append(Sign(candidate, name, max(event.recorded_at, event.happened_at)))
    return out


def _is_looked_at(workspace: Workspace, season: Season, as_of: datetime | None) -> bool:
    """Tell whether a run looked at images of a season."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RUN_FINISHED])
    return any(event.payload["season"] == season.label for event in events)


def _drawn(
    signs: Sequence[Sign], field: Field, cells: Ints, kinds: Collection[CandidateSource]
) -> dict[str, Floats | None]:
    """Return ``tips_density`` and ``satellite`` of cells, ``None`` if the season has none of that kind at all."""
    out: dict[str, Floats | None] = {"tips_density": None, "satellite": None}
    if CandidateSource.TIP in kinds:
        tips = list(_of(signs, CandidateSource.TIP))
        radius = np.array([(geo.area_m2(tip.geometry) / pi) ** 0.5 for tip in tips])
        drawn = past.density(field, Places(found.metres([(tip.lon, tip.lat) for tip in tips]), radius), TIP_M)
        out["tips_density"] = field.at(cells, drawn)
    if CandidateSource.SATELLITE in kinds:
        seen = list(_of(signs, CandidateSource.SATELLITE))
        scores = np.array([one.score for one in seen], float)
        drawn = past.highest(field, found.metres([(one.lon, one.lat) for one in seen]), scores)
        out["satellite"] = field.at(cells, drawn)
    return out


def _of(signs: Sequence[Sign], source: CandidateSource) -> Iterator[Candidate]:
    return (sign.candidate for sign in signs if sign.candidate.source is source)
