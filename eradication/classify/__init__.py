"""Samples become a model; features and a model become scores. Without labels the rule score does."""

from eradication.classify import envelopes
from eradication.classify.applicability import dissimilarity
from eradication.classify.predict import predict, score_pixels
from eradication.classify.rules import TERMS, rule_score
from eradication.classify.train import held_out_scores, train

__all__ = [
    "TERMS",
    "dissimilarity",
    "envelopes",
    "held_out_scores",
    "predict",
    "rule_score",
    "score_pixels",
    "train",
]
