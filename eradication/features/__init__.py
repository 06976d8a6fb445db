"""From a season's cube to named features of every pixel, and from visits to samples.

``describe`` reads a cube in blocks of rows, so memory stays bounded whether bands are NumPy or dask arrays. Nothing is
imputed: a month without a clear look is NaN in every feature that needs it.
"""

from eradication.features.describe import describe
from eradication.features.sampling import sample
from eradication.features.table import FEATURES, INDICES, MONTHS, Feature

__all__ = ["FEATURES", "INDICES", "MONTHS", "Feature", "describe", "sample"]
