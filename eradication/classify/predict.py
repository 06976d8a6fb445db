"""Scores of pixels, by a model or by the rules."""

import numpy as np
import numpy.typing as npt

from eradication.classify.applicability import dissimilarity
from eradication.classify.rules import rule_score
from eradication.classify.scale import SEED_AT, calibrated
from eradication.classify.scores import raw_scores
from eradication.domain import ScoreKind
from eradication.domain.model import RULES, TrainedModel
from eradication.errors import N_, UnusableInput
from eradication.raster import FeatureStack, ScoreMap

type Float32 = npt.NDArray[np.float32]


def predict(stack: FeatureStack, model: TrainedModel | None, *, seed: float = SEED_AT) -> ScoreMap:
    """Score every described pixel.

    A pixel that could start a candidate but is unlike everything the model has learned ranks lower: what its score has
    above ``seed`` shrinks by as much as it lies too far away. It never falls below ``seed``: nothing is dropped.

    Args:
        stack: features of one season.
        model: ``None`` for the rule score, which needs no labels.
        seed: score from which a pixel can start a candidate.

    Returns:
        Scores 0…1 of the pixels for which one could be computed. They are called priorities (or rule scores), never
        probabilities.

    Raises:
        UnusableInput: ``model_features_differ`` names features the model needs and the map does not have.
    """
    kind, label, missing = ScoreKind.RULE, RULES if model is None else model.label, stack.missing
    outside = np.zeros(len(stack.pixels), bool)
    if model is None or model.learner == RULES:
        score, dropped = rule_score(stack.x, stack.names)
        missing = (*missing, *dropped)
    else:
        kind, score = ScoreKind.PRIORITY, score_pixels(stack.x, stack.names, model)
        outside = _lowered(score, stack, model, seed)
    known = np.isfinite(score)
    pixels = stack.pixels[known]
    return ScoreMap(
        season=stack.season,
        kind=kind,
        model=label,
        geobox=stack.geobox,
        pixels=pixels,
        score=score[known],
        clear_observations=stack.clear_observations.ravel()[pixels],
        outside=outside[known],
        observed=int(known.sum()) + int(stack.ruled_out.sum()),
        missing=missing,
    )


def _lowered(score: Float32, stack: FeatureStack, model: TrainedModel, seed: float) -> npt.NDArray[np.bool_]:
    """Lower, in place, what lies outside the area of applicability, and tell which pixels that are."""
    outside = np.zeros(len(score), bool)
    high = np.flatnonzero(score >= seed)
    if model.known is None or not len(high):
        return outside
    index = dissimilarity(stack.x[high], stack.names, model.known)
    far = index > model.known.limit
    outside[high] = far
    score[high[far]] = seed + (score[high[far]] - seed) * model.known.limit / index[far]
    return outside


def score_pixels(x: Float32, names: tuple[str, ...], model: TrainedModel) -> Float32:
    """Return the priority of each pixel; may be called from several threads, which then run side by side.

    Args:
        x: features, shape (pixel, feature), NaN where unknown; any strides.
        names: of the columns.
        model: one that was trained, or of the learner ``rules``.

    Raises:
        UnusableInput: ``model_features_differ`` names features the model needs and ``names`` does not have.
    """
    if model.learner == RULES:
        return rule_score(x, names)[0]
    columns = _columns(names, model.features, model.label)
    raw = raw_scores(model.estimators, x, model.scaling, columns)
    return calibrated(raw, model.calibration).astype(np.float32)


def _columns(names: tuple[str, ...], wanted: tuple[str, ...], label: str) -> list[int]:
    position = {name: i for i, name in enumerate(names)}
    absent = [name for name in wanted if name not in position]
    if absent:
        raise UnusableInput(
            "model_features_differ",
            N_("The model {model} needs features this imagery does not give: {absent}."),
            hint=N_("Use imagery with the bands it was trained on, train a new model, or use --model rules."),
            values={"model": label, "absent": ", ".join(absent)},
        )
    return [position[name] for name in wanted]
