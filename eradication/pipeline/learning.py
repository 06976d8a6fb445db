"""The loop back: visits become samples, samples a model for the next run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from eradication import classify, features, registry, validation
from eradication.classify import envelopes, scale
from eradication.domain import EventKind, Json, Season
from eradication.domain.model import LOGISTIC_FROM, Samples, TrainedModel, join
from eradication.domain.schooling import Schooling
from eradication.errors import N_, UnusableInput
from eradication.i18n import translator
from eradication.pipeline import fetching, journal, labels, projection, scan, schooling
from eradication.pipeline.labels import Labels
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked, write_whole
from eradication.progress import Stage, quiet
from eradication.validation.splits import Split


@dataclass(frozen=True, slots=True)
class Lesson:
    """A season to learn from."""

    season: Season
    catalog: str
    samples: Path | None = None
    """Table of visits or labels that is used without storing it; ``None`` = the visits of the store."""


@dataclass(frozen=True, slots=True)
class Training:
    """What to train on."""

    name: str
    lessons: tuple[Lesson, ...]
    seed: int = 0
    dask: str = ""
    """Address of a Dask scheduler whose workers do the work; empty = this computer's cores."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What a season teaches."""

    samples: Samples
    labels: Labels
    schooling: Schooling
    """The images it was read from."""

    @property
    def told(self) -> dict[str, Any]:
        """What an answer says of it; places outside the imagery, or never clear, are unseen and in no count."""
        seen = set(self.samples.group[self.samples.y != -1].tolist())
        season = str(self.samples.season[0]) if len(self.samples.season) else ""
        taught = replace(self.labels, places=tuple(place for place in self.labels.places if place.plot in seen))
        unseen = sorted(place.plot for place in self.labels.places if place.plot not in seen)
        return {"season": season, **taught.told, "unseen": unseen}


def train(workspace: Workspace, request: Training, stage: Stage = quiet) -> dict[str, Any]:
    """Train a model from visits over seasons of imagery and put it into the registry.

    Raises:
        UnusableInput: ``no_lesson``, ``season_twice``, ``no_samples``, ``no_place_seen``, ``nothing_to_learn``,
            ``bad_model_name`` …
    """
    registry.check_name(request.name)
    taught = taught_by(workspace, request.lessons, request.seed, request.dask, stage)
    samples = join(one.samples for one in taught)
    model, told = fitted(samples, request.name, request.seed, workspace.settings.learning.prevalence)
    said = {
        "labels": [one.told for one in taught],
        "oddities": validation.oddities.check(samples, request.seed).told,
        **told,
    }
    return keep(workspace, model, [one.schooling for one in taught], said)


