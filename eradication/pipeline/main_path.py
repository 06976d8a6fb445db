"""THE MAIN PATH: from what patrols and satellites saw to the ledger.

::

    found_workspace    names, codes and lineage of communes
    import_boundaries  official outlines     → communes of plots
    record_patrols     files of patrols      → tracks, effort
    monitor            a season of imagery   → candidates joined to known plots
    record_visits      visit tables          → detected, eradicated, verified …
    photos.record      photos                → evidence of visits: sealed originals, copies for others
    learning.train     visits + imagery      → a model for the next run

Each function takes an open workspace, calls the steps in order and writes one transaction. Steps do not know each
other; what they learn from one another goes through the store.
"""

import hashlib
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapely import union_all
from shapely.geometry.base import BaseGeometry

from eradication import history
from eradication.domain import EventKind, Json, PatrolFile, Season
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.ingest import boundaries, communes, unpacking
from eradication.pipeline import answers, correcting, effects, handing_in, journal, labels, projection, visiting
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet

if TYPE_CHECKING:
    from eradication.ingest.imagery import Archive
    from eradication.pipeline.cluster import Run
    from eradication.pipeline.scan import Scanned
    from eradication.raster import ScoreMap


def check_province(name: str) -> None:
    """Make sure the province is known before anything is written for it.

    Raises:
        UnusableInput: ``unknown_province``, with near names.
    """
    communes.of_province(name)


def found_workspace(workspace: Workspace) -> dict[str, Any]:
    """Give a new workspace its communes: names, codes, lineage and approximate outlines."""
    units, lineage = communes.of_province(workspace.settings.workspace.province)
    now = datetime.now(UTC)
    valid = sum(unit.valid_on(now.date()) for unit in units)
    answer: dict[str, Json] = {
        "province": workspace.settings.workspace.province,
        "units": valid,
        "lineage": len(lineage),
    }
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        outlines: dict[str, Json] = dict(transaction.add_units(units, lineage))
        transaction.append(EventKind.WORKSPACE_CREATED, now, answer | {"outlines": outlines})
    return {"workspace": str(workspace.folder), **answer, "approximate_boundaries": True}


def import_boundaries(workspace: Workspace, path: Path, valid_from: date, valid_to: date | None) -> dict[str, Any]:
    """Take official polygons in; their faults become warnings, not refusals."""
    known = workspace.store.units()
    found = boundaries.read(path, valid_from=valid_from, valid_to=valid_to, known=known, settings=workspace.settings)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        digest = transaction.put_original(path)
        event = journal.of_boundaries(found, digest, valid_from, valid_to)
        event["outlines"] = dict(transaction.add_units(found.units, []))
        if not projection.already(workspace, EventKind.BOUNDARIES_IMPORTED, event):
            transaction.append(EventKind.BOUNDARIES_IMPORTED, datetime.now(UTC), event)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        # Communes of plots are found in the outlines just committed.
        projection.refresh(workspace, transaction)
    return {"units": len(found.units), "warnings": event["warnings"], "sha256": digest}


def record_patrols(
    workspace: Workspace, paths: Sequence[Path], options: PatrolOptions, stage: Stage = quiet
) -> list[PatrolFile]:
    """Take patrols' files in: originals kept, tracks cleaned and stored, refusals listed; the same file only once."""
    tick = stage(N_("Patrol tracks"))
    desk = handing_in.Desk(workspace, options)
    files: list[PatrolFile] = []
    for done, handed in enumerate(unpacking.spread(paths, workspace.settings.limits), start=1):
        try:
            files.append(desk.take(handed))
        except StorageFailed as error:
            raise _after(files, error, handed.name) from error
        tick(done, max(done, len(paths)))
    desk.check_any_examined(files, paths)
    return files


def _after(files: Sequence[PatrolFile], error: StorageFailed, name: str) -> StorageFailed:
    """Say which file met the failure and how many before it are safe."""
    stored = sum(file.status == "accepted" for file in files)
    hint = N_("{stored} files before this one are stored. Free some space and run it again: nothing is stored twice.")
    values = {**error.values, "stored": stored}
    return StorageFailed(error.kind, error.message, where=name, hint=hint, values=values)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What to look at, and with what."""

    season: Season
    catalog: str
    """Path of a STAC catalog, collection or item collection, or the address of an archive."""
    area: BaseGeometry | None = None
    """WGS 84; ``None`` = everything the items cover."""
    model: str = ""
    """Name of a model, or ``rules``; empty = the promoted one, ``rules`` if there is none."""
    dask: str = ""
    """Address of a Dask scheduler whose workers do the work; empty = this computer's cores."""


