"""From samples to a model: the fewer plots, the simpler the learner, and it says so."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from eradication.classify import envelopes, held_out
from eradication.classify.applicability import applicability
from eradication.classify.fitting import LEAST_KNOWN, Fitter
from eradication.classify.held_out import Fold
from eradication.classify.learners import content_hash
from eradication.classify.scale import anchored
from eradication.domain.event import Json
from eradication.domain.model import (
    LOGISTIC_FROM,
    RULES,
    TREES_FROM,
    Applicability,
    Calibration,
    Samples,
    TrainedModel,
)
from eradication.errors import N_, UnusableInput

type Floats = npt.NDArray[np.float64]


def train(
    samples: Samples, *, name: str, seed: int = 0, folds: Sequence[Fold] = (), prevalence: float = 0.0
) -> TrainedModel:
    """Train on ``samples``; the same samples and seed give the same ``model_hash`` whatever the number of cores.

    Args:
        samples: see :func:`eradication.features.sample`; several seasons are put together by ``domain.model.join``.
        name: the model's name; its version follows from what it learned.
        seed: of draws, folds and trees.
        folds: rows to learn from and to judge, for the held-out scores that calibrate; without any, folds by plot.
        prevalence: stated share of poppy among all pixels, see :func:`eradication.classify.held_out.sigmoid`.

    Returns:
        ``trees`` from 30 positive plots, ``logistic`` from 10, else ``rules`` with the warning
        ``few_positive_plots``.

    Raises:
        UnusableInput: ``nothing_to_learn`` if there is neither a rejected place nor background to learn from, or no
            feature was observed.
    """
    counts = _counts(samples)
    learner = learner_for(samples)
    if learner != RULES and counts["rejected_pixels"] + counts["background_pixels"] == 0:
        raise UnusableInput(
            "nothing_to_learn",
            N_("There are poppy plots but nothing to tell them from."),
            hint=N_("Record rejected visits as well, or train on a map with observed background."),
        )
    notes = _warnings(counts, learner, samples)
    bare = TrainedModel(name, "", learner, (), (), Calibration(), (), seed, counts, "", notes)
    bare = replace(bare, data_hash=samples.data_hash, envelopes=envelopes.of_classes(samples))
    if learner == RULES:
        return _finished(bare)
    fitter = Fitter.of(samples, learner)
    if not fitter.names:
        raise UnusableInput(
            "nothing_to_learn",
            N_("No feature was observed often enough to learn from."),
            hint=N_("Use imagery with more clear looks or more bands."),
        )
    estimators, scaling = fitter.fit(np.arange(len(samples.y)), seed)
    raw = held_out.scores(samples, folds or held_out.by_plot(samples, seed), fitter, seed)
    others = samples.y == (-1 if counts["background_pixels"] else 0)
    return _finished(
        replace(
            bare,
            features=fitter.names,
            estimators=estimators,
            calibration=anchored(raw[others & np.isfinite(raw)]),
            scaling=scaling,
            seasons=tuple(str(season) for season in np.unique(samples.season)),
            sigmoid=held_out.sigmoid(raw, samples.y == 1, fitter.weight, prevalence),
            prevalence=prevalence,
            known=applicability(fitter, estimators, _apart(samples), seed),
        )
    )


def _apart(samples: Samples) -> npt.NDArray[np.str_]:
    """Return what learned pixels are compared across: seasons, as the next will be another; plots of the only one."""
    return samples.season if len(np.unique(samples.season)) > 1 else samples.group


def held_out_scores(samples: Samples, folds: Sequence[Fold], *, seed: int = 0) -> Floats:
    """Return raw scores of pixels by models that did not see their side of the folds, NaN where nothing judges them.

    By the rule score, which learns nothing, there are none.
    """
    learner = learner_for(samples)
    if learner == RULES:
        return np.full(len(samples.y), np.nan)
    return held_out.scores(samples, folds, Fitter.of(samples, learner), seed)


def learner_for(samples: Samples) -> str:
    """Return the learner that so many plots with poppy allow: ``trees``, ``logistic`` or ``rules``."""
    plots = samples.count_plots(1)
    if plots >= TREES_FROM:
        return "trees"
    return "logistic" if plots >= LOGISTIC_FROM else RULES


def _counts(samples: Samples) -> dict[str, int]:
    return {
        "positive_plots": samples.count_plots(1),
        "rejected_plots": samples.count_plots(0),
        "positive_pixels": int((samples.y == 1).sum()),
        "rejected_pixels": int((samples.y == 0).sum()),
        "background_pixels": int((samples.y == -1).sum()),
    }


def _warnings(counts: dict[str, int], learner: str, samples: Samples) -> tuple[str, ...]:
    notes = []
    if learner != "trees":
        notes.append("few_positive_plots")
    if counts["rejected_plots"] == 0:
        notes.append("no_rejected_plots")
    if samples.missing:
        notes.append("features_missing")
    if len(samples.y) and (np.isfinite(samples.x).mean(axis=0) < LEAST_KNOWN).any():
        notes.append("features_unobserved")
    return tuple(notes)


def _finished(model: TrainedModel) -> TrainedModel:
    facts: dict[str, Json] = {
        "learner": model.learner,
        "features": list(model.features),
        "calibration": [model.calibration.slope, model.calibration.offset],
        "scaling": [list(pair) for pair in model.scaling],
        "seed": model.seed,
        "counts": dict(model.counts),
        "prevalence": model.prevalence,
        "sigmoid": None if model.sigmoid is None else [model.sigmoid.slope, model.sigmoid.offset],
        "known": None if model.known is None else _area(model.known),
    }
    digest = content_hash(facts, model.estimators)
    return replace(model, model_hash=digest, version=digest[:12])


def _area(known: Applicability) -> Json:
    """Return what is hashed of an area of applicability: it decides what is ranked lower."""
    return {
        "features": list(known.features),
        "scaling": [list(pair) for pair in known.scaling],
        "weight": list(known.weight),
        "points": hashlib.sha256(np.ascontiguousarray(known.points).tobytes()).hexdigest(),
        "mean_distance": known.mean_distance,
        "limit": known.limit,
    }
