"""From a season's imagery to named features of pixels, and from visits to samples.

A first look at every pixel costs two bytes a date and rules out what cannot be poppy; the rest gets all features. What
has a window's neighbours at hand gives the same values for any cut of the grid into blocks. Nothing is imputed: a month
without a clear look is NaN in every feature that needs it.
"""

from eradication.features.describe import columns, describe, gate_of, missing, observed_in
from eradication.features.distances import distance_m
from eradication.features.families import FAMILIES, by_family
from eradication.features.gate import OPEN, RULES, Gate
from eradication.features.looks import NO_LAYER, REACH, Dates, Layers, Looks, Survey, kept, look, ndvi_of, survey
from eradication.features.permanence import bare_share, never_bare
from eradication.features.sampling import Choice, choose, sample
from eradication.features.series import Series, gather
from eradication.features.sowing import SownDays, sown_days
from eradication.features.table import (
    COMPUTED,
    DISTANCES,
    FEATURES,
    INDICES,
    LOOK_BANDS,
    MONTHS,
    NEEDED,
    RINGED,
    TERRAIN,
    Feature,
    definitions,
)

__all__ = [
    "COMPUTED",
    "DISTANCES",
    "FAMILIES",
    "FEATURES",
    "INDICES",
    "LOOK_BANDS",
    "MONTHS",
    "NEEDED",
    "NO_LAYER",
    "OPEN",
    "REACH",
    "RINGED",
    "RULES",
    "TERRAIN",
    "Choice",
    "Dates",
    "Feature",
    "Gate",
    "Layers",
    "Looks",
    "Series",
    "SownDays",
    "Survey",
    "bare_share",
    "by_family",
    "choose",
    "columns",
    "definitions",
    "describe",
    "distance_m",
    "gate_of",
    "gather",
    "kept",
    "look",
    "missing",
    "ndvi_of",
    "never_bare",
    "observed_in",
    "sample",
    "sown_days",
    "survey",
]
