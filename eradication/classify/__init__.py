"""Samples become a model; features and a model become scores. Without labels the rule score does."""

from eradication.classify.classes import ClassModel, fit_classes
from eradication.classify.predict import predict, score_pixels
from eradication.classify.rules import TERMS, rule_score
from eradication.classify.train import LOGISTIC_FROM, TREES_FROM, train

__all__ = [
    "LOGISTIC_FROM",
    "TERMS",
    "TREES_FROM",
    "ClassModel",
    "fit_classes",
    "predict",
    "rule_score",
    "score_pixels",
    "train",
]
