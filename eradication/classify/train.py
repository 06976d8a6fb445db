"""From samples to a model: the fewer plots, the simpler the learner, and it says so."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from eradication.classify.learners import content_hash, fit_logistic, fit_trees, for_trees
from eradication.classify.scale import Scaling, anchored, columns_scale, standardise
from eradication.classify.scores import raw_scores
from eradication.domain.event import Json
from eradication.domain.model import Calibration, Samples, TrainedModel
from eradication.errors import N_, UnusableInput

TREES_FROM = 30
"""Positive plots from which trees are trained."""
LOGISTIC_FROM = 10
"""Positive plots from which a logistic regression is trained; below it the rule score is used."""

LOGISTIC_FEATURES: tuple[str, ...] = (
    "bare",
    "rise",
    "fall",
    "dry_minus_wet",
    "ndvi_min",
    "bloom",
    "whitening_ring",
    "bloom_ndyi",
    "bloom_ratio",
    "rise_ring",
    "fall_ring",
)
FOLDS = 3
LEAST_KNOWN = 0.2
"""Share of pixels in which a feature must be known; a month under cloud teaches nothing."""
POSITIVE_SHARE = 0.15
"""Weight of all poppy pixels together against all others: enough to be learned, too little to drown look-alikes."""

type Floats = npt.NDArray[np.float64]


def train(samples: Samples, *, name: str, seed: int = 0) -> TrainedModel:
    """Train on ``samples``; the same samples and seed give the same ``model_hash`` whatever the number of cores.

    Args:
        samples: see :func:`eradication.features.sample`; several seasons are put together by ``domain.model.join``.
        name: the model's name; its version follows from what it learned.
        seed: of draws, folds and trees.

    Returns:
        ``trees`` from 30 positive plots, ``logistic`` from 10, else ``rules`` with the warning
        ``few_positive_plots``.

    Raises:
        UnusableInput: ``nothing_to_learn`` if there is neither a rejected place nor background to learn from, or no
            feature was observed.
    """
    counts = _counts(samples)
    learner = _learner(counts["positive_plots"])
    if learner != "rules" and counts["rejected_pixels"] + counts["background_pixels"] == 0:
        raise UnusableInput(
            "nothing_to_learn",
            N_("There are poppy plots but nothing to tell them from."),
            hint=N_("Record rejected visits as well, or train on a map with observed background."),
        )
    notes = _warnings(counts, learner, samples)
    if learner == "rules":
        model = TrainedModel(name, "", learner, (), (), Calibration(), (), seed, counts, "", notes)
        return _finished(replace(model, data_hash=samples.data_hash))
    columns = _columns(samples, learner)
    if not columns:
        raise _nothing_observed()
    features = tuple(samples.names[c] for c in columns)
    y, weight = (samples.y == 1).astype(float), _weights(samples)
    x = samples.x[:, columns]
    estimators, scaling = _fit(learner, x, y, weight, samples.y == -1, seed)
    held_out = _held_out(learner, x, y, weight, samples, seed)
    model = TrainedModel(
        name=name,
        version="",
        learner=learner,
        features=features,
        estimators=estimators,
        calibration=anchored(held_out[samples.y == -1] if counts["background_pixels"] else held_out[samples.y == 0]),
        scaling=scaling,
        seed=seed,
        counts=counts,
        model_hash="",
        warnings=notes,
        figures={"split": f"{FOLDS} folds by plot", **_figures(held_out, samples)},
        seasons=tuple(str(season) for season in np.unique(samples.season)),
        data_hash=samples.data_hash,
    )
    return _finished(model)


def _nothing_observed() -> UnusableInput:
    return UnusableInput(
        "nothing_to_learn",
        N_("No feature was observed often enough to learn from."),
        hint=N_("Use imagery with more clear looks or more bands."),
    )


def _learner(positive_plots: int) -> str:
    if positive_plots >= TREES_FROM:
        return "trees"
    return "logistic" if positive_plots >= LOGISTIC_FROM else "rules"


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


def _columns(samples: Samples, learner: str) -> list[int]:
    """Return the columns to learn from: those the learner uses and that were seen often enough to learn from."""
    known = np.isfinite(samples.x).mean(axis=0)
    wanted = for_trees(samples.names) if learner == "trees" else LOGISTIC_FEATURES
    return [i for i, n in enumerate(samples.names) if n in wanted and known[i] >= LEAST_KNOWN]


def _weights(samples: Samples) -> Floats:
    """Balance the classes; within a class pixels keep their weights."""
    weight = samples.weight.astype(float).copy()
    positive = samples.y == 1
    others = weight[~positive].sum()
    weight[positive] *= POSITIVE_SHARE * others / max(weight[positive].sum(), 1e-9)
    return weight


def _fit(
    learner: str, x: npt.NDArray[np.float32], y: Floats, weight: Floats, background: npt.NDArray[np.bool_], seed: int
) -> tuple[tuple[Any, ...], Scaling]:
    if learner == "trees":
        return fit_trees(x, y, weight, background, seed), ()
    scaling = columns_scale(x)
    return fit_logistic(standardise(x, scaling), y, weight, seed), scaling


def _held_out(
    learner: str, x: npt.NDArray[np.float32], y: Floats, weight: Floats, samples: Samples, seed: int
) -> Floats:
    """Score every pixel by a model that saw neither it nor any pixel of its plot or block."""
    out = np.zeros(len(y))
    for fold, (learn, judge) in enumerate(
        StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(x, y, samples.group)
    ):
        background = samples.y[learn] == -1
        estimators, scaling = _fit(learner, x[learn], y[learn], weight[learn], background, seed + 100 * (fold + 1))
        out[judge] = raw_scores(estimators, x[judge], scaling)
    return out


def _figures(held_out: Floats, samples: Samples) -> dict[str, Json]:
    """Share of positive plots whose best held-out pixel passes 99 % of the background: a check, not an accuracy."""
    background = held_out[samples.y == -1]
    if len(background) == 0:
        return {}
    limit = np.quantile(background, 0.99)
    plots = np.unique(samples.group[samples.y == 1])
    found = sum(bool((held_out[(samples.group == p) & (samples.y == 1)] > limit).any()) for p in plots)
    return {"held_out_plots_above_99_percent_of_background": round(found / max(len(plots), 1), 4)}


def _finished(model: TrainedModel) -> TrainedModel:
    facts: dict[str, Json] = {
        "learner": model.learner,
        "features": list(model.features),
        "calibration": [model.calibration.slope, model.calibration.offset],
        "scaling": [list(pair) for pair in model.scaling],
        "seed": model.seed,
        "counts": dict(model.counts),
    }
    digest = content_hash(facts, model.estimators)
    return replace(model, model_hash=digest, version=digest[:12])
