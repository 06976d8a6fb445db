"""Imagery comes in: ask an archive, say what it costs, bring the missing bytes, write the catalog a run reads.

A run never reads over a network. :func:`local_catalog` turns whatever was given as ``--imagery`` into the path of an
item collection whose addresses are files on this computer; an asset that could not be had is marked in it, and the run
lists it with the reason and goes on without that band of that item.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.archive import estimate as estimates
from eradication.archive import items as archive_items
from eradication.archive.estimate import Estimate
from eradication.archive.fetching import Budget, Fetched, Fetcher, check_room
from eradication.archive.items import Item
from eradication.archive.shelf import FileState, Kept, Shelf
from eradication.domain import Season
from eradication.errors import N_, UnusableInput
from eradication.pipeline import reviewing, sourcing
from eradication.pipeline.sourcing import Archive, Request
from eradication.pipeline.workspace import Workspace, disk_errors_explained, imagery_locked
from eradication.progress import Stage, quiet
from eradication.raster import SceneFailure

EARLIER_YEARS = 3
"""Items of the same place fetched for seasons this far back stand in the catalog too: permanence is read from them."""

type Agree = Callable[[dict[str, Any]], bool]
"""Is told the estimate before anything large is fetched; ``False`` ends it there."""


def always(estimate: dict[str, Any]) -> bool:
    """Go on whatever it costs."""
    return True


def fetch(
    workspace: Workspace,
    request: Request,
    agree: Agree = always,
    *,
    max_gb: float | None = None,
    stage: Stage = quiet,
) -> dict[str, Any]:
    """Bring what is missing of a season over an area; what is here already is not fetched again.

    Args:
        workspace: keeps it under ``imagery/``.
        request: address, season, area.
        agree: told the estimate first.
        max_gb: refuse what would be more, and stop there if the estimate was too low.
        stage: told how far it is.

    Raises:
        UnusableInput: ``no_imagery``, ``much_to_fetch``, and as :func:`eradication.pipeline.sourcing.asked`.
        StorageFailed: ``archive_failed``, ``disk_full``.
    """
    stage(N_("Asking the archive"))
    with (
        disk_errors_explained(workspace.imagery),
        imagery_locked(workspace),
        sourcing.asked(workspace, request) as archive,
    ):
        files = sourcing.files_of(archive)
        failed = [*archive.failed, *files.failed]
        _require_items(archive, request)
        archive.shelf.folder.mkdir(parents=True, exist_ok=True)
        fetcher = Fetcher(archive.http, files.wanted, archive.area, Budget())
        ahead = _look_ahead(fetcher, archive, max_gb, stage)
        answer = _head(archive, request) | {"estimate": _plain(ahead)}
        if not agree(answer):
            return answer | _tail(archive, [], failed, None) | {"dry_run": True}
        check_room(archive.shelf.folder, workspace.settings.fetch, ahead.missing_bytes)
        fetcher.budget = Budget(None if max_gb is None else round(max_gb * 1e9))
        before, began = archive.http.received, time.monotonic()
        fetched = fetcher.run(files.wanted, stage(N_("Fetching imagery")))
        estimates.remember(archive.shelf, archive.http.received - before, time.monotonic() - began)
        path = _put_away(archive, request, files.items, fetched)
        return answer | _tail(archive, fetched, failed, path) | {"dry_run": False}


def _require_items(archive: Archive, request: Request) -> None:
    if archive.items:
        return
    begin, end = request.season.imagery_window
    raise UnusableInput(
        "no_imagery",
        N_("The archive has no image of season {season} ({begin} to {end}) over this area."),
        where=sourcing.shown(archive.address),
        hint=N_("Check season and area; `eradication imagery search` shows what there is."),
        values={"season": request.season.label, "begin": begin.date(), "end": end.date()},
    )


def _look_ahead(fetcher: Fetcher, archive: Archive, max_gb: float | None, stage: Stage) -> Estimate:
    """Estimate bytes and time; refuse what is over the limit before it begins."""
    ahead = estimates.estimate(fetcher, stage(N_("Reading headers")))
    if max_gb is not None and ahead.missing_bytes > max_gb * 1e9:
        raise UnusableInput(
            "much_to_fetch",
            N_("{missing_gb:.2f} GB are missing, more than the {most_gb:g} GB allowed."),
            hint=N_("Fetch them with `eradication imagery fetch`, raise --max-gb, or give a smaller area."),
            values={"missing_gb": ahead.missing_bytes / 1e9, "most_gb": max_gb},
        )
    rate = estimates.remembered(archive.shelf, datetime.now(UTC))
    if rate is None and ahead.missing_bytes:
        rate = estimates.measure(fetcher, stage(N_("Measuring the rate")))
    return replace(ahead, rate=rate)


def _plain(ahead: Estimate) -> dict[str, Any]:
    return {
        "files": ahead.files,
        "files_missing": ahead.files_missing,
        "needed_gb": round(ahead.needed_bytes / 1e9, 4),
        "missing_gb": round(ahead.missing_bytes / 1e9, 4),
        "headers_read": ahead.sampled,
        "rate_mb_s": round(ahead.rate.bytes_s / 1e6, 2) if ahead.rate else None,
        "rate_source": ahead.rate.source if ahead.rate else None,
        "seconds": round(ahead.seconds, 1) if ahead.seconds is not None else None,
    }


def _head(archive: Archive, request: Request) -> dict[str, Any]:
    profile = archive.profile
    return {
        "source": archive.shelf.name,
        "licence": profile.licence if profile else "",
        "attribution": profile.attribution if profile else "",
        "address": sourcing.shown(archive.address),
        "kind": archive.kind,
        "season": request.season.label,
        "area_km2": None if archive.area is None else round(geo.area_m2(archive.area) / 1e6, 1),
        "items": len(archive.items),
        "simulated": any(map(archive_items.is_simulated, archive.items)),
    }


def _tail(
    archive: Archive, fetched: Sequence[Fetched], failed: Sequence[SceneFailure], path: Path | None
) -> dict[str, Any]:
    bad = [SceneFailure(f.wanted.item, f.wanted.band, f.reason, f.detail) for f in fetched if f.reason]
    return {
        "files": len(fetched),
        "files_ok": sum(not f.reason for f in fetched),
        "received_mb": round(archive.http.received / 1e6, 3),
        "failed": [asdict(failure) for failure in [*failed, *bad]],
        "catalog": None if path is None else str(path),
    }


def _put_away(archive: Archive, request: Request, items: Sequence[Item], fetched: Sequence[Fetched]) -> Path:
    """Write down how every file fared, then the catalog of this request."""
    shelf, now = archive.shelf, datetime.now(UTC).isoformat(timespec="seconds")
    by_item: dict[str, dict[str, FileState]] = defaultdict(dict)
    for file in fetched:
        state = FileState(file.wanted.band, file.wanted.path.name, file.reason, file.detail)
        by_item[file.wanted.item][file.wanted.key] = state
    kept = [Kept(item, archive.profile_of(item).name, by_item[item["id"]], now) for item in items]
    for one in kept:
        shelf.keep(one)
    earlier = _earlier(shelf, request.season, archive.area, {one.item["id"] for one in kept})
    return shelf.write_catalog(_catalog_name(request.season, archive.area), [*earlier, *kept], archive.profiles)


def _earlier(shelf: Shelf, season: Season, area: BaseGeometry | None, known: set[str]) -> list[Kept]:
    begin = Season(season.start_year - EARLIER_YEARS).imagery_window[0]
    all_kept = {kept.item["id"]: kept for kept in shelf.items()}
    window = (begin, season.imagery_window[0])
    near = archive_items.wanted([kept.item for kept in all_kept.values()], window, area)
    return [all_kept[item["id"]] for item in near if item["id"] not in known]


def _catalog_name(season: Season, area: BaseGeometry | None) -> str:
    return season.label if area is None else f"{season.label}-{hashlib.sha256(area.wkb).hexdigest()[:8]}"


def prepared(
    workspace: Workspace, address: str, season: Season, area: BaseGeometry | None, stage: Stage = quiet
) -> tuple[str, BaseGeometry | None]:
    """Return a local catalog for what was given as ``--imagery``, fetching first what is missing, and its area.

    A path of a STAC catalog on this computer comes back as it is. Of an archive elsewhere at most
    ``[fetch] monitor_gb`` is fetched without being asked for; of an API without an area, the province.

    Raises:
        UnusableInput, StorageFailed: as :func:`fetch`.
    """
    request = Request(address, season, area)
    if not needs_fetching(workspace, request):
        return address, area
    answer = fetch(workspace, request, max_gb=workspace.settings.fetch.monitor_gb, stage=stage)
    whole = sourcing.province(workspace) if area is None and answer["kind"] == "api" else area
    return str(answer["catalog"]), whole


def local_catalog(
    workspace: Workspace, address: str, season: Season, area: BaseGeometry | None, stage: Stage = quiet
) -> str:
    """Return the path of a local catalog for what was given as ``--imagery``; see :func:`prepared`."""
    return prepared(workspace, address, season, area, stage)[0]


def needs_fetching(workspace: Workspace, request: Request) -> bool:
    """Tell whether ``--imagery`` is anything but a STAC catalog on this computer that can be read as it is."""
    address, path = request.address, Path(request.address)
    if sourcing.is_remote(address):
        return True
    if not path.exists():
        return "://" not in address and sourcing.is_named(workspace, address)
    if path.suffix.lower() in sourcing.TABLES or reviewing.are_images(address):
        return True
    return sourcing.leads_elsewhere(workspace, request)
