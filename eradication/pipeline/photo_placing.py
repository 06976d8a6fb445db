"""When and where photos were taken: camera clocks against satellites and tracks, then each photo in its turn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from eradication import geo
from eradication.domain import EventKind, Fixes, Photo, PhotoFacts
from eradication.domain.event import parse_iso
from eradication.ingest import photo_clock, photo_track
from eradication.ingest.photo_clock import Clock
from eradication.ingest.photo_track import Walk
from eradication.ingest.photos import EARLIEST
from eradication.pipeline import thinned
from eradication.pipeline.workspace import Workspace

_SEARCH = timedelta(seconds=photo_clock.SEARCH_S)
_WITH_PATROL_M = 500.0
"""A photo with a position of its own belongs to a patrol that was no further away then."""
_SAME_PLACE_M = 50.0
"""Two tracks that lie no further apart than this at a moment are of one walk, or of two who walked together."""
_SATELLITES_S = 1.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of the cameras' clocks."""

    offset_s: float | None = None
    """Seconds by which every camera is ahead."""
    camera: str = ""
    """Camera that took a photo of a clock …"""
    camera_offset_s: float | None = None
    """… and by how much that one is ahead."""


def walks(workspace: Workspace, times: Iterable[datetime], unit: str) -> list[Walk]:
    """Return the tracks of patrols that were out within 14 hours of any of ``times``, by patrol id.

    Args:
        workspace: whose patrols.
        times: aware.
        unit: only this unit's and those of no stated unit; empty = all.
    """
    wanted = sorted(times)
    chosen: dict[str, str] = {}
    for event in workspace.store.events(kinds=[EventKind.PATROL_RECORDED]):
        told = event.payload["patrol"]
        if not (told["start"] and told["end"]) or (unit and told["unit"] not in ("", unit)):
            continue
        start, end = parse_iso(told["start"]) - _SEARCH, parse_iso(told["end"]) + _SEARCH
        if any(start <= when <= end for when in wanted):
            chosen[str(told["id"])] = str(told["unit"])
    if not chosen:
        return []
    segments: dict[str, list[Fixes]] = {}
    for patrol, fixes in workspace.store.tracks(chosen):
        segments.setdefault(patrol, []).append(fixes)
    found = (photo_track.walk(name, chosen[name], segments[name], workspace.settings) for name in sorted(segments))
    return [track for track in found if track is not None]


def clocks(workspace: Workspace, photos: Sequence[PhotoFacts], tracks: Sequence[Walk], said: Said) -> dict[str, Clock]:
    """Return camera → its clock, of all cameras that took ``photos``."""
    own: dict[str, list[PhotoFacts]] = {}
    for photo in photos:
        own.setdefault(photo.camera, []).append(photo)
    if said.camera_offset_s is not None:
        own.setdefault(said.camera, [])  # told, although it took none of these photos
    return {camera: _clock(workspace, camera, own[camera], tracks, said) for camera in sorted(own)}


def _clock(
    workspace: Workspace, camera: str, photos: Sequence[PhotoFacts], tracks: Sequence[Walk], said: Said
) -> Clock:
    settings = workspace.settings.photos
    if said.camera_offset_s is not None and camera == said.camera:
        return Clock(said.camera_offset_s, _SATELLITES_S, len(photos), "clock_photo")
    if said.offset_s is not None:
        return Clock(said.offset_s, _SATELLITES_S, len(photos), "stated")
    both = [(p.stated_at.timestamp(), p.gps_at.timestamp()) for p in photos if p.stated_at and p.gps_at]
    if both:
        stated, satellites = np.array(both).T
        return photo_clock.from_satellites(stated, satellites, settings.clock_uncertain_s)
    timed = [p for p in photos if p.stated_at is not None]
    if not timed:
        return photo_clock.unknown("no_time", len(photos))
    placed = [p for p in timed if p.lon is not None]
    if not placed:
        return photo_clock.unknown("no_position", len(timed))
    if not camera:  # photos of several cameras, for all we know
        return photo_clock.unknown("no_camera", len(timed))
    placed.sort(key=lambda p: (p.stated_at or EARLIEST, p.sha256))
    when = np.array([p.stated_at.timestamp() for p in placed if p.stated_at])
    x, y = _metres(workspace, [p.lon or 0.0 for p in placed], [p.lat or 0.0 for p in placed])
    return photo_clock.from_track(when, x, y, tracks, settings)


