"""The loop back: visits become samples, samples a model for the next run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import classify, features, registry
from eradication.domain import EventKind, Season
from eradication.pipeline import fetching, journal, projection, scan, visiting
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet


@dataclass(frozen=True, slots=True)
class Training:
    """What to train on."""

    name: str
    catalog: str
    season: Season
    samples: Path | None = None
    """Visit table used as labels without storing it; ``None`` = the visits of the store."""
    seed: int = 0
    dask: str = ""
    """Address of a Dask scheduler whose workers do the work; empty = this computer's cores."""


def train(workspace: Workspace, request: Training, stage: Stage = quiet) -> dict[str, Any]:
    """Train a model from visits over a season of imagery and put it into the registry."""
    places = visiting.labelled_places(workspace, request.season, request.samples)
    catalog, area = fetching.prepared(workspace, request.catalog, request.season, None, stage)
    with (
        disk_errors_explained(workspace.folder),
        scans_locked(workspace),
        scan.workers(request.dask) as run,
    ):
        archives = scan.opened(workspace, catalog, request.season, area, stage)
        choice = features.choose(archives[0].grid, places, seed=request.seed)
        described = scan.describe(scan.prepared(workspace, archives), choice.pixels, run, stage)
    samples = features.sample(described, choice)
    model = classify.train(samples, name=request.name, seed=request.seed)
    with disk_errors_explained(workspace.folder):
        saved = registry.save(model, workspace.models)
        answer = saved | {"simulated": any(s.simulated for s in archives[0].scenes) or workspace.simulated}
        with workspace.store.transaction() as transaction:
            payload = journal.plain(answer)
            if isinstance(payload, dict) and not projection.already(workspace, EventKind.MODEL_TRAINED, payload):
                transaction.append(EventKind.MODEL_TRAINED, datetime.now(UTC), payload)
    return answer
