"""Patrol files → patrols: read in the sandbox, placed in WGS 84, cleaned, measured.

Call :func:`read`. A file is accepted if it holds at least one fix, route point or waypoint; otherwise, and whenever
it cannot be understood as a whole, it is refused with a reason. Nothing half-read is accepted.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.config import Settings
from eradication.domain import MARKS, Fixes, Json, Patrol, PatrolFile, Perimeter, Waypoint
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import cleaning, conversion, grid_cells, perimeter, same_walk, sandbox

_FLAGGED = MARKS.index("flagged_by_source")


def read(
    path: Path,
    *,
    name: str = "",
    unit: str = "",
    timezone: str,
    epsg: int | None = None,
    settings: Settings,
    now: datetime,
) -> PatrolFile:
    """Read one patrol file.

    Args:
        path: GPX, KML, KMZ, FIT, TCX, GeoJSON, GeoPackage, zipped Shapefile, CSV, XLSX or Parquet; what
            :mod:`eradication.ingest.foreign` lists, where gpsbabel is installed.
        name: where it lies for the user, if that is elsewhere: in a ZIP, say.
        unit: code of the unit that walked, if known.
        timezone: name of the zone of times that state none, also of the days of effort.
        epsg: CRS of tables that state none.
        settings: limits and cleaning.
        now: our clock, aware.

    Returns:
        ``accepted`` with its patrols, or ``refused`` with ``reason`` and ``message``; then ``facts["refusal"]`` holds
        ``template, values, hint, where`` for showing it in another language. Other facts: ``timezone_assumed`` and
        ``naive_times``; ``unreadable_times``; ``crs``; ``crs_assumed``; ``crs_not_used``; ``x_is_north``; ``encoding``;
        ``sorted_by_time``; ``left_out_<kind>``; ``bad_waypoints``; ``events_as_waypoints``; ``gps_week_rollover``;
        ``outside_grid``; ``extensions``; ``hdop_is_accuracy``; ``converted_by`` and ``format``.

    Raises:
        UnusableInput: ``no_such_file``, ``is_a_directory``, ``not_a_file``, ``unknown_timezone``, ``unknown_crs``.
        StorageFailed: no room to copy the file to.
    """
    zone = _zone(timezone)
    if epsg is not None:
        _check_crs(epsg)
    sha256 = sandbox.digest(path)
    options: dict[str, Json] = {"timezone": timezone, "points": settings.limits.points, "epsg": epsg}
    try:
        with conversion.readable(path, settings.limits) as file:
            raw = sandbox.read(file.path, "patrols", settings.limits, options=options)
        raw |= {"format": file.format or raw["format"], "facts": raw["facts"] | file.facts}
        return replace(_accepted(raw, path, sha256, _Context(unit, zone, settings, now)), path=name or str(path))
    except RefusedInput as error:
        return refused(path, error, name)


@dataclass(frozen=True, slots=True)
class _Context:
    """What every patrol of a file shares."""

    unit: str
    zone: ZoneInfo
    settings: Settings
    now: datetime


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = N_("Write for example Asia/Ho_Chi_Minh.")
        message = N_("'{name}' is no known time zone.")
        raise UnusableInput("unknown_timezone", message, where="timezone", hint=hint, values={"name": name}) from None


def _check_crs(epsg: int) -> None:
    try:
        geo.transformer(epsg, geo.WGS84)
    except UnusableInput as error:
        raise UnusableInput(error.kind, error.message, where="crs", hint=error.hint, values=error.values) from None


def refused(path: Path, error: RefusedInput, name: str = "") -> PatrolFile:
    """Return the answer for a file that is refused.

    Args:
        path: the file.
        error: why.
        name: where it lies for the user, if that is elsewhere.

    Raises:
        UnusableInput: as :func:`read`.
    """
    shown = name or str(path)
    refusal = {"template": error.message, "values": error.values, "hint": error.hint}
    refusal["where"] = error.where.replace(str(path), shown) or shown
    return PatrolFile(
        path=shown,
        sha256=sandbox.digest(path),
        format="unknown",
        status="refused",
        reason=error.kind,
        message=error.message.format(**error.values),
        facts={"refusal": refusal},
    )


def _accepted(raw: dict[str, Any], path: Path, sha256: str, context: _Context) -> PatrolFile:
    facts: dict[str, Any] = dict(raw["facts"])
    if facts.get("naive_times"):
        facts["timezone_assumed"] = context.zone.key
    fixes = _placed(raw, facts)
    waypoints = _waypoints(raw, facts)
    patrols = []
    for index, track in enumerate(raw["tracks"]):
        parts = [
            fixes.piece(slice(start, stop))
            for number, start, stop in raw["segments"]
            if number == index and stop > start
        ]
        if parts:
            own, waypoints = waypoints, ()
            patrols.append(_patrol(f"{sha256}:{index}", track, parts, own, context, facts))
    if waypoints:
        patrols.append(_patrol(f"{sha256}:waypoints", {"name": "", "kind": "track"}, [], waypoints, context, facts))
    if not patrols:
        raise RefusedInput(
            "no_content",
            N_("The file holds no fix, no route point and no waypoint."),
            where=str(path),
            hint=N_("Check on the device whether the track was saved before it was exported."),
        )
    return PatrolFile(str(path), sha256, raw["format"], "accepted", "", "", tuple(patrols), facts)


def _patrol(
    key: str,
    track: dict[str, str],
    parts: list[Fixes],
    waypoints: tuple[Waypoint, ...],
    context: _Context,
    facts: dict[str, Any],
) -> Patrol:
    """Clean and measure one track; a route was planned, not walked, so it has length and no effort."""
    walked = track["kind"] == "track"
    if walked:
        segments = [s for part in parts for s in cleaning.clean(part, context.settings.cleaning, context.now)]
        days, outside = grid_cells.visited(segments, context.zone)
        _tell(facts, segments, outside, context.now)
    else:
        segments, days = [cleaning.mark_places(part) for part in parts], {}
    found = cleaning.measure(segments, context.settings.cleaning.agility if walked else 0.0)
    return Patrol(
        id=hashlib.sha256(key.encode()).hexdigest()[:32],
        unit=context.unit,
        name=track["name"],
        start=found.start if walked else None,
        end=found.end if walked else None,
        length_km=found.length_km,
        hours=found.hours if walked else 0.0,
        marked=found.marked,
        segments=tuple(segments),
        waypoints=waypoints,
        cells=days,
        perimeters=_perimeters(segments, context.settings) if walked else (),
        kind=track["kind"],
        walk=same_walk.key(segments) if walked else "",
    )


def _perimeters(segments: list[Fixes], settings: Settings) -> tuple[Perimeter, ...]:
    found = (perimeter.measure(segment, settings.perimeters) for segment in segments)
    return tuple(one for one in found if one is not None)


def _tell(facts: dict[str, Any], segments: list[Fixes], outside: int, now: datetime) -> None:
    if outside:
        facts["outside_grid"] = facts.get("outside_grid", 0) + outside
    offer = cleaning.rollover(segments, now)
    if offer:
        facts.setdefault("gps_week_rollover", offer)


def _placed(raw: dict[str, Any], facts: dict[str, Any]) -> Fixes:
    """Return all fixes of the file in WGS 84."""
    column = raw["columns"]
    lon, lat = _to_wgs84(column["lon"], column["lat"], raw["epsg"], facts)
    with np.errstate(over="ignore"):
        small = {name: column[name].astype(np.float32) for name in ("ele_m", "accuracy_m", "hdop")}
    mark = np.where(raw["flagged"] != 0, _FLAGGED, 0).astype(np.uint8)
    return Fixes(lon=lon, lat=lat, time_s=np.array(column["time_s"], np.float64), mark=mark, **small)


def _to_wgs84(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], epsg: int, facts: dict[str, Any]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if epsg == geo.WGS84 or not x.size:
        return np.array(x), np.array(y)
    if _are_degrees(x, y, epsg):
        facts["crs_not_used"] = f"EPSG:{epsg}"
        return np.array(x), np.array(y)
    facts["crs"] = f"EPSG:{epsg}"
    # In Vietnamese cadastral tables X is north. East is below 1 000 km in every zone used here, north above it.
    if np.nanmedian(x) > 1e6 > np.nanmedian(y) > 1e3:
        facts["x_is_north"] = True
        x, y = y, x
    try:
        change = geo.transformer(epsg, geo.WGS84)
    except UnusableInput as error:
        raise RefusedInput(error.kind, error.message, hint=error.hint, values=error.values) from None
    lon, lat = change.transform(x, y)
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def _are_degrees(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], epsg: int) -> bool:
    """Tell that coordinates are degrees though a CRS in metres was stated for the file: nobody walks at 104 m east."""
    given = np.isfinite(x) & np.isfinite(y)
    small = bool(given.any()) and bool((np.abs(x[given]) <= 180.0).all() and (np.abs(y[given]) <= 90.0).all())
    return small and geo.is_projected(epsg)


def _waypoints(raw: dict[str, Any], facts: dict[str, Any]) -> tuple[Waypoint, ...]:
    rows = raw["waypoints"]
    if not rows:
        return ()
    lon, lat = _to_wgs84(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), raw["epsg"], facts)
    good = geo.is_on_earth(lon, lat)
    if not good.all():
        facts["bad_waypoints"] = int((~good).sum())
    return tuple(
        Waypoint(float(x), float(y), _utc(seconds), name, note)
        for x, y, fine, (_, _, seconds, name, note) in zip(lon, lat, good, rows, strict=True)
        if fine
    )


def _utc(seconds: float) -> datetime | None:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) if np.isfinite(seconds) else None
