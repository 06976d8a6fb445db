"""Pictures of places before and after, cut out of the images that a run has read; only windows of a few dates are read.

Which date is shown:

=====================  ==========================================  ================================================
the place is           before                                      after
=====================  ==========================================  ================================================
destroyed              last clear date before, 60 days at most     first clear date after it
detected, standing     clear date nearest to the detection         latest clear date of the run
neither                clear date nearest to the expected bloom    latest clear date of the run
=====================  ==========================================  ================================================

The expected bloom lies :data:`BLOOM_DAYS` after the day of sowing that images tell, or on :data:`USUAL_BLOOM`. What was
cut out is kept beside the outputs under the name of all it rests on; the folder may be deleted.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import Episode, Event, EventKind, Season
from eradication.domain.event import iso
from eradication.errors import N_, EradicationError
from eradication.pipeline import projection, retracing
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked, write_whole
from eradication.progress import Stage, quiet
from eradication.report.chips import Chip, Pair, Side, nothing, true_colour

if TYPE_CHECKING:
    from eradication.ingest.cube import Group
    from eradication.ingest.imagery import Archive
    from eradication.raster import Cube, Window

FORMAT = 1
"""To be raised when pictures are cut out otherwise: what was kept is then not taken for the same."""

SIDE_M, LARGEST_M, AROUND = 400.0, 1000.0, 1.8
"""Side of a picture; of a place that is larger, :data:`AROUND` times its extent, and never more than the second."""
CLEAR_OWN, CLEAR_WINDOW = 0.95, 0.6
"""Shares of the place's and of the picture's pixels that must be clear."""
BRIGHT_BLUE = 0.15
"""A place whose median blue is above this is under a cloud that the mask has missed."""
BEFORE_DAYS = 60
"""A picture older than this says nothing of what was destroyed."""
BLOOM_DAYS, USUAL_BLOOM = 110, (2, 10)
"""Middle of the bloom after sowing (the window ``bloom`` of :data:`eradication.features.table.PHASES`); month and day
in the middle of the calendar's flowering where no sowing day is known."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place of which pictures are wanted."""

    outline: BaseGeometry
    """WGS 84."""
    at: datetime
    """Of the destruction, the detection or the expected bloom, aware."""
    before: str
    """Kind of the picture before, one of :data:`eradication.report.chips.KINDS`."""

    @classmethod
    def of(cls, episode: Episode) -> "Wanted":
        """Return what is wanted of a plot in one season."""
        if episode.eradicated_at is not None:
            return cls(episode.ground, episode.eradicated_at, "before_destruction")
        if episode.detected_at is not None:
            return cls(episode.ground, episode.detected_at, "at_detection")
        usual = date(episode.season.start_year + 1, *USUAL_BLOOM)
        day = episode.sown_on + timedelta(BLOOM_DAYS) if episode.sown_on else usual
        return cls(episode.ground, projection.noon(day), "near_bloom")

    @property
    def after(self) -> str:
        """Kind of the picture after."""
        return "after_destruction" if self.before == "before_destruction" else "latest"


def before_first(times: Sequence[datetime], wanted: Wanted) -> list[int]:
    """Return the numbers of the dates that may be shown as before, the best first."""
    numbers = range(len(times))
    if wanted.before == "before_destruction":
        earliest = wanted.at - timedelta(BEFORE_DAYS)
        return [n for n in reversed(numbers) if earliest <= times[n] < wanted.at]
    return sorted(numbers, key=lambda n: (abs(times[n] - wanted.at), times[n]))


def after_first(times: Sequence[datetime], wanted: Wanted, shown: int | None) -> list[int]:
    """Return the numbers of the dates that may be shown as after, the best first; ``shown`` = what stands before."""
    if wanted.before == "before_destruction":
        return [n for n, time in enumerate(times) if time > wanted.at]
    return [n for n in reversed(range(len(times))) if shown is None or n > shown]


