"""The walks of a season that count as effort, and the ground they are counted on: communes and strip widths.

Loaded late: it brings rasterio.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication import effort, geo
from eradication.config import Effort
from eradication.domain import TIMEZONE, AdminUnit, EventKind, Outcome, Season, Visit
from eradication.effort import distances, ground
from eradication.effort.lines import Lines, join, walked
from eradication.effort.strips import Widths
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """The walks of a season that count as effort."""

    summaries: list[dict[str, Any]]
    """What was recorded of each patrol."""
    lines: dict[str, Lines]
    """Walked lines by patrol id."""
    events: str
    """Hash of the newest event among them: with the number of walks it names what is counted."""

    @property
    def all(self) -> Lines:
        """Every line, one after the other."""
        return join(self.lines[key] for key in sorted(self.lines))


def walks(workspace: Workspace, season: Season, as_of: datetime | None = None) -> Walks:
    """Return the walks that began in a season and were recorded until ``as_of`` (default: now), each once."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.PATROL_RECORDED])
    counted = [
        dict(patrol)
        for patrol in effort.counted(event.payload["patrol"] for event in events)
        if patrol["kind"] == "track" and patrol["start"] and _season(patrol) == season
    ]
    lengths = {str(patrol["id"]): float(patrol["length_km"]) * 1000.0 for patrol in counted}
    tracks = workspace.store.tracks(lengths) if lengths else ()
    # One patrol's fixes at a time: a season's are many.
    lines = {
        key: walked((fixes for _, fixes in parts), lengths[key]) for key, parts in groupby(tracks, key=lambda t: t[0])
    }
    return Walks(counted, {key: lines.get(key, walked(())) for key in lengths}, _newest(events))


def _season(patrol: Mapping[str, Any]) -> Season:
    return Season.of(datetime.fromisoformat(patrol["start"]))


def _newest(events: Sequence[Any]) -> str:
    return max((f"{event.recorded_at.isoformat()} {event.hash}" for event in events), default="")


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The communes, and the strip's width everywhere."""

    units: tuple[AdminUnit, ...]
    outlines: tuple[BaseGeometry, ...]
    """EPSG:32648, in the order of ``units``."""
    widths: Widths
    width: distances.Width
    """What finds say of the strip."""
    forest_known: bool


def ground_of(
    workspace: Workspace,
    season: Season,
    walked_lines: Walks,
    as_of: datetime | None = None,
    areas: Sequence[AdminUnit] | None = None,
) -> Ground:
    """Return the communes of the day and the strip half-widths, by the finds recorded until ``as_of`` (default: now).

    ``areas`` stand for the communes where they are given.

    Raises:
        UnusableInput, RefusedInput: the file of forests cannot be read.
    """
    known = projection.units_on(workspace, as_of=as_of) if areas is None else areas
    units = tuple(unit for unit in known if unit.geometry is not None)
    outlines = tuple(geo.project(u.geometry, geo.WGS84, geo.UTM48) for u in units if u.geometry is not None)
    settings = workspace.settings.effort
    forest = _forest(workspace)
    learned = distances.width(_distances(workspace, season, walked_lines, as_of), settings.least_finds)
    open_m, forest_m = half_widths(settings, learned)
    widths = ground.widths(forest, open_m, forest_m)
    return Ground(units, outlines, widths, learned, forest is not None)


def half_widths(settings: Effort, learned: distances.Width) -> tuple[float, float]:
    """Return the strip half-widths in the open and in forest; enough finds tell one for both."""
    if learned.half_width_m is not None:
        return learned.half_width_m, learned.half_width_m
    return settings.strip_open_m, settings.strip_forest_m


def _forest(workspace: Workspace) -> list[BaseGeometry] | None:
    name = workspace.settings.effort.forest
    if not name:
        return None
    path = workspace.folder / Path(name)
    try:
        shapes = boundaries.shapes(path, workspace.settings)
    except (UnusableInput, RefusedInput) as error:
        hint = N_("Correct forest under [effort] in eradication.toml, or leave it empty.")
        where = f"[effort] forest: {path}"
        raise UnusableInput(error.kind, error.message, where=where, hint=hint, values=error.values) from None
    return [geo.project(shape, geo.WGS84, geo.UTM48) for shape in shapes]


def _distances(workspace: Workspace, season: Season, walked_lines: Walks, as_of: datetime | None) -> list[float]:
    """Return how far the season's finds lay from the way of the patrols that made them, as far as that can be told."""
    told = projection.replayed(workspace, as_of=as_of)
    first: dict[str, Visit] = {}
    for visit in told.recorded:
        if visit.outcome is Outcome.DETECTED and visit.lon is not None and Season.of(visit.visited_at) == season:
            first.setdefault(visit.plot_id, visit)
    by_unit: dict[str, list[Lines]] = {}
    for patrol in walked_lines.summaries:
        by_unit.setdefault(str(patrol["unit"]), []).append(walked_lines.lines[str(patrol["id"])])
    found = (_nearest_way(visit, by_unit.get(visit.unit, [])) for visit in first.values())
    return [metres for metres in found if metres is not None]


def _nearest_way(visit: Visit, lines: Sequence[Lines]) -> float | None:
    day = visit.visited_at.astimezone(TIMEZONE).date().toordinal()
    (place,) = geo.transform([(visit.lon or 0.0, visit.lat or 0.0)], geo.WGS84, geo.UTM48)
    known = (distances.from_way(place, line.only(line.day == day)) for line in lines)
    return min((metres for metres in known if metres is not None), default=None)
