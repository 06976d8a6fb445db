"""The walks of a season that count as effort, and the ground they are counted on: communes and strip widths.

Loaded late: it brings rasterio.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication import effort, geo
from eradication.config import Effort
from eradication.domain import TIMEZONE, AdminUnit, EventKind, Season
from eradication.effort import distances, ground, search
from eradication.effort import thinned as kept_effort
from eradication.effort.lines import Lines, join, walked
from eradication.effort.strips import Widths
from eradication.pipeline import kept, projection, set_layers, thinned
from eradication.pipeline.kept import Find
from eradication.pipeline.once import once
from eradication.pipeline.thinned import Kept
from eradication.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """The walks of a season that count as effort."""

    summaries: list[dict[str, Any]]
    """What was recorded of each patrol."""
    lines: dict[str, Lines]
    """Walked lines by patrol id."""
    events: str
    """Hash of the newest event among them: with their ids it names what is counted."""
    kept: Kept | None = None
    """What is kept of those whose tracks were thinned to effort; ``None`` = every track is there."""

    @property
    def all(self) -> Lines:
        """Every line, one after the other."""
        return join(self.lines[key] for key in sorted(self.lines))


def walks(workspace: Workspace, season: Season, as_of: datetime | None = None) -> Walks:
    """Return the walks that began in a season and were recorded until ``as_of`` (default: now), each once."""
    return with_lines(workspace, recorded(workspace, season, as_of), season, as_of)


def recorded(workspace: Workspace, season: Season, as_of: datetime | None = None) -> Walks:
    """Return the same walks as the events tell of them: no track is read, there are no lines."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.PATROL_RECORDED])
    counted = [
        dict(patrol)
        for patrol in effort.counted(event.payload["patrol"] for event in events)
        if patrol["kind"] == "track" and patrol["start"] and _season(patrol) == season
    ]
    return Walks(counted, {}, _newest(events))


def with_lines(workspace: Workspace, known: Walks, season: Season, as_of: datetime | None = None) -> Walks:
    """Return walks with the lines that were walked, or with what is kept of them.

    Raises:
        StorageFailed: ``record_missing``: tracks were thinned, and what is kept of them is not here.
    """
    lengths = {str(patrol["id"]): float(patrol["length_km"]) * 1000.0 for patrol in known.summaries}
    tracks = workspace.store.tracks(lengths) if lengths else ()
    # One patrol's fixes at a time: a season's are many.
    lines = {
        key: walked((fixes for _, fixes in parts), lengths[key]) for key, parts in groupby(tracks, key=lambda t: t[0])
    }
    whole = replace(known, lines={key: lines.get(key, walked(())) for key in lengths})
    if not thinned.gone(workspace, lengths.keys() - lines.keys()):
        return whole
    finds = finds_of(workspace, season, as_of)
    return replace(whole, kept=thinned.kept(workspace, season, thinned.basis(workspace, list(lengths), finds)))


def searched(workspace: Workspace, season: Season, taken: Walks, where: "Ground") -> search.Search:
    """Return how well the walks of a season searched the ground; of thinned ones as it was when they were thinned."""
    if taken.kept is not None and taken.kept.whole:
        return taken.kept.search
    found = search.of_season(taken.all, season, where.widths, workspace.settings.effort)
    return found if taken.kept is None else kept_effort.least(taken.kept.search, found)


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
        UnusableInput: the file of forests cannot be read.
    """
    known = projection.units_on(workspace, as_of=as_of) if areas is None else areas
    units = tuple(unit for unit in known if unit.geometry is not None)
    outlines = tuple(geo.project(u.geometry, geo.WGS84, geo.UTM48) for u in units if u.geometry is not None)
    settings = workspace.settings.effort
    known_forest = forest(workspace)
    learned = walked_lines.kept.width if walked_lines.kept else None
    if learned is None:
        finds = finds_of(workspace, season, as_of).values()
        learned = distances.width(_distances(finds, walked_lines), settings.least_finds)
    open_m, forest_m = half_widths(settings, learned)
    widths = ground.widths(known_forest, open_m, forest_m)
    return Ground(units, outlines, widths, learned, known_forest is not None)


def half_widths(settings: Effort, learned: distances.Width) -> tuple[float, float]:
    """Return the strip half-widths in the open and in forest; enough finds tell one for both."""
    if learned.half_width_m is not None:
        return learned.half_width_m, learned.half_width_m
    return settings.strip_open_m, settings.strip_forest_m


def forest(workspace: Workspace) -> list[BaseGeometry] | None:
    """Return the outlines of forest (EPSG:32648), ``None`` if none are named; read once as long as the file stays.

    Raises:
        UnusableInput: the file cannot be read.
    """
    path = set_layers.path(workspace.settings, workspace.folder, "effort", "forest")
    about = path.stat() if path is not None and path.is_file() else None
    state = None if about is None else (about.st_mtime_ns, about.st_size)
    return once(workspace, ("forest", state), lambda: _forest(workspace))


def _forest(workspace: Workspace) -> list[BaseGeometry] | None:
    shapes = set_layers.shapes(workspace.settings, workspace.folder, "effort", "forest")
    return None if shapes is None else [geo.project(shape, geo.WGS84, geo.UTM48) for shape in shapes]


def finds_of(workspace: Workspace, season: Season, as_of: datetime | None = None) -> dict[str, Find]:
    """Return plot → its first find of a season, as recorded until ``as_of`` (default: now)."""
    known = kept.finds(workspace, season, datetime.now(UTC)) if as_of is None else None
    if known is not None:
        return known
    first = once(
        workspace,
        ("first finds", as_of),
        lambda: kept.first_finds(projection.recorded(workspace, as_of)),
    )
    return {plot: find for (label, plot), find in sorted(first.items()) if label == season.label}


def _distances(finds: Iterable[Find], walked_lines: Walks) -> list[float]:
    """Return how far finds lay from the way of the patrols that made them, as far as that can be told."""
    by_unit: dict[str, list[Lines]] = {}
    for patrol in walked_lines.summaries:
        by_unit.setdefault(str(patrol["unit"]), []).append(walked_lines.lines[str(patrol["id"])])
    found = (_nearest_way(find, by_unit.get(find.unit, [])) for find in finds)
    return [metres for metres in found if metres is not None]


def _nearest_way(find: Find, lines: Sequence[Lines]) -> float | None:
    day = find.at.astimezone(TIMEZONE).date().toordinal()
    (place,) = geo.transform([(find.lon, find.lat)], geo.WGS84, geo.UTM48)
    known = (distances.from_way(place, line.only(line.day == day)) for line in lines)
    return min((metres for metres in known if metres is not None), default=None)
