"""Scores of every pixel, by a model or by the rules."""

import numpy as np
import numpy.typing as npt

from eradication.classify.learners import raw_scores
from eradication.classify.rules import rule_score
from eradication.classify.scale import calibrated, standardise
from eradication.domain import ScoreKind
from eradication.domain.model import TrainedModel
from eradication.errors import N_, UnusableInput
from eradication.progress import Tick, silent
from eradication.raster import FeatureStack, ScoreMap

ROWS = 128
RULES = "rules"


def predict(stack: FeatureStack, model: TrainedModel | None, tick: Tick = silent) -> ScoreMap:
    """Score every observed pixel.

    Args:
        stack: features of one season.
        model: ``None`` for the rule score, which needs no labels.
        tick: called with rows done and rows in all.

    Returns:
        Scores 0…1, NaN where unobserved. They are called priorities (or rule scores), never probabilities.

    Raises:
        UnusableInput: ``model_features_differ`` names features the model needs and the map does not have.
    """
    if model is None or model.learner == RULES:
        score, dropped = rule_score(stack)
        tick(*stack.observed.shape[:1] * 2)
        return _map(stack, score, ScoreKind.RULE, RULES if model is None else model.label, dropped)
    return _map(stack, _by_model(stack, model, tick), ScoreKind.PRIORITY, model.label, ())


def _map(
    stack: FeatureStack, score: npt.NDArray[np.float32], kind: ScoreKind, model: str, dropped: tuple[str, ...]
) -> ScoreMap:
    return ScoreMap(
        season=stack.season,
        score=score,
        kind=kind,
        model=model,
        geobox=stack.geobox,
        clear_observations=stack.clear_observations,
        missing=(*stack.missing, *dropped),
    )


def _by_model(stack: FeatureStack, model: TrainedModel, tick: Tick) -> npt.NDArray[np.float32]:
    layers = _layers(stack, model)
    score = np.full(stack.observed.shape, np.nan, np.float32)
    height = score.shape[0]
    for top in range(0, height, ROWS):
        rows = slice(top, min(top + ROWS, height))
        known = stack.observed[rows]
        if known.any():
            x = np.ascontiguousarray(stack.values[:, rows][layers][:, known].T)
            raw = raw_scores(model.estimators, standardise(x, model.scaling))
            score[rows][known] = calibrated(raw, model.calibration)
        tick(rows.stop, height)
    return score


def _layers(stack: FeatureStack, model: TrainedModel) -> list[int]:
    position = {name: i for i, name in enumerate(stack.names)}
    absent = [name for name in model.features if name not in position]
    if absent:
        raise UnusableInput(
            "model_features_differ",
            N_("The model {model} needs features this imagery does not give: {absent}."),
            hint=N_("Use imagery with the bands it was trained on, train a new model, or use --model rules."),
            values={"model": model.label, "absent": ", ".join(absent)},
        )
    return [position[name] for name in model.features]
