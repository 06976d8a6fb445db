"""Is a model any good, and may it take over? Both are asked of a season that no model judged has learned from."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eradication import geo, plots, validation
from eradication.domain import Candidate, EventKind, Json, Season
from eradication.domain.model import RULES, LabelledPlace, TrainedModel
from eradication.errors import N_, CheckFailed, UnusableInput
from eradication.features.sampling import DEFAULT_AREA_M2
from eradication.ingest import geotiff
from eradication.pipeline import choosing, fetching, journal, labels, projection, scan
from eradication.pipeline.models import usable
from eradication.pipeline.scan import Scanned
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet
from eradication.raster import PIXEL_M
from eradication.validation import Contest, Figure, Kind, Searched

BANDS = (0.6, 0.75, 0.9, 1.0)
"""Scores by which visits drawn at random are told apart: a good score finds more where it is higher."""


@dataclass(frozen=True, slots=True)
class Examination:
    """A season that models are examined on."""

    season: Season
    catalog: str
    samples: Path | None = None
    """Visit table that tells what was found, without storing it; ``None`` = the visits of the store."""
    visits: int = 0
    """Candidates that can be visited; 0 = as the settings say."""
    dask: str = ""


def evaluate(workspace: Workspace, name: str, where: Examination, stage: Stage = quiet) -> dict[str, Any]:
    """Let a model search a season, and say how much of what patrols found there it would have found.

    Args:
        workspace: its visits, or the table, say what was found.
        name: of the model, or ``rules``.
        where: the season.
        stage: told how far it is.

    Raises:
        UnusableInput: ``season_was_learned``, ``no_finds``, ``no_such_model``.
    """
    model = usable(workspace, name)
    searched, facts = _searched(workspace, [model], where, stage)
    figures = [*validation.operating.figures(searched[0], Kind.SEASON_OUT), *_drawn(workspace, where)]
    answer = facts | _named(model) | {"figures": [figure.told() for figure in figures]}
    _record(workspace, EventKind.MODEL_EVALUATED, answer)
    return answer


def promote(workspace: Workspace, name: str, where: Examination, stage: Stage = quiet) -> dict[str, Any]:
    """Let a model take over from the one in use, if it is not worse on a season that neither learned from.

    Returns:
        The contest; ``promoted`` says what came of it. The model in use stays where it is false.

    Raises:
        UnusableInput: as :func:`evaluate`, and ``already_in_use``, ``nothing_learned``.
    """
    settings = workspace.settings.learning
    challenger, (champion, refused) = usable(workspace, name), _champion(workspace)
    if challenger is None or challenger.learner == RULES:
        raise UnusableInput(
            "nothing_learned",
            N_("The model {name} learned nothing: it is the rule score."),
            hint=N_("Train it on more plots with poppy."),
            values={"name": name},
        )
    if champion is not None and champion.model_hash == challenger.model_hash:
        raise UnusableInput("already_in_use", N_("This model is in use already: {name}."), values={"name": name})
    (old, new), facts = _searched(workspace, [champion, challenger], where, stage)
    told = validation.between(old, new)
    passed = told.is_not_worse(settings.contest_margin, settings.contest_least_plots)
    in_use = RULES if champion is None else champion.label
    answer = facts | _named(challenger) | {"champion": in_use, "promoted": passed, "contest": _contest(told, old, new)}
    answer["notes"] = [*facts["notes"], *refused]
    if passed:
        _record(workspace, EventKind.MODEL_PROMOTED, answer)
    return answer


def _champion(workspace: Workspace) -> tuple[TrainedModel | None, list[str]]:
    """Return the model in use, and what is to be said of it: one that cannot be opened gives way to the rules."""
    try:
        return usable(workspace, projection.promoted(workspace)), []
    except (CheckFailed, UnusableInput) as error:
        return None, ["model_in_use_refused", error.kind]


def _searched(
    workspace: Workspace, models: Sequence[TrainedModel | None], where: Examination, stage: Stage
) -> tuple[list[list[Searched]], dict[str, Any]]:
    """Let models search one season; return what each found, and what the answers have in common."""
    for model in models:
        _check_unseen(model, where.season)
    finds = _finds(workspace, where)
    visits = where.visits or workspace.settings.learning.visits
    catalog, area = fetching.prepared(workspace, where.catalog, where.season, None, stage)
    out: list[list[Searched]] = []
    with disk_errors_explained(workspace.folder), scans_locked(workspace), scan.workers(where.dask) as run:
        archives = scan.opened(workspace, catalog, where.season, area, stage)
        planned = scan.prepared(workspace, archives)
        for model in models:
            scanned = scan.scan(planned, model, run, stage)
            found = plots.outline(scanned.scores, workspace.settings, run="examination")
            out.append([_judged(found, finds, visits, scanned)])
    some = out[0][0]
    facts = {
        "season": where.season.label,
        "visits": visits,
        "plots": len(some.plots),
        "km2": round(some.km2, 3),
        "prevalence": float(some.area_m2.sum() / max(some.km2 * 1e6, 1e-9)),
        "notes": ["unvisited_count_as_false", "only_found_plots_are_known"],
        "simulated": any(s.simulated for s in archives[0].scenes) or workspace.simulated,
    }
    return out, facts


def _check_unseen(model: TrainedModel | None, season: Season) -> None:
    if model is not None and season.label in model.seasons:
        raise UnusableInput(
            "season_was_learned",
            N_("The model {model} learned from season {season}: it cannot be examined on it."),
            hint=N_("Name another season, or train a model that leaves this one out."),
            values={"model": model.label, "season": season.label},
        )


def _finds(workspace: Workspace, where: Examination) -> list[LabelledPlace]:
    finds = [p for p in labels.of_season(workspace, where.season, where.samples).places if p.positive]
    if not finds:
        raise UnusableInput(
            "no_finds",
            N_("No plot with poppy is known in season {season}: nothing can be sought."),
            hint=N_("Import the visits of that season, or give a table with --samples."),
            values={"season": where.season.label},
        )
    return finds


def _judged(found: Sequence[Candidate], finds: Sequence[LabelledPlace], visits: int, scanned: Scanned) -> Searched:
    """Match a list with what patrols found inside the imagery."""
    grid = scanned.scan.archive.grid
    epsg, box = geotiff.epsg_of(grid), grid.boundingbox
    places = np.array(geo.transform([(p.lon, p.lat) for p in finds], geo.WGS84, epsg)).reshape(-1, 2)
    inside = (places >= (box.left, box.bottom)).all(axis=1) & (places <= (box.right, box.top)).all(axis=1)
    area = np.array([p.area_m2 or DEFAULT_AREA_M2 for p in finds])[inside]
    centres = np.array(geo.transform([(c.lon, c.lat) for c in found], geo.WGS84, epsg)).reshape(-1, 2)
    names = tuple(p.plot for p, kept in zip(finds, inside, strict=True) if kept)
    hits = validation.match(centres, places[inside], area)
    return Searched(names, area, hits, visits, scanned.scores.observed * PIXEL_M**2 / 1e6)


def _drawn(workspace: Workspace, where: Examination) -> list[Figure]:
    """Return what visits drawn at random from the season's candidates found, all and by score, if there are any."""
    decided = [d for d in choosing.drawn(workspace) if d.season == where.season.label and d.found is not None]
    if not decided:
        return []
    hit, odds = np.array([bool(d.found) for d in decided]), np.array([d.inclusion_prob for d in decided])
    score = np.array([d.score for d in decided])
    out = [validation.design.weighted_share("precision_of_drawn_visits", hit, odds)]
    for low, high in itertools.pairwise(BANDS):
        inside = (score >= low) & ((score < high) | (high == BANDS[-1]))
        if inside.any():
            name = f"found_at_score_{low:g}_{high:g}"
            out.append(validation.design.weighted_share(name, hit[inside], odds[inside]))
    return out


def _contest(told: Contest, old: Sequence[Searched], new: Sequence[Searched]) -> dict[str, Json]:
    measured = {
        side: [figure.told() for figure in validation.operating.figures(seasons, Kind.SEASON_OUT)]
        for side, seasons in (("champion", old), ("challenger", new))
    }
    return {
        "plots": told.plots,
        "found_by_champion": told.champion,
        "found_by_challenger": told.challenger,
        "gain": None if told.plots == 0 else round(told.gain, 4),
        "gain_low": None if told.plots == 0 else round(told.low, 4),
        "figures": journal.plain(measured),
    }


def _named(model: TrainedModel | None) -> dict[str, Any]:
    if model is None:
        return {"name": RULES, "version": "", "model_hash": "", "learned_seasons": []}
    return {
        "name": model.name,
        "version": model.version,
        "model_hash": model.model_hash,
        "learned_seasons": list(model.seasons),
    }


def _record(workspace: Workspace, kind: EventKind, answer: dict[str, Any]) -> None:
    payload = journal.plain(answer)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if isinstance(payload, dict) and not projection.already(workspace, kind, payload):
            transaction.append(kind, datetime.now(UTC), payload)
