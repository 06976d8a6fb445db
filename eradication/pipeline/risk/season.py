"""Each season as it was known before its walks: earlier plots, tips, candidates; and what its walks searched and found.

Nothing is told by what it is to foretell. *Earlier plots* are those of earlier seasons. *Candidates* and *tips* of the
season count from when they were proposed: one that came after poppy was found in its cell counts not at all. (A
simulated season is over when its images are looked at, so there all of its candidates count.) *Old
swidden* is told by images of the years before, unless the settings name a map. What else the ground is like does not
change with the season and is told by :mod:`eradication.pipeline.risk.ground`.

A find without a track that leads to it counts as if its cell had been searched like the other cells with finds.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import pi
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import Candidate, CandidateSource, Crop, Episode, EventKind, Season, State
from eradication.effort.strips import number
from eradication.history import History
from eradication.history.payload import candidate_from
from eradication.pipeline import projection, walks
from eradication.pipeline.risk import bare, past, searching
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
    """Plots first found in the season."""
    untracked: npt.NDArray[np.bool_]
    """Cells whose p is such a mean."""
    unit: Ints
    """Index in ``units`` of the only unit that came near, -1 if several did or nobody."""
    units: tuple[str, ...]
    raw: Raw
    """Seasonal measures as known before the walks, ``None`` where there is nothing to tell them from."""
    raw_now: Raw
    """The same without what was rejected or dismissed since."""
    outside: int
    """Finds outside every commune, which enter nothing."""
    hours: float
    patrols: int

    @property
    def searched(self) -> Floats:
        """What tracks alone say of p."""
        out: Floats = np.where(self.untracked, 0.0, self.p)
        return out


def known(workspace: Workspace, last: Season, as_of: datetime | None = None) -> tuple[Season, ...]:
    """Return the seasons until ``last`` in which anybody walked or found anything, and ``last`` itself."""
    patrols = workspace.store.events(as_of=as_of, kinds=[EventKind.PATROL_RECORDED])
    started = {Season.of(datetime.fromisoformat(e.payload["patrol"]["start"])) for e in patrols if _start(e.payload)}
    found = {episode.season for episode in projection.replayed(workspace, as_of=as_of).episodes if _is_plot(episode)}
    return tuple(sorted(season for season in {*started, *found, last} if season.start_year <= last.start_year))


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
    signs = _signs(workspace, told, as_of)
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
    found = ((episode.plot.id, episode.season.start_year) for episode in told.episodes if _is_plot(episode))
    return past.reused(found, season.start_year)


@dataclass(frozen=True, slots=True)
class _Sign:
    """A candidate or a tip of a season."""

    candidate: Candidate
    plot: str
    when: datetime
    """From when on anybody could know of it."""


def _row(
    workspace: Workspace,
    season: Season,
    ground: Ground,
    knowledge: tuple[Past, Sequence[_Sign], History],
    as_of: datetime | None,
) -> Rows:
    earlier, signs, told = knowledge
    walked = searching.of_season(workspace, season, as_of)
    finds, times, outside = _finds(workspace, season, ground, told, as_of)
    at = ground.find(walked.cell)
    inside = at >= 0
    p, unit = np.zeros(len(ground.cells)), np.full(len(ground.cells), SEVERAL)
    p[at[inside]], unit[at[inside]] = walked.p[inside], walked.unit[inside]
    untracked = (finds > 0) & (p == 0)
    p[untracked] = _usual(p, finds)
    mine = [sign for sign in signs if sign.candidate.season == season]
    before, still = _sorted(mine, times, told, simulated=projection.is_simulated(workspace, as_of))
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
        untracked,
        unit,
        walked.units,
        MappingProxyType(raw | _drawn(before, earlier.field, ground.cells, kinds)),
        MappingProxyType(raw | _drawn(still, earlier.field, ground.cells, kinds)),
        outside,
        walked.hours,
        walked.patrols,
    )


def _swidden(workspace: Workspace, season: Season, ground: Ground, as_of: datetime | None) -> dict[str, Floats | None]:
    """Return what runs saw of old swidden, if the settings name no map of it, which the ground then tells."""
    if workspace.settings.risk.swidden:
        return {}
    return {"swidden_share": bare.of_season(workspace, season, ground.cells, as_of).share}


def _sorted(
    signs: Sequence[_Sign], times: Mapping[object, datetime], told: History, *, simulated: bool
) -> tuple[list[_Sign], list[_Sign]]:
    """Return the signs known before poppy was found at their plot or in their cell, and those that still say something.

    Those still say something that were neither rejected nor dismissed; of later ones, those of plots not found.
    """
    states = {(episode.plot.id, episode.season): episode.state for episode in told.episodes}
    cells = _cells_of([(sign.candidate.lon, sign.candidate.lat) for sign in signs]).tolist()
    before, still = [], []
    for sign, cell in zip(signs, cells, strict=True):
        found = min((times[key] for key in (sign.plot, cell) if key in times), default=None)
        known = simulated or found is None or sign.when <= found
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


def _finds(
    workspace: Workspace, season: Season, ground: Ground, told: History, as_of: datetime | None
) -> tuple[Floats, dict[object, datetime], int]:
    """Return the plots first found in each cell, when that was by plot and by cell, and how many lie outside."""
    poppy = {e.plot.id for e in told.episodes if e.season == season and _is_poppy(e)}
    found = {plot: find for plot, find in walks.finds_of(workspace, season, as_of).items() if plot in poppy}
    out, times = np.zeros(len(ground.cells)), dict[object, datetime]()
    cells = _cells_of([(find.lon, find.lat) for find in found.values()])
    at = ground.find(cells)
    np.add.at(out, at[at >= 0], 1.0)
    for (plot, find), cell in zip(found.items(), cells.tolist(), strict=True):
        times |= {plot: find.at, cell: min(find.at, times.get(cell, find.at))}
    return out, times, int((at < 0).sum())


def _cells_of(lonlat: Sequence[tuple[float, float]]) -> Ints:
    xy = _metres(lonlat)
    return number(xy[:, 0], xy[:, 1])


def _metres(lonlat: Sequence[tuple[float, float]]) -> Floats:
    """Return places in EPSG:32648, shape (place, 2)."""
    if not lonlat:
        return np.empty((0, 2))
    east, north = geo.transformer(geo.WGS84, geo.UTM48).transform(*np.array(lonlat, float).T)
    return np.column_stack([east, north])


def _plots(told: History) -> dict[int, list[tuple[float, float]]]:
    """Return the places (EPSG:32648) at which poppy was found, by the first year of the season."""
    mine = [episode for episode in told.episodes if _is_plot(episode)]
    out: dict[int, list[tuple[float, float]]] = {}
    for episode, (east, north) in zip(mine, _metres([geo.centre(e.ground) for e in mine]).tolist(), strict=True):
        out.setdefault(episode.season.start_year, []).append((east, north))
    return out


def _is_poppy(episode: Episode) -> bool:
    return episode.crop in ("", Crop.OPIUM_POPPY)


def _is_plot(episode: Episode) -> bool:
    return episode.detected_m2 > 0 and _is_poppy(episode)


def _start(payload: Mapping[str, object]) -> bool:
    patrol = payload["patrol"]
    return isinstance(patrol, Mapping) and bool(patrol["start"]) and patrol["kind"] == "track"


def _signs(workspace: Workspace, told: History, as_of: datetime | None) -> list[_Sign]:
    """Return every candidate of a satellite and every tip, from when on it could be known."""
    out = []
    for event in workspace.store.events(as_of=as_of, kinds=[EventKind.CANDIDATE_PROPOSED]):
        candidate = candidate_from(event.payload["candidate"])
        plot = told.plot(str(event.payload["plot_id"]))
        name = str(event.payload["plot_id"]) if plot is None else plot.id
        out.append(_Sign(candidate, name, max(event.recorded_at, event.happened_at)))
    return out


def _is_looked_at(workspace: Workspace, season: Season, as_of: datetime | None) -> bool:
    """Tell whether a run looked at images of a season."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RUN_FINISHED])
    return any(event.payload["season"] == season.label for event in events)


def _drawn(
    signs: Sequence[_Sign], field: Field, cells: Ints, kinds: Collection[CandidateSource]
) -> dict[str, Floats | None]:
    """Return ``tips_density`` and ``satellite`` of cells, ``None`` if the season has none of that kind at all."""
    out: dict[str, Floats | None] = {"tips_density": None, "satellite": None}
    if CandidateSource.TIP in kinds:
        tips = list(_of(signs, CandidateSource.TIP))
        radius = np.array([(geo.area_m2(tip.geometry) / pi) ** 0.5 for tip in tips])
        drawn = past.density(field, Places(_metres([(tip.lon, tip.lat) for tip in tips]), radius), TIP_M)
        out["tips_density"] = field.at(cells, drawn)
    if CandidateSource.SATELLITE in kinds:
        seen = list(_of(signs, CandidateSource.SATELLITE))
        scores = np.array([one.score for one in seen], float)
        drawn = past.highest(field, _metres([(one.lon, one.lat) for one in seen]), scores)
        out["satellite"] = field.at(cells, drawn)
    return out


def _of(signs: Sequence[_Sign], source: CandidateSource) -> Iterator[Candidate]:
    return (sign.candidate for sign in signs if sign.candidate.source is source)