def of_episodes(workspace: Workspace, episodes: Sequence[Episode], stage: Stage = quiet) -> dict[tuple[str, str], Pair]:
    """Return plot and season → its pictures, or why there are none; every episode asked of is answered."""
    told: dict[tuple[str, str], Pair] = {}
    by_season: dict[Season, dict[str, Wanted]] = {}
    for episode in episodes:
        by_season.setdefault(episode.season, {})[episode.plot.id] = Wanted.of(episode)
    for season, places in sorted(by_season.items()):
        found = _of_season(workspace, season, places, stage)
        told |= {(name, season.label): found.get(name, nothing("no_images")) for name in places}
    return told


def _of_season(workspace: Workspace, season: Season, places: Mapping[str, Wanted], stage: Stage) -> dict[str, Pair]:
    """Ask the runs of a season, the newest first, for the places that those before did not show."""
    found: dict[str, Pair] = {}
    for event in reversed(workspace.store.events(kinds=[EventKind.RUN_FINISHED])):
        missing = {name: place for name, place in places.items() if name not in found}
        if event.payload["season"] != season.label or not missing:
            continue
        try:
            found |= _of_run(workspace, event, season, missing, stage)
        except EradicationError:
            continue  # gone, moved, damaged or in use: another run may have seen the place, or it is said
    return found


def _of_run(
    workspace: Workspace, event: Event, season: Season, places: Mapping[str, Wanted], stage: Stage
) -> dict[str, Pair]:
    run = str(event.payload["run"])
    retracing.imagery_of(workspace, run)
    files = {name: _file(workspace, season, run, place) for name, place in places.items()}
    told = {name: kept for name, file in files.items() if (kept := _read(file)) is not None}
    missing = {name: place for name, place in places.items() if name not in told}
    if not missing:
        return told
    with disk_errors_explained(workspace.folder), scans_locked(workspace):
        archive = _archive(workspace, event, season, stage)
        tick = stage(N_("Pictures before and after"))
        for done, (name, place) in enumerate(missing.items(), start=1):
            pair = cut(archive, place)
            if pair is not None:
                write_whole(files[name], _plain(pair))
                told[name] = pair
            tick(done, len(missing))
    return told


def _archive(workspace: Workspace, event: Event, season: Season, stage: Stage) -> "Archive":
    """Open the images of a run: those it had, moved as it moved them."""
    from eradication.ingest import imagery
    from eradication.ingest.memory import Memory

    catalog, area = retracing.imagery_of(workspace, str(event.payload["run"]))
    memory, tick = Memory(workspace.scans / "files.json"), stage(N_("Opening images"))
    archive = imagery.find(catalog, season, area=area, settings=workspace.settings, memory=memory, tick=tick)
    moves = {str(row["id"]): row["moved_m"] for row in event.payload.get("shifts", ())}
    groups = [
        _moved(group, *moves.get(group[0].id, (0.0, 0.0)))
        for group in archive.groups
        if min(scene.time for scene in group) <= event.happened_at and (not moves or group[0].id in moves)
    ]
    return replace(archive, groups=tuple(groups), area=None)


def _moved(group: "Group", east_m: float, north_m: float) -> "Group":
    return tuple(scene.moved(east_m, north_m) for scene in group) if (east_m, north_m) != (0, 0) else group


def cut(archive: "Archive", wanted: Wanted) -> Pair | None:
    """Return the pictures of a place, ``None`` if it lies on no image at all."""
    window, inside = _window(archive, wanted.outline)
    if not _touches(archive, window):
        return None
    times = [projection.moment(time) for time in archive.times]
    shown, before = _first(archive, window, inside, before_first(times, wanted))
    _, after = _first(archive, window, inside, after_first(times, wanted, shown))
    return Pair(
        Side(wanted.before, before, "" if before else "cloud"),
        Side(wanted.after, after, "" if after else "none_later" if before else "cloud"),
    )


def _window(archive: "Archive", outline: BaseGeometry) -> tuple["Window", Any]:
    """Return the window of a picture, and which of its pixels the place touches, shape (y, x)."""
    from eradication.ingest import cube, geotiff
    from eradication.raster import PIXEL_M, Window

    grid = archive.grid
    own = geo.project(outline, geo.WGS84, geotiff.epsg_of(grid))
    west, south, east, north = own.bounds
    side_m = min(max(SIDE_M, AROUND * max(east - west, north - south)), LARGEST_M)
    half = round(side_m / PIXEL_M / 4)  # of 20 m pixels, so that windows begin on even numbers
    row = round((grid.affine.f - (north + south) / 2) / PIXEL_M / 2) - half
    column = round(((west + east) / 2 - grid.affine.c) / PIXEL_M / 2) - half
    window = Window(2 * row, 2 * column, 4 * half, 4 * half)
    return window, cube.inside(own, window.of(grid))


