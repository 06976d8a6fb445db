"""The loop back: visits become samples, samples a model for the next run."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import classify, features, registry
from eradication.domain import EventKind, Season
from eradication.domain.model import Samples, join
from eradication.domain.provenance import Provenance
from eradication.errors import N_, UnusableInput
from eradication.pipeline import fetching, journal, origins, projection, scan, visiting
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet


@dataclass(frozen=True, slots=True)
class Lesson:
    """A season to learn from."""

    season: Season
    catalog: str
    samples: Path | None = None
    """Visit table used as labels without storing it; ``None`` = the visits of the store."""


@dataclass(frozen=True, slots=True)
class Training:
    """What to train on."""

    name: str
    lessons: tuple[Lesson, ...]
    seed: int = 0
    dask: str = ""
    """Address of a Dask scheduler whose workers do the work; empty = this computer's cores."""


def train(workspace: Workspace, request: Training, stage: Stage = quiet) -> dict[str, Any]:
    """Train a model from visits over seasons of imagery and put it into the registry.

    Raises:
        UnusableInput: ``no_lesson``, ``season_twice``, ``no_samples``, ``nothing_to_learn``, ``bad_model_name`` …
    """
    _check(request.lessons)
    taught = [_samples(workspace, lesson, request, stage) for lesson in request.lessons]
    model = classify.train(join(samples for samples, _ in taught), name=request.name, seed=request.seed)
    model = origins.told(model, [origin for _, origin in taught])
    with disk_errors_explained(workspace.folder):
        answer = registry.save(model, workspace.models, workspace.store)
        answer |= {"seasons": list(model.seasons), "simulated": model.provenance.simulated}
        with workspace.store.transaction() as transaction:
            payload = journal.plain(answer)
            if isinstance(payload, dict) and not projection.already(workspace, EventKind.MODEL_TRAINED, payload):
                transaction.append(EventKind.MODEL_TRAINED, datetime.now(UTC), payload)
    return answer


def _check(lessons: tuple[Lesson, ...]) -> None:
    if not lessons:
        raise UnusableInput(
            "no_lesson", N_("Nothing to learn from was named."), hint=N_("Name a season and its images.")
        )
    seasons = [lesson.season.label for lesson in lessons]
    twice = next((season for season in seasons if seasons.count(season) > 1), None)
    if twice is not None:
        raise UnusableInput(
            "season_twice",
            N_("Season {season} is named twice."),
            hint=N_("Put its images into one catalog, and its visits into one table."),
            values={"season": twice},
        )


def _samples(workspace: Workspace, lesson: Lesson, request: Training, stage: Stage) -> tuple[Samples, Provenance]:
    """Return what a season teaches, and from which images."""
    places = visiting.labelled_places(workspace, lesson.season, lesson.samples)
    catalog, area = fetching.prepared(workspace, lesson.catalog, lesson.season, None, stage)
    with (
        disk_errors_explained(workspace.folder),
        scans_locked(workspace),
        scan.workers(request.dask) as run,
    ):
        archives = scan.opened(workspace, catalog, lesson.season, area, stage)
        choice = features.choose(archives[0].grid, places, seed=request.seed)
        described = scan.describe(scan.prepared(workspace, archives), choice.pixels, run, stage)
    samples = features.sample(described, choice)
    origin = origins.of_lesson(archives, samples)
    return samples, replace(origin, simulated=origin.simulated or workspace.simulated)