def monitor(workspace: Workspace, what: Monitoring, stage: Stage = quiet) -> dict[str, Any]:
    """Score a season of imagery and join the candidates to known plots. The same input changes nothing twice."""
    # Loaded here because they take seconds to load, and handing in a patrol needs none of them.
    from eradication.pipeline import fetching, models, outputs, retracing, scan

    began = time.monotonic()
    name = what.model or projection.promoted(workspace)
    model = models.usable(workspace, name)
    catalog, area = fetching.prepared(workspace, what.catalog, what.season, what.area, stage)
    with disk_errors_explained(workspace.folder), scans_locked(workspace):
        with scan.workers(what.dask) as run:
            archives = scan.opened(workspace, catalog, what.season, area, stage)
            scanned = scan.scan(scan.prepared(workspace, archives), model, run, stage)
            answer = _concluded(workspace, scanned, run, stage)
        written = outputs.write_layers(workspace, scanned, answer, stage(N_("Writing maps of scores")))
        retracing.note(workspace, str(answer["run"]), catalog, area)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = {"layers": str(written), "earlier_years": [*scanned.earlier_years]}
    return answer | told | {"seconds": round(time.monotonic() - began, 1), "peak_rss_mb": peak_mb}


def _concluded(workspace: Workspace, scanned: "Scanned", run: "Run", stage: Stage) -> dict[str, Any]:
    """Join what a scan found to known plots, store it, and return the answer."""
    from eradication import plots
    from eradication.pipeline import drawn_visits, seen, sowing

    settings, archive = workspace.settings, scanned.scan.archive
    standing = drawn_visits.standing(workspace, scanned.scores.model)
    name = _run_id(archive, scanned.scores, (settings.candidates, standing.calibration))
    found = plots.outline(scanned.scores, settings, run=name)
    if standing.calibration is not None:
        found = drawn_visits.as_probabilities(found, standing.calibration)
    found = sowing.with_days(scanned.scan, scanned.scores, found, run, stage)
    known = history.follow(projection.replayed(workspace).plots, found, settings)
    counted = seen.count(scanned.scan, labels.finds(workspace, archive.season))
    answer = answers.of_run(name, scanned, counted, found, settings.candidates.most) | {"probability": standing.told}
    with workspace.store.transaction() as transaction:
        fresh = projection.propose(workspace, transaction, known, archive.times)
        projection.finish_run(workspace, transaction, answer, archive.times)
        projection.refresh(workspace, transaction)
    return answer | {"new_candidates": fresh}


def _run_id(archive: "Archive", scores: "ScoreMap", how: object) -> str:
    """Name a run by what it saw, said and kept, so that the same input is the same run on any computer."""
    used = tuple(scene.id for scene in archive.scenes)
    seen = repr((scores.season.label, scores.model, used, archive.grid, how, scores.observed)).encode()
    return hashlib.sha256(seen + scores.pixels.tobytes() + scores.score.tobytes()).hexdigest()[:16]


def area_of(workspace: Workspace, given: str) -> BaseGeometry | None:
    """Return the outline (WGS 84) of a commune code, of a file's polygons, or ``None`` for an empty text.

    Raises:
        UnusableInput: ``unknown_area``.
        RefusedInput: the file cannot be read as polygons.
    """
    if not given:
        return None
    unit = next((u for u in projection.units_on(workspace) if u.code == given), None)
    if unit is not None:
        return unit.geometry
    if not Path(given).is_file():
        raise UnusableInput(
            "unknown_area",
            N_("'{given}' is neither a commune code nor a file."),
            hint=N_("Codes have five digits, e.g. 04048 (Xã Vân Hồ); files are GeoJSON or GeoPackage polygons."),
            values={"given": given},
        )
    return union_all(boundaries.outlines(Path(given), workspace.settings))


def record_visits(
    workspace: Workspace, path: Path, timezone: str = "", stage: Stage = quiet, *, force: str = ""
) -> dict[str, Any]:
    """Take a table of visits in, row by row: accepted, duplicate, conflict or refused, each with its reason.

    ``force`` says why verifications by units that are not independent are taken; every report lists them.
    """
    rows = visiting.read(workspace, path, timezone)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        desk = visiting.Desk(workspace, transaction, transaction.put_original(path), force)
        entered = visiting.record(desk, rows, stage(N_("Visits")))
        told = projection.refresh(workspace, transaction)
    return {"visits": effects.explained(entered, told), "sha256": desk.sha256}


def correct_visit(workspace: Workspace, key: str, path: Path, reason: str, timezone: str = "") -> dict[str, Any]:
    """Answer a recorded row (``unit/visit_id/outcome``) with a correcting event; the wrong one stays on record.

    Columns that the table does not have keep their values.
    """
    standing = correcting.standing(workspace.store.events(kinds=visiting.VISIT_KINDS), key)
    rows = correcting.read(workspace, path, timezone, standing)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        desk = visiting.Desk(workspace, transaction, transaction.put_original(path))
        corrected = correcting.correct(desk, standing, rows, reason)
        told = projection.refresh(workspace, transaction)
    return {"visits": effects.explained([corrected], told), "sha256": desk.sha256}
