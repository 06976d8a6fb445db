"""How good a list of candidates is, and how that is known: every figure carries its kind, its number and its interval.

Three kinds are never mixed: *design-based* figures come from visits drawn at random and speak of everything that could
have been drawn; *season-out* figures of a season that the model did not learn from; *spatial* ones of communes it did
not learn from.
"""

from eradication.validation import design, held_out, oddities, operating, splits
from eradication.validation.contest import Contest, between
from eradication.validation.figures import Figure, Kind, clopper_pearson, share
from eradication.validation.matching import FALSE, Searched, match

__all__ = [
    "FALSE",
    "Contest",
    "Figure",
    "Kind",
    "Searched",
    "between",
    "clopper_pearson",
    "design",
    "held_out",
    "match",
    "oddities",
    "operating",
    "share",
    "splits",
]