def _metres(
    workspace: Workspace, lon: Sequence[float], lat: Sequence[float]
) -> tuple[photo_track.Floats, photo_track.Floats]:
    change = geo.transformer(geo.WGS84, workspace.settings.workspace.raster_epsg)
    x, y = change.transform(np.array(lon, float), np.array(lat, float))
    return np.asarray(x, float), np.asarray(y, float)


def timed(facts: PhotoFacts, clock: Clock, latest: datetime) -> tuple[datetime | None, str, Clock]:
    """Return when a photo was taken, where that time comes from, and the clock that says so.

    Args:
        facts: what the photo says.
        clock: of its camera.
        latest: what lies ahead of it, or before this century, is no time at all.
    """
    if facts.gps_at is not None:
        ahead = (facts.stated_at - facts.gps_at).total_seconds() if facts.stated_at else 0.0
        return facts.gps_at, "gps", Clock(ahead, _SATELLITES_S, 1, "gps_time")
    if facts.stated_at is None:
        return None, "none", replace(clock, uncertainty_s=None)
    when = shifted(facts.stated_at, clock.offset_s)
    if when is None or not EARLIEST <= when <= latest:
        return None, "none", clock
    return when, "corrected" if clock.settled else "camera", clock


def shifted(when: datetime | None, offset_s: float) -> datetime | None:
    """Return a camera's time without the offset of its clock; ``None`` if that is no date."""
    try:
        return when - timedelta(seconds=offset_s) if when else None
    except OverflowError:
        return None


def placed(workspace: Workspace, photo: Photo, tracks: Sequence[Walk]) -> Photo:
    """Return the photo with its patrol, and with the place where the track says it was taken if it says none itself.

    Two patrols that were out at once in different places leave a photo without place and patrol: nobody knows whose.
    """
    if photo.taken_at is None:
        return photo
    when = photo.taken_at.timestamp()
    own = [track for track in tracks if not (photo.unit and track.unit) or track.unit == photo.unit]
    spots = [(track, *_spot(track, when)) for track in own]
    was = [(track, x, y) for track, x, y in spots if np.isfinite(x)]
    if not was:
        return photo
    if photo.lon is not None and photo.lat is not None:
        here_x, here_y = (float(v[0]) for v in _metres(workspace, [photo.lon], [photo.lat]))
        apart, patrol = min((float(np.hypot(x - here_x, y - here_y)), track.patrol) for track, x, y in was)
        whose = patrol if apart <= _WITH_PATROL_M else ""
        # Of a stated unit it is known whose track it ought to lie on.
        return replace(photo, patrol=whose, track_m=round(apart, 1) if whose or photo.unit else None)
    track, x, y = was[0]
    if any(np.hypot(x - other_x, y - other_y) > _SAME_PLACE_M for _, other_x, other_y in was):
        return photo
    lon, lat = geo.transform([(x, y)], workspace.settings.workspace.raster_epsg, geo.WGS84)[0]
    vague_s = workspace.settings.photos.clock_unknown_s if photo.uncertainty_s is None else photo.uncertainty_s
    error = round(photo_track.error_m(track, when, vague_s), 1)
    return replace(
        photo, lon=round(lon, 7), lat=round(lat, 7), position_source="track", error_m=error, patrol=track.patrol
    )


def _spot(track: Walk, time_s: float) -> tuple[float, float]:
    x, y = photo_track.at(track, np.array([time_s]))
    return float(x[0]), float(y[0])


def settled(workspace: Workspace, photos: Sequence[Photo]) -> list[Photo]:
    """Return photos with the places that tracks recorded after them give, or gave before they were thinned."""
    before = thinned.photos(workspace)
    photos = [p if p.patrol or p.sha256 not in before else replace(p, **before[p.sha256]) for p in photos]
    open_ones = [p for p in photos if p.taken_at and not p.patrol]
    by_unit: Mapping[str, list[Walk]] = {
        unit: walks(workspace, [p.taken_at for p in open_ones if p.taken_at and p.unit == unit], unit)
        for unit in sorted({p.unit for p in open_ones})
    }
    return [placed(workspace, p, by_unit[p.unit]) if p.taken_at and not p.patrol else p for p in photos]


def latest(workspace: Workspace) -> datetime:
    """Return the time after which nothing can have been taken."""
    return datetime.now(UTC) + timedelta(hours=workspace.settings.cleaning.future_h)