def _touches(archive: "Archive", window: "Window") -> bool:
    from eradication.ingest import nearest

    part = window.of(archive.grid)
    return any(nearest.touches(raster, part) for scene in archive.scenes for raster in scene.rasters)


def _first(archive: "Archive", window: "Window", inside: Any, numbers: Sequence[int]) -> tuple[int | None, Chip | None]:
    """Return the first of some dates on which the place was seen clearly, with its picture."""
    from eradication.ingest import imagery, nearest

    for number in numbers:
        one = replace(archive, groups=archive.groups[number : number + 1])
        # At the edge of the images there is nothing beyond them that could be clear.
        known = nearest.covered([raster for scene in one.scenes for raster in scene.rasters], window.of(archive.grid))
        own = known & inside
        if 2 * own.sum() < inside.sum():
            continue
        looks = imagery.read(one, window, ()).clear[0] != 0
        if looks[own].mean() >= CLEAR_OWN and looks[known].mean() >= CLEAR_WINDOW:
            chip = _chip(one, window, own)
            if chip is not None:
                return number, chip
    return None, None


def _chip(one: "Archive", window: "Window", inside: Any) -> Chip | None:
    """Return the picture of one date; ``None`` under a missed cloud, or where the place has no pixels."""
    import numpy as np

    from eradication.ingest import geotiff, imagery

    cube = imagery.read(one, window, ("red", "green", "blue"))
    if not {"red", "green", "blue"} <= cube.bands.keys():
        return None
    red, green, blue = (_seen(cube, name) for name in ("red", "green", "blue"))
    own = blue[inside]
    if not np.isfinite(own).all() or np.median(own) > BRIGHT_BLUE:
        return None
    group, affine = one.groups[0], cube.geobox.affine
    satellite = re.sub(r"[a-z]$", lambda letter: letter[0].upper(), group[0].platform.capitalize())
    ids = " + ".join(dict.fromkeys(scene.id for scene in group if _lies_in(scene, cube)))
    return Chip(
        true_colour(red, green, blue),
        projection.moment(cube.times[0]),
        " · ".join(part for part in (satellite, ids) if part),
        geotiff.epsg_of(cube.geobox),
        float(affine.c),
        float(affine.f),
        float(affine.a * cube.geobox.shape[1]),
        cube.simulated,
    )


def _seen(cube: "Cube", band: str) -> Any:
    """Return a band as it was seen, under clouds as well, NaN where an image has no pixel; shape (y, x)."""
    from eradication.raster import unpack

    values = cube.bands[band][0]
    if values.shape != cube.clear.shape[1:]:
        values = values.repeat(2, axis=0).repeat(2, axis=1)
    return unpack(values)


def _lies_in(scene: Any, cube: "Cube") -> bool:
    from eradication.ingest import nearest

    return any(nearest.touches(raster, cube.geobox) for raster in scene.rasters)


def _file(workspace: Workspace, season: Season, run: str, place: Wanted) -> Path:
    parts = (FORMAT, run, geo.rounded(place.outline).wkb_hex, iso(place.at), place.before)
    name = hashlib.sha256(repr((*parts, repr(workspace.settings.imagery))).encode()).hexdigest()[:16]
    return workspace.folder / "outputs" / "chips" / f"{season.label}-{name}.json"


def _plain(pair: Pair) -> str:
    sides = [[side.kind, side.why, None if side.chip is None else side.chip.to_json()] for side in pair.sides]
    return json.dumps(sides, ensure_ascii=False, allow_nan=False)


def _read(path: Path) -> Pair | None:
    try:
        return Pair(*_sides(json.loads(path.read_bytes())))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sides(told: Any) -> Iterator[Side]:
    for kind, why, chip in told:
        yield Side(str(kind), None if chip is None else Chip.from_json(chip), str(why))
