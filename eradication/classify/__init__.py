"""Samples become a model; features and a model become scores. Without labels the rule score does."""

from eradication.classify.envelopes import INDICES as ENVELOPE_INDICES
from eradication.classify.envelopes import envelopes, monthly
from eradication.classify.predict import predict, score_pixels
from eradication.classify.rules import TERMS, rule_score
from eradication.classify.train import LOGISTIC_FROM, TREES_FROM, train

__all__ = [
    "ENVELOPE_INDICES",
    "LOGISTIC_FROM",
    "TERMS",
    "TREES_FROM",
    "envelopes",
    "monthly",
    "predict",
    "rule_score",
    "score_pixels",
    "train",
]
