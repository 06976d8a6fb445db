"""What there is: at an archive, in the cache, by periods of ten days; and whether it is fresh."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import pystac

from eradication import sources
from eradication.archive import items as archive_items
from eradication.archive import periods
from eradication.archive.items import Item
from eradication.archive.periods import Period, Sight
from eradication.archive.shelf import Kept, Shelf, shelves
from eradication.domain import TIMEZONE, Season
from eradication.domain.event import iso
from eradication.ingest import bands, boa
from eradication.pipeline import sourcing
from eradication.pipeline.sourcing import Request
from eradication.pipeline.workspace import Workspace
from eradication.sources import Profile


def season_of(workspace: Workspace, label: str) -> Season:
    """Return the season of a label; without one that of the settings, else the one whose images are coming in now."""
    if label or workspace.settings.workspace.season:
        return Season.parse(label or workspace.settings.workspace.season)
    today = periods.utc_now().astimezone(TIMEZONE)
    return Season(today.year if today.month >= 6 else today.year - 1)


def search(workspace: Workspace, request: Request) -> dict[str, Any]:
    """Ask an archive what it has of a season and an area, and say what of it is here already."""
    now = periods.utc_now()
    with sourcing.asked(workspace, request) as archive:
        kept = {one.item["id"]: one for one in archive.shelf.items()}
        sights = [_sight(item, archive.profile_of(item), archive.shelf, kept.get(item["id"])) for item in archive.items]
        answer = {
            "source": archive.shelf.name,
            "address": sourcing.shown(archive.address),
            "kind": archive.kind,
            "season": request.season.label,
            "simulated": any(map(archive_items.is_simulated, archive.items)),
            "failed": [asdict(failure) for failure in archive.failed],
        }
    return answer | _table(sights, request.season, now)


def listing(workspace: Workspace, season: Season) -> dict[str, Any]:
    """Return what the cache of every source holds of a season."""
    now = periods.utc_now()
    profiles = sources.all_of(workspace.sources)
    rows = []
    for shelf in shelves(workspace.imagery):
        kept = _in_season(shelf.items(), season)
        sights = [_sight(one.item, _profile(one, profiles), shelf, one) for one in kept]
        told = {"source": shelf.name, **_title(shelf, profiles), "catalogs": [str(path) for path in shelf.catalogs()]}
        rows.append(told | {"simulated": _simulated(kept), **_table(sights, season, now)})
    return {"season": season.label, "sources": rows}


def status(workspace: Workspace, season: Season) -> dict[str, Any]:
    """Return for every source of the cache its size, what failed, the age of its newest look, and gaps of weeks."""
    now = periods.utc_now()
    profiles = sources.all_of(workspace.sources)
    rows = [_status(shelf, profiles, season, now) for shelf in shelves(workspace.imagery)]
    return {"season": season.label, "alarm": any(row["late"] for row in rows), "sources": rows}


def profiles(workspace: Workspace) -> dict[str, Any]:
    """Return the sources that are known by name: shipped ones and the workspace's own."""
    shipped = sources.shipped()
    rows = [
        {
            "name": profile.name,
            "title": dict(profile.title),
            "api": profile.api,
            "collection": profile.collection,
            "revisit_days": profile.revisit_days or None,
            "signing": profile.access.signing,
            "licence": profile.licence,
            "attribution": profile.attribution,
            "own": shipped.get(profile.name) != profile,
        }
        for profile in sources.all_of(workspace.sources).values()
        if profile.api
    ]
    return {"profiles": rows}


def _status(shelf: Shelf, profiles: Mapping[str, Profile], season: Season, now: datetime) -> dict[str, Any]:
    everything = shelf.items()
    kept = _in_season(everything, season)
    revisit = max((_profile(one, profiles).revisit_days for one in everything), default=0.0)
    times = [time for one in kept if (time := archive_items.when(one.item)) is not None]
    fresh = periods.freshness(times, season.imagery_window, now, revisit)
    failed = [
        {"id": one.item["id"], "asset": state.band, "reason": state.reason, "detail": state.detail}
        for one in kept
        for state in one.files.values()
        if state.reason
    ]
    gaps = periods.gaps(times, season.imagery_window, now, revisit)
    return {
        "source": shelf.name,
        **_title(shelf, profiles),
        "simulated": _simulated(kept),
        "items": len(kept),
        "items_all": len(everything),
        "gb": round(sum(map(shelf.held_bytes, kept)) / 1e9, 4),
        "gb_all": round(sum(map(shelf.held_bytes, everything)) / 1e9, 4),
        "newest": iso(fresh.newest) if fresh.newest else None,
        "days_since_newest": fresh.days,
        "season_over": now > season.imagery_window[1],
        "expected_days": revisit or None,
        "late": fresh.late,
        "gaps": [{"after": iso(gap.after), "before": iso(gap.before), "days": gap.days} for gap in gaps],
        "failed": failed,
    }


def _simulated(kept: Sequence[Kept]) -> bool:
    return any(archive_items.is_simulated(one.item) for one in kept)


def _title(shelf: Shelf, profiles: Mapping[str, Profile]) -> dict[str, Any]:
    profile = profiles.get(shelf.name)
    return {"title": dict(profile.title) if profile else {}, "attribution": profile.attribution if profile else ""}


def _profile(kept: Kept, profiles: Mapping[str, Profile]) -> Profile:
    return profiles.get(kept.source) or sources.recognise(sources.marks_of(kept.item), profiles)


def _in_season(kept: Sequence[Kept], season: Season) -> list[Kept]:
    begin, end = season.imagery_window
    return [one for one in kept if (time := archive_items.when(one.item)) is not None and begin <= time < end]


def _table(sights: Sequence[Sight], season: Season, now: datetime) -> dict[str, Any]:
    rows = periods.by_period(sights, season.imagery_window, now)
    return {
        "items": len(sights),
        "cached": sum(sight.cached for sight in sights),
        "cached_gb": round(sum(sight.cached_bytes for sight in sights) / 1e9, 4),
        "periods": [_plain(row) for row in rows],
    }


def _plain(row: Period) -> dict[str, Any]:
    values = asdict(row)
    gigabytes = round(values.pop("cached_bytes") / 1e9, 4)
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()} | {"cached_gb": gigabytes}


def _sight(item: Item, profile: Profile, shelf: Shelf, kept: Kept | None) -> Sight:
    """Describe an item; one that cannot be read as STAC is there all the same, with nothing known of its offset."""
    time = archive_items.when(item) or periods.utc_now()
    held = 0 if kept is None else shelf.held_bytes(kept)
    clouds = archive_items.cloud_percent(item)
    try:
        read = pystac.Item.from_dict(item, migrate=True, preserve_dict=True)
        found = bands.resolve(read, profile)
        version, _ = boa.baseline(read)
    except (pystac.STACError, AttributeError, KeyError, TypeError, ValueError):
        return Sight(time, clouds, "", "", kept is not None, held)
    first = next((asset for band, asset in found.items() if band != bands.SCL), None)
    how = None if first is None else boa.calibrate(read, first, "uint16", profile)
    baseline = f"{version[0]:02d}.{version[1]:02d}" if version else ""
    return Sight(time, clouds, baseline, how.rule if how else "", kept is not None, held)
