"""Samples become a model; features and a model become scores. Without labels the rule score does."""

from eradication.classify import envelopes
from eradication.classify.applicability import dissimilarity
from eradication.classify.classes import ClassModel, fit_classes
from eradication.classify.predict import predict, score_pixels
from eradication.classify.rules import TERMS, rule_score
from eradication.classify.train import LOGISTIC_FROM, TREES_FROM, held_out_scores, learner_for, train

__all__ = [
    "LOGISTIC_FROM",
    "TERMS",
    "TREES_FROM",
    "ClassModel",
    "dissimilarity",
    "envelopes",
    "fit_classes",
    "held_out_scores",
    "learner_for",
    "predict",
    "rule_score",
    "score_pixels",
    "train",
]