def keep(
    workspace: Workspace,
    model: TrainedModel,
    lessons: Sequence[Schooling] = (),
    said: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Put a trained model into the registry, signed by this workspace, and say so in the chain of events.

    Args:
        workspace: whose models.
        model: from :func:`eradication.classify.train`.
        lessons: the images it was taught with, as far as they are known.
        said: what else its answer says.

    Raises:
        UnusableInput: ``bad_model_name``.
        StorageFailed: ``cannot_write_model``.
    """
    model = schooling.told(model, lessons)
    with disk_errors_explained(workspace.folder):
        answer = registry.save(model, workspace.models, workspace.store) | {"seasons": list(model.seasons), **said}
        answer["simulated"] = model.schooling.simulated or workspace.simulated
        with workspace.store.transaction() as transaction:
            payload = journal.plain(answer)
            if isinstance(payload, dict) and not projection.already(workspace, EventKind.MODEL_TRAINED, payload):
                transaction.append(EventKind.MODEL_TRAINED, datetime.now(UTC), payload)
    return answer


def checked(workspace: Workspace, lessons: Sequence[Lesson], seed: int = 0, stage: Stage = quiet) -> dict[str, Any]:
    """Look at what seasons would teach: labels, what is strange among them, and the season of each class.

    Raises:
        UnusableInput: ``no_lesson``, ``season_twice``, ``no_samples``.
    """
    taught = taught_by(workspace, lessons, seed, "", stage)
    samples = join(one.samples for one in taught)
    return {
        "labels": [one.told for one in taught],
        "oddities": validation.oddities.check(samples, seed).told,
        "months": list(envelopes.MONTHS),
        "indices": list(envelopes.INDICES),
        "envelopes": envelopes.of_classes(samples),
        "simulated": any(one.schooling.simulated for one in taught),
    }


def write_check(workspace: Workspace, out: Path, answer: dict[str, Any], language: str) -> dict[str, Any]:
    """Write the answer of :func:`checked` as one printable HTML page that needs no network."""
    from eradication.report import samples
    from eradication.report.model_page import AnswerView

    write_whole(out, samples.render(AnswerView(answer, language, translator(language))))
    return {"written": [str(out)]}


def fitted(samples: Samples, name: str, seed: int, prevalence: float) -> tuple[TrainedModel, dict[str, Json]]:
    """Train, and judge what was learned on seasons and communes held out.

    Args:
        samples: of all seasons.
        name: of the model.
        seed: of every random choice.
        prevalence: stated share of poppy among all pixels, 0 = not stated.

    Returns:
        The model with its held-out figures, and what an answer says of them.
    """
    by_season, by_commune = _splits(samples, seed)
    first = next((s for s in (by_season, by_commune) if s and all(_teaches(samples, one) for one in s)), [])
    model = classify.train(
        samples, name=name, seed=seed, folds=[(s.learn, s.judge) for s in first], prevalence=prevalence
    )
    found = []
    for splits in (by_season, by_commune):
        if splits and model.features:
            raw = classify.held_out_scores(samples, [(s.learn, s.judge) for s in splits], seed=seed)
            found += validation.held_out.figures(samples, splits, raw)
    told: list[Json] = [figure.told() for figure in found]
    model = replace(model, figures={"held_out": told})
    return model, {"held_out": told, "at_prevalence": at_prevalence(model)}


def at_prevalence(model: TrainedModel) -> Json:
    """Return which probability a score of :data:`scale.SEED_AT` would be, ``None`` if no prevalence is stated."""
    if model.sigmoid is None:
        return None
    raw = scale.raw_of(scale.SEED_AT, model.calibration)
    return {
        "prevalence": model.prevalence,
        "score": scale.SEED_AT,
        "probability": float(f"{scale.calibrated(raw, model.sigmoid)[0]:.3g}"),
    }


def _teaches(samples: Samples, split: Split) -> bool:
    """Tell whether enough is left to learn from for scores that calibrate."""
    y = samples.y[split.learn]
    plots = np.unique(samples.group[split.learn][y == 1])
    return len(plots) >= LOGISTIC_FROM and bool((y != 1).any())


def _splits(samples: Samples, seed: int) -> tuple[list[Split], list[Split]]:
    """Return splits by season and by commune, none where there is only one."""
    seasons, communes = np.unique(samples.season), np.unique(samples.commune[samples.y == 1])
    by_season = list(validation.splits.season_out(samples)) if len(seasons) > 1 else []
    return by_season, list(validation.splits.by_commune(samples, seed=seed)) if len(communes) > 1 else []


def taught_by(
    workspace: Workspace, lessons: Sequence[Lesson], seed: int, dask: str = "", stage: Stage = quiet
) -> list[Taught]:
    """Return what seasons teach, the earliest first, whatever order they were named in.

    Raises:
        UnusableInput: ``no_lesson``, ``season_twice``, ``no_samples``.
    """
    _check(lessons)
    in_time = sorted(lessons, key=lambda lesson: lesson.season.label)
    return [_taught(workspace, lesson, seed, dask, stage) for lesson in in_time]


def _check(lessons: Sequence[Lesson]) -> None:
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


def _nothing_seen(lesson: Lesson, count: int) -> UnusableInput:
    """Return why a season teaches nothing although places are known."""
    return UnusableInput(
        "no_place_seen",
        N_("None of the {count} places of season {season} lies in these images where they are clear."),
        where=lesson.catalog,
        hint=N_("Name the images of that season and of the places' area, and their table."),
        values={"count": count, "season": lesson.season.label},
    )


def _taught(workspace: Workspace, lesson: Lesson, seed: int, dask: str, stage: Stage) -> Taught:
    known, settings = labels.of_season(workspace, lesson.season, lesson.samples), workspace.settings.learning
    catalog, area = fetching.prepared(workspace, lesson.catalog, lesson.season, None, stage)
    with disk_errors_explained(workspace.folder), scans_locked(workspace), scan.workers(dask) as run:
        archives = scan.opened(workspace, catalog, lesson.season, area, stage)
        choice = features.choose(archives[0].grid, known.places, seed=seed)
        planned = scan.prepared(workspace, archives)
        described = scan.describe(planned, choice, run, stage)
        shifted = [scan.describe_shifted(planned, choice.labelled, days, run, stage) for days in settings.shift_days]
    samples = features.sample(described, choice, background_weight=settings.weight_background, shifted=shifted)
    if not (samples.y != -1).any():
        raise _nothing_seen(lesson, len(known.places))
    origin = schooling.of_lesson(archives, samples)
    return Taught(samples, known, replace(origin, simulated=origin.simulated or workspace.simulated))
