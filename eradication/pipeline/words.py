"""Words for people of what events, signs and figures say: reports print them, and so do shells."""

from eradication.report import beside_lines, beside_words, check_words, event_words, figure_words
from eradication.report.feature_words import family as family_in_words
from eradication.report.feature_words import land as land_in_words
from eradication.report.reasons import sentence
from eradication.report.risk_view import MISSING_WHY
from eradication.report.signs import lines as signs_in_words
from eradication.report.words import measured_area

__all__ = [
    "MISSING_WHY",
    "beside_lines",
    "beside_words",
    "check_words",
    "event_words",
    "family_in_words",
    "figure_words",
    "land_in_words",
    "measured_area",
    "sentence",
    "signs_in_words",
]
