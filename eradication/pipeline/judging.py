"""Is a model any good, and may it take over? Both are asked of a season that no model judged has learned from."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from eradication import validation
from eradication.domain import EventKind, Json, Season
from eradication.domain.model import RULES, TrainedModel
from eradication.errors import N_, CheckFailed, UnusableInput
from eradication.pipeline import drawn_visits, evaluating, examining, journal, projection
from eradication.pipeline.drawn_visits import Drawn
from eradication.pipeline.examining import Examination
from eradication.pipeline.models import usable
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.progress import Stage, quiet
from eradication.validation import Contest, Figure, Searched

BANDS = (0.6, 0.75, 0.9, 1.0)
"""Scores by which visits drawn at random are told apart: a good score finds more where it is higher."""


def evaluate(
    workspace: Workspace, name: str, where: Examination, stage: Stage = quiet, *, explained: bool = False
) -> dict[str, Any]:
    """Let a model search a season, and say how much of what patrols found there it would have found.

    The figures stand in the chain of events; curves, months, communes and what the scores rest on do not.

    Args:
        workspace: its visits, or the table, say what was found.
        name: of the model, or ``rules``.
        where: the season.
        stage: told how far it is.
        explained: also say what the scores rest on; describes background anywhere in the season's imagery.

    Raises:
        UnusableInput: ``season_was_learned``, ``no_finds``, ``no_such_model``.
    """
    model = usable(workspace, name)
    _check_unseen(model, where.season)
    with examining.opened(workspace, where, stage) as season:
        listed = season.search(model)
        samples = season.samples() if explained else None
    drawn = drawn_visits.drawn_from(workspace, where.season, RULES if model is None else model.label)
    decided = [one for one in drawn if one.found is not None]
    answer = season.facts(listed) | named(model)
    answer |= {
        "figures": evaluating.figures_of([listed.searched], _drawn(decided)),
        "drawn_undecided": len(drawn) - len(decided),
    }
    _record(workspace, EventKind.MODEL_EVALUATED, answer)
    more = {} if samples is None else evaluating.influence_of(model, samples)
    return answer | evaluating.curves_of(listed, projection.names(workspace)) | more


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
            hint=N_("Name a model trained on ten plots with poppy or more. Where none is promoted, rules is in use."),
            values={"name": name},
        )
    if champion is not None and champion.model_hash == challenger.model_hash:
        raise UnusableInput("already_in_use", N_("This model is in use already: {name}."), values={"name": name})
    _check_unseen(champion, where.season)
    _check_unseen(challenger, where.season)
    with examining.opened(workspace, where, stage) as season:
        lists = [season.search(model) for model in (champion, challenger)]
    facts, (old, new) = season.facts(lists[0]), ([listed.searched] for listed in lists)
    told = validation.between(old, new)
    objection = told.objection(settings.contest_margin, settings.contest_least_plots)
    in_use = RULES if champion is None else champion.label
    answer = facts | named(challenger) | {"champion": in_use, "promoted": not objection, "reason": objection}
    answer |= {"contest": _contest(told, old, new, settings.contest_margin), "notes": [*facts["notes"], *refused]}
    answer["lost_before"] = _lost(workspace, challenger.model_hash, where.season)
    # A lost contest is kept as well: one that is held until it is won must show.
    _record(workspace, EventKind.MODEL_NOT_PROMOTED if objection else EventKind.MODEL_PROMOTED, answer)
    return answer


def _lost(workspace: Workspace, model_hash: str, season: Season) -> int:
    """Return how many contests a model has lost on a season: who tries until it is won must be seen to."""
    events = [event.payload for event in workspace.store.events(kinds=[EventKind.MODEL_NOT_PROMOTED])]
    return sum((p["model_hash"], p["season"]) == (model_hash, season.label) for p in events)


def _champion(workspace: Workspace) -> tuple[TrainedModel | None, list[str]]:
    """Return the model in use, and what is to be said of it: one that cannot be opened gives way to the rules."""
    try:
        return usable(workspace, projection.promoted(workspace)), []
    except (CheckFailed, UnusableInput) as error:
        return None, ["model_in_use_refused", error.kind]


def _check_unseen(model: TrainedModel | None, season: Season) -> None:
    if model is not None and season.label in model.seasons:
        raise UnusableInput(
            "season_was_learned",
            N_("The model {model} learned from season {season}: it cannot be examined on it."),
            hint=N_("Name another season, or train a model that leaves this one out."),
            values={"model": model.label, "season": season.label},
        )


def _drawn(decided: Sequence[Drawn]) -> list[Figure]:
    """Return what visits drawn at random found: of each list, as each was drawn from other candidates, and by score.

    Among candidates of like scores lists are put together: it is taken not to matter from which one a visit was drawn.
    """
    hit, odds = np.array([bool(d.found) for d in decided]), np.array([d.inclusion_prob for d in decided])
    score, draw = np.array([d.score for d in decided]), np.array([d.draw for d in decided])
    days, out = {d.draw: d.day for d in decided}, []
    for name in dict.fromkeys(draw.tolist()):
        figure = validation.design.weighted_share("precision_of_drawn_visits", hit[draw == name], odds[draw == name])
        out.append(replace(figure, note=f"{days[name]} {name[:8]}"))
    for low, high in itertools.pairwise(BANDS):
        inside = (score >= low) & ((score < high) | (high == BANDS[-1])) if len(score) else np.zeros(0, bool)
        if inside.any():
            band = f"found_at_score_{low:g}_{high:g}"
            out.append(validation.design.weighted_share(band, hit[inside], odds[inside]))
    return out


def _contest(told: Contest, old: Sequence[Searched], new: Sequence[Searched], margin: float) -> dict[str, Json]:
    measured = {side: evaluating.figures_of(seasons) for side, seasons in (("champion", old), ("challenger", new))}
    return {
        "plots": told.plots,
        "found_by_champion": told.champion,
        "found_by_challenger": told.challenger,
        "found_by_either": told.either,
        "gain": None if told.plots == 0 else round(told.gain, 4),
        "gain_low": None if told.plots == 0 else round(told.low, 4),
        "gain_needed": -margin,
        "figures": journal.plain(measured),
    }


def named(model: TrainedModel | None) -> dict[str, Any]:
    """Return what an answer says of the model it speaks of; ``None`` = the rules."""
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
